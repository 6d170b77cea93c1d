"""A portal of Flask-Admin: its pages behind a login by Flask-Login, for whoever is an administrator."""

from __future__ import annotations

from typing import Any

from flask import Flask, redirect, request
from flask_admin import Admin, AdminIndexView, expose
from flask_admin.contrib.sqla import ModelView
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Column, Integer, String

from hosts.first_day import Portal, live_through


class Inside:
    def is_accessible(self) -> bool:
        return current_user.is_authenticated

    def inaccessible_callback(self, name: str, **values: Any) -> Any:
        return redirect("/admin/login/")


class Index(AdminIndexView):
    @expose("/")
    def index(self) -> Any:
        if not current_user.is_authenticated:
            return redirect("/admin/login/")
        return self.render("admin/index.html")

    @expose("/login/", methods=("GET", "POST"))
    def login(self) -> Any:
        if request.method == "POST":
            login_user(self.admin.app.extensions["own_users"](1))
            return redirect("/admin/")
        return self.render("admin/index.html")

    @expose("/logout/")
    def logout(self) -> Any:
        logout_user()
        return redirect("/admin/login/")


def make(settings: dict[str, object]) -> Flask:
    app = Flask("portal")
    app.config.update(settings)
    db = SQLAlchemy(app)

    class User(UserMixin, db.Model):
        id = Column(Integer, primary_key=True)
        login = Column(String(80), unique=True, nullable=False)

    app.extensions["own_users"] = lambda key: db.session.get(User, int(key))
    app.extensions["own_user"] = User
    LoginManager(app).user_loader(app.extensions["own_users"])
    admin = Admin(app, name="Portal", index_view=Index())
    admin.add_view(type("Users", (Inside, ModelView), {})(User, db))
    with app.app_context():
        db.create_all()
        db.session.add(User(login="susan"))
        db.session.commit()
    return app


def mount(app: Flask) -> None:
    from flask_first_login import FirstLogin, current_vault
    from flask_first_login.accounts.sqlalchemy import SQLAlchemyAccounts
    from flask_first_login.accounts.tables import create_tables
    from flask_first_login.integrations.flask_login import LoginSession

    db, users = app.extensions["sqlalchemy"], app.extensions["own_user"]

    def join(session, identity):
        user = users(login=f"{identity.provider}-{identity.subject}")
        session.add(user)
        session.flush()
        return str(user.id)

    accounts = SQLAlchemyAccounts.for_flask_sqlalchemy(db, current_vault, create_account=join)
    FirstLogin(app, accounts=accounts, session=LoginSession(load_user=lambda key: db.session.get(users, int(key))))
    with app.app_context():
        create_tables(db.engine)


if __name__ == "__main__":
    live_through(
        Portal(
            make,
            mount,
            lambda client: client.post("/admin/login/"),
            lambda client: client.get("/admin/logout/"),
            "susan",
            members="/admin/user/",
        )
    )

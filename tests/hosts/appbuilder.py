"""A portal of Flask-AppBuilder 5: roles, a login by password, twenty languages and an e-mail that is unique."""

from __future__ import annotations

from flask import Flask, abort
from flask.testing import FlaskClient
from flask_appbuilder import AppBuilder
from flask_appbuilder.utils.legacy import get_sqla_class
from flask_login import current_user

from hosts.first_day import Portal, live_through


def make(settings: dict[str, object]) -> Flask:
    app = Flask("portal")
    app.config.update(
        settings, LANGUAGES={"en": {"flag": "gb", "name": "English"}, "zh": {"flag": "cn", "name": "中文"}}
    )
    db = get_sqla_class()(app)
    with app.app_context():
        appbuilder = AppBuilder(app, db.session)
        appbuilder.sm.add_user("susan", "Susan", "Own", "susan@example.org", appbuilder.sm.find_role("Admin"), "secret")
    app.add_url_rule(
        "/members", "members", lambda: current_user.username if current_user.is_authenticated else abort(401)
    )
    return app


def mount(app: Flask) -> None:
    from flask_first_login import FirstLogin, current_vault
    from flask_first_login.accounts.sqlalchemy import SQLAlchemyAccounts
    from flask_first_login.accounts.tables import create_tables
    from flask_first_login.integrations.flask_login import LoginSession

    db, users = app.extensions["sqlalchemy"], app.appbuilder.sm.user_model

    def join(session, identity):
        name = f"{identity.provider}-{identity.subject}"
        user = users(username=name, email=name, first_name=identity.name or "", last_name="", active=True)
        session.add(user)
        session.flush()
        return str(user.id)

    accounts = SQLAlchemyAccounts.for_flask_sqlalchemy(db, current_vault, create_account=join)
    FirstLogin(app, accounts=accounts, session=LoginSession(load_user=lambda key: db.session.get(users, int(key))))
    with app.app_context():
        create_tables(db.engine)


def own_sign_in(client: FlaskClient) -> None:
    client.post("/login/", data={"username": "susan", "password": "secret"})


def in_chinese(client: FlaskClient) -> str:
    client.get("/lang/zh")
    return client.get("/login/").text


if __name__ == "__main__":
    live_through(
        Portal(
            make,
            mount,
            own_sign_in,
            lambda client: client.get("/logout/"),
            "susan",
            in_chinese=in_chinese,
            chinese="登录",
        )
    )

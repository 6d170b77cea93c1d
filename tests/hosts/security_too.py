"""A portal of Flask-Security-Too 5.9: its own login, users known to the session by a random key, a gate of its own."""

from __future__ import annotations

from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient
from flask_security import Security, SQLAlchemyUserDatastore, auth_required, current_user, hash_password
from flask_security.models import fsqla_v3
from flask_sqlalchemy import SQLAlchemy

from hosts.first_day import Portal, live_through


def make(settings: dict[str, object]) -> Flask:
    app = Flask("portal")
    app.config.update(settings, SECURITY_PASSWORD_SALT="1" * 32, SECURITY_PASSWORD_HASH="argon2")
    db = SQLAlchemy(app)
    fsqla_v3.FsModels.set_db_info(db)
    role = type("Role", (db.Model, fsqla_v3.FsRoleMixin), {})
    user = type("User", (db.Model, fsqla_v3.FsUserMixin), {})
    security = Security(app, SQLAlchemyUserDatastore(db, user, role))
    with app.app_context():
        db.create_all()
        security.datastore.create_user(email="susan@example.org", password=hash_password("secret-of-susan"))
        db.session.commit()
    app.add_url_rule("/members", "members", auth_required("session")(lambda: f"member {current_user.email}"))
    return app


def mount(app: Flask) -> None:
    from flask_first_login import FirstLogin, current_vault
    from flask_first_login.accounts.sqlalchemy import SQLAlchemyAccounts
    from flask_first_login.accounts.tables import create_tables
    from flask_first_login.integrations.flask_login import LoginSession

    db, users = app.extensions["sqlalchemy"], app.extensions["security"].datastore.user_model

    def join(session, identity):
        user = users(email=f"{identity.provider}-{identity.subject}", fs_uniquifier=uuid4().hex, active=True)
        session.add(user)
        session.flush()
        return str(user.id)

    own = LoginSession(load_user=lambda key: db.session.get(users, int(key)), account_of=lambda user: str(user.id))
    FirstLogin(
        app, accounts=SQLAlchemyAccounts.for_flask_sqlalchemy(db, current_vault, create_account=join), session=own
    )
    with app.app_context():
        create_tables(db.engine)


def own_sign_in(client: FlaskClient) -> None:
    client.post("/login", data={"email": "susan@example.org", "password": "secret-of-susan"})


if __name__ == "__main__":
    live_through(Portal(make, mount, own_sign_in, lambda client: client.post("/logout"), "susan"))

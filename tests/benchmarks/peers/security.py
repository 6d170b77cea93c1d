"""Flask-Security-Too as its quick start with Flask-SQLAlchemy, and its page on social sign-in, set it up."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_security import FsOAuthProvider, Security, SQLAlchemyUserDatastore
from flask_security.models import fsqla_v3 as fsqla
from flask_sqlalchemy import SQLAlchemy

from benchmarks.party import RelyingParty
from flask_first_login import sandbox


def app(at: str) -> Flask:
    app = Flask("security")
    app.config.update(
        SECRET_KEY="pf9Wkove4IKEAXvy-cQkeDPhv9Cb3Ag-wyJILbq_dFw",  # as in its documentation, like the salt
        SECURITY_PASSWORD_SALT="146585145368132386173505678016728509634",
        SECURITY_OAUTH_ENABLE=True,
        SQLALCHEMY_DATABASE_URI="sqlite://",
    )
    db = SQLAlchemy(app)
    fsqla.FsModels.set_db_info(db)

    class Role(db.Model, fsqla.FsRoleMixin):
        pass

    class User(db.Model, fsqla.FsUserMixin):
        pass

    security = Security(app, SQLAlchemyUserDatastore(db, User, Role))
    for name in ("myegov", "google"):
        security.oauthglue.register_provider_ext(FsOAuthProvider(name, registration(at, name), who))
    with app.app_context():
        db.create_all()
    return app


def registration(at: str, name: str) -> dict[str, Any]:
    given = sandbox.settings(at)[name]
    return {
        "client_id": given["client_id"],
        "client_secret": given["client_secret"],
        "server_metadata_url": f"{given['issuer']}/.well-known/openid-configuration",
        "client_kwargs": {"scope": "openid profile", "code_challenge_method": "S256"},
    }


def who(oauth: object, token: dict[str, Any]) -> tuple[str, str]:
    return "email", token["userinfo"]["email"]


PARTY = RelyingParty("Flask-Security-Too", app, "/login/oauthstart/myegov", login="/login", method="POST", persona=None)

"""social-auth-app-flask as its documentation sets it up with SQLAlchemy; it has no login page."""

from __future__ import annotations

from flask import Flask, g
from flask_login import LoginManager, UserMixin, current_user
from flask_sqlalchemy import SQLAlchemy
from social_core.backends.facebook import FacebookOAuth2
from social_flask.routes import social_auth
from social_flask_sqlalchemy.models import PSABase, init_social

from benchmarks.party import RelyingParty
from flask_first_login import sandbox

db = SQLAlchemy()


class User(db.Model, UserMixin):
    id = db.Column(db.Integer, primary_key=True)
    username = db.Column(db.String(200))
    fullname = db.Column(db.String(200))
    email = db.Column(db.String(200))
    active = db.Column(db.Boolean, default=True)


class Facebook(FacebookOAuth2):
    """The shipped backend, at other addresses: that of OpenID Connect does not run with this storage and Python 3.9."""


def app(at: str) -> Flask:
    given = sandbox.settings(at)["facebook"]
    Facebook.AUTHORIZATION_URL, Facebook.ACCESS_TOKEN_URL = given["authorize_url"], given["token_url"]
    Facebook.USER_DATA_URL = given["profile_url"]
    app = Flask("social-auth")
    app.config.update(
        SECRET_KEY="random-secret-key",  # as in its example
        SQLALCHEMY_DATABASE_URI="sqlite://",
        SOCIAL_AUTH_USER_MODEL=f"{__name__}.User",
        SOCIAL_AUTH_AUTHENTICATION_BACKENDS=(f"{__name__}.Facebook",),
        SOCIAL_AUTH_FACEBOOK_KEY=given["client_id"],
        SOCIAL_AUTH_FACEBOOK_SECRET=given["client_secret"],
        SOCIAL_AUTH_LOGIN_REDIRECT_URL="/done",
    )
    db.init_app(app)
    app.register_blueprint(social_auth)
    init_social(app, db.session)
    login = LoginManager(app)
    login.user_loader(lambda key: db.session.get(User, int(key)))

    @app.before_request
    def global_user() -> None:
        g.user = current_user._get_current_object()

    @app.teardown_appcontext
    def shut(error: BaseException | None) -> None:
        db.session.rollback() if error else db.session.commit()
        db.session.remove()

    with app.app_context():
        db.create_all()
        PSABase.metadata.create_all(db.engine)
    return app


# Its last release fails at every callback with the core of today, whose `get_request_data` it does not have.
PARTY = RelyingParty("social-auth-app-flask", app, "/login/facebook/", persona=None)

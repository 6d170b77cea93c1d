"""Flask-Dance as its documentation sets up a provider of one's own: by OAuth 2.0 alone. It has no login page."""

from __future__ import annotations

import os

from flask import Flask, redirect, url_for
from flask_dance.consumer import OAuth2ConsumerBlueprint
from werkzeug.wrappers import Response

from benchmarks.party import RelyingParty
from flask_first_login import sandbox


def app(at: str) -> Flask:
    os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # as it says for tests over plain HTTP
    given = sandbox.settings(at)["myegov"]
    app = Flask("flask-dance")
    app.secret_key = "supersekrit"  # as in its README
    blueprint = OAuth2ConsumerBlueprint(
        "myegov",
        __name__,
        client_id=given["client_id"],
        client_secret=given["client_secret"],
        base_url=f"{given['issuer']}/",
        authorization_url=f"{given['issuer']}/authorize",
        authorization_url_params={"nonce": "of-this-benchmark"},  # the provider wants one, Flask-Dance knows of none
        token_url=f"{given['issuer']}/token",
        scope=["openid", "profile"],
        use_pkce=True,
        redirect_to="index",
    )
    app.register_blueprint(blueprint, url_prefix="/login")

    @app.get("/")
    def index() -> Response | str:
        if not blueprint.session.authorized:
            return redirect(url_for("myegov.login"))
        subject: str = blueprint.session.get("userinfo").json()["sub"]
        return subject

    return app


PARTY = RelyingParty("Flask-Dance", app, "/login/myegov", then="/")

"""Flask-Multipass as its documentation sets up providers, with the selector of its example."""

from __future__ import annotations

from typing import Any

from flask import Flask, session
from flask_multipass import IdentityInfo, Multipass
from jinja2 import DictLoader

from benchmarks.party import RelyingParty
from flask_first_login import sandbox

BASE = (
    """<!doctype html><html><head><title>Flask-Multipass</title></head><body>{% block content %}{% endblock %}</body>"""
)
SELECTOR = """{% extends "base.html" %}{% block content %}Available login providers:
<ul>{% for provider in providers|sort(attribute="title") %}
<li><a href="{{ url_for("login", provider=provider.name, next=next) }}">{{ provider.title }}</a></li>
{% endfor %}</ul>{% endblock %}"""


def app(at: str) -> Flask:
    app = Flask("multipass")
    app.secret_key = "my super secret key"  # as in its documentation
    app.jinja_loader = DictLoader({"base.html": BASE, "login_selector.html": SELECTOR})
    providers = {name: provider(at, name) for name in ("myegov", "google")}
    app.config.update(
        MULTIPASS_AUTH_PROVIDERS=providers,
        MULTIPASS_IDENTITY_PROVIDERS={name: {"type": "authlib"} for name in providers},
        MULTIPASS_PROVIDER_MAP={name: name for name in providers},
        MULTIPASS_IDENTITY_INFO_KEYS=["sub"],
        MULTIPASS_LOGIN_SELECTOR_TEMPLATE="login_selector.html",
    )
    multipass = Multipass(app)
    app.add_url_rule("/", "index", lambda: "Hello")

    @multipass.identity_handler
    def identity_handler(identity_info: IdentityInfo) -> None:
        session["user_id"] = identity_info.identifier

    return app


def provider(at: str, name: str) -> dict[str, Any]:
    given = sandbox.settings(at)[name]
    return {
        "type": "authlib",
        "title": name,
        "authlib_args": {
            "client_id": given["client_id"],
            "client_secret": given["client_secret"],
            "server_metadata_url": f"{given['issuer']}/.well-known/openid-configuration",
            "client_kwargs": {"scope": "openid profile", "code_challenge_method": "S256"},
        },
    }


PARTY = RelyingParty("Flask-Multipass", app, "/login/myegov", login="/login/")

"""What the portal is set to: safe by default, and loosened only for the demonstration on this machine."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from flask import Config, Flask

from flask_first_login import sandbox

from .database import database_uri

MYEGOV = "https://www.cp.gov.tw"

SAFE: Mapping[str, Any] = {
    "SESSION_COOKIE_NAME": "__Host-portal",  # so that no sub-domain can plant a cookie of this name
    "SESSION_COOKIE_SECURE": True,
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_COOKIE_SAMESITE": "Lax",
    # A session's signature is good for this long after the last page: the idle sign-out. The session itself stays
    # a browser session, because Flask-Login weakens its "strong" protection for permanent ones.
    "PERMANENT_SESSION_LIFETIME": timedelta(minutes=30),
    "MAX_CONTENT_LENGTH": 64 * 1024,
    "MAX_FORM_MEMORY_SIZE": 64 * 1024,
    "MAX_FORM_PARTS": 50,
    "SQLALCHEMY_DATABASE_URI": "sqlite:///portal.db",  # in the instance folder
    "SQLALCHEMY_ENGINE_OPTIONS": {
        "hide_parameters": True,  # no name or address in an error's message
        "pool_pre_ping": True,  # a database that was restarted costs nobody an error page
    },
    "BABEL_DEFAULT_LOCALE": "zh_Hant_TW",
    "BABEL_DEFAULT_TIMEZONE": "Asia/Taipei",
    "FIRST_LOGIN_BASE_TEMPLATE": "portal/layout.html",
    "FIRST_LOGIN_SERVICE_NAME": {"en": "Riverside Learning", "zh": "河畔學習網"},
    # MyEGov's front page, from which its registration and its profile are reached. A link that is not set is not
    # drawn as one: better than an address that nobody checked.
    "FIRST_LOGIN_LINKS": dict.fromkeys(("myegov", "myegov_help", "myegov_profile", "myegov_register"), MYEGOV),
}


def configure(app: Flask, own: Mapping[str, Any]) -> None:
    """Fill ``app.config``: what is safe, over it ``FLASK_...`` variables of the environment, over them ``own``.

    ``DATABASE_URL``, as hosting services set it, says where the database is, unless ``SQLALCHEMY_DATABASE_URI`` does.

    A portal that names no providers is the demonstration: it signs in at the sandbox, whose people
    are made up. Whoever brings real providers gets the safe settings whole.
    """
    given = Config(app.root_path)
    given.from_prefixed_env()
    given.update(own)
    app.config.update(SAFE)
    if address := os.environ.get("DATABASE_URL"):
        app.config["SQLALCHEMY_DATABASE_URI"] = database_uri(address)
    if "FIRST_LOGIN_PROVIDERS" not in given:
        app.config.update(_demonstration(given.get("SANDBOX_URL", "http://127.0.0.1:5001")))
    app.config.update(given)
    for name in {"SECRET_KEY", "FIRST_LOGIN_NATIONAL_ID_KEYS", "FIRST_LOGIN_NATIONAL_ID_INDEX_KEY"} - given.keys():
        app.config[name] = _made_up_secrets(Path(app.instance_path))[name]


def _demonstration(sandbox_url: str) -> dict[str, Any]:
    return {
        "FIRST_LOGIN_PROVIDERS": sandbox.settings(sandbox_url),
        "TRUSTED_HOSTS": ["127.0.0.1", "localhost"],  # nobody else is meant to reach made-up people
        "SESSION_COOKIE_NAME": "portal",  # plain http, as on this machine, can carry neither __Host- nor Secure
        "SESSION_COOKIE_SECURE": False,
    }


def _made_up_secrets(instance: Path) -> dict[str, Any]:
    """Secrets made at the first start and kept in the instance folder, readable by their owner alone.

    Kept, because with new ones everybody is signed out and no stored national ID opens any more.
    """
    path = instance / "secrets.json"
    instance.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        with open(path, "x", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            json.dump(
                {
                    "READ ME": "For this demonstration. Production brings its own, from its secret store, as the "
                    "variables FLASK_SECRET_KEY, FLASK_FIRST_LOGIN_NATIONAL_ID_KEYS and "
                    "FLASK_FIRST_LOGIN_NATIONAL_ID_INDEX_KEY; this file is then never written.",
                    "SECRET_KEY": secrets.token_hex(32),
                    "FIRST_LOGIN_NATIONAL_ID_KEYS": [Fernet.generate_key().decode()],
                    "FIRST_LOGIN_NATIONAL_ID_INDEX_KEY": Fernet.generate_key().decode(),
                },
                file,
                indent=2,
            )
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found

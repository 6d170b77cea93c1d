"""A portal with which nothing is wrong, for tests that plant one fault in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker
from werkzeug.middleware.proxy_fix import ProxyFix

from flask_first_login import FirstLogin, current_vault
from flask_first_login.accounts.sqlalchemy import SQLAlchemyAccounts
from flask_first_login.accounts.tables import create_tables
from support.pages import LINKS
from support.stand_in_provider import private_key

KEY, INDEX_KEY = (Fernet.generate_key().decode() for _ in range(2))
PROVIDERS: dict[str, dict[str, object]] = {
    "ecpa": {
        "login_url": "https://ecpa.example.gov.tw/login",
        "verify": "flask_first_login.sandbox.ecpa:verify",
    },
    "myegov": {"client_id": "portal-at-myegov", "client_secret": "of-myegov-5f1e0c"},
    "google": {"client_id": "1.apps.googleusercontent.com", "client_secret": "of-google-77ab21"},
    "facebook": {"client_id": "1234567890", "client_secret": "of-facebook-90cd4e"},
    "apple": {
        "client_id": "tw.example.learn",
        "team_id": "ABCDE12345",
        "key_id": "KEY1234567",
        "private_key": private_key(),
    },
}
CONFIG: dict[str, Any] = {
    "SECRET_KEY": "9b1f6c1ad0e94f3b8f5f0a6c7d2e4b13",
    "PREFERRED_URL_SCHEME": "https",
    "TRUSTED_HOSTS": ["learn.example.gov.tw"],
    "SESSION_COOKIE_NAME": "__Host-portal",
    "SESSION_COOKIE_SECURE": True,
    "SESSION_COOKIE_SAMESITE": "Lax",
    "FIRST_LOGIN_EXTERNAL_URL": "https://learn.example.gov.tw",
    "FIRST_LOGIN_LINKS": LINKS,
    "FIRST_LOGIN_DESK": {"title": "學習網客服", "phone": "02-1234-5678", "email": "help@learn.example.gov.tw"},
    "FIRST_LOGIN_NATIONAL_ID_KEYS": [KEY],
    "FIRST_LOGIN_NATIONAL_ID_INDEX_KEY": INDEX_KEY,
    "FIRST_LOGIN_PROVIDERS": PROVIDERS,
}


def accounts_in(path: Path | str) -> SQLAlchemyAccounts:
    """Accounts in a new database, with their tables."""
    engine = create_engine(f"sqlite:///{path}", hide_parameters=True)
    create_tables(engine)
    return SQLAlchemyAccounts(sessionmaker(engine), current_vault)


def healthy(change: Callable[[Flask], object] = lambda app: None, *, path: Path | str, **settings: object) -> Flask:
    """The portal, after ``change``; of the ``settings``, None leaves one as Flask has it."""
    app = Flask("learn")
    app.config.update({name: value for name, value in {**CONFIG, **settings}.items() if value is not None})
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)  # type: ignore[method-assign]  # as Flask's own page on proxies does
    change(app)
    FirstLogin(app, accounts=accounts_in(path))
    return app


def provider(name: str, **changes: object) -> dict[str, object]:
    """The providers with one changed; None takes a key away."""
    changed = {key: value for key, value in {**PROVIDERS.get(name, {}), **changes}.items() if value is not None}
    return {**PROVIDERS, name: changed}

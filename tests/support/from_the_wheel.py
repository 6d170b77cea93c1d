"""What the wheel can do where it was installed alone: run by the Python of that environment, away from this folder.

As JSON, ``pages`` prints for each language and page its status, its language and its main heading, and ``people``,
which needs pytest and SQLAlchemy there, whose hours count after a sign-in at each pretend provider.
"""

from __future__ import annotations

import base64
import json
import re
import sys
from collections.abc import Mapping

from flask import Flask
from flask.testing import FlaskClient

from flask_first_login import FirstLogin, current_vault
from flask_first_login.accounts import Accounts
from flask_first_login.accounts.memory import MemoryAccounts
from flask_first_login.flow import STANDARD

SCREENS = (*STANDARD.screens, *STANDARD.references)
PATHS = ("/login", *(f"/{screen.path}" for screen in SCREENS), "/nowhere")
LANGUAGES = ("zh-Hant-TW", "en")
GOOGLE = {"google": {"client_id": "portal", "client_secret": "secret"}}
PEOPLE = {
    "ecpa": "civil_servant",
    "myegov": "verified_citizen",
    "google": "social_user",
    "facebook": "social_user",
    "apple": "social_user",
}


def portal(providers: Mapping[str, object], accounts: Accounts | None = None) -> Flask:
    app = Flask("portal")
    app.config.update(SECRET_KEY="of this smoke test alone", FIRST_LOGIN_PROVIDERS=providers)
    app.config["FIRST_LOGIN_NATIONAL_ID_KEYS"] = [base64.urlsafe_b64encode(b"k" * 32).decode()]
    app.config["FIRST_LOGIN_NATIONAL_ID_INDEX_KEY"] = base64.urlsafe_b64encode(b"i" * 32).decode()
    FirstLogin(app, accounts=accounts or MemoryAccounts())
    return app


def page(client: FlaskClient, path: str, language: str) -> tuple[int, str | None, str, int]:
    """Its status, its language, its main heading and the length of the style sheet that it links."""
    response = client.get(f"/first-login{path}?lang={language}")
    (heading,) = re.findall(r"<h1[^>]*>(.*?)</h1>", response.text, re.DOTALL)
    (sheet,) = re.findall(r'<link rel="stylesheet" href="([^"]+)">', response.text)
    words = re.sub(r"<[^>]+>", "", heading).strip()
    with client.get(sheet) as css:
        return response.status_code, response.headers.get("Content-Language"), words, len(css.data)


def pages() -> object:
    client = portal(GOOGLE).test_client()
    return {language: {path: page(client, path, language) for path in PATHS} for language in LANGUAGES}


def people() -> object:
    from sqlalchemy import create_engine
    from sqlalchemy.orm import sessionmaker
    from sqlalchemy.pool import StaticPool

    from flask_first_login.accounts.sqlalchemy import SQLAlchemyAccounts
    from flask_first_login.accounts.tables import create_tables
    from flask_first_login.testing import PretendProviders

    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    create_tables(engine)
    with PretendProviders() as providers:
        app = portal(providers.settings(), SQLAlchemyAccounts(sessionmaker(engine), current_vault))
        arrivals = {
            name: providers.sign_in_as(app.test_client(), persona, name, identity="public", lang="en")
            for name, persona in PEOPLE.items()
        }
    return {name: arrived.verdicts["environmental"] for name, arrived in arrivals.items()}


if __name__ == "__main__":
    json.dump({"pages": pages, "people": people}[sys.argv[1]](), sys.stdout)

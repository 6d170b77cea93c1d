"""A portal that brings in its members from a file, by `flask first-login import` in a process that may be killed.

Its database, its pretend providers and its keys stand in its environment. The member in the middle of each file is one
of the sandbox, whom nobody has proven yet; all others have made-up numbers.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

from flask import Flask
from sqlalchemy import Engine, create_engine, func, select
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import NullPool

from flask_first_login import FirstLogin, current_vault, sandbox
from flask_first_login.accounts.sqlalchemy import SQLAlchemyAccounts
from flask_first_login.accounts.tables import accounts
from internals import ISSUERS
from support.crowd import numbers
from support.databases import INDEX_KEY, KEY
from support.learner import Learner
from support.pages import SECRET

TESTS = Path(__file__).parents[1]
COLUMNS = ("account", "provider", "subject", "name", "national_id", "kind", "assurance")
PROVIDER, PERSONA, NUMBER = "myegov", "verified_citizen", "A123456789"
KNOWN_AS = ISSUERS[PROVIDER].personas[PERSONA].digest(PROVIDER)


def engine_of(url: str) -> Engine:
    return create_engine(url, hide_parameters=True, poolclass=NullPool)


def portal(settings: Mapping[str, object] | None = None) -> Flask:
    """The portal, by these settings, or as a process that runs its commands makes it."""
    app = Flask("portal")
    app.config.from_prefixed_env()
    app.config.update(settings or {})
    FirstLogin(app, accounts=SQLAlchemyAccounts(sessionmaker(engine_of(app.config["DATABASE"])), current_vault))
    return app


@dataclass(frozen=True)
class Import:
    """One file of ``rows`` members on its way into the database at ``url``; ``base`` is where the sandbox answers."""

    url: str
    base: str
    file: Path
    rows: int

    @property
    def theirs(self) -> str:
        """The account of the member who is known to the sandbox."""
        return f"m{self.rows // 2}"

    @property
    def settings(self) -> dict[str, object]:
        return {
            "DATABASE": self.url,
            "SECRET_KEY": SECRET,
            "FIRST_LOGIN_NATIONAL_ID_KEYS": [KEY],
            "FIRST_LOGIN_NATIONAL_ID_INDEX_KEY": INDEX_KEY,
            "FIRST_LOGIN_PROVIDERS": sandbox.settings(self.base),
        }

    def written(self) -> Import:
        """With its file."""
        given = numbers()
        with self.file.open("w", encoding="utf-8", newline="") as text:
            rows = csv.writer(text)
            rows.writerow(COLUMNS)
            for n in range(self.rows):
                known = n == self.rows // 2
                subject, number = (KNOWN_AS, NUMBER) if known else (f"s{n}", next(given).reveal())
                rows.writerow((f"m{n}", PROVIDER, subject, "林曉明" if known else "王小明", number, "general", ""))
        return self

    def begun(self) -> subprocess.Popen[str]:
        """A process that imports, which says what it did on its standard error."""
        command = [sys.executable, "-m", "flask", "--app", "support.importing_portal:portal"]
        command += ["first-login", "import", str(self.file), "--format=jsonl"]
        given = {f"FLASK_{name}": json.dumps(value) for name, value in self.settings.items()}
        return subprocess.Popen(command, cwd=TESTS, env=os.environ | given, stderr=subprocess.PIPE, text=True)

    def signed_in(self) -> Learner:
        """A browser in which the member of the sandbox has signed in, after the import."""
        learner = Learner.at(portal(self.settings))
        arrived = learner.sign_in(PROVIDER, PERSONA)
        assert arrived.status_code == 303, arrived.text
        return learner

    def kept(self) -> int:
        """How many accounts are there by now: what is written of a member first."""
        with engine_of(self.url).connect() as connection:
            return connection.scalar(select(func.count()).select_from(accounts)) or 0

    def killed_at(self, members: int, seconds: float) -> int:
        """Begin, and kill the process once so many are there; give how many it left.

        :raises AssertionError: it ended by itself, or so many were not there after these seconds.
        """
        began = monotonic()
        with self.begun() as process:
            try:
                while self.kept() < members:
                    assert process.poll() is None, "it ended before it was killed"
                    assert monotonic() - began < seconds, "it is too slow"
                    sleep(max(0.02, members / 1_000_000))  # to count many takes long
            finally:
                process.kill()
                process.communicate()
            assert process.returncode == -9
        return self.kept()

"""How a worker's memory grows while it signs people in at all providers: ``make bench``.

A process of its own signs in over real HTTP, with accounts in a SQLite file. Its memory is read once everything is
loaded and every cache is full, and again at the end.
"""

from __future__ import annotations

import argparse
import gc
import os
import subprocess
import sys
import tempfile
from itertools import cycle, islice
from pathlib import Path

from flask import Flask
from sqlalchemy import create_engine, event
from sqlalchemy.orm import sessionmaker

from benchmarks.kept_alive import sandbox_kept_alive
from benchmarks.missed import Goal, Missed, Why, tell, where_memory_goes
from benchmarks.ratios import show
from flask_first_login import FirstLogin, sandbox
from flask_first_login.accounts.sqlalchemy import SQLAlchemyAccounts
from flask_first_login.accounts.tables import create_tables
from scale.meter import resident_mib
from scale.visitors import PEOPLE
from support.databases import INDEX_KEY, KEY, VAULT
from support.learner import Learner
from support.pages import SECRET

SIGN_INS, WARM, LOOKED_INTO = 10_000, 1000, 500
GROWN = "a worker's memory, grown by sign-ins"


def portal(base: str, folder: str) -> Flask:
    engine = create_engine(f"sqlite:///{Path(folder, 'portal.sqlite')}")
    event.listen(
        engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF")
    )  # no disk's pace
    create_tables(engine)
    app = Flask("portal")
    app.config.update(
        SECRET_KEY=SECRET,
        FIRST_LOGIN_PROVIDERS=sandbox.settings(base),
        FIRST_LOGIN_NATIONAL_ID_KEYS=[KEY],
        FIRST_LOGIN_NATIONAL_ID_INDEX_KEY=INDEX_KEY,
    )
    FirstLogin(app, accounts=SQLAlchemyAccounts(sessionmaker(engine), lambda: VAULT))
    return app


def sign_in(app: Flask, times: int) -> None:
    for provider, persona in islice(cycle(PEOPLE), times):
        done = Learner.at(app).sign_in(provider, persona)
        assert done.status_code == 303, done.text


def resident() -> float:
    """Of this process, in MiB."""
    gc.collect()
    return resident_mib(os.getpid())


def work(base: str, sign_ins: int) -> None:
    """What the process of its own does: its memory then and now, or with no more than `LOOKED_INTO`, who holds it."""
    with tempfile.TemporaryDirectory() as folder:
        app = portal(base, folder)
        sign_in(app, WARM if sign_ins > LOOKED_INTO else len(PEOPLE))
        if sign_ins <= LOOKED_INTO:
            print(*where_memory_goes(lambda: sign_in(app, sign_ins)), sep="\n")
            return
        print(resident())
        sign_in(app, sign_ins - WARM)
        print(resident())


def in_a_process(base: str, sign_ins: int) -> list[str]:
    command = [sys.executable, "-m", "benchmarks.memory", "--at", base, "--sign-ins", str(sign_ins)]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()


def main(sign_ins: int = SIGN_INS) -> list[Missed]:
    with sandbox_kept_alive() as base:
        warm, last = map(float, in_a_process(base, sign_ins))
        found = {f"a worker's memory after {WARM} sign-ins": warm, f"after {sign_ins}": last, GROWN: last - warm}
        why: dict[str, Why] = {GROWN: lambda: in_a_process(base, LOOKED_INTO)}
        return show("Memory", found, [Goal(GROWN, None, 2.0)], why, "MiB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="How a worker's memory grows.")
    parser.add_argument("--sign-ins", type=int, default=SIGN_INS, help="%(default)s")
    parser.add_argument("--at", help="the address of a sandbox: sign in there, and print what this process holds")
    asked = parser.parse_args()
    if asked.at:
        work(asked.at, asked.sign_ins)
    else:
        tell(main(asked.sign_ins))

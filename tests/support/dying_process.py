"""A program whose sign-ins kill their own process at the step that it is told.

``python -m support.dying_process URL KEY INDEX_KEY``: for each line of its input, the number of a step, a child of its
own lets an identity in; it answers with how the child ended: -9 when it was killed there, 0 when the sign-in had no
such step.
"""

from __future__ import annotations

import os
import signal
import sys
from itertools import count

from flask import Flask
from sqlalchemy import Column, MetaData, String, Table, create_engine, event, insert
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session, sessionmaker

from flask_first_login import FirstLogin, Identity
from flask_first_login.accounts.sqlalchemy import SQLAlchemyAccounts
from flask_first_login.testing import BY_ECPA
from internals import Vault, admit, here
from support.pages import PROVIDERS

of_the_host = MetaData()
members = Table("host_members", of_the_host, Column("id", String(64), primary_key=True))
STEPS = ("before_cursor_execute", "after_cursor_execute", "commit", "checkin")


def make_member(session: Session, identity: Identity) -> str:
    """The host's own account of a new learner."""
    session.execute(insert(members).values(id=f"member-{identity.subject}"))
    return f"member-{identity.subject}"


def portal(engine: Engine, key: str, index_key: str) -> Flask:
    app = Flask("portal")
    app.config.update(
        SECRET_KEY="a-secret-of-this-test",
        FIRST_LOGIN_PROVIDERS=PROVIDERS,
        FIRST_LOGIN_NATIONAL_ID_KEYS=[key],
        FIRST_LOGIN_NATIONAL_ID_INDEX_KEY=index_key,
    )
    vault = Vault([key], index_key)
    FirstLogin(app, accounts=SQLAlchemyAccounts(sessionmaker(engine), lambda: vault, create_account=make_member))
    return app


def let_in(app: Flask, identity: Identity) -> None:
    with app.test_request_context():
        admit(here(), identity)


def kill_at(engine: Engine, step: int) -> None:
    """Before and after each statement, before each commit, and after it: as the connection goes back."""
    steps = count(1)

    def pass_by(*_: object) -> None:
        if next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    for name in STEPS:
        event.listen(engine, name, pass_by)


def main(url: str, key: str, index_key: str) -> None:
    engine = create_engine(url)
    app = portal(engine, key, index_key)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            kill_at(engine, int(line))
            let_in(app, BY_ECPA)
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

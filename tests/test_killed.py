"""A process that is killed in the middle of a sign-in leaves the whole account or nothing of it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import Engine

from flask_first_login.accounts.sqlalchemy import SQLAlchemyAccounts
from flask_first_login.accounts.tables import accounts, identities, metadata, national_ids
from flask_first_login.testing import BY_ECPA, NATIONAL_ID
from internals import state_of
from support.databases import INDEX_KEY, KEY
from support.dying_process import let_in, members, of_the_host, portal

pytestmark = pytest.mark.slow

WHOLE = (members, accounts, identities, national_ids)


@contextmanager
def dying(engine: Engine) -> Iterator[Callable[[int], int]]:
    """Signs in and kills the process at a step; gives how the process ended."""
    url = engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "support.dying_process", url, KEY, INDEX_KEY]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=Path(__file__).parent) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def kill(step: int) -> int:
            print(step, file=process.stdin, flush=True)
            return int(process.stdout.readline())  # type: ignore[union-attr]  # asserted above

        yield kill
        process.stdin.close()


def left(engine: Engine) -> tuple[int, ...]:
    with engine.connect() as connection:
        return tuple(connection.scalar(select(func.count()).select_from(table)) or 0 for table in WHOLE)


def empty(engine: Engine) -> None:
    with engine.begin() as connection:
        for table in (*reversed(metadata.sorted_tables), members):
            connection.execute(table.delete())


@pytest.mark.parametrize("which", ["sqlite", "postgresql", "mariadb"])
def test_killed_at_any_step_a_first_sign_in_leaves_a_whole_account_or_none_and_the_next_one_works(
    request: pytest.FixtureRequest, which: str
) -> None:
    engine: Engine = request.getfixturevalue(which)
    of_the_host.create_all(engine)
    app, step, found = portal(engine, KEY, INDEX_KEY), count(1), list[tuple[int, ...]]()
    store = state_of(app).accounts
    assert isinstance(store, SQLAlchemyAccounts)
    with dying(engine) as kill:
        for ended in iter(lambda: kill(next(step)), 0):
            assert ended == -9
            found.append(left(engine))
            let_in(app, BY_ECPA)
            assert left(engine) == (1, 1, 1, 1)
            account = store.holder_of(NATIONAL_ID)
            assert account is not None
            assert (account.id, account.identities) == (f"member-{BY_ECPA.subject}", (BY_ECPA,))
            empty(engine)
    of_the_host.drop_all(engine)
    assert set(found) == {(0, 0, 0, 0), (1, 1, 1, 1)}
    assert found == sorted(found), "nothing of it until its commit, all of it from then on"
    assert len(found) > 20

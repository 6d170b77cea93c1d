"""Fifty first sign-ins of one person at the same moment, in four processes on PostgreSQL, give one account."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from sqlalchemy import func, select
from sqlalchemy.engine import Engine

from flask_first_login.accounts.tables import accounts, identities, metadata, national_ids
from support.databases import INDEX_KEY, KEY

pytestmark = pytest.mark.slow

WORKERS, LEARNERS = 4, 50


@pytest.fixture
def portal(postgresql: Engine) -> Iterator[str]:
    """The address of a portal that four processes of thirteen threads serve."""
    here = Path(__file__).parent
    settings = {
        "DATABASE_URL": postgresql.url.render_as_string(hide_password=False),
        "FLASK_SECRET_KEY": "a-secret-of-this-test",
        "FLASK_FIRST_LOGIN_NATIONAL_ID_KEYS": f'["{KEY}"]',
        "FLASK_FIRST_LOGIN_NATIONAL_ID_INDEX_KEY": INDEX_KEY,
        "PYTHONPATH": os.pathsep.join([str(here), str(here.parent)]),
    }
    with socket.create_server(("127.0.0.1", 0), backlog=2 * LEARNERS) as listening:
        fd, port = listening.fileno(), listening.getsockname()[1]
        served_by = [
            "--preload",
            f"--workers={WORKERS}",
            "--threads=13",
            "--worker-connections=13",
            f"--bind=fd://{fd}",
            "--log-level=error",
        ]
        command = [sys.executable, "-m", "gunicorn", *served_by, "support.arrival_portal:portal()"]
        with subprocess.Popen(command, env=os.environ | settings, cwd=here, pass_fds=[fd]) as process:
            yield f"http://127.0.0.1:{port}"
            process.terminate()


def at_once(engine: Engine, urls: Sequence[str]) -> list[requests.Response]:
    """The answers to all of them, let go when each of them has come to its first question to the database."""
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    with engine.connect() as holder, engine.connect() as watcher, ThreadPoolExecutor(len(urls)) as pool:
        holder.exec_driver_sql("LOCK TABLE first_login_identities IN ACCESS EXCLUSIVE MODE")
        asked = [pool.submit(requests.get, url, allow_redirects=False, timeout=90) for url in urls]
        until = time.monotonic() + 60
        while watcher.exec_driver_sql(waiting).scalar_one() < len(urls) and time.monotonic() < until:
            time.sleep(0.05)
        assert watcher.exec_driver_sql(waiting).scalar_one() == len(urls)
        holder.rollback()
        return [one.result() for one in asked]


def rows(engine: Engine) -> list[int]:
    with engine.connect() as connection:
        tables = (accounts, identities, national_ids)
        return [connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def test_fifty_first_sign_ins_of_one_person_at_once_give_one_account_and_no_error_page(
    portal: str, postgresql: Engine
) -> None:
    for ways, expected in ((["ecpa"], [1, 1, 1]), (["ecpa", "myegov"], [1, 2, 1])):
        answers = at_once(postgresql, [f"{portal}/arrive/{ways[n % len(ways)]}" for n in range(LEARNERS)])
        assert [(one.status_code, one.text) for one in answers if one.status_code != 303] == []
        assert len({one.headers["Process"] for one in answers}) == WORKERS
        assert rows(postgresql) == expected
        with postgresql.begin() as connection:
            for table in reversed(metadata.sorted_tables):
                connection.execute(table.delete())

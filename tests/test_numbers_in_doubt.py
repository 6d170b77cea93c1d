"""Whose a number is, from sign-in to page: who proves it has it, who typed it is told, and hours wait meanwhile."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from blinker import NamedSignal
from sqlalchemy.engine import Engine
from sqlalchemy.orm import sessionmaker

from flask_first_login import (
    Account,
    Assurance,
    HoursReport,
    Identity,
    NationalId,
    hours_changed,
    identity_linked,
    national_id_disputed,
    national_id_under_review,
    signed_in,
)
from flask_first_login.accounts import Accounts, NumberCases
from flask_first_login.accounts.memory import MemoryAccounts
from flask_first_login.accounts.sqlalchemy import SQLAlchemyAccounts
from flask_first_login.testing import BY_ECPA, BY_MYEGOV, NATIONAL_ID, OTHER_NATIONAL_ID
from internals import AUTHORITIES, Create, IdChange, Link, NumberState, SignIn
from support.databases import VAULT
from support.host_portal import Host, code_of

NOW = datetime.now(UTC)
#: Somebody who typed a number that is another person's, and that person, who proves it: they agree in nothing else.
SQUATTER = replace(BY_MYEGOV, name="賴打字", birth_date=date(1999, 9, 9), signed_in_at=NOW)
OWNER = replace(BY_ECPA, signed_in_at=NOW)
RESIDENT = NationalId.parse("A800000014")
Told = list[tuple[str, dict[str, Any]]]


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest) -> Accounts:
    if request.param == "memory":
        return MemoryAccounts()
    return SQLAlchemyAccounts(sessionmaker(request.getfixturevalue("sqlite")), lambda: VAULT)


@pytest.fixture
def host(store: Accounts) -> Host:
    return Host(store).mounted()


@contextmanager
def hearing(host: Host) -> Iterator[Told]:
    """What is told meanwhile, by the signal's name."""
    told: Told = []
    signals: list[NamedSignal] = [
        signed_in,
        identity_linked,
        hours_changed,
        national_id_disputed,
        national_id_under_review,
    ]
    receivers = []
    for signal in signals:

        def note(app: object, *, heard: str = signal.name.removeprefix("first-login-"), **facts: Any) -> None:
            told.append((heard, facts))

        receivers.append(note)
        signal.connect(note, host.app)
    yield told
    for signal, receiver in zip(signals, receivers, strict=True):
        signal.disconnect(receiver, host.app)


def reasons(page: Any) -> set[str]:
    return set(re.findall(r'data-reason="([a-z_]+)"', page.text))


def known(host: Host, identity: Identity) -> Account:
    account = host.accounts.owner_of(identity.issuer, identity.subject)
    assert account is not None
    return account


def of_api(learner: Any) -> set[str]:
    """The reasons on the learner's own page, as JSON tells them."""
    found = learner.get("/first-login/api/v1/hours").get_json()
    return {reason["code"] for authority in found["authorities"] for reason in authority["reasons"]}


# --- a typed number never locks its proven owner out ---


def test_who_proves_a_number_that_somebody_typed_gets_in_with_their_hours(host: Host) -> None:
    squatter = host.learner()
    assert host.arrives(SQUATTER, squatter).status_code == 303
    owner = host.learner()
    assert host.arrives(OWNER, owner).status_code == 303
    assert known(host, OWNER).id != known(host, SQUATTER).id
    assert host.state.hours(known(host, OWNER)).uploadable == tuple(authority.key for authority in AUTHORITIES)
    assert host.state.hours(known(host, SQUATTER)).uploadable == ()
    page = owner.get("/first-login/hours").text
    assert SQUATTER.name is not None
    assert SQUATTER.name not in page


def test_who_typed_it_is_told_keeps_the_account_and_may_bring_a_number_of_their_own(host: Host) -> None:
    squatter = host.learner()
    host.arrives(SQUATTER, squatter)
    before = known(host, SQUATTER).id
    host.arrives(OWNER)
    page = squatter.get("/first-login/hours?lang=en").text
    assert "is held by another account of this platform" in page
    assert "Citizen Digital Certificate to prove it" in page
    assert "王小明" not in page
    assert "Kept until your ID number is checked" in page
    assert "something is missing" not in page
    assert "number_disputed" in of_api(squatter)
    again = host.arrives(SQUATTER, squatter)
    assert again.location.startswith("/first-login/outcome")
    assert "is held by another account" in squatter.get("/first-login/outcome?lang=en").text
    host.arrives(replace(SQUATTER, national_id=OTHER_NATIONAL_ID), squatter)
    assert "number_disputed" not in of_api(squatter)
    assert known(host, SQUATTER).id == before


def test_the_host_is_told_of_who_lost_the_number_and_of_their_hours_at_once(host: Host) -> None:
    host.arrives(SQUATTER)
    loser = known(host, SQUATTER).id
    with hearing(host) as told:
        host.arrives(OWNER)
    taker = known(host, OWNER).id
    names = [name for name, _ in told]
    assert names == ["national-id-disputed", "hours-changed", "signed-in"]
    assert told[0][1] == {"account": loser, "provider": SQUATTER.provider}
    report: HoursReport = told[1][1]["report"]
    assert told[1][1]["account"] == loser
    assert {change.authority: (change.before, change.after) for change in told[1][1]["changes"]} == {
        "environmental": ("uploadable", "held"),
        "teacher": ("uploadable", "held"),
    }
    assert "number_disputed" in {reason.code for of_one in report.values() for reason in of_one.reasons}
    assert told[2][1] == {"account": taker, "provider": OWNER.provider, "first": True}


def test_the_journal_names_who_lost_the_number(host: Host, caplog: pytest.LogCaptureFixture) -> None:
    host.arrives(SQUATTER)
    with caplog.at_level(logging.INFO, "flask_first_login.events"):
        host.arrives(OWNER)
    events = [(record.event, record.account) for record in caplog.records if hasattr(record, "event")]  # type: ignore[attr-defined]  # of the journal
    assert ("disputed", known(host, SQUATTER).id) in events
    assert "A123456789" not in caplog.text


def test_what_is_told_of_a_loss_stops_nobody_when_it_fails(
    host: Host, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    host.arrives(SQUATTER)
    loser, get = known(host, SQUATTER).id, host.accounts.get

    def failing(account_id: str) -> Account | None:
        if account_id == loser:
            raise OSError("A123456789")
        return get(account_id)

    monkeypatch.setattr(host.accounts, "get", failing)
    assert host.arrives(OWNER).status_code == 303
    assert "the loss of a number was not told" in caplog.text
    assert "A123456789" not in caplog.text


def test_who_only_types_a_number_of_another_account_is_refused_or_disputed_and_never_has_it(host: Host) -> None:
    host.arrives(OWNER)
    assert code_of(host.arrives(SQUATTER)) in {"not_verified", "conflicting_facts"}
    host.arrives(replace(SQUATTER, national_id=None))
    with hearing(host) as told:
        assert host.arrives(SQUATTER).status_code == 303
    stored = known(host, SQUATTER)
    assert (stored.identities[0].national_id, stored.identities[0].number_state) == (None, NumberState.DISPUTED)
    assert ("national-id-disputed", {"account": stored.id, "provider": "myegov"}) in told
    holder = host.accounts.holder_of(NATIONAL_ID)
    assert holder is not None
    assert holder.id == known(host, OWNER).id


def test_a_known_learner_who_proves_a_first_number_takes_it_and_signs_in_as_before(host: Host) -> None:
    host.arrives(SQUATTER)
    host.arrives(replace(OWNER, national_id=None))
    before = known(host, OWNER).id
    with hearing(host) as told:
        assert host.arrives(OWNER).status_code == 303
    assert known(host, OWNER).id == before
    assert [facts["account"] for name, facts in told if name == "national-id-disputed"] == [known(host, SQUATTER).id]
    assert ("signed-in", {"account": before, "provider": "ecpa", "first": False}) in told


def test_a_squatter_who_removes_the_number_from_the_profile_keeps_no_hold_on_it(host: Host) -> None:
    host.arrives(SQUATTER)
    host.arrives(replace(SQUATTER, national_id=None))
    assert host.arrives(OWNER).status_code == 303
    assert known(host, OWNER).claimed == (NATIONAL_ID,)


def test_a_completion_under_a_lost_number_is_held_whatever_comes_after(host: Host) -> None:
    host.arrives(SQUATTER)
    account_id, done = known(host, SQUATTER).id, datetime.now(UTC)

    def said() -> tuple[str, list[str]]:
        with host.app.app_context():
            report = host.first_login.completion(SQUATTER, account_id, "environmental", done)
        return report.verdict, [reason.code for reason in report.reasons]

    assert said() == ("uploadable", [])
    host.arrives(OWNER)
    assert said() == ("held", ["number_disputed"])
    host.arrives(replace(SQUATTER, national_id=OTHER_NATIONAL_ID))
    assert said() == ("held", ["number_disputed"])


# --- a number that an account once proved is proven ---

CERTIFIED = replace(BY_MYEGOV, assurance=Assurance.VERIFIED, method="certificate", signed_in_at=NOW)


@pytest.mark.parametrize(
    "since",
    [replace(CERTIFIED, assurance=Assurance.DECLARED, method="password"), replace(CERTIFIED, national_id=None)],
    ids=["by password", "without the number"],
)
def test_who_proved_a_number_once_keeps_one_account_however_they_signed_in_since(host: Host, since: Identity) -> None:
    host.arrives(CERTIFIED)
    account_id, done = known(host, CERTIFIED).id, datetime.now(UTC)
    host.arrives(since)
    with hearing(host) as told:
        assert host.arrives(OWNER).status_code == 303
    account = known(host, OWNER)
    assert account.id == known(host, CERTIFIED).id == account_id
    assert host.state.hours(account).uploadable == tuple(authority.key for authority in AUTHORITIES)
    names = [name for name, _ in told]
    assert "identity-linked" in names
    assert "national-id-disputed" not in names
    with host.app.app_context():
        assert host.first_login.completion(since, account_id, "environmental", done).uploadable


def test_an_identity_that_left_leaves_the_number_proven_that_it_proved(host: Host) -> None:
    host.arrives(CERTIFIED)
    account_id = known(host, CERTIFIED).id
    by_another = replace(CERTIFIED, issuer="https://other.example", assurance=Assurance.DECLARED)
    host.accounts.carry_out(Link(account_id), by_another)
    host.accounts.leave(known(host, CERTIFIED), CERTIFIED)
    assert host.arrives(OWNER).status_code == 303
    assert known(host, OWNER).id == account_id


def test_a_number_that_was_proven_once_is_taken_by_nobody_whose_birth_date_is_another(host: Host) -> None:
    host.arrives(CERTIFIED)
    host.arrives(replace(CERTIFIED, assurance=Assurance.DECLARED))
    assert code_of(host.arrives(replace(OWNER, birth_date=date(1999, 9, 9)))) == "conflicting_facts"
    assert known(host, CERTIFIED).claimed == (NATIONAL_ID,)


def test_who_proves_another_number_of_theirs_has_not_proven_the_one_they_typed(host: Host) -> None:
    host.arrives(replace(SQUATTER, assurance=Assurance.VERIFIED, national_id=OTHER_NATIONAL_ID))
    typed = replace(SQUATTER, issuer="https://other.example")
    host.accounts.carry_out(Link(known(host, SQUATTER).id), typed)
    assert host.arrives(OWNER).status_code == 303
    assert known(host, OWNER).id != known(host, SQUATTER).id
    assert known(host, SQUATTER).claimed == (OTHER_NATIONAL_ID,)


# --- under review means held ---


def test_a_changed_number_holds_the_hours_from_that_moment_and_the_learner_is_told(host: Host) -> None:
    learner = host.learner()
    host.arrives(SQUATTER, learner)
    with hearing(host) as told:
        response = host.arrives(replace(SQUATTER, national_id=OTHER_NATIONAL_ID), learner, "?next=/courses")
    assert response.location.startswith("/first-login/outcome")
    assert "A person must review it first" in learner.get("/first-login/outcome?lang=en").text
    assert "national_id_under_review" in of_api(learner)
    account = known(host, SQUATTER)
    assert host.state.hours(account).uploadable == ()
    assert ("national-id-under-review", {"account": account.id, "provider": "myegov"}) in told
    assert {change.after for name, facts in told if name == "hours-changed" for change in facts["changes"]} == {"held"}


@pytest.mark.parametrize("sent", [SQUATTER, None], ids=["the old number", "no number"])
def test_the_old_number_alone_ends_a_review_by_itself(host: Host, sent: Identity | None) -> None:
    host.arrives(SQUATTER)
    host.arrives(replace(SQUATTER, national_id=OTHER_NATIONAL_ID))
    host.arrives(sent or replace(SQUATTER, national_id=None))
    state = known(host, SQUATTER).identities[0].number_state
    assert state is (NumberState.ACCEPTED if sent else NumberState.UNDER_REVIEW)
    assert isinstance(host.accounts, NumberCases)
    assert len(host.accounts.reviews()) == (0 if sent else 1)


def test_a_resident_who_is_naturalised_is_reviewed_and_then_credited_by_the_new_number(host: Host) -> None:
    resident, citizen = replace(OWNER, national_id=RESIDENT), OWNER
    host.arrives(resident)
    account_id, done = known(host, OWNER).id, datetime.now(UTC)
    host.arrives(citizen)
    during = known(host, OWNER).identities[0]
    assert (during.national_id, during.number_state) == (RESIDENT, NumberState.UNDER_REVIEW)
    with host.app.app_context():
        assert host.first_login.completion(resident, account_id, "teacher", done).verdict == "held"
        assert host.first_login.completion(during, account_id, "teacher", done).verdict == "held"
        assert isinstance(host.accounts, NumberCases)
        host.accounts.settle_review(host.accounts.reviews()[0].id, accept=True)
        assert host.first_login.completion(resident, account_id, "teacher", done).uploadable
        assert host.first_login.completion(during, account_id, "teacher", done).uploadable
    with hearing(host) as told:
        host.arrives(citizen)
    assert known(host, OWNER).identities[0].national_id == NATIONAL_ID
    assert "national-id-under-review" not in [name for name, _ in told]


def test_a_rejected_number_that_comes_again_tells_nobody_and_holds_nothing(host: Host) -> None:
    host.arrives(SQUATTER)
    changed = replace(SQUATTER, national_id=OTHER_NATIONAL_ID)
    host.arrives(changed)
    assert isinstance(host.accounts, NumberCases)
    host.accounts.settle_review(host.accounts.reviews()[0].id, accept=False)
    with hearing(host) as told:
        host.arrives(changed)
    assert "national-id-under-review" not in [name for name, _ in told]
    assert host.state.hours(known(host, SQUATTER)).uploadable == ("environmental", "teacher")


# --- a store that knows nothing of all this ---


class OldStore:
    """A host's own store, written before there was any of it: it has the methods of the port, and no other."""

    def __init__(self) -> None:
        self._kept = MemoryAccounts()
        self.holder_of, self.owner_of, self.get = self._kept.holder_of, self._kept.owner_of, self._kept.get
        self.leave, self.use_once, self.remember = self._kept.leave, self._kept.use_once, self._kept.remember

    def carry_out(self, decision: SignIn | Create | Link, identity: Identity) -> str:
        assert getattr(decision, "takes_from", None) is None
        assert getattr(decision, "id_change", IdChange.ACCEPT) in {IdChange.ACCEPT, IdChange.REVIEW}
        return self._kept.carry_out(decision, identity)


def test_a_store_of_before_goes_on_as_before() -> None:
    host = Host(OldStore()).mounted()
    host.arrives(SQUATTER)
    agreeing = replace(OWNER, name=SQUATTER.name, birth_date=SQUATTER.birth_date)
    assert code_of(host.arrives(agreeing)) == "not_verified"
    host.arrives(replace(OWNER, national_id=None))
    with hearing(host) as told:
        for brings in (OWNER, replace(OWNER, assurance=Assurance.DECLARED)):
            assert host.arrives(brings).status_code == 303
    assert [name for name, _ in told].count("national-id-under-review") == 2
    assert known(host, SQUATTER).claimed == (NATIONAL_ID,)


@pytest.mark.parametrize("lacking", ["reviews", "settle_review", "disputes", "release"])
def test_a_store_that_lacks_one_of_the_methods_is_one_of_before(lacking: str) -> None:
    class Partial(OldStore):
        pass

    methods: dict[str, Callable[..., object]] = dict.fromkeys(
        {"reviews", "settle_review", "disputes", "release"} - {lacking}, lambda *_: None
    )
    for name, method in methods.items():
        setattr(Partial, name, method)
    assert not isinstance(Partial(), NumberCases)


def test_the_hours_of_who_lost_a_number_are_held_in_the_report_too(sqlite: Engine) -> None:
    from sqlalchemy.orm import Session

    from flask_first_login.report import rows

    store = SQLAlchemyAccounts(sessionmaker(sqlite), lambda: VAULT)
    host = Host(store).mounted()
    host.arrives(SQUATTER)
    host.arrives(OWNER)
    with Session(sqlite) as session:
        said = {(row.account, row.authority): (row.verdict, row.reasons) for row in rows(session)}
    assert said[known(host, SQUATTER).id, "teacher"] == ("held", ("number_disputed",))
    assert said[known(host, OWNER).id, "teacher"] == ("uploadable", ())

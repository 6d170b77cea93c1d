"""A sign-in in the store is one step: few statements in two transactions, and nothing of a host's own passed by."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask, has_request_context, request
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from flask_first_login import (
    AccountConflict,
    Assurance,
    Authority,
    FirstLogin,
    HoursReport,
    Identity,
    Learner,
    Reason,
    Text,
    hours_changed,
)
from flask_first_login.accounts import Accounts
from flask_first_login.accounts.memory import MemoryAccounts
from flask_first_login.accounts.sqlalchemy import SQLAlchemyAccounts
from flask_first_login.accounts.tables import verdicts
from flask_first_login.testing import BY_ECPA, BY_MYEGOV, NATIONAL_ID, OTHER_NATIONAL_ID, PretendProviders, SignInAs
from internals import (
    AUTHORITIES,
    MARIADB,
    Admission,
    Create,
    IdChange,
    Judgement,
    Known,
    Presented,
    SignIn,
    admit_to_store,
    assess,
    at_once,
    use_each_once,
)
from support.databases import INDEX_KEY, KEY, VAULT

MOST_STATEMENTS, MOST_TRANSACTIONS = 9, 2


@dataclass
class Cost:
    """What callbacks asked of the database."""

    statements: list[str] = field(default_factory=list)
    transactions: int = 0


@contextmanager
def counted(engine: Engine) -> Iterator[Cost]:
    cost = Cost()

    def is_callback() -> bool:
        return has_request_context() and "/callback" in request.path

    def execute(_: Connection, __: object, statement: str, *___: object) -> None:
        if is_callback():
            cost.statements.append(statement)

    def begin(_: Connection) -> None:
        cost.transactions += is_callback()

    event.listen(engine, "before_cursor_execute", execute)
    event.listen(engine, "begin", begin)
    yield cost
    event.remove(engine, "before_cursor_execute", execute)
    event.remove(engine, "begin", begin)


def most_statements(engine: Engine) -> int:
    """MariaDB is told how each transaction reads, and asked for the accounts by themselves before they are held."""
    return MOST_STATEMENTS + (MOST_TRANSACTIONS + 1 if engine.dialect.name in MARIADB else 0)


def portal(
    store: Accounts, providers: PretendProviders, authorities: tuple[Authority, ...] = AUTHORITIES
) -> tuple[Flask, FirstLogin]:
    app = Flask("portal")
    app.config.update(
        TESTING=True,
        SECRET_KEY="a-secret-of-this-test",
        FIRST_LOGIN_PROVIDERS=providers.settings(),
        FIRST_LOGIN_NATIONAL_ID_KEYS=[KEY],
        FIRST_LOGIN_NATIONAL_ID_INDEX_KEY=INDEX_KEY,
    )
    return app, FirstLogin(accounts=store, authorities=authorities)


def another(n: int) -> Authority:
    return replace(AUTHORITIES[0], key=f"another_{n}")


@pytest.mark.parametrize("authorities", [AUTHORITIES, (*AUTHORITIES, *map(another, range(40)))], ids=["few", "many"])
@pytest.mark.parametrize(
    ("persona", "provider"),
    [("civil_servant", "ecpa"), ("declared_citizen", "myegov"), ("citizen_without_id", "google")],
    ids=["ticket", "code", "social"],
)
def test_who_comes_back_costs_at_most_nine_statements_in_two_transactions(
    engine: Engine,
    store: SQLAlchemyAccounts,
    first_login_sandbox: PretendProviders,
    sign_in_as: SignInAs,
    persona: str,
    provider: str,
    authorities: tuple[Authority, ...],
) -> None:
    app, first_login = portal(store, first_login_sandbox, authorities)
    first_login.init_app(app)
    known = sign_in_as(app.test_client(), persona, provider)
    browser = app.test_client()
    for _ in range(2):  # signed out, and signed in already
        with counted(engine) as cost:
            assert sign_in_as(browser, persona, provider).account == known.account
        assert 5 <= len(cost.statements) <= most_statements(engine), cost.statements
        assert cost.transactions == MOST_TRANSACTIONS


def test_a_changed_verdict_is_one_statement_more_whatever_the_number_of_authorities(
    engine: Engine, store: SQLAlchemyAccounts, first_login_sandbox: PretendProviders, sign_in_as: SignInAs
) -> None:
    app, first_login = portal(store, first_login_sandbox)
    first_login.init_app(app)
    account = sign_in_as(app.test_client(), "civil_servant").account
    assert account is not None
    stricter, more = portal(store, first_login_sandbox, (*AUTHORITIES, *map(another, range(40))))
    more.init_app(stricter)
    with counted(engine) as cost:
        assert sign_in_as(stricter.test_client(), "civil_servant").account == account
    assert len(cost.statements) <= most_statements(engine), cost.statements
    assert cost.transactions == MOST_TRANSACTIONS


def test_a_rule_of_the_portal_is_never_asked_inside_a_transaction(
    engine: Engine, store: SQLAlchemyAccounts, first_login_sandbox: PretendProviders, sign_in_as: SignInAs
) -> None:
    app, first_login = portal(store, first_login_sandbox)
    told: list[HoursReport] = []
    blocked: list[str] = []

    @first_login.hours_rule
    def writes(learner: Learner) -> Reason | None:
        with Session(engine) as session, session.begin():  # waits for whoever writes, on SQLite
            session.execute(verdicts.delete().where(verdicts.c.authority == "nobody"))
        return Reason("blocked", Text("Blocked.", "已停權。")) if blocked else None

    @hours_changed.connect_via(app)
    def hear(_: Flask, *, report: HoursReport) -> None:
        told.append(report)

    first_login.init_app(app)
    assert sign_in_as(app.test_client(), "civil_servant").verdicts["lifelong"] == "uploadable"
    blocked.append("from now on")
    assert sign_in_as(app.test_client(), "civil_servant").verdicts["lifelong"] == "held"
    assert len(told) == 1


# --- nothing of a host's own is passed by ---


def let_in(store: Accounts, identity: Identity) -> Admission:
    """Let a person in: by the account that has the identity, or else by a new one."""

    def judge(known: Known) -> Judgement:
        return Judgement(identity, SignIn(known.owner.id) if known.owner is not None else Create())

    shown = Presented(identity.issuer, (identity.subject,), identity.national_id)
    return admit_to_store(store, shown, judge, lambda account: assess(account.identities))


class Auditing(MemoryAccounts):
    """A host's store that notes whom it lets in."""

    def __init__(self) -> None:
        super().__init__()
        self.noted: list[str] = []

    def carry_out(self, decision, identity):  # type: ignore[no-untyped-def]  # as a host writes it
        self.noted.append(identity.provider)
        return super().carry_out(decision, identity)


def test_a_method_that_a_host_changed_in_a_subclass_is_called() -> None:
    store = Auditing()
    let_in(store, BY_ECPA)
    let_in(store, BY_ECPA)
    assert store.noted == ["ecpa", "ecpa"]


def test_a_method_that_was_put_in_its_place_on_the_object_is_called() -> None:
    store, asked = MemoryAccounts(), list[bytes]()

    def use_once(digest: bytes, until: datetime) -> bool:
        asked.append(digest)
        return False

    store.use_once = use_once  # type: ignore[method-assign]  # as a host may
    assert use_each_once(store, (b"one", datetime.now(UTC)), (b"two", datetime.now(UTC))) == 0
    assert asked == [b"one"]


def test_a_store_that_wraps_another_is_asked_itself() -> None:
    class Wrapping:
        def __init__(self) -> None:
            self.kept, self.noted = MemoryAccounts(), list[str]()

        def __getattr__(self, name: str) -> object:
            return getattr(self.kept, name)

        def carry_out(self, decision, identity):  # type: ignore[no-untyped-def]  # as a host writes it
            self.noted.append(identity.provider)
            return self.kept.carry_out(decision, identity)

    store = Wrapping()
    let_in(store, BY_ECPA)  # type: ignore[arg-type]  # the rest of it is looked up
    assert store.noted == ["ecpa"]


def test_a_subclass_that_adds_to_our_store_goes_on_in_one_step() -> None:
    class Named(MemoryAccounts):
        name = "the portal's"

    assert let_in(Named(), BY_ECPA).report is not None


def test_a_host_may_make_its_account_in_a_session_of_its_own(sqlite: Engine) -> None:
    def make(session: Session, identity: Identity) -> str:
        with Session(sqlite) as own, own.begin():  # its lock is the database's own, on SQLite
            own.execute(verdicts.delete())
        return "member-1"

    store = SQLAlchemyAccounts(sessionmaker(sqlite), lambda: VAULT, create_account=make)
    assert let_in(store, BY_ECPA).account_id == "member-1"


# --- what fails, and what comes at once ---


def test_verdicts_that_cannot_be_recorded_stop_no_sign_in(engine: Engine, store: SQLAlchemyAccounts) -> None:
    let_in(store, BY_ECPA)
    verdicts.drop(engine)
    try:
        admission = let_in(store, replace(BY_ECPA, name="王小民"))
        assert (admission.report, admission.changes) == (None, None)
        assert admission.account is not None
        assert admission.account.identities[0].name == "王小民"
        assert admission.account == store.get(admission.account.id)
    finally:
        verdicts.create(engine)


def test_an_account_is_told_as_it_is_stored_whatever_a_sign_in_brings(store: SQLAlchemyAccounts) -> None:
    """It is not read again after a usual sign-in: what is worked out is what would have been read."""
    let_in(store, BY_MYEGOV)
    other = replace(BY_MYEGOV, national_id=None, national_id_invalid=True, birth_date=None, email="a@example.tw")
    for brought in (other, BY_MYEGOV, replace(other, assurance=Assurance.VERIFIED), replace(BY_MYEGOV, name=None)):
        admission = let_in(store, brought)
        assert admission.account == store.get(admission.account_id or "")


def test_a_number_in_doubt_is_told_as_it_is_stored(store: SQLAlchemyAccounts) -> None:
    let_in(store, BY_MYEGOV)
    changed = replace(BY_MYEGOV, national_id=OTHER_NATIONAL_ID)
    shown = Presented(changed.issuer, (changed.subject,), changed.national_id)

    def judge(known: Known) -> Judgement:
        assert known.owner is not None
        return Judgement(changed, SignIn(known.owner.id, IdChange.REVIEW))

    reviewed = admit_to_store(store, shown, judge, None)
    assert reviewed.account == store.get(reviewed.account_id or "")
    settled = let_in(store, changed)
    assert settled.account == store.get(settled.account_id or "")
    assert store.reviews() == []


def test_two_people_who_each_prove_the_others_number_at_once_never_wait_for_each_other(
    store: SQLAlchemyAccounts,
) -> None:
    numbers = (NATIONAL_ID, OTHER_NATIONAL_ID)
    typed = [replace(BY_MYEGOV, subject=f"person-{n}", national_id=number) for n, number in enumerate(numbers)]
    for identity in typed:
        let_in(store, identity)

    def prove(n: int) -> Admission:
        proven = replace(typed[n % 2], national_id=numbers[1 - n % 2], assurance=Assurance.VERIFIED)

        def judge(known: Known) -> Judgement:
            assert known.owner is not None
            taken = known.holder.id if known.holder is not None and known.holder.id != known.owner.id else None
            return Judgement(proven, SignIn(known.owner.id, takes_from=taken))

        return admit_to_store(store, Presented(proven.issuer, (proven.subject,), proven.national_id), judge, None)

    outcomes = at_once(prove)  # a deadlock would be an error of the database
    assert any(isinstance(outcome, Admission) for outcome in outcomes)
    for number in numbers:
        assert store.holder_of(number) is not None


class TryAgain(Exception):
    """What a driver says of a serialization failure."""

    sqlstate = "40001"


@pytest.mark.parametrize("at", ["INSERT", "UPDATE", "SELECT"])
def test_a_database_that_asks_to_try_again_is_asked_again(engine: Engine, store: SQLAlchemyAccounts, at: str) -> None:
    let_in(store, BY_ECPA)
    failing = [1]

    def fail(_: Connection, __: object, statement: str, *___: object) -> None:
        if failing and statement.startswith(at):
            failing.pop()
            raise OperationalError(statement, None, TryAgain())

    event.listen(engine, "before_cursor_execute", fail)
    if at == "INSERT":
        later = datetime.now(UTC) + timedelta(minutes=1)
        assert use_each_once(store, (b"1" * 32, later), (b"2" * 32, later)) == 2
        failing.append(1)
        assert not store.use_once(b"1" * 32, later)
    else:
        assert let_in(store, BY_ECPA).account == store.holder_of(NATIONAL_ID)
        assert failing == []
        failing[:] = [1, 1, 1]
        with pytest.raises(AccountConflict):  # who asked decides again
            let_in(store, BY_ECPA)
        failing.append(1)
        assert store.get(let_in(MemoryAccounts(), BY_ECPA).account_id or "") is None
        assert failing == ([] if at == "SELECT" else [1])
        failing.clear()
    assert let_in(store, BY_ECPA).account == store.holder_of(NATIONAL_ID)


def test_a_change_that_is_recorded_is_told_also_when_the_hosts_session_fails(
    store: SQLAlchemyAccounts, first_login_sandbox: PretendProviders, sign_in_as: SignInAs
) -> None:
    class Failing:
        def sign_in(self, account_id: str) -> None:
            raise RuntimeError("the host's session is down")

        def signed_in(self) -> str | None:
            return None

    app, first_login = portal(store, first_login_sandbox)
    first_login.init_app(app)
    sign_in_as(app.test_client(), "declared_citizen", "myegov")
    strict = tuple(replace(each, requires=replace(each.requires, civil_servant=True)) for each in AUTHORITIES)
    stricter, _ = portal(store, first_login_sandbox)
    stricter.config["PROPAGATE_EXCEPTIONS"] = False
    FirstLogin(stricter, accounts=store, session=Failing(), authorities=strict)
    told: list[HoursReport] = []

    @hours_changed.connect_via(stricter)
    def hear(_: Flask, *, report: HoursReport) -> None:
        told.append(report)

    assert sign_in_as(stricter.test_client(), "declared_citizen", "myegov").code == "portal_error"
    assert len(told) == 1

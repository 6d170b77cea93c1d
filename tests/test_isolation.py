"""Accounts are kept by the same rules in a host's database whatever isolation its engine asks for."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from sqlalchemy import create_engine, delete, func, select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session, sessionmaker

from flask_first_login import AccountConflict, Assurance, Identity
from flask_first_login.accounts.sqlalchemy import SQLAlchemyAccounts
from flask_first_login.accounts.tables import accounts, create_tables, metadata
from flask_first_login.testing import BY_ECPA, BY_MYEGOV, NATIONAL_ID, AccountsContract, NumberCasesContract
from internals import Create, Judgement, Known, Link, Presented, SignIn, admit_to_store, assess
from support.databases import VAULT, mariadb_server

POSTGRESQL = [("postgresql_url", "REPEATABLE READ"), ("postgresql_url", "SERIALIZABLE")]
MARIADB = [("mariadb_url", "REPEATABLE READ"), ("mariadb_url", "SERIALIZABLE"), ("snapshots_url", "REPEATABLE READ")]
AT_ONCE, TRIES = 50, 3

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def snapshots_url() -> Iterator[str]:
    """A MariaDB that refuses to lock a row which changed since the transaction began to read, as newer ones do."""
    with mariadb_server("--innodb-snapshot-isolation=ON", "--innodb-lock-wait-timeout=10") as url:
        yield url


@pytest.fixture(scope="module")
def isolated(request: pytest.FixtureRequest) -> Iterator[Engine]:
    which, level = request.param
    url = request.getfixturevalue(which)
    engine = create_engine(url, hide_parameters=True, isolation_level=level, pool_size=AT_ONCE, max_overflow=2)
    create_tables(engine)
    yield engine
    metadata.drop_all(engine)
    engine.dispose()


def under(*levels: tuple[str, str]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("isolated", levels, indirect=True, ids=lambda level: " ".join(level))


def create_account(session: Session, identity: Identity) -> str:
    """As a host that counts its members: what it reads is what its engine's isolation makes of it."""
    members = session.scalar(select(func.count()).select_from(accounts))
    return f"member-{members}-{uuid.uuid4().hex}"


@pytest.fixture
def store(isolated: Engine) -> Iterator[SQLAlchemyAccounts]:
    yield SQLAlchemyAccounts(sessionmaker(isolated), lambda: VAULT)
    with isolated.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(delete(table))


@under(*POSTGRESQL, MARIADB[1])
class TestContract(AccountsContract):
    @pytest.fixture
    def accounts(self, store: SQLAlchemyAccounts) -> SQLAlchemyAccounts:
        return store


@under(POSTGRESQL[1])
class TestCases(NumberCasesContract):
    @pytest.fixture
    def accounts(self, store: SQLAlchemyAccounts) -> SQLAlchemyAccounts:
        return store


@under(*POSTGRESQL, *MARIADB)
@pytest.mark.parametrize("ways", [2, AT_ONCE])
def test_fifty_first_sign_ins_of_one_person_at_once_give_one_account_and_no_error(
    isolated: Engine, store: SQLAlchemyAccounts, ways: int
) -> None:
    """By two identities, and by fifty with one number."""
    proven = replace(BY_MYEGOV, assurance=Assurance.VERIFIED)
    people = [BY_ECPA, proven, *(replace(proven, subject=f"person-{n}") for n in range(AT_ONCE))][:ways]
    portal = SQLAlchemyAccounts(sessionmaker(isolated), lambda: VAULT, create_account=create_account)
    start = Barrier(AT_ONCE)

    def arrive(n: int) -> str | None:
        identity = people[n % len(people)]

        def judge(known: Known) -> Judgement:
            if known.owner is not None:
                return Judgement(identity, SignIn(known.owner.id))
            return Judgement(identity, Link(known.holder.id) if known.holder is not None else Create())

        shown = Presented(identity.issuer, (identity.subject,), identity.national_id)
        start.wait()
        for _ in range(TRIES):  # as a sign-in does
            try:
                return admit_to_store(portal, shown, judge, lambda account: assess(account.identities)).account_id
            except AccountConflict:
                continue
        return None

    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = [*pool.map(arrive, range(AT_ONCE))]
    account = store.holder_of(NATIONAL_ID)
    assert account is not None
    assert {*found} == {account.id}
    assert {known.key for known in account.identities} == {known.key for known in people}

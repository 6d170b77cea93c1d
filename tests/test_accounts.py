"""Accounts are kept by the same rules in memory, in SQLite and in PostgreSQL."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Column, String, Table, delete, event, func, insert, select, text, update
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlalchemy.orm import Session, registry, sessionmaker
from sqlalchemy.schema import CreateTable

from flask_first_login import AccountConflict, Assurance, FirstLoginError, Identity, NationalId
from flask_first_login.accounts import Accounts
from flask_first_login.accounts.memory import MemoryAccounts
from flask_first_login.accounts.sqlalchemy import SQLAlchemyAccounts
from flask_first_login.accounts.tables import accounts as accounts_table
from flask_first_login.accounts.tables import identities, metadata, national_ids, used_digests
from flask_first_login.testing import (
    BY_ECPA,
    BY_GOOGLE,
    BY_MYEGOV,
    NATIONAL_ID,
    OTHER_NATIONAL_ID,
    AccountsContract,
    MembersContract,
    NumberCasesContract,
)
from internals import (
    Create,
    IdChange,
    Link,
    LostKeyError,
    Resealed,
    SignIn,
    Vault,
    digests_module,
    of_the_person,
    of_the_sign_in,
)
from support.databases import INDEX_KEY, KEY, VAULT


class TestMemory(AccountsContract):
    @pytest.fixture
    def accounts(self) -> Accounts:
        return MemoryAccounts()

    def test_threads_that_interrupt_each_other_anywhere_give_one_account(self, switching_often: None) -> None:
        for _ in range(60):
            self.test_first_sign_ins_of_one_person_at_once_give_one_account(MemoryAccounts())
            self.test_one_national_id_through_many_identities_at_once_gives_one_account(MemoryAccounts())
            self.test_a_digest_used_many_times_at_once_is_used_once(MemoryAccounts())

    @pytest.fixture
    def switching_often(self) -> Iterator[None]:
        usual = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        yield
        sys.setswitchinterval(usual)


class TestDatabase(AccountsContract):
    @pytest.fixture
    def accounts(self, store: SQLAlchemyAccounts) -> Accounts:
        return store


class TestCasesInMemory(NumberCasesContract):
    @pytest.fixture
    def accounts(self) -> MemoryAccounts:
        return MemoryAccounts()


class TestCasesInADatabase(NumberCasesContract):
    @pytest.fixture
    def accounts(self, store: SQLAlchemyAccounts) -> SQLAlchemyAccounts:
        return store


class TestMembersInMemory(MembersContract):
    @pytest.fixture
    def accounts(self) -> MemoryAccounts:
        return MemoryAccounts()


class TestMembersInADatabase(MembersContract):
    @pytest.fixture
    def accounts(self, store: SQLAlchemyAccounts) -> SQLAlchemyAccounts:
        return store


def _rows(engine: Engine, table: Table) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def _checked_out(engine: Engine) -> int:
    count: int = engine.pool.checkedout()  # type: ignore[attr-defined]  # of the queue pool, which both have
    return count


def test_a_conflict_leaves_no_row_in_any_table(engine: Engine, store: SQLAlchemyAccounts) -> None:
    store.carry_out(Create(), BY_ECPA)
    before = [_rows(engine, table) for table in metadata.sorted_tables]
    with pytest.raises(AccountConflict):
        store.carry_out(Create(), BY_MYEGOV)
    with pytest.raises(AccountConflict):
        store.carry_out(Create(), replace(BY_ECPA, national_id=OTHER_NATIONAL_ID))
    with pytest.raises(AccountConflict):
        store.carry_out(Link("gone"), BY_MYEGOV)
    assert [_rows(engine, table) for table in metadata.sorted_tables] == before


def test_every_connection_goes_back_whatever_happens(engine: Engine, store: SQLAlchemyAccounts) -> None:
    account_id = store.carry_out(Create(), BY_ECPA)
    digest, until = sha256(b"one").digest(), datetime.now(UTC) + timedelta(minutes=1)
    store.use_once(digest, until)
    store.use_once(digest, until)
    store.get(account_id)
    store.reseal()
    with pytest.raises(AccountConflict):
        store.carry_out(Create(), BY_MYEGOV)
    with pytest.raises(LostKeyError):
        _under_other_keys(engine, index_key=INDEX_KEY).get(account_id)
    assert _checked_out(engine) == 0


def test_a_conflict_tells_nothing_of_the_person(store: SQLAlchemyAccounts) -> None:
    store.carry_out(Create(), BY_GOOGLE)
    with pytest.raises(AccountConflict) as conflict:
        store.carry_out(Create(), replace(BY_GOOGLE, name="王小明", email="ming@example.tw"))
    told = f"{conflict.value} {conflict.value.__cause__} {conflict.value.__suppress_context__}"
    assert told == "another request stored this identity or national ID first None True"


def test_the_database_itself_lets_a_national_id_stand_once(engine: Engine) -> None:
    now = datetime.now(UTC)
    row = {"keyed_index": VAULT.index(NATIONAL_ID), "sealed": b"", "since": now, "last_seen": now}
    with engine.begin() as connection:
        for account_id in ("one", "two"):
            entered = {"standing": "government", "created_at": now, "signed_in_at": now}
            connection.execute(insert(accounts_table).values(id=account_id, **entered))
        connection.execute(insert(national_ids).values(**row, account_id="one"))
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(insert(national_ids).values(**row, account_id="two"))


def test_the_database_itself_gives_a_social_identity_no_national_id(engine: Engine, store: SQLAlchemyAccounts) -> None:
    store.carry_out(Create(), BY_ECPA)
    with pytest.raises(DBAPIError, match="social_has_no_national_id"), engine.begin() as connection:
        connection.execute(update(identities).values(standing="social"))


# --- a social identity shares its account with nothing ---


def _row_of(identity: Identity, account_id: str) -> dict[str, object]:
    key = {"issuer": identity.issuer, "subject": identity.subject, "account_id": account_id}
    return {**key, "linked_at": identity.signed_in_at, **of_the_sign_in(identity), **of_the_person(identity, None)}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (BY_GOOGLE, replace(BY_GOOGLE, provider="apple", issuer="https://appleid.apple.com")),
        (BY_GOOGLE, replace(BY_ECPA, national_id=None)),
        (replace(BY_ECPA, national_id=None), BY_GOOGLE),
    ],
    ids=["two social ones", "one of the government joins a social one", "a social one joins one of the government"],
)
def test_the_database_itself_lets_a_social_identity_share_its_account_with_nothing(
    engine: Engine, store: SQLAlchemyAccounts, first: Identity, second: Identity
) -> None:
    account_id = store.carry_out(Create(), first)
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(insert(identities).values(**_row_of(second, account_id)))
    other = store.carry_out(Create(), second)
    moving = update(identities).where(identities.c.account_id == other).values(account_id=account_id)
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(moving)
    kept = store.get(account_id)
    assert kept is not None
    assert kept.identities == (first,)


@pytest.mark.parametrize("table", [identities, accounts_table], ids=lambda table: table.name)
def test_the_database_itself_never_makes_a_social_account_one_of_the_government(
    engine: Engine, store: SQLAlchemyAccounts, table: Table
) -> None:
    store.carry_out(Create(), BY_GOOGLE)
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(update(table).values(standing="government"))


def test_in_a_database_without_these_constraints_the_store_itself_keeps_them_apart(sqlite: Engine) -> None:
    store = SQLAlchemyAccounts(sessionmaker(sqlite), lambda: VAULT)
    with sqlite.begin() as connection:
        for trigger in ("a_new_identity", "an_identity", "an_account"):
            connection.exec_driver_sql(f"DROP TRIGGER first_login_standing_of_{trigger}")
        connection.exec_driver_sql("DROP INDEX first_login_one_social_identity")
    social, government = store.carry_out(Create(), BY_GOOGLE), store.carry_out(Create(), BY_ECPA)
    for joined, to in ((replace(BY_GOOGLE, subject="2"), social), (BY_MYEGOV, social), (BY_GOOGLE, government)):
        with pytest.raises(AccountConflict):
            store.carry_out(Link(to), joined)
    assert _rows(sqlite, identities) == 2


@pytest.mark.parametrize("which", ["sqlite_with_foreign_keys", "postgresql", "mariadb"])
def test_an_identity_cannot_point_at_the_number_of_another_account(request: pytest.FixtureRequest, which: str) -> None:
    engine: Engine = request.getfixturevalue(which)
    store = SQLAlchemyAccounts(sessionmaker(engine), lambda: VAULT)
    store.carry_out(Create(), BY_ECPA)
    store.carry_out(Create(), replace(BY_MYEGOV, national_id=None))
    taking = update(identities).where(identities.c.subject == BY_MYEGOV.subject)
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(taking.values(national_id_index=VAULT.index(NATIONAL_ID), id_kind="citizen"))


@pytest.mark.parametrize("which", ["sqlite_with_foreign_keys", "postgresql", "mariadb"])
def test_a_host_forgets_a_person_by_deleting_one_row(request: pytest.FixtureRequest, which: str) -> None:
    engine: Engine = request.getfixturevalue(which)
    store = SQLAlchemyAccounts(sessionmaker(engine), lambda: VAULT)
    account_id = store.carry_out(Create(), BY_ECPA)
    with engine.begin() as connection:
        connection.execute(accounts_table.delete())
    assert store.get(account_id) is None
    assert not any(_rows(engine, table) for table in metadata.sorted_tables)


def test_times_are_kept_in_utc_and_come_back_aware(engine: Engine, store: SQLAlchemyAccounts) -> None:
    account_id = store.carry_out(Create(), BY_ECPA)
    account = store.get(account_id)
    assert account is not None
    back = account.identities[0].signed_in_at
    assert (back, back.utcoffset()) == (BY_ECPA.signed_in_at, timedelta(0))
    assert BY_ECPA.signed_in_at.tzinfo == timezone(timedelta(hours=8))


def test_a_time_without_a_zone_is_refused(store: SQLAlchemyAccounts) -> None:
    with pytest.raises(StatementError, match="without a time zone"):
        store.use_once(sha256(b"one").digest(), datetime(2026, 1, 1))  # noqa: DTZ001  # the mistake itself


def test_each_sign_in_is_noted_on_the_account_for_a_retention_rule(engine: Engine, store: SQLAlchemyAccounts) -> None:
    account_id = store.carry_out(Create(), BY_ECPA)
    with engine.begin() as connection:
        connection.execute(update(accounts_table).values(signed_in_at=datetime(2020, 1, 1, tzinfo=UTC)))
    store.carry_out(SignIn(account_id), BY_ECPA)
    with engine.connect() as connection:
        noted = connection.execute(select(accounts_table.c.signed_in_at)).scalar_one()
    assert datetime.now(UTC) - noted < timedelta(minutes=1)


def test_expired_digests_are_cleared_now_and_then_until_none_is_left(
    engine: Engine, store: SQLAlchemyAccounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digests_module, "CLEARED_AT_ONCE", 100)
    later = datetime.now(UTC) + timedelta(minutes=1)

    def expire(some: int) -> None:
        past = datetime.now(UTC) - timedelta(hours=1)
        rows = [{"digest": sha256(f"{some}.{n}".encode()).digest(), "until": past} for n in range(some)]
        with engine.begin() as connection:
            connection.execute(insert(used_digests), rows)

    def left_after(used: str) -> int:
        assert store.use_once(sha256(used.encode()).digest(), later)
        return _rows(engine, used_digests)

    expire(150)
    assert left_after("one") == 51
    assert left_after("two") == 2
    expire(40)
    assert left_after("three") == 43  # a minute has not passed: no sign-in pays for it
    in_a_minute = time.monotonic() + 61
    monkeypatch.setattr(digests_module, "time", SimpleNamespace(monotonic=lambda: in_a_minute))
    assert left_after("four") == 4


def test_an_expired_digest_may_come_again_before_it_was_cleared(store: SQLAlchemyAccounts) -> None:
    digest, other = sha256(b"one").digest(), sha256(b"other").digest()
    assert store.use_once(digest, datetime.now(UTC) - timedelta(seconds=1))
    later = datetime.now(UTC) + timedelta(minutes=1)
    assert store.use_each_once((digest, later), (other, later)) == 2
    assert not store.use_once(digest, later)


def test_clearing_digests_never_waits_for_another_request_that_clears(postgresql: Engine) -> None:
    before, store = (SQLAlchemyAccounts(sessionmaker(postgresql), lambda: VAULT) for _ in range(2))
    before.use_once(sha256(b"expired").digest(), datetime.now(UTC) - timedelta(seconds=1))
    with postgresql.connect() as other:
        assert len(other.execute(select(used_digests).with_for_update()).all()) == 1
        assert store.use_once(sha256(b"one").digest(), datetime.now(UTC) + timedelta(minutes=1))
    assert _rows(postgresql, used_digests) == 2


def test_a_review_whose_identity_has_gone_meanwhile_stops_no_list(sqlite: Engine) -> None:
    store = SQLAlchemyAccounts(sessionmaker(sqlite), lambda: VAULT)
    account_id = store.carry_out(Create(), BY_ECPA)
    store.carry_out(SignIn(account_id, IdChange.REVIEW), replace(BY_ECPA, national_id=OTHER_NATIONAL_ID))
    (review,) = store.reviews()
    with sqlite.begin() as connection:
        connection.execute(delete(identities))
    assert store.reviews() == []
    with pytest.raises(LookupError):
        store.settle_review(review.id, accept=True)


# --- the host's own account ---


host_tables = registry()


@dataclass
class HostPerson:
    id: str
    name: str | None


host_tables.map_imperatively(
    HostPerson,
    Table(
        "host_people",
        host_tables.metadata,
        Column("id", String(64), primary_key=True),
        Column("name", String(64)),
        mysql_charset="utf8mb4",
    ),
)


def _host_account(name: str) -> Callable[[Session, Identity], str]:
    def create(session: Session, identity: Identity) -> str:
        """As hosts do it: added, and not yet sent to the database."""
        session.add(HostPerson(id=f"person-{name}", name=identity.name))
        return f"person-{name}"

    return create


def _people(engine: Engine) -> int:
    with Session(engine) as session:
        return session.scalar(select(func.count()).select_from(HostPerson)) or 0


@pytest.fixture
def with_host_people(engine: Engine) -> Iterator[Engine]:
    host_tables.metadata.create_all(engine)
    yield engine
    host_tables.metadata.drop_all(engine)


def test_the_hosts_own_account_is_made_in_the_same_transaction(with_host_people: Engine) -> None:
    store = SQLAlchemyAccounts(sessionmaker(with_host_people), lambda: VAULT, create_account=_host_account("1"))
    assert store.carry_out(Create(), BY_ECPA) == "person-1"
    again = SQLAlchemyAccounts(sessionmaker(with_host_people), lambda: VAULT, create_account=_host_account("2"))
    with pytest.raises(AccountConflict):
        again.carry_out(Create(), BY_ECPA)
    assert _people(with_host_people) == 1
    account = store.get("person-1")
    assert account is not None
    assert account.identities == (BY_ECPA,)


def test_what_the_hosts_own_account_raises_is_not_called_a_conflict(with_host_people: Engine) -> None:
    store = SQLAlchemyAccounts(sessionmaker(with_host_people), lambda: VAULT, create_account=_host_account("1"))
    store.carry_out(Create(), BY_ECPA)
    with pytest.raises(IntegrityError):
        store.carry_out(Create(), BY_GOOGLE)
    assert store.owner_of(BY_GOOGLE.issuer, BY_GOOGLE.subject) is None


# --- national IDs at rest ---


def _under_other_keys(
    engine: Engine, *, keys: list[str] | None = None, index_key: str | None = None
) -> SQLAlchemyAccounts:
    vault = Vault(keys or [Fernet.generate_key().decode()], index_key or Fernet.generate_key().decode())
    return SQLAlchemyAccounts(sessionmaker(engine), lambda: vault)


def test_a_number_whose_key_is_lost_is_an_error_and_never_a_missing_number(
    engine: Engine, store: SQLAlchemyAccounts
) -> None:
    account_id = store.carry_out(Create(), BY_ECPA)
    with pytest.raises(LostKeyError, match="FIRST_LOGIN_NATIONAL_ID_KEYS"):
        _under_other_keys(engine, index_key=INDEX_KEY).get(account_id)


def test_an_index_key_that_changed_is_noticed_at_the_next_sign_in(engine: Engine, store: SQLAlchemyAccounts) -> None:
    store.carry_out(Create(), BY_ECPA)
    with pytest.raises(LostKeyError, match="FIRST_LOGIN_NATIONAL_ID_INDEX_KEY"):
        _under_other_keys(engine, keys=[KEY]).owner_of(BY_ECPA.issuer, BY_ECPA.subject)


def test_a_sealed_number_moved_to_another_persons_row_does_not_open(engine: Engine, store: SQLAlchemyAccounts) -> None:
    store.carry_out(Create(), BY_ECPA)
    other = store.carry_out(Create(), replace(BY_MYEGOV, national_id=OTHER_NATIONAL_ID))
    with engine.begin() as connection:
        connection.execute(update(national_ids).values(sealed=VAULT.encrypt(NATIONAL_ID)))
    with pytest.raises(LostKeyError, match="the row was altered"):
        store.get(other)


def test_after_resealing_the_old_key_can_go(
    engine: Engine, store: SQLAlchemyAccounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flask_first_login.accounts.key_rotation.BATCH", 2)
    ids = [
        store.carry_out(Create(), replace(BY_ECPA, subject=number, national_id=NationalId.parse(number)))
        for number in ("A100000001", "A200000003", "I100000003", "O200000006", "W100000001")
    ]
    new = Fernet.generate_key().decode()
    assert _under_other_keys(engine, keys=[new, KEY], index_key=INDEX_KEY).reseal() == Resealed(moved=5)
    after = _under_other_keys(engine, keys=[new], index_key=INDEX_KEY)
    assert [getattr(after.get(account_id), "id", None) for account_id in ids] == ids
    assert after.reseal() == Resealed(kept=5)


def test_resealing_leaves_proven_what_was_and_nothing_else(engine: Engine, store: SQLAlchemyAccounts) -> None:
    once = store.carry_out(Create(), replace(BY_MYEGOV, assurance=Assurance.VERIFIED))
    store.carry_out(SignIn(once), BY_MYEGOV)
    typed = store.carry_out(Create(), replace(BY_MYEGOV, subject="typed", national_id=OTHER_NATIONAL_ID))
    after = _under_other_keys(engine, keys=[Fernet.generate_key().decode(), KEY], index_key=INDEX_KEY)
    assert after.reseal() == Resealed(moved=2)
    assert [account and account.proven for account in map(after.get, (once, typed))] == [{NATIONAL_ID}, frozenset()]


def test_a_number_whose_row_was_written_by_hand_is_proven_by_a_verified_identity_and_not_taken(
    engine: Engine, store: SQLAlchemyAccounts
) -> None:
    holder = store.carry_out(Create(), replace(BY_MYEGOV, assurance=Assurance.VERIFIED))
    with engine.begin() as connection:
        connection.execute(update(national_ids).values(proven=False))
    with pytest.raises(AccountConflict, match="has proven it by now"):
        store.carry_out(Create(takes_from=holder), BY_ECPA)


def test_a_social_identity_is_kept_without_ever_asking_for_the_vault(engine: Engine) -> None:
    def no_vault() -> Vault:
        raise AssertionError("asked for the vault without a national ID")

    store = SQLAlchemyAccounts(sessionmaker(engine), no_vault)
    account_id = store.carry_out(Create(), BY_GOOGLE)
    store.carry_out(SignIn(account_id), BY_GOOGLE)
    assert store.owner_of(BY_GOOGLE.issuer, BY_GOOGLE.subject) is not None


def test_no_national_id_stands_in_clear_in_the_database_files(sqlite: Engine, tmp_path: Path) -> None:
    store = SQLAlchemyAccounts(sessionmaker(sqlite), lambda: VAULT)
    account_id = store.carry_out(Create(), BY_ECPA)
    store.carry_out(Link(account_id), BY_MYEGOV)
    store.carry_out(SignIn(account_id, IdChange.REVIEW), replace(BY_MYEGOV, national_id=OTHER_NATIONAL_ID))
    store.carry_out(Create(), replace(BY_ECPA, subject="other", national_id=OTHER_NATIONAL_ID))
    store.reseal()
    files = {path.name: path.read_bytes() for path in tmp_path.glob("portal.sqlite*")}
    assert {"portal.sqlite", "portal.sqlite-wal"} <= files.keys()
    everything = b"".join(files.values())
    assert BY_ECPA.subject.encode() in everything
    for number in (NATIONAL_ID.reveal(), OTHER_NATIONAL_ID.reveal()):
        assert number.encode() not in everything
        assert number[1:].encode() not in everything
        assert sha256(number.encode()).digest() not in everything


def test_no_national_id_reaches_the_database_in_clear(postgresql: Engine) -> None:
    sent: list[str] = []
    event.listen(postgresql, "before_cursor_execute", lambda *call: sent.append(f"{call[2]} {call[3]}"))
    store = SQLAlchemyAccounts(sessionmaker(postgresql), lambda: VAULT)
    account_id = store.carry_out(Create(), BY_ECPA)
    store.carry_out(SignIn(account_id, IdChange.REVIEW), replace(BY_ECPA, national_id=OTHER_NATIONAL_ID))
    store.holder_of(NATIONAL_ID)
    everything = " ".join(sent)
    assert BY_ECPA.subject in everything
    assert NATIONAL_ID.reveal() not in everything
    assert OTHER_NATIONAL_ID.reveal() not in everything


def test_a_database_on_which_exact_comparison_is_not_proven_is_refused() -> None:
    with pytest.raises(FirstLoginError, match="mssql may take two subjects for one"):
        str(CreateTable(identities).compile(dialect=make_url("mssql://").get_dialect()()))


def test_mariadb_is_asked_for_no_key_that_it_would_cut(mariadb: Engine) -> None:
    store = SQLAlchemyAccounts(sessionmaker(mariadb), lambda: VAULT)
    longest = replace(BY_GOOGLE, subject="ｅ" * 255, issuer=f"https://{'e' * 247}")
    account_id = store.carry_out(Create(), longest)
    assert store.find(longest.issuer, longest.subject) == account_id
    with pytest.raises(StatementError, match="a key of 256 characters: the database can keep 255"):
        store.carry_out(Create(), replace(longest, subject=f"{longest.subject}x"))


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=lambda table: table.name)
def test_in_mariadb_every_text_has_its_own_character_set_and_every_key_compares_bytes(
    mariadb: Engine, table: Table
) -> None:
    columns = text(
        "SELECT column_name, collation_name FROM information_schema.columns"
        " WHERE table_schema = DATABASE() AND table_name = :table AND collation_name IS NOT NULL"
    )
    with mariadb.connect() as connection:
        found = {collation for _, collation in connection.execute(columns, {"table": table.name})}
    assert found <= {"utf8mb4_nopad_bin"}


def test_postgresql_compares_bytes_also_where_the_database_was_made_for_a_language(postgresql: Engine) -> None:
    columns = text(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_name = 'first_login_identities' AND collation_name = 'C' ORDER BY column_name"
    )
    with postgresql.connect() as connection:
        assert connection.execute(columns).scalars().all() == ["account_id", "issuer", "subject"]

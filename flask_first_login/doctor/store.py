"""Where accounts are kept: the tables as this version needs them, and numbers that the keys of today open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..accounts import Accounts
from ..accounts.memory import MemoryAccounts
from ..errors import FirstLoginError
from ..sealing import LostKeyError, Vault
from ..state import AppState
from .findings import ERROR, NOTE, Finding, error, found, warning

if TYPE_CHECKING:
    from sqlalchemy import Table
    from sqlalchemy.engine import Engine, Inspector
    from sqlalchemy.orm import Session

    from ..accounts.sqlalchemy import SQLAlchemyAccounts

KEYS = "FIRST_LOGIN_NATIONAL_ID_KEYS"
MOST_ROWS = 1000
MIGRATE = (
    "Migrate: add flask_first_login.accounts.tables.metadata to your migrations, or call create_tables(engine) for "
    "tables that are not there at all."
)


def check_store(state: AppState) -> Iterator[Finding]:
    """Find accounts that do not outlive a restart, a database that does not fit, and national IDs that no key opens."""
    if isinstance(state.accounts, MemoryAccounts):
        what = "is MemoryAccounts: accounts are gone at a restart, and each worker process has its own."
        fix = "Keep them in a database: flask_first_login.accounts.sqlalchemy.SQLAlchemyAccounts."
        yield warning("accounts_in_memory", "FirstLogin(accounts=...)", what, fix)
    elif (accounts := _in_database(state.accounts)) is not None:
        yield from _database(accounts, state.vault)


def _in_database(accounts: Accounts) -> SQLAlchemyAccounts | None:
    try:
        from ..accounts.sqlalchemy import SQLAlchemyAccounts
    except ImportError:  # SQLAlchemy is optional
        return None
    return accounts if isinstance(accounts, SQLAlchemyAccounts) else None


def _database(accounts: SQLAlchemyAccounts, vault: Vault | None) -> Iterator[Finding]:
    from sqlalchemy import inspect
    from sqlalchemy.exc import SQLAlchemyError

    from ..accounts.tables import Exact, metadata

    try:
        with accounts.transaction() as session:
            Exact().load_dialect_impl(session.connection().dialect)  # raises for a database that is not proven
            yield from _pool(session.connection().engine)
            inspector = inspect(session.connection())
            missing = [*_tables(inspector, metadata.sorted_tables), *_triggers(session)]
            yield from missing or _in_mariadb(inspector, metadata.sorted_tables)
            if not missing and vault is not None:
                yield from _numbers(session, vault)
    except SQLAlchemyError as wrong:  # whose text may hold the address of the database, password and all
        what, fix = f"could not be asked ({type(wrong).__name__}).", "Look at its address, its rights, whether it runs."
        yield error("database_unreachable", "the database", what, fix)
    except FirstLoginError as wrong:
        yield error("database_unsupported", "the database", str(wrong), "Use SQLite, PostgreSQL or MariaDB.")


def _pool(engine: Engine) -> Iterator[Finding]:
    """A pool keeps connections that a restarted database or a firewall has closed: each of them costs an error page."""
    from sqlalchemy.pool import NullPool

    checked = getattr(engine.pool, "_pre_ping", True) or isinstance(engine.pool, NullPool)
    if engine.dialect.name != "sqlite" and not checked:
        what = "gives out its pooled connections unseen: each that was closed meanwhile costs a learner an error page."
        fix = 'create_engine(..., pool_pre_ping=True); or SQLALCHEMY_ENGINE_OPTIONS = {"pool_pre_ping": True}.'
        yield warning("connections_unchecked", "the database", what, fix)


def _tables(inspector: Inspector, wanted: Sequence[Table]) -> Iterator[Finding]:
    missing = [table.name for table in wanted if not inspector.has_table(table.name)]
    if missing:
        yield error("table_missing", ", ".join(missing), "cannot be found in the database.", MIGRATE)
    for table in wanted:
        yield from _table(inspector, table) if table.name not in missing else ()


def _table(inspector: Inspector, table: Table) -> Iterator[Finding]:
    there = {column["name"] for column in inspector.get_columns(table.name)}
    if missing := [column.name for column in table.columns if column.name not in there]:
        yield error("column_missing", table.name, f"has no column {', '.join(missing)}.", MIGRATE)
    key = {column.name for column in table.primary_key}
    if key != set(inspector.get_pk_constraint(table.name)["constrained_columns"]):
        what = f"has another primary key than {', '.join(sorted(key))}: nothing keeps a number in one account."
        yield error("key_missing", table.name, what, MIGRATE)


def _triggers(session: Session) -> Iterator[Finding]:
    """SQLite keeps a social identity apart by triggers, which a migration that Alembic wrote does not make."""
    from sqlalchemy import text

    from ..accounts.tables import SQLITE_TRIGGERS

    if session.connection().dialect.name != "sqlite":
        return
    there = {*session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))}
    if missing := [name for trigger in SQLITE_TRIGGERS if (name := trigger.split()[2]) not in there]:
        what = "cannot be found in the database: nothing in it keeps a social identity out of another account."
        fix = "Execute flask_first_login.accounts.tables.SQLITE_TRIGGERS in a migration."
        yield error("trigger_missing", ", ".join(missing), what, fix)


def _in_mariadb(inspector: Inspector, tables: Sequence[Table]) -> Iterator[Finding]:
    """MariaDB keeps a social identity apart by an index that was perhaps made otherwise, and rolls back in InnoDB."""
    from ..accounts.mariadb import MARIADB
    from ..accounts.standing_constraints import ONE_SOCIAL_IDENTITY, SOCIAL_ACCOUNT
    from ..accounts.tables import identities

    dialect = inspector.dialect.name
    if dialect not in MARIADB:
        return
    indexes = {index["name"]: index["column_names"] for index in inspector.get_indexes(identities.name)}
    if indexes.get(ONE_SOCIAL_IDENTITY) != [SOCIAL_ACCOUNT]:
        what = (
            f"does not stand on the column {SOCIAL_ACCOUNT}: no account can have two identities, or a social one can."
        )
        fix = "Drop the index, and the column if it is there; then create the index by a migration: docs/migrating.md."
        yield error("index_missing", ONE_SOCIAL_IDENTITY, what, fix)
    for table in tables:
        if (kept_by := inspector.get_table_options(table.name).get(f"{dialect}_engine")) != "InnoDB":
            what = f"is kept by {kept_by}, which undoes nothing: what fails half-way stays half done."
            yield error("engine_unfit", table.name, what, f"ALTER TABLE {table.name} ENGINE=InnoDB.")


def _numbers(session: Session, vault: Vault) -> Iterator[Finding]:
    """The oldest and the newest numbers, opened and shown to nobody."""
    from sqlalchemy import select

    from ..accounts.tables import disputes, national_ids, reviews

    seen = Counter[str]()
    for table, at in ((national_ids, "since"), (reviews, "opened_at"), (disputes, "opened_at")):
        for order in (table.c[at], table.c[at].desc()):
            rows = select(table.c.keyed_index, table.c.sealed).order_by(order).limit(MOST_ROWS // 2)
            seen.update(_state(vault, row.sealed, row.keyed_index) for row in session.execute(rows))
    yield from found(
        ("number_unreadable", ERROR, KEYS, seen["lost"],
         f"opens not all stored national IDs: {seen['lost']} of {seen.total()} looked at stay shut.",
         "Put back the key that sealed them, at the end of the list, and the index key as it was."),
        ("number_under_old_key", NOTE, KEYS, seen["old"],
         f"has an older key in use: {seen['old']} of {seen.total()} numbers looked at are sealed under one.",
         "Run: flask first-login keys rotate. When it says that none is left, take the old key out."),
    )  # fmt: skip


def _state(vault: Vault, sealed: bytes, keyed_index: bytes) -> str:
    try:
        vault.decrypt(sealed, index=keyed_index)
    except LostKeyError:
        return "lost"
    return "newest" if vault.is_newest(sealed) else "old"

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
from .finding import Finding, error, note, warning

if TYPE_CHECKING:
    from sqlalchemy import Inspector, Table
    from sqlalchemy.orm import Session

    from ..accounts.sqlalchemy import SQLAlchemyAccounts

KEYS = "FIRST_LOGIN_NATIONAL_ID_KEYS"
MOST_ROWS = 1000
MIGRATE = (
    "Migrate: add flask_first_login.accounts.tables.metadata to your migrations, or call create_tables(engine) for "
    "tables that are not there at all."
)


def check_store(state: AppState) -> Iterator[Finding]:
    if isinstance(state.accounts, MemoryAccounts):
        yield warning(
            "accounts_in_memory",
            "FirstLogin(accounts=...)",
            "is MemoryAccounts: accounts are gone at a restart, and each worker process has its own.",
            "Keep them in a database: flask_first_login.accounts.sqlalchemy.SQLAlchemyAccounts.",
        )
    elif (kept := _in_database(state.accounts)) is not None:
        yield from _database(kept, state.vault)


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
            inspector = inspect(session.connection())
            found = [*_tables(inspector, metadata.sorted_tables), *_triggers(session)]
            yield from found
            if not found and vault is not None:
                yield from _numbers(session, vault)
    except SQLAlchemyError as wrong:  # whose text may hold the address of the database, password and all
        what = f"could not be asked ({type(wrong).__name__})."
        yield error(
            "database_unreachable", "the database", what, "Look at its address, its rights, and whether it runs."
        )
    except FirstLoginError as wrong:
        yield error("database_unsupported", "the database", str(wrong), "Use SQLite or PostgreSQL.")


def _tables(inspector: Inspector, wanted: Sequence[Table]) -> Iterator[Finding]:
    there = {one.name for one in wanted if inspector.has_table(one.name)}
    if missing := [one.name for one in wanted if one.name not in there]:
        yield error("table_missing", ", ".join(missing), "cannot be found in the database.", MIGRATE)
    for table in wanted:
        yield from _table(inspector, table) if table.name in there else ()


def _table(inspector: Inspector, table: Table) -> Iterator[Finding]:
    there = {one["name"] for one in inspector.get_columns(table.name)}
    if missing := [one.name for one in table.columns if one.name not in there]:
        yield error("column_missing", table.name, f"has no column {', '.join(missing)}.", MIGRATE)
    key = {one.name for one in table.primary_key}
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
    if missing := [name for one in SQLITE_TRIGGERS if (name := one.split()[2]) not in there]:
        yield error(
            "trigger_missing",
            ", ".join(missing),
            "cannot be found in the database: nothing in it keeps a social identity out of another account.",
            "Execute flask_first_login.accounts.tables.SQLITE_TRIGGERS in a migration.",
        )


def _numbers(session: Session, vault: Vault) -> Iterator[Finding]:
    """The oldest and the newest numbers, opened and shown to nobody."""
    from sqlalchemy import select

    from ..accounts.tables import national_ids

    seen = Counter[str]()
    for order in (national_ids.c.since, national_ids.c.since.desc()):
        rows = select(national_ids.c.keyed_index, national_ids.c.sealed).order_by(order).limit(MOST_ROWS // 2)
        seen.update(_state(vault, row.sealed, row.keyed_index) for row in session.execute(rows))
    if seen["lost"]:
        yield error(
            "number_unreadable",
            KEYS,
            f"opens not all stored national IDs: {seen['lost']} of {seen.total()} looked at stay shut.",
            "Put back the key that sealed them, at the end of the list, and the index key as it was.",
        )
    if seen["old"]:
        yield note(
            "number_under_old_key",
            KEYS,
            f"has an older key in use: {seen['old']} of {seen.total()} numbers looked at are sealed under one.",
            "Run: flask first-login keys rotate. When it says that none is left, take the old key out.",
        )


def _state(vault: Vault, sealed: bytes, keyed_index: bytes) -> str:
    try:
        vault.decrypt(sealed, index=keyed_index)
    except LostKeyError:
        return "lost"
    return "newest" if vault.is_newest(sealed) else "old"

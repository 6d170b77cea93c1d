"""What keeps a social identity alone in its account: triggers in SQLite, and in MariaDB a generated column."""

from __future__ import annotations

from typing import Any

from sqlalchemy import DDL, Table, event
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateIndex

from .mariadb import LONGEST_KEY, text_type

#: The index of PostgreSQL and SQLite that is about social identities alone; MariaDB has one of this name too.
ONE_SOCIAL_IDENTITY = "first_login_one_social_identity"
#: The column of MariaDB on which that index stands there: the account's id of a social identity, and else NULL.
SOCIAL_ACCOUNT = "social_account_id"

_REFUSED = "SELECT RAISE(ABORT, 'first_login: an account and its identities have one standing');"
_ANOTHER_STANDING = "NEW.standing IS NOT (SELECT standing FROM first_login_accounts WHERE id = NEW.account_id)"
_ANOTHER_THAN_OF_ITS_IDENTITIES = (
    "EXISTS (SELECT 1 FROM first_login_identities WHERE account_id = NEW.id AND standing IS NOT NEW.standing)"
)
#: The standing of an account and of its identities, once more for SQLite, which enforces no foreign key unless it is
#: told to on each connection. `create_tables` makes them; a migration must execute them, Alembic generates none.
SQLITE_TRIGGERS = (
    "CREATE TRIGGER first_login_standing_of_a_new_identity AFTER INSERT ON first_login_identities "
    f"WHEN {_ANOTHER_STANDING} BEGIN {_REFUSED} END",
    "CREATE TRIGGER first_login_standing_of_an_identity AFTER UPDATE OF account_id, standing ON first_login_identities "
    f"WHEN {_ANOTHER_STANDING} BEGIN {_REFUSED} END",
    "CREATE TRIGGER first_login_standing_of_an_account AFTER UPDATE OF standing ON first_login_accounts "
    f"WHEN {_ANOTHER_THAN_OF_ITS_IDENTITIES} BEGIN {_REFUSED} END",
)


def make_triggers(identities: Table) -> None:
    """Have SQLite get its triggers with this table."""
    for trigger in SQLITE_TRIGGERS:
        made = DDL(trigger).execute_if(dialect="sqlite")  # type: ignore[no-untyped-call]  # SQLAlchemy types it not
        event.listen(identities, "after_create", made)


@compiles(CreateIndex, "mysql", "mariadb")
def _create_index(element: CreateIndex, compiler: Any, **options: Any) -> str:
    """Make our index with the condition one on a generated column, for `create_all` and for a migration of Alembic.

    Without its condition it would let no account have two identities at all.
    """
    index: Any = element.element
    if index.name != ONE_SOCIAL_IDENTITY:
        return str(compiler.visit_create_index(element, **options))
    type_ = compiler.type_compiler.process(text_type(compiler.dialect, LONGEST_KEY))
    return (
        f"ALTER TABLE {compiler.preparer.format_table(index.table)} ADD COLUMN {SOCIAL_ACCOUNT} {type_}"
        " AS (CASE WHEN standing = 'social' THEN account_id END) VIRTUAL,"
        f" ADD UNIQUE INDEX {ONE_SOCIAL_IDENTITY} ({SOCIAL_ACCOUNT})"
    )

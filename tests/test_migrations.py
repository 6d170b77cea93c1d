"""A host migrates with Alembic: it sees our tables beside the host's own, and no difference once they are there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import alembic.operations
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata, produce_migrations, render_python_code
from alembic.migration import MigrationContext
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import sessionmaker

import flask_first_login.accounts.tables
from flask_first_login import NationalId
from flask_first_login.accounts.sqlalchemy import SQLAlchemyAccounts
from flask_first_login.accounts.tables import metadata
from flask_first_login.testing import BY_ECPA
from internals import MARIADB, Create, assess, there
from support.databases import VAULT

own = sa.MetaData()
courses = sa.Table("courses", own, sa.Column("id", sa.Integer, primary_key=True))
OURS = {f"first_login_{name}" for name in ("accounts", "acknowledgements", "identities", "national_ids")} | {
    "first_login_disputes",
    "first_login_reviews",
    "first_login_used_digests",
    "first_login_verdicts",
}


PAGE = (Path(__file__).parent.parent / "docs" / "migrating.md").read_text("utf-8")
FILTER, MIGRATION = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture
def empty(engine: Engine) -> Iterator[Connection]:
    """A host's database before its first migration."""
    metadata.drop_all(engine)
    with engine.connect() as connection:
        yield connection
        connection.rollback()
        own.drop_all(connection)
        connection.commit()


def context(connection: Connection) -> MigrationContext:
    """As a host's `env.py` sets it up, with its own tables and ours."""
    options: dict[str, Any] = {"target_metadata": [own, metadata], "compare_type": True, "compare_server_default": True}
    if connection.dialect.name in MARIADB:
        exec(FILTER, options)  # noqa: S102  # the page's own Python, which hosts copy
        del options["__builtins__"]
    return MigrationContext.configure(connection, opts=options)


def test_autogenerate_sees_every_table_of_ours_beside_the_hosts(empty: Connection) -> None:
    found = compare_metadata(context(empty), [own, metadata])  # type: ignore[arg-type]  # it takes several, as env.py may
    assert {one[1].name for one in found if one[0] == "add_table"} == OURS | {"courses"}


def test_a_generated_migration_makes_the_tables_and_the_next_one_finds_no_difference(empty: Connection) -> None:
    migration = context(empty)
    script = produce_migrations(migration, [own, metadata])  # type: ignore[arg-type]  # as above
    assert script.upgrade_ops is not None
    code = render_python_code(script.upgrade_ops, migration_context=migration)
    names = {"op": alembic.operations.Operations(migration), "sa": sa, "flask_first_login": flask_first_login}
    exec("def upgrade():\n" + code, names)  # noqa: S102  # as Alembic runs a migration that it wrote
    names["upgrade"]()  # type: ignore[operator]  # it was defined a line ago
    empty.commit()
    assert compare_metadata(context(empty), [own, metadata]) == []  # type: ignore[arg-type]  # as above
    store = SQLAlchemyAccounts(sessionmaker(empty.engine), lambda: VAULT)
    account_id = store.carry_out(Create(acknowledged="0123456789ab"), BY_ECPA)
    assert len(store.remember(account_id, assess([BY_ECPA]))) == 3
    metadata.drop_all(empty.engine)


def test_tables_that_were_created_at_once_differ_in_nothing_from_what_alembic_expects(engine: Engine) -> None:
    with engine.connect() as connection:
        assert compare_metadata(context(connection), metadata) == []


# --- tables of an earlier version ---

#: The databases that the first version knew, and their tables exactly as it created them.
of_the_first_version = pytest.mark.parametrize(
    "engine", ["sqlite", "sqlite_with_foreign_keys", "postgresql"], indirect=True
)
FIRST = Path(__file__).parent / "first_tables"
AT = "2026-03-01 01:30:15.123456"


@pytest.fixture
def earlier(empty: Connection) -> Connection:
    """A database of the first version, with a learner of each standing."""
    _run(empty, (FIRST / f"{empty.dialect.name}.sql").read_text("utf-8").split(";\n"))
    rows = {
        "accounts (id, created_at, signed_in_at)": [f"'{one}', '{AT}', '{AT}'" for one in ("a", "b", "nobody")],
        f"identities ({OF_AN_IDENTITY})": [
            f"'https://accounts.google.com', '1', 'a', '{AT}', 'google', 'social', 'unknown', 0, '{AT}', 'x', {NO}",
            f"'https://ecpa.example', '2', 'b', '{AT}', 'ecpa', 'government', 'general', 2, '{AT}', 'x', {NO}",
            f"'https://myegov.example', '2', 'b', '{AT}', 'myegov', 'government', 'general', 2, '{AT}', 'x', {NO}",
        ],
        "acknowledgements (account_id, text_version, at)": [f"'a', '0123456789ab', '{AT}'"],
    }
    _run(empty, [f"INSERT INTO first_login_{into} VALUES ({row})" for into, of in rows.items() for row in of])  # noqa: S608  # rows of this test
    empty.commit()
    return empty


NO = "false, true, false"
OF_AN_IDENTITY = (
    "issuer, subject, account_id, linked_at, provider, standing, kind, assurance, signed_in_at, method, name_given,"
    " name_in_cp950, national_id_invalid"
)


def _run(connection: Connection, statements: list[str]) -> None:
    for statement in statements:
        connection.execute(sa.text(statement))


def _migrate(connection: Connection) -> None:
    """Run the migration of the page, as Alembic does."""
    with alembic.operations.Operations.context(context(connection)):
        names: dict[str, Any] = {}
        exec(MIGRATION, names)  # noqa: S102  # the page's own Python, which hosts copy
        names["upgrade"]()
    connection.commit()


@of_the_first_version
def test_the_migration_of_the_page_makes_the_tables_of_today_of_those_of_the_first_version(earlier: Connection) -> None:
    _migrate(earlier)
    with earlier.engine.connect() as connection:
        assert compare_metadata(context(connection), metadata) == []
        of_each = connection.execute(sa.text("SELECT id, standing FROM first_login_accounts ORDER BY id")).all()
        assert [*map(tuple, of_each)] == [("a", "social"), ("b", "government"), ("nobody", "government")]
        assert connection.execute(sa.text("SELECT count(*) FROM first_login_acknowledgements")).scalar_one() == 1
    store = SQLAlchemyAccounts(sessionmaker(earlier.engine), lambda: VAULT)
    assert [one.provider for one in there(store.get("b")).identities] == ["ecpa", "myegov"]
    store.carry_out(Create(), BY_ECPA)
    for broken in ("account_id = 'b'", "number_state = 'disputed'", "number_state = 'x'"):
        with pytest.raises(IntegrityError), earlier.engine.begin() as connection:
            connection.execute(sa.text(f"UPDATE first_login_identities SET {broken} WHERE provider = 'google'"))  # noqa: S608  # of this test
    with pytest.raises(IntegrityError), earlier.engine.begin() as connection:
        connection.execute(sa.text("UPDATE first_login_identities SET account_id = 'a' WHERE account_id = 'b'"))


@of_the_first_version
def test_a_number_is_proven_by_the_migration_if_an_identity_of_its_account_proves_it_now(earlier: Connection) -> None:
    proven, typed, unused = map(NationalId.parse, ("A123456789", "A223456781", "A100000001"))
    held = sa.text("INSERT INTO first_login_national_ids VALUES (:index, :account, :sealed, :at, :at)")
    kept = [(proven, "b", "ecpa.example", 2), (typed, "b", "myegov.example", 1), (unused, "nobody", "nowhere", 2)]
    brought = sa.text(
        "UPDATE first_login_identities SET id_kind = 'citizen', national_id_index = :index, assurance = :assurance"
        " WHERE issuer = :issuer"
    )
    for number, account_id, issuer, assurance in kept:
        row = {"index": VAULT.index(number), "sealed": VAULT.encrypt(number), "account": account_id, "at": AT}
        earlier.execute(held, row)
        values = {"index": VAULT.index(number), "assurance": assurance, "issuer": f"https://{issuer}"}
        earlier.execute(brought, values)
    earlier.commit()
    _migrate(earlier)
    with earlier.engine.connect() as connection:
        assert compare_metadata(context(connection), metadata) == []
        asked = sa.text("SELECT keyed_index, proven FROM first_login_national_ids")
        found = {bytes(row.keyed_index): bool(row.proven) for row in connection.execute(asked)}
    assert found == {VAULT.index(proven): True, VAULT.index(typed): False, VAULT.index(unused): False}
    account = there(SQLAlchemyAccounts(sessionmaker(earlier.engine), lambda: VAULT).get("b"))
    assert (account.proven, {*account.claimed}) == (frozenset({proven}), {proven, typed})


@of_the_first_version
def test_an_account_that_mixes_standings_stops_the_migration_before_anything_changed(earlier: Connection) -> None:
    _run(earlier, ["UPDATE first_login_identities SET account_id = 'b' WHERE account_id = 'a'"])
    earlier.commit()
    before = sa.inspect(earlier).get_columns("first_login_accounts")
    with pytest.raises(RuntimeError, match=r"mix a social identity with another one: \['b'\]"):
        _migrate(earlier)
    earlier.rollback()
    assert len(sa.inspect(earlier).get_columns("first_login_accounts")) == len(before)
    assert earlier.execute(sa.text("SELECT count(*) FROM first_login_identities")).scalar_one() == 3

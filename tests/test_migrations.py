"""A host migrates with Alembic: it sees our tables beside the host's own, and no difference once they are there."""

from __future__ import annotations

from collections.abc import Iterator

import alembic.operations
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata, produce_migrations, render_python_code
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine
from sqlalchemy.orm import sessionmaker

import flask_first_login.accounts.tables
from databases import VAULT
from flask_first_login.accounts.sqlalchemy import SQLAlchemyAccounts
from flask_first_login.accounts.tables import metadata
from flask_first_login.hours import assess
from flask_first_login.linking import Create
from flask_first_login.testing import BY_ECPA

own = sa.MetaData()
courses = sa.Table("courses", own, sa.Column("id", sa.Integer, primary_key=True))
OURS = {f"first_login_{name}" for name in ("accounts", "acknowledgements", "identities", "national_ids")} | {
    "first_login_used_digests",
    "first_login_verdicts",
}


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
    options = {"target_metadata": [own, metadata], "compare_type": True, "compare_server_default": True}
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

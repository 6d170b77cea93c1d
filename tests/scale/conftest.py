"""Two machines behind nginx, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from scale.farm import Farm, farm
from support.learner import sandbox_process


@pytest.fixture(scope="session")
def providers() -> Iterator[str]:
    with sandbox_process() as url:
        yield url


@contextmanager
def empty_database(server: str, name: str) -> Iterator[str]:
    """A database of its own on the server of this run."""
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield engine.url.set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture
def database(postgresql_url: str) -> Iterator[str]:
    with empty_database(postgresql_url, "farm") as url:
        yield url


@pytest.fixture
def two_machines(tmp_path: Path, database: str, providers: str) -> Iterator[Farm]:
    """Machines for a test that restarts them."""
    with farm(tmp_path, database, providers) as running:
        yield running


@pytest.fixture(scope="module")
def two_machines_kept(tmp_path_factory: pytest.TempPathFactory, postgresql_url: str, providers: str) -> Iterator[Farm]:
    """Machines for tests that leave them as they are."""
    with (
        empty_database(postgresql_url, "kept_farm") as database,
        farm(tmp_path_factory.mktemp("farm"), database, providers) as running,
    ):
        yield running

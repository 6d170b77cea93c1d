"""Where the example portal is kept: in a SQLite file, or in the PostgreSQL that the environment names."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine, make_url, text

from example.pages import Portal, completions, press
from example.pages import text as page_of
from example_app.database import database_uri
from example_app.members import Member, db
from flask_first_login import ConfigError
from flask_first_login.accounts.tables import accounts, identities
from support.learner import Learner

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
NEW = "riverside"


@pytest.fixture(scope="module")
def riverside(postgresql_url: str) -> Iterator[str]:
    """The address of an empty database of this module's own, as a hosting service would give it."""
    server = create_engine(postgresql_url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {NEW}"))
        url = make_url(postgresql_url).set(drivername="postgres", database=NEW)
        yield url.render_as_string(hide_password=False)
        connection.execute(text(f"DROP DATABASE {NEW} WITH (FORCE)"))
    server.dispose()


@pytest.fixture
def in_postgresql(monkeypatch: pytest.MonkeyPatch, riverside: str, portal: Portal, provider: str) -> Flask:
    """The portal in that database, with its tables."""
    monkeypatch.setenv("DATABASE_URL", riverside)
    return portal(SANDBOX_URL=provider)


def run(*command: str, instance: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "FLASK_INSTANCE_PATH": str(instance), **environment}
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, env=env, capture_output=True, text=True, timeout=30, check=False
    )


def init_db(instance: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return run("flask", "--app", "example_app", "init-db", instance=instance, **environment)


def test_a_member_of_a_portal_in_postgresql_completes_a_course_once(in_postgresql: Flask) -> None:
    with in_postgresql.app_context():
        assert (db.engine.dialect.name, db.engine.driver) == ("postgresql", "psycopg")
    learner = Learner.at(in_postgresql)
    learner.follow(learner.sign_in("myegov", "verified_citizen"))
    for _ in range(2):
        pressed = press(learner.client, "/courses/clear-writing", "/courses/wetlands/complete")
        assert pressed.headers["Location"] == "/my-hours"
    assert [one.course for one in completions(in_postgresql)] == ["wetlands"]
    assert 'href="/courses/wetlands"' in page_of(learner.client, "/my-hours")
    press(learner.client, "/", "/first-login/sign-out")
    assert "林曉明" not in page_of(learner.client, "/")


def test_a_database_that_was_restarted_costs_nobody_an_error_page(in_postgresql: Flask, postgresql_url: str) -> None:
    learner = Learner.at(in_postgresql)
    learner.follow(learner.sign_in("myegov", "teacher"))
    server = create_engine(postgresql_url)
    with server.connect() as connection:
        ended = text("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = :name")
        assert connection.execute(ended, {"name": NEW}).scalar_one() > 0
    server.dispose()
    assert "李好學" in page_of(learner.client, "/my-hours")


def test_init_db_makes_every_table_in_postgresql_and_may_be_run_again(riverside: str, tmp_path: Path) -> None:
    for _ in range(2):
        made = init_db(tmp_path, DATABASE_URL=riverside)
        assert (made.returncode, made.stdout) == (0, ""), made.stderr
    engine = create_engine(database_uri(riverside))
    with engine.connect() as connection:
        for table in (Member.__table__, accounts, identities):
            assert connection.execute(db.select(db.func.count()).select_from(table)).scalar_one() >= 0
    engine.dispose()
    assert not (tmp_path / "portal.db").exists()


def test_without_an_address_the_portal_is_a_file_of_the_instance_folder(tmp_path: Path) -> None:
    assert init_db(tmp_path, DATABASE_URL="").returncode == 0
    assert (tmp_path / "portal.db").exists()


@pytest.mark.parametrize(
    ("address", "uri"),
    [
        ("postgres://a:b@db/portal", "postgresql+psycopg://a:b@db/portal"),
        ("postgresql://a:b@db:5433/portal?sslmode=require", "postgresql+psycopg://a:b@db:5433/portal?sslmode=require"),
        (" postgresql+psycopg://db/portal\n", "postgresql+psycopg://db/portal"),
        ("postgresql://a:p%40ss%2Fword@db/portal", "postgresql+psycopg://a:p%40ss%2Fword@db/portal"),
        ("sqlite:////srv/portal.db", "sqlite:////srv/portal.db"),
    ],
)
def test_postgresql_is_spoken_to_by_psycopg_3_however_its_address_is_written(address: str, uri: str) -> None:
    assert database_uri(address) == uri


@pytest.mark.parametrize("address", ["mysql://a:s3cret@db/portal", "s3cret", "postgresql://a:s3cret@db:port/portal"])
def test_an_address_of_no_database_is_refused_without_repeating_its_password(
    portal: Portal, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", address)
    with pytest.raises(ConfigError, match="DATABASE_URL") as refused:
        portal()
    assert "s3cret" not in str(refused.value)


def test_a_setting_of_flasks_own_wins_over_the_address(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/portal")
    monkeypatch.setenv("FLASK_SQLALCHEMY_DATABASE_URI", "sqlite:///other.db")
    app = portal()
    assert Path(app.instance_path, "other.db").exists()


def test_a_database_of_an_earlier_version_is_named_with_what_it_lacks(portal: Portal, tmp_path: Path) -> None:
    app = portal()
    with app.app_context():
        db.session.execute(text("ALTER TABLE members DROP COLUMN operator"))
        db.session.commit()
    made = app.test_cli_runner().invoke(args=["init-db"])
    assert made.exit_code == 1
    assert "lacks members.operator" in made.output


def test_the_demonstration_says_in_a_sentence_that_its_database_does_not_answer(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    address = f"postgresql://portal:s3cret@127.0.0.1:{port}/portal"
    ended = run("example_app", instance=tmp_path, DATABASE_URL=address, PORT="0", SANDBOX_PORT="0")
    assert ended.returncode == 1
    assert ended.stderr.startswith("The database does not answer: ")
    assert "Traceback" not in ended.stderr
    assert "s3cret" not in ended.stderr


def test_the_demonstration_says_in_a_sentence_that_the_address_is_none(tmp_path: Path) -> None:
    ended = run("example_app", instance=tmp_path, DATABASE_URL="oracle://db", PORT="0", SANDBOX_PORT="0")
    assert ended.returncode == 1
    assert ended.stderr.startswith("The first-login configuration has 1 problem")
    assert "Traceback" not in ended.stderr

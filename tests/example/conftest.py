"""The example portal, made in a folder of each test's own, and people who are signed in to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from example.pages import Portal
from example_app import create_app
from example_app.members import db
from support.learner import Learner


@pytest.fixture
def provider(sandbox_url: str) -> str:
    return sandbox_url


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    """Makes the portal, with its files in a folder of the test's own."""
    made: list[Flask] = []

    def make(**config: object) -> Flask:
        app = create_app({"INSTANCE_PATH": str(tmp_path / "instance"), **config})
        assert app.test_cli_runner().invoke(args=["init-db"]).exit_code == 0
        made.append(app)
        return app

    yield make
    for app in made:
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def app(portal: Portal, provider: str) -> Flask:
    return portal(SANDBOX_URL=provider)


@pytest.fixture
def learner(app: Flask) -> Learner:
    return Learner.at(app)


@pytest.fixture
def citizen(learner: Learner) -> Learner:
    """A verified citizen who is signed in."""
    learner.follow(learner.sign_in("myegov", "verified_citizen"))
    return learner

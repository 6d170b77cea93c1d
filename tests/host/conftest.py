"""The example portal as its own project would test it: with the pretend providers of the plugin."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from example_app import create_app
from example_app.members import db
from flask_first_login.testing import PretendProviders


@pytest.fixture
def app(first_login_sandbox: PretendProviders, tmp_path: Path) -> Iterator[Flask]:
    app = create_app({"INSTANCE_PATH": str(tmp_path), "SANDBOX_URL": first_login_sandbox.url})
    app.test_cli_runner().invoke(args=["init-db"])
    yield app
    with app.app_context():
        db.engine.dispose()

"""A bare portal and its client, for the tests of the pages."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from reading import portal

pytest_plugins = ["chromium", "databases", "flask_first_login.testing", "pytester"]


@pytest.fixture
def app() -> Flask:
    """A Flask app with nothing of its own, registered with all five providers; none of them can be reached."""
    return portal()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()

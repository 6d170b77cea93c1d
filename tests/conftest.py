"""A bare portal and its client for the tests of the pages, and what all apps of a test process share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from coverage import Coverage
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

from support.learner import sandbox_process
from support.pages import portal

pytest_plugins = ["support.chromium", "support.databases", "flask_first_login.testing", "pytester"]


#: The fixtures that start a server of their own, or try SQLite a second time: what needs one is slow.
SLOW = {"mariadb", "mariadb_url", "postgresql", "postgresql_url", "sandbox_url", "sqlite_with_foreign_keys"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as slow whatever asks for one of them: by its own fixtures, or by a name among its parameters."""
    for item in items:
        if isinstance(item, pytest.Function):
            parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
            named = {*item.fixturenames, *(value for value in parameters if isinstance(value, str))}
            if not SLOW.isdisjoint(named):
                item.add_marker("slow")


#: Names of the environment by which a child process measures its own coverage.
OF_A_CHILD = ("COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Measure coverage in quick tests alone, which reach nearly every line: it doubles the time that a test takes."""
    measured = Coverage.current()
    if measured is None or not any(item.get_closest_marker(name) for name in ("slow", "browser", "scale")):
        return (yield)
    with pytest.MonkeyPatch.context() as patch:
        for name in OF_A_CHILD:
            patch.delenv(name, raising=False)
        measured.stop()
        try:
            return (yield)
        finally:
            measured.start()


class SharedTemplates(BytecodeCache):
    """The compiled templates of all apps: a test makes apps by the dozen, and each would compile our templates anew.

    One is found again by its name, its file, its words and all of the environment that its code depends on.
    """

    def __init__(self) -> None:
        self.compiled: dict[object, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        found = self.compiled.get(self._key(bucket))
        if found is not None:
            bucket.bytecode_from_string(found)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.compiled[self._key(bucket)] = bucket.bytecode_to_string()

    @staticmethod
    def _key(bucket: Bucket) -> object:
        environment: Any = bucket.environment
        marks = (environment.trim_blocks, environment.lstrip_blocks, environment.keep_trailing_newline)
        filters = (frozenset(environment.filters), frozenset(environment.tests))
        return bucket.key, bucket.checksum, frozenset(environment.extensions), marks, filters, environment.is_async


@pytest.fixture(scope="session", autouse=True)
def shared_templates() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Flask, "jinja_options", {**Flask.jinja_options, "bytecode_cache": SharedTemplates()})
        yield


@pytest.fixture(scope="session", autouse=True)
def shared_builders() -> Iterator[None]:
    """What builds each address, for all apps: Werkzeug compiles two functions a rule, which is most of making an app.

    They depend on the rule alone, unless it has defaults; a converter is asked for when an address is built.
    """
    build, built = Rule._compile_builder, dict[object, Any]()

    def builder(self: Rule, append_unknown: bool = True) -> Any:
        key = (append_unknown, self.rule, *self._trace)
        if self.defaults:
            return build(self, append_unknown)
        if key not in built:
            built[key] = build(self, append_unknown)
        return built[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", builder)
        yield


@pytest.fixture(scope="session")
def sandbox_url() -> Iterator[str]:
    """The pretend providers in a process of their own, for all tests; whoever plants a fault there takes it away."""
    with sandbox_process() as url:
        yield url


@pytest.fixture
def app() -> Flask:
    """A Flask app with nothing of its own, registered with all five providers; none of them can be reached."""
    return portal()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()

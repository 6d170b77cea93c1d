"""The JSON interface is what its OpenAPI 3.1 description says: its routes, its documents, its refusals."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.schemas import OpenApiSchema

from flask_first_login.flow import STANDARD
from internals import FAILURES, problem_details
from support.documents import API, Document, fetch, told
from support.learner import Learner
from support.pages import LINKS, portal
from test_admission import GOOGLE, Portal

pytestmark = pytest.mark.slow

LANGS = ("zh-Hant-TW", "en")
#: Beside what schemathesis takes for granted: an answer may be no answer, and nothing may wait in this browser.
ACCEPTED = {"positive_data_acceptance": {"expected-statuses": ["2xx", "400", "401", "403", "422", "502", "503"]}}
RUN = settings(max_examples=8, derandomize=True, deadline=None)


@pytest.fixture(scope="module")
def app() -> Flask:
    return portal(links=LINKS)


@pytest.fixture
def description(client: FlaskClient) -> Document:
    found = client.get(f"{API}/openapi.json")
    assert (found.status_code, found.mimetype) == (200, "application/json")
    return told(found)


# --- routes ---


def routes(app: Flask) -> Iterator[tuple[str, str]]:
    """Every address of the interface and every method it takes, as the app itself says."""
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(\w+)>", r"{\1}", rule.rule.removeprefix(API))
        if rule.endpoint.startswith("first_login.api_") and rule.endpoint != "first_login.api_unknown":
            for method in client.options(rule.rule).allow:
                yield path, method


def test_the_description_has_every_route_and_no_other(app: Flask, description: Document) -> None:
    said = {(path, method.upper()) for path, item in description["paths"].items() for method in item}
    assert said == {(path, method) for path, method in routes(app) if method not in {"HEAD", "OPTIONS"}}
    assert description["servers"] == [{"url": API}]


def test_the_description_is_openapi_3_1_and_its_schemas_are_json_schema(description: Document, app: Flask) -> None:
    loaded(app).validate()
    assert description["openapi"] == "3.1.0"
    for schema in description["components"]["schemas"].values():
        jsonschema_rs.meta.validate(schema)


def test_every_object_is_closed_and_has_every_member_it_names(description: Document) -> None:
    assert [*open_objects(description["components"]["schemas"])] == ["answers", "answers", "Description"]


def open_objects(schemas: Document) -> Iterator[str]:
    for name, schema in schemas.items():
        yield from _open(name, schema)


def _open(name: str, schema: Any) -> Iterator[str]:
    match schema:
        case {"type": "object", "additionalProperties": False, "properties": members}:
            yield from open_objects(members)
        case {"type": "object"}:
            yield name
        case {"items": inner}:
            yield from _open(name, inner)
        case {"anyOf": [inner, _]}:
            yield from _open(name, inner)
        case _:
            pass


# --- documents ---


def faults(description: Document, name: str, document: Document) -> list[str]:
    """What is wrong with a document of this name."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": description["components"]}
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    return [str(error) for error in validator.iter_errors(document)]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("key", STANDARD.by_key)
def test_every_screen_is_as_described(client: FlaskClient, description: Document, key: str, lang: str) -> None:
    assert faults(description, "Screen", fetch(client, f"{API}/screens/{key}?lang={lang}")) == []


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize(("path", "name"), [("portal", "Portal"), ("login", "Login"), ("faq", "Faq")])
def test_every_other_page_is_as_described(
    client: FlaskClient, description: Document, path: str, name: str, lang: str
) -> None:
    assert faults(description, name, fetch(client, f"{API}/{path}?lang={lang}")) == []


@pytest.mark.parametrize("lang", LANGS)
def test_what_is_said_of_a_person_is_as_described(description: Document, lang: str) -> None:
    host = Portal()
    learner = Learner.at(host.app)
    learner.get("/arrive")
    for path, name in (("account", "Account"), ("hours", "Hours"), ("outcome", "Outcome")):
        assert faults(description, name, fetch(learner.client, f"{API}/{path}?lang={lang}")) == []
    host.brings, stranger = GOOGLE, Learner.at(host.app)
    stranger.get("/arrive")
    assert faults(description, "Acknowledgement", fetch(stranger.client, f"{API}/acknowledgement?lang={lang}")) == []


@pytest.mark.parametrize("path", ["account", "nowhere", "screens/account/answer", "acknowledgement"])
def test_a_refusal_is_as_described(client: FlaskClient, description: Document, path: str) -> None:
    problem = told(client.get(f"{API}/{path}"))
    assert faults(description, "Problem", problem) == []
    assert faults(description, "Problem", {**problem, "person": "A123456789"}) != []


# --- whatever anybody sends ---


def loaded(app: Flask) -> OpenApiSchema:
    """The interface as it describes itself; the same requests in every run."""
    config = SchemathesisConfig.from_dict({"seed": 1, "checks": ACCEPTED})
    return schemathesis.openapi.from_wsgi(f"{API}/openapi.json", app, config=config)


def a_learner() -> tuple[Flask, str]:
    """A portal where somebody is signed in while a social identity waits in their browser; and their cookies."""
    host = Portal()
    learner, other = Learner.at(host.app), Learner.at(host.app)
    learner.get("/arrive")
    host.brings = GOOGLE
    other.get("/arrive")
    cookies = {**other.cookies(), **learner.cookies()}
    return host.app, "; ".join(f"{name}={value}" for name, value in cookies.items())


THEIRS, COOKIES = a_learner()


@loaded(portal(links=LINKS)).parametrize()
@RUN
def test_the_interface_does_what_it_says_for_anybody(case: Any) -> None:
    case.call_and_validate()


@loaded(THEIRS).parametrize()
@RUN
def test_the_interface_does_what_it_says_for_a_learner(case: Any) -> None:
    case.call_and_validate(headers={"Cookie": COOKIES})


# --- the page about it ---

PAGE = (Path(__file__).parent.parent / "docs" / "api.md").read_text(encoding="utf-8")


def test_the_page_names_every_address(description: Document) -> None:
    named = {(method.lower(), f"/{path}") for method, path in re.findall(r"`(GET|POST) ([\w/{}-]+)`", PAGE)}
    asked = {(method, path) for path, item in description["paths"].items() for method in item}
    assert named == asked - {("get", "/openapi.json")}
    assert f"GET {API}/openapi.json" in PAGE


def test_the_page_shows_an_option_as_it_is(client: FlaskClient) -> None:
    (shown,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert json.loads(shown) == fetch(client, f"{API}/screens/account?lang=en")["options"][0]


def test_the_page_lists_every_refusal_of_the_interface_itself() -> None:
    listed = {(int(status), code) for status, code in re.findall(r"^\| (\d{3}) \| `(\w+)`", PAGE, re.MULTILINE)}
    assert listed >= {(status, one.code) for status, one in problem_details.OF_STATUS.items()}
    assert {code for _, code in listed} <= {
        *FAILURES,
        *(one.code for one in problem_details.OF_STATUS.values()),
        "bad_request",
        "answer_missing",
        "not_acknowledged",
    }
    assert {(FAILURES[code].status, code) for _, code in listed if code in FAILURES and code != "not_fresh"} <= listed

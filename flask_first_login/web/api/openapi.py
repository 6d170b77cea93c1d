"""The JSON interface in OpenAPI 3.1, for this portal: its addresses, its screens, its answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args, get_type_hints

from flask import url_for
from werkzeug.wrappers import Response

from ...flow import Question
from ...state import AppState
from ..navigation import here
from . import documents, guide_views, learner_views
from .learner_documents import AcknowledgeRequest, LeaveRequest
from .learner_views import TOKEN_HEADER
from .problem_details import JSON, PROBLEM_JSON, Problem, as_json
from .schema import STRING, Schema, schema_of

VERSION = "1.0.0"
ABOUT = (
    "Every page of the first sign-in as JSON. Follow the addresses in the documents rather than making any. A sign-in "
    "is a visit of the browser to a `start_url`. The interface is of the portal's own origin, under its session "
    f"cookie; what changes something takes the token of a document in the header {TOKEN_HEADER}."
)
TOKEN: Schema = {"name": TOKEN_HEADER, "in": "header", "required": True, "schema": STRING}
REFUSALS = {
    "304": "Unchanged since the ETag that was given.",
    "400": "The request is not well formed, the token is not of this session, or nothing waits any more.",
    "401": "Nobody is signed in.",
    "403": "The learner signed in too long ago: `providers` says where to sign in once more.",
    "404": "There is no such screen, question or provider.",
    "413": "The body is larger than anything expected.",
    "415": "The body is not JSON.",
    "422": "Nothing was chosen or accepted; `errors` says it in the page's words.",
    "502": "The provider does not answer, or not usably.",
    "503": "The portal, or a way to sign in, is not available now.",
}


@dataclass(frozen=True, slots=True)
class Operation:
    """What a view does at an address: the statuses of its refusals, and the body it takes. Its annotation names the
    document that it gives, and its docstring sums it up."""

    view: Callable[..., object]
    path: str
    refusals: str
    method: str = "get"
    body: type | None = None


@as_json
def openapi() -> documents.Description:
    """Describe this interface."""
    return description(here().state)


OPERATIONS = (
    Operation(guide_views.portal, "/portal", "304"),
    Operation(guide_views.login, "/login", "304"),
    Operation(guide_views.faq, "/faq", "304"),
    Operation(guide_views.screen, "/screens/{key}", "304 404"),
    Operation(guide_views.answer, "/screens/{key}/answer", "304 404 422"),
    Operation(learner_views.account, "/account", "401 503"),
    Operation(learner_views.hours, "/hours", "401 503"),
    Operation(learner_views.outcome, "/outcome", "401 503"),
    Operation(learner_views.acknowledgement, "/acknowledgement", "400 503"),
    Operation(learner_views.acknowledge, "/acknowledgement", "400 413 415 422 503", "post", AcknowledgeRequest),
    Operation(learner_views.join, "/join/{name}", "400 401 403 404 502 503", "post"),
    Operation(learner_views.anew, "/anew/{name}", "400 404 502 503", "post"),
    Operation(learner_views.sign_out, "/sign-out", "400 401 503", "post"),
    Operation(learner_views.leave, "/leave/{name}", "400 401 403 413 415 503", "post", LeaveRequest),
    Operation(openapi, "/openapi.json", "304"),
)


def description(state: AppState) -> Schema:
    """Return the description of one portal's interface."""
    base = url_for("first_login.api_description").removesuffix("/openapi.json")
    described, components = _described_operations()
    paths: dict[str, Schema] = {}
    for operation in OPERATIONS:
        parameters = {"parameters": _parameters(operation, state)}
        paths.setdefault(operation.path, {})[operation.method] = described[operation.view.__name__] | parameters
    return {
        "openapi": "3.1.0",
        "info": {"title": "First sign-in", "version": VERSION, "description": ABOUT},
        "servers": [{"url": base}],
        "paths": paths,
        "components": {"schemas": components},
    }


@cache
def _described_operations() -> tuple[dict[str, Schema], dict[str, Schema]]:
    """Describe what each operation answers, and the components of it all: of every portal, and so worked out once."""
    components: dict[str, Schema] = {}
    return {operation.view.__name__: _described(operation, components) for operation in OPERATIONS}, components


def _described(operation: Operation, components: dict[str, Schema]) -> Schema:
    name, document = operation.view.__name__, schema_of(_document_of(operation.view), components)
    problem = {PROBLEM_JSON: {"schema": schema_of(Problem, components)}}
    answers: Schema = {"200": {"description": f"The {name} document.", "content": {JSON: {"schema": document}}}}
    for status in operation.refusals.split():
        answers[status] = {"description": REFUSALS[status], **({"content": problem} if status != "304" else {})}
    summary = (operation.view.__doc__ or "").partition("\n")[0]
    described = {"operationId": name, "summary": summary, "responses": answers}
    if operation.body is not None:
        body = {JSON: {"schema": schema_of(operation.body, components)}}
        described["requestBody"] = {"required": True, "content": body}
    return described


def _document_of(view: Callable[..., object]) -> Any:
    """Return what a view gives, by its annotation, beside the answers that are refusals."""
    given = get_type_hints(view, include_extras=True)["return"]
    return next(kind for kind in get_args(given) if kind is not Response) if Response in get_args(given) else given


def _parameters(operation: Operation, state: AppState) -> list[Schema]:
    """What the address of an operation may say: its own words, and what every address of ours keeps."""
    if operation.view is openapi:
        return []
    questions = {screen.key: screen for screen in state.flow.screens if isinstance(screen, Question)}
    name, screens = operation.view.__name__, [*state.flow.by_key]
    known = {"key": [*questions] if name == "answer" else screens, "name": [*state.registrations]}
    own = {"screen": [_query("from", screens)], "outcome": [_query("new", ["1"])]}.get(name, [])
    return [
        *([TOKEN] if operation.method == "post" else []),
        *(_path(word, known[word]) for word in re.findall(r"{(\w+)}", operation.path)),
        *own,
        _query("lang", [words.tag for words in state.words.values()]),
        _query("next", [here().home_url]),
        *(_query(screen.name, [option.value for option in screen.options]) for screen in questions.values()),
    ]


def _path(name: str, known: list[str]) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": {"enum": known}}


def _query(name: str, examples: list[str]) -> Schema:
    """A parameter of which any other value is dropped, as it is in the address of a page."""
    return {"name": name, "in": "query", "schema": {"type": "string", "examples": examples}}

"""The JSON interface in OpenAPI 3.1, for this portal: its addresses, its screens, its answers."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for

from ...flow import Question
from ...languages import TAGS
from ...state import AppState
from ..navigation import here
from .parts import TOKEN_HEADER
from .problem_details import JSON, PROBLEM_JSON, json_response
from .schemas import SCHEMAS
from .shapes import NAME, ref

VERSION = "1.0.0"
Described = dict[str, Any]
ABOUT = (
    "Every page of the first sign-in as JSON. Follow the addresses in the documents rather than making any. A sign-in "
    "is a visit of the browser to a `start_url`. The interface is of the portal's own origin, under its session "
    f"cookie; what changes something takes the token of a document in the header {TOKEN_HEADER}."
)
PUBLIC, OWN, WAITING = ("304",), ("401", "503"), ("400", "503")
BEGINNING = ("400", "404", "502", "503")
JOINING, LEAVING = ("400", "401", "403", "404", "502", "503"), ("400", "401", "403", "413", "415", "503")
TOKEN: Described = {"name": TOKEN_HEADER, "in": "header", "required": True, "schema": NAME}
SUMMARIES = {
    "portal": "Where everything begins: languages, support desks, the other documents",
    "login": "The login page: the providers of each column",
    "faq": "The sign-in questions and answers",
    "screen": "A screen of the wizard: a question or a page",
    "answer": "Where the answer to a question leads; each question's own parameter carries it",
    "account": "The identities of the account that is signed in",
    "hours": "The hours report of the account that is signed in",
    "outcome": "What came of the sign-in",
    "acknowledgement": "What the social identity that waits in this browser costs its learner",
    "acknowledge": "Accept what it costs, and be signed in",
    "join": "Begin to add a government identity to the account that is signed in",
    "leave": "Give up one of several ways to sign in",
    "anew": "Sign out and begin a sign-in with another account",
    "openapi": "This description",
}
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


def openapi() -> Response:
    """The description itself."""
    return json_response(described(here().state))


def described(state: AppState) -> Described:
    """The interface of one portal."""
    base = url_for("first_login.api_description").removesuffix("/openapi.json")
    return {
        "openapi": "3.1.0",
        "info": {"title": "First sign-in", "version": VERSION, "description": ABOUT},
        "servers": [{"url": base}],
        "paths": _paths(state),
        "components": {"schemas": dict(SCHEMAS)},
    }


def _paths(state: AppState) -> Described:
    flow = state.flow
    asked = [_query(one.name, [o.value for o in one.options]) for one in flow.screens if isinstance(one, Question)]
    kept = [_query("lang", [*TAGS.values()]), _query("next", [state.settings.home_url]), *asked]
    screens, questions = [*flow.by_key], [one.key for one in flow.screens if isinstance(one, Question)]
    of_screen, of_question = [_path("key", screens), _query("from", screens), *kept], [_path("key", questions), *kept]
    providers = [*state.registrations]
    own = [*kept, _query("new", ["1"])]
    return {
        "/portal": {"get": _operation("portal", "Portal", PUBLIC, kept)},
        "/login": {"get": _operation("login", "Login", PUBLIC, kept)},
        "/faq": {"get": _operation("faq", "Faq", PUBLIC, kept)},
        "/screens/{key}": {"get": _operation("screen", "Screen", (*PUBLIC, "404"), of_screen)},
        "/screens/{key}/answer": {"get": _operation("answer", "Answer", (*PUBLIC, "404", "422"), of_question)},
        "/account": {"get": _operation("account", "Account", OWN, kept)},
        "/hours": {"get": _operation("hours", "Hours", OWN, kept)},
        "/outcome": {"get": _operation("outcome", "Outcome", OWN, own)},
        "/acknowledgement": {
            "get": _operation("acknowledgement", "Acknowledgement", WAITING, kept),
            "post": _operation(
                "acknowledge", "Acknowledged", (*WAITING, "413", "415", "422"), [TOKEN, *kept], "AcknowledgeRequest"
            ),
        },
        "/join/{name}": {"post": _operation("join", "Join", JOINING, [TOKEN, _path("name", providers), *kept])},
        "/anew/{name}": {"post": _operation("anew", "Anew", BEGINNING, [TOKEN, _path("name", providers), *kept])},
        "/leave/{name}": {
            "post": _operation(
                "leave", "LeftOrLeaving", LEAVING, [TOKEN, _path("name", providers), *kept], "LeaveRequest"
            )
        },
        "/openapi.json": {"get": _operation("openapi", "Description", PUBLIC, [])},
    }


def _query(name: str, examples: list[str]) -> Described:
    """A parameter of which any other value is dropped, as it is in the address of a page."""
    return {"name": name, "in": "query", "schema": {"type": "string", "examples": examples}}


def _path(name: str, known: list[str]) -> Described:
    return {"name": name, "in": "path", "required": True, "schema": {"enum": known}}


def _operation(
    name: str, schema: str, refusals: tuple[str, ...], parameters: list[Described], body: str | None = None
) -> Described:
    answers: Described = {"200": {"description": f"The {name} document.", "content": {JSON: {"schema": ref(schema)}}}}
    for status in refusals:
        answers[status] = {"description": REFUSALS[status]}
        if status != "304":
            answers[status]["content"] = {PROBLEM_JSON: {"schema": ref("Problem")}}
    given = {"requestBody": {"required": True, "content": {JSON: {"schema": ref(body)}}}} if body else {}
    return {"operationId": name, "summary": SUMMARIES[name], "parameters": parameters, **given, "responses": answers}

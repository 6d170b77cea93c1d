"""What faults are made of."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from flask import Response, jsonify
from flask.typing import ResponseReturnValue

from ...text import Text

Fields = dict[str, Any]
Change = Callable[[Fields], Fields]
Deliver = Callable[[Fields], ResponseReturnValue]

ELSEWHERE = "https://issuer.invalid"
HUGE = 8 * 1024 * 1024
SLOW_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to err; ``what`` tells an integrator which."""

    what: Text


WELL = Text("Nothing is wrong.", "一切正常。")


def unchanged(fields: Fields) -> Fields:
    return fields


def put(**wrong: object) -> Change:
    return lambda fields: {**fields, **wrong}


def drop(name: str) -> Change:
    return lambda fields: {key: value for key, value in fields.items() if key != name}


def only(**wrong: object) -> Change:
    """This instead; of all that was to be said, only what tells whose answer it is."""
    return lambda fields: {**wrong, **{key: value for key, value in fields.items() if key in {"state", "iss"}}}


def crash(_: object) -> ResponseReturnValue:
    return "<h1>Internal Server Error</h1>", 500


def maintenance_page(_: object) -> ResponseReturnValue:
    return "<!doctype html><title>Maintenance</title><p>Back soon."


def refuse(_: Fields) -> ResponseReturnValue:
    return {"error": "invalid_grant", "error_description": "<b>not</b> today"}, 400


def slow_json(fields: Fields) -> ResponseReturnValue:
    return drip("", jsonify(fields).get_data(as_text=True), "application/json")


def drip(head: str, rest: str, mimetype: str) -> Response:
    """The right answer, with a blank a second after ``head``: every single read is quick, only a total deadline
    ends it.
    """

    def octets() -> Iterator[bytes]:
        yield head.encode()
        for _ in range(SLOW_SECONDS):
            yield b" "
            time.sleep(1)
        yield rest.encode()

    return Response(octets(), mimetype=mimetype)


@dataclass(frozen=True, slots=True)
class CodeFault(Fault):
    """A fault of the authorization code flow: ``callback`` changes the parameters that come back through the browser,
    ``token`` what the token answer says, ``deliver`` how it travels.
    """

    callback: Change = unchanged
    token: Change = unchanged
    deliver: Deliver = jsonify


@dataclass(frozen=True, slots=True)
class PostFault(Fault):
    """A fault of a posted ticket: ``posted`` changes the fields that the browser posts to the portal."""

    posted: Change = unchanged

"""What all pretend providers share: people to choose from, forms that lead back to the portal, one fault at most."""

from __future__ import annotations

import re
import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address
from threading import Lock
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from ..text import Text
from .issuers import Issuer
from .personas import Persona

ELSEWHERE = "https://issuer.invalid"
HUGE = 8 * 1024 * 1024
SLOW_SECONDS = 30
_VISIBLE_ASCII = re.compile(r"[!-\[\]-~]+")  # neither white space nor backslash: browsers and urlsplit read those apart

Fields = dict[str, Any]
Change = Callable[[Fields], Fields]
Step = TypeVar("Step", bound=Callable[..., object])
T = TypeVar("T")


# --- faults ---


class Fault:
    """One way to err: ``what`` tells an integrator which, ``hooks`` replace steps of the provider, by their names."""

    def __init__(self, en: str, zh: str, **hooks: Callable[..., object]) -> None:
        self.what, self.hooks = Text(en, zh), hooks


def unchanged(fields: Fields) -> Fields:
    """Leave the fields as they are: the step of a provider without a fault."""
    return fields


def put(**wrong: object) -> Change:
    """Replace these fields."""
    return lambda fields: {**fields, **wrong}


def drop(name: str) -> Change:
    """Leave one field out."""
    return lambda fields: {key: value for key, value in fields.items() if key != name}


def crash(_: object) -> ResponseReturnValue:
    """Answer as a server that broke down."""
    return "<h1>Internal Server Error</h1>", 500


def maintenance_page(_: object) -> ResponseReturnValue:
    """Answer with a page for people where a program reads."""
    return "<!doctype html><title>Maintenance</title><p>Back soon."


def slow_json(fields: Fields) -> ResponseReturnValue:
    """Answer rightly, in half a minute."""
    return slowly("", jsonify(fields).get_data(as_text=True), "application/json")


def slowly(head: str, rest: str, mimetype: str) -> Response:
    """Send a blank every second between ``head`` and ``rest``: each read is quick, only a total deadline ends it."""

    def octets() -> Iterator[bytes]:
        yield head.encode()
        for _ in range(SLOW_SECONDS):
            yield b" "
            time.sleep(1)
        yield rest.encode()

    return Response(octets(), mimetype=mimetype)


# --- providers ---


class Provider(ABC):
    """A pretend provider: ``faults`` are the ways in which it can be made to err, ``login_path`` is its sign-in page,
    and ``return_field`` the parameter that says where the browser returns to.
    """

    login_path: str
    return_field: str

    def __init__(self, issuer: Issuer, faults: Mapping[str, Fault]) -> None:
        self.issuer, self.faults = issuer, faults
        self.fault_name: str | None = None

    @property
    def url(self) -> str:
        """The provider's address, as the request sees it."""
        return request.host_url + self.issuer.name

    @property
    def decide_path(self) -> str:
        """Where the form of the sign-in page is posted to."""
        return f"{self.login_path}/decide"

    def blueprint(self) -> Blueprint:
        """The provider's addresses, all below its name."""
        routes = Blueprint(self.issuer.name, __name__, url_prefix=f"/{self.issuer.name}")
        routes.post("/_fault")(self.set_fault)
        routes.get(self.login_path)(self.login)
        routes.post(self.decide_path)(self.decide)
        return routes

    def subject(self, persona: Persona) -> str:
        """What ``persona`` is called here, and nowhere else."""
        return persona.digest(self.issuer.name)

    # --- how it errs ---

    def hook(self, name: str, otherwise: Step) -> Step:
        """What the fault that is switched on does at this step, or ``otherwise`` when it leaves the step alone."""
        return self.faults[self.fault_name].hooks.get(name, otherwise) if self.fault_name else otherwise  # type: ignore[return-value]  # a hook has the shape of the step it replaces

    def err(self, name: str | None) -> bool:
        """Err in this way from now on; None makes it as it was at the start. False when there is no such way."""
        if name is not None and name not in self.faults:
            return False
        self.fault_name = name
        return True

    def set_fault(self) -> ResponseReturnValue:
        """Switch a fault, for tests. Only as ``application/json``, which no foreign page can post here unasked."""
        wish = request.get_json()
        match wish:
            case {"fault": None | str() as name} if self.err(name):
                return jsonify(wish)
            case _:
                return {"error": "unknown fault", "known": sorted(self.faults)}, 400

    # --- signing in ---

    @abstractmethod
    def read(self, sent: MultiDict[str, str]) -> Mapping[str, str]:
        """The sign-in request, checked; one that is not right is answered on the spot."""

    @abstractmethod
    def answer(self, asked: Mapping[str, str], persona: Persona) -> Response:
        """Send the browser back to the portal, signed in as ``persona``."""

    def login(self) -> ResponseReturnValue:
        """Show who may sign in, or sign in at once whom a test without a browser names in ``login_hint``."""
        asked = self.read(request.args)
        persona = self.issuer.personas.get(request.args.get("login_hint", ""))
        return self.answer(asked, persona) if persona else self._page("chooser.html", asked[self.return_field], asked)

    def decide(self) -> ResponseReturnValue:
        """Sign in whom the person picked on the page."""
        asked = self.read(request.form)
        persona = self.issuer.personas.get(request.form.get("persona", ""))
        return self.answer(asked, persona) if persona else plain("There is no such persona at this provider.")

    def hand_over(self, returns_to: str, fields: Mapping[str, str]) -> Response:
        """A page whose one button posts ``fields`` to the portal, from here: a cross-site POST."""
        return self._page("handover.html", returns_to, fields)

    def _page(self, template: str, returns_to: str, fields: Mapping[str, str]) -> Response:
        return make_response(render_template(template, issuer=self.issuer, fields=fields, returns_to=returns_to))


def plain(text: str) -> Response:
    """A refusal that goes nowhere: sending it back would make this an open redirector (RFC 9700 section 4.11)."""
    return Response(f"{text}\n", status=400, mimetype="text/plain")


class ExpiringStore(Generic[T]):
    """Codes and tokens: each value is kept for ``lifetime`` seconds under a handle nobody can guess; when ``room`` is
    full, the oldest goes.
    """

    def __init__(self, lifetime: float, room: int = 10_000) -> None:
        self._lifetime, self._room = lifetime, room
        self._kept: dict[str, tuple[float, T]] = {}
        self._lock = Lock()

    def put(self, value: T) -> str:
        """Keep a value, and give its handle."""
        handle = secrets.token_urlsafe(32)
        with self._lock:
            while len(self._kept) >= self._room:
                del self._kept[next(iter(self._kept))]
            self._kept[handle] = (time.monotonic() + self._lifetime, value)
        return handle

    def get(self, handle: str) -> T | None:
        """The value, as often as it is asked for."""
        with self._lock:
            return self._fresh(self._kept.get(handle))

    def pop(self, handle: str) -> T | None:
        """The value, once: of two requests at the same moment one gets it."""
        with self._lock:
            return self._fresh(self._kept.pop(handle, None))

    def _fresh(self, kept: tuple[float, T] | None) -> T | None:
        return kept[1] if kept and time.monotonic() < kept[0] else None


# --- this very machine ---


def is_loopback(host: str) -> bool:
    """True for ``localhost``, 127.0.0.0/8 and ::1, and for no other name, even one that resolves to them."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def is_loopback_url(url: str) -> bool:
    """True for an absolute http or https URL on loopback, without user name and fragment.

    The host is parsed, never searched for: ``http://localhost:80@attacker.example`` is not loopback.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for a port that is none
    except ValueError:
        return False
    clean = _VISIBLE_ASCII.fullmatch(url) and "#" not in url and parts.username is None
    return bool(clean) and parts.scheme in {"http", "https"} and is_loopback(parts.hostname or "")

"""The providers, pretend, inside the test's own process, and the ways in which each can fail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, ExitStack
from difflib import get_close_matches
from functools import partial
from types import TracebackType
from typing import Literal, Self
from urllib.parse import urlsplit

from flask import Flask, appcontext_pushed
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from .. import sandbox
from ..providers.http_client import Asked
from ..providers.network import left_until
from ..sandbox import apple, ecpa, facebook, issuers, myegov, openid
from ..sandbox.personas import PERSONAS, Persona
from ..state import EXTENSION, AppState, state_of
from .sign_in import Arrival, Browser

#: Port 1 has been nobody's for decades: should a portal outlive its pretend providers, it finds no one there.
URL = "http://127.0.0.1:1"
#: Somebody goes back without signing in: a persona, and no fault of anybody.
CANCELLED = "cancelled"
CANCELLABLE = frozenset({"myegov", "google", "facebook", "apple"})
_OAUTH2 = {
    "bad_request": "no_code",
    "code_refused": "token_error",
    "provider_down": "token_500",
    "provider_error": "not_json",
    "unknown_sign_in": "no_state",
}
_APPLE = _OAUTH2 | {
    "id_token_invalid": "bad_signature",
    "id_token_missing": "no_id_token",
    "wrong_issuer": "wrong_iss_parameter",
}
_OPENID = _APPLE | {"userinfo_mismatch": "userinfo_other_subject"}  # Apple has no userinfo
_TICKET = {
    "bad_request": "no_token",
    "provider_down": "http_500",
    "provider_error": "malformed_xml",
    "ticket_refused": "token_reused",
}
_ECPA = {"bad_request": "missing_field", "expired": "stale_ticket", "ticket_refused": "forged_ticket"}
#: Each pretend provider, which of its faults ends a sign-in with which of our codes, and all of its faults.
_PROVIDERS = (
    (issuers.MYEGOV, _OPENID, openid.FAULTS),
    (issuers.MYEGOV_TICKET, _TICKET, myegov.FAULTS),
    (issuers.ECPA, _ECPA, ecpa.FAULTS),
    (issuers.GOOGLE, _OPENID, openid.FAULTS),
    (issuers.FACEBOOK, _OAUTH2, facebook.FAULTS),
    (issuers.APPLE, _APPLE, apple.FAULTS),
)
ISSUERS = {issuer.name: issuer for issuer, _, _ in _PROVIDERS}
BY_CODE: Mapping[str, Mapping[str, str]] = {issuer.name: codes for issuer, codes, _ in _PROVIDERS}
FAULTS = {issuer.name: frozenset(faults) for issuer, _, faults in _PROVIDERS}


#: The pretend providers that are open, the newest last.
OPEN: list[PretendProviders] = []


class PretendProviders:
    """The sandbox in this process: a portal that is set to it signs in without a network and without a browser.

    What the portal asks a provider itself (metadata, keys, tokens, profiles, SOAP) goes through the whole of its
    client, with every check, and is answered here instead of by a socket. Use it as a context manager; the fixture
    ``first_login_sandbox`` does.
    """

    url = URL

    def __init__(self) -> None:
        self._app = sandbox.create_sandbox()
        self.failing: dict[str, str] = {}

    def __enter__(self) -> Self:
        OPEN.append(self)
        appcontext_pushed.connect(stand_in)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        OPEN.remove(self)

    def settings(self, *, myegov: Literal["oidc", "ticket"] = "oidc") -> dict[str, dict[str, str]]:
        """Give the ``FIRST_LOGIN_PROVIDERS`` of a portal that signs in here; ``myegov`` is the protocol it speaks."""
        return sandbox.settings(URL, myegov=myegov)

    @property
    def personas(self) -> dict[str, Persona]:
        """Who may sign in, by key."""
        return {persona.key: persona for persona in PERSONAS}

    def sign_in_as(
        self,
        client: FlaskClient,
        persona: str,
        provider: str | None = None,
        *,
        next: str | None = None,
        acknowledge: bool = True,
        **query: str,
    ) -> Arrival:
        """Sign a persona in, the whole way: the provider's button, the provider, the callback, and the page after it.

        ``provider`` is the first of the portal's that knows the persona, unless it is named. ``next`` is the page of
        the portal that was asked for. A new social identity is told what it costs; with ``acknowledge`` it accepts.
        ``query`` is what else the address of the button says, such as ``identity="civil-servant"``, an answer of the
        guide, or ``lang="en"``.

        What code of the portal's own raises (its session, its store, a function of it) comes out of here where Flask
        raises it, as with ``TESTING``; to see the page that a learner gets, set ``PROPAGATE_EXCEPTIONS`` to False.

        :raises LookupError: there is no such persona or provider, or the one does not know the other.
        """
        at = self._provider_of(client, persona, provider)
        browser = Browser(client, partial(self._visit, persona), acknowledge=acknowledge)
        return browser.sign_in(at, {**query, **({"next": next} if next is not None else {})})

    def fail(self, provider: str, how: str) -> AbstractContextManager[object]:
        """Make every sign-in at this provider fail in this way: a code of our failures, or a fault of the sandbox.

        It lasts until `mend`, or as long as a ``with`` that is given what this returns.

        :raises LookupError: there is no such provider, or no such way; with the names that there are.
        """
        chosen = _faults(provider, how)
        for name, fault in chosen.items():
            self.failing[name] = fault
            self._set_fault(name, None if fault == CANCELLED else fault)
        ending = ExitStack()
        ending.callback(self.mend, *chosen)
        return ending

    def mend(self, *names: str) -> None:
        """Put these providers, or all of them, back to the start: Apple has forgotten who consented, too."""
        for name in names or FAULTS:
            self.failing.pop(name, None)
            self._set_fault(name, None)

    def _set_fault(self, name: str, fault: str | None) -> None:
        answered = self._app.test_client().post(f"/{name}/_fault", base_url=URL, json={"fault": fault})
        if answered.status_code != 200:
            raise RuntimeError(f"The sandbox has no fault {fault!r} at {name}, though `FAULTS` names it.")

    def _visit(self, persona: str, url: str) -> TestResponse | None:
        """Give what the provider answers to the persona's browser; None when the address is not one of ours."""
        if not url.startswith(f"{URL}/"):
            return None
        who = "cancels" if self.failing.get(_name_in(url)) == CANCELLED else persona
        return self._app.test_client().get(f"{url}&login_hint={who}", base_url=URL)

    def _provider_of(self, client: FlaskClient, persona: str, provider: str | None) -> str:
        if persona not in self.personas:
            raise LookupError(f"There is no persona {persona!r}. {_known(persona, self.personas)}")
        of_portal = {
            name: _name_in(registration.provider.protocol.begins_at)
            for name, registration in state_of(client.application).registrations.items()
            if registration.provider.protocol.begins_at.startswith(f"{URL}/")
        }
        if provider is not None and provider not in of_portal:
            what = f"The portal signs nobody in at a pretend provider {provider!r}."
            raise LookupError(f"{what} {_known(provider, of_portal)} Set FIRST_LOGIN_PROVIDERS to settings().")
        for name in of_portal if provider is None else [provider]:
            if persona in ISSUERS[of_portal[name]].personas:
                return name
        knowing = sorted(name for name, issuer in ISSUERS.items() if persona in issuer.personas)
        where = f"at {provider}" if provider else "at any provider of this portal"
        raise LookupError(f"{persona!r} has no account {where}. Known at: {', '.join(knowing)}.")


def _name_in(url: str) -> str:
    """Tell which pretend provider an address belongs to; each has a path of its own."""
    name = urlsplit(url).path.split("/")[1]
    return name if name in FAULTS else ""


def _faults(provider: str, how: str) -> dict[str, str]:
    """Give the fault to switch on at each pretend provider that is meant: MyEGov is two, one a protocol.

    A code of ours wins over a fault of the same name.

    :raises LookupError: there is no such provider, or it has no such way to fail; with the names that there are.
    """
    meant = [name for name in FAULTS if name in {provider, f"{provider}-ticket"}]
    if not meant:
        raise LookupError(f"There is no pretend provider {provider!r}. {_known(provider, FAULTS)}")
    ways = {name: {*FAULTS[name], *BY_CODE[name], *([CANCELLED] if name in CANCELLABLE else [])} for name in meant}
    fitting = {name: BY_CODE[name].get(how, how) for name in meant if how in ways[name]}
    if not fitting:
        there = {way for name in meant for way in ways[name]}
        raise LookupError(f"{provider} has no way to fail that is named {how!r}. {_known(how, there)}")
    return fitting


def _known(given: str, names: Iterable[str]) -> str:
    """List the names that there are, the nearest one first."""
    near = get_close_matches(given, [*names], n=1)
    return f"{f'Did you mean {near[0]!r}? ' if near else ''}Known: {', '.join(sorted(names))}."


class _Answer:
    """A provider's answer as the real wire reads one: the head is there, the body comes until the call's deadline."""

    def __init__(self, response: TestResponse, ends: float) -> None:
        self.status, self.headers, self.close = response.status_code, response.headers, response.close
        self._parts, self._ends, self._rest = iter(response.iter_encoded()), ends, b""

    def read(self, most: int, /) -> bytes:
        while not self._rest:
            part = next(self._parts, None)
            left_until(self._ends)
            if part is None:
                return b""
            self._rest = part
        read, self._rest = self._rest[:most], self._rest[most:]
        return read


def stand_in(portal: Flask, **_: object) -> None:
    """Have the calls of a portal, while it does anything, answered by the pretend providers that were opened last."""
    state = portal.extensions.get(EXTENSION)
    if isinstance(state, AppState):
        state.network.inside.pop(URL, None)
        if OPEN:
            state.network.inside[URL] = partial(answer, OPEN[-1]._app)


def answer(app: Flask, asked: Asked, ends: float) -> _Answer:
    """Answer one call of a relying party by ``app``."""
    client = app.test_client(use_cookies=False)
    return _Answer(client.open(asked.url, method=asked.method, headers=asked.headers, data=asked.body or b""), ends)

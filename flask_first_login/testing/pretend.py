"""The five providers, pretend, inside the test's own process."""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack
from functools import partial
from types import TracebackType
from typing import Literal, Self
from urllib.parse import urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from .. import sandbox
from ..providers.http import INSIDE, Insider
from ..sandbox import issuers
from ..sandbox.issuers import Issuer
from ..sandbox.personas import PERSONAS, Persona
from ..state import state_of
from .arrival import Arrival
from .failing import CANCELLED, FAULTS, faults, known
from .inside import answer
from .walk import Walk

#: Port 1 has been nobody's for decades: should a portal outlive its pretend providers, it finds no one there.
URL = "http://127.0.0.1:1"
ISSUERS: dict[str, Issuer] = {
    one.name: one
    for one in (
        issuers.MYEGOV,
        issuers.MYEGOV_TICKET,
        issuers.ECPA,
        issuers.GOOGLE,
        issuers.FACEBOOK,
        issuers.APPLE,
    )
}


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
        self._before: Insider | None = None

    def __enter__(self) -> Self:
        self._before, INSIDE[URL] = INSIDE.get(URL), partial(answer, self._app)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        del INSIDE[URL]
        if self._before is not None:  # these stood in the place of others for a while
            INSIDE[URL] = self._before

    def settings(self, *, myegov: Literal["oidc", "ticket"] = "oidc") -> dict[str, dict[str, str]]:
        """The ``FIRST_LOGIN_PROVIDERS`` of a portal that signs in here; ``myegov`` is the protocol to speak with it."""
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
        walk = Walk(client, partial(self._visit, persona), acknowledge=acknowledge)
        return walk.sign_in(at, {**query, **({"next": next} if next is not None else {})})

    def fail(self, provider: str, how: str) -> AbstractContextManager[object]:
        """From now on every sign-in at this provider fails in this way: a code of our failures, or a sandbox's fault.

        It lasts until `mend`, or as long as a ``with`` that is given what this returns.

        :raises LookupError: there is no such provider, or no such way; with the names that there are.
        """
        chosen = faults(provider, how)
        for name, fault in chosen.items():
            self.failing[name] = fault
            self._set_fault(name, None if fault == CANCELLED else fault)
        ending = ExitStack()
        ending.callback(self.mend, *chosen)
        return ending

    def mend(self, *names: str) -> None:
        """These providers, or all of them, are as they were at the start: Apple has forgotten who consented, too."""
        for name in names or FAULTS:
            self.failing.pop(name, None)
            self._set_fault(name, None)

    def _set_fault(self, name: str, fault: str | None) -> None:
        answered = self._app.test_client().post(f"/{name}/_fault", base_url=URL, json={"fault": fault})
        if answered.status_code != 200:
            raise RuntimeError(f"The sandbox has no fault {fault!r} at {name}, though `failing` names it.")

    def _visit(self, persona: str, url: str) -> TestResponse | None:
        """What the provider answers to the persona's browser; None when the address is not one of ours."""
        if not url.startswith(f"{URL}/"):
            return None
        who = "cancels" if self.failing.get(_name_in(url)) == CANCELLED else persona
        return self._app.test_client().get(f"{url}&login_hint={who}", base_url=URL)

    def _provider_of(self, client: FlaskClient, persona: str, provider: str | None) -> str:
        if persona not in self.personas:
            raise LookupError(f"There is no persona {persona!r}. {known(persona, self.personas)}")
        of_portal = {
            name: _name_in(one.provider.protocol.begins_at)
            for name, one in state_of(client.application).registrations.items()
            if one.provider.protocol.begins_at.startswith(f"{URL}/")
        }
        if provider is not None and provider not in of_portal:
            what = f"The portal signs nobody in at a pretend provider {provider!r}."
            raise LookupError(f"{what} {known(provider, of_portal)} Set FIRST_LOGIN_PROVIDERS to settings().")
        asked = of_portal if provider is None else {provider: of_portal[provider]}
        found = next((name for name, here in asked.items() if persona in ISSUERS[here].personas), None)
        if found is None:
            knowing = sorted(name for name, issuer in ISSUERS.items() if persona in issuer.personas)
            where = f"at {provider}" if provider else "at any provider of this portal"
            raise LookupError(f"{persona!r} has no account {where}. Known at: {', '.join(knowing)}.")
        return found


def _name_in(url: str) -> str:
    """Which of the pretend providers an address belongs to; each has a path of its own."""
    name = urlsplit(url).path.split("/")[1]
    return name if name in FAULTS else ""

"""The providers as they are set: which are missing, which stand there twice, which belong to a test."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from urllib.parse import urlsplit

from ..providers import Posted, Registration
from ..providers.addresses import LOOPBACK
from ..settings import Settings
from ..state import AppState
from .finding import Finding, error, note, warning

SETTING = "FIRST_LOGIN_PROVIDERS"


def place(name: str) -> str:
    """Where the settings of a provider stand."""
    return f"{SETTING}[{name!r}]"


def is_loopback(url: str | None) -> bool:
    return (urlsplit(url or "").hostname or "") in LOOPBACK


def check_registered(state: AppState) -> Iterator[Finding]:
    if not state.registrations:
        yield error(
            "no_provider",
            SETTING,
            "names no provider: nobody can sign in.",
            "Add one, such as FLASK_FIRST_LOGIN_PROVIDERS__google__client_id and __client_secret.",
        )
        return
    yield from _hidden(state)
    yield from _twice(state)
    yield from _pretend(state)


def _hidden(state: AppState) -> Iterator[Finding]:
    """A provider without keys has no button; where the guide leads to it, learners read that it is not available."""
    settings = state.settings
    for name in sorted(_offered(settings) | state.flow.providers):
        if name in state.registrations:
            continue
        asked = "the guide and the login page" if name in state.flow.providers else "the login page"
        yield (note if _is_default(settings, name) else warning)(
            "provider_hidden",
            place(name),
            f"is not set, so {asked} cannot offer {name}.",
            "Set the keys that the provider gave at registration, or take it out of the two columns and the flow.",
        )


def _offered(settings: Settings) -> set[str]:
    return {*settings.civil_servant_providers, *settings.public_providers}


def _is_default(settings: Settings, name: str) -> bool:
    """Whether only the shipped columns name it, so that nobody here decided to offer it."""
    unset = Settings()
    columns = ("civil_servant_providers", "public_providers")
    return not any(name in getattr(settings, one) for one in columns if getattr(settings, one) != getattr(unset, one))


def _twice(state: AppState) -> Iterator[Finding]:
    by_issuer, by_client = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
    for name, one in state.registrations.items():
        by_issuer[one.provider.protocol.issuer].append(name)
        if one.client_id:
            by_client[one.client_id].append(name)
    for issuer, names in by_issuer.items():
        if len(names) > 1:
            yield note(
                "issuer_twice",
                place(names[0]),
                f"has the issuer of {', '.join(names[1:])}, {issuer}: one person is one identity under all of them.",
                "Keep one of them, unless two buttons for one account are meant, as for an organisation's own.",
            )
    for client_id, names in by_client.items():
        if len(names) > 1 and len({state.registrations[name].provider.protocol.issuer for name in names}) > 1:
            yield warning(
                "client_id_twice",
                place(names[0]) + "['client_id']",
                f"is the client_id of {', '.join(names[1:])} too, {client_id[:60]!r}: one of them was copied.",
                "Write for each what that provider gave at registration.",
            )


def _pretend(state: AppState) -> Iterator[Finding]:
    """At the sandbox, whoever comes signs in as anybody."""
    if state.settings.external_url is None or is_loopback(state.settings.external_url):
        return
    for name, one in state.registrations.items():
        if any(is_loopback(url) for url in _places(one)):
            yield error(
                "provider_on_loopback",
                place(name),
                "is on this very machine: no learner's browser reaches it, and a sandbox lets everybody in.",
                "Set the real provider's addresses, or FIRST_LOGIN_EXTERNAL_URL to this machine for development.",
            )


def _places(registration: Registration) -> tuple[str, ...]:
    protocol = registration.provider.protocol
    return (protocol.issuer, protocol.login_url if isinstance(protocol, Posted) else protocol.begins_at)

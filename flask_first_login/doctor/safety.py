"""What would let somebody in who should stay out: weak or shared secrets, a debugger, forms without a token."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from flask import Flask
from flask.sessions import SecureCookieSessionInterface, SessionInterface

from ..secret_key import MAKE_A_SECRET
from ..state import AppState
from .finding import Finding, error, warning

SHORTEST = 16
FEWEST_CHARACTERS = 8
#: What stands in tutorials, and so in every list of secrets to try.
KNOWN = ("change", "default", "development", "example", "flask", "insecure", "password", "secret", "test")


def check_safety(app: Flask, state: AppState) -> Iterator[Finding]:
    yield from _secret_keys(app.config)
    yield from _shared_secrets(app.config, state)
    yield from _session_ids(app.session_interface)
    if app.debug:
        yield error(
            "debug_on",
            "FLASK_DEBUG",
            "is on: whoever meets an error page may run code on the server.",
            "Unset it, and do not start the portal with --debug.",
        )
    if app.testing:
        yield warning("testing_on", "TESTING", "is on, as only tests want it.", "Remove it.")
    if app.config.get("WTF_CSRF_ENABLED") is False:
        yield error(
            "csrf_off",
            "WTF_CSRF_ENABLED",
            "is False: any page elsewhere can send the portal's forms; those of the first sign-in keep their token.",
            "Remove it; tests can read the token from the page.",
        )


def _session_ids(interface: SessionInterface) -> Iterator[Finding]:
    """Only a session that rests in its signed cookie has no id that could be planted before a sign-in."""
    if isinstance(interface, SecureCookieSessionInterface) or callable(getattr(interface, "regenerate", None)):
        return
    what = "keeps the id of a session over a sign-in: whoever planted it in a browser would be signed in there too."
    fix = "Let its regenerate(session) renew the id, as Flask-Session 0.8 does, or renew it in your HostSession."
    yield warning("session_id_kept", type(interface).__name__, what, fix)


def _secret_keys(config: Mapping[str, object]) -> Iterator[Finding]:
    fallbacks = config.get("SECRET_KEY_FALLBACKS")
    named = [("SECRET_KEY", config.get("SECRET_KEY"))]
    named += [("SECRET_KEY_FALLBACKS", key) for key in (fallbacks if isinstance(fallbacks, Iterable) else ())]
    for where, key in named:
        if isinstance(key, str | bytes) and key and (why := _weakness(key)):
            yield error("secret_key_weak", where, f"{why}: whoever guesses it can sign in as anybody.", MAKE_A_SECRET)


def _weakness(key: str | bytes) -> str | None:
    text = key if isinstance(key, str) else key.decode("latin-1")
    if len(text) < SHORTEST:
        return f"has {len(text)} characters, fewer than {SHORTEST}"
    if len({*text}) < FEWEST_CHARACTERS:
        return "repeats a few characters"
    if len(text) < 2 * SHORTEST and any(word in text.lower() for word in KNOWN):
        return "is made of a word that everybody tries"
    return None


def _shared_secrets(config: Mapping[str, object], state: AppState) -> Iterator[Finding]:
    """A secret that stands in two places leaks from either."""
    held = [("SECRET_KEY", config.get("SECRET_KEY"))]
    held += [(f"FIRST_LOGIN_NATIONAL_ID_KEYS[{at}]", key) for at, key in enumerate(state.settings.national_id_keys)]
    held += [("FIRST_LOGIN_NATIONAL_ID_INDEX_KEY", state.settings.national_id_index_key)]
    held += [(f"FIRST_LOGIN_PROVIDERS[{name!r}]", secret) for name, secret in _client_secrets(state)]
    uses = Counter(str(secret) for _, secret in held if secret)
    for secret in (one for one, count in uses.items() if count > 1):
        first, *others = [where for where, one in held if str(one) == secret]
        yield error(
            "secret_shared",
            first,
            f"is the same secret as {', '.join(others)}: whoever learns one has the other.",
            "Make a new one for each, and register it at the provider if it is a client secret.",
        )


def _client_secrets(state: AppState) -> Iterator[tuple[str, object]]:
    for name, given in state.settings.providers.items():
        if isinstance(given, Mapping):
            yield name, given.get("client_secret")

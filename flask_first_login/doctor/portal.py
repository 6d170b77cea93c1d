"""The portal's own settings and Flask's: weak secrets, where learners come back to, the session cookie.

To look for another fault, add a row, and its code to docs/doctor.md.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from flask.sessions import SecureCookieSessionInterface, SessionInterface
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.sansio.utils import host_is_trusted

from ..addresses import LOOPBACK
from ..providers import OAuth2, Oidc, Posted
from ..secret_key import MAKE_A_SECRET
from ..settings import Settings
from ..state import AppState
from .findings import ERROR, NOTE, WARNING, Finding, error, found, note, place, warning

DEEPEST = 20  # layers of middleware
ON_THIS_MACHINE = "http://127.0.0.1:5000"
SHORTEST = 16
FEWEST_CHARACTERS = 8
#: What stands in tutorials, and so in every list of secrets to try.
KNOWN = ("change", "default", "development", "example", "flask", "insecure", "password", "secret", "test")
#: The first version of a library of ours without a hole that was known when this was written, and what the newest of
#: them was. Our lower bounds are what the code needs, so that a host with older pins can have us.
WITHOUT_HOLES = {
    "certifi": ("2024.7.4", "trusts a root that browsers trust no more (CVE-2024-39689)"),
    "cryptography": (
        "46.0.7",
        "has a buffer that overflows (CVE-2026-39892), and accepts forged points of some curves",
    ),
    "urllib3": ("2.7.0", "lets a small answer fill the memory (CVE-2026-44432)"),
}
URL = "FIRST_LOGIN_EXTERNAL_URL"
SECURE = "SESSION_COOKIE_SECURE"


def check_safety(app: Flask, state: AppState) -> Iterator[Finding]:
    """Find what would let somebody in who should stay out."""
    yield from _weak_keys(app.config)
    yield from _shared_secrets(app.config, state)
    yield from _holes()
    yield from found(
        ("session_id_kept", WARNING, type(app.session_interface).__name__, _keeps_ids(app.session_interface),
         "keeps the id of a session over a sign-in: whoever planted it in a browser would be signed in there too.",
         "Let its regenerate(session), or the session's own regenerate(), renew the id; or do so in your HostSession."),
        ("debug_on", ERROR, "FLASK_DEBUG", app.debug,
         "is on: whoever meets an error page may run code on the server.",
         "Unset it, and do not start the portal with --debug."),
        ("testing_on", WARNING, "TESTING", app.testing, "is on, as only tests want it.", "Remove it."),
        ("csrf_off", ERROR, "WTF_CSRF_ENABLED", app.config.get("WTF_CSRF_ENABLED") is False,
         "is False: any page elsewhere can send the portal's forms; those of the first sign-in keep their token.",
         "Remove it; tests can read the token from the page."),
    )  # fmt: skip


def _keeps_ids(interface: SessionInterface) -> bool:
    """Only a session that rests in its signed cookie has no id that could be planted before a sign-in."""
    is_cookie = isinstance(interface, SecureCookieSessionInterface)
    able = (interface, getattr(interface, "session_class", None))
    return not is_cookie and not any(callable(getattr(each, "regenerate", None)) for each in able)


def _weak_keys(config: Mapping[str, Any]) -> Iterator[Finding]:
    fallbacks = config.get("SECRET_KEY_FALLBACKS")
    keys = [("SECRET_KEY", config.get("SECRET_KEY"))]
    keys += [("SECRET_KEY_FALLBACKS", key) for key in (fallbacks if isinstance(fallbacks, Iterable) else ())]
    for where, key in keys:
        if isinstance(key, str | bytes) and key and (weakness := _weakness(key)):
            what = f"{weakness}: whoever guesses it can sign in as anybody."
            yield error("secret_key_weak", where, what, MAKE_A_SECRET)


def _weakness(key: str | bytes) -> str | None:
    text = key if isinstance(key, str) else key.decode("latin-1")
    if len(text) < SHORTEST:
        return f"has {len(text)} characters, fewer than {SHORTEST}"
    if len({*text}) < FEWEST_CHARACTERS:
        return "repeats a few characters"
    if len(text) < 2 * SHORTEST and any(word in text.lower() for word in KNOWN):
        return "is made of a word that everybody tries"
    return None


def _holes() -> Iterator[Finding]:
    """Find libraries of a version with a known hole, which a host's own pins have kept."""
    for library, (sound, hole) in WITHOUT_HOLES.items():
        try:
            installed = version(library)
        except PackageNotFoundError:  # packed by a distribution, which mends it under its own numbers
            continue
        if _numbers(installed) < _numbers(sound):
            fix = f"Install {library} {sound} or newer."
            yield warning("library_has_hole", library, f"of version {installed} {hole}.", fix)


def _numbers(of: str) -> list[int]:
    release = re.match(r"\d+(?:\.\d+)*", of)
    return [int(number) for number in release[0].split(".")] if release else []


def _shared_secrets(config: Mapping[str, Any], state: AppState) -> Iterator[Finding]:
    """A secret that stands in two places leaks from either."""
    settings = state.settings
    secrets: list[tuple[str, object]] = [
        ("SECRET_KEY", config.get("SECRET_KEY")),
        *((f"FIRST_LOGIN_NATIONAL_ID_KEYS[{at}]", key) for at, key in enumerate(settings.national_id_keys)),
        ("FIRST_LOGIN_NATIONAL_ID_INDEX_KEY", settings.national_id_index_key),
        *((place(name), keys.get("client_secret")) for name, keys in settings.providers.items()
          if isinstance(keys, Mapping)),
    ]  # fmt: skip
    for secret, count in Counter(str(secret) for _, secret in secrets if secret).items():
        if count > 1:
            first, *others = [where for where, used in secrets if str(used) == secret]
            what = f"is the same secret as {', '.join(others)}: whoever learns one has the other."
            fix = "Make a new one for each, and register it at the provider if it is a client secret."
            yield error("secret_shared", first, what, fix)


def external_url(state: AppState) -> str:
    """Give the scheme and host that the addresses begin with; where none is set, a development server's."""
    return state.settings.external_url or ON_THIS_MACHINE


def address(app: Flask, base: str, endpoint: str, **values: Any) -> str:
    """Give the whole address of one of our pages at ``base``, scheme and host, below ``APPLICATION_ROOT``."""
    name = f"first_login.{endpoint}"
    app.inject_url_defaults(name, values)
    root = str(app.config["APPLICATION_ROOT"]).rstrip("/")
    return base + app.url_map.bind("localhost", script_name=f"{root}/").build(name, values)


def redirect_uris(app: Flask, state: AppState) -> dict[str, str]:
    """Give what must be registered at each provider, byte for byte."""
    return {name: address(app, external_url(state), "callback", name=name) for name in state.registrations}


def is_loopback(url: str | None) -> bool:
    return (urlsplit(url or "").hostname or "") in LOOPBACK


def check_addresses(app: Flask, state: AppState, uris: Mapping[str, str]) -> Iterator[Finding]:
    """Find where learners come back to, and whether the portal knows its own scheme and host."""
    for name, uri in uris.items():
        protocol = state.registrations[name].provider.protocol
        varies = isinstance(protocol, Posted) and protocol.state_in_path
        below = " and, below it, to an address that is new for each sign-in" if varies else ""
        yield note("redirect_uri", place(name), f"comes back to {uri}{below}", _register(app, state, name))
    if (url := state.settings.external_url) is not None:
        yield from _own_address(app.config, url)
        yield from _proxy(app, url)
    elif state.registrations:
        what = "is not set: sign-ins work on this machine only, since no redirect URI is made from a Host header."
        fix = "Set it to scheme and host as learners type them, such as https://learn.example.gov.tw."
        yield error("external_url_missing", URL, what, fix)


def _register(app: Flask, state: AppState, name: str) -> str:
    """Facebook asks for two more addresses before an app may go live."""
    if state.settings.external_url is None:
        return f"That is a development server's. Set {URL} to see what to register."
    protocol, also = state.registrations[name].provider.protocol, ""
    if isinstance(protocol, OAuth2) and protocol.proof:
        endpoints = ("deauthorise", "data_deletion")
        left, forget = (address(app, external_url(state), endpoint, name=name) for endpoint in endpoints)
        also = f" Its deauthorise callback is {left}, its data deletion callback {forget}."
    if isinstance(protocol, Oidc) and protocol.posts_events:
        also = f" Its endpoint for notifications is {address(app, external_url(state), 'notified', name=name)}."
    return f"Register exactly this redirect URI at the provider.{also}"


def _own_address(config: Mapping[str, Any], url: str) -> Iterator[Finding]:
    scheme, host, hostname = urlsplit(url).scheme, urlsplit(url).netloc, urlsplit(url).hostname
    preferred, server, root = (config.get(key) for key in ("PREFERRED_URL_SCHEME", "SERVER_NAME", "APPLICATION_ROOT"))
    trusted, mount = config.get("TRUSTED_HOSTS"), str(root).rstrip("/")
    yield from found(
        ("external_url_loopback", NOTE, URL, is_loopback(url), "is on this machine, so sign-ins work here only.", ""),
        ("preferred_scheme", NOTE, "PREFERRED_URL_SCHEME", preferred != scheme,
         f"is {preferred!r} and the portal {scheme}: addresses made outside a request, as in a mail, begin wrongly.",
         f'Set it to "{scheme}".'),
        ("server_name_differs", WARNING, "SERVER_NAME", server and server != host,
         f"is {server!r}, but learners reach {host!r}: addresses made outside a request lead elsewhere.",
         f"Set it to {host!r}, or remove it."),
        ("application_root", NOTE, "APPLICATION_ROOT", root != "/", f"is {root!r}, and so part of every address here.",
         f"Have the server mount the app there (SCRIPT_NAME={mount}), or sign-ins come back to nowhere."),
        ("trusted_hosts_exclude", ERROR, "TRUSTED_HOSTS", trusted and not host_is_trusted(host, trusted),
         f"does not hold {hostname!r}, the portal's own host: every request is refused.", "Add it."),
        ("trusted_hosts_unset", WARNING, "TRUSTED_HOSTS", not trusted and not is_loopback(url),
         "is not set: pages are made for whatever Host header a request brings.", f"Set it to [{hostname!r}]."),
    )  # fmt: skip


def _proxy(app: Flask, url: str) -> Iterator[Finding]:
    fix, is_public = proxy_fix(app), not is_loopback(url)
    takes_scheme = fix is not None and bool(fix.x_proto)
    yield from found(
        ("proxy_fix_absent", NOTE, "ProxyFix", is_public and fix is None,
         "is not there. Behind a proxy that ends TLS, requests look like http from the proxy's own address.",
         "Behind a proxy: app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1). Otherwise leave it."),
        ("proxy_fix_scheme", WARNING, "ProxyFix", is_public and fix is not None and not takes_scheme,
         "does not take the scheme from the proxy: requests look like http, and the host's redirects lead there.",
         "Give it x_proto=1, and have the proxy set X-Forwarded-Proto."),
        ("proxy_fix_present", NOTE, "ProxyFix", is_public and takes_scheme,
         "believes what a proxy says of a request's scheme, host and sender.",
         "Let nobody reach the app beside the proxy, and have the proxy overwrite the X-Forwarded headers."),
    )  # fmt: skip


def proxy_fix(app: Flask) -> ProxyFix | None:
    """Find the middleware that believes a proxy, if the app has one."""
    part: Any = app.wsgi_app
    for _ in range(DEEPEST):
        if part is None or isinstance(part, ProxyFix):
            return part
        part = getattr(part, "app", None) or getattr(part, "wsgi_app", None)
    return None


def check_cookies(config: Mapping[str, Any], settings: Settings) -> Iterator[Finding]:
    """Find whether a browser keeps the host's session cookie, and sends it when a learner comes back.

    A posted answer of a provider is bridged to a GET of this site, so that Lax is enough.
    """
    is_https = (settings.external_url or "").startswith("https:")
    where, same_site, secure = "SESSION_COOKIE_SAMESITE", config.get("SESSION_COOKIE_SAMESITE"), config.get(SECURE)
    lax = 'Set it to "Lax"; posted answers are bridged, so nothing more is needed.'
    yield from found(
        ("samesite_strict", ERROR, where, same_site == "Strict",
         "is Strict: who comes back from a provider arrives without the session, and seems not signed in.", lax),
        ("samesite_none_insecure", ERROR, where, same_site == "None" and not secure,
         "is None while SESSION_COOKIE_SECURE is off: browsers drop the session cookie.", lax),
        ("samesite_none", WARNING, where, same_site == "None" and secure,
         "is None: every other site's requests carry the learner's session.", lax),
        ("samesite_unset", WARNING, where, same_site is None,
         "is not set: each browser decides by itself whether other sites' requests carry the session.", lax),
        ("session_not_secure", WARNING, SECURE, is_https and not secure,
         "is off although the portal is https: the session also travels over plain http, in clear.", "Set it to True."),
        ("secure_without_https", WARNING, SECURE, secure and not is_https,
         "is on while FIRST_LOGIN_EXTERNAL_URL is not https: browsers may drop the session cookie.",
         "Serve https, or turn it off here."),
        ("session_readable", WARNING, "SESSION_COOKIE_HTTPONLY", not config.get("SESSION_COOKIE_HTTPONLY", True),
         "is off: any script on a page can read the session.", "Remove the setting."),
    )  # fmt: skip
    yield from _prefix(config, is_https)
    yield from _reach(config, settings)


def _prefix(config: Mapping[str, Any], is_https: bool) -> Iterator[Finding]:
    """``__Host-`` and ``__Secure-`` are promises: a browser drops a cookie that breaks them (RFC 6265bis, 4.1.3)."""
    name = str(config.get("SESSION_COOKIE_NAME") or "")
    is_prefixed, is_host_only = name.startswith(("__Host-", "__Secure-")), not name.startswith("__Secure-")
    path = config.get("SESSION_COOKIE_PATH") or config.get("APPLICATION_ROOT")
    flaws = {
        "SESSION_COOKIE_SECURE is off": not config.get(SECURE),
        "SESSION_COOKIE_DOMAIN is set": is_host_only and config.get("SESSION_COOKIE_DOMAIN"),
        "its path is not '/'": is_host_only and path != "/",
    }
    broken = " and ".join(flaw for flaw, holds in flaws.items() if holds)
    yield from found(
        ("cookie_prefix_broken", ERROR, "SESSION_COOKIE_NAME", is_prefixed and broken,
         f"is {name!r}, but {broken}: browsers drop the session cookie.", "Mend that, or take the prefix off."),
        ("cookie_unprefixed", NOTE, "SESSION_COOKIE_NAME", is_https and not is_prefixed,
         "has no prefix: a sub-domain, or another app below this host, could plant a session cookie.",
         'Begin it with "__Host-" if the path is "/".'),
    )  # fmt: skip


def _reach(config: Mapping[str, Any], settings: Settings) -> Iterator[Finding]:
    """The session must be there on our pages: without it no form's token holds, and nobody is signed in."""
    host = urlsplit(settings.external_url or "").hostname
    domain = str(config.get("SESSION_COOKIE_DOMAIN") or "").lstrip(".").lower()
    path = str(config.get("SESSION_COOKIE_PATH") or "/").rstrip("/")
    pages = f"{str(config.get('APPLICATION_ROOT') or '/').rstrip('/')}{settings.url_prefix}/"
    yield from found(
        ("session_domain", ERROR, "SESSION_COOKIE_DOMAIN",
         host and domain and host != domain and not host.endswith(f".{domain}"),
         f"is {domain!r}, which {host!r} does not belong to: browsers drop the session cookie.", "Remove it."),
        ("session_path", ERROR, "SESSION_COOKIE_PATH", not pages.startswith(f"{path}/"),
         f"is {path!r}, and our pages are below {pages!r}: the session is not sent there.",
         "Set it to '/', or remove it."),
    )  # fmt: skip

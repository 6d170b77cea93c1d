"""The host's session cookie: whether a browser keeps it, and has it with it when a learner comes back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from ..settings import Settings
from .finding import Finding, error, note, warning


def check_cookies(config: Mapping[str, Any], settings: Settings) -> Iterator[Finding]:
    is_https = (settings.external_url or "").startswith("https:")
    yield from _same_site(config)
    yield from _flags(config, is_https)
    yield from _prefix(config, is_https)
    yield from _reach(config, settings)


def _same_site(config: Mapping[str, Any]) -> Iterator[Finding]:
    """Our answer to a POST return is a bridge to a GET of this site, made so that Lax works; nothing else is needed."""
    where, lax = "SESSION_COOKIE_SAMESITE", 'Set it to "Lax"; posted answers are bridged, so nothing more is needed.'
    match config.get("SESSION_COOKIE_SAMESITE"):
        case "Strict":
            what = "is Strict: who comes back from a provider arrives without the session, and seems not signed in."
            yield error("samesite_strict", where, what, lax)
        case "None" if not config.get("SESSION_COOKIE_SECURE"):
            what = "is None while SESSION_COOKIE_SECURE is off: browsers drop the session cookie."
            yield error("samesite_none_insecure", where, what, lax)
        case "None":
            what = "is None: every other site's requests carry the learner's session."
            yield warning("samesite_none", where, what, lax)
        case None:
            what = "is not set: each browser decides by itself whether other sites' requests carry the session."
            yield warning("samesite_unset", where, what, lax)
        case _:
            pass


def _flags(config: Mapping[str, Any], is_https: bool) -> Iterator[Finding]:
    if is_https and not config.get("SESSION_COOKIE_SECURE"):
        what = "is off although the portal is https: the session also travels over plain http, in clear."
        yield warning("session_not_secure", "SESSION_COOKIE_SECURE", what, "Set it to True.")
    if not is_https and config.get("SESSION_COOKIE_SECURE"):
        what = "is on while FIRST_LOGIN_EXTERNAL_URL is not https: browsers may drop the session cookie."
        yield warning("secure_without_https", "SESSION_COOKIE_SECURE", what, "Serve https, or turn it off here.")
    if not config.get("SESSION_COOKIE_HTTPONLY", True):
        what = "is off: any script on a page can read the session."
        yield warning("session_readable", "SESSION_COOKIE_HTTPONLY", what, "Remove the setting.")


def _prefix(config: Mapping[str, Any], is_https: bool) -> Iterator[Finding]:
    """``__Host-`` and ``__Secure-`` are promises: a browser drops a cookie that breaks them (RFC 6265bis, 4.1.3)."""
    name = str(config.get("SESSION_COOKIE_NAME") or "")
    path = config.get("SESSION_COOKIE_PATH") or config.get("APPLICATION_ROOT")
    broken = [
        flaw
        for holds, flaw in (
            (config.get("SESSION_COOKIE_SECURE"), "SESSION_COOKIE_SECURE is off"),
            (name.startswith("__Secure-") or not config.get("SESSION_COOKIE_DOMAIN"), "SESSION_COOKIE_DOMAIN is set"),
            (name.startswith("__Secure-") or path == "/", "its path is not '/'"),
        )
        if not holds
    ]
    if name.startswith(("__Host-", "__Secure-")):
        if broken:
            what = f"is {name!r}, but {' and '.join(broken)}: browsers drop the session cookie."
            yield error("cookie_prefix_broken", "SESSION_COOKIE_NAME", what, "Mend that, or take the prefix off.")
    elif is_https:
        what = "has no prefix: a sub-domain, or another app below this host, could plant a session cookie."
        yield note("cookie_unprefixed", "SESSION_COOKIE_NAME", what, 'Begin it with "__Host-" if the path is "/".')


def _reach(config: Mapping[str, Any], settings: Settings) -> Iterator[Finding]:
    """The session must be there on our pages: without it no form's token holds, and nobody is signed in."""
    host = urlsplit(settings.external_url or "").hostname
    domain = str(config.get("SESSION_COOKIE_DOMAIN") or "").lstrip(".").lower()
    if host and domain and host != domain and not host.endswith(f".{domain}"):
        what = f"is {domain!r}, which {host!r} does not belong to: browsers drop the session cookie."
        yield error("session_domain", "SESSION_COOKIE_DOMAIN", what, "Remove it.")
    root = str(config.get("APPLICATION_ROOT") or "/").rstrip("/")
    path = str(config.get("SESSION_COOKIE_PATH") or "/").rstrip("/")
    pages = f"{root}{settings.url_prefix}/"
    if not pages.startswith(f"{path}/"):
        what = f"is {path!r}, and our pages are below {pages!r}: the session is not sent there."
        yield error("session_path", "SESSION_COOKIE_PATH", what, "Set it to '/', or remove it.")

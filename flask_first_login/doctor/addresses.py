"""Where learners come back to: the exact redirect URIs, and whether the portal knows its own scheme and host."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.sansio.utils import host_is_trusted

from ..providers import OAuth2, Posted
from ..state import AppState
from .finding import Finding, error, note, warning
from .registered import is_loopback, place

DEEPEST = 20
ON_THIS_MACHINE = "http://127.0.0.1:5000"
URL = "FIRST_LOGIN_EXTERNAL_URL"


def external_url(state: AppState) -> str:
    """Scheme and host that the addresses begin with; where none is set, a development server's."""
    return state.settings.external_url or ON_THIS_MACHINE


def address(app: Flask, base: str, endpoint: str, **values: Any) -> str:
    """The whole address of one of our pages at ``base``, scheme and host, below ``APPLICATION_ROOT``."""
    name = f"first_login.{endpoint}"
    app.inject_url_defaults(name, values)
    root = str(app.config["APPLICATION_ROOT"]).rstrip("/")
    return base + app.url_map.bind("localhost", script_name=f"{root}/").build(name, values)


def redirect_uris(app: Flask, state: AppState) -> dict[str, str]:
    """What must be registered at each provider, byte for byte."""
    return {name: address(app, external_url(state), "callback", name=name) for name in state.registrations}


def check_addresses(app: Flask, state: AppState, uris: Mapping[str, str]) -> Iterator[Finding]:
    if state.registrations and state.settings.external_url is None:
        yield error(
            "external_url_missing",
            URL,
            "is not set: sign-ins work on this machine only, since no redirect URI is made from a Host header.",
            "Set it to scheme and host as learners type them, such as https://learn.example.gov.tw.",
        )
    for name, uri in uris.items():
        yield note(
            "redirect_uri", place(name), f"comes back to {uri}{_varies(state, name)}", _register(app, state, name)
        )
    if state.settings.external_url is not None:
        yield from _own_address(app.config, state.settings.external_url)
        yield from _proxy(app, state.settings.external_url)
        yield from _trusted(app.config, state.settings.external_url)


def _varies(state: AppState, name: str) -> str:
    protocol = state.registrations[name].provider.protocol
    in_path = isinstance(protocol, Posted) and protocol.state_in_path
    return " and, below it, to an address that is new for each sign-in" if in_path else ""


def _register(app: Flask, state: AppState, name: str) -> str:
    """Facebook asks for two more addresses before an app may go live."""
    if state.settings.external_url is None:
        return f"That is a development server's. Set {URL} to see what to register."
    protocol = state.registrations[name].provider.protocol
    also = ""
    if isinstance(protocol, OAuth2) and protocol.proof:
        left, forget = (address(app, external_url(state), one, name=name) for one in ("deauthorise", "data_deletion"))
        also = f" Its deauthorise callback is {left}, its data deletion callback {forget}."
    return f"Register exactly this redirect URI at the provider.{also}"


def _own_address(config: Mapping[str, Any], url: str) -> Iterator[Finding]:
    scheme, host = urlsplit(url).scheme, urlsplit(url).netloc
    if is_loopback(url):
        yield note("external_url_loopback", URL, "is on this machine, so sign-ins work here only.")
    if config.get("PREFERRED_URL_SCHEME") != scheme:
        yield note(
            "preferred_scheme",
            "PREFERRED_URL_SCHEME",
            f"is {config.get('PREFERRED_URL_SCHEME')!r} and the portal {scheme}: addresses made outside a request, as "
            "in a mail, begin wrongly.",
            f'Set it to "{scheme}".',
        )
    yield from _mounted(config, host)


def _mounted(config: Mapping[str, Any], host: str) -> Iterator[Finding]:
    if (server := config.get("SERVER_NAME")) and server != host:
        yield warning(
            "server_name_differs",
            "SERVER_NAME",
            f"is {server!r}, but learners reach {host!r}: addresses made outside a request lead elsewhere.",
            f"Set it to {host!r}, or remove it.",
        )
    if (root := str(config.get("APPLICATION_ROOT"))) != "/":
        yield note(
            "application_root",
            "APPLICATION_ROOT",
            f"is {root!r}, and so part of every address here.",
            f"Have the server mount the app there (SCRIPT_NAME={root.rstrip('/')}), or sign-ins come back to nowhere.",
        )


def proxy_fix(app: Flask) -> ProxyFix | None:
    """The middleware that believes a proxy, if the app has one."""
    part: Any = app.wsgi_app
    for _ in range(DEEPEST):
        if part is None or isinstance(part, ProxyFix):
            return part
        part = getattr(part, "app", None) or getattr(part, "wsgi_app", None)
    return None


def _proxy(app: Flask, url: str) -> Iterator[Finding]:
    fix = proxy_fix(app)
    if is_loopback(url):
        return
    if fix is None:
        yield note(
            "proxy_fix_absent",
            "ProxyFix",
            "is not there. Behind a proxy that ends TLS, requests look like http from the proxy's own address.",
            "Behind a proxy: app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1). Otherwise leave it.",
        )
    elif not fix.x_proto:
        yield warning(
            "proxy_fix_scheme",
            "ProxyFix",
            "does not take the scheme from the proxy: requests look like http, and the host's redirects lead there.",
            "Give it x_proto=1, and have the proxy set X-Forwarded-Proto.",
        )
    else:
        yield note(
            "proxy_fix_present",
            "ProxyFix",
            "believes what a proxy says of a request's scheme, host and sender.",
            "Let nobody reach the app beside the proxy, and have the proxy overwrite the X-Forwarded headers.",
        )


def _trusted(config: Mapping[str, Any], url: str) -> Iterator[Finding]:
    trusted, host = config.get("TRUSTED_HOSTS"), urlsplit(url).netloc
    if trusted and not host_is_trusted(host, trusted):
        yield error(
            "trusted_hosts_exclude",
            "TRUSTED_HOSTS",
            f"does not hold {urlsplit(url).hostname!r}, the portal's own host: every request is refused.",
            "Add it.",
        )
    if not trusted and not is_loopback(url):
        yield warning(
            "trusted_hosts_unset",
            "TRUSTED_HOSTS",
            "is not set: pages are made for whatever Host header a request brings.",
            f"Set it to [{urlsplit(url).hostname!r}].",
        )

"""The pretend providers as one Flask app, with a front page that switches their faults, and the server that runs it."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from contextlib import suppress

from flask import Blueprint, Flask, Response, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.serving import WSGIRequestHandler, make_server

from ..errors import ConfigError, Problem
from .apple import AppleProvider
from .ecpa import EcpaProvider
from .facebook import FacebookProvider
from .issuers import APPLE, GOOGLE, MYEGOV
from .myegov import MyEGovTicketProvider
from .openid import OpenIdProvider
from .provider import Provider, is_loopback, is_loopback_url, plain
from .signing import Keys

_HEADERS = {
    "Cache-Control": "no-store",
    # No form-action: browsers apply it to the redirect that follows the form, and that goes to the portal.
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def create_sandbox(*, keys: Mapping[str, Keys] | None = None) -> Flask:
    """Make the app with all pretend providers. ``keys`` gives each issuer that signs its keys; without it, new ones."""
    app = Flask(__name__, static_url_path="/_static")
    app.config["MAX_CONTENT_LENGTH"] = 64 * 1024
    signing = keys or {issuer.name: Keys.generate() for issuer in (MYEGOV, GOOGLE, APPLE)}
    providers = (
        OpenIdProvider(MYEGOV, signing[MYEGOV.name]),
        MyEGovTicketProvider(),
        EcpaProvider(),
        OpenIdProvider(GOOGLE, signing[GOOGLE.name]),
        FacebookProvider(),
        AppleProvider(signing[APPLE.name]),
    )
    app.register_blueprint(_front_page({provider.issuer.name: provider for provider in providers}))
    for provider in providers:
        app.register_blueprint(provider.blueprint())
    app.before_request(_stay_on_loopback)
    app.after_request(_protect)
    return app


def run(host: str = "127.0.0.1", port: int = 5001) -> None:
    """Serve until interrupted; port 0 picks a free one. Prints its URL when it listens, and how it is used.

    :raises ConfigError: ``host`` is not loopback. Whoever reaches these providers signs in as anybody.
    """
    if not is_loopback(host):
        what = f"{host!r} is not loopback, and whoever reaches the pretend providers may sign in as anybody."
        raise ConfigError([Problem("sandbox host", what, "Use 127.0.0.1, ::1 or localhost.")])
    server = make_server(host, port, create_sandbox(), threaded=True, request_handler=_Quiet)
    url = f"http://{f'[{host}]' if ':' in host else host}:{server.port}"
    print(f"sandbox ready on {url}", flush=True)
    print(f"In the portal: FIRST_LOGIN_PROVIDERS = flask_first_login.sandbox.settings({url!r})", flush=True)
    with suppress(KeyboardInterrupt):
        server.serve_forever()


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing: a test that reads only the ready line must not fill the pipe and hang."""


def _front_page(providers: Mapping[str, Provider]) -> Blueprint:
    """The page with every provider, its people and the switches of its faults, for people; tests switch by JSON.

    ``token`` stands in its forms: no foreign page knows it, so none can switch a fault.
    """
    routes = Blueprint("front", __name__)
    token = secrets.token_urlsafe(16)

    @routes.get("/")
    def show() -> ResponseReturnValue:
        return render_template("front.html", providers=providers.values(), token=token)

    @routes.post("/")
    def switch() -> ResponseReturnValue:
        """Make one provider err, or none when ``fault`` is empty, and show that it does."""
        if not hmac.compare_digest(request.form.get("token", "").encode(), token.encode()):
            return plain("This form is not from this sandbox, or from before its last start. Open the page again.")
        provider = providers.get(request.form.get("provider", ""))
        if provider is None or not provider.err(request.form.get("fault") or None):
            return plain("There is no such fault.")
        return redirect(f"/#{provider.issuer.name}", 303)

    return routes


def _stay_on_loopback() -> None:
    """Refuse other machines behind a server that listens wider, and a foreign name that resolves to this machine."""
    if not (is_loopback(request.remote_addr or "") and is_loopback_url(request.host_url)):
        abort(403)


def _protect(response: Response) -> Response:
    response.headers.update(_HEADERS)
    return response

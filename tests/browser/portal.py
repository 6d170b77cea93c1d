"""The servers that the browser talks to: a portal with everything, one with nothing, and another website."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Flask, Response, render_template_string, request
from werkzeug.serving import WSGIRequestHandler, make_server

from flask_first_login import FirstLogin, sandbox
from flask_first_login.accounts.memory import MemoryAccounts
from flask_first_login.flow import STANDARD
from support.host_portal import accept
from support.learner import Learner

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

PREFIX = "/first-login"
HOME = '<!doctype html><html lang="en"><title>Portal</title><h1>The portal itself</h1>'
ICON = '<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24"><circle cx="12" cy="12" r="11"/></svg>'
ELSEWHERE = '<!doctype html><html lang="en"><title>Elsewhere</title><a href="{{ to }}">Go there</a>'


@dataclass(frozen=True, slots=True)
class Portal:
    """A running portal. ``elsewhere`` is another site, where also every link of the setting leads."""

    app: Flask
    url: str
    elsewhere: str
    providers: str
    links: Mapping[str, str]

    def page(self, path: str) -> str:
        """The address of one of our pages."""
        return f"{self.url}{PREFIX}{path}"

    def cookies_of(self, provider: str, persona: str, *, accepts: bool = False, too: str = "") -> dict[str, str]:
        """The cookies of somebody who has just come back from a provider, and ``accepts`` what it costs.

        ``too`` is another provider, where the same person signed in before.
        """
        learner = Learner.at(self.app)
        if too:
            Learner.at(self.app).sign_in(too, persona)
        answer = learner.sign_in(provider, persona)
        if accepts and answer.headers["Location"].endswith("/acknowledge"):  # asked at the first sign-in only
            accept(learner)
        return learner.cookies()


@contextmanager
def full_portal(providers: str, elsewhere: str, **wishes: object) -> Iterator[Portal]:
    """A portal that has all five providers, every link and an icon on each button; ``wishes`` are settings too."""
    app = Flask("full_portal")
    settings = sandbox.settings(providers)
    links = {name: f"{elsewhere}/{name}" for name in STANDARD.links - {"faq"}}
    links["ecpa_guide"] += ".pdf"
    app.config.update(
        SECRET_KEY="a-secret-of-this-test-and-no-other",
        FIRST_LOGIN_PROVIDERS=settings,
        FIRST_LOGIN_LINKS=links,
        FIRST_LOGIN_ICONS=dict.fromkeys(settings, "/icon.svg"),
    )
    app.config.update(wishes)
    app.add_url_rule("/", "home", lambda: HOME)
    app.add_url_rule("/courses/3", "course", lambda: HOME)
    app.add_url_rule("/icon.svg", "icon", lambda: Response(ICON, mimetype="image/svg+xml"))
    FirstLogin(app, accounts=MemoryAccounts())
    with served(app) as url:
        yield Portal(app, url, elsewhere, providers, links)


@contextmanager
def bare_portal(elsewhere: str) -> Iterator[Portal]:
    """A portal whose operator has set nothing yet."""
    app = Flask("bare_portal")
    FirstLogin(app, accounts=MemoryAccounts())
    with served(app) as url:
        yield Portal(app, url, elsewhere, "", {})


@contextmanager
def another_website() -> Iterator[str]:
    """A site of somebody else's: browsers hold ``localhost`` and ``127.0.0.1`` for two. ``?to=`` sets its one link."""
    app = Flask("elsewhere")
    app.add_url_rule("/<path:_>", "page", lambda _: render_template_string(ELSEWHERE, to=request.args.get("to", "/")))
    with served(app) as url:
        yield url.replace("127.0.0.1", "localhost")


@contextmanager
def served(app: WSGIApplication) -> Iterator[str]:
    """Serve this on loopback; gives the address."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: a failure is told by the test that meets it."""

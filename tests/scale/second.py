"""Pretend providers in this very process, inside TLS: a test may take them away and change their certificate."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import certifi
import pytest
from flask import Response, request
from werkzeug.serving import BaseWSGIServer, make_server

from flask_first_login import sandbox
from flask_first_login.sandbox import create_sandbox
from support.loopback_servers import Authority


class Providers:
    """One port. What is in ``then`` happens once, when the path of its key has been answered."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.then: dict[str, Callable[[], None]] = {}
        self.app = create_sandbox()
        self.app.after_request(self._go_on)
        self._context = context
        self._server = self._listening(0)
        self.url = f"https://localhost:{self._server.port}"

    def settings(self, name: str) -> dict[str, object]:
        """Of a portal that signs in at one of them."""
        return {**sandbox.settings(self.url)[name], "allow_private": True}

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def start(self) -> None:
        self._server = self._listening(self._server.port)

    def show(self, certificate: Path) -> None:
        """Show another certificate from now on; whoever calls connects anew, so it is seen at once."""
        self._context.load_cert_chain(certificate)

    def _listening(self, port: int) -> BaseWSGIServer:
        server = make_server("127.0.0.1", port, self.app, threaded=True, ssl_context=self._context)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server

    def _go_on(self, response: Response) -> Response:
        self.then.pop(request.path, lambda: None)()
        return response


@contextmanager
def trusted(authority: Authority) -> Iterator[None]:
    """This process trusts it, and nobody else."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(certifi, "where", lambda: str(authority.roots))
        patch.setenv("REQUESTS_CA_BUNDLE", str(authority.roots))
        yield

"""A portal for gunicorn whose settings all stand in its environment. Where ``DEAD_PORT`` does too, each host stands
first for an IPv6 address at which nobody ever answers."""

from __future__ import annotations

import os
import socket
from typing import Any

from flask import Flask

from flask_first_login import FirstLogin
from flask_first_login.accounts.memory import MemoryAccounts
from internals import state_of


def portal() -> Flask:
    if "DEAD_PORT" in os.environ:
        _put_a_dead_address_first(int(os.environ["DEAD_PORT"]))
    app = Flask("portal")
    app.config.from_prefixed_env()
    FirstLogin(app, accounts=MemoryAccounts())

    @app.get("/my-hours")
    def hours() -> tuple[str, int]:
        return f"served by {socket.socket.__module__}", 200 if state_of().signed_in() else 403

    return app


def _put_a_dead_address_first(port: int) -> None:
    resolve, sockets = socket.getaddrinfo, (socket.AF_INET6, socket.SOCK_STREAM, 6, "")
    dead = (*sockets, ("::1", port, 0, 0))

    def with_it(host: Any, *rest: Any, **more: Any) -> list[Any]:
        return [dead, *resolve(host, *rest, **more)]

    socket.getaddrinfo = with_it

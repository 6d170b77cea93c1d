"""``python -m example_app``: the portal and its pretend providers on this machine, until Ctrl-C.

The ports are ``PORT`` (5000) and ``SANDBOX_PORT`` (5001) of the environment, or the next free ones. With
``DATABASE_URL`` the portal is kept in that PostgreSQL, otherwise in a SQLite file of the instance folder.

The journal of the sign-ins goes to the file ``SIGN_IN_LOG``; without one into the instance folder, with ``-`` to the
standard error.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy.exc import OperationalError
from werkzeug.serving import WSGIRequestHandler, make_server

from flask_first_login import ConfigError

from . import create_app
from .database import create_all
from .journal import keep_journal

HOST = "127.0.0.1"
TRIES = 100
WELCOME = """
Riverside Learning, a demonstration of the first sign-in

  Portal              {portal}
  Pretend providers   {providers}  (they show their page when you sign in)
  Journal             {journal}  (one line of JSON for each phase of a sign-in)

What to try
  1. Open the portal and press "New members: start here".
  2. Answer the questions, then sign in as one of the made-up people.
  3. Complete a course and look at "My hours".
  4. Sign out, then sign in with Google: see what a social account costs.
  5. See how many hours can be sent, and why the others cannot: {portal}/operator/hours
     It is for operators, and says with which command you become one; `flask` is {flask}

Ctrl-C stops both.
"""


class QuietHandler(WSGIRequestHandler):
    """Logs no request: the address of a provider's answer carries a code that must not be kept."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    with suppress(KeyboardInterrupt), _listen("PORT", 5000) as listening, _providers() as providers:
        app = _portal(providers)
        journal = os.environ.get("SIGN_IN_LOG") or str(Path(app.instance_path, "sign-ins.jsonl"))
        keep_journal(journal)
        port = listening.getsockname()[1]
        fd = listening.fileno()
        server = make_server(HOST, port, app, threaded=True, request_handler=QuietHandler, fd=fd)
        flask = Path(sys.executable).with_name("flask")
        portal = f"http://{HOST}:{port}"
        print(WELCOME.format(portal=portal, providers=providers, journal=journal, flask=flask), flush=True)
        server.serve_forever()
    print("Both have stopped.", flush=True)


def _portal(providers: str) -> Flask:
    """The portal with its tables; it ends here, in one sentence, when its settings or its database are wrong."""
    try:
        app = create_app({"SANDBOX_URL": providers})
        with app.app_context():
            create_all()
    except ConfigError as error:
        raise SystemExit(str(error)) from None
    except OperationalError as error:
        raise SystemExit(f"The database does not answer: {error.orig}") from None
    return app


def _interrupt(*_: Any) -> None:
    raise KeyboardInterrupt


def _listen(variable: str, default: int) -> socket.socket:
    """A socket that listens at the port which the variable names, or the next free one."""
    asked = os.environ.get(variable, str(default))
    if not (asked.isdecimal() and int(asked) <= 65535):
        raise SystemExit(f"{variable} is {asked!r}; it must be a port, such as {default}.")
    for port in range(int(asked), min(int(asked) + TRIES, 65536)):
        with suppress(OSError):
            listening = socket.create_server((HOST, port))
            if port != int(asked):
                print(f"Port {asked} is taken, so {variable} is {port}.", flush=True)
            return listening
    raise SystemExit(f"No port from {asked} on is free. Set {variable} to one that is.")


@contextmanager
def _providers() -> Iterator[str]:
    """The pretend providers in a process of their own; gives their address, and ends them."""
    with _listen("SANDBOX_PORT", 5001) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "flask_first_login.sandbox", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  # our own module
        try:
            ready = process.stdout.readline() if process.stdout else ""
            if not ready:
                raise SystemExit("The pretend providers did not start; what they said stands above.")
            yield ready.split()[-1]
        finally:
            process.terminate()


if __name__ == "__main__":
    main()

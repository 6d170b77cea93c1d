"""The sandbox behind a server that keeps connections open, as the real providers do; on request, inside TLS."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import certifi

from scale.farm import free_port, running
from support.loopback_servers import Authority


@contextmanager
def sandbox_kept_alive(folder: Path | None = None) -> Iterator[str]:
    """All providers; gives their base URL. With a ``folder``, inside TLS, and this process trusts it: by the public
    roots and one more, as many certificates as any relying party loads."""
    with sandbox_server(folder) as (url, _):
        yield url


@contextmanager
def sandbox_server(folder: Path | None = None) -> Iterator[tuple[str, int]]:
    """The same; gives the base URL and the process that began it."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"]
    command += ["--threads", "8", "--keep-alive", "75", "--log-level", "error"]
    if folder is not None:
        _trust(Authority.made_in(folder).roots, folder / "all.pem")
        command += ["--certfile", str(folder / "server.pem"), "--keyfile", str(folder / "server.pem")]
    command.append("flask_first_login.sandbox.app:create_sandbox()")
    with running(command, port) as process:
        yield f"{'http' if folder is None else 'https'}://localhost:{port}", process.pid


def _trust(root: Path, everything: Path) -> None:
    everything.write_bytes(Path(certifi.where()).read_bytes() + root.read_bytes())
    os.environ["REQUESTS_CA_BUNDLE"] = str(everything)
    certifi.where = lambda: str(everything)

"""The sandbox behind a server that keeps connections open, as the real providers do; on request, inside TLS."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import certifi

from loopback import Authority

SECONDS_TO_START = 20.0


@contextmanager
def sandbox_kept_alive(folder: Path | None = None) -> Iterator[str]:
    """One process for all providers; gives its base URL. With a ``folder``, inside TLS, and this process trusts it:
    by the public roots and one more, as many certificates as any relying party loads."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"]
    command += ["--threads", "8", "--keep-alive", "75", "--log-level", "error"]
    if folder is not None:
        _trust(Authority.made_in(folder).roots, folder / "all.pem")
        command += ["--certfile", str(folder / "server.pem"), "--keyfile", str(folder / "server.pem")]
    command.append("flask_first_login.sandbox.app:create_sandbox()")
    with subprocess.Popen(command) as process:
        try:
            _wait_for(port)
            yield f"{'http' if folder is None else 'https'}://localhost:{port}"
        finally:
            process.terminate()


def _trust(root: Path, everything: Path) -> None:
    everything.write_bytes(Path(certifi.where()).read_bytes() + root.read_bytes())
    os.environ["REQUESTS_CA_BUNDLE"] = str(everything)
    certifi.where = lambda: str(everything)


def _wait_for(port: int) -> None:
    until = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise TimeoutError("the sandbox did not start")

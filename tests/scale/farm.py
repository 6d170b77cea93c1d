"""Portals as they are run in production: gunicorn servers behind nginx, one PostgreSQL, and nothing shared but that."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import requests
from cryptography.fernet import Fernet

from scale.meter import children

SECONDS_TO_START = 30.0
SECONDS_TO_STOP = 20.0
NGINX = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/nginx.log warn;
events {{ worker_connections 512; }}
http {{
  access_log off; server_tokens off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  upstream portal {{ {servers} }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://portal; proxy_set_header Host $http_host;
      proxy_connect_timeout 1s; proxy_buffer_size 16k; proxy_buffers 8 16k;
    }}
  }}
}}
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def wait_for(port: int, seconds: float = SECONDS_TO_START) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise TimeoutError(f"nobody listens at port {port}")


@contextmanager
def running(
    command: list[str], port: int, env: Mapping[str, str] | None = None, *, base: Mapping[str, str] = os.environ
) -> Iterator[subprocess.Popen[bytes]]:
    """A server in a process of its own, until it is no longer needed."""
    with subprocess.Popen(command, env={**base, **(env or {})}) as process:
        try:
            wait_for(port)
            yield process
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(SECONDS_TO_STOP)
            process.kill()


@dataclass
class Machine:
    """One gunicorn server of several workers. ``settings`` are the variables of its environment.

    The socket is not the server's, as with a socket unit of systemd: while it restarts, who comes waits.
    """

    settings: dict[str, str]
    workers: int = 2
    listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0), backlog=256))
    process: subprocess.Popen[bytes] | None = None

    @property
    def port(self) -> int:
        return int(self.listener.getsockname()[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        fd = self.listener.fileno()
        command = [sys.executable, "-m", "gunicorn", "--bind", f"fd://{fd}", "--workers", str(self.workers)]
        command += ["--worker-class", "gthread", "--threads", "4", "--graceful-timeout", "15"]
        command += ["--log-level", "error", "example_app:create_app()"]
        self.process = subprocess.Popen(command, env={**os.environ, **self.settings}, pass_fds=[fd])
        requests.get(f"{self.url}/first-login/", timeout=SECONDS_TO_START)

    def stop(self) -> None:
        """As an operator does: what is under way is answered first."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(SECONDS_TO_STOP)

    def restart(self, **settings: str) -> None:
        self.stop()
        self.settings |= settings
        self.start()

    def worker_ids(self) -> list[int]:
        assert self.process is not None
        return children(self.process.pid)


@dataclass
class Farm:
    """The machines behind one address, where nginx (a process) asks them."""

    url: str
    machines: list[Machine]
    nginx: int


def secrets() -> dict[str, str]:
    """What every machine must have the same. Flask-WTF knows no fallback for its key, so it has one of its own: that of
    the sessions may then change while somebody looks at a form."""
    return {
        "FLASK_WTF_CSRF_SECRET_KEY": os.urandom(24).hex(),
        "FLASK_SECRET_KEY": os.urandom(24).hex(),
        "FLASK_FIRST_LOGIN_NATIONAL_ID_KEYS": json.dumps([Fernet.generate_key().decode()]),
        "FLASK_FIRST_LOGIN_NATIONAL_ID_INDEX_KEY": Fernet.generate_key().decode(),
    }


@contextmanager
def farm(folder: Path, database: str, providers: str, *, machines: int = 2, workers: int = 2) -> Iterator[Farm]:
    """Machines that nginx asks in turn, without affinity."""
    port = free_port()
    shared = secrets() | {
        "DATABASE_URL": database,
        "FLASK_SANDBOX_URL": providers,
        "FLASK_FIRST_LOGIN_EXTERNAL_URL": f"http://127.0.0.1:{port}",
    }
    made = []
    for number in range(machines):
        own = folder / f"machine-{number}"
        made.append(Machine(shared | {"FLASK_INSTANCE_PATH": str(own)}, workers))
    init_db(made[0])
    try:
        for machine in made:
            machine.start()
        with nginx(folder, port, made) as process:
            yield Farm(f"http://127.0.0.1:{port}", made, process)
    finally:
        for machine in made:
            if machine.process is not None:
                machine.process.kill()
                machine.process.wait()
            machine.listener.close()


@contextmanager
def one_machine(folder: Path, database: str, providers: str) -> Iterator[Machine]:
    where = {"DATABASE_URL": database, "FLASK_SANDBOX_URL": providers, "FLASK_INSTANCE_PATH": str(folder)}
    machine = Machine(secrets() | where)
    machine.settings["FLASK_FIRST_LOGIN_EXTERNAL_URL"] = machine.url
    init_db(machine)
    machine.start()
    try:
        yield machine
    finally:
        machine.stop()
        machine.listener.close()


def init_db(machine: Machine) -> None:
    run_command(machine, "init-db")


def run_command(machine: Machine, *arguments: str) -> str:
    """A command of the portal, as an operator runs it on this machine."""
    command = [sys.executable, "-m", "flask", "--app", "example_app", *arguments]
    done = subprocess.run(command, env={**os.environ, **machine.settings}, capture_output=True, text=True, check=True)
    return done.stdout


@contextmanager
def nginx(folder: Path, port: int, machines: list[Machine]) -> Iterator[int]:
    path = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert path is not None, "There is no nginx. Run `make test`: it installs what these tests need."
    servers = " ".join(f"server 127.0.0.1:{machine.port} max_fails=0;" for machine in machines)
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, port=port, servers=servers))
    with running([path, "-c", str(config), "-e", str(folder / "nginx.log")], port) as process:
        yield process.pid

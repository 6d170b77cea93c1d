"""Sign-ins at all five providers over TLS, by portals as they are run, on the networks that they are run in."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Literal

import pytest
import urllib3

from flask_first_login import sandbox
from scale.farm import free_port, running
from scale.visitors import Tally, Visitor
from support.loopback_servers import Authority, forwarding, serve

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
PEOPLE = {
    "ecpa": "civil_servant",
    "myegov": "civil_servant",
    "google": "social_user",
    "facebook": "social_user",
    "apple": "social_user",
}
#: Nothing of the machine that runs the tests leads a portal out, and nothing that follows threads meets gevent.
CLEAN = {
    name: value
    for name, value in os.environ.items()
    if not name.upper().endswith("_PROXY") and not name.startswith(("SSL_CERT_", "REQUESTS_", "COV"))
}
PYTHON = {"PYTHONPATH": os.pathsep.join([str(HERE.parent), str(HERE)])}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.made_in(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def providers(authority: Authority) -> Iterator[str]:
    """The pretend providers behind TLS, whose root nobody knows but who is told."""
    port, certificate = free_port(), str(authority.roots.with_name("server.pem"))
    with gunicorn("flask_first_login.sandbox.app:create_sandbox()", port, "gthread", "--certfile", certificate):
        yield f"https://localhost:{port}"


@contextmanager
def gunicorn(app: str, port: int, worker: str, *options: str, **settings: str) -> Iterator[None]:
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--worker-class", worker, *options]
    command += ["--log-level", "error", *(["--threads", "4"] if worker == "gthread" else []), app]
    with running(command, port, {**PYTHON, **settings}, base=CLEAN):
        yield


@contextmanager
def portal(worker: str, registrations: Mapping[str, object], **settings: str) -> Iterator[str]:
    """A portal in a process of its own; gives its address."""
    port = free_port()
    options = ["--preload"] if settings.pop("PRELOAD", None) else []
    settings |= {"FLASK_SECRET_KEY": "a-secret-of-this-test-and-no-other"}
    settings |= {"FLASK_FIRST_LOGIN_PROVIDERS": json.dumps(registrations)}
    with gunicorn("support.networked_portal:portal()", port, worker, *options, **settings):
        yield f"http://127.0.0.1:{port}"


def registrations(at: str, myegov: Literal["oidc", "ticket"], **way: str) -> dict[str, dict[str, object]]:
    """The settings of all five; the sandbox is on this machine, and eCPA's tickets are opened without a call."""
    settings = sandbox.settings(at, myegov=myegov)
    called = {"allow_private": True, **way}
    return {name: {**given, **(called if name != "ecpa" else {})} for name, given in settings.items()}


def signs_everybody_in(at: str, authority: Authority, served_by: str) -> None:
    tally = Tally()
    for provider, persona in PEOPLE.items():
        visitor = Visitor(at, tally)
        visitor.connections = urllib3.PoolManager(retries=False, timeout=30, ca_certs=str(authority.roots))
        assert visitor.sign_in(provider, persona), (provider, tally.lost)
        assert served_by in visitor.ask("GET", f"{at}/my-hours").text
        visitor.connections.clear()


@contextmanager
def hole() -> Iterator[int]:
    """A port of ::1 at which no connection is ever answered: its queue is full."""
    with ExitStack() as stack:
        full = stack.enter_context(socket.create_server(("::1", 0), family=socket.AF_INET6, backlog=0))
        for _ in range(3):
            waiting = stack.enter_context(socket.socket(socket.AF_INET6))
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        yield int(full.getsockname()[1])


@pytest.mark.parametrize(("worker", "served_by"), [("gthread", "by socket"), ("gevent", "by gevent")])
def test_with_a_dead_ipv6_address_first_and_the_portals_roots(
    worker: str, served_by: str, providers: str, authority: Authority
) -> None:
    roots = {"FLASK_FIRST_LOGIN_CA_BUNDLE": str(authority.roots), "PRELOAD": "yes"}
    with hole() as port, portal(worker, registrations(providers, "oidc"), DEAD_PORT=str(port), **roots) as at:
        signs_everybody_in(at, authority, served_by)


def test_by_a_proxy_that_asks_for_a_password_under_gevent(providers: str, authority: Authority) -> None:
    with serve(forwarding("portal:p@ss")) as proxy:
        way = {"FLASK_FIRST_LOGIN_PROXY": f"http://portal:p%40ss@127.0.0.1:{proxy.port}"}
        way |= {"SSL_CERT_FILE": str(authority.roots)}
        with portal("gevent", registrations(providers, "ticket"), **way) as at:
            signs_everybody_in(at, authority, "by gevent")
        assert len(proxy.asked) == 4


def test_by_the_proxy_of_the_environment_with_roots_of_each_provider(providers: str, authority: Authority) -> None:
    with serve(forwarding()) as proxy:
        way = {"HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}", "NO_PROXY": "example.org"}
        with portal("gthread", registrations(providers, "ticket", ca_bundle=str(authority.roots)), **way) as at:
            signs_everybody_in(at, authority, "by socket")
        assert len(proxy.asked) == 4


def test_the_wire_holds_every_deadline_and_refuses_all_that_it_refuses_under_gevent() -> None:
    tests = [f"tests/test_wire{part}.py" for part in ("_connections", "_deadline")]
    command = [sys.executable, "-m", "gevent.monkey", "--module", "pytest", "-q", "-p", "no:cacheprovider", *tests]
    ended = subprocess.run(
        command, cwd=HERE.parent, env=CLEAN | PYTHON, capture_output=True, text=True, timeout=120, check=False
    )
    assert ended.returncode == 0, ended.stdout
    assert re.search(r"\d{2} passed", ended.stdout)

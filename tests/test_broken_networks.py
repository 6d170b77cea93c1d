"""On a network that is broken, the doctor and the log of a sign-in say in plain words what broke, and whose it is."""

from __future__ import annotations

import logging
import socket
import ssl
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from internals import Wire, examine
from support.learner import OWN_VISIT, Learner
from support.loopback_servers import Authority, Peer, Server, Talk, answer, answering, forwarding, serve
from support.pages import portal

pytestmark = pytest.mark.slow

#: Where the provider is, and what else its settings say.
Broken = tuple[str, dict[str, Any]]
Network = Callable[["Machine"], Broken]


class Machine:
    """Servers of one test, which end with it."""

    def __init__(self, stack: ExitStack, authority: Authority, patch: pytest.MonkeyPatch) -> None:
        self._stack, self.authority, self.patch = stack, authority, patch
        self.trusting = {"ca_bundle": str(authority.roots)}

    def served(self, talk: Talk | None = None, context: ssl.SSLContext | None = None) -> Server:
        return self._stack.enter_context(serve(talk or answering(answer(b"{}")), context))

    def tls(self, context: ssl.SSLContext, **rules: Any) -> Broken:
        return self.served(context=context).tls_url, {**self.trusting, **rules}

    def looked_up(self, number: int) -> Broken:
        """Every look-up of a name fails in this way."""
        real = socket.getaddrinfo

        def fail(host: str, *rest: Any, **more: Any) -> Any:
            if host.endswith(".example"):
                raise socket.gaierror(number, "what the resolver says")
            return real(host, *rest, **more)

        self.patch.setattr(socket, "getaddrinfo", fail)
        return "https://login.agency.example/", {}

    def closed(self) -> int:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            return int(listener.getsockname()[1])

    def full(self) -> int:
        """A port where no connection is taken any more, as behind a firewall that drops."""
        listener = self._stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(3):
            waiting = self._stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        return int(listener.getsockname()[1])

    def with_no_roots(self) -> Broken:
        self.patch.setenv("SSL_CERT_FILE", __file__)
        return self.tls(self.authority.server)

    def by(self, proxy: str) -> Broken:
        return "https://login.agency.example/", {"proxy": proxy}


def hangs(peer: Peer) -> None:
    peer.request()
    peer.request()


def breaks_off(peer: Peer) -> None:
    peer.request()


def speaks_http(peer: Peer) -> None:
    peer.link.recv(4096)
    peer.send(answer(b"", status="400 What"))


def resets(peer: Peer) -> None:
    peer.link.recv(4096)
    peer.reset()


def old_tls(machine: Machine) -> Broken:
    context = machine.authority.server_for()
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of what is old, as it is meant to be
        context.maximum_version = ssl.TLSVersion.TLSv1
    return machine.tls(context)


def no_forward_secrecy(machine: Machine) -> Broken:
    context = machine.authority.server_for(of=rsa.generate_private_key(65537, 2048))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AES256-GCM-SHA384")
    return machine.tls(context)


NETWORKS: dict[str, tuple[Network, str, str]] = {
    "no such name": (lambda at: at.looked_up(socket.EAI_NONAME), "DNS: the name is not known", "name servers"),
    "no name server": (lambda at: at.looked_up(socket.EAI_AGAIN), "DNS: no answer", "name servers"),
    "nobody listens": (
        lambda at: (f"http://127.0.0.1:{at.closed()}/", {}),
        "refused: nothing listens at that port", "runs at this port",
    ),
    "filtered": (
        lambda at: (f"http://127.0.0.1:{at.full()}/", {}), "timeout: no address takes a connection", "firewall drops",
    ),
    "hangs": (
        lambda at: (at.served(hangs).url, {}),
        "timeout: no whole answer", "that it runs",
    ),
    "breaks off": (lambda at: (at.served(breaks_off).url, {}), "broken off: no whole answer", ""),
    "another's certificate": (
        lambda at: at.tls(at.authority.server_for("other.example")),
        "certificate: it belongs to another host", "captive",
    ),
    "expired": (
        lambda at: at.tls(at.authority.server_for(lives=(-9, -1))), "certificate: it has expired", "be renewed",
    ),
    "not valid yet": (
        lambda at: at.tls(at.authority.server_for(lives=(1, 9))), "certificate: it is not valid yet", "clock",
    ),
    "unknown root": (
        lambda at: at.tls(at.authority.server, ca_bundle=None),
        "certificate: it comes from a root that is not trusted", "ca_bundle",
    ),
    "roots that are none": (
        lambda at: at.with_no_roots(),
        "certificate: a file of roots", "SSL_CERT_FILE",
    ),
    "TLS 1.0": (old_tls, "TLS: it speaks no TLS 1.2 or newer", "Tell the provider"),
    "no forward secrecy": (no_forward_secrecy, "TLS: it offers no cipher with forward secrecy", "Tell the provider"),
    "no TLS at all": (
        lambda at: (at.served(speaks_http).tls_url, {}),
        "TLS: what answers at that port speaks no TLS", "scheme and port",
    ),
    "handshake broken off": (
        lambda at: (at.served(resets).tls_url, {}), "TLS: it broke the handshake off", "Tell",
    ),
    "proxy that wants to know who we are": (
        lambda at: at.by(f"http://127.0.0.1:{at.served(forwarding('name:word')).port}"),
        "proxy: HTTP 407: it asks for a name and a password", "FIRST_LOGIN_PROXY",
    ),
    "proxy that refuses": (
        lambda at: at.by(f"http://127.0.0.1:{at.served(forwarding(status='403 No')).port}"),
        "proxy: HTTP 403: it does not let us there", "FIRST_LOGIN_PROXY",
    ),
    "proxy that does not run": (
        lambda at: at.by(f"http://name:word@127.0.0.1:{at.closed()}"), "proxy: refused", "FIRST_LOGIN_PROXY",
    ),
    "captive page": (
        lambda at: (at.served(answering(answer(b"<!doctype html><title>Welcome</title>"))).url, {}),
        "a page in place of JSON", "captive",
    ),
    "captive redirect": (
        lambda at: (at.served(answering(answer(b"", "Location: http://here.example/", status="302 Here"))).url, {}),
        "a redirect", "captive",
    ),
    "network that wants a sign-in": (
        lambda at: (at.served(answering(answer(b"", status="511 Sign in"))).url, {}), "HTTP 511", "sign in first",
    ),
    "provider that is down": (
        lambda at: (at.served(answering(answer(b"", status="503 Later"))).url, {}), "HTTP 503", "",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.made_in(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def machine(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    defaults: Any = Wire.__init__.__kwdefaults__
    monkeypatch.setitem(defaults, "deadline", 0.4)
    with ExitStack() as stack:
        yield Machine(stack, authority, monkeypatch)


@pytest.mark.parametrize("name", NETWORKS)
def test_what_broke_is_said_by_the_doctor_and_by_the_log(
    name: str, machine: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    broken, why, fix = NETWORKS[name]
    url, rules = broken(machine)
    texts = {"client_id": "portal", "client_secret": "a-secret-of-ours", "standing": "government", "title": "Agency"}
    app = portal({"agency": {**texts, "issuer": url.rstrip("/"), "allow_private": True, **rules}})
    with caplog.at_level(logging.DEBUG):
        Learner.at(app).get("/first-login/sign-in/agency", headers=OWN_VISIT)
    (line,) = [record.getMessage() for record in caplog.records if "sign-in failed code=" in record.getMessage()]
    assert f"detail={why}" in line
    assert "127.0.0.1" not in line
    (finding,) = [found for found in examine(app) if found.code == "discovery_failed"]
    assert f"/.well-known/openid-configuration: {why}" in finding.what
    assert fix in finding.fix
    assert ("issued by CN=Test root" in finding.what) is (name == "unknown root")
    told = f"{caplog.text}{finding}"
    assert not any(
        hidden in told for hidden in ("a-secret-of-ours", "name:word", "Error", "resolver says", "Traceback")
    )


def test_the_root_behind_a_proxy_is_named_too(machine: Machine) -> None:
    server, proxy = machine.served(context=machine.authority.server), machine.served(forwarding())
    texts = {"client_id": "portal", "client_secret": "secret", "standing": "government", "title": "Agency"}
    way = {"issuer": server.tls_url.rstrip("/"), "proxy": f"127.0.0.1:{proxy.port}", "allow_private": True}
    (finding,) = [found for found in examine(portal({"agency": {**texts, **way}})) if found.code == "discovery_failed"]
    assert "a root that is not trusted (issued by CN=Test root)" in finding.what
    assert not server.asked

"""The way out to the providers: a forward proxy, roots of one's own, and which address of a host is taken."""

from __future__ import annotations

import gc
import logging
import socket
import subprocess
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from internals import AnswerUnusable, Network, ProviderUnreachable, Wire
from support.loopback_servers import Authority, Peer, answer, answering, forwarding, serve, wired

pytestmark = pytest.mark.slow

HONEST = answering(answer(b"{}"))
TESTS = Path(__file__).parent
NAME = "login.agency.example"
WORD = "portal:p@ss wörd/1"
WRITTEN = "portal:p%40ss%20w%C3%B6rd%2F1@"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.made_in(tmp_path_factory.mktemp("authority"))


@pytest.fixture(autouse=True)
def around(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No proxy and no roots stand in the environment but those of the test."""
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    return monkeypatch


def addresses(monkeypatch: pytest.MonkeyPatch, *found: tuple[socket.AddressFamily, Any]) -> None:
    """Every host stands for these."""
    infos = [(family, socket.SOCK_STREAM, 6, "", address) for family, address in found]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: list(infos))


# --- a forward proxy ---


def test_no_log_says_what_a_query_carries(authority: Authority, caplog: pytest.LogCaptureFixture) -> None:
    with serve(HONEST, authority.server) as server, wired(**authority.rules) as wire, caplog.at_level(logging.DEBUG):
        for _ in range(2):
            wire.get(f"{server.tls_url}?a=b", params={"appsecret_proof": "f00d", "fields": "id,name"})
    heads = [asked.split(b"\r\n")[0] for asked in server.asked]
    assert [head.partition(b"?")[2] for head in heads] == [b"a=b&appsecret_proof=f00d&fields=id%2Cname HTTP/1.1"] * 2
    assert b"?" not in b"".join(asked.partition(b"\r\n")[2] for asked in server.asked)
    assert "GET" in caplog.text  # urllib3 tells of the call
    assert "f00d" not in caplog.text


@pytest.mark.parametrize("word", ["", WORD])
def test_a_provider_is_reached_through_a_proxy_that_alone_knows_its_name(authority: Authority, word: str) -> None:
    with serve(HONEST, authority.server_for(NAME)) as server, serve(forwarding(word)) as proxy:
        at = f"http://{WRITTEN if word else ''}127.0.0.1:{proxy.port}"
        with wired(network=Network(at), ca_bundle=authority.roots) as wire:
            for _ in range(2):
                assert wire.get(f"https://{NAME}:{server.port}/a?b=c").status_code == 200
    (tunnel,) = proxy.asked  # one for both calls, and none of their words in it
    assert tunnel.startswith(f"CONNECT {NAME}:{server.port} ".encode())
    assert (b64encode(WORD.encode()) in tunnel) is bool(word)
    assert [asked.split(b"\r\n")[0] for asked in server.asked] == [b"GET /a?b=c HTTP/1.1"] * 2
    assert not any(b"proxy-authorization" in asked.lower() for asked in server.asked)


def test_a_proxy_may_itself_be_reached_by_tls(authority: Authority) -> None:
    with serve(HONEST, authority.server_for(NAME)) as server, serve(forwarding(WORD), authority.server) as proxy:
        network = Network(f"https://{WRITTEN}localhost:{proxy.port}")
        with wired(network=network, ca_bundle=authority.roots) as wire:
            assert wire.get(f"https://{NAME}:{server.port}/").status_code == 200


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_the_proxy_of_the_environment_is_taken_where_none_is_set(
    authority: Authority, around: pytest.MonkeyPatch, variable: str
) -> None:
    with serve(HONEST, authority.server) as server, serve(forwarding()) as proxy, serve(forwarding()) as own:
        around.setenv(variable, f"127.0.0.1:{proxy.port}")
        for proxy_of_its_own, asked in ((None, proxy), (f"http://127.0.0.1:{own.port}", own)):
            with wired(**authority.rules, proxy=proxy_of_its_own) as wire:
                wire.get(server.tls_url)
            assert len(asked.asked) == 1


def test_what_the_environment_excepts_is_called_directly_but_for_a_provider_with_a_proxy_of_its_own(
    authority: Authority, around: pytest.MonkeyPatch
) -> None:
    around.setenv("NO_PROXY", "example.org,localhost")
    with serve(HONEST, authority.server) as server, serve(forwarding()) as proxy:
        at = f"http://127.0.0.1:{proxy.port}"
        for proxy_of_its_own, through in ((None, 0), (at, 1)):
            with wired(network=Network(at), **authority.rules, proxy=proxy_of_its_own) as wire:
                wire.get(server.tls_url)
            assert len(proxy.asked) == through


def test_plain_http_on_this_machine_goes_through_no_proxy(around: pytest.MonkeyPatch) -> None:
    around.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with serve(HONEST) as server, wired(network=Network("http://127.0.0.1:9"), proxy="http://127.0.0.1:9") as wire:
        assert wire.get(server.url).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "10.0.0.1",
        "169.254.169.254",
        "127.0.0.1",
        "[::1]",
        "[::ffff:10.0.0.1]",
        "localhost",
        "2130706433",
        "0x7f.1",
        "127.1.",
        "127\u30020\u30020\u30021",  # a resolver reads these as 127.0.0.1
        "127.0.0.\uff11",
        "\uff4cocalhost",
        "localhost.",
        "a.localhost",
    ],
)
def test_an_inner_address_is_asked_of_no_proxy_unless_the_portal_allows_it(host: str) -> None:
    with serve(forwarding(status="502 No")) as proxy:
        network = Network(f"http://127.0.0.1:{proxy.port}")
        with wired(network=network) as wire, pytest.raises(AnswerUnusable, match="address that may be called"):
            wire.get(f"https://{host}/")
        assert not proxy.asked
        with (
            wired(network=network, allow_private=True) as wire,
            pytest.raises(ProviderUnreachable, match="proxy: HTTP 502"),
        ):
            wire.get(f"https://{host}/")


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (answer(b"", status="407 Who"), "proxy: HTTP 407: it asks for a name and a password"),
        (answer(b"", status="403 No"), "proxy: HTTP 403: it does not let us there"),
        (answer(b"", "Location: https://evil.example/", status="302 There"), "proxy: HTTP 302"),
        (b"SSH-2.0-OpenSSH\r\n", "proxy: it answers as no proxy does"),
        (b"", "proxy: it answers as no proxy does"),
        (b"HTTP/1.1 200 OK\r\n" + b"X-Much: of it\r\n" * 50_000, "proxy: "),
        (b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "TLS: it broke the handshake off"),
    ],
)
def test_a_proxy_that_gives_no_tunnel_is_named_and_its_words_are_not(
    reply: bytes, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    def talk(peer: Peer) -> None:
        peer.request()
        peer.send(reply)

    with serve(talk) as proxy:
        network = Network(f"http://{WRITTEN}127.0.0.1:{proxy.port}")
        with wired(network=network) as wire, pytest.raises(ProviderUnreachable) as refused:
            wire.post(f"https://{NAME}/token", {"code": "x"})
    assert str(refused.value).startswith(why)
    told = f"{refused.value!r} {caplog.text} {network!r} {wire!r}"
    assert not any(word in told for word in ("p%40ss", "p@ss", b64encode(WORD.encode()).decode(), "evil", "OpenSSH"))


def test_a_proxy_that_nobody_runs_or_that_is_none_is_named(around: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    for at, why in ((f"http://127.0.0.1:{port}", "proxy: refused"), ("socks5://127.0.0.1:1", "proxy: the address")):
        around.setenv("HTTPS_PROXY", at)
        with wired() as wire, pytest.raises(ProviderUnreachable, match=why):
            wire.get(f"https://{NAME}/")


def test_a_proxy_that_drips_is_given_up_at_the_deadline() -> None:
    def talk(peer: Peer) -> None:
        peer.request()
        peer.drip(b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 500)

    with serve(talk) as proxy, wired(network=Network(f"http://127.0.0.1:{proxy.port}"), deadline=0.6) as wire:
        began = time.monotonic()
        with pytest.raises(ProviderUnreachable, match="proxy"):
            wire.get(f"https://{NAME}/")
        assert time.monotonic() - began < 2.6


# --- roots ---


def test_roots_are_added_to_the_public_ones_by_the_portal_and_by_a_provider_for_itself(authority: Authority) -> None:
    network, portal = Network(), Network(ca_bundle=authority.roots)
    public = network.context().cert_store_stats()["x509_ca"]
    assert public > 50
    assert network.context(authority.roots).cert_store_stats()["x509_ca"] == public + 1
    assert network.context().cert_store_stats()["x509_ca"] == public  # another provider's are not touched
    assert portal.context().cert_store_stats()["x509_ca"] == public + 1


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_the_roots_of_the_environment_are_taken_where_none_are_set(
    authority: Authority, around: pytest.MonkeyPatch, variable: str
) -> None:
    around.setenv(variable, str(authority.roots))
    with serve(HONEST, authority.server) as server, wired(allow_private=True) as wire:
        assert wire.get(server.tls_url).status_code == 200


def test_roots_that_are_not_there_count_for_nothing_and_those_that_are_none_are_named(
    around: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    around.setenv("SSL_CERT_FILE", str(tmp_path / "nothing.pem"))
    assert Network().context().cert_store_stats()["x509_ca"] > 50
    (tmp_path / "words.pem").write_text("no certificate")
    around.setenv("SSL_CERT_FILE", str(tmp_path / "words.pem"))
    with wired() as wire, pytest.raises(AnswerUnusable, match="certificate: a file of roots"):
        wire.get(f"https://{NAME}/")


# --- which address ---


@pytest.fixture
def hole() -> Iterator[Any]:
    """An address where a connection is never answered: a listener whose queue is full."""
    with socket.create_server(("127.0.0.2", 0), backlog=0) as full:
        waiting = [socket.socket() for _ in range(3)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(full.getsockname())
        yield full.getsockname()
        for each in waiting:
            each.close()


def test_a_dead_address_costs_a_moment_and_families_alternate(monkeypatch: pytest.MonkeyPatch, hole: Any) -> None:
    """Three dead addresses of one family stand before the good one of another: it is begun as the second."""
    with serve(HONEST) as server, wired() as wire:
        dead = [(socket.AF_INET, hole)] * 3
        if socket.has_ipv6:
            six = socket.socket(socket.AF_INET6)
            six.bind(("::1", 0))
            six.listen()
            threading.Thread(target=_answer_once, args=(six,)).start()
            addresses(monkeypatch, *dead, (socket.AF_INET6, six.getsockname()))
        else:
            addresses(monkeypatch, dead[0], (socket.AF_INET, ("127.0.0.1", server.port)))
        began = time.monotonic()
        assert wire.get(f"http://localhost:{server.port}/").status_code == 200
        assert time.monotonic() - began < 0.7  # the fourth of them would be begun after 0.75 s


def _answer_once(listener: socket.socket) -> None:
    link, _ = listener.accept()
    link.recv(65536)
    link.sendall(answer(b"{}"))
    link.close()
    listener.close()


def test_an_address_that_refuses_gives_way_at_once_and_a_family_that_is_not_there_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        closed = listening.getsockname()
    with serve(HONEST) as server, wired() as wire:
        foreign = (socket.AF_UNIX, "/nobody/is/here") if hasattr(socket, "AF_UNIX") else (socket.AF_INET, closed)
        good = (socket.AF_INET, ("127.0.0.1", server.port))
        monkeypatch.setattr("flask_first_login.providers.connections.is_admitted", lambda *_, **__: True)
        addresses(monkeypatch, foreign, *[(socket.AF_INET, closed)] * 6, good)
        began = time.monotonic()
        assert wire.get("http://localhost/").status_code == 200
        assert time.monotonic() - began < 1  # if each of them had to be waited for: 1.75 s


def test_of_addresses_that_all_fail_the_fault_is_named(monkeypatch: pytest.MonkeyPatch, hole: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        closed = listening.getsockname()
    for found, why in (([closed, closed], "refused"), ([hole], "timeout"), ([], "address that may be called")):
        addresses(monkeypatch, *[(socket.AF_INET, each) for each in found])
        with wired(deadline=0.8) as wire, pytest.raises((ProviderUnreachable, AnswerUnusable), match=why):
            wire.get("http://localhost/")


def test_an_inner_address_beside_a_public_one_is_never_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(HONEST) as inner, wired(deadline=2) as wire:
        addresses(monkeypatch, (socket.AF_INET, ("127.0.0.1", inner.port)), (socket.AF_INET, ("192.0.2.1", 443)))
        with pytest.raises(AnswerUnusable, match="address"):
            wire.get(f"https://{NAME}/")
        assert inner.accepted == 0


def test_look_ups_that_hang_hold_few_threads_and_an_app_that_is_gone_holds_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answered, real = threading.Event(), socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answered.wait(5) and [])
    before, wire = threading.active_count(), Wire(Network(), deadline=0.2)
    wire._network.context()  # which takes its time
    for _ in range(12):
        with pytest.raises(ProviderUnreachable, match="DNS: no answer in time"):
            wire.get(f"https://{NAME}/")
    assert threading.active_count() <= before + 4
    answered.set()
    monkeypatch.setattr(socket, "getaddrinfo", real)
    with serve(HONEST) as server:
        assert Wire(wire._network).get(server.url).status_code == 200
    del wire
    gc.collect()
    ends = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < ends:
        time.sleep(0.01)
    assert threading.active_count() <= before


def test_a_thread_that_cannot_begin_costs_one_look_up_and_none_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network()
    with serve(HONEST) as server:
        with monkeypatch.context() as patched, wired(network=network, deadline=0.3) as wire:
            patched.setattr(threading.Thread, "start", lambda _: (_ for _ in ()).throw(RuntimeError))
            for _ in range(5):
                with pytest.raises(ProviderUnreachable, match="DNS: no answer in time"):
                    wire.get(server.url)
        with wired(network=network) as wire:
            assert wire.get(server.url).status_code == 200


def test_a_process_that_ends_waits_for_no_look_up() -> None:
    code = (
        "import socket, time; from internals import Network, Wire\n"
        "socket.getaddrinfo = lambda *_, **__: time.sleep(20)\n"
        "try: Wire(Network(), deadline=1).get('https://login.agency.example/')\n"
        "except OSError as error: print(error)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=15, check=True, cwd=TESTS)
    assert ended.stdout == b"DNS: no answer in time\n"


def test_a_name_server_that_hangs_for_one_provider_keeps_no_other_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    answered, real = threading.Event(), socket.getaddrinfo

    def look_up(host: str, *rest: Any, **more: Any) -> Any:
        return answered.wait(5) and [] if host == NAME else real(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    network = Network()
    with serve(HONEST) as server, wired(network) as hanging, wired(network) as wire, ThreadPoolExecutor(9) as pool:
        waiting = [pool.submit(hanging.get, f"https://{NAME}/") for _ in range(8)]
        time.sleep(0.2)
        began = time.monotonic()
        assert wire.get(f"http://localhost:{server.port}/").status_code == 200
        assert time.monotonic() - began < 1
        answered.set()
        assert all("address" in str(each.exception()) for each in waiting)


def test_a_host_of_many_addresses_has_few_of_them_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    class Closed(socket.socket):
        def connect_ex(self, address: Any) -> int:
            tried.append(address)
            return 111

    monkeypatch.setattr(socket, "socket", Closed)
    addresses(monkeypatch, *[(socket.AF_INET, ("127.0.0.1", port)) for port in range(1, 500)])
    with wired() as wire, pytest.raises(ProviderUnreachable):
        wire.get("http://localhost/")
    assert len(tried) == 8

"""A provider that drips, hangs or is not there costs a call its deadline and no more."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from flask_first_login import SignInError
from internals import ProviderUnreachable, Start, client_for, http_client, register
from support.loopback_servers import Authority, Peer, Talk, answer, serve, wired

pytestmark = pytest.mark.slow

DEADLINE = 0.3
ROOM = 2.0  # for a busy machine


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.made_in(tmp_path_factory.mktemp("authority"))


@contextmanager
def ends_at_the_deadline(match: str = ".") -> Iterator[None]:
    began = time.monotonic()
    with pytest.raises(ProviderUnreachable, match=match):
        yield
    assert DEADLINE <= time.monotonic() - began < DEADLINE + ROOM


def drips_headers(peer: Peer) -> None:
    peer.request()
    peer.drip(b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 500)


def drips_the_body(peer: Peer) -> None:
    peer.request()
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")
    peer.drip(b" " * 500)


def drips_chunks(peer: Peer) -> None:
    peer.request()
    peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    peer.drip(b"1\r\n \r\n" * 100)


def drips_a_handshake(peer: Peer) -> None:
    peer.link.recv(4096)
    peer.drip(b"\x16\x03\x03\x10\x00" + b"\0" * 500)


def drips_at_the_second_request(peer: Peer) -> None:
    peer.request()
    peer.send(answer(b"{}"))
    drips_headers(peer)


def breaks_late(peer: Peer) -> None:
    peer.request()
    peer.send(answer(b"{}"))
    peer.request()
    time.sleep(DEADLINE / 2)
    peer.reset()


def says_nothing(peer: Peer) -> None:
    peer.request()
    peer.request()


@pytest.mark.parametrize("talk", [drips_headers, drips_the_body, drips_chunks, says_nothing])
def test_a_provider_that_drips_or_hangs_is_given_up_at_the_deadline(talk: Talk) -> None:
    with serve(talk) as server, wired(deadline=DEADLINE) as wire, ends_at_the_deadline():
        wire.get(server.url)


@pytest.mark.parametrize("talk", [drips_headers, drips_the_body, drips_chunks, says_nothing])
def test_so_is_one_that_does_it_inside_tls(authority: Authority, talk: Talk) -> None:
    with (
        serve(talk, authority.server) as server,
        wired(deadline=DEADLINE, **authority.rules) as wire,
        ends_at_the_deadline(),
    ):
        wire.get(server.tls_url)


def test_so_is_one_that_drips_its_handshake(authority: Authority) -> None:
    with (
        serve(drips_a_handshake) as server,
        wired(deadline=DEADLINE, **authority.rules) as wire,
        ends_at_the_deadline(),
    ):
        wire.get(server.tls_url)


@pytest.mark.parametrize("pause", [0, DEADLINE])
def test_so_is_a_drip_on_a_kept_connection_whose_idle_time_does_not_count(pause: float) -> None:
    with serve(drips_at_the_second_request) as server, wired(deadline=DEADLINE) as wire:
        wire.get(server.url)
        time.sleep(pause)
        with ends_at_the_deadline():
            wire.get(server.url)
        assert server.accepted == 1


def test_a_second_attempt_has_what_the_first_left_of_the_deadline() -> None:
    def talk(peer: Peer) -> None:
        (breaks_late, drips_headers)[min(peer.number, 1)](peer)

    with serve(talk) as server, wired(deadline=DEADLINE) as wire:
        wire.get(server.url)
        with ends_at_the_deadline():
            wire.get(server.url)
        assert server.accepted == 2


def test_a_port_that_takes_no_more_connections_is_given_up_at_the_deadline() -> None:
    with (
        socket.create_server(("127.0.0.1", 0), backlog=0) as full,
        socket.socket() as one,
        socket.socket() as other,
        wired(deadline=DEADLINE) as wire,
    ):
        for filler in (one, other):
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        with ends_at_the_deadline("timeout"):
            wire.get(f"http://127.0.0.1:{full.getsockname()[1]}/")


def test_a_name_that_is_looked_up_for_ever_is_given_up_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answered.wait(5) and [])
    with wired(deadline=DEADLINE) as wire, ends_at_the_deadline("DNS"):
        wire.get("https://login.example.tw/")
    answered.set()


def test_calls_to_a_busy_provider_wait_for_one_of_few_connections() -> None:
    def slow(peer: Peer) -> None:
        while peer.request():
            time.sleep(0.05)
            peer.send(answer(b"{}"))

    with serve(slow) as server, wired(pool_maxsize=2) as wire, ThreadPoolExecutor(4) as pool:
        assert {one.status_code for one in pool.map(lambda _: wire.get(server.url), range(8))} == {200}
        assert server.accepted == 2


def test_they_wait_no_longer_than_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(says_nothing) as server, wired(deadline=1.0, pool_maxsize=1) as wire, ThreadPoolExecutor(1) as pool:
        busy = pool.submit(wire.get, server.url)
        while not server.asked:
            time.sleep(0.01)
        monkeypatch.setattr(wire, "_deadline", DEADLINE)
        with ends_at_the_deadline():
            wire.get(server.url)
        assert not busy.done()
        assert isinstance(busy.exception(), ProviderUnreachable)


def test_a_provider_that_answers_every_call_late_costs_a_sign_in_no_more_than_one_that_answers_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Four calls of a first sign-in, each within its own deadline; together they are not within that of the step."""

    def late(peer: Peer) -> None:
        while asked := peer.request():
            time.sleep(0.4)
            at = f"http://127.0.0.1:{server.port}"
            known = {"issuer": at, "authorization_endpoint": f"{at}/a", "token_endpoint": f"{at}/t"}
            token = {"access_token": "a", "token_type": "Bearer", "id_token": "a.b.c"}
            document = token if asked.startswith(b"POST") else {**known, "jwks_uri": f"{at}/k"}
            peer.send(answer(json.dumps(document).encode()))

    monkeypatch.setattr(http_client, "STEP_SECONDS", 0.6)
    with serve(late) as server:
        gov = {"issuer": server.url.rstrip("/"), "client_id": "a", "client_secret": "b", "standing": "government"}
        made, problems = register({"gov": {**gov, "title": {"en": "Agency", "zh": "機關"}}})
        assert problems == []
        client, start = client_for(made["gov"]), Start("https://a.example/back", "state", "nonce", "v" * 43)
        began = time.monotonic()
        with pytest.raises(SignInError) as caught:
            client.complete({"code": "a-code"}, start)
        assert time.monotonic() - began < 2
    assert caught.value.code == "provider_down"

"""The connections to a provider: kept, sent on at most once, and opened only to where a call may go."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from internals import AnswerUnusable, Network, ProviderUnreachable, connections
from support.loopback_servers import Authority, Peer, answer, answering, serve, wired

HONEST = answering(answer(b"{}"))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.made_in(tmp_path_factory.mktemp("authority"))


def is_gone_at_the_second_request(peer: Peer) -> None:
    """What a kept connection meets when the provider closes it while our request is on its way."""
    peer.request()
    peer.send(answer(b'{"connection": %d}' % peer.number))
    peer.request()
    peer.reset()


def answers_once(peer: Peer) -> None:
    peer.request()
    peer.send(answer(b"{}"))


def goes_away(peer: Peer) -> None:
    peer.request()


def resolve(monkeypatch: pytest.MonkeyPatch, *found: tuple[str, int]) -> None:
    """Every host stands for these addresses, once: a second look-up finds nothing."""
    answers = [[(socket.AF_INET, socket.SOCK_STREAM, 6, "", one) for one in found]]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers.pop() if answers else [])


# --- kept ---


def test_two_hundred_calls_of_eight_threads_share_eight_connections() -> None:
    with serve(HONEST) as server, wired() as wire, ThreadPoolExecutor(8) as pool:
        assert {one.status_code for one in pool.map(lambda _: wire.get(server.url), range(200))} == {200}
        assert len(server.asked) == 200
        assert server.accepted <= 8


def test_so_they_do_inside_tls(authority: Authority) -> None:
    with (
        serve(HONEST, authority.server) as server,
        wired(**authority.rules) as wire,
        ThreadPoolExecutor(8) as pool,
    ):
        assert {one.status_code for one in pool.map(lambda _: wire.get(server.tls_url), range(200))} == {200}
        assert len(server.asked) == 200
        assert server.accepted <= 8


def test_a_get_that_meets_a_broken_kept_connection_is_sent_once_more_on_a_new_one() -> None:
    with serve(is_gone_at_the_second_request) as server, wired() as wire:
        assert [wire.get(server.url).json()["connection"] for _ in range(2)] == [0, 1]
        assert len(server.asked) == 3


def test_the_new_one_is_new_although_others_are_kept() -> None:
    all_three = threading.Barrier(3)

    def talk(peer: Peer) -> None:
        peer.number < 3 and all_three.wait(5)
        is_gone_at_the_second_request(peer)

    with serve(talk) as server, wired() as wire, ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: wire.get(server.url), range(3)))
        assert wire.get(server.url).json()["connection"] == 3


def test_a_get_that_breaks_on_a_new_connection_is_not_sent_again() -> None:
    with serve(goes_away) as server, wired() as wire:
        with pytest.raises(ProviderUnreachable, match="broken off"):
            wire.get(server.url)
        assert len(server.asked) == 1


def test_a_token_request_is_never_sent_twice() -> None:
    with serve(is_gone_at_the_second_request) as server, wired() as wire:
        wire.get(server.url)
        with pytest.raises(ProviderUnreachable):
            wire.post(server.url, data={"code": "x"})
        assert [asked.split()[0] for asked in server.asked] == [b"GET", b"POST"]


def test_a_token_request_takes_a_new_connection_when_the_kept_one_was_closed_meanwhile() -> None:
    with serve(answers_once) as server, wired() as wire:
        wire.get(server.url)
        time.sleep(0.05)
        assert wire.post(server.url, data={"code": "x"}).status_code == 200
        assert server.accepted == 2


def test_the_rest_of_a_refused_answer_never_becomes_the_next_answer() -> None:
    def talk(peer: Peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 307 Temporary Redirect\r\nLocation: /\r\nContent-Length: 500\r\n\r\n")
        peer.request()
        peer.send(answer(b'{"sub": "somebody else"}'))

    with serve(talk) as server, wired() as wire:
        for _ in range(2):
            with pytest.raises(AnswerUnusable):
                wire.get(server.url)
        assert server.accepted == 2


def test_a_connection_that_was_silent_for_long_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "IDLE_SECONDS", 0.05)
    with serve(HONEST) as server, wired() as wire:
        wire.get(server.url)
        time.sleep(0.1)
        wire.get(server.url)
        assert server.accepted == 2


def test_a_connection_on_which_something_came_unasked_is_not_used_again() -> None:
    def talk(peer: Peer) -> None:
        peer.request()
        peer.send(answer(b'{"sub": "me"}') + answer(b'{"sub": "somebody else"}'))
        peer.request()

    with serve(talk) as server, wired() as wire:
        assert [wire.get(server.url).json() for _ in range(2)] == [{"sub": "me"}] * 2
        assert server.accepted == 2


def test_of_the_hosts_of_a_provider_those_that_were_called_last_keep_their_connections() -> None:
    with ExitStack() as stack, wired(pool_connections=2) as wire:
        one, other, third = (stack.enter_context(serve(HONEST)) for _ in range(3))
        for server in (one, other, one, third, one, other):
            wire.get(server.url)
        assert [server.accepted for server in (one, other, third)] == [1, 2, 1]


def test_a_wire_that_is_closed_ends_its_connections_and_opens_others_when_it_is_asked_again() -> None:
    with serve(HONEST) as server, wired() as wire:
        for _ in range(2):
            wire.get(server.url)
            wire.close()
        assert server.accepted == 2


def test_a_cookie_of_a_provider_is_never_sent_back() -> None:
    with serve(answering(answer(b"{}", "Set-Cookie: who=a-learner; Path=/"))) as server, wired() as wire:
        wire.get(server.url)
        wire.get(server.url)
        assert not any(b"a-learner" in asked for asked in server.asked)


# --- where they go ---


def test_a_certificate_of_an_unknown_authority_is_refused(authority: Authority) -> None:
    with serve(HONEST, authority.server) as server, wired(allow_private=True) as wire:
        with pytest.raises(AnswerUnusable, match="certificate"):
            wire.get(server.tls_url)
        assert not server.asked


@pytest.mark.parametrize("rule", ["verify", "timeout", "proxies", "allow_redirects", "cert"])
def test_no_caller_can_ask_for_other_rules(rule: str) -> None:
    with serve(HONEST) as server, wired() as wire:
        with pytest.raises(TypeError):
            wire.get(server.url, **{rule: None})
        with pytest.raises(TypeError):
            wire.post(server.url, {}, **{rule: None})
        assert not server.asked


def test_a_certificate_for_another_name_is_refused(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(HONEST, authority.server) as server, wired(**authority.rules) as wire:
        resolve(monkeypatch, ("127.0.0.1", server.port))
        with pytest.raises(AnswerUnusable, match="certificate"):
            wire.get("https://login.example.tw/")
        assert not server.asked


def test_a_host_on_an_inner_network_is_not_called(authority: Authority) -> None:
    with serve(HONEST, authority.server) as server, wired(ca_bundle=authority.roots) as wire:
        with pytest.raises(AnswerUnusable, match="address"):
            wire.get(server.tls_url)
        assert server.accepted == 0


def test_a_host_on_an_inner_network_is_called_where_the_portal_allows_it(authority: Authority) -> None:
    with serve(HONEST, authority.server) as server, wired(**authority.rules) as wire:
        assert wire.get(server.tls_url).status_code == 200


def test_plain_http_never_leaves_this_machine_whatever_its_name_stands_for(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve(monkeypatch, ("10.0.0.1", 80))
    with wired(allow_private=True) as wire, pytest.raises(AnswerUnusable, match="address"):
        wire.get("http://localhost/")


def test_the_address_that_was_judged_is_the_one_that_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(HONEST) as server, wired() as wire:
        resolve(monkeypatch, ("127.0.0.1", server.port))
        assert wire.get("http://localhost/").status_code == 200


def test_a_dead_address_of_a_host_leaves_time_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        dead = closed.getsockname()
    with serve(HONEST) as server, wired() as wire:
        resolve(monkeypatch, dead, ("127.0.0.1", server.port))
        assert wire.get("http://localhost/").status_code == 200


def test_a_url_that_is_not_safe_is_not_called() -> None:
    with wired() as wire, pytest.raises(AnswerUnusable, match="URL"):
        wire.get("http://login.example.tw/")


def test_proxies_and_passwords_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with serve(HONEST) as server, wired() as wire:
        wire.get(server.url)
        assert len(server.asked) == 1
        assert b"authorization" not in server.asked[0].lower()


@pytest.mark.slow
def test_an_app_has_one_context_that_verifies_against_the_public_roots_with_tls_1_2_at_least() -> None:
    network = Network()
    with ThreadPoolExecutor(8) as pool:
        contexts = set(pool.map(lambda _: network.context(), range(8)))
    assert len(contexts) == 1
    context = contexts.pop()
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.cert_store_stats()["x509_ca"] > 50

"""What is read of a provider's answer, and what a failed call means."""

from __future__ import annotations

import gzip
import json
import logging
import socket
import ssl
import tracemalloc
import zlib

import pytest

from flask_first_login import SignInError
from internals import LARGEST_ANSWER, AnswerUnusable, ProviderUnreachable, failure, get_json
from support.loopback_servers import Peer, Talk, answer, answering, serve, wired


def goes_away(peer: Peer) -> None:
    peer.request()


def breaks_off(peer: Peer) -> None:
    peer.request()
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{}")


def breaks_off_between_chunks(peer: Peer) -> None:
    peer.request()
    peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n")


def once(content: bytes) -> Talk:
    def talk(peer: Peer) -> None:
        peer.request()
        peer.send(content)

    return talk


@pytest.mark.parametrize(
    "content",
    [
        answer(b'{"a": 1}'),
        answer(gzip.compress(b'{"a": 1}', mtime=0), "Content-Encoding: gzip"),
        answer(b'{"a": 1}', "Content-Encoding: identity"),
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{"a": 1}\r\n0\r\n\r\n',
        b'HTTP/1.0 200 OK\r\n\r\n{"a": 1}',
        b'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{"a": 1}',
        answer(b'{"a": 1}' + b" " * (LARGEST_ANSWER - 8)),
    ],
)
def test_an_honest_answer_is_read_whole_however_it_is_sent(content: bytes) -> None:
    with serve(once(content)) as server, wired() as wire:
        assert get_json(wire, server.url, provider="p", phase="x") == {"a": 1}
        assert b"accept-encoding: identity\r\n" in server.asked[0].lower()


@pytest.mark.parametrize(
    "talk",
    [
        pytest.param(answering(answer(b" " * (LARGEST_ANSWER + 1))), id="a body that is too large"),
        pytest.param(once(b"HTTP/1.1 200 OK\r\n\r\n" + b" " * (LARGEST_ANSWER + 1)), id="one that does not say so"),
        pytest.param(
            answering(answer(gzip.compress(b" " * 100_000_000), "Content-Encoding: gzip")), id="one that unpacks to it"
        ),
        pytest.param(
            answering(answer(zlib.compress(b" " * (LARGEST_ANSWER + 1)), "Content-Encoding: deflate")), id="a little"
        ),
        pytest.param(answering(answer(b"{}", "Content-Encoding: gzip")), id="a body that is not packed as it says"),
        pytest.param(
            answering(answer(gzip.compress(b'{"a": 1}', mtime=0)[:-4], "Content-Encoding: gzip")),
            id="a packed body that breaks off",
        ),
        pytest.param(
            answering(answer(gzip.compress(b" " * 131_000, compresslevel=0) + b" " * 50_000, "Content-Encoding: gzip")),
            id="a packed body with more behind it",
        ),
        pytest.param(answering(b"HTTP/1.1 103 Early Hints\r\n\r\n" + answer(b"{}")), id="one that comes in two parts"),
        pytest.param(answering(answer(b"{}", "Content-Encoding: br")), id="a packing that was not asked for"),
        pytest.param(answering(b"HTTP/1.1 100 Continue\r\n\r\n" * 20_000), id="provisional answers without end"),
        pytest.param(answering(answer(b"{}", *(f"X-{n}: a" for n in range(200)))), id="too many headers"),
        pytest.param(answering(answer(b"{}", "X: " + "a" * 70_000)), id="a header that is too long"),
        pytest.param(
            answering(answer(b"{}", *(f"X-{n}: {'a' * 60_000}" for n in range(5)))), id="headers too long together"
        ),
        pytest.param(answering(b"220 mail.example.tw ESMTP\r\n"), id="another protocol"),
        pytest.param(
            once(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"a" * 70_000), id="a chunk without a size"
        ),
        pytest.param(answering(answer(b"", "Location: /x", status="307 Temporary Redirect")), id="a redirect"),
        pytest.param(answering(answer(b"{}", status="300 Multiple Choices")), id="a choice"),
    ],
)
def test_an_answer_that_we_do_not_take_is_refused_and_its_place_in_the_pool_is_free_again(talk: Talk) -> None:
    with serve(talk) as server, wired(pool_maxsize=1) as wire:
        for _ in range(3):
            with pytest.raises(AnswerUnusable):
                wire.post(server.url, data={"code": "x"})
        assert [asked.split()[:2] for asked in server.asked] == [[b"POST", b"/"]] * 3


@pytest.mark.parametrize(
    ("talk", "code"),
    [
        (goes_away, "provider_down"),
        (breaks_off, "provider_down"),
        (breaks_off_between_chunks, "provider_down"),
        (answering(answer(b"{}", status="500 No")), "provider_down"),
        (answering(answer(b"{}", status="503 Later")), "provider_down"),
        (answering(answer(b"{}", status="429 Slower")), "provider_down"),
        (answering(answer(b"{}", status="404 Nothing")), "provider_error"),
        (answering(answer(b"", status="204 Nothing")), "provider_error"),
        (answering(answer(b"{}", "Location: /", status="302 Found")), "provider_error"),
        (answering(answer(b" " * (LARGEST_ANSWER + 1))), "provider_error"),
        (answering(b"220 mail\r\n"), "provider_error"),
        (answering(answer(b"<html>")), "provider_error"),
        (answering(answer(b"[]")), "provider_error"),
        (answering(answer(b"")), "provider_error"),
        (answering(answer(b"\xff\xfe\xff")), "provider_error"),
        (answering(answer(b"[" * 50_000)), "provider_error"),
        (answering(answer(b'{"a": ' + b"9" * 5_000 + b"}")), "provider_error"),
    ],
)
def test_no_whole_answer_is_an_outage_and_one_of_no_use_is_an_error(talk: Talk, code: str) -> None:
    with serve(talk) as server, wired() as wire, pytest.raises(SignInError) as refused:
        get_json(wire, server.url, provider="p", phase="userinfo")
    assert (refused.value.code, refused.value.provider, refused.value.phase) == (code, "p", "userinfo")


@pytest.mark.parametrize("head", [b"Content-Length: 99999999999", b"Transfer-Encoding: chunked\r\n\r\nfffffffff"])
def test_what_an_answer_says_of_its_size_takes_no_memory(head: bytes) -> None:
    with serve(once(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n{}")) as server, wired() as wire:
        tracemalloc.start()
        with pytest.raises(ProviderUnreachable, match="broken off"):
            wire.get(server.url)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
        tracemalloc.stop()


@pytest.mark.parametrize("size", [b"-1", b"-5", b"zz"])
def test_a_chunk_of_no_size_ends_the_call(size: bytes) -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + size + b"\r\n{}\r\n0\r\n\r\n"
    with serve(once(chunked)) as server, wired() as wire, pytest.raises(SignInError):
        get_json(wire, server.url, provider="p", phase="jwks")


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("", b"/"),
        ("?a=b", b"/?a=b"),
        ("學習/%E5%AD%B8?q=a+b%20c&d=☃", b"/%E5%AD%B8%E7%BF%92/%E5%AD%B8?q=a+b%20c&d=%E2%98%83"),
    ],
)
def test_a_url_is_asked_for_as_it_is_written_and_what_no_request_line_can_hold_is_escaped(
    path: str, target: bytes
) -> None:
    with serve(once(answer(b"{}"))) as server, wired() as wire:
        wire.get(server.url + path)
        assert server.asked[0].split()[1] == target


def test_parameters_are_added_to_those_of_the_url() -> None:
    with serve(answering(answer(b"{}"))) as server, wired() as wire:
        wire.get(server.url, params={"a": "b c"})
        wire.get(f"{server.url}?x=y", params={"a": "學"})
        assert [asked.split()[1] for asked in server.asked] == [b"/?a=b+c", b"/?x=y&a=%E5%AD%B8"]


def test_a_port_that_nobody_listens_on_is_an_outage() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with wired() as wire, pytest.raises(SignInError) as refused:
        get_json(wire, f"http://127.0.0.1:{port}/", provider="p", phase="jwks")
    assert refused.value.code == "provider_down"


@pytest.mark.parametrize("error", [socket.gaierror(-2, "unknown"), UnicodeError("label too long")])
def test_a_name_that_stands_for_nothing_is_an_outage(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with wired() as wire, pytest.raises(SignInError) as refused:
        get_json(wire, "https://login.example.tw/", provider="p", phase="jwks")
    assert refused.value.code == "provider_down"


def test_an_access_token_that_no_header_can_carry_is_an_error_of_the_provider() -> None:
    for token in ("☃", "a\r\nX-Who: me", "a\nb"):
        bearer = {"Authorization": f"Bearer {token}"}
        with serve(goes_away) as server, wired() as wire, pytest.raises(SignInError) as refused:
            get_json(wire, server.url, provider="p", phase="userinfo", headers=bearer)
        assert (refused.value.code, refused.value.detail) == ("provider_error", "what no header can carry")
        assert not server.asked


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConnectionResetError("gone"), "provider_down"),
        (TimeoutError("late"), "provider_down"),
        (json.JSONDecodeError("no", "x", 0), "provider_error"),
        (ssl.SSLCertVerificationError("no"), "provider_error"),
        (UnicodeDecodeError("utf-8", b"x", 0, 1, "no"), "provider_error"),
        (RecursionError("deep"), "provider_error"),
        (TypeError("no"), "provider_error"),
    ],
)
def test_other_exceptions_of_a_call_are_told_apart_and_their_text_stays_unsaid(error: Exception, code: str) -> None:
    found = failure(error, provider="p", phase="token")
    assert (found.code, found.detail) == (code, type(error).__name__)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"FORGED log line\r\n", "not an HTTP answer"),
        (answer(b"FORGED", "FORGED line without a colon", " FORGED"), "not a JSON object"),
        (answer(b"", "Location: https://FORGED.example/", status="302 FORGED"), "a redirect"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1, 2, FORGED\r\n\r\nFORGED", "not a JSON object"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFORGED\r\n", "broken off: no whole answer"),
    ],
)
def test_what_a_provider_writes_reaches_no_log(content: bytes, why: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with serve(once(content)) as server, wired() as wire, pytest.raises(SignInError) as refused:
        get_json(wire, server.url, provider="p", phase="jwks")
    assert "FORGED" not in f"{refused.value!s}{caplog.text}"
    assert refused.value.detail == why

"""The connections to a provider: each obeys the deadline of the call it serves, and goes only where it may.

There is no watchdog. A call's deadline is a point in time; before every read its socket is given what
is left until then, so a peer that sends one byte a second, in a header or a body, gains nothing.
What else may take long is one operation to the interpreter, however many bytes it takes, and is
given what is left as well: connecting, the handshake, a read from TLS, and sending a request.

They are Python's own ``http.client``: a library over it would spend more of a sign-in than the sign-in itself.
"""

from __future__ import annotations

import functools
import socket
import ssl
import threading
import time
import weakref
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from queue import Empty, LifoQueue
from typing import Any

import certifi

from ..addresses import is_admitted

CONNECT_SECONDS = 3.0  # for one address, so that a dead one leaves time for the next
IDLE_SECONDS = 50.0  # a firewall forgets a silent connection after a minute, and tells nobody
MOST_RECEIVED = 256 * 1024  # headers, framing and body together


class Refused(Exception):
    """We do not go on with this call; the text says why, in our own words."""


class NobodyAnswered(OSError):
    """None of the addresses of a host took our connection."""


@dataclass(slots=True)
class Call:
    """One call under way: when it must be over (`time.monotonic`), where it may go, and what it did so far."""

    ends: float
    allow_private: bool
    roots: Path | None
    opened: bool = False  # it opened a connection itself
    received: int = 0

    def left(self) -> float:
        """The seconds until the deadline.

        :raises TimeoutError: when it has passed.
        """
        left = self.ends - time.monotonic()
        if left <= 0:
            raise TimeoutError("the deadline has passed")
        return left


CALL: ContextVar[Call] = ContextVar("CALL")  # of this thread


class _Socket(socket.socket):
    """A socket that serves the call under way, and counts what the peer sends, headers as well."""

    def recv_into(self, buffer: Any, *rest: Any) -> int:
        call = CALL.get()
        self.settimeout(call.left())
        count = super().recv_into(buffer, *rest)
        call.received += count
        if call.received > MOST_RECEIVED:
            raise Refused("larger than any answer")
        return count


class _TlsSocket(_Socket, ssl.SSLSocket):
    """The same inside TLS, which sends what is long in many parts."""

    def send(self, data: Any, flags: int = 0) -> int:
        self.settimeout(CALL.get().left())
        return super().send(data, flags)


class Connection(HTTPConnection):
    """A connection that is used again while it is sure to be open: http, for development on this machine.

    One that the provider has closed is noticed before anything is sent and replaced without loss, for a
    POST as well.
    """

    _answered_at = 0.0

    def connect(self) -> None:
        self.sock = _reached(self.host, self.port, plain=True)

    def asked(self, method: str, target: str, headers: dict[str, str], body: bytes | None) -> HTTPResponse:
        """The answer, of which the head has come."""
        if self.sock is not None and not self._is_open():
            self.close()
        if self.sock is not None:
            self.sock.settimeout(CALL.get().left())
        self.request(method, target, body, headers)
        response = self.getresponse()
        self._answered_at = time.monotonic()
        return response

    def _is_open(self) -> bool:
        """Nothing has come since the last answer: neither the end of the connection nor an answer to no question."""
        if time.monotonic() - self._answered_at >= IDLE_SECONDS:
            return False
        self.sock.setblocking(False)
        try:
            socket.socket.recv(self.sock, 1, socket.MSG_PEEK)  # below TLS, which has no such look
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False


class TlsConnection(Connection):
    """https, with the one context of this process."""

    default_port = 443

    def _is_open(self) -> bool:
        """Nor is anything left that came inside TLS with the last answer."""
        inside: Any = self.sock
        return inside.pending() == 0 and super()._is_open()

    def connect(self) -> None:
        reached = _reached(self.host, self.port, plain=False)
        try:
            self.sock = tls_context(CALL.get().roots).wrap_socket(reached, server_hostname=self.host)
        except ssl.SSLCertVerificationError:
            raise Refused("a certificate that is not trusted") from None


class Pool:
    """The connections to one host: ``most`` at once, of which the one used last is the first to be used again."""

    def __init__(self, scheme: str, host: str, port: int | None, most: int) -> None:
        made, port = (TlsConnection, port or 443) if scheme == "https" else (Connection, port or 80)
        self._free: LifoQueue[Connection] = LifoQueue()
        for _ in range(most):
            self._free.put(made(host, port))
        self.close = weakref.finalize(self, _close_all, self._free)

    @contextmanager
    def connection(self, call: Call) -> Iterator[Connection]:
        """One that nobody else uses meanwhile; what is left of a call that failed is closed.

        :raises TimeoutError: all are in use until the deadline.
        """
        try:
            connection = self._free.get(timeout=call.left())
        except Empty:
            raise TimeoutError("no connection was free") from None
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        finally:
            self._free.put(connection)


def _close_all(free: LifoQueue[Connection]) -> None:
    with suppress(Empty):
        while True:
            free.get_nowait().close()


_MAKING = threading.Lock()


def tls_context(roots: Path | None = None) -> ssl.SSLContext:
    """The context of this process: TLS 1.2 at least, certificate and host name verified against the public roots.

    ``roots``, a PEM file, adds an agency's own. Loading the public roots takes 16 ms, three quarters of
    the work of a sign-in, and so is done once.
    """
    with _MAKING:
        return _made(roots)


@functools.cache
def _made(roots: Path | None) -> ssl.SSLContext:
    # Not `create_default_context`: from Python 3.13 on it is strict about extensions that
    # certificates of Taiwan's government lack, and it obeys SSLKEYLOGFILE of the environment.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.hostname_checks_common_name = False
    context.sslsocket_class = _TlsSocket
    context.set_alpn_protocols(["http/1.1"])
    context.load_verify_locations(certifi.where())
    if roots is not None:
        context.load_verify_locations(roots)
    return context


def _reached(host: str, port: int, *, plain: bool) -> socket.socket:
    """A socket connected to the very address that was judged: a second look-up could answer otherwise (DNS rebinding).

    :raises Refused: when the host has no address that may be called.
    """
    call = CALL.get()
    call.opened = True
    found = _looked_up(host, port, call.left())
    admitted = [info for info in found if is_admitted(str(info[4][0]), plain=plain, allow_private=call.allow_private)]
    if not admitted:
        raise Refused("a host without an address that may be called")
    for family, kind, protocol, _, address in admitted:
        reached = _Socket(family, kind, protocol)
        try:
            reached.settimeout(min(CONNECT_SECONDS, call.left()))
            reached.connect(address)
            reached.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            reached.settimeout(call.left())  # the handshake's
        except OSError:
            reached.close()
        else:
            return reached
    raise NobodyAnswered


def _looked_up(host: str, port: int, seconds: float) -> list[Any]:
    """What `socket.getaddrinfo` says of the host.

    A look-up cannot be given a deadline, so it runs beside us; the resolver gives up by itself after
    some 30 seconds, and its thread ends with it. Only a new connection needs one.

    :raises OSError: when the host has no address, or the look-up takes too long.
    """
    answer: Future[list[Any]] = Future()

    def look_up() -> None:
        try:
            answer.set_result(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError):
            answer.set_exception(OSError("the host has no address"))

    threading.Thread(target=look_up, name="first-login-look-up", daemon=True).start()
    return answer.result(seconds)

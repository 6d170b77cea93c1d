"""A connection to a provider, as urllib3 makes it: by when a call ends, what it may receive, and what went wrong.

There is no watchdog. A call's deadline is a point in time; before every read and every write its socket is given what
is left until then, so a peer that sends one byte a second, in a header, a body or a handshake, gains nothing.
"""

from __future__ import annotations

import http.client
import io
import re
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any
from urllib.parse import quote

from urllib3 import Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.ssltransport import SSLTransport

from ..addresses import is_admitted
from .network import Network, Refused, Unreached, left_until

IDLE_SECONDS = 50.0  # a firewall forgets a silent connection after a minute, and tells nobody
MOST_RECEIVED = 256 * 1024  # of one answer: headers, framing and body together
#: By what a call brings its query here, past urllib3, whose log at DEBUG says what it is given: no header is named so.
QUERY = "?"
OF_A_QUERY = "%:/?@!$&'()*+,;=~[]|^`{}"  # what stays as it is in a query, letters and digits apart
#: What OpenSSL calls the faults of a handshake, and what we call them.
TLS_FAULTS = {
    "PROTOCOL": "it speaks no TLS 1.2 or newer",
    "HANDSHAKE_FAILURE|CIPHER": "it offers no cipher with forward secrecy",
    "WRONG_VERSION|HTTP_REQUEST|PACKET_LENGTH|RECORD_LAYER": "what answers at that port speaks no TLS",
    "RENEGOTIATION": "it renegotiates in the old, unsafe way",
    "TOO_SMALL": "its key is too short",
    "EOF": "it broke the handshake off",
}
CERTIFICATE_FAULTS = {
    9: "it is not valid yet",
    10: "it has expired",
    **dict.fromkeys((18, 19, 20, 21), "it comes from a root that is not trusted"),
    **dict.fromkeys((62, 64), "it belongs to another host"),
    66: "its key is too short",
}
#: What a proxy means that gives no tunnel.
PROXY_FAULTS = {"407": ": it asks for a name and a password", "403": ": it does not let us there"}


class Until(Timeout):
    """A point in time, where urllib3 asks for seconds: each part of a call has what the parts before it left."""

    def __init__(self, ends: float) -> None:
        super().__init__()
        self.ends = ends

    def clone(self) -> Until:
        return self

    @property
    def connect_timeout(self) -> float:
        return max(self.ends - time.monotonic(), 0.0)

    read_timeout = connect_timeout


class Link:
    """A connected socket that obeys a deadline, and counts what the peer sends; ``settimeout`` begins a request.

    It wraps the socket, of whatever class that is: gevent puts one of its own in place of Python's. To http.client and
    to urllib3's TLS it looks like one.
    """

    def __init__(self, raw: socket.socket | SSLTransport, ends: float) -> None:
        self._raw: Any = raw
        self.ends, self._received, self._unsent = ends, 0, b""
        self._io_refs, self._is_closed = 0, False  # what reads from it keeps it open, as Python's own
        self.fileno = raw.fileno

    def settimeout(self, seconds: float) -> None:
        self.ends, self._received = time.monotonic() + seconds, 0

    def recv(self, most: int) -> bytes:
        self._raw.settimeout(left_until(self.ends))
        if self._unsent:
            unsent, self._unsent = self._unsent, b""
            with suppress(BrokenPipeError):  # who hung up may have answered before
                self._raw.sendall(unsent)
            self._raw.settimeout(left_until(self.ends))
        content: bytes = self._raw.recv(most)
        self._received += len(content)
        if self._received > MOST_RECEIVED:
            raise Refused("larger than any answer")
        return content

    def recv_into(self, buffer: Any) -> int:
        content = self.recv(len(buffer))
        buffer[: len(content)] = content
        return len(content)

    def sendall(self, content: bytes) -> None:
        """Keep it until the answer is read: a head and its body, which come one by one, leave together."""
        self._unsent += content

    def makefile(self, mode: str, buffering: int | None = None) -> io.BufferedReader:
        self._io_refs += 1
        as_socket: Any = self
        return io.BufferedReader(socket.SocketIO(as_socket, "r"))

    def close(self) -> None:
        self._is_closed = True
        if self._io_refs <= 0:
            self._raw.close()

    def _decref_socketios(self) -> None:
        self._io_refs -= 1
        if self._is_closed:
            self.close()


class KeptBroke(ConnectionError):
    """A kept connection ended before the answer: the provider may have closed it while we wrote."""


class _Head(http.client.HTTPResponse):
    """A head of which nothing is said that is not quite right: urllib3 would log what the provider wrote."""

    def begin(self) -> None:
        super().begin()
        self.msg.defects.clear()
        self.msg.set_payload("")


class Connection(HTTPConnection):
    """A connection that is used again while it is sure to be open: http, for development on this machine."""

    response_class = _Head
    answered_at = 0.0

    def __init__(self, *given: Any, network: Network, allow_private: bool, **more: Any) -> None:
        super().__init__(*given, **more)
        self.network, self.allow_private = network, allow_private

    def _new_conn(self) -> Any:
        self.answered_at = 0.0
        # Where a proxy is, the operator knows; what it may be asked for is judged by its name (see `Wire`).
        may_go = partial(
            is_admitted,
            plain=not isinstance(self, HTTPSConnection),
            allow_private=self.allow_private or self.proxy is not None,
        )
        ends = time.monotonic() + float(self.timeout or 0)
        return Link(self.network.reached(self.host, self.port, ends, may_go), ends)

    def request(self, method: str, url: str, body: Any = None, headers: Any = None, **more: Any) -> None:
        """Send a request, whose query, such as ``appsecret_proof``, is joined to its path here."""
        query = headers.get(QUERY)
        target = url if query is None else f"{url}?{quote(query, safe=OF_A_QUERY)}"
        super().request(method, target, body, {name: headers[name] for name in headers if name != QUERY}, **more)

    @property
    def is_connected(self) -> bool:
        """Nothing has come since the last answer: neither the end of the connection nor an answer to no question."""
        return time.monotonic() - self.answered_at < IDLE_SECONDS and super().is_connected

    def getresponse(self) -> Any:
        try:
            answer = super().getresponse()
        except ConnectionError as error:
            raise KeptBroke if self.answered_at else error from None
        self.answered_at = time.monotonic()
        return answer


class TlsConnection(Connection, HTTPSConnection):
    """https, with the context of its provider; through a proxy, in a tunnel."""

    @property
    def is_connected(self) -> bool:
        """Nor is anything left that came inside TLS with the last answer."""
        inside: Any = self.sock
        return super().is_connected and not (inside.incoming.pending or inside.sslobj.pending())

    def connect(self) -> None:
        if self.proxy is not None:
            self._connect_to_proxy(self.proxy.scheme == "https")
        else:
            self.sock = self._new_conn()
        self.sock = self._secured(self._tunnel_host or self.host)
        self.is_verified = True

    def _secured(self, host: str) -> SSLTransport:
        link: Any = self.sock
        context: Any = self.ssl_context
        with faults_named():
            return SSLTransport(link, context, host.strip("[]").rstrip("."))

    def _connect_to_proxy(self, is_secure: bool) -> None:
        """Ask a proxy for a tunnel; it alone sees our credentials for it, and no word of the call.

        :raises Unreached: it gives none.
        """
        try:
            self.sock = link = self._new_conn()
            if is_secure:
                self.sock = Link(self._secured(self.host), link.ends)  # what urllib3's own lacks to carry TLS in turn
            self._tunnel()
        except (Refused, Unreached) as error:
            raise Unreached(f"proxy: {error}") from None
        except (http.client.HTTPException, OSError) as error:
            status = re.search(r"failed: (\d{3})\b", str(error))
            why = f"HTTP {status[1]}{PROXY_FAULTS.get(status[1], '')}" if status else "it answers as no proxy does"
            raise Unreached(f"proxy: {why}") from None


@contextmanager
def faults_named() -> Iterator[None]:
    """Name what goes wrong in a handshake.

    :raises Refused: the certificate proves nobody.
    :raises Unreached: anything else.
    """
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        fault = CERTIFICATE_FAULTS.get(error.verify_code, "it cannot be trusted")
        raise Refused(f"certificate: {fault}") from None
    except ssl.SSLError as error:
        named = (fault for reason, fault in TLS_FAULTS.items() if re.search(reason, error.reason or str(error)))
        raise Unreached(f"TLS: {next(named, 'the handshake failed')}") from None
    except TimeoutError:
        raise Unreached("TLS: no answer to the handshake in time") from None
    except OSError:
        raise Unreached("TLS: it broke the handshake off") from None

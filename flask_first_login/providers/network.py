"""The way out of one app to the providers: its proxy, its roots, and which address of a host takes a connection.

What is not set is read from the environment, as Python's own clients read it.
"""

from __future__ import annotations

import errno
import selectors
import socket
import ssl
import threading
import time
from base64 import b64encode
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from os import environ
from os.path import exists, isdir
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]  # typeshed has the first alone

import certifi

from ..outbound_settings import proxy as read_proxy
from ..setting_readers import Unfit

STAGGER_SECONDS = 0.25  # until the next address of a host is tried beside the one before (RFC 8305, 5)
MOST_ADDRESSES = 8  # of a host, which may name any number
LOOK_UPS = 4  # at once
OURS = ("FIRST_LOGIN_PROXY", "FIRST_LOGIN_CA_BUNDLE")
#: Why no address of a host was reached.
ROUTE_FAULTS = {
    errno.ECONNREFUSED: "refused: nothing listens at that port",
    errno.ETIMEDOUT: "timeout: no address takes a connection",
}


class Refused(Exception):
    """We do not go on with this call; the text says why, in our own words."""


class Unreached(Exception):
    """Nobody was reached; the text says where the way ends, in our own words."""


def left_until(ends: float) -> float:
    """Give the seconds until then.

    :raises TimeoutError: it has passed.
    """
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError("the deadline has passed")
    return left


@dataclass(frozen=True, slots=True)
class Proxy:
    """A forward proxy: its address, and the headers that let us in."""

    address: str
    headers: Mapping[str, str] = field(repr=False)

    @classmethod
    def at(cls, url: str) -> Proxy:
        """:raises Unreached: it is none that can be used."""
        try:
            parts = urlsplit(read_proxy(url))
        except Unfit:
            raise Unreached("proxy: the address is none of a forward proxy (http:// or https://)") from None
        name, separator, address = parts.netloc.rpartition("@")
        user, _, password = name.partition(":")
        word = b64encode(f"{unquote(user)}:{unquote(password)}".encode()).decode()
        return cls(f"{parts.scheme}://{address}", {"Proxy-Authorization": f"Basic {word}"} if separator else {})


class Network:
    """How one app reaches providers, shared by all of them. It is replaced as a whole in a test.

    ``inside`` is what answers in a provider's place without leaving this process, by origin: empty, but in tests.
    """

    def __init__(self, proxy: str | None = None, ca_bundle: Path | None = None) -> None:
        around = getproxies_environment()
        named = {OURS[0]: proxy, "HTTPS_PROXY": around.get("https"), "ALL_PROXY": around.get("all")}
        self._proxy: str | None
        self.proxy_by, self._proxy = next(((name, url) for name, url in named.items() if url), ("", None))
        self.not_by_proxy = around.get("no", "")
        self._bypass = {"no": self.not_by_proxy}
        #: By what each file of roots is named, beside the public ones.
        self.roots_by = {OURS[1]: str(ca_bundle)} if ca_bundle else _roots_around()
        self._roots = [
            certifi.where(),
            *dict.fromkeys(path for path in self.roots_by.values() if ca_bundle or exists(path)),
        ]
        self._contexts: dict[Path | None, ssl.SSLContext] = {}
        self._lock = threading.Lock()
        self._asked: dict[tuple[str, int], Future[list[Any]]] = {}
        self._to_look_up: deque[tuple[str, int]] = deque()
        self._looking_up = 0  # threads
        self.inside: dict[str, Callable[..., Any]] = {}

    def proxy_to(self, host: str, port: int, own: str | None = None) -> Proxy | None:
        """Give the proxy of a call by TLS: the provider's ``own``, else the portal's, but for what NO_PROXY names.

        :raises Unreached: the environment names one that cannot be used.
        """
        if own:
            return Proxy.at(own)
        return None if proxy_bypass_environment(f"{host}:{port}", self._bypass) else self.proxy()

    def proxy(self) -> Proxy | None:
        """Give the portal's proxy, or that of the environment.

        :raises Unreached: the environment names one that cannot be used.
        """
        return Proxy.at(self._proxy) if self._proxy is not None else None

    def context(self, ca_bundle: Path | None = None) -> ssl.SSLContext:
        """Give the context of a provider: TLS 1.2 at least, certificate and host name verified against the public
        roots, the portal's, and its own ``ca_bundle``.

        Loading the public roots takes 16 ms, three quarters of the work of a sign-in, and so is done once.
        """
        with self._lock:
            if ca_bundle not in self._contexts:
                self._contexts[ca_bundle] = _context(*self._roots, *([ca_bundle] if ca_bundle else []))
            return self._contexts[ca_bundle]

    def reached(self, host: str, port: int, ends: float, may_go: Callable[[str], bool]) -> socket.socket:
        """Connect to the very address that was judged: a second look-up could answer otherwise (DNS rebinding).

        :raises Refused: the host has no address that may be called.
        :raises Unreached: nobody took the connection in time.
        """
        found = [info for info in self._looked_up(host, port, ends) if may_go(str(info[4][0]))]
        if not found:
            raise Refused("a host without an address that may be called")
        return _raced(_alternating(found)[:MOST_ADDRESSES], ends)

    def _looked_up(self, host: str, port: int, ends: float) -> list[Any]:
        """Ask what a host stands for, by one of few threads, since a look-up itself cannot be given a deadline.

        Who asks for the same host meanwhile waits for the same answer: a name server that hangs holds one thread. A
        process that ends waits for no look-up, as it would for those of a pool.
        """
        with self._lock:
            answer = self._asked.get((host, port))
            if answer is None or answer.done():
                answer = self._asked[host, port] = Future()
                self._to_look_up.append((host, port))
            if is_short := bool(self._to_look_up) and self._looking_up < LOOK_UPS:
                self._looking_up += 1
        if is_short:
            self._begin_to_look_up()
        try:
            return answer.result(left_until(ends))
        except TimeoutError:
            raise Unreached("DNS: no answer in time") from None
        except (OSError, UnicodeError) as error:
            is_passing = isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN
            raise Unreached("DNS: no answer" if is_passing else "DNS: the name is not known") from None

    def _begin_to_look_up(self) -> None:
        """Begin a thread; call without the lock, since under gevent a thread runs before its start returns."""
        try:
            threading.Thread(target=self._look_up, name="first-login-look-up", daemon=True).start()
        except RuntimeError:  # no more threads: what is asked waits for whoever asks next
            with self._lock:
                self._looking_up -= 1

    def _look_up(self) -> None:
        """Look up what is asked, until nothing is."""
        while True:
            with self._lock:
                if not self._to_look_up:
                    self._looking_up -= 1
                    return
                host, port = self._to_look_up.popleft()
                answer = self._asked[host, port]
            try:
                answer.set_result(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
            except Exception as error:
                answer.set_exception(error)


def _context(*roots: str | Path) -> ssl.SSLContext:
    # Not `create_default_context`: from Python 3.13 on it is strict about extensions that
    # certificates of Taiwan's government lack, and it obeys SSLKEYLOGFILE of the environment.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.hostname_checks_common_name = False
    context.set_alpn_protocols(["http/1.1"])
    for path in roots:
        try:
            context.load_verify_locations(*(None, path) if isdir(path) else (path,))
        except OSError:
            raise Refused("certificate: a file of roots is none, or cannot be read") from None
    return context


def _roots_around() -> dict[str, str]:
    """Name the roots that stand in the environment; what is not there counts for nothing, as with OpenSSL."""
    return {name: environ[name] for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE") if environ.get(name)}


def _alternating(found: list[Any]) -> list[Any]:
    """Alternate between the families of addresses, beginning with the first one's (RFC 8305, 4)."""
    first, others = ([info for info in found if (info[0] == found[0][0]) is same] for same in (True, False))
    return [info for info in chain(*zip_longest(first, others)) if info is not None]


def _raced(found: list[Any], ends: float) -> socket.socket:
    """Connect to whichever address answers first; each is begun a moment after the one before, or when that has
    failed (RFC 8305, 5).

    :raises Unreached: none answers in time.
    """
    failed = 0
    with selectors.DefaultSelector() as under_way:
        try:
            while found or under_way.get_map():
                if found:
                    failed = _begun(found.pop(0), under_way) or failed
                if not under_way.get_map():
                    continue
                wait = left_until(ends)
                for key, _ in under_way.select(min(wait, STAGGER_SECONDS) if found else wait):
                    raw: Any = under_way.unregister(key.fileobj).fileobj
                    if not (fault := raw.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)):
                        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                        return raw  # type: ignore[no-any-return]  # a selector says less of what it was given
                    failed = fault
                    raw.close()
        except TimeoutError:
            failed = errno.ETIMEDOUT
        finally:
            for key in [*under_way.get_map().values()]:
                key.fileobj.close()  # type: ignore[union-attr]  # likewise
    raise Unreached(ROUTE_FAULTS.get(failed, "no route to any of its addresses"))


def _begun(info: Any, under_way: selectors.BaseSelector) -> int:
    """Begin to connect; give what failed at once."""
    family, kind, protocol, _, address = info
    try:
        raw = socket.socket(family, kind, protocol)
    except OSError as error:  # a family that this machine does not have
        return error.errno or errno.EAFNOSUPPORT
    raw.setblocking(False)
    failed = raw.connect_ex(address)
    if failed in (0, errno.EINPROGRESS, errno.EWOULDBLOCK):
        under_way.register(raw, selectors.EVENT_WRITE)
        return 0
    raw.close()
    return failed

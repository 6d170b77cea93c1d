"""The wire to a provider: urllib3 with a deadline, a bound on sizes and no redirects, by the one way out of the app.

Asked, Answer and `whole` say what one request is and what is taken of its answer; `Wire` sends it.
"""

from __future__ import annotations

import http.client
import json
import math
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager, ProxyManager, exceptions

from ..addresses import is_admitted_by_name, is_safe_endpoint, origin_of
from ..errors import SignInError
from .answers import read_json
from .connections import Connection, KeptBroke, TlsConnection, Until
from .network import Network, Proxy, Refused, Unreached, left_until

DEADLINE = 8.0
#: For all calls of one step of a sign-in together. A first one may need four; gunicorn ends a worker after 30.
STEP_SECONDS = 10.0
OUR_HEADERS = {"Accept-Encoding": "identity", "User-Agent": "flask-first-login"}
FORM = "application/x-www-form-urlencoded"
LARGEST_ANSWER = 128 * 1024
GZIP_OR_ZLIB = 47  # zlib's ``wbits`` for either


class ProviderUnreachable(OSError):
    """The provider did not answer in time, or not to the end; the text is ours."""


class AnswerUnusable(ValueError):
    """The provider answered what we do not take, or is where we do not go; the text is ours."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request to a provider."""

    method: str
    url: str
    headers: dict[str, str] = field(repr=False)
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """A provider's answer, whole; to Authlib it looks as one of ``requests``."""

    status_code: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)

    def json(self) -> Any:
        return json.loads(self.content)

    def raise_for_status(self) -> None:
        if self.status_code >= 400:
            raise ProviderUnreachable(f"HTTP {self.status_code}")


class Raw(Protocol):
    """An answer on its way: the head has come, the body is still to be read."""

    status: int
    headers: Any

    def read(self, most: int, /) -> bytes: ...

    def close(self) -> None: ...


def whole(raw: Raw) -> Answer:
    """Read the whole answer.

    :raises Refused: when it is a redirect, too large, or packed in a way that we did not ask for.
    """
    try:
        if raw.status < 200:  # the answer itself is still to come, and would be taken for the next caller's
            raise Refused("not a final answer")
        if 300 <= raw.status < 400:  # a 307 would send code and secret to another host
            raise Refused("a redirect")
        packed = b""
        while len(packed) <= LARGEST_ANSWER and (more := raw.read(LARGEST_ANSWER + 1)):
            packed += more  # the read after the last byte tells a whole body from one that breaks off
        if len(packed) > LARGEST_ANSWER:
            raise Refused("larger than any answer")
        body = _unpacked(packed, raw.headers.get("Content-Encoding", ""))
        if len(body) > LARGEST_ANSWER:
            raise Refused("larger than any answer")
    finally:
        raw.close()
    return Answer(raw.status, raw.headers, body)


def _unpacked(body: bytes, encoding: str) -> bytes:
    """Unpack what a cache on the way may have packed, though we ask for ``identity``; a bomb is cut short."""
    match encoding.strip().lower():
        case "" | "identity":
            return body
        case "gzip" | "x-gzip" | "deflate":
            try:
                unpacking = zlib.decompressobj(GZIP_OR_ZLIB)
                unpacked = unpacking.decompress(body, LARGEST_ANSWER + 1)
            except zlib.error:
                raise Refused("not what its encoding says") from None
            if len(unpacked) <= LARGEST_ANSWER and not unpacking.eof:
                raise Refused("not what its encoding says")
            return unpacked
        case _:
            raise Refused("an encoding that was not asked for")


Insider = Callable[[Asked, float], Raw]

STEP_ENDS: ContextVar[float] = ContextVar("STEP_ENDS", default=math.inf)  # of this thread


@contextmanager
def one_step() -> Iterator[None]:
    """Let the calls within it end together: a provider that answers each of them late costs no more than one that
    answers none."""
    token = STEP_ENDS.set(time.monotonic() + STEP_SECONDS)
    try:
        yield
    finally:
        STEP_ENDS.reset(token)


class Wire:
    """The connections of one provider, shared by all sign-ins, under rules that no caller can relax.

    - A call is over after ``deadline`` seconds, or with its step, with everything in it: waiting for one of the
      ``pool_maxsize`` connections, name, proxy, TCP, TLS, headers, body, and a second attempt.
    - An answer is 128 KiB at most, unpacked as well; a redirect is none, and a cookie is not kept.
    - Certificates are verified, netrc does not exist, and a host that stands for no public address is not called
      unless ``allow_private``; where a proxy looks it up, its name alone is judged. Plain http stays on this machine.
    - A GET whose kept connection breaks before the answer is sent once more, on a new one. A POST
      never is: the provider may have had it, and a code that comes twice is an attack (RFC 6749,
      4.1.2). A kept connection that the provider has closed is noticed before anything is sent.

    There is no circuit breaker: the start of a sign-in needs only what `Kept` holds, and the next sign-in
    after an outage must succeed.
    """

    def __init__(
        self,
        network: Network | None = None,
        *,
        deadline: float = DEADLINE,
        allow_private: bool = False,
        proxy: str | None = None,
        ca_bundle: Path | None = None,
        pool_connections: int = 4,
        pool_maxsize: int = 16,
    ) -> None:
        self._network = network or Network()
        self._deadline, self._allow_private, self._proxy, self._ca_bundle = deadline, allow_private, proxy, ca_bundle
        self._most_hosts, self._most = pool_connections, pool_maxsize
        self._managers: dict[str, PoolManager] = {}
        self._lock = threading.Lock()

    def get(
        self, url: str, *, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Fetch what is at a URL; raises as `send`."""
        if params:
            url = f"{url}{'&' if '?' in url else '?'}{urlencode(params)}"
        return self.send(Asked("GET", url, dict(headers or {})))

    def post(
        self,
        url: str,
        data: Mapping[str, str] | bytes,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Post a form, or a document of the type that ``headers`` say; raises as `send`."""
        body = data if isinstance(data, bytes) else urlencode(data).encode()
        return self.send(Asked("POST", url, {"Content-Type": FORM, **(headers or {})}, body))

    def send(self, asked: Asked) -> Answer:
        """Send a request and read the provider's answer whole.

        :raises ProviderUnreachable: see there.
        :raises AnswerUnusable: see there.
        """
        if not is_safe_endpoint(asked.url):
            raise AnswerUnusable("a URL that is not safe")
        asked = replace(asked, headers=asked.headers | OUR_HEADERS)
        try:
            return self._answer(asked, min(time.monotonic() + self._deadline, STEP_ENDS.get()))
        except Refused as refused:
            raise AnswerUnusable(str(refused)) from None
        except Unreached as unreached:
            raise ProviderUnreachable(str(unreached)) from None
        except (exceptions.HTTPError, OSError) as error:
            raise _meaning(error) from None

    def close(self) -> None:
        """End the connections that nobody uses now."""
        for manager in self._managers.values():
            manager.clear()

    def _answer(self, asked: Asked, ends: float) -> Answer:
        if (inside := self._network.inside.get(origin_of(asked.url))) is not None:
            return whole(inside(asked, ends))
        parts = urlsplit(asked.url)
        target = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
        manager = self._manager(parts.scheme, str(parts.hostname), parts.port or 443)
        for is_last in (asked.method != "GET", True):
            pool = manager.connection_from_host(_in_ascii(str(parts.hostname)), parts.port, parts.scheme)
            try:
                return self._sent(pool, asked, target, ends)
            except exceptions.ProtocolError as error:
                if is_last or not isinstance(error.args[-1], KeptBroke):
                    raise
                manager.clear()  # of a provider that began anew, no kept connection is good
        raise AssertionError("the last attempt returns or raises")

    def _sent(self, pool: Any, asked: Asked, target: str, ends: float) -> Answer:
        raw: Any = pool.urlopen(
            asked.method,
            target,
            asked.body,
            asked.headers,
            retries=False,
            redirect=False,
            timeout=Until(ends),
            pool_timeout=left_until(ends),
            preload_content=False,
            decode_content=False,
        )
        try:
            return whole(raw)
        finally:
            raw.release_conn()

    def _manager(self, scheme: str, host: str, port: int) -> PoolManager:
        """Give what keeps the connections by one way out. Plain http stays on this machine, so no proxy has it."""
        proxy = self._network.proxy_to(host, port, self._proxy) if scheme == "https" else None
        if proxy and not is_admitted_by_name(host, allow_private=self._allow_private):
            raise Refused("a host without an address that may be called")
        key = proxy.address if proxy else ""
        with self._lock:
            if key not in self._managers:
                self._managers[key] = self._manager_by(proxy)
            return self._managers[key]

    def _manager_by(self, proxy: Proxy | None) -> PoolManager:
        kept: dict[str, Any] = {"num_pools": self._most_hosts, "maxsize": self._most, "block": True}
        by = ProxyManager(proxy.address, proxy_headers=proxy.headers, **kept) if proxy else PoolManager(**kept)
        pools: dict[str, Any] = {
            "http": partial(self._pool, HTTPConnectionPool, Connection),
            "https": partial(self._pool, HTTPSConnectionPool, TlsConnection),
        }
        by.pool_classes_by_scheme = pools
        return by

    def _pool(self, kind: type[HTTPConnectionPool], connection: Any, *where: Any, **more: Any) -> HTTPConnectionPool:
        if kind is HTTPSConnectionPool:
            more["ssl_context"] = self._network.context(self._ca_bundle)
        pool: Any = kind(*where, **more)
        pool.ConnectionCls = partial(connection, network=self._network, allow_private=self._allow_private)
        return pool  # type: ignore[no-any-return]  # it is what `kind` says


def _in_ascii(host: str) -> str:
    """:raises Unreached: no name server knows such a name."""
    try:
        return host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        raise Unreached("DNS: the name is not known") from None


def _meaning(error: Exception) -> ProviderUnreachable | AnswerUnusable:
    """Tell whether somebody answered at all. An answer that breaks off is none."""
    cause = error.args[-1] if isinstance(error, exceptions.ProtocolError) else error
    if isinstance(cause, exceptions.EmptyPoolError):
        return ProviderUnreachable("timeout: every connection is in use")
    if isinstance(cause, exceptions.TimeoutError | TimeoutError):
        return ProviderUnreachable("timeout: no whole answer")
    if isinstance(cause, OSError | http.client.IncompleteRead | exceptions.SSLError):
        return ProviderUnreachable("broken off: no whole answer")
    return AnswerUnusable("not an HTTP answer")


def failure(error: Exception, *, provider: str, phase: str) -> SignInError:
    """Make of a call's exception what it means: ``provider_down`` without an answer, ``provider_error`` with one that
    we cannot use. Its text may be the provider's and stays unsaid, unless it is ours."""
    is_down = isinstance(error, OSError) and not isinstance(error, ValueError)  # as ssl classes its own
    is_ours = isinstance(error, ProviderUnreachable | AnswerUnusable)
    return SignInError(
        "provider_down" if is_down else "provider_error",
        provider=provider,
        phase=phase,
        detail=str(error) if is_ours else type(error).__name__,
    )


def get_json(
    wire: Wire,
    url: str,
    *,
    provider: str,
    phase: str,
    params: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> dict[str, object]:
    """Fetch a JSON object, of which what is null is left out.

    :raises SignInError: ``provider_down`` when there is no answer, ``provider_error`` when it is not a JSON object.
    """
    value = read_json(get_content(wire, url, provider=provider, phase=phase, params=params, headers=headers))
    if value is None:
        raise SignInError("provider_error", provider=provider, phase=phase, detail="not a JSON object")
    return value


def get_content(
    wire: Wire,
    url: str,
    *,
    provider: str,
    phase: str,
    params: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """Fetch what is there, whole; raises as `get_json`."""
    try:
        response = wire.get(url, params=params, headers=headers)
    except (OSError, ValueError) as error:  # a token may be no header's text
        raise failure(error, provider=provider, phase=phase) from None
    if response.status_code != 200:
        is_down = response.status_code >= 500 or response.status_code == 429
        code = "provider_down" if is_down else "provider_error"
        raise SignInError(code, provider=provider, phase=phase, detail=f"HTTP {response.status_code}")
    return response.content

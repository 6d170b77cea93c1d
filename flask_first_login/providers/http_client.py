"""The wire to a provider: urllib3 with a deadline, a bound on sizes and no redirects, by the one way out of the app.

`Asked` says what one request is, `Wire` sends it, and `http_answer` reads what comes.
"""

from __future__ import annotations

import http.client
import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from urllib3 import HTTPConnectionPool, PoolManager, ProxyManager, Retry, exceptions

from ..addresses import is_admitted_by_name, is_safe_endpoint, origin_of
from ..errors import SignInError
from .answers import read_json
from .connections import QUERY, Connection, KeptBroke, TlsConnection, Until
from .http_answer import Answer as Answer
from .http_answer import ProviderUnreachable, Raw, whole
from .network import Network, Refused, Unreached, left_until

DEADLINE = 8.0
#: For all calls of one step of a sign-in together. A first one may need four; gunicorn ends a worker after 30.
STEP_SECONDS = 10.0
NEVER = Retry(False, redirect=False)  # to send again is ours to decide
OUR_HEADERS = {"Accept-Encoding": "identity", "User-Agent": "flask-first-login"}
FORM = "application/x-www-form-urlencoded"


class AnswerUnusable(ValueError):
    """The provider answered what we do not take, or is where we do not go; the text is ours."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request to a provider."""

    method: str
    url: str
    headers: dict[str, str] = field(repr=False)
    body: bytes | None = field(default=None, repr=False)


Insider = Callable[[Asked, float], Raw]
Origin = tuple[str, str, int | None]

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
        self._pools: dict[Origin, HTTPConnectionPool] = {}  # the one asked last stands last
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
        try:
            return self._answer(asked, min(time.monotonic() + self._deadline, STEP_ENDS.get()))
        except Refused as refused:
            raise AnswerUnusable(str(refused)) from None
        except Unreached as unreached:
            raise ProviderUnreachable(str(unreached)) from None
        except (exceptions.HTTPError, OSError) as error:
            raise _meaning(error) from None
        except ValueError:  # of a token, say, that came from the provider
            raise AnswerUnusable("what no header can carry") from None

    def close(self) -> None:
        """End the connections that nobody uses now."""
        with self._lock:
            self._pools.clear()

    def _answer(self, asked: Asked, ends: float) -> Answer:
        if self._network.inside and (inside := self._network.inside.get(origin_of(asked.url))) is not None:
            return whole(inside(asked, ends))
        parts = urlsplit(asked.url)
        where = parts.scheme, str(parts.hostname), parts.port
        try:
            return self._sent(where, parts.path or "/", parts.query, asked, ends)
        except exceptions.ProtocolError as error:
            if asked.method != "GET" or not isinstance(error.args[-1], KeptBroke):
                raise
            self._pools.pop(where, None)  # a provider that began anew has closed the others too
            return self._sent(where, parts.path or "/", parts.query, asked, ends)

    def _sent(self, where: Origin, path: str, query: str, asked: Asked, ends: float) -> Answer:
        raw: Any = self._pool(where).urlopen(
            asked.method,
            path,
            asked.body,
            asked.headers | OUR_HEADERS | ({QUERY: query} if query else {}),
            retries=NEVER,
            redirect=False,
            timeout=Until(ends),
            pool_timeout=left_until(ends),  # type: ignore[arg-type]  # urllib3 says int and hands it to a queue
            preload_content=False,
            decode_content=False,
        )
        try:
            return whole(raw)
        finally:
            raw.release_conn()

    def _pool(self, where: Origin) -> HTTPConnectionPool:
        with self._lock:
            self._pools[where] = pool = self._pools.pop(where, None) or self._made(*where)
            if len(self._pools) > self._most_hosts:
                del self._pools[next(iter(self._pools))]
        return pool

    def _made(self, scheme: str, host: str, port: int | None) -> HTTPConnectionPool:
        """Make the connections to one origin. Plain http stays on this machine, so no proxy has it.

        A host is judged as it is asked for: in ``127。0。0。1`` a proxy would be told of an inner address.
        """
        try:
            host = host.encode("idna").decode()
        except UnicodeError:
            raise Unreached("DNS: the name is not known") from None
        rules: dict[str, Any] = {"maxsize": self._most, "block": True}
        kind, by, is_secure = Connection, PoolManager(**rules), scheme == "https"
        if is_secure:
            kind, rules["ssl_context"] = TlsConnection, self._network.context(self._ca_bundle)
            by = PoolManager(**rules)
            if proxy := self._network.proxy_to(host, port or 443, self._proxy):
                if not is_admitted_by_name(host, allow_private=self._allow_private):
                    raise Refused("a host without an address that may be called")
                by = ProxyManager(proxy.address, proxy_headers=proxy.headers, **rules)
        pool: Any = by.connection_from_host(host, port, scheme)
        pool.ConnectionCls = partial(kind, network=self._network, allow_private=self._allow_private)
        return pool  # type: ignore[no-any-return]  # what a manager gives


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


def code_of_status(status: int) -> str:
    """Tell a provider that is down, or asked too often (429), from one that answers what we cannot use."""
    return "provider_down" if status >= 500 or status == 429 else "provider_error"


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
    content = get_content(wire, url, provider=provider, phase=phase, params=params, headers=headers)
    value = read_json(content)
    if value is None:
        detail = "a page in place of JSON" if content.lstrip().startswith(b"<") else "not a JSON object"
        raise SignInError("provider_error", provider=provider, phase=phase, detail=detail)
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
        code, detail = code_of_status(response.status_code), f"HTTP {response.status_code}"
        raise SignInError(code, provider=provider, phase=phase, detail=detail)
    return response.content

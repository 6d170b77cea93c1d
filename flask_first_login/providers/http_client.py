"""The wire to a provider: kept connections, no redirects, bounded time and size, nothing from the environment.

Asked, Answer and `whole` say what one request is and what is taken of its answer; `Wire` sends it.
"""

from __future__ import annotations

import json
import math
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from http.client import HTTPException, IncompleteRead
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, urlencode, urlsplit

from ..addresses import is_safe_endpoint, origin_of
from ..errors import SignInError
from .answers import read_json
from .connections import CALL, Call, Pool, Refused

DEADLINE = 8.0
#: For all calls of one step of a sign-in together. A first one may need four; gunicorn ends a worker after 30.
STEP_SECONDS = 10.0
OUR_HEADERS = {"Accept-Encoding": "identity", "User-Agent": "flask-first-login"}
FORM = "application/x-www-form-urlencoded"
#: What a path or a query of a URL may hold as it stands; the rest is escaped, and an escape is not escaped again.
IN_A_TARGET = "!#$%&'()*+,/:;=?@[]~"
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
    length: int | None  # octets of the body that are still to come, where the head told

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
        if raw.length:
            raise IncompleteRead(packed)
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


Insider = Callable[[Asked, Call], Raw]
#: What answers in a provider's place without leaving this process, by origin. Empty, but in tests that put the pretend
#: providers here (see `testing`). They are always plain http on this machine: what goes out is never led aside.
INSIDE: dict[str, Insider] = {}


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
      ``pool_maxsize`` connections, name, TCP, TLS, headers, body, and a second attempt.
    - An answer is 128 KiB at most, unpacked as well; a redirect is none, and a cookie is not kept.
    - Certificates are verified, proxies and netrc do not exist, and a host that stands for no public
      address is not called unless ``allow_private``; ``roots`` adds the root certificates of such a
      network. Plain http stays on this machine.
    - A GET whose kept connection breaks before the answer is sent once more, on a new one. A POST
      never is: the provider may have had it, and a code that comes twice is an attack (RFC 6749,
      4.1.2). A kept connection that the provider has closed is noticed before anything is sent.

    There is no circuit breaker: the start of a sign-in needs only what `Kept` holds, and the next sign-in
    after an outage must succeed.
    """

    def __init__(
        self,
        *,
        deadline: float = DEADLINE,
        allow_private: bool = False,
        roots: Path | None = None,
        pool_connections: int = 4,
        pool_maxsize: int = 16,
    ) -> None:
        self._deadline, self._allow_private, self._roots = deadline, allow_private, roots
        self._most_hosts, self._most = pool_connections, pool_maxsize
        self._pools: dict[tuple[str, str, int | None], Pool] = {}  # the one asked last stands last
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
        call = Call(min(time.monotonic() + self._deadline, STEP_ENDS.get()), self._allow_private, self._roots)
        token = CALL.set(call)
        try:
            return self._answer(asked, call)
        except Refused as refused:
            raise AnswerUnusable(str(refused)) from None
        except (HTTPException, OSError) as error:
            raise _meaning(error) from None
        finally:
            CALL.reset(token)

    def close(self) -> None:
        """End the connections that nobody uses now."""
        with self._lock:
            while self._pools:
                self._pools.popitem()[1].close()

    def _answer(self, asked: Asked, call: Call) -> Answer:
        if (answer := INSIDE.get(origin_of(asked.url))) is not None:
            return whole(answer(asked, call))
        parts = urlsplit(asked.url)
        target = quote(f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}", safe=IN_A_TARGET)
        with self._pool(parts.scheme, str(parts.hostname), parts.port).connection(call) as connection:
            try:
                raw = connection.asked(asked.method, target, asked.headers, asked.body)
            except (HTTPException, OSError):
                if asked.method != "GET" or call.opened:
                    raise
                connection.close()
                raw = connection.asked(asked.method, target, asked.headers, asked.body)
            return whole(raw)

    def _pool(self, scheme: str, host: str, port: int | None) -> Pool:
        key = scheme, host, port
        with self._lock:
            pool = self._pools.pop(key) if key in self._pools else Pool(*key, self._most)
            self._pools[key] = pool
            if len(self._pools) > self._most_hosts:
                del self._pools[next(iter(self._pools))]
        return pool


def _meaning(error: Exception) -> ProviderUnreachable | AnswerUnusable:
    """Tell whether somebody answered at all. An answer that breaks off is none."""
    if isinstance(error, HTTPException) and not isinstance(error, IncompleteRead | ConnectionError):
        return AnswerUnusable("not an HTTP answer")
    return ProviderUnreachable(type(error).__name__)


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

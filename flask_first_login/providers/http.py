"""The wire to a provider: kept connections, no redirects, bounded time and size, nothing from the environment."""

from __future__ import annotations

import json
import math
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from http.client import HTTPException, IncompleteRead
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, ProtocolError
from urllib3.response import BaseHTTPResponse

from ..errors import SignInError
from .addresses import is_safe_endpoint
from .connections import CALL, Call, PlainPool, Refused, TlsPool

DEADLINE = 8.0
#: For all calls of one step of a sign-in together. A first one may need four; gunicorn ends a worker after 30.
STEP_SECONDS = 10.0
LARGEST_ANSWER = 128 * 1024
GZIP_OR_ZLIB = 47  # zlib's ``wbits`` for either

Answer = Callable[[requests.PreparedRequest, Call], BaseHTTPResponse]
#: What answers in a provider's place without leaving this process, by origin. Empty, but in tests that put the pretend
#: providers here (see `testing`). They are always plain http on this machine: what goes out is never led aside.
INSIDE: dict[str, Answer] = {}


STEP_ENDS: ContextVar[float] = ContextVar("STEP_ENDS", default=math.inf)  # of this thread


@contextmanager
def one_step() -> Iterator[None]:
    """Within it, the calls to a provider are over together: one that answers each of them late costs no more than one
    that answers none."""
    token = STEP_ENDS.set(time.monotonic() + STEP_SECONDS)
    try:
        yield
    finally:
        STEP_ENDS.reset(token)


class ProviderUnreachable(requests.ConnectionError):
    """The provider did not answer in time, or not to the end; the text is ours."""


class AnswerUnusable(requests.RequestException, ValueError):
    """The provider answered what we do not take, or is where we do not go; the text is ours."""


class Wire(HTTPAdapter):
    """The connections of one provider, shared by all sign-ins, under rules that no caller can relax.

    - A call is over after ``deadline`` seconds, or with its step, with everything in it: waiting for one of the
      ``pool_maxsize`` connections, name, TCP, TLS, headers, body, and a second attempt.
    - An answer is 128 KiB at most, unpacked as well; a redirect is none.
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
        super().__init__(pool_connections=pool_connections, pool_maxsize=pool_maxsize, pool_block=True)
        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": TlsPool}
        self._deadline, self._allow_private, self._roots = deadline, allow_private, roots

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """The provider's answer, read whole; what a session says of time-outs, proxies or certificates is not asked.

        :raises ProviderUnreachable: see there.
        :raises AnswerUnusable: see there.
        """
        if not is_safe_endpoint(str(request.url)):
            raise AnswerUnusable("a URL that is not safe")
        request.headers["Accept-Encoding"] = "identity"
        call = Call(min(time.monotonic() + self._deadline, STEP_ENDS.get()), self._allow_private, self._roots)
        token = CALL.set(call)
        try:
            raw = self._sent(request, call)
            body = _body(raw)
        except Refused as refused:
            raise AnswerUnusable(str(refused)) from None
        except (HTTPError, OSError) as error:
            raise _meaning(error) from None
        finally:
            CALL.reset(token)
        response = self.build_response(request, raw)
        response._content = body
        response._content_consumed = True  # how requests marks a body as read
        return response

    def _sent(self, request: requests.PreparedRequest, call: Call) -> BaseHTTPResponse:
        try:
            return self._sent_once(request, call)
        except (HTTPError, OSError):
            if request.method != "GET" or call.opened:
                raise
        return self._sent_once(request, call)  # the pool has no connection where the broken one was: it opens one

    def _sent_once(self, request: requests.PreparedRequest, call: Call) -> BaseHTTPResponse:
        if (answer := INSIDE.get("/".join(str(request.url).split("/", 3)[:3]))) is not None:
            return answer(request, call)
        return self.poolmanager.connection_from_url(str(request.url)).urlopen(
            str(request.method),
            self.request_url(request, None),
            body=request.body,  # type: ignore[arg-type]  # only what requests builds from a form: text or bytes
            headers=request.headers,  # type: ignore[arg-type]  # a mutable mapping is a mapping
            retries=False,
            redirect=False,
            timeout=call.left(),
            pool_timeout=call.left(),  # type: ignore[arg-type]  # queue.get takes a float too
            preload_content=False,
            decode_content=False,
        )


def _body(raw: BaseHTTPResponse) -> bytes:
    """The whole body, and the connection given back.

    :raises Refused: when it is a redirect, too large, or packed in a way that we did not ask for.
    """
    try:
        if 300 <= raw.status < 400:  # a 307 would send code and secret to another host
            raise Refused("a redirect")
        packed = b""
        while len(packed) <= LARGEST_ANSWER and (more := raw.read(LARGEST_ANSWER + 1, decode_content=False)):
            packed += more  # the read after the last byte tells a whole body from one that breaks off
        body = _unpacked(packed, raw.headers.get("Content-Encoding", ""))
        if len(body) > LARGEST_ANSWER:
            raise Refused("larger than any answer")
    except Refused:
        raw.close()
        raise
    finally:
        raw.release_conn()  # closed or not: its place in the pool is free again
    return body


def _unpacked(body: bytes, encoding: str) -> bytes:
    """We ask for ``identity``; a cache on the way may pack the answer all the same, and a bomb is cut short."""
    match encoding.strip().lower():
        case "" | "identity":
            return body
        case "gzip" | "x-gzip" | "deflate":
            try:
                return zlib.decompressobj(GZIP_OR_ZLIB).decompress(body, LARGEST_ANSWER + 1)
            except zlib.error:
                raise Refused("not what its encoding says") from None
        case _:
            raise Refused("an encoding that was not asked for")


def _meaning(error: Exception) -> requests.RequestException:
    """Whether somebody answered at all. An answer that breaks off is none."""
    cause = error.args[-1] if isinstance(error, ProtocolError) else error
    if isinstance(cause, HTTPException) and not isinstance(cause, IncompleteRead | ConnectionError):
        return AnswerUnusable("not an HTTP answer")
    return ProviderUnreachable(type(cause).__name__)


def prepare(session: requests.Session, wire: Wire) -> None:
    """Make ``session`` use ``wire``, and nothing of the environment or of another learner's cookies."""
    session.mount("https://", wire)
    session.mount("http://", wire)
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))


def failure(error: Exception, *, provider: str, phase: str) -> SignInError:
    """What an exception of a call means: ``provider_down`` when there was no answer, ``provider_error`` when there was
    one that we cannot use. Its text may be the provider's and stays unsaid, unless it is one of ours."""
    is_down = isinstance(error, OSError) and not isinstance(error, ValueError)  # as requests and ssl class their own
    is_ours = isinstance(error, ProviderUnreachable | AnswerUnusable)
    return SignInError(
        "provider_down" if is_down else "provider_error",
        provider=provider,
        phase=phase,
        detail=str(error) if is_ours else type(error).__name__,
    )


def get_json(session: requests.Session, url: str, *, provider: str, phase: str, **kwargs: Any) -> dict[str, object]:
    """Fetch a JSON object.

    :raises SignInError: ``provider_down`` when there is no answer, ``provider_error`` when it is not a JSON object.
    """
    try:
        response = session.get(url, allow_redirects=False, **kwargs)
    except (OSError, ValueError) as error:  # what requests raises is an OSError; a token may be no header's text
        raise failure(error, provider=provider, phase=phase) from None
    if response.status_code != 200:
        is_down = response.status_code >= 500 or response.status_code == 429
        code = "provider_down" if is_down else "provider_error"
        raise SignInError(code, provider=provider, phase=phase, detail=f"HTTP {response.status_code}")
    try:
        value = json.loads(response.content)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise SignInError("provider_error", provider=provider, phase=phase, detail="not a JSON object")
    return value

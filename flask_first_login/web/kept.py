"""Pages that are the same for everybody, drawn once.

A page of the wizard depends on its address, its answers and its language alone, so whoever asks for it
again gets the octets that were drawn before. Nothing of a person is ever kept: a page whose address says
anything beyond the closed sets of answers, languages and screens is drawn for its reader and forgotten, and
so is every page that a host's layout, templates or addresses have a part in.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, wraps
from pathlib import Path
from typing import ParamSpec

from flask import Flask, Response, current_app, request
from flask.sansio.app import App
from werkzeug.wrappers import Response as AnyResponse

from ..flow import Flow
from ..state import state_of
from ..words import TAGS
from .i18n import choose_locale
from .pages import OWN_BASE, complete

P = ParamSpec("P")
Key = tuple[str, str, bytes, str]
EXTENSION = "first_login.pages"
TEMPLATES = Path(__file__).parent / "templates"
MOST = 512
#: What an answer without a body says of the page it stands for (RFC 9110, section 15.4.5).
OF_NOT_MODIFIED = frozenset({"cache-control", "content-security-policy", "etag", "vary"})


class KeptResponse(Response):
    """An answer that has all its headers already."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """An answer as it goes out, to everybody the same. ``etag`` is "" where there is none."""

    status: int
    body: bytes
    headers: list[tuple[str, str]]
    etag: str
    unchanged: list[tuple[str, str]]

    @classmethod
    def of(cls, response: AnyResponse) -> Drawn:
        """What is to be kept of an answer that has all its headers."""
        headers = [*response.headers]
        unchanged = [one for one in headers if one[0].lower() in OF_NOT_MODIFIED]
        return cls(response.status_code, response.get_data(), headers, response.headers.get("ETag", ""), unchanged)

    def answer(self) -> KeptResponse:
        """The page, or that its reader has it already."""
        if self.etag and self.etag in request.environ.get("HTTP_IF_NONE_MATCH", ""):
            return KeptResponse(status=304, headers=self.unchanged)
        return KeptResponse(self.body, self.status, self.headers)


class Pages:
    """The pages that one app keeps: those that were asked for last. Several threads may use it."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._drawn: OrderedDict[Key, Drawn] = OrderedDict()

    def get(self, key: Key) -> Drawn | None:
        with self._lock:
            if (found := self._drawn.get(key)) is not None:
                self._drawn.move_to_end(key)
            return found

    def keys(self) -> list[Key]:
        """What is kept, the one asked for longest ago first."""
        with self._lock:
            return [*self._drawn]

    def put(self, key: Key, drawn: Drawn) -> None:
        with self._lock:
            self._drawn[key] = drawn
            if len(self._drawn) > MOST:
                self._drawn.popitem(last=False)

    @cached_property
    def _all_ours(self) -> bool:
        """Whether nothing of a host is in a page: no layout, no template in the place of ours, no part of an address.

        A template that may change under our feet, as in development, is drawn anew each time.
        """
        app = self._app
        assert isinstance(app, Flask)  # noqa: S101  # what App is outside of Flask's own base classes
        names = (path.name for path in (TEMPLATES / "first_login").iterdir())
        return (
            state_of(app).settings.base_template == OWN_BASE
            and not app.jinja_env.auto_reload
            and not (app.url_default_functions.keys() & {None, "first_login"})
            and not (app.url_map.host_matching or app.subdomain_matching)
            and all(_is_ours(app.jinja_env.get_template(f"first_login/{name}").filename) for name in names)
        )

    def key(self) -> Key | None:
        """What the answer to this request depends on; None when it depends on more, or is not to be kept."""
        state = state_of()
        if not self._all_ours or (request.query_string and not _is_of_the_flow(state.flow)):
            return None
        return request.script_root, request.path, request.query_string, choose_locale(state.settings)


def _is_ours(filename: str | None) -> bool:
    return filename is not None and Path(filename).is_relative_to(TEMPLATES)


def _is_of_the_flow(flow: Flow) -> bool:
    """Whether the query is one of a finite number: each parameter once, with a value of a closed set."""
    known = {**flow.answer_tokens, "lang": TAGS.values(), "submitted": ("1",), "from": flow.by_key}
    return all(len(values) == 1 and values[0] in known.get(name, ()) for name, values in request.args.lists())


def kept(view: Callable[P, AnyResponse]) -> Callable[P, AnyResponse]:
    """Draw a page of the wizard once for everybody, where it is the same for everybody."""

    @wraps(view)
    def answered(*args: P.args, **kwargs: P.kwargs) -> AnyResponse:
        pages: Pages = current_app.extensions[EXTENSION]
        key = pages.key()
        if key is None:
            return view(*args, **kwargs)
        if (drawn := pages.get(key)) is None:
            drawn = Drawn.of(complete(view(*args, **kwargs)))
            pages.put(key, drawn)
        return drawn.answer()

    return answered

"""Keep the pages of the guide that are the same for everybody, as they were drawn for the first who asked.

Such a page depends on its place alone: the screen, the answers so far, the language, and whether it shows an error.
Each of them is one of a closed set, so nothing that an address says of a person is kept. Pages in a host's layout,
which may greet its reader by name, and pages of a portal that replaces a template of ours, are drawn for each reader.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, lru_cache, wraps
from typing import NamedTuple

from flask import Flask, request
from flask import Response as FlaskResponse
from werkzeug.wrappers import Response

from .headers import OWN_BASE, complete
from .navigation import SHOWN, Here, here
from .own_templates import TEMPLATES, is_ours

View = Callable[..., Response]
MOST = 512


class KeptResponse(FlaskResponse):
    """An answer that has all its headers already."""


class KeptPage(NamedTuple):
    """An answer as it goes out, with all its headers; ``etag`` is None where it has none."""

    body: bytes
    status: int
    headers: list[tuple[str, str]]
    etag: str | None

    def answer(self) -> KeptResponse:
        """Answer with the page, or with 304 where the browser has it already."""
        if self.etag is not None and request.if_none_match.contains_weak(self.etag):
            return KeptResponse(status=304, headers=self.headers)
        return KeptResponse(self.body, self.status, self.headers)


class PageCache:
    """The pages that one app keeps: those that were asked for last. Several threads may use it."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self.page = lru_cache(MOST)(_drawn)

    def answer(self, view: View, screen: dict[str, str]) -> Response:
        """Answer this request with the page that is kept for its place, or draw it."""
        at = here()
        place = _place(at) if self._is_used else None
        return self.page(view, tuple(screen.items()), place).answer() if place is not None else view(**screen)

    @cached_property
    def _is_used(self) -> bool:
        """Say whether pages are the same for everybody: in our own layout, by our own templates and addresses.

        A template that may change under our feet, as in development, is drawn anew each time.
        """
        app = self._app
        return (
            here().state.settings.base_template == OWN_BASE
            and not app.jinja_env.auto_reload
            and not app.url_default_functions.keys() & {None, "first_login"}
            and not app.url_map.host_matching
            and not app.subdomain_matching
            and all(
                is_ours(app.jinja_env, f"first_login/{file.name}") for file in (TEMPLATES / "first_login").iterdir()
            )
        )


def kept(view: View) -> View:
    """Draw a page of the guide once for everybody, where it is the same for everybody."""

    @wraps(view)
    def answered(**screen: str) -> Response:
        return here().state.pages.answer(view, screen)

    return answered


def _place(at: Here) -> tuple[object, ...] | None:
    """Return what a page depends on besides its screen; None where the address says what is not of a closed set."""
    closed = {"submitted": ("1",), "from": at.state.flow.by_key}
    shown = tuple((name, value) for name, value in request.args.items(multi=True) if name in SHOWN)
    if at.next is not None or any(value not in closed.get(name, ()) for name, value in shown):
        return None
    return request.script_root, tuple(at.answers.items()), at.words.locale, at.lang, shown


def _drawn(view: View, screen: tuple[tuple[str, str], ...], place: tuple[object, ...]) -> KeptPage:
    """Draw a page for everybody who asks for this screen at this place; called once for each."""
    response = complete(view(**dict(screen)))
    return KeptPage(response.get_data(), response.status_code, [*response.headers], response.get_etag()[0])

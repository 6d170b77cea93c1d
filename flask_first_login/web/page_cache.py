"""Pages that are the same for everybody, drawn once.

A page of the wizard depends on its address, its answers and its language alone, so whoever asks for it
again gets the octets that were drawn before. In a host's layout, which may greet its reader by name, what is
ours of the page is kept, and the layout is drawn around it each time.

Nothing of a person is ever kept: a page whose address says anything beyond the closed sets of answers,
languages and screens is drawn for its reader and forgotten, and so is every page that a host's own templates
or addresses have a part in.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import cached_property, wraps
from pathlib import Path
from typing import ParamSpec

from flask import Flask, current_app, request
from flask.sansio.app import App
from jinja2 import Environment, TemplateNotFound, nodes
from werkzeug.wrappers import Response

from ..flow import Flow
from ..languages import TAGS, choose_locale
from ..state import state_of
from .drawn import Drawn, Framed
from .headers import OWN_BASE

P = ParamSpec("P")
Key = tuple[str, str, bytes, str]
EXTENSION = "first_login.pages"
TEMPLATES = Path(__file__).parent / "templates"
MOST = 512
#: What a layout that fills or moves one of these needs anew each time; the others are drawn apart from it.
INNER = frozenset({"fl_content", "fl_heading", "fl_body", "fl_actions", "fl_choices"})


class Pages:
    """The pages that one app keeps: those that were asked for last. Several threads may use it."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._drawn: OrderedDict[Key, Drawn | Framed] = OrderedDict()

    def get(self, key: Key) -> Drawn | Framed | None:
        with self._lock:
            if (found := self._drawn.get(key)) is not None:
                self._drawn.move_to_end(key)
            return found

    def put(self, key: Key, drawn: Drawn | Framed) -> None:
        with self._lock:
            self._drawn[key] = drawn
            if len(self._drawn) > MOST:
                self._drawn.popitem(last=False)

    def keys(self) -> list[Key]:
        """What is kept, the one asked for longest ago first."""
        with self._lock:
            return [*self._drawn]

    @cached_property
    def kind(self) -> type[Drawn] | type[Framed] | None:
        """How pages are kept here: whole, without their layout, or, where a host has a part in them, not at all.

        A template that may change under our feet, as in development, is drawn anew each time.
        """
        app = self._app
        assert isinstance(app, Flask)  # noqa: S101  # what App is outside of Flask's own base classes
        names = (f"first_login/{path.name}" for path in (TEMPLATES / "first_login").iterdir())
        if (
            app.jinja_env.auto_reload
            or app.url_default_functions.keys() & {None, "first_login"}
            or app.url_map.host_matching
            or app.subdomain_matching
            or not all(_is_ours(app.jinja_env.get_template(name).filename) for name in names)
        ):
            return None
        base = state_of(app).settings.base_template
        if base == OWN_BASE:
            return Drawn
        return None if INNER & blocks(app.jinja_env, base) else Framed

    def key(self) -> Key | None:
        """What the answer to this request depends on; None when it depends on more, or is not to be kept."""
        state = state_of()
        if self.kind is None or (request.query_string and not _is_of_the_flow(state.flow)):
            return None
        return request.script_root, request.path, request.query_string, choose_locale(state.settings)


def blocks(env: Environment, name: str) -> frozenset[str]:
    """The blocks of a layout and of those it extends; all of `INNER` where that cannot be told from its text."""
    if env.loader is None:
        return INNER
    try:
        found = env.parse(env.loader.get_source(env, name)[0])
    except TemplateNotFound:
        return INNER
    bases = (one.template for one in found.find_all(nodes.Extends))
    of_bases = (blocks(env, str(one.value)) if isinstance(one, nodes.Const) else INNER for one in bases)
    return frozenset(one.name for one in found.find_all(nodes.Block)).union(*of_bases)


def _is_ours(filename: str | None) -> bool:
    return filename is not None and Path(filename).is_relative_to(TEMPLATES)


def _is_of_the_flow(flow: Flow) -> bool:
    """Whether the query is one of a finite number: each parameter once, with a value of a closed set."""
    known = {**flow.answer_tokens, "lang": TAGS.values(), "submitted": ("1",), "from": flow.by_key}
    return all(len(values) == 1 and values[0] in known.get(name, ()) for name, values in request.args.lists())


def kept(view: Callable[P, Response]) -> Callable[P, Response]:
    """Draw a page of the wizard once for everybody, where it is the same for everybody."""

    @wraps(view)
    def answered(*args: P.args, **kwargs: P.kwargs) -> Response:
        pages: Pages = current_app.extensions[EXTENSION]
        key = pages.key()
        if key is None or pages.kind is None:
            return view(*args, **kwargs)
        if (drawn := pages.get(key)) is None:
            drawn = pages.kind.of(lambda: view(*args, **kwargs))
            pages.put(key, drawn)
        return drawn.answer()

    return answered

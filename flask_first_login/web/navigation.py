"""Where the learner stands: what the URL of this request says, and the URLs that keep it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from flask import request, url_for

from ..flow import Flow
from ..flow.model import Screen
from ..flow.walk import implied, remembered
from ..languages import BY_TAG, TAGS, Words, choose_locale, explicit_locale
from ..per_request import per_request
from ..state import AppState, state_of
from .urls import address_of, safe_next

#: What else a URL of ours may say; kept when a page is shown in another language.
SHOWN = ("submitted", "new", "from", "ref", "left")
TOKEN = re.compile(r"[\w-]{1,40}", re.ASCII)
#: The documents that stand for a page in a walk by JSON (see `api`): who walks by JSON is never led to markup.
DOCUMENTS = {
    "login": "api_login",
    "outcome": "api_outcome",
    "acknowledge": "api_acknowledgement",
    "hours": "api_hours",
    "join": "api_join",
    "anew": "api_anew",
    "leave": "api_leave",
}
OF_A_SCREEN = frozenset({"first_login.api_screen", "first_login.api_answer"})


@dataclass(frozen=True, slots=True)
class Here:
    """The position of one request, derived from its URL alone.

    ``answers`` are the remembered answers (a closed set of tokens) and, over them, those that standing
    here implies; ``lang`` the language tag if the URL names one, ``next`` the host's page to end at if
    the URL names a safe one.
    """

    state: AppState
    words: Words
    answers: dict[str, str]
    lang: str | None
    next: str | None

    @property
    def screen(self) -> Screen | None:
        """The screen of the wizard that this request is for; None on any other page."""
        return _screen(self.state.flow)

    def url(self, endpoint: str, *, answers: dict[str, str] | None = None, **values: str | None) -> str:
        """The URL of one of our pages, keeping the answers, the language and the host's next page."""
        kept = {**(self.answers if answers is None else answers), "lang": self.lang, "next": self.next}
        named: dict[str, Any] = {name: value for name, value in (kept | values).items() if value is not None}
        return url_for(f"first_login.{DOCUMENTS.get(endpoint, endpoint) if by_json() else endpoint}", **named)

    def screen_url(self, path: str, answers: dict[str, str] | None = None, **values: str | None) -> str:
        """The URL of a screen of the wizard."""
        if by_json():
            return self.url("api_screen", answers=answers, key=self.state.flow.by_path[path].key, **values)
        return self.url("screen", answers=answers, path=path, **values)

    def in_language(self, locale: str) -> str:
        """The URL of this very page in another language, with everything else kept."""
        shown = {name: value for name, value in request.args.items() if name in SHOWN and TOKEN.fullmatch(value)}
        endpoint = (request.endpoint or "first_login.screen").removeprefix("first_login.")
        return self.url(endpoint, **{**(request.view_args or {}), **shown, "lang": TAGS[locale]})


def by_json() -> bool:
    """Whether this request is for a document of the JSON interface, and not for a page."""
    return (request.endpoint or "").startswith("first_login.api_")


def _screen(flow: Flow) -> Screen | None:
    place = request.view_args or {}
    if request.endpoint in OF_A_SCREEN:
        return flow.by_key.get(place["key"])
    return flow.by_path.get(place.get("path", "")) if request.endpoint == "first_login.screen" else None


def _answers(flow: Flow) -> dict[str, str]:
    """What the query remembers and what this place implies, in the order of the flow's questions."""
    screen = _screen(flow)
    known = remembered(flow, request.args.to_dict(flat=False)) | (implied(flow, screen.key) if screen else {})
    return {name: known[name] for name in flow.answer_tokens if name in known}


def here() -> Here:
    """The position of the current request; worked out once."""
    found: Here | None = per_request().get("here")
    if found is None:
        state = state_of()
        locale = choose_locale(state.settings)
        explicit = explicit_locale()
        values = request.args.getlist("next")
        found = per_request()["here"] = Here(
            state=state,
            words=state.words[locale],
            answers=_answers(state.flow),
            lang=TAGS[explicit] if explicit else None,
            next=safe_next(values[0]) if len(values) == 1 else None,
        )
    return found


def this_page() -> str:
    """The address of this very request, for ``next``; below a mount point it begins with that."""
    return address_of(request.script_root + request.path, request.query_string)


def resume(at: Here, *, answers: dict[str, str], next: str | None, lang: str | None) -> Here:
    """Go on where a sign-in began: its answers, its next page and its language hold for the rest of this request."""
    words = at.state.words[BY_TAG[lang]] if lang in BY_TAG else at.words
    per_request()["here"] = Here(at.state, words, answers, lang, next)
    return here()

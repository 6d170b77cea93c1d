"""What the URL of this request says, the URLs that keep it, and the addresses of this site that ``next`` may name.

The wizard is walked without a session: who stands where, with which answers, in which language, is in the URL alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from unicodedata import category
from urllib.parse import quote, quote_from_bytes, unquote, urlsplit

from flask import request, url_for

from ..addresses import LOOPBACK
from ..flow import Flow
from ..flow.model import Screen
from ..flow.walk import implied, remembered
from ..languages import choose_locale, explicit_locale
from ..per_request import per_request
from ..state import AppState, state_of
from ..words import Words

#: What else a URL of ours may say; kept when a page is shown in another language.
SHOWN = ("submitted", "new", "from", "ref", "left", "for")
TOKEN = re.compile(r"[\w-]{1,40}", re.ASCII)
#: The JSON document that stands for a page: a client of the JSON interface is never sent to markup.
DOCUMENTS = {
    "login": "api_login",
    "outcome": "api_outcome",
    "acknowledge": "api_acknowledgement",
    "hours": "api_hours",
    "join": "api_join",
    "anew": "api_anew",
    "sign_out": "api_sign_out",
    "leave": "api_leave",
}
SCREEN_DOCUMENTS = frozenset({"first_login.api_screen", "first_login.api_answer"})

#: A sign-in carries the path in its sealed cookie, and a browser drops a cookie beyond 4,096 octets without a word.
LONGEST = 1024
#: What stays as it is in an address that is rebuilt, letters and digits apart; a ``%`` begins what is encoded already.
OF_A_PATH = "/%:@!$&'()*+,;=~-._[]|"
OF_A_QUERY = OF_A_PATH + "?^`{}"
#: Categories of characters that stand in no address: control, surrogate, and separators of lines and paragraphs.
REFUSED = frozenset({"Cc", "Cs", "Zl", "Zp"})
#: Those that nobody sees, such as the joiners inside words and emoji, and that something behind us may drop.
UNSEEN = frozenset({"Cf"})
BLANK_SEGMENT = re.compile(r"/\s+(?=[/?#]|$)")


@dataclass(frozen=True, slots=True)
class Here:
    """The position of one request, derived from its URL alone.

    ``answers`` are the remembered answers (a closed set of tokens) and, over them, those that standing
    here implies; ``lang`` the language tag if the URL names one, ``next`` the host's page to end at if
    the URL names a safe one.
    """

    state: AppState
    answers: dict[str, str]
    lang: str | None
    next: str | None

    @property
    def words(self) -> Words:
        """The words of the language that is shown; the host and the browser are asked when the first one is read."""
        served = self.state.served
        chosen = choose_locale(self.state.settings, served)
        return self.state.words[served.get(self.lang or "", chosen)]

    @property
    def screen(self) -> Screen | None:
        """The screen of the guide that this request is for; None on any other page."""
        return _screen(self.state.flow)

    @property
    def home_url(self) -> str:
        """Where a learner goes when nothing else was asked for; ``/`` is the portal's front page, also below a path."""
        home = self.state.settings.home_url
        return f"{_quoted(request.script_root)}/" if home == "/" else home

    def url(self, endpoint: str, *, answers: dict[str, str] | None = None, **values: str | None) -> str:
        """Build the URL of one of our pages, which keeps the answers, the language and the host's next page."""
        kept = {**(self.answers if answers is None else answers), "lang": self.lang, "next": self.next}
        named: dict[str, Any] = {name: value for name, value in (kept | values).items() if value is not None}
        return url_for(f"first_login.{DOCUMENTS.get(endpoint, endpoint) if by_json() else endpoint}", **named)

    def screen_url(self, path: str, answers: dict[str, str] | None = None, **values: str | None) -> str:
        """Build the URL of a screen of the guide."""
        if by_json():
            return self.url("api_screen", answers=answers, key=self.state.flow.by_path[path].key, **values)
        return self.url("screen", answers=answers, path=path, **values)

    def in_language(self, tag: str) -> str:
        """Build the URL of this very page in another language; everything else is kept."""
        shown = {name: value for name, value in request.args.items() if name in SHOWN and TOKEN.fullmatch(value)}
        endpoint = (request.endpoint or "first_login.screen").removeprefix("first_login.")
        return self.url(endpoint, **{**(request.view_args or {}), **shown, "lang": tag})


def by_json() -> bool:
    """Say whether this request is for a document of the JSON interface, and not for a page."""
    return (request.endpoint or "").startswith("first_login.api_")


def _screen(flow: Flow) -> Screen | None:
    place = request.view_args or {}
    if request.endpoint in SCREEN_DOCUMENTS:
        return flow.by_key.get(place["key"])
    return flow.by_path.get(place.get("path", "")) if request.endpoint == "first_login.screen" else None


def _answers(flow: Flow) -> dict[str, str]:
    """Merge what the query says with what standing here implies, in the order of the flow's questions."""
    screen = _screen(flow)
    known = remembered(flow, request.args.to_dict(flat=False)) | (implied(flow, screen.key) if screen else {})
    return {name: known[name] for name in flow.answer_tokens if name in known}


def here() -> Here:
    """Return the position of the current request; worked out once."""
    found: Here | None = per_request().get("here")
    if found is None:
        state = state_of()
        explicit, values = explicit_locale(state.served), request.args.getlist("next")
        found = per_request()["here"] = Here(
            state=state,
            answers=_answers(state.flow),
            lang=state.words[explicit].tag if explicit else None,
            next=safe_next(values[0]) if len(values) == 1 else None,
        )
    return found


def this_page() -> str:
    """Return the address of this very request, for ``next``; below a mount point it begins with that."""
    path = _quoted(request.script_root + request.path)
    return f"{path}?{as_ascii(request.query_string).decode()}" if request.query_string else path


def _quoted(path: str) -> str:
    return quote(path, safe=OF_A_PATH.replace("%", ""))


def resume(at: Here, *, answers: dict[str, str], next: str | None, lang: str | None) -> Here:
    """Take up the answers, the next page and the language with which a sign-in began, for the rest of this request."""
    found = per_request()["here"] = Here(at.state, answers, lang, next)
    return found


def told_address(at: Here, endpoint: str, **values: Any) -> str | None:
    """Give the address of a page of ours as a provider is told it: from configuration, never from a request's Host
    header.

    Without ``FIRST_LOGIN_EXTERNAL_URL`` there is one on this machine only, else None: an attacker's Host header would
    otherwise choose where a code is sent (CVE-2025-32962).
    """
    path = url_for(f"first_login.{endpoint}", **values)
    if at.state.settings.external_url is not None:
        return at.state.settings.external_url + path
    is_here = (urlsplit(f"//{request.host}").hostname or "") in LOOPBACK
    return f"{request.scheme}://{request.host}{path}" if is_here else None


# --- addresses of this site ---


def safe_next(value: str | None) -> str | None:
    """Rebuild ``value`` as a path of this site; return None when it is anything else.

    Open redirects: browsers take for another site what ``urlsplit`` calls relative, such as ``//evil``, ``/\\evil``, or
    a tab or a line break in between. So nothing is compared with a list of tricks. A path must start with one slash,
    also once decoded and without what nobody sees. What is percent-encoded stays as it is, a plain blank is encoded.
    What stands after the path leads nowhere else, whatever it encodes.
    """
    if not value or len(value) > LONGEST or value != value.strip() or not REFUSED.isdisjoint(map(category, value)):
        return None
    path, _, query = value.partition("#")[0].partition("?")
    if BLANK_SEGMENT.search(path) or not _is_local(path) or not _is_local(unquote(path, errors="replace")):
        return None
    rebuilt = quote(path, safe=OF_A_PATH) + (f"?{quote(query, safe=OF_A_QUERY)}" if query else "")
    return rebuilt if len(rebuilt) <= LONGEST else None


def as_ascii(octets: bytes) -> bytes:
    """Percent-encode what is not ASCII in a query, as every browser does; all else stays as it is."""
    return re.sub(rb"[^\x00-\x7f]+", lambda found: quote_from_bytes(found[0]).encode(), octets)


def _is_local(path: str) -> bool:
    seen = "".join(character for character in path if category(character) not in UNSEEN)
    return (
        path.startswith("/")
        and REFUSED.isdisjoint(map(category, path))
        and not any(trick in seen for trick in ("//", "\\", "\ufffd"))
    )

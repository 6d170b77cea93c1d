"""Which language a page is in: the URL decides, then the host, then the browser, then the default."""

from __future__ import annotations

import re
from functools import lru_cache

from flask import current_app, request
from flask_babel import get_locale, refresh
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from ..per_request import per_request
from ..settings import Settings
from ..words import TAGS

BY_TAG = {tag: locale for locale, tag in TAGS.items()}
LONGEST_HEADER = 200
SERVED_IN = {"zh": "zh_Hant_TW", "en": "en"}


def explicit_locale() -> str | None:
    """The language the URL asks for, if it is one of ours: any other value is dropped (CVE-2021-42771)."""
    if not request.query_string:
        return None
    values = request.args.getlist("lang")
    return BY_TAG.get(values[0]) if len(values) == 1 else None


def choose_locale(settings: Settings) -> str:
    """The language of this request; worked out once.

    Flask-Babel keeps its language in ``g``, which may be that of an earlier request: it is asked anew, for the host's
    layout too.
    """
    found: str | None = per_request().get("locale")
    if found is None:
        if "babel" in current_app.extensions:
            refresh()
        found = explicit_locale() or _host_locale(settings) or _browser_locale() or settings.default_locale
        per_request()["locale"] = found
    return found


def _host_locale(settings: Settings) -> str | None:
    if settings.locale_selector is not None:
        chosen: object = settings.locale_selector()  # a tag, or a Locale of Babel, as Flask-Babel takes it
        return serves(str(chosen)) if chosen is not None else None
    return serves(str(get_locale())) if "babel" in current_app.extensions else None


def _browser_locale() -> str | None:
    return _accepted(request.environ.get("HTTP_ACCEPT_LANGUAGE", "")[:LONGEST_HEADER])


@lru_cache(maxsize=256)
def _accepted(header: str) -> str | None:
    """The language that a browser's header asks for; nearly all browsers send one of a few."""
    tags = parse_accept_header(header, LanguageAccept)
    return next((ours for tag, _ in tags if (ours := serves(tag)) is not None), None)


def serves(tag: str | None) -> str | None:
    """The shipped language that serves a tag: every kind of Chinese is served in Traditional Chinese."""
    return SERVED_IN.get(re.split(r"[-_]", tag)[0].lower()) if tag else None

"""Which language a page is in: the URL decides, then the host, then the browser, then the default."""

from __future__ import annotations

import re

from flask import current_app, request
from flask_babel import get_locale

from ..settings import Settings
from ..words import TAGS

BY_TAG = {tag: locale for locale, tag in TAGS.items()}
SERVED_IN = {"zh": "zh_Hant_TW", "en": "en"}


def explicit_locale() -> str | None:
    """The language the URL asks for, if it is one of ours: any other value is dropped (CVE-2021-42771)."""
    values = request.args.getlist("lang")
    return BY_TAG.get(values[0]) if len(values) == 1 else None


def choose_locale(settings: Settings) -> str:
    """The language of this request."""
    return explicit_locale() or _host_locale(settings) or _browser_locale() or settings.default_locale


def _host_locale(settings: Settings) -> str | None:
    if settings.locale_selector is not None:
        return serves(settings.locale_selector())
    return serves(str(get_locale())) if "babel" in current_app.extensions else None


def _browser_locale() -> str | None:
    return next((ours for tag, _ in request.accept_languages if (ours := serves(tag)) is not None), None)


def serves(tag: str | None) -> str | None:
    """The shipped language that serves a tag: every kind of Chinese is served in Traditional Chinese."""
    return SERVED_IN.get(re.split(r"[-_]", tag)[0].lower()) if tag else None

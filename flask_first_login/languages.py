"""The languages of the portal: which are served, which one a request gets, and how its words are found.

The URL decides, then the host, then the browser, then the default. Our words stand in the source, each as a `Text` in
both languages; a host changes them with a catalog of the domain ``flask_first_login``, read once, when the app starts.
Plain ``_()`` in a host's layout keeps looking in the host's own catalog, ``_fl()`` in that domain.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from babel.support import NullTranslations, Translations
from flask import current_app, request
from flask_babel import get_locale, refresh
from markupsafe import Markup, escape
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from .errors import place_of
from .identity import Standing
from .per_request import per_request
from .providers import Registration
from .settings import LOCALES, Settings
from .text import Text
from .traces import leave_trace

DOMAIN = "flask_first_login"
TAGS = MappingProxyType({"zh_Hant_TW": "zh-Hant-TW", "en": "en"})
BY_TAG = {tag: locale for locale, tag in TAGS.items()}
SERVED_IN = MappingProxyType({"zh": "zh_Hant_TW", "en": "en"})
LONGEST_HEADER = 200
#: A text, which `re` compiles when it is first needed, and keeps: so wide a range takes it a millisecond.
HAN = r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]+"
BRACES = re.compile(r"\{\{|\}\}|\{(\w+)\}")

# --- the language of a request ---


def serves(tag: str | None) -> str | None:
    """Return the locale that serves a tag: every kind of Chinese is served in Traditional Chinese."""
    return SERVED_IN.get(re.split(r"[-_]", tag)[0].lower()) if tag else None


def explicit_locale() -> str | None:
    """Return the language that the URL asks for, if it is one of ours: any other value is dropped (CVE-2021-42771)."""
    if not request.query_string:
        return None
    values = request.args.getlist("lang")
    return BY_TAG.get(values[0]) if len(values) == 1 else None


def choose_locale(settings: Settings) -> str:
    """Return the language of this request; worked out once.

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
    """Return what the host chose. A choice that fails leaves a trace, and the browser's counts: the page of that very
    failure is to be drawn in some language too."""
    try:
        if settings.locale_selector is not None:
            chosen: object = settings.locale_selector()  # a tag, or a Locale of Babel, as Flask-Babel takes it
            return serves(str(chosen)) if chosen is not None else None
        return serves(str(get_locale())) if "babel" in current_app.extensions else None
    except Exception as error:
        leave_trace(error, "the host's choice of a language failed: %s", place_of(error))
        return None


def _browser_locale() -> str | None:
    return _accepted(request.environ.get("HTTP_ACCEPT_LANGUAGE", "")[:LONGEST_HEADER])


@lru_cache(maxsize=256)
def _accepted(header: str) -> str | None:
    """Return the language that a browser's header asks for; nearly all browsers send one of a few."""
    tags = parse_accept_header(header, LanguageAccept)
    return next((ours for tag, _ in tags if (ours := serves(tag)) is not None), None)


# --- the words of a language ---


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language; what templates know as ``_fl``.

    A `Text` brings both languages: ``changed`` finds what the host's catalog says instead. ``facts`` fills the
    placeholders. A bare English sentence comes from a template of the host; ``known`` are those that ours said.
    """

    locale: str
    changed: Callable[[str], str]
    facts: Mapping[str, str]
    known: Mapping[str, Text]

    @property
    def tag(self) -> str:
        """The language as BCP 47 names it, for ``lang`` and ``hreflang``."""
        return TAGS[self.locale]

    def plain(self, words: Text, /, **values: object) -> str:
        """Return ``words`` in this language as plain text, for attributes, titles, headers and JSON."""
        if (found := self.changed(words.en)) == words.en:
            found = words.en if self.locale == "en" else words.zh
        return _filled(found, {**self.facts, **values}) if "{" in found or "}" in found else found

    def in_template(self, words: Text | str, /, **values: object) -> str:
        """Return the words of a template as plain text; a host's sentence that no catalog has stays as it is."""
        text = words if isinstance(words, Text) else self.known.get(words) or Text(words, words)
        return self.plain(text, **values)

    def __call__(self, words: Text | str, /, **values: object) -> Markup:
        """Return ``words`` as markup; in English, Chinese that must stay is marked as Chinese (WCAG 3.1.2)."""
        text = escape(self.in_template(words, **values))
        if self.locale == "en" and not text.isascii():
            return Markup(re.sub(HAN, r'<span lang="zh-Hant-TW">\g<0></span>', str(text)))  # noqa: S704  # escaped above
        return text


def _filled(text: str, values: Mapping[str, object]) -> str:
    """Fill the placeholders of ``text``; an unknown one stays, so that a slip in a host's words breaks no page."""

    def fill(found: re.Match[str]) -> str:
        name = found[1]
        return found[0][0] if name is None else str(values.get(name, found[0]))

    return BRACES.sub(fill, text)


def load_words(
    settings: Settings, registrations: Iterable[Registration], known: Mapping[str, Text]
) -> Mapping[str, Words]:
    """Load the words of every language for one portal, by locale."""
    facts = portal_facts(settings, registrations)
    return MappingProxyType(
        {
            locale: Words(
                locale,
                _host_catalog(settings, locale).ugettext,
                MappingProxyType({name: fact.en if locale == "en" else fact.zh for name, fact in facts.items()}),
                known,
            )
            for locale in LOCALES
        }
    )


def _host_catalog(settings: Settings, locale: str) -> NullTranslations:
    folder = settings.translations
    return Translations.load(folder, [locale], DOMAIN) if folder is not None else NullTranslations()


def portal_facts(settings: Settings, registrations: Iterable[Registration]) -> dict[str, Text]:
    """Return what the placeholders of a `Text` stand for here: the social providers, and the minutes of waiting."""
    low, high = settings.sync_minutes
    providers = [registration.provider for registration in registrations]
    titles = [provider.title for provider in providers if provider.standing is Standing.SOCIAL]
    titles = titles or [Text("a social account", "社群")]
    return {
        "social": Text(
            _listed([title.en for title in titles], ", ", " or "), _listed([title.zh for title in titles], "、", "或")
        ),
        "sync": Text(f"{low} to {high}", f"{low}~{high}"),
    }


def _listed(names: list[str], comma: str, last: str) -> str:
    return last.join([comma.join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]

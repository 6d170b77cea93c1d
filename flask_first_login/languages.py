"""The languages of the portal: which are served, how each sets words together, and which one a request gets.

Served are those that are shipped and those of which a host has a catalog. The URL decides, then the host, then the
browser, then the default.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType, ModuleType

from babel import Locale, UnknownLocaleError
from babel.core import get_global, parse_locale
from flask import current_app, request
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from .errors import Problem, place_of
from .per_request import per_request
from .setting_readers import CATALOG
from .settings import Settings
from .text import CHINESE, ENGLISH
from .traces import leave_trace

SHIPPED = Path(__file__).parent / "web" / "translations"
#: Where the speakers of a language call it otherwise than the CLDR does.
NAMES = MappingProxyType({"id": "Bahasa Indonesia", "ms": "Bahasa Melayu"})
LONGEST_HEADER = 200


@dataclass(frozen=True, slots=True)
class Language:
    """A language of the portal.

    ``locale`` is its name in Babel, ``name`` its own for itself. Between the names of a list stands its ``comma``,
    before a bracket and between sentences its ``gap``, between the parts of a title its ``dash``.
    """

    locale: str
    name: str
    comma: str
    gap: str
    dash: str
    direction: str

    @property
    def tag(self) -> str:
        """The language as BCP 47 names it, for ``lang`` and ``hreflang``."""
        return self.locale.replace("_", "-")

    @property
    def is_chinese(self) -> bool:
        return self.locale.partition("_")[0] == "zh"

    @property
    def is_ideographic(self) -> bool:
        """Whether it is written without blanks, in characters that are Chinese or look so."""
        return not self.gap

    @classmethod
    def of(cls, locale: Locale, *, alone: bool = True) -> Language:
        """Describe a language as the CLDR does; where it does not stand ``alone``, its name says which of several."""
        name = locale.get_language_name(locale) if alone else locale.get_display_name(locale)
        name = NAMES.get(str(locale)) or name or str(locale)
        comma = str(locale.list_patterns["standard"]["middle"]).replace("{0}", "").replace("{1}", "")
        gap, dash = ("", "－") if comma == "、" else (" ", " – ")
        return cls(str(locale), name[0].upper() + name[1:], comma.rstrip(), gap, dash, locale.text_direction)


def find_languages(settings: Settings) -> tuple[dict[str, Language], dict[str, list[Path]], list[Problem]]:
    """Find the languages that are served, in the order of the switch, the catalogs of each, and what is wrong."""
    catalogs: dict[str, list[Path]] = {CHINESE: [], ENGLISH: []}
    problems = []
    for folder in [SHIPPED, *([settings.translations] if settings.translations is not None else [])]:
        for path in sorted(folder.glob(f"*/LC_MESSAGES/{CATALOG}")):
            try:
                found = Locale.parse(path.parts[-3].replace("-", "_"))
                catalogs.setdefault(CHINESE if str(found) == "zh" else str(found), []).append(path)
            except (UnknownLocaleError, ValueError):
                what = f"is in the folder {path.parts[-3]!r}, which is no language that Babel knows."
                problems.append(Problem(str(path), what, "Name the folder as Babel does, such as vi or pt_BR."))
    problems += _unknown("LANGUAGES", settings.languages, catalogs)
    locales = [Locale.parse(name) for name in settings.languages or catalogs if name in catalogs]
    spoken = [found.language for found in locales]
    languages = {str(found): Language.of(found, alone=spoken.count(found.language) == 1) for found in locales}
    problems += _unknown("DEFAULT_LOCALE", (settings.default_locale,), languages)
    return languages, catalogs, problems


def _unknown(setting: str, wanted: Iterable[str], known: Iterable[str]) -> Iterator[Problem]:
    """Find what a setting names that is no language of this portal."""
    for name in wanted:
        if name not in known:
            what = f"names {name!r}, which is no language of this portal: there is no catalog of it, or it is left out."
            yield Problem(f"FIRST_LOGIN_{setting}", what, f"Known: {', '.join(known)}.")


# --- the language of a request ---


def serves(tag: str | None, served: Iterable[str]) -> str | None:
    """Return the locale that serves a tag best; any kind of a language is better than another language.

    Every kind of Chinese is served in Traditional Chinese, unless a host has a catalog of Simplified Chinese.
    """
    if not tag or (wanted := _parts(tag)) is None:
        return None
    same = [(locale, parts) for locale in served if (parts := _parts(locale)) is not None and parts[0] == wanted[0]]
    if re.search("[-_]", tag):
        script, territory = wanted[1:]
        same.sort(key=lambda found: (found[1][1] != script, found[1][2] != territory, found[1][2] is not None))
    return same[0][0] if same else None


@lru_cache(maxsize=512)
def _parts(tag: str) -> tuple[str, str | None, str | None] | None:
    """Return the language, the script and the territory of a tag, its likely script where it names none; None when it
    is no tag. What Babel cannot read at its end, as extensions, is left out."""
    subtags = tag.replace("-", "_")
    try:
        language, territory, script = parse_locale(subtags)[:3]
    except ValueError:
        return _parts(subtags.rpartition("_")[0]) if "_" in subtags else None
    language, likely = get_global("language_aliases").get(language, language), get_global("likely_subtags")
    usual = likely.get(f"{language}_{territory}") or likely.get(language, language)
    return language, script or parse_locale(usual)[2], territory


def explicit_locale(served: Mapping[str, str]) -> str | None:
    """Return the locale that the URL asks for, of those ``served`` by their tags: any other value is dropped
    (CVE-2021-42771)."""
    if not request.query_string:
        return None
    values = request.args.getlist("lang")
    return served.get(values[0]) if len(values) == 1 else None


def choose_locale(settings: Settings, served: Mapping[str, str]) -> str:
    """Return the language of this request, of those ``served`` by their tags; worked out once.

    Flask-Babel keeps its language in ``g``, which may be that of an earlier request: it is asked anew, for the host's
    layout too.
    """
    found: str | None = per_request().get("locale")
    if found is None:
        if (babel := babel_of_host()) is not None:
            babel.refresh()
        locales = tuple(served.values())
        found = explicit_locale(served) or _host_locale(settings, locales) or _browser_locale(locales)
        found = per_request()["locale"] = found or settings.default_locale
    return found


def babel_of_host() -> ModuleType | None:
    """Return what asks and forces the language of the host's pages: Flask-Babel, or another of the same make, such as
    Flask-BabelPlus, which takes the same place in ``app.extensions``; None where there is none."""
    package = type(current_app.extensions.get("babel")).__module__.partition(".")[0]
    found = sys.modules.get(package)
    return found if all(hasattr(found, name) for name in ("get_locale", "force_locale", "refresh")) else None


def _host_locale(settings: Settings, served: tuple[str, ...]) -> str | None:
    """Return what the host chose. A choice that fails leaves a trace, and the browser's counts: the page of that very
    failure is to be drawn in some language too."""
    try:
        if settings.locale_selector is not None:
            chosen: object = settings.locale_selector()  # a tag, or a Locale of Babel, as Flask-Babel takes it
        else:
            chosen = babel.get_locale() if (babel := babel_of_host()) is not None else None
        return serves(str(chosen), served) if chosen is not None else None
    except Exception as error:
        leave_trace(error, "the host's choice of a language failed: %s", place_of(error))
        return None


def _browser_locale(served: tuple[str, ...]) -> str | None:
    return _accepted(request.environ.get("HTTP_ACCEPT_LANGUAGE", "")[:LONGEST_HEADER], served)


@lru_cache(maxsize=256)
def _accepted(header: str, served: tuple[str, ...]) -> str | None:
    """Return the language that a browser's header asks for; nearly all browsers send one of a few."""
    tags = parse_accept_header(header, LanguageAccept)
    return next((ours for tag, quality in tags if quality and (ours := serves(tag, served)) is not None), None)

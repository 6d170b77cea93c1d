"""The portal's words in each language: the shipped catalogs, a host's own words over them, and the portal's facts.

The catalogs are a Babel domain of our own, ``flask_first_login``, so that a host's catalog and ours
never meet: plain ``_()`` in a host's layout keeps looking in the host's catalog, ``_fl()`` in ours.
They are read once, when the app starts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from babel.support import NullTranslations, Translations
from markupsafe import Markup, escape

from .identity import Standing
from .providers import Registration
from .settings import LOCALES, Settings
from .text import Text

DOMAIN = "flask_first_login"
SHIPPED = Path(__file__).parent / "web" / "translations"
TAGS = MappingProxyType({"zh_Hant_TW": "zh-Hant-TW", "en": "en"})
#: A text, which `re` compiles when it is first needed, and keeps: so wide a range takes it a millisecond.
HAN = r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]+"
BRACES = re.compile(r"\{\{|\}\}|\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language; what templates know as ``_fl``.

    ``find`` looks a sentence up in the catalogs, ``changed`` in the host's alone: a `Text` brings both
    languages, so only a host's wish may change it. ``facts`` fills the placeholders.
    """

    locale: str
    find: Callable[[str], str]
    changed: Callable[[str], str]
    facts: Mapping[str, str]

    @property
    def tag(self) -> str:
        """The language as BCP 47 names it, for ``lang`` and ``hreflang``."""
        return TAGS[self.locale]

    def plain(self, words: Text | str, /, **values: object) -> str:
        """``words`` in this language as plain text, for attributes, titles, headers and JSON."""
        if isinstance(words, str):
            found = self.find(words)
        elif (found := self.changed(words.en)) == words.en:
            found = words.en if self.locale == "en" else words.zh
        return _filled(found, {**self.facts, **values}) if "{" in found or "}" in found else found

    def __call__(self, words: Text | str, /, **values: object) -> Markup:
        """``words`` as markup; in English, Chinese that must stay is marked as Chinese (WCAG 3.1.2)."""
        text = escape(self.plain(words, **values))
        if self.locale == "en" and not text.isascii():
            return Markup(re.sub(HAN, r'<span lang="zh-Hant-TW">\g<0></span>', str(text)))  # noqa: S704  # escaped above
        return text


def _filled(text: str, values: Mapping[str, object]) -> str:
    """``text`` with its placeholders filled; an unknown one stays, so that a slip in a host's words breaks no page."""

    def fill(found: re.Match[str]) -> str:
        name = found[1]
        return found[0][0] if name is None else str(values.get(name, found[0]))

    return BRACES.sub(fill, text)


def load_words(settings: Settings, registrations: Iterable[Registration]) -> Mapping[str, Words]:
    """The words of every language for one portal, by locale."""
    facts = portal_facts(settings, registrations)
    return MappingProxyType({locale: _words(locale, settings.translations, facts) for locale in LOCALES})


def _words(locale: str, host_folder: Path | None, facts: Mapping[str, Text]) -> Words:
    both = Translations.load(SHIPPED, [locale], DOMAIN)
    host = Translations.load(host_folder, [locale], DOMAIN) if host_folder else NullTranslations()
    if isinstance(both, Translations) and isinstance(host, Translations):
        both.merge(host)
    said = {name: text.en if locale == "en" else text.zh for name, text in facts.items()}
    return Words(locale, both.ugettext, host.ugettext, MappingProxyType(said))


def portal_facts(settings: Settings, registrations: Iterable[Registration]) -> dict[str, Text]:
    """What the placeholders of a `Text` stand for in this portal: its social providers, its minutes of waiting."""
    low, high = settings.sync_minutes
    titles = [one.provider.title for one in registrations if one.provider.standing is Standing.SOCIAL]
    titles = titles or [Text("a social account", "社群")]
    return {
        "social": Text(_listed([t.en for t in titles], ", ", " or "), _listed([t.zh for t in titles], "、", "或")),
        "sync": Text(f"{low} to {high}", f"{low}~{high}"),
    }


def _listed(names: list[str], comma: str, last: str) -> str:
    return last.join([comma.join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]

"""The words of each language: ours, which stand in the source as `Text`, and over them those of catalogs.

A catalog of the domain ``flask_first_login`` translates our English, or changes what we say; ours and a host's are read
once, when the app starts. What none translates is said in English. Plain ``_()`` in a host's layout keeps looking in
the host's own catalog, ``_fl()`` in that domain.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from babel.lists import format_list
from babel.messages.mofile import read_mo
from markupsafe import Markup, escape

from .errors import Problem
from .identity import Standing
from .languages import Language, find_languages
from .providers import Registration
from .settings import Settings
from .text import ENGLISH, Text, filled, placeholders
from .unbroken_names import unbroken

#: A text, which `re` compiles when it is first needed, and keeps: so wide a range takes it a millisecond.
HAN = r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]+"
HAN_MARKED = r'<span lang="zh-Hant-TW">\g<0></span>'
#: As whom a language lists names, where not as itself: our English sets no comma before its ``or``.
LISTS_AS = MappingProxyType({ENGLISH: "en_001"})
RANGE = Text("{low} to {high}", "{low}~{high}")
ANY_SOCIAL = Text("a social account", "社群")


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language; what templates know as ``_fl``.

    A `Text` brings English and Chinese: ``catalog`` holds what is said instead, by its English. ``facts`` fills the
    placeholders. A bare English sentence comes from a template of the host; ``known`` are those that ours said.
    """

    language: Language
    catalog: Mapping[str, str]
    facts: Mapping[str, str]
    known: Mapping[str, Text]

    @property
    def locale(self) -> str:
        """The language as Babel names it."""
        return self.language.locale

    @property
    def tag(self) -> str:
        """The language as BCP 47 names it, for ``lang`` and ``hreflang``."""
        return self.language.tag

    def plain(self, words: Text, /, **values: object) -> str:
        """Return ``words`` in this language as plain text, for attributes, titles, headers and JSON."""
        found = self.catalog.get(words.en) or (words.zh if self.language.is_chinese else words.en)
        if "{" not in found and "}" not in found:
            return found
        given = dict(words.values) | values
        own = {name: self.plain(value) if isinstance(value, Text) else value for name, value in given.items()}
        return filled(found, {**self.facts, **own})

    def in_template(self, words: Text | str, /, **values: object) -> str:
        """Return the words of a template as plain text; a host's sentence that no catalog has stays as it is."""
        return self.plain(self._text(words), **values)

    def __call__(self, words: Text | str, /, **values: object) -> Markup:
        """Return ``words`` as markup, in which what is of another language is marked as that (WCAG 3.1.2): Chinese
        that must stay, and English that no catalog translates. No Chinese name in it is broken by a line."""
        text = self._text(words)
        said = escape(self.plain(text, **values))
        if self.language.is_chinese:
            return unbroken(said)
        if not self.language.is_ideographic and not said.isascii():
            said = Markup(re.sub(HAN, HAN_MARKED, str(said)))  # noqa: S704  # escaped above
        return Markup('<span lang="en">{}</span>').format(said) if self._lacks(text) else said

    def _text(self, words: Text | str) -> Text:
        return words if isinstance(words, Text) else self.known.get(words) or Text(words, words)

    def _lacks(self, text: Text) -> bool:
        """Say whether English stands in for what no catalog translates; a name is the same in every language."""
        is_source = self.language.is_chinese or self.locale == ENGLISH
        return not is_source and text.en != text.zh and text.en not in self.catalog


def load_words(
    settings: Settings, registrations: Iterable[Registration], known: Mapping[str, Text]
) -> tuple[Mapping[str, Words], list[Problem]]:
    """Load the words of every language for one portal, by locale; the catalogs that cannot be used are problems."""
    languages, catalogs, problems = find_languages(settings)
    titles = [each.provider.title for each in registrations if each.provider.standing is Standing.SOCIAL]
    loaded = {}
    for locale, language in languages.items():
        catalog: dict[str, str] = {}
        for path in catalogs[locale]:
            catalog |= _read(path, problems)
        words = Words(language, catalog, {}, known)
        facts = portal_facts(words, settings.sync_minutes, titles)
        loaded[locale] = Words(language, MappingProxyType(catalog), MappingProxyType(facts), known)
    return MappingProxyType(loaded), problems


def portal_facts(words: Words, minutes: tuple[int, int], social: list[Text]) -> dict[str, str]:
    """Return what the placeholders of a `Text` stand for here: the social providers, and the minutes of waiting."""
    low, high = minutes
    titles = [words.plain(title) for title in social or [ANY_SOCIAL]]
    listed = format_list(titles, "or", LISTS_AS.get(words.locale, words.locale))
    return {"social": listed, "sync": words.plain(RANGE, low=low, high=high)}


def _read(path: Path, problems: list[Problem]) -> dict[str, str]:
    """Read a compiled catalog, its English to its words; add what is wrong with it to the ``problems``."""
    try:
        catalog = _catalog(path, path.stat().st_mtime_ns)
    except (OSError, ValueError, LookupError, struct.error, AttributeError) as error:
        what = f"cannot be read as a compiled catalog: {str(error) or type(error).__name__}."
        problems.append(Problem(str(path), what, "Compile it anew, as docs/theming.md says."))
        return {}
    problems += _slips(path, catalog)
    return catalog


@lru_cache(maxsize=8)
def _catalog(path: Path, changed: int) -> dict[str, str]:
    """Read a compiled catalog as it was when it last ``changed``: once for all apps of this process."""
    with path.open("rb") as file:
        entries = [*read_mo(file)]
    messages = [(entry.id, entry.string) for entry in entries if isinstance(entry.id, str) and entry.id]
    return {english: said for english, said in messages if isinstance(said, str) and said}


def _slips(path: Path, catalog: Mapping[str, str]) -> Iterator[Problem]:
    """Find what is said with other placeholders than its English: a reader would miss a fact, or read a raw name."""
    for english, said in catalog.items():
        wanted, found = placeholders(english), placeholders(said)
        if wanted == found:
            continue
        slips = [f"lacks {{{name}}}" for name in sorted(wanted - found)]
        slips += [f"has an unknown {{{name}}}" for name in sorted(found - wanted)]
        what = f"translates {english[:80]!r} with other placeholders: it {' and '.join(slips)}."
        yield Problem(str(path), what, "Use those of the English, each as it is, and compile anew.")

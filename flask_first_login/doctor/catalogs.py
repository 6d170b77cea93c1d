"""The words: the shipped catalogs whole, and a host's own folder saying what it means to say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from babel.messages.mofile import read_mo

from ..settings import LOCALES, Settings
from ..values import CATALOG
from ..words import SHIPPED
from .finding import Finding, error, note, warning

WHERE = "FIRST_LOGIN_TRANSLATIONS"
PLACEHOLDER = re.compile(r"\{\w+\}")
COMPILE = "Compile the catalogs: pybabel compile -D flask_first_login -d"


def check_catalogs(settings: Settings) -> Iterator[Finding]:
    shipped = {locale: _messages(_file(SHIPPED, locale)) for locale in LOCALES}
    known = {english for messages in shipped.values() for english in messages}
    for locale, messages in shipped.items():
        if missing := known - {english for english, words in messages.items() if words}:
            what = f"lacks {len(missing)} sentences of {locale}: learners read the other language there."
            yield error("catalog_incomplete", str(_file(SHIPPED, locale)), what, "Install the package again.")
    if settings.translations is not None:
        for locale in LOCALES:
            yield from _own(settings.translations, locale, known)


def _own(folder: Path, locale: str, known: set[str]) -> Iterator[Finding]:
    mo = _file(folder, locale)
    po = mo.with_suffix(".po")
    if not mo.is_file():
        what = f"has no {mo.relative_to(folder)}: in that language the shipped words stay."
        yield note("catalog_locale_missing", WHERE, what, f"{COMPILE} {folder}" if po.is_file() else "")
        return
    if po.is_file() and po.stat().st_mtime > mo.stat().st_mtime:
        what = f"has {po.relative_to(folder)}, which was changed after it was compiled: the change is not shown."
        yield warning("catalog_not_compiled", WHERE, what, f"{COMPILE} {folder}")
    own = _messages(mo)
    if unknown := sorted(own.keys() - known):
        what = f"{locale} translates {len(unknown)} sentences that we do not say, such as {unknown[0][:80]!r}."
        fix = "Copy each msgid from the shipped catalog, to the letter; words may have changed with the version."
        yield warning("catalog_message_unknown", WHERE, what, fix)
    for english in sorted(own.keys() & known):
        if lost := set(PLACEHOLDER.findall(own[english])) ^ set(PLACEHOLDER.findall(english)):
            what = f"{locale} says {english[:80]!r} with other placeholders: {', '.join(sorted(lost))}."
            yield warning("catalog_placeholders", WHERE, what, "Use those of the English, each as it is.")


def _file(folder: Path, locale: str) -> Path:
    return folder / locale / "LC_MESSAGES" / CATALOG


def _messages(path: Path) -> Mapping[str, str]:
    """Each sentence of a compiled catalog with its translation; none of one that is not there or is no catalog."""
    try:
        with path.open("rb") as file:
            return {one.id: str(one.string) for one in read_mo(file) if isinstance(one.id, str) and one.id}
    except (OSError, ValueError, KeyError):
        return {}

"""Reading the settings of one provider: every problem is noted, and a key that nobody asked for is one."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable, Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from ..addresses import is_safe_endpoint
from ..errors import Problem
from ..text import Text

COPY_IT = "Copy it from the registration at the provider."


class Reader:
    """The settings of one provider, read key by key.

    Each method gives the value, or ``default`` when it is not set or not good; then a problem is
    noted in ``problems``. Without a ``default`` the key is required. No value is ever shown.
    """

    def __init__(self, where: str, given: Mapping[str, object]) -> None:
        self.problems: list[Problem] = []
        self._where, self._given = where, given
        self._asked: set[str] = set()

    def has(self, key: str) -> bool:
        """Whether the key is set."""
        return key in self._given

    def problem(self, key: str, what: str, fix: str) -> None:
        """Note what is wrong with one key."""
        self.problems.append(Problem(f"{self._where}[{key!r}]", what, fix))

    def text(self, key: str, default: str | None = None, *, fix: str = COPY_IT) -> str:
        """A text that is not empty; a whole number, which an environment variable may make of one, is its digits."""
        value = self._take(key)
        if value is None or value == "":
            if default is None:
                self.problem(key, "is missing.", fix)
            elif value == "":
                self.problem(key, "is empty.", "Write a text, or remove it.")
            return default or ""
        if isinstance(value, bool) or not isinstance(value, str | int):
            self.problem(key, "is not a text.", "Quote it, in an environment variable too.")
            return default or ""
        return str(value)

    def url(self, key: str, default: str | None = None, *, optional: bool = False) -> str:
        """An https address (http on this machine); one that is ``optional`` may be left out, and is then empty."""
        without = "" if optional and not self.has(key) else None
        value = self.text(key, default or without, fix="Write the https address that the provider names.")
        if value and not is_safe_endpoint(value):
            self.problem(key, "is not a safe address.", "Write the https address that the provider names.")
        return value

    def flag(self, key: str, default: bool) -> bool:
        """True or False."""
        value = self._take(key)
        if value is not None and not isinstance(value, bool):
            self.problem(key, "is neither True nor False.", "Write one of them.")
        return value if isinstance(value, bool) else default

    def one_of(self, key: str, known: Collection[str], default: str | None = None, hint: str = "") -> str:
        """One of some words."""
        value = self._take(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or value not in known:
            what = "is missing." if value is None else "is not known."
            self.problem(key, what, f"Known: {_listed(known)}.{hint}")
            return default or next(iter(known))
        return value

    def some_of(self, key: str, known: Collection[str], default: tuple[str, ...]) -> tuple[str, ...]:
        """A list of some words."""
        value = self._take(key)
        if value is None:
            return default
        if not isinstance(value, list | tuple) or not value or not all(one in known for one in _texts(value)):
            self.problem(key, "is not a list of known words.", f"Known: {_listed(known)}.")
            return default
        return tuple(value)

    def names(self, key: str, default: tuple[str, ...]) -> tuple[str, ...]:
        """A list of names."""
        value = self._take(key, default)
        if not isinstance(value, list | tuple) or not value or "" in _texts(value):
            self.problem(key, "is not a list of names.", 'Write a list such as ["loginType", "ticket"].')
            return default
        if len(set(value)) < len(value):
            self.problem(key, "has a name twice.", "Name each once.")
        return tuple(value)

    def mapping(self, key: str, default: Mapping[str, str], known: Collection[str] | None = None) -> Mapping[str, str]:
        """A mapping of texts to texts (a whole number is its digits); each key is one of ``known``, where given."""
        value = _said(self._take(key, default))
        good = isinstance(value, Mapping) and "" not in _texts([*value, *value.values()])
        if not isinstance(value, Mapping) or not good:
            fix = f"Map these to texts: {_listed(known)}." if known is not None else "Map texts to texts."
            self.problem(key, "is not such a mapping.", fix)
            return default
        strange = sorted(set(value) - set(value if known is None else known))
        for one in strange:
            near = difflib.get_close_matches(one, known or (), n=1, cutoff=0.6)
            fix = f"Did you mean {near[0]!r}?" if near else f"Known: {_listed(known or ())}."
            self.problem(key, f"has {one!r}, which is not known.", fix)
        return default if strange else MappingProxyType(dict(value))

    def words(self, key: str, default: Text | None = None, hint: str = "") -> Text:
        """Words in both languages."""
        value = self._take(key)
        match value:
            case None if default is not None:
                return default
            case Text():
                return value
            case {"en": str(en), "zh": str(zh), **more} if en.strip() and zh.strip():
                if more:
                    self.problem(key, "has more than both languages.", f"Remove {_listed(map(str, more))}.")
                return Text(en, zh)
            case _:
                what = "is missing." if value is None else "has not both languages."
                self.problem(key, what, f'Write {{"en": "...", "zh": "..."}}.{hint}')
                return default or Text("-", "-")

    def function(self, key: str, default: Callable[..., Any] | None = None) -> Callable[..., Any] | None:
        """A function, given itself or as ``"package.module:function"``."""
        value = self._take(key)
        if value is None and default is not None:
            return default
        if isinstance(value, str):
            value = imported(value)
        if not callable(value):
            self.problem(key, "is no function.", 'Give it, or its place: "package.module:function".')
            return None
        return value

    def no_effect(self, *keys: str) -> None:
        """These keys mean nothing at this provider; whoever sets one is told."""
        for key in keys:
            if self._take(key) is not None:
                self.problem(key, "has no effect at this provider.", "Remove it.")

    def finish(self) -> list[Problem]:
        """All problems, with the keys that nobody asked for."""
        for key in sorted(set(self._given) - self._asked, key=str):
            near = difflib.get_close_matches(str(key), self._asked, n=1, cutoff=0.6)
            self.problem(key, "is not a known key.", f"Did you mean {near[0]!r}?" if near else "Remove it.")
        return self.problems

    def _take(self, key: str, default: object = None) -> object:
        self._asked.add(key)
        return self._given.get(key, default)


def _said(value: object) -> object:
    """A mapping with its whole numbers as the texts that they were written as in an environment variable."""
    if not isinstance(value, Mapping):
        return value
    return {key: str(one) if type(one) is int else one for key, one in value.items()}


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _texts(values: Iterable[object]) -> list[str]:
    """The values, each that is no text as an empty one."""
    return [one if isinstance(one, str) else "" for one in values]


def imported(place: str) -> object:
    """What stands at ``"package.module:name"``; None when nothing does."""
    module, _, name = place.partition(":")
    try:
        return getattr(importlib.import_module(module), name, None)
    except (ImportError, ValueError, TypeError):  # the last for a relative place
        return None

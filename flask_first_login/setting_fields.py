"""What a dataclass says of its fields as settings, and how those that were given are read by it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, Field, field, fields
from types import MappingProxyType
from typing import Any, TypeVar

from .errors import Problem
from .setting_readers import Unfit, form_of, nearest, said

T = TypeVar("T")
NOTHING: Mapping[str, Any] = MappingProxyType({})


def key(
    read: Callable[[object], object], meaning: str, *, name: str = "", shown: str = "", secret: bool = False
) -> Mapping[str, Any]:
    """Say of a field, as its metadata, that it is a setting.

    ``name`` is that of its key, where that is not the field's; ``shown`` its default in words, where the value says too
    little. A ``secret`` is shown in no message.
    """
    return {"read": read, "meaning": meaning, "name": name, "shown": shown, "secret": secret}


def setting(
    default: T, read: Callable[[object], T], meaning: str, *, name: str = "", shown: str = "", secret: bool = False
) -> T:
    """Make a field that is a setting and has a default; one that is required is ``field(metadata=key(...))``."""
    made = {"repr": not secret, "metadata": key(read, meaning, name=name, shown=shown, secret=secret)}
    value: Any = field(default_factory=lambda: default, **made)  # type: ignore[call-overload]  # a mapping is no `default`
    return value  # type: ignore[no-any-return]  # what dataclasses.field is for a type checker


def settings_of(kind: type) -> dict[str, Field[Any]]:
    """Give the fields of a dataclass that are settings, each under its key."""
    return {each.metadata["name"] or each.name: each for each in fields(kind) if "read" in each.metadata}


def default_of(each: Field[Any]) -> Any:
    """Give the default of a field, or ``MISSING``."""
    return each.default if each.default_factory is MISSING else each.default_factory()


class Given:
    """Reads settings as they were given, by what dataclasses say of them, and notes in ``problems`` all that is wrong.

    ``place`` says where a key stands. ``hint`` ends what is said of one that is missing. With ``shows``, a value that
    is wrong and no secret stands in its problem.
    """

    def __init__(self, given: Mapping[str, object], place: Callable[[str], str] = str, *, shows: bool = False) -> None:
        self.problems: list[Problem] = []
        self.hint = ""
        self._given, self._place, self._shows = given, place, shows
        self._asked: set[str] = set()

    def has(self, key: str) -> bool:
        """Tell whether a key is set."""
        return key in self._given

    def problem(self, key: str, what: str, fix: str = "Remove it.") -> None:
        """Note what is wrong with one key."""
        self.problems.append(Problem(self._place(key), what, fix))

    def read(
        self, kind: type, known: Mapping[str, object] = NOTHING, *, but: Collection[str] = (), prefix: str = ""
    ) -> dict[str, Any]:
        """Read the settings of a dataclass, ``but`` for some; give the good ones, by the names of their fields."""
        keys = {each.name: key for key, each in settings_of(kind).items() if key not in but}
        found = {name: self.read_key(kind, key, known.get(name, MISSING), prefix=prefix) for name, key in keys.items()}
        return {name: value for name, value in found.items() if value is not MISSING}

    def read_key(self, kind: type, key: str, known: object = MISSING, *, prefix: str = "") -> Any:
        """Read one setting: what is given, else what is ``known`` and held to the same rules, else the field's default.

        Give what is ``known``, or ``MISSING``, where that is not good.
        """
        each = settings_of(kind)[key]
        read, default = each.metadata["read"], default_of(each)
        key = prefix + key.upper() if prefix else key
        self._asked.add(key)
        if not self.has(key) and (known is MISSING or known == default):
            if default is MISSING:
                self.problem(key, "is missing.", f"Write {said(form_of(read))}. {each.metadata['meaning']}{self.hint}")
            return default
        value = self._given.get(key, known)
        try:
            return read(value)
        except Unfit as error:
            shown = f" (it is {str(value)[:60]!r})" if self._shows and not each.metadata["secret"] else ""
            fix = error.fix or f"Change the setting{shown}."
            self.problem(key, error.what or f"must be {said(form_of(read))}.", fix)
            return known

    def no_effect(self, *keys: str) -> None:
        """Refuse keys that mean nothing at this provider: whoever sets one must not believe that it counts."""
        self._asked.update(keys)
        for key in keys:
            if self.has(key):
                self.problem(key, "has no effect at this provider.")

    def finish(self) -> list[Problem]:
        """Give all problems, with the keys that nobody asked for."""
        for key in sorted(set(self._given) - self._asked, key=str):
            near = nearest(key, self._asked)
            self.problem(key, "is not a known setting.", f"Did you mean {near}?" if near else "Remove it.")
        return self.problems

"""Read settings: one set of readers for those of the portal and those of its providers.

A reader takes a value as it was given and gives the right one. The first line of its docstring names the form that the
value must have: problems and `docs/settings.md` say it. A value comes from Python or from an environment variable,
where Flask's ``from_prefixed_env`` has read it as JSON if it is JSON: so a number may stand where a text is meant, and
a list where a tuple is.
"""

from __future__ import annotations

import difflib
import importlib
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from .addresses import in_ascii, is_safe_endpoint
from .text import Text

CATALOG = "flask_first_login.mo"
T = TypeVar("T")


class Unfit(ValueError):
    """A value that cannot stand where it was given.

    ``what`` is wrong with it, where more than its form is, and ``fix`` mends it. Neither repeats more than names.
    """

    def __init__(self, what: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.what, self.fix = what, fix


def form_of(read: Callable[[object], object]) -> str:
    """Give the form that a reader wants, in words."""
    return (read.__doc__ or "").strip().partition("\n")[0]


def said(form: str) -> str:
    """Give a form as a message says it."""
    return form.replace("`", "")


def nearest(name: object, known: Iterable[str], cutoff: float = 0.6) -> str:
    """Give the nearest of the ``known`` names, empty when none is near."""
    return next(iter(difflib.get_close_matches(str(name), list(known), n=1, cutoff=cutoff)), "")


def _reader(form: str, read: Callable[[Any], T]) -> Callable[[object], T]:
    read.__doc__ = form
    return read


def trimmed(value: object) -> object:
    """Take off what a file or a variable leaves around a text: blanks, a line break, the mark of Windows' editor."""
    return value.strip().strip("\ufeff").strip() if isinstance(value, str) else value


def _where(form: str, fits: Callable[[Any], bool]) -> Callable[[object], Any]:
    """Make a reader that takes a value, trimmed, where it fits."""

    def read(value: object) -> object:
        if fits(found := trimmed(value)):
            return found
        raise Unfit

    return _reader(form, read)


def optional(read: Callable[[object], T]) -> Callable[[object], T | None]:
    """Make a reader that takes None too."""
    form = f"{form_of(read)}, or `None` (in the environment `null`)"
    return _reader(form, lambda value: None if value is None else read(value))


def not_empty(read: Callable[[object], tuple[str, ...]]) -> Callable[[object], tuple[str, ...]]:
    """Make a reader of a list with at least one entry."""

    def read_some(value: object) -> tuple[str, ...]:
        if found := read(value):
            return found
        raise Unfit

    return _reader(f"{form_of(read)}, at least one", read_some)


def matching(form: str, pattern: str) -> Callable[[object], str]:
    """Make a reader of a text of one pattern."""
    return _where(form, lambda value: isinstance(value, str) and re.fullmatch(pattern, value, re.ASCII) is not None)


def flag_or(word: str) -> Callable[[object], Any]:
    """Make a reader of a flag, or of this word."""
    return _where(f"`true`, `false` or `{word}`", lambda value: isinstance(value, bool) or value == word)


def one_of(*choices: str) -> Callable[[object], Any]:
    """Make a reader of one of these words."""

    def read(value: object) -> str:
        if (found := trimmed(value)) in choices:
            return choices[choices.index(str(found))]
        raise Unfit

    return _reader(listed(choices, " or "), read)


def some_of(*choices: str) -> Callable[[object], tuple[str, ...]]:
    """Make a reader of a list of some of these words."""

    def read(value: object) -> tuple[str, ...]:
        found = names(value)
        if found and set(found) <= set(choices):
            return found
        raise Unfit

    return _reader(f"a list of {listed(choices, ', ')}", read)


def whole(least: int, most: int | None = None) -> Callable[[object], int]:
    """Make a reader of a whole number in a range."""

    def fits(value: object) -> bool:
        return type(value) is int and least <= value and (most is None or value <= most)

    return _where(f"a whole number from {least} {'on' if most is None else f'to {most}'}", fits)


def texts(*known: str, own: Collection[str] = (), done: str = "sets") -> Callable[[object], Mapping[str, str]]:
    """Make a reader of a mapping of texts, whose keys are some of the ``known``, where there are such, and none of
    those that each sign-in sets or checks of its ``own``: a fixed state could not be told from an attacker's."""

    def read(value: object) -> Mapping[str, str]:
        if not isinstance(value, Mapping) or not all(isinstance(name, str) and name for name in value):
            raise Unfit
        if taken := sorted(set(value) & set(own)):
            raise Unfit(f"names {', '.join(taken)}, which each sign-in {done} itself.", "Remove it.")
        if known and (strange := sorted(set(value) - set(known))):
            near = [name for name in dict.fromkeys(nearest(name, known) for name in strange) if name]
            fix = f"Did you mean {', '.join(near)}?" if near else f"Known: {', '.join(known)}."
            raise Unfit(f"has {', '.join(map(repr, strange))}, which is not known.", fix)
        return MappingProxyType({name: text(value[name]) for name in value})

    return _reader(f"a mapping of {listed(known, ', ')} to texts" if known else "a mapping of texts", read)


def listed(words: Iterable[object], comma: str) -> str:
    """Give words one after the other, as code."""
    return comma.join(f"`{word}`" for word in words)


flag = _where("`True` or `False`; in the environment `true` or `false`", lambda value: isinstance(value, bool))
prefix = matching(
    "`/` and a name of letters and digits, such as `/first-login`, without `/` at its end", r"(/[\w.~-]+)+"
)
header = matching("the name of an HTTP header, such as `X-Request-ID`", r"[A-Za-z0-9-]{1,64}")
path = _where("a path of this site, such as `/`", lambda value: isinstance(value, str) and _is_local_address(value))
url = _where(
    "an https address (http on this machine only)", lambda value: isinstance(value, str) and is_safe_endpoint(value)
)


def external(value: object) -> str:
    """scheme and host alone, such as `https://portal.example.gov.tw` (http on loopback only)"""
    found = trimmed(value)
    if not isinstance(found, str) or not is_safe_endpoint(found) or found.count("/") != 2 or "?" in found:
        raise Unfit
    try:
        return in_ascii(found)
    except UnicodeError:
        raise Unfit from None


def key(value: object) -> str:
    """a text"""
    if isinstance(value, str):  # not trimmed: what was sealed with a key opens with that very one
        return value
    raise Unfit


def urls(value: object) -> tuple[str, ...]:
    """a list of https addresses (http on this machine only)"""
    return tuple(url(address) for address in names(value))


def text(value: object) -> str:
    """a text that is not empty"""
    found = trimmed(value)
    if isinstance(found, str) and found:
        return found
    if isinstance(value, int) and not isinstance(value, bool):  # what an environment variable made of its digits
        return str(value)
    raise Unfit


def words(value: object) -> Text:
    """a text, or `{"en": "...", "zh": "..."}`"""
    match value:
        case Text():
            return value
        case {"en": str(en), "zh": str(zh), **more} if en.strip() and zh.strip() and not more:
            return Text(en, zh)
        case _:
            return Text(text(value), text(value))


def function(value: object) -> Callable[..., Any]:
    """a function, or its place `package.module:function`"""
    found = _imported(value.strip()) if isinstance(value, str) else value
    if callable(found):
        return found
    raise Unfit


def verifier(value: object) -> Callable[..., Any] | str:
    """a function, or its place `package.module:function`, or `keytab` or `service` for one of ours"""
    return str(value) if value in ("keytab", "service") else function(value)


def _imported(place: str) -> object:
    module, _, name = place.partition(":")
    try:
        return getattr(importlib.import_module(module), name, None)
    except (ImportError, ValueError, TypeError):  # the last for a relative place
        return None


def folder(value: object) -> Path:
    """a folder that holds `<locale>/LC_MESSAGES/flask_first_login.mo`, its locale such as `zh_Hant_TW`, `en` or `vi`"""
    try:
        if isinstance(value, str | Path) and value and any(Path(value).glob(f"*/LC_MESSAGES/{CATALOG}")):
            return Path(value)
    except (OSError, ValueError):  # a name that is too long, or holds what no file system takes
        pass
    raise Unfit


def locale(value: object) -> str:
    """a language as Babel names it, such as `zh_Hant_TW`, `en` or `vi`"""
    return text(value).replace("-", "_")


def locales(value: object) -> tuple[str, ...]:
    """a list of languages as Babel names them, none twice"""
    return tuple(dict.fromkeys(map(locale, names(value))))


def links(value: object) -> Mapping[str, str]:
    """a mapping of names to web addresses that start with `https://`, `http://` or `/`"""
    if isinstance(value, Mapping) and all(isinstance(name, str) and _is_web_address(value[name]) for name in value):
        return MappingProxyType(dict(value))
    raise Unfit


def _is_web_address(address: object) -> bool:
    if not isinstance(address, str) or not address.isprintable() or " " in address:
        return False
    return _is_local_address(address) or address.startswith(("https://", "http://"))


def _is_local_address(address: str) -> bool:
    """Tell whether a browser stays on this site: ``//evil`` and ``/\\evil`` are another one."""
    return address.startswith("/") and address[1:2] not in {"/", "\\"} and address.isprintable() and " " not in address


def names(value: object) -> tuple[str, ...]:
    """a list of names, none twice"""
    found = tuple(map(trimmed, value)) if isinstance(value, list | tuple) else (None,)
    if not all(isinstance(name, str) and name for name in found):
        raise Unfit
    if twice := sorted({str(name) for name in found if found.count(name) > 1}):
        raise Unfit(f"must name each once; {', '.join(twice)} stands there twice.")
    return tuple(map(str, found))


def minutes(value: object) -> tuple[int, int]:
    """two whole numbers of minutes, such as `[2, 5]`"""
    match value:
        case (int(low), int(high)) | [int(low), int(high)] if 0 < low <= high:
            return low, high
        case _:
            raise Unfit


def keys(value: object) -> tuple[str, ...]:
    """a list of keys, newest first, or one key"""
    if isinstance(value, str):
        return (value,) if value else ()
    if isinstance(value, Sequence) and all(isinstance(given, str) for given in value):
        return tuple(value)
    raise Unfit


def mapping(value: object) -> Mapping[str, object]:
    """a mapping of provider names to their keys, which stand below, such as `{"google": {"client_id": "...", ...}}`"""
    if isinstance(value, Mapping) and all(isinstance(name, str) for name in value):
        return MappingProxyType(dict(value))
    raise Unfit

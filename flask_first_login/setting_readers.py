"""What makes the value of a setting good: one reader a form, whose docstring's first line names the form.

A value comes from Python or from an environment variable, where Flask's ``from_prefixed_env`` has
read it as JSON if it is JSON: so a number may stand where a text is meant, and a list where a tuple
is. A reader that refuses says what must stand there; the value itself is shown by `settings`, if at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from os.path import isfile  # unlike Path.is_file, False also for a name that is too long
from pathlib import Path
from types import MappingProxyType

from .addresses import is_safe_endpoint
from .flow.faq import Entry
from .providers.reader import imported
from .text import Text

LOCALES = ("zh_Hant_TW", "en")
CATALOG = "flask_first_login.mo"
LONGEST_DAYS = 36_500
ANCHOR = re.compile(r"[\w-]+")


def word_of(value: object) -> str | None:
    """A text, or the digits of the whole number that an environment variable made of one; None for anything else."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def text(value: object) -> Text:
    """a text, or `{"en": "...", "zh": "..."}`"""
    match value:
        case Text():
            return value
        case str() | int() if (said := word_of(value) or "").strip():
            return Text(said, said)
        case {"en": str(en), "zh": str(zh), **more} if en.strip() and zh.strip() and not more:
            return Text(en, zh)
        case _:
            raise ValueError('must be a text, or {"en": "...", "zh": "..."}.')


def prefix(value: object) -> str:
    """a path that does not end with `/`"""
    if isinstance(value, str) and re.fullmatch(r"(/[\w.~-]+)+", value, re.ASCII):
        return value
    raise ValueError("must be '/' and a name of letters and digits, such as '/first-login', and not end with '/'.")


def header(value: object) -> str | None:
    """the name of an HTTP header"""
    if value is None or (isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9-]{1,64}", value)):
        return value
    raise ValueError("must be the name of an HTTP header, such as 'X-Request-ID'.")


def word(value: object) -> str:
    """a text"""
    if isinstance(value, str) and value.strip():
        return value
    raise ValueError("must be a text that is not empty.")


def flag(value: object) -> bool:
    """`True` or `False`; in the environment `true` or `false`"""
    if isinstance(value, bool):
        return value
    raise ValueError("must be True or False; in an environment variable, true or false.")


def one_of(*choices: str) -> Callable[[object], str]:
    """A reader of one of these words."""

    def read(value: object) -> str:
        if value in choices:
            return str(value)
        raise ValueError(f"must be one of {', '.join(choices)}.")

    read.__doc__ = " or ".join(f"`{one}`" for one in choices)
    return read


def path(value: object) -> str:
    """a path of this site"""
    if isinstance(value, str) and _is_local_address(value):
        return value
    raise ValueError("must be a path of this site, such as '/'.")


def external(value: object) -> str | None:
    """scheme and host"""
    if value is None:
        return None
    if isinstance(value, str) and is_safe_endpoint(value) and value.count("/") == 2 and "?" not in value:
        return value
    raise ValueError("must be scheme and host alone, such as 'https://portal.example.gov.tw' (http on loopback only).")


def selector(value: object) -> Callable[[], str | None] | None:
    """a function, or its place `package.module:function`"""
    found = imported(value) if isinstance(value, str) else value
    if found is None and value is not None:
        raise ValueError("must name a function that can be imported, as 'package.module:function'.")
    if found is None or callable(found):
        return found
    raise ValueError("must be a function that returns 'zh_Hant_TW', 'en' or None, or its place.")


def folder(value: object) -> Path | None:
    """a folder"""
    if value is None:
        return None
    if isinstance(value, str | Path) and any(isfile(Path(value, one, "LC_MESSAGES", CATALOG)) for one in LOCALES):
        return Path(value)
    raise ValueError(f"must be a folder that holds <locale>/LC_MESSAGES/{CATALOG}, <locale> {' or '.join(LOCALES)}.")


def links(value: object) -> Mapping[str, str]:
    """a mapping of names to web addresses"""
    if isinstance(value, Mapping) and all(isinstance(name, str) and _is_web_address(value[name]) for name in value):
        return MappingProxyType(dict(value))
    raise ValueError("must map link names to web addresses that start with https://, http:// or '/'.")


def _is_web_address(url: object) -> bool:
    if not isinstance(url, str) or not url.isprintable() or " " in url:
        return False
    return _is_local_address(url) or url.startswith(("https://", "http://"))


def _is_local_address(url: str) -> bool:
    """A path of this site, as a browser reads it: ``//evil`` and ``/\\evil`` are another site."""
    return url.startswith("/") and url[1:2] not in {"/", "\\"} and url.isprintable() and " " not in url


def names(value: object) -> tuple[str, ...]:
    """a list of provider names, none twice"""
    if not isinstance(value, Sequence) or isinstance(value, str) or not all(isinstance(one, str) for one in value):
        raise ValueError('must be a list of provider names, such as ["myegov", "google"].')
    if twice := sorted({one for one in value if value.count(one) > 1}):
        raise ValueError(f"must name each provider once; {', '.join(twice)} stands there twice.")
    return tuple(value)


def minutes(value: object) -> tuple[int, int]:
    """two whole numbers of minutes"""
    match value:
        case (int(low), int(high)) | [int(low), int(high)] if 0 < low <= high:
            return low, high
        case _:
            raise ValueError("must be two whole numbers of minutes, such as [2, 5].")


def days(value: object) -> int | None:
    """a whole number of days, or `None` (in the environment `null`)"""
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LONGEST_DAYS):
        return value
    raise ValueError(f"must be a whole number of days up to {LONGEST_DAYS}, or None.")


def count(value: object) -> int | None:
    """a whole number from 1 on, or `None` (in the environment `null`)"""
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value > 0):
        return value
    raise ValueError("must be a whole number from 1 on, or None.")


def entries(value: object) -> tuple[Entry, ...]:
    """a list of `Entry`, or of `{"id": "...", "question": ..., "answers": [...]}`"""
    found = [_entry(one) for one in value] if isinstance(value, Sequence) and not isinstance(value, str) else [None]
    read = tuple(one for one in found if one is not None)
    if len(read) == len(found) == len({one.id for one in read}):
        return read
    raise ValueError("must be a list of questions with id, question and answers, each with an id of its own.")


def _entry(value: object) -> Entry | None:
    match value:
        case Entry():
            return value
        case {"id": str(id_), "question": question, "answers": list(answers), **more} if (
            ANCHOR.fullmatch(id_) and not more
        ):
            return Entry(id_, text(question), tuple(text(one) for one in answers))
        case _:
            return None


def keys(value: object) -> tuple[str, ...]:
    """a list of keys, newest first, or one key"""
    if isinstance(value, str):
        return (value,) if value else ()
    if isinstance(value, Sequence) and all(isinstance(one, str) for one in value):
        return tuple(value)
    raise ValueError("must be a list of keys, newest first.")


def key(value: object) -> str | None:
    """a key"""
    if value is None or isinstance(value, str):
        return value
    raise ValueError("must be a text.")


def mapping(value: object) -> Mapping[str, object]:
    """a mapping of provider names to their keys, which stand below"""
    if isinstance(value, Mapping) and all(isinstance(name, str) for name in value):
        return MappingProxyType(dict(value))
    raise ValueError('must map provider names to their settings, such as {"google": {"client_id": "...", ...}}.')

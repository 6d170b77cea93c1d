"""The app's secret key and its older ones: what sessions, tokens of forms and our seals are made with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .errors import ConfigError, Problem

KEY, FALLBACKS, OF_FORMS = "SECRET_KEY", "SECRET_KEY_FALLBACKS", "WTF_CSRF_SECRET_KEY"
MAKE_A_SECRET = "Set it to the output of: python -c 'import secrets; print(secrets.token_hex(32))'"
_AS_A_LIST = 'Give them as a list, ["the-old-key"]; a variable of the environment takes it as JSON.'


def secret_keys(config: Mapping[str, Any]) -> tuple[str | bytes, ...]:
    """Give the key that seals, then the older ones, which still open.

    :raises ConfigError: one of them is no key: of one text in place of the list, whoever tries the letters has a key.
    """
    if problems := problems_of(config):
        raise ConfigError(problems)
    return (config[KEY], *(config.get(FALLBACKS) or ()))


def problems_of(config: Mapping[str, Any]) -> list[Problem]:
    """List what is wrong with the keys that are set; whether one must be set is not asked here."""
    alone = [(name, config.get(name)) for name in (KEY, OF_FORMS)]
    wrong = [Problem(name, flaw, MAKE_A_SECRET) for name, key in alone if not _is_unset(key) and (flaw := _flaw(key))]
    return [*wrong, *_of_fallbacks(config.get(FALLBACKS))]


def _of_fallbacks(given: object) -> Iterator[Problem]:
    if _is_unset(given):
        return
    if isinstance(given, str | bytes):
        yield Problem(FALLBACKS, "is one text: each of its letters would be a key, and open our seals.", _AS_A_LIST)
    elif not isinstance(given, list | tuple | set | frozenset):
        yield Problem(FALLBACKS, f"is no list of keys but a {type(given).__name__}.", _AS_A_LIST)
    else:
        for place, key in enumerate(given):
            if flaw := _flaw(key):
                yield Problem(f"{FALLBACKS}[{place}]", flaw, "Take it out of the list, or mend it.")


def _is_unset(given: object) -> bool:
    return given is None or (isinstance(given, str | bytes) and not given)


def _flaw(key: object) -> str | None:
    """Say why this is no key; the key itself is never repeated."""
    match key:
        case str() | bytes() if not key:
            return "is empty: anybody could seal with it."
        case str():
            return None if _is_encodable(key) else "holds characters that are not valid in UTF-8."
        case bytes():
            return None
        case bool() | int() | float():
            read = "a variable of the environment that looks like one is read as one, unless it stands in quotes"
            return f"is a number, and neither text nor bytes ({read})."
        case _:
            return f"is a {type(key).__name__}, and neither text nor bytes."


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True

"""Where a browser may be sent: back into this site, never elsewhere."""

from __future__ import annotations

import re
from urllib.parse import quote, quote_from_bytes, unquote, urlsplit

#: A sign-in carries the path in its sealed cookie, and a browser drops a cookie beyond 4,096 octets without a word.
LONGEST = 1024


def safe_next(value: str | None) -> str | None:
    """``value`` rebuilt as a path of this site, or None when it is anything else.

    Browsers read what ``urlsplit`` calls relative as another site: ``//evil``, ``/\\evil``, a tab or
    a line break anywhere in between. So nothing is matched against a list of tricks: only a path
    that starts with one slash is taken, decoded once to see what a second look would see, and
    rebuilt from its parts.
    """
    if not value or len(value) > LONGEST or not _is_local(value) or not _is_local(unquote(value, errors="replace")):
        return None
    try:
        parts = urlsplit(value)
    except ValueError:
        return None
    if parts.scheme or parts.netloc:
        return None
    query = f"?{quote(parts.query, safe='=&%+:;,/?@!$*()~-._')}" if parts.query else ""
    rebuilt = quote(parts.path, safe="/%:@!$&'()*+,;=~-._") + query
    return rebuilt if len(rebuilt) <= LONGEST else None


def as_ascii(octets: bytes) -> bytes:
    """A query as every browser sends it: whatever is no ASCII in it is percent-encoded, all else stays as it is."""
    return re.sub(rb"[^\x00-\x7f]+", lambda found: quote_from_bytes(found[0]).encode(), octets)


def _is_local(value: str) -> bool:
    return (
        value.startswith("/")
        and not value.startswith(("//", "/\\"))
        and "\\" not in value
        and all(c.isprintable() and not c.isspace() for c in value)
        and "\ufffd" not in value
        and "//" not in _path_of(value)
    )


def _path_of(value: str) -> str:
    """The part of a text before any ``?`` or ``#``; never raises, unlike ``urlsplit``."""
    return value.split("?", 1)[0].split("#", 1)[0]

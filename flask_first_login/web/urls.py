"""Where a browser may be sent: back into this site, never elsewhere."""

from __future__ import annotations

import re
from unicodedata import category
from urllib.parse import quote, quote_from_bytes, unquote, urlsplit

#: A sign-in carries the path in its sealed cookie, and a browser drops a cookie beyond 4,096 octets without a word.
LONGEST = 1024
#: What stays as it is in an address that is rebuilt, letters and digits apart; a ``%`` begins what is encoded already.
OF_A_PATH = "/%:@!$&'()*+,;=~-._[]|"
OF_A_QUERY = OF_A_PATH + "?^`{}"
#: Control characters, those that turn or join others, halves of one, and the separators of lines and paragraphs.
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
BLANK_SEGMENT = re.compile(r"/\s+(?=[/?#]|$)")


def safe_next(value: str | None) -> str | None:
    """``value`` rebuilt as a path of this site, or None when it is anything else.

    Browsers read what ``urlsplit`` calls relative as another site: ``//evil``, ``/\\evil``, a tab or
    a line break anywhere in between. So nothing is matched against a list of tricks: only a path
    that starts with one slash is taken, decoded once to see what a second look would see, and
    rebuilt from its parts. What is encoded in it stays as it is, octet for octet; a blank that is not becomes it.
    """
    if not value or len(value) > LONGEST or value != value.strip() or BLANK_SEGMENT.search(value):
        return None
    if not _is_local(value) or not _is_local(unquote(value, errors="replace")):
        return None
    try:
        parts = urlsplit(value)
    except ValueError:
        return None
    if parts.scheme or parts.netloc:
        return None
    query = f"?{quote(parts.query, safe=OF_A_QUERY)}" if parts.query else ""
    rebuilt = quote(parts.path, safe=OF_A_PATH) + query
    return rebuilt if len(rebuilt) <= LONGEST else None


def as_ascii(octets: bytes) -> bytes:
    """A query as every browser sends it: whatever is no ASCII in it is percent-encoded, all else stays as it is."""
    return re.sub(rb"[^\x00-\x7f]+", lambda found: quote_from_bytes(found[0]).encode(), octets)


def address_of(path: str, query: bytes) -> str:
    """The address of a page, from its path as a server gives it, decoded, and its query as it was sent."""
    encoded = quote(path, safe=OF_A_PATH.replace("%", ""))
    return f"{encoded}?{as_ascii(query).decode()}" if query else encoded


def _is_local(value: str) -> bool:
    return (
        value.startswith("/")
        and not value.startswith(("//", "/\\"))
        and "\\" not in value
        and UNSEEN.isdisjoint(map(category, value))
        and "\ufffd" not in value
        and "//" not in _path_of(value)
    )


def _path_of(value: str) -> str:
    """The part of a text before any ``?`` or ``#``; never raises, unlike ``urlsplit``."""
    return value.split("?", 1)[0].split("#", 1)[0]

"""What counts as this very machine."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

_VISIBLE_ASCII = re.compile(r"[!-\[\]-~]+")  # neither white space nor backslash: browsers and urlsplit read those apart


def is_loopback(host: str) -> bool:
    """True for ``localhost``, 127.0.0.0/8 and ::1, and for no other name, even one that resolves to them."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_loopback_url(url: str) -> bool:
    """True for an absolute http or https URL on loopback, without user name and fragment.

    The host is parsed, never searched for: ``http://localhost:80@attacker.example`` is not loopback.
    """
    if not _VISIBLE_ASCII.fullmatch(url):
        return False
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for a port that is none
    except ValueError:
        return False
    plain = parts.username is None and "#" not in url
    return plain and parts.scheme in {"http", "https"} and is_loopback(parts.hostname or "")

"""Where a call to a provider may go: which URLs, and which addresses their hosts may stand for."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
GLOBAL_UNICAST = IPv6Network("2000::/3")
NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+", re.IGNORECASE)
NAT64 = IPv6Network("64:ff9b::/96")


def is_safe_endpoint(url: str) -> bool:
    """Admit https, and http on this machine; no user part (``http://localhost:80@attacker``) and no fragment."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port  # a port that is not one raises
    except ValueError:
        return False
    if not host or "@" in parts.netloc or "#" in url or not url.isprintable() or " " in url or "\\" in url:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)


def origin_of(url: str) -> str:
    """Name the origin of a URL as a security policy does: in small letters, without the usual port."""
    parts = urlsplit(url)
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    return f"{parts.scheme}://{parts.netloc.lower().removesuffix(f':{usual}')}"


def in_ascii(origin: str) -> str:
    """Write an origin as browsers send it: in small letters, and a name beyond ASCII as DNS has it (``xn--``).

    :raises UnicodeError: no such name can be in DNS.
    """
    parts = urlsplit(origin)
    netloc = parts.netloc.lower()
    if not netloc.isascii():
        host, colon, port = netloc.partition(":")
        netloc = host.encode("idna").decode() + colon + port
    return f"{parts.scheme}://{netloc}"


def is_admitted(address: str, *, plain: bool, allow_private: bool) -> bool:
    """Tell whether a connection to this IP address may be opened.

    ``plain`` http never leaves this machine. TLS goes to public addresses; ``allow_private`` adds
    the rest, for a provider in an agency's own network. A name that a provider controls could
    otherwise lead our calls to what only this machine reaches (CWE-918): a cloud's metadata
    address, a router, the portal's own database.
    """
    meant = _meant(ip_address(address))
    if plain:
        return meant.is_loopback
    return allow_private or _is_public(meant)


def is_admitted_by_name(host: str, *, allow_private: bool) -> bool:
    """Tell whether a proxy may be asked for a host, whose addresses it alone looks up: a name, or a public address.

    What a resolver reads as a number (``2130706433``, ``0x7f.1``) is no name.
    """
    if allow_private:
        return True
    try:
        return _is_public(_meant(ip_address(host)))
    except ValueError:
        last = host.casefold().rstrip(".").rpartition(".")[2]
        return last != "localhost" and NUMBER.fullmatch(last) is None


def _meant(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address that an IPv6 one stands for: the kernel or a gateway carries the call there."""
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:  # RFC 6052: the last 32 bits
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    """Judge as Python does, but for multicast and the old site-local addresses, which it calls global too."""
    unicast = address in GLOBAL_UNICAST if isinstance(address, IPv6Address) else not address.is_multicast
    return unicast and address.is_global

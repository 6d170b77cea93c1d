"""Read the settings of the way out to the providers: a forward proxy, root certificates, and what a provider gave."""

from __future__ import annotations

import ssl
from pathlib import Path
from unicodedata import normalize
from urllib.parse import urlsplit

from .setting_readers import Unfit, text

IN_A_PROXY = "Write what is special in name and password percent-encoded: @ as %40, # as %23, / as %2F, : as %3A."
FROM_DER = "Look at path and rights; a .cer or .der becomes PEM by `openssl x509 -inform der -in FILE -out FILE.pem`."


def proxy(value: object) -> str:
    """the address of a forward proxy, such as `http://proxy.example.gov.tw:3128`, with `name:password@` if it asks"""
    address = text(value)
    address = address if "://" in address else f"http://{address}"
    try:
        parts = urlsplit(address)
        is_whole = bool(parts.hostname) and parts.port != 0  # a port that is not one raises
    except ValueError:
        raise Unfit(fix=IN_A_PROXY) from None
    is_bare = parts.path in ("", "/") and not parts.query and not parts.fragment
    if parts.scheme in ("http", "https") and is_whole and is_bare and address.isprintable() and " " not in address:
        return address
    raise Unfit(fix=IN_A_PROXY)


def roots(value: object) -> Path:
    """a file of root certificates in PEM"""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path := Path(text(str(value))))
    except (
        OSError,
        ValueError,
    ):  # of the first ssl's own are; the second is a name that holds what no file system takes
        raise Unfit("is no file of certificates in PEM that can be read.", FROM_DER) from None
    return path


def credential(value: object) -> str:
    """a text that is not empty

    What a provider gives is of visible ASCII characters (RFC 6749, A.1 and A.2). A letter beyond them is taken too: it
    travels where it is form-encoded. What cannot be seen, or looks like another character, was copied by mistake.
    """
    found = text(value)
    for place, character in enumerate(found, 1):
        if not character.isprintable() or normalize("NFKC", character) != character:
            what = (
                f"holds U+{ord(character):04X} at place {place}, which no such text has: only characters that are seen."
            )
            raise Unfit(what, "Copy it again, as plain text.")
    return found

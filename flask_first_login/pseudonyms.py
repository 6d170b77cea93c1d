"""Whether a subject, a provider's key of a person, holds a national ID, however it is written there.

A key is kept in clear, found by, exported and told to the host's own code: a number that stands in one would be
published with it. So such a key is kept as a pseudonym (see `state`).
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from urllib.parse import unquote

from .errors import InvalidNationalId
from .identity import Identity
from .national_id import SHAPE, NationalId

PSEUDONYM = "pseudonym:"
_GAP = r"[\W_]{0,3}"
#: The shape of a number with blanks, dashes, dots and the like between, where no letter and no digit stands beside it:
#: that would make it part of something longer, such as a hash. Found from every character on, since two may overlap.
_STANDING_ALONE = re.compile(rf"(?<![0-9A-Z])(?=([A-Z]{_GAP}[1289A-D](?:{_GAP}[0-9]){{8}})(?![0-9A-Z]))")
_BETWEEN = re.compile(r"[^0-9A-Z]+")


def holds_number(subject: str, identity: Identity | None = None) -> bool:
    """Tell whether a national ID stands in ``subject``: the one of ``identity``, or any that is well-formed by itself.

    The identity's own counts wherever it stands. Of another, its check digit must fit and it must stand alone, so that
    a random key is left as it is; where the identity came with a number that is not valid, the shape is enough.
    """
    number = identity.national_id.reveal() if identity is not None and identity.national_id is not None else None
    slips = identity is not None and identity.national_id_invalid
    for text in _spellings(subject):
        if number is not None and number in _BETWEEN.sub("", text):
            return True
        found = (_BETWEEN.sub("", match[1]) for match in _STANDING_ALONE.finditer(text))
        if any(slips or _is_number(number_like) for number_like in found):
            return True
    return False


def may_hold_number(subject: str) -> bool:
    """Tell whether `holds_number` could say yes for some identity with this subject: at another sign-in, which brought
    a number, the key may have become a pseudonym."""
    return any(SHAPE.search(_BETWEEN.sub("", text)) for text in _spellings(subject))


def _spellings(subject: str) -> set[str]:
    """Spell the subject as it looks, in capitals and of one width; also with the escapes of a URL undone."""
    return {_folded(subject), _folded(unquote(subject))} if "%" in subject else {_folded(subject)}


def _folded(text: str) -> str:
    """Fold forms of compatibility, accents and characters that are not seen, as a reader's eye does."""
    if text.isascii():
        return text.upper()
    seen = (c for c in unicodedata.normalize("NFKD", text) if unicodedata.category(c) not in {"Mn", "Cf", "Cc"})
    return "".join(str(unicodedata.decimal(c, c)) for c in seen).upper()


def _is_number(text: str) -> bool:
    try:
        NationalId.parse(text, on=date.min)  # whether it is still given out says nothing of whose it is
    except InvalidNationalId:
        return False
    return True

"""Words in the two languages of the portal, side by side, where a policy owner can review them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in English and in Traditional Chinese.

    ``en`` is also the message id of a host's catalogs, which may change either language. Both may hold
    named placeholders such as ``{social}``; the two languages must name the same ones.
    """

    en: str
    zh: str

    def __str__(self) -> str:
        return self.en


def version_of(*texts: Text) -> str:
    """Name these very words, in both languages, in twelve characters: what somebody accepted can be told later."""
    words = "\0".join(word for text in texts for word in (text.en, text.zh))
    return hashlib.sha256(words.encode()).hexdigest()[:12]

"""Words in the two languages of the source, side by side, where a policy owner can review them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

CHINESE, ENGLISH = "zh_Hant_TW", "en"  # the languages of the source, as Babel names them
BRACES = re.compile(r"\{\{|\}\}|\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in English and in Traditional Chinese.

    ``en`` is also the message id of the catalogs, which translate it into further languages and may change either
    of these. Both may hold named placeholders such as ``{social}``; the two languages must name the same ones.
    """

    en: str
    zh: str
    values: tuple[tuple[str, Text | str | int], ...] = ()

    def __str__(self) -> str:
        return filled(self.en, dict(self.values))

    def fill(self, **values: Text | str | int) -> Text:
        """Return the same sentence with what its placeholders stand for, in whatever language it is said."""
        return replace(self, values=(*values.items(),))


def filled(text: str, values: Mapping[str, object]) -> str:
    """Fill the placeholders of ``text``; an unknown one stays, so that a slip in a host's words breaks no page."""

    def fill(found: re.Match[str]) -> str:
        name = found[1]
        return found[0][0] if name is None else str(values.get(name, found[0]))

    return BRACES.sub(fill, text)


def placeholders(text: str) -> frozenset[str]:
    """Return the names of the placeholders of ``text``."""
    return frozenset(found[1] for found in BRACES.finditer(text) if found[1])


def version_of(*words: str) -> str:
    """Name these very words in twelve characters: what somebody accepted can be told later."""
    return hashlib.sha256("\0".join(words).encode()).hexdigest()[:12]

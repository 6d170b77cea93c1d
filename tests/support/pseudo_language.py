"""A language that nobody speaks: every sentence of ours in letters that no other language here has, so that whatever
cannot be translated stands out, to a test as to a reader."""

from __future__ import annotations

import re
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from internals import template_texts

#: Esperanto by its name alone: Babel must know the language.
LOCALE = "eo"
SENTENCES = Path(template_texts.__file__).parent / "translations" / "flask_first_login.pot"
LETTERS = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "áƀćďéƒǵĥíĵķĺḿńőṕʠŕśťúṽŵẋýźÁƁĆĎÉƑǴĤÍĴĶĹḾŃŐṔɊŔŚŤÚṼŴẊÝŹ",
)
PARTS = re.compile(r"(\{\w+\})")


def pseudo(english: str) -> str:
    """The sentence in letters of the pseudo-language, and longer by a third, as translations are."""
    said = "".join(part if PARTS.fullmatch(part) else part.translate(LETTERS) for part in PARTS.split(english))
    return said + " ~~~~" * (len(english) // 15)


def sentences() -> dict[str, str]:
    """The shipped template: each English sentence, and the Chinese that it says beside it."""
    with SENTENCES.open("rb") as file:
        return {str(message.id): " ".join(message.auto_comments) for message in read_po(file) if message.id}


def pseudo_catalog(folder: Path, more: Iterable[str] = ()) -> Path:
    """A folder with the catalog of the pseudo-language, of our sentences and of those of a host."""
    made = Catalog(locale=LOCALE)
    for english in {*sentences(), *more}:
        made.add(english, re.sub("[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]+", "※", pseudo(english)))
    buffer = BytesIO()
    write_mo(buffer, made)
    place = folder / LOCALE / "LC_MESSAGES"
    place.mkdir(parents=True)
    (place / "flask_first_login.mo").write_bytes(buffer.getvalue())
    return folder

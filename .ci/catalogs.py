#!/usr/bin/env python
"""Write the message catalogs from the words in the source, or check that they say the same.

``Text("English", "中文")`` carries both languages: its Chinese goes from the source into the catalog and is changed in
the source alone. ``N_("English")`` and ``_fl("English")``, in Python and in templates, carry the English only: their
Chinese is written into the .po file by hand and kept there. English is the message id everywhere.

The files hold no dates and no line numbers and are sorted by message id, so a changed sentence changes its own lines.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment, nodes

DOMAIN = "flask_first_login"
PACKAGE = Path(__file__).resolve().parent.parent / DOMAIN
MARKS = ("N_", "_fl")
HOST_GETTEXT = ("_", "gettext", "ngettext", "pgettext")
SANDBOX = "sandbox"  # shows both languages side by side, to developers: no catalog is asked
COMPOSED = "a sentence put together from parts. Write it whole, with {placeholders}."
PLACEHOLDER = re.compile(r"\{\w*\}")


@dataclass(slots=True)
class Words:
    """What the source says: for each English sentence where it stands (``file:line``) and, for a pair, its Chinese."""

    places: dict[str, list[str]] = field(default_factory=dict)
    chinese: dict[str, tuple[str, str]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def add(self, en: str, place: str, zh: str | None = None) -> None:
        if not en.strip():
            self.problems.append(f"{place}: an empty sentence. Leave the sentence out instead.")
            return
        self.places.setdefault(en, []).append(place)
        if zh is None:
            return
        known, first = self.chinese.setdefault(en, (zh, place))
        if known != zh:
            self.problems.append(
                f"{first} and {place}: {en!r} has two Chinese texts, {known!r} and {zh!r}. "
                "One English sentence has one translation: make them equal, or word the English differently."
            )


class Composed(Exception):
    """A sentence is put together from parts, so no catalog can hold it."""


def read_source(package: Path) -> Words:
    words = Words()
    for path in sorted(package.rglob("*.py")):
        if SANDBOX not in path.relative_to(package).parts:
            read_python(path.read_text("utf-8"), path.relative_to(package).as_posix(), words)
    for path in sorted((package / "web" / "templates").rglob("*")):
        if path.is_file():
            read_template(path.read_text("utf-8"), path.relative_to(package).as_posix(), words)
    return words


def read_python(source: str, file: str, words: Words) -> None:
    for call in ast.walk(ast.parse(source, file)):
        if not isinstance(call, ast.Call):
            continue
        place = f"{file}:{call.lineno}"
        try:
            match call.func:
                case ast.Name("Text") | ast.Attribute(attr="Text"):
                    read_pair(call, place, words)
                case ast.Name(name) | ast.Attribute(attr=name) if name in MARKS and call.args:
                    sentence = literal(call.args[0])
                    if sentence is not None:
                        words.add(sentence, place)
        except Composed:
            words.problems.append(f"{place}: {COMPOSED}")


def read_pair(call: ast.Call, place: str, words: Words) -> None:
    """A pair whose two texts are both made when the program runs brings its own Chinese, so it needs no catalog."""
    given = dict(zip(("en", "zh"), call.args, strict=False)) | {word.arg: word.value for word in call.keywords}
    en, zh = (written(given.get(name)) for name in ("en", "zh"))
    if en is not None and zh is not None:
        words.add(en, place, zh)
    elif en is not None or zh is not None:
        words.problems.append(f"{place}: a Text with one language written here and the other not. Write both here.")


def written(node: ast.expr | None) -> str | None:
    try:
        return literal(node) if node is not None else None
    except Composed:
        return None


def literal(node: ast.expr) -> str | None:
    """The text that stands here, or None for a value known only when the program runs."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    root = node
    while isinstance(root, ast.Attribute | ast.Subscript | ast.Call):
        root = root.func if isinstance(root, ast.Call) else root.value
    if any(isinstance(part, ast.Constant) and isinstance(part.value, str) for part in ast.walk(root)):
        raise Composed
    return None


def read_template(source: str, file: str, words: Words) -> None:
    for call in Environment().parse(source, filename=file).find_all(nodes.Call):  # noqa: S701  # parsed, never rendered
        place = f"{file}:{call.lineno}"
        name = call.node.name if isinstance(call.node, nodes.Name) else ""
        if name in HOST_GETTEXT:
            words.problems.append(f"{place}: {name}() looks in the host's catalog. Write _fl() instead.")
        elif name in MARKS and call.args:
            try:
                sentence = template_literal(call.args[0])
            except Composed:
                words.problems.append(f"{place}: {COMPOSED}")
                continue
            if sentence is not None:
                words.add(sentence, place)


def template_literal(node: nodes.Node) -> str | None:
    """As `literal`, for an expression of a template."""
    if isinstance(node, nodes.Const):
        return node.value if isinstance(node.value, str) else None
    root = node
    while isinstance(root, nodes.Getattr | nodes.Getitem | nodes.Call):
        root = root.node
    constants = [root] if isinstance(root, nodes.Const) else root.find_all(nodes.Const)
    if any(isinstance(part.value, str) for part in constants):
        raise Composed
    return None


class PlainCatalog(Catalog):
    """A catalog whose header says only what does not change from one day, or one Babel, to the next."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        language = [("Language", self.locale_identifier)] if self.locale_identifier else []
        return [
            ("Project-Id-Version", DOMAIN),
            *language,
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
        ]


def catalog(words: Words, translations: Mapping[str, str], locale: str | None = None) -> PlainCatalog:
    header = f"# Messages of {DOMAIN}; written by `make catalogs`."
    made = PlainCatalog(locale=locale, header_comment=header, fuzzy=False)
    for en, places in words.places.items():
        made.add(
            en,
            translations.get(en, ""),
            locations=[(file, 0) for file in sorted({place.partition(":")[0] for place in places})],
        )
    return made


def po_bytes(made: Catalog) -> bytes:
    buffer = BytesIO()
    write_po(buffer, made, width=0, sort_output=True)
    return buffer.getvalue()


def mo_bytes(made: Catalog) -> bytes:
    buffer = BytesIO()
    write_mo(buffer, made)
    return buffer.getvalue()


def translated(po: bytes) -> dict[str, str]:
    """Message id to translation, as a .po or .pot file has them; "" where there is none."""
    entries = ((message.id, message.string) for message in read_po(BytesIO(po)))
    return {en: text for en, text in entries if en and isinstance(en, str) and isinstance(text, str)}


def files(package: Path, words: Words) -> dict[Path, bytes]:
    """What every catalog file must hold. Adds to ``words.problems`` what is wrong with a translation."""
    folder = package / "web" / "translations"
    paths = {locale: folder / locale / "LC_MESSAGES" / f"{DOMAIN}.po" for locale in ("en", "zh_Hant_TW")}
    kept = translated(paths["zh_Hant_TW"].read_bytes()) if paths["zh_Hant_TW"].exists() else {}
    chinese = {en: words.chinese[en][0] if en in words.chinese else kept.get(en, "") for en in words.places}
    words.problems += untranslatable(words, chinese, paths["zh_Hant_TW"].relative_to(package))
    wanted = {folder / f"{DOMAIN}.pot": po_bytes(catalog(words, {}))}
    for locale, translations in (("en", {en: en for en in words.places}), ("zh_Hant_TW", chinese)):
        made = catalog(words, translations, locale)
        wanted[paths[locale]] = po_bytes(made)
        wanted[paths[locale].with_suffix(".mo")] = mo_bytes(made)
    return wanted


def untranslatable(words: Words, chinese: Mapping[str, str], po: Path) -> Iterator[str]:
    for en, zh in sorted(chinese.items()):
        place = words.places[en][0]
        if not zh.strip():
            yield f"{place}: {en!r} has no Chinese. Write it into {po}."
        elif set(PLACEHOLDER.findall(en)) != set(PLACEHOLDER.findall(zh)):
            yield f"{place}: {en!r} and {zh!r} name different placeholders."


def differences(path: Path, shown: Path, wanted: bytes) -> Iterator[str]:
    """What makes a catalog file differ from what it must hold, entry by entry."""
    if not path.exists():
        yield f"{shown}: missing file"
        return
    found = path.read_bytes()
    if found == wanted:
        return
    if path.suffix == ".mo":
        yield f"{shown}: differs from its .po"
        return
    old, new = translated(found), translated(wanted)
    entries = [f"{shown}: missing {en!r}" for en in new.keys() - old.keys()]
    entries += [f"{shown}: obsolete {en!r}" for en in old.keys() - new.keys()]
    entries += [f"{shown}: stale {en!r}: {old[en]!r}" for en in new.keys() & old.keys() if old[en] != new[en]]
    yield from sorted(entries) or [f"{shown}: its comments, header or order differ"]


def check(wanted: Mapping[Path, bytes], package: Path) -> list[str]:
    found = [line for path, held in wanted.items() for line in differences(path, path.relative_to(package), held)]
    return [*found, "The catalogs do not say what the source says: run `make catalogs`."] if found else []


def write(wanted: Mapping[Path, bytes]) -> None:
    for path, held in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(held)


def main(arguments: Iterable[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 and list what differs")
    parser.add_argument("--package", type=Path, default=PACKAGE, help="the package to read (default: %(default)s)")
    options = parser.parse_args(list(arguments))
    words = read_source(options.package)
    wanted = files(options.package, words)
    problems = [*words.problems, *(check(wanted, options.package) if options.check else ())]
    if not options.check:
        write(wanted)
    print(*problems, f"{len(words.places)} messages", sep="\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

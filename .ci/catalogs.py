#!/usr/bin/env python
"""Write the template of message catalogs from the words in the source, and the catalogs of further languages from it,
or check that they say the same.

``Text("English", "中文")`` carries both languages of the source. The template, a .pot file, is for hosts and for
translators: it holds every sentence, our Chinese as a comment above its English, which is the message id. A further
language that we ship is a .po file beside it, in ``<locale>/LC_MESSAGES/``, with what a translator wrote; it gets the
sentences of today, and is compiled. No file holds dates or places, each is sorted by message id: a changed sentence
changes its own lines.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment, nodes

DOMAIN = "flask_first_login"
PACKAGE = Path(__file__).resolve().parent.parent / DOMAIN
TEMPLATE = Path("web", "translations", f"{DOMAIN}.pot")
HOST_GETTEXT = ("_", "gettext", "ngettext", "pgettext")
OURS = ("_fl", "_fl_plain")
SANDBOX = "sandbox"  # shows both languages side by side, to developers: no catalog is asked
PLACEHOLDER = re.compile(r"\{\w*\}")
OF_JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Sentence:
    """The Chinese of one English sentence, and where it stands first (``file:line``)."""

    zh: str
    place: str


@dataclass(slots=True)
class Words:
    """What the source says, by its English, and what is wrong with it."""

    sentences: dict[str, Sentence] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    coverage: dict[str, int] = field(default_factory=dict)

    def add(self, en: str, zh: str, place: str) -> None:
        """Keep one pair, unless it has no words; say so where it contradicts another or itself."""
        for language, said in (("English", en), ("Chinese", zh)):
            if not said.strip():
                self.problems.append(f"{place}: no {language}. Write it, or leave the sentence out instead.")
                return
        if not any(map(str.isalpha, en + zh)):
            return
        known = self.sentences.setdefault(en, Sentence(zh, place))
        if known.zh != zh:
            self.problems.append(
                f"{known.place} and {place}: {en!r} has two Chinese texts, {known.zh!r} and {zh!r}. "
                "One English sentence has one translation: make them equal, or word the English differently."
            )
        if set(PLACEHOLDER.findall(en)) != set(PLACEHOLDER.findall(zh)):
            self.problems.append(f"{place}: {en!r} and {zh!r} name different placeholders.")


def read_source(package: Path) -> Words:
    """Read every `Text` of a package, and look at how its templates say theirs."""
    words = Words()
    for path in sorted(package.rglob("*.py")):
        if SANDBOX not in path.relative_to(package).parts:
            read_python(path.read_text("utf-8"), path.relative_to(package).as_posix(), words)
    for path in sorted((package / "web" / "templates").rglob("*")):
        if path.is_file():
            file, source = path.relative_to(package).as_posix(), path.read_text("utf-8")
            words.problems += [*unnamed(source, file), *bare(source, file)]
    return words


def read_python(source: str, file: str, words: Words) -> None:
    """Read each `Text` of a module. One that is made when the program runs brings both languages, and no catalog it."""
    for call in ast.walk(ast.parse(source, file)):
        match call:
            case ast.Call(func=ast.Name("Text") | ast.Attribute(attr="Text")):
                given = dict(zip(("en", "zh"), call.args, strict=False)) | {
                    word.arg: word.value for word in call.keywords
                }
                match given.get("en"), given.get("zh"):
                    case ast.Constant(str(en)), ast.Constant(str(zh)):
                        words.add(en, zh, f"{file}:{call.lineno}")
                    case (ast.Constant(str()), _) | (_, ast.Constant(str())):
                        what = "a Text with one language written here and the other not. Write both here."
                        words.problems.append(f"{file}:{call.lineno}: {what}")
                    case _:
                        pass
            case _:
                pass


def unnamed(source: str, file: str) -> Iterator[str]:
    """Find what a template says without a name: it brings no Chinese, or looks in the host's catalog."""
    for call in Environment().parse(source, filename=file).find_all(nodes.Call):  # noqa: S701  # parsed, never rendered
        name = call.node.name if isinstance(call.node, nodes.Name) else ""
        if name in HOST_GETTEXT:
            yield f"{file}:{call.lineno}: {name}() looks in the host's catalog. Write _fl() instead."
        elif name in OURS and call.args and says(call.args[0]):
            yield f"{file}:{call.lineno}: a sentence without its Chinese. Give it a name in web/template_texts.py."


class Bare(HTMLParser):
    """What a template says itself, between tags and in attributes that are read out: no catalog can translate it."""

    READ_OUT = ("alt", "aria-description", "aria-label", "aria-roledescription", "label", "placeholder", "title")

    def __init__(self, source: str) -> None:
        super().__init__()
        self.found: list[tuple[int, str]] = []
        markup = re.sub(r"(</?)\{\{.*?\}\}", r"\1x", source)  # a tag by the name of an expression is a tag still
        self.feed(OF_JINJA.sub(lambda found: "\n" * found[0].count("\n"), markup))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in self.READ_OUT:
                self.handle_data(value or "")

    def handle_data(self, data: str) -> None:
        is_class = all(word.startswith("fl-") for word in data.split())  # which a macro gives
        if any(map(str.isalpha, data)) and not is_class:
            self.found.append((self.getpos()[0], " ".join(data.split())))


def bare(source: str, file: str) -> Iterator[str]:
    """Find what a template says without a name, in words of its own."""
    for line, words in Bare(source).found:
        yield f"{file}:{line}: {words!r} is in one language alone. Give it a name in web/template_texts.py."


def says(node: nodes.Node) -> bool:
    """Tell whether an expression has words of its own, beside the names of what it looks up."""
    while isinstance(node, nodes.Getattr | nodes.Getitem):
        node = node.node
    return isinstance(node, nodes.Const) or any(isinstance(part.value, str) for part in node.find_all(nodes.Const))


class PlainCatalog(Catalog):
    """A catalog whose header says only what does not change from one day, or one Babel, to the next."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        return [
            ("Project-Id-Version", DOMAIN),
            *([("Language", str(self.locale))] if self.locale else []),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
        ]


def template(words: Words) -> bytes:
    """Return what the template must hold."""
    header = f"# Every sentence of {DOMAIN}, with its Chinese; written by `make catalogs`."
    made = PlainCatalog(header_comment=header, fuzzy=False)
    for en, sentence in words.sentences.items():
        made.add(en, auto_comments=[sentence.zh])
    return as_po(made)


def as_po(made: Catalog) -> bytes:
    buffer = BytesIO()
    write_po(buffer, made, width=0, sort_output=True)
    return buffer.getvalue()


def translated(po: Path, words: Words) -> dict[Path, bytes]:
    """Return what a catalog of ours and its compiled form must hold: the sentences of today, in a translator's words.

    What has no translation yet is said in English. One that loses a placeholder is a problem.
    """
    locale = po.parts[-3]
    given = read_po(BytesIO(po.read_bytes()), locale=locale)
    made, known = PlainCatalog(locale, header_comment=given.header_comment, fuzzy=False), 0
    for en, sentence in words.sentences.items():
        said = message.string if (message := given.get(en)) is not None and isinstance(message.string, str) else ""
        made.add(en, said, auto_comments=[sentence.zh])
        known += bool(said)
        if said and set(PLACEHOLDER.findall(said)) != set(PLACEHOLDER.findall(en)):
            words.problems.append(f"{locale}: {en!r} and {said!r} name different placeholders.")
    words.coverage[locale] = known
    compiled = BytesIO()
    write_mo(compiled, made)
    return {po: as_po(made), po.with_suffix(".mo"): compiled.getvalue()}


def held(pot: bytes) -> dict[str, str]:
    """Return the sentences of a template: English to Chinese."""
    messages = [message for message in read_po(BytesIO(pot)) if isinstance(message.id, str) and message.id]
    return {str(message.id): " ".join(message.auto_comments) for message in messages}


def differences(path: Path, wanted: bytes, package: Path) -> list[str]:
    """List what makes a file differ from what it must hold; of the template, sentence by sentence."""
    name = path.relative_to(package)
    if not path.exists():
        return [f"{name}: missing file"]
    if (found := path.read_bytes()) == wanted:
        return []
    if name != TEMPLATE:
        return [f"{name} does not hold the sentences of the source: run `make catalogs`."]
    old, new = held(found), held(wanted)
    entries = [f"{TEMPLATE}: missing {en!r}" for en in new.keys() - old.keys()]
    entries += [f"{TEMPLATE}: obsolete {en!r}" for en in old.keys() - new.keys()]
    entries += [f"{TEMPLATE}: stale {en!r}: {old[en]!r}" for en in new.keys() & old.keys() if old[en] != new[en]]
    entries = sorted(entries) or [f"{TEMPLATE}: its comments, header or order differ"]
    return [*entries, "The template does not say what the source says: run `make catalogs`."]


def main(arguments: Iterable[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 and list what differs")
    parser.add_argument("--package", type=Path, default=PACKAGE, help="the package to read (default: %(default)s)")
    options = parser.parse_args(list(arguments))
    words, folder = read_source(options.package), (options.package / TEMPLATE).parent
    files = {options.package / TEMPLATE: template(words)}
    for po in sorted(folder.glob(f"*/LC_MESSAGES/{DOMAIN}.po")):
        files |= translated(po, words)
    for path, wanted in files.items():
        if options.check:
            words.problems += differences(path, wanted, options.package)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(wanted)
    strays = [path for path in sorted(folder.rglob("*")) if path.is_file() and path not in files]
    words.problems += [f"{path.relative_to(options.package)}: nothing reads it. Remove it." for path in strays]
    count = len(words.sentences)
    print(*words.problems, f"{count} messages", sep="\n")
    for locale, known in words.coverage.items():
        print(f"{locale}: {known} of {count} translated")
    return 1 if words.problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

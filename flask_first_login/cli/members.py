"""``flask first-login import``: the members whom a portal had before, from a file of rows, line by line."""

from __future__ import annotations

import codecs
import csv
import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import click
from flask.cli import with_appcontext

from ..accounts import Outcome
from ..member_import import COLUMNS, GOOD, WHY, MemberImport, Row, RowRefused
from ..state import state_of
from .audit import note
from .output import bar, format_option, stdout, writer

WIDTHS = {"line": 9, "code": 20, "why": 40}
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_AT_ONCE = 1 << 20
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("import")
@click.argument("file", type=FILE)
@click.option("--encoding", help="Of the file; told apart without it: UTF-8, UTF-16 with its mark, Big5.")
@click.option("--dry-run", is_flag=True, help="Tell what would be done, and do nothing.")
@format_option
@with_appcontext
def import_file(file: Path, encoding: str | None, dry_run: bool, form: str) -> None:
    """Bring in the members of FILE: CSV with a heading, or one JSON object a line.

    Columns: account, provider or issuer, subject, name, national_id, kind, assurance. Each refused row is printed
    with its line and why. An import that was stopped is run again: who is there already is passed over.
    """
    encoding, lines = read_through(file, encoding)
    tell = writer(form, WIDTHS, stdout())
    with file.open(encoding=encoding) as text, bar(lines) as progress:
        rows = _rows(text)
        if not dry_run:
            note(f"import of members from {file.name} begins")
        run = MemberImport(state_of(), dry_run, lambda line, why: tell((line, why.value, WHY[why])), progress)
        done = run.run(rows)
    if not dry_run:
        note(f"import of members from {file.name} ends", count=done[Outcome.ADDED])
    refused = Counter({outcome.value: count for outcome, count in done.items() if outcome not in GOOD})
    brought = "could be imported" if dry_run else "imported"
    why = ": " + ", ".join(f"{count} {code}" for code, count in sorted(refused.items())) if refused else ""
    click.echo(
        f"{done[Outcome.ADDED]} members {brought}, {done[Outcome.THERE]} were there already, "
        f"{refused.total()} rows refused{why}.",
        err=True,
    )
    if refused:
        click.get_current_context().exit(1)


def read_through(file: Path, encoding: str | None, done: str = "imported") -> tuple[str, int]:
    """Tell the encoding of a file and count its lines, before anything of it is used.

    :raises click.UsageError: it is in no encoding that is known.
    """
    with file.open("rb") as octets:
        head = octets.read(4)
    marked = next((name for mark, name in _MARKS.items() if head.startswith(mark)), None)
    for name in [encoding] if encoding else [marked] if marked else ["utf-8", "cp950"]:
        try:
            with file.open(encoding=name) as text:
                return name, sum(part.count("\n") for part in iter(lambda text=text: text.read(_AT_ONCE), ""))  # type: ignore[misc]  # mypy knows no default of a lambda
        except LookupError:
            raise click.UsageError(f"--encoding: there is no encoding {name!r}.") from None
        except UnicodeError:
            continue
    what = encoding or marked or "UTF-8 or Big5"
    raise click.UsageError(f"{file.name} is not wholly in {what}. Nothing was {done}.")


def _rows(lines: Iterator[str]) -> Iterator[tuple[int, Row | RowRefused]]:
    """Give the rows of a file with their lines; each line by itself, so that an open quote swallows no other row.

    :raises click.UsageError: its heading is not one.
    """
    numbered = ((number, line) for number, line in enumerate(lines, 1) if line.strip())
    number, first = next(numbered, (1, ""))
    if first.lstrip().startswith("{"):
        yield number, _of_json(first)
        for number, line in numbered:
            yield number, _of_json(line)
        return
    of_csv = _reader_of(first)
    for number, line in numbered:
        yield number, of_csv(line)


def _reader_of(heading: str) -> Callable[[str], Row | RowRefused]:
    delimiter = next((mark for mark in ",;\t" if mark in heading), ",")
    try:
        columns = [name.strip().lower() for name in next(csv.reader([heading], delimiter=delimiter))]
    except csv.Error:  # a field that is too long, say
        columns = []
    needed = {"account", "subject"} - {*columns}
    if (
        needed
        or not {*columns} <= {*COLUMNS}
        or len({*columns}) < len(columns)
        or not {"provider", "issuer"} & {*columns}
    ):
        raise click.UsageError(
            f"The heading names other columns. Known: {', '.join(COLUMNS)}; needed: account, subject, and provider or "
            "issuer. Nothing was imported."
        )

    def of_csv(line: str) -> Row | RowRefused:
        try:
            values = next(csv.reader([line], delimiter=delimiter, strict=True))
        except csv.Error:
            return RowRefused(Outcome.COLUMNS)
        return dict(zip(columns, values, strict=True)) if len(values) == len(columns) else RowRefused(Outcome.COLUMNS)

    return of_csv


def _of_json(line: str) -> Row | RowRefused:
    try:
        row = json.loads(line, object_pairs_hook=_once_each)
    except (ValueError, RecursionError):
        return RowRefused(Outcome.COLUMNS)
    return row if isinstance(row, dict) else RowRefused(Outcome.COLUMNS)


def _once_each(pairs: list[tuple[str, object]]) -> Row:
    """:raises ValueError: a column stands there twice."""
    row = dict(pairs)
    if len(row) < len(pairs):
        raise ValueError
    return row

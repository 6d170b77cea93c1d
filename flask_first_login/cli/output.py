"""How rows are printed: for a spreadsheet, for a program, for a terminal. What they hold may be hostile text."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from io import TextIOWrapper
from typing import TextIO, TypeVar

import click

FORMATS = ("table", "csv", "jsonl")
format_option = click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)
#: What makes a formula of a cell, in Latin and in full-width forms, both of which spreadsheets take.
_FORMULA = tuple("=+-@＝＋－＠")
_REDRAWN_EVERY = 1000

T = TypeVar("T")


def writer(form: str, widths: Mapping[str, int], to: TextIO) -> Callable[[Sequence[object]], object]:
    """A function that prints one row of these columns; ``widths`` are those of a table.

    A cell that a spreadsheet would take for a formula gets an apostrophe before it (CSV injection), and
    what moves a terminal's cursor or turns a line's direction is replaced.
    """
    match form:
        case "csv":
            # All are quoted: a spreadsheet that splits at semicolons too must not find a cell inside a cell.
            sheet = csv.writer(to, quoting=csv.QUOTE_ALL, lineterminator="\n")
            sheet.writerow(widths)
            return lambda values: sheet.writerow([_cell(_text(value)) for value in values])
        case "jsonl":
            return lambda values: to.write(json.dumps(dict(zip(widths, values, strict=True)), default=_text) + "\n")
        case _:
            to.write(_line(widths, widths))
            return lambda values: to.write(_line(map(_text, values), widths))


def stdout() -> TextIO:
    """Standard output, which an account id in another script than the terminal's does not stop."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    return sys.stdout


def with_progress(rows: Iterable[T], length: Callable[[], int | None]) -> AbstractContextManager[Iterable[T]]:
    """The rows, with a bar on the terminal while they themselves go elsewhere; ``length`` is asked only for a bar."""
    if not sys.stderr.isatty() or sys.stdout.isatty():
        return nullcontext(rows)
    return click.progressbar(rows, length=length(), file=sys.stderr, update_min_steps=_REDRAWN_EVERY)


@contextmanager
def bar(length: int) -> Iterator[Callable[[int], object]]:
    """A bar on the terminal, if there is one, and what moves it on."""
    if not sys.stderr.isatty():
        yield lambda steps: None
        return
    with click.progressbar(length=length, file=sys.stderr) as drawn:
        yield drawn.update
        drawn.update(length - drawn.pos)  # the length may count what is no step, as a file's heading


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case tuple():
            return " ".join(map(_text, value))
        case datetime():
            return value.isoformat(timespec="seconds")
        case _:
            text = str(value)
            return text if text.isprintable() else "".join(c if c.isprintable() else "\ufffd" for c in text)


def _cell(text: str) -> str:
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text


def _line(values: Iterable[str], widths: Mapping[str, int]) -> str:
    return "  ".join(f"{text:<{width}}" for text, width in zip(values, widths.values(), strict=True)).rstrip() + "\n"

#!/usr/bin/env python
"""Write the tables of files in `docs/architecture.md` from the docstrings of the modules, or check that they are so."""

from __future__ import annotations

import argparse
import ast
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "flask_first_login"
PLACE = ROOT / "docs" / "architecture.md"
HEADING = "## Every file\n"


def summary(module: Path) -> str:
    """The first paragraph of a module's docstring, as a cell of a table."""
    docstring = ast.get_docstring(ast.parse(module.read_text("utf-8"))) or ""
    return " ".join(docstring.partition("\n\n")[0].split()).replace("|", "/")


def packages() -> list[Path]:
    return [PACKAGE, *sorted(init.parent for init in PACKAGE.rglob("*/__init__.py"))]


def table(package: Path) -> str:
    """One package: what lives there, and every file of it."""
    rows = [
        f"| `{module.relative_to(PACKAGE)}` | {summary(module)} |\n"
        for module in sorted(package.glob("*.py"))
        if module.name != "__init__.py"
    ]
    title = f"### `{package.relative_to(ROOT)}/`\n\n{summary(package / '__init__.py')}\n\n"
    return f"\n{title}| file | what it holds |\n|---|---|\n{''.join(rows)}"


def page() -> str:
    """The page with the tables of today; what stands before them is written by hand."""
    by_hand = PLACE.read_text("utf-8").partition(HEADING)[0]
    return by_hand + HEADING + "".join(map(table, packages()))


def main(arguments: Iterable[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the page says something else")
    given = parser.parse_args([*arguments])
    if not given.check:
        PLACE.write_text(page(), "utf-8")
        return 0
    if PLACE.read_text("utf-8") == page():
        return 0
    print(f"{PLACE.name} does not say what the modules say: run `make reference`.")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""By which doors tests come in, and which modules are the ground whose every branch is tested."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = "flask_first_login"
DOORS = {
    PACKAGE,
    *(f"{PACKAGE}.{name}" for name in ("flow", "masking", "providers", "report", "sandbox", "testing")),
    *(f"{PACKAGE}.accounts{name}" for name in ("", ".memory", ".sqlalchemy", ".tables")),
    f"{PACKAGE}.integrations.flask_login",
}


def test_every_branch_of_the_ground_is_held_to_be_tested() -> None:
    """The modules of the contract on the ground, and those whose coverage `make test` holds at 100 %, are the same."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    (ground,) = [contract for contract in contracts if contract["name"].startswith("The ground ")]
    modules = {name.removeprefix(f"{PACKAGE}.").replace(".", "/") for name in ground["source_modules"]}
    covered = re.search(r"^GROUND := (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert covered is not None
    assert {name.removesuffix("/*") for name in covered[1].split(",")} == modules
    assert [name for name in modules if not (ROOT / PACKAGE / f"{name}.py").is_file() and name != "flow"] == []


def beside_the_doors(path: Path) -> Iterator[str]:
    """The modules of ours that a test file imports, or imports from, and that are no door."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not (isinstance(node, ast.ImportFrom) and node.module and node.module.partition(".")[0] == PACKAGE):
            continue
        if node.module not in DOORS:
            yield node.module
            continue
        door = import_module(node.module)
        for name in {name.name for name in node.names} - {*getattr(door, "__all__", ())}:
            taken_whole = f"{node.module}.{name}"
            if taken_whole not in DOORS and hasattr(door, "__path__") and find_spec(taken_whole) is not None:
                yield taken_whole


def test_tests_come_in_by_the_doors_so_that_a_module_which_moves_is_named_once() -> None:
    files = [path for path in (ROOT / "tests").rglob("*.py") if path.name != "internals.py"]
    assert len(files) > 100
    beside = {(path.name, module) for path in files for module in beside_the_doors(path)}
    assert beside == set(), "import it from internals"

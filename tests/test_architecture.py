"""The page of the architecture says what the code says, as far as a test can tell."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

import architecture

PAGE = architecture.PLACE.read_text("utf-8")
BY_HAND = PAGE.partition(architecture.HEADING)[0]


def names_in(file: str) -> set[str]:
    """The functions and classes that a file of the package defines at its top."""
    tree = ast.parse((architecture.PACKAGE / file).read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def test_every_file_stands_on_the_page_with_what_its_docstring_says(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert architecture.main(["--check"]) == 0, capsys.readouterr().out
    changed = tmp_path / "architecture.md"
    changed.write_text(PAGE.replace("web/failures.py", "web/troubles.py"), "utf-8")
    monkeypatch.setattr(architecture, "PLACE", changed)
    assert architecture.main(["--check"]) == 1
    assert "run `make reference`" in capsys.readouterr().out


def test_every_file_that_the_page_tells_its_readers_to_open_is_there() -> None:
    mentioned = set(re.findall(r"`((?:[\w]+/)*\w+\.py)`", BY_HAND))
    assert len(mentioned) > 25
    assert [file for file in sorted(mentioned) if not (architecture.PACKAGE / file).is_file()] == []


def test_every_station_of_a_sign_in_is_where_the_page_says() -> None:
    stations = [line for line in BY_HAND.splitlines() if re.match(r"\| [1-8] \|", line)]
    assert len(stations) == 8
    for line in stations:
        for file, names in re.findall(r"`([\w/]+\.py)` ((?:`\w+`(?:, )?)+)", line):
            assert {*re.findall(r"`(\w+)`", names)} <= names_in(file), line


def test_the_floors_on_the_page_are_those_that_the_import_contract_holds() -> None:
    settings = tomllib.loads((architecture.ROOT / "pyproject.toml").read_text("utf-8"))
    (floors,) = (
        contract["layers"]
        for contract in settings["tool"]["importlinter"]["contracts"]
        if contract.get("containers") == ["flask_first_login"]
    )
    drawn = BY_HAND.split("```")[1].strip().splitlines()
    assert [line.partition("  ")[0] for line in drawn] == floors


def test_every_package_says_what_lives_there() -> None:
    for package in architecture.packages():
        assert len(architecture.summary(package / "__init__.py")) > 30, package

"""The pages under docs/ say what is true: their Python runs, and their tables are the code's.

A block whose first line is a comment that names a file, such as ``# test_courses.py``, becomes that file; the tests
among those files are run by pytest, in a folder of their own. What names no file is run as it stands, one block after
another, in one process, with an ``app`` at hand: every reader has one.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from internals import BY_CODE, CANCELLABLE, CANCELLED, ISSUERS, KEYS, PERSONAS, Event, Phase, Result

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
PAGES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md"))
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
AT_HAND = "from flask import Flask\n\napp = Flask('portal')\n"
NAMED = re.compile(r"# ([\w/]+\.py)\n")


def blocks(page: str) -> list[str]:
    return PYTHON.findall((ROOT / page).read_text("utf-8"))


def files(page: str) -> dict[str, str]:
    """The blocks that are files, by name; what names one file twice is one file."""
    found: dict[str, str] = {}
    for block in blocks(page):
        if (name := NAMED.match(block)) is not None:
            found[name[1]] = found.get(name[1], "") + block
    return found


def table(page: str, name: str) -> str:
    found = re.search(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", (ROOT / page).read_text("utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("page", [page for page in PAGES if len(blocks(page)) > len(files(page))])
def test_the_python_of_a_page_runs(page: str, tmp_path: Path) -> None:
    for name, text in files(page).items():
        (tmp_path / name).write_text(text, "utf-8")
    page_itself = [AT_HAND, *(block for block in blocks(page) if not NAMED.match(block))]
    (tmp_path / "page.py").write_text("".join(page_itself), "utf-8")
    command = [sys.executable, "-W", "error", "page.py"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("page", [page for page in PAGES if any(name.startswith("test_") for name in files(page))])
def test_the_tests_of_a_page_pass(page: str, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # which take seconds to load
    for name, text in files(page).items():
        (pytester.path / name).write_text(text, "utf-8")
    ended = pytester.runpytest_subprocess("-W", "error", "-p", "no:cacheprovider")
    assert ended.ret == pytest.ExitCode.OK


# --- what the page on testing lists ---


def test_the_page_on_testing_lists_everybody() -> None:
    rows = [f"| `{one.key}` | {', '.join(_known_at(one.key))} | {one.note.en} |\n" for one in PERSONAS]
    assert table("docs/testing.md", "personas") == "".join(["| key | known at | who |\n|---|---|---|\n", *rows])


def _known_at(persona: str) -> Iterator[str]:
    """The names of the portal's providers; MyEGov is one of them, whatever the protocol."""
    return (name for name, issuer in ISSUERS.items() if persona in issuer.personas and name != "myegov-ticket")


def test_the_page_on_testing_lists_every_code_that_a_provider_can_cause() -> None:
    codes = {name: {*known, *({CANCELLED} if name in CANCELLABLE else ())} for name, known in BY_CODE.items()}
    titles = {name: f"`{name}`" for name in codes} | {"myegov-ticket": "`myegov`, by ticket"}
    rows = [f"| {titles[name]} | {', '.join(f'`{code}`' for code in sorted(codes[name]))} |" for name in codes]
    told = table("docs/testing.md", "failures").splitlines()[2:]
    assert sorted(told) == sorted(rows)
    assert told[-1].startswith("| `myegov`, by ticket |")


# --- what the page on logging lists ---


@pytest.mark.parametrize(("name", "listed"), [("events", [*Event]), ("keys", [*KEYS]), ("phases", sorted(Phase))])
def test_the_page_on_logging_lists_what_there_is_and_nothing_else(name: str, listed: list[str]) -> None:
    first_of_each = r"^\| `(\w+)` \|" if name != "phases" else r"`(\w+)`"
    assert re.findall(first_of_each, table("docs/logging.md", name), re.MULTILINE) == listed


def test_the_page_on_logging_lists_every_result() -> None:
    (row,) = (line for line in table("docs/logging.md", "keys").splitlines() if line.startswith("| `result`"))
    assert {*re.findall(r"`(\w+)`", row)} == {"result", "decide", *Result}

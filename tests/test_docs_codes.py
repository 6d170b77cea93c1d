"""The page of codes is the code's own list, and every code that another page names is one of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import flask_first_login
from internals import FAILURES, REASONS, Signal

ROOT = Path(__file__).parent.parent
PROVIDERS = sorted((ROOT / "docs" / "providers").glob("*.md"))
SIGNALS = [name for name in flask_first_login.__all__ if isinstance(getattr(flask_first_login, name), Signal)]


def _rows(head: str, rows: list[str]) -> str:
    columns = head.count("|") - 1
    return "\n".join([head, "|" + "---|" * columns, *rows]) + "\n"


TABLES = {
    "failures": _rows(
        "| code | fault | status | what the learner is told |",
        [f"| `{one.code}` | {one.fault} | {one.status} | {one.what.en} |" for one in FAILURES.values()],
    ),
    "reasons": _rows(
        "| code | what the learner is told |", [f"| `{one.code}` | {one.text.en} |" for one in REASONS.values()]
    ),
    "signals": _rows("| signal |", [f"| `{name}` |" for name in SIGNALS]),
}


def table(page: str, name: str) -> str:
    found = re.search(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", (ROOT / page).read_text("utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("name", TABLES)
def test_the_page_of_codes_lists_what_the_code_knows(name: str) -> None:
    assert table("docs/codes.md", name) == TABLES[name]


def test_the_page_on_accounts_says_of_every_signal_when_it_is_told() -> None:
    told = re.findall(
        r"^\| `(\w+)` \| [^|]+ \| `account`|^\| `(\w+)` \| [^|]+ \| `provider`", _accounts(), re.MULTILINE
    )
    assert sorted(one or other for one, other in told) == sorted(SIGNALS)


def _accounts() -> str:
    return (ROOT / "docs" / "accounts.md").read_text("utf-8")


@pytest.mark.parametrize("page", PROVIDERS, ids=lambda page: page.stem)
def test_what_goes_wrong_at_a_provider_is_told_by_codes_that_there_are(page: Path) -> None:
    wrong = page.read_text("utf-8").partition("## What goes wrong")[2]
    assert {*re.findall(r"^\| `(\w+)` \|", wrong, re.MULTILINE)} <= FAILURES.keys()
    assert "codes.md" in page.read_text("utf-8")


def test_every_page_is_in_the_index_and_every_link_leads_to_something() -> None:
    pages = sorted((ROOT / "docs").rglob("*.md"))
    index = (ROOT / "docs" / "README.md").read_text("utf-8")
    names = {page.relative_to(ROOT / "docs").as_posix() for page in pages} - {"README.md"}
    assert names <= {*re.findall(r"\]\(([\w./-]+\.md)\)", index)}
    links = [
        (page, to) for page in pages for to in re.findall(r"\]\(([\w./-]+?)(?:#[\w-]+)?\)", page.read_text("utf-8"))
    ]
    assert [f"{page.name}: {to}" for page, to in links if not (page.parent / to).exists()] == []

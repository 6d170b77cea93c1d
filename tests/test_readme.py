"""The README says what is true: its code runs, and its picture is the flow."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from flask import Flask

import flask_first_login
from flask_first_login.flow import STANDARD, diagram

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", README, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_picture_of_the_guide_is_the_guide() -> None:
    assert block("mermaid") == diagram(STANDARD)


def test_the_picture_of_the_login_page_is_there_is_told_in_words_and_is_small() -> None:
    ((words, place),) = re.findall(r"!\[(.*?)\]\((.*?)\)", README, re.DOTALL)
    picture = (Path(__file__).parent.parent / place).read_bytes()
    assert picture.startswith(b"\x89PNG\r\n")
    assert len(picture) < 150_000
    assert len(words.split()) > 10


def test_the_first_example_runs_and_guards_its_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLASK_SECRET_KEY", "a-secret-of-this-test")
    monkeypatch.setenv("FLASK_FIRST_LOGIN_PROVIDERS__google__client_id", "portal")
    monkeypatch.setenv("FLASK_FIRST_LOGIN_PROVIDERS__google__client_secret", "secret")
    names: dict[str, object] = {"__name__": "host"}
    exec(block("python"), names)  # noqa: S102  # the example itself is what is tested
    app = names["create_app"]()  # type: ignore[operator]  # a function of the example
    assert isinstance(app, Flask)
    client = app.test_client()
    assert "Google" in client.get("/first-login/login").get_data(as_text=True)
    assert client.get("/claim").headers["Location"] == "/first-login/login?next=/claim"


@pytest.mark.parametrize("target", ["demo", "test"])
def test_both_commands_are_targets_of_the_makefile(target: str) -> None:
    makefile = (Path(__file__).parent.parent / "Makefile").read_text(encoding="utf-8")
    assert f"make {target}" in README.partition("## Try it, test it")[2]
    assert f"\n{target}:" in makefile


def test_the_version_is_the_same_wherever_it_stands() -> None:
    root = Path(__file__).parent.parent
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    released = re.findall(
        r"^## \[(\d[\d.]*)\] - \d{4}-\d\d-\d\d$", (root / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE
    )
    assert [project["version"], released[0]] == [flask_first_login.__version__] * 2

"""`flask first-login`: what is printed, of which portal, and with which status."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.cli import FlaskGroup

from flask_first_login import FirstLogin, Text
from flask_first_login.accounts.memory import MemoryAccounts
from flask_first_login.flow import STANDARD, Choose, Flow, Option, Page, Question, diagram
from internals import commands
from support.pages import portal

SMALL = Flow(
    start="ask",
    screens=(
        Question(
            "ask", "", "colour", Text("Colour?", "顏色？"), Text("Colour", "顏色"), Text("Which?", "何者？"),
            Text("Select one", "請選擇"),
            (Option("red", Text("Red", "紅"), "end"), Option("blue", Text("Blue", "藍"), "other")),
        ),
        Page("end", "red", Text("Red", "紅"), (), Choose(("google",))),
        Page("other", "blue", Text("Blue", "藍"), (), Choose(("google", "myegov"))),
    ),
    providers=frozenset({"google", "myegov"}),
)  # fmt: skip


@pytest.fixture
def small() -> Flask:
    app = Flask("small")
    FirstLogin(app, accounts=MemoryAccounts(), flow=SMALL)
    return app


def run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["first-login", *arguments])


def test_the_paths_of_the_shipped_wizard_are_those_that_were_reviewed() -> None:
    result = run(portal(), "paths")
    assert (result.exit_code, result.output) == (0, (Path(__file__).parent / "paths.txt").read_text("utf-8"))


def test_the_paths_of_a_hosts_own_wizard_are_its_own(small: Flask) -> None:
    assert run(small, "paths").output.splitlines() == [
        "colour=red | / > /red | sign in: google",
        "colour=blue | / > /blue | sign in: google",
        "colour=blue | / > /blue | sign in: myegov",
    ]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_wizard_is_drawn_in_either_language(language: str) -> None:
    result = run(portal(), "diagram", "--language", language)
    assert (result.exit_code, result.output) == (0, diagram(STANDARD, language))


def test_a_language_that_we_do_not_have_is_refused() -> None:
    result = run(portal(), "diagram", "--language", "fr")
    assert result.exit_code == 2
    assert "'fr' is not one of 'en', 'zh'" in result.output


def test_a_wizard_is_proven_on_the_command_line(small: Flask) -> None:
    assert run(small, "check").output == "3 screens, 3 paths, no problem found.\n"
    assert run(portal(), "check").output == "11 screens, 9 paths, no problem found.\n"


def test_a_flow_that_no_app_uses_yet_is_proven_where_it_stands(small: Flask) -> None:
    result = run(small, "check", "flask_first_login.flow:STANDARD")
    assert (result.exit_code, result.output) == (0, "11 screens, 9 paths, no problem found.\n")


def test_every_problem_of_a_broken_flow_is_printed(
    small: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_flow.py").write_text(
        "from flask_first_login.flow import Flow, Option, Page, Question, SignIn\n"
        "from flask_first_login.text import Text as T\n"
        "end = Page('end', 'end', T('End', ''), (), SignIn('nobody', T('Go', '去')))\n"
        "ask = Question('ask', '', 'next', T('A', '甲'), T('A', '甲'), T('A', '甲'), T('A', '甲'),\n"
        "               (Option('a', T('A', '甲'), 'end'), Option('b', T('B', '乙'), 'nowhere')))\n"
        "FLOW = Flow('ask', (ask, end), frozenset({'google'}))\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    result = run(small, "check", "broken_flow:FLOW")
    assert result.exit_code == 1
    assert [line.split(": ")[0] for line in result.output.splitlines()] == [
        "screen 'ask=b'",
        "screen 'ask'",
        "screen 'end'",
        "screen 'end', text 'End'",
    ]


@pytest.mark.parametrize(
    "place", ["no_such_module:FLOW", "flask_first_login.flow:NOTHING", "flask_first_login.flow", ":"]
)
def test_a_place_without_a_flow_is_refused(small: Flask, place: str) -> None:
    result = run(small, "check", place)
    assert result.exit_code == 2
    assert "PLACE" in result.output


def test_every_command_says_what_it_is_for() -> None:
    result = run(portal(), "--help")
    assert result.exit_code == 0
    for command in ("check", "diagram", "paths", "sandbox"):
        assert f"\n  {command} " in result.output


def test_the_commands_of_an_app_without_a_first_login_do_not_exist() -> None:
    assert run(Flask("bare"), "paths").exit_code == 2


@pytest.mark.parametrize("command", ["check", "doctor", "export someone", "keys rotate", "review list", "prune"])
def test_an_app_without_a_first_login_is_told_in_one_sentence(command: str) -> None:
    """``flask`` finds the commands by their entry point, whatever app it is given."""
    result = FlaskGroup(create_app=lambda: Flask("bare"))
    told = CliRunner().invoke(result, ["first-login", *command.split()])
    assert told.exit_code == 1
    assert told.output == (
        "Error: flask_first_login is not set up on this app. Call FirstLogin(...).init_app(app) first.\n"
    )


def test_a_portal_that_does_not_start_is_told_why_by_every_command() -> None:
    def create_app() -> Flask:
        app = Flask("wrong")
        FirstLogin(app, accounts=MemoryAccounts, providers=["google"])  # type: ignore[arg-type, list-item]  # the fault
        return app

    told = CliRunner().invoke(FlaskGroup(create_app=create_app), ["first-login", "export", "someone"])
    assert told.exit_code == 1
    assert told.output.startswith("Error: The first-login configuration has 2 problems:\n- accounts: is the class")


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (
            "import nothing_of_this_name",
            "The app cannot be loaded (ModuleNotFoundError at broken_portal.py:1: No module named "
            "'nothing_of_this_name'). For the whole traceback: flask routes.",
        ),
        (
            "raise KeyError('s3cret')",
            "The app cannot be loaded (KeyError at broken_portal.py:1). For the whole traceback: flask routes.",
        ),
        (
            "def create_app():\n    return {}['s3cret']",
            "The app cannot be loaded (KeyError at broken_portal.py:2). For the whole traceback: flask routes.",
        ),
    ],
    ids=["import", "module", "factory"],
)
@pytest.mark.parametrize("command", ["doctor", "prune"])
def test_an_app_that_cannot_be_loaded_is_told_in_one_sentence(
    source: str, told: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_portal.py").write_text(source, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "broken_portal", raising=False)
    result = CliRunner().invoke(FlaskGroup(), ["--app", "broken_portal", "first-login", command])
    assert (result.exit_code, result.output) == (1, f"Error: {told}\n")


def test_what_a_command_itself_fails_of_keeps_its_traceback(small: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise KeyError("of the command")

    monkeypatch.setitem(commands.commands, "check", click.Command("check", callback=fails))
    assert isinstance(run(small, "check").exception, KeyError)


def test_a_command_of_the_host_stands_before_one_of_ours(small: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    own = click.Command("check", callback=lambda: click.echo("the portal's own"))
    monkeypatch.setitem(commands.commands, "check", own)
    assert run(small, "check").output == "the portal's own\n"

"""`flask first-login hours` and `keys`: what an operator gets on paper, and what of it is written down."""

from __future__ import annotations

import csv
import io
import json
import os
import pwd
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest
from click.testing import Result
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import create_engine, select, update
from sqlalchemy.engine import Engine
from sqlalchemy.orm import sessionmaker

from flask_first_login import Assurance, Authority, FirstLogin, Requirements, Text, current_vault
from flask_first_login.accounts.memory import MemoryAccounts
from flask_first_login.accounts.sqlalchemy import SQLAlchemyAccounts
from flask_first_login.accounts.tables import create_tables, identities, national_ids
from flask_first_login.testing import BY_ECPA, BY_GOOGLE, BY_MYEGOV
from internals import AUTHORITIES, Vault, output
from support.crowd import numbers, write, write_numbers
from support.databases import INDEX_KEY, KEY, VAULT

KNOWN = {
    "a": [BY_ECPA],
    "b": [replace(BY_MYEGOV, subject="b", national_id=None, assurance=Assurance.NONE)],
    "c": [replace(BY_GOOGLE, subject="c", signed_in_at=datetime(2026, 5, 1, 16, tzinfo=UTC))],
}
Run = Callable[..., Result]


def portal(engine: Engine, *, keys: Sequence[str] = (KEY,), authorities: Sequence[Authority] = AUTHORITIES) -> Flask:
    app = Flask("portal")
    app.config["FIRST_LOGIN_NATIONAL_ID_KEYS"] = list(keys)
    app.config["FIRST_LOGIN_NATIONAL_ID_INDEX_KEY"] = INDEX_KEY
    store = SQLAlchemyAccounts(sessionmaker(engine), current_vault)
    FirstLogin(app, accounts=store, authorities=authorities)
    return app


def run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["first-login", *arguments])


@pytest.fixture
def report(sqlite: Engine) -> Run:
    """Run ``hours report`` on three accounts; it must end well unless a test says otherwise."""
    write(sqlite, KNOWN.items(), VAULT)

    def run_report(*arguments: str, status: int = 0, authorities: Sequence[Authority] = AUTHORITIES) -> Result:
        result = run(portal(sqlite, authorities=authorities), "hours", "report", *arguments)
        assert result.exit_code == status, result.output
        return result

    return run_report


# --- the three forms ---


def test_a_table_has_a_line_for_each_account_and_authority(report: Run) -> None:
    heading, *lines = report().stdout.splitlines()
    assert [line.split() for line in lines] == [
        ["a", "lifelong", "uploadable", "ecpa", "A12345****", "2026-03-01T01:30:15+00:00"],
        ["a", "environmental", "uploadable", "ecpa", "A12345****", "2026-03-01T01:30:15+00:00"],
        ["a", "teacher", "uploadable", "ecpa", "A12345****", "2026-03-01T01:30:15+00:00"],
        ["b", "lifelong", "not_applicable", "myegov", "2026-03-01T01:30:15+00:00", "not_civil_servant"],
        ["b", "environmental", "held", "myegov", "2026-03-01T01:30:15+00:00", "no_national_id"],
        ["b", "teacher", "held", "myegov", "2026-03-01T01:30:15+00:00", "no_national_id"],
        ["c", "lifelong", "refused", "google", "2026-05-01T16:00:00+00:00", "social_identity"],
        ["c", "environmental", "refused", "google", "2026-05-01T16:00:00+00:00", "social_identity"],
        ["c", "teacher", "refused", "google", "2026-05-01T16:00:00+00:00", "social_identity"],
    ]
    assert {line.index("2026") for line in lines} == {heading.index("last_sign_in")}


def test_a_sheet_has_the_same(report: Run) -> None:
    lines = [*csv.reader(io.StringIO(report("--format", "csv", "--authority", "lifelong").stdout))]
    assert lines == [
        ["account", "authority", "verdict", "provider", "national_id", "last_sign_in", "reasons"],
        ["a", "lifelong", "uploadable", "ecpa", "A12345****", "2026-03-01T01:30:15+00:00", ""],
        ["b", "lifelong", "not_applicable", "myegov", "", "2026-03-01T01:30:15+00:00", "not_civil_servant"],
        ["c", "lifelong", "refused", "google", "", "2026-05-01T16:00:00+00:00", "social_identity"],
    ]


def test_a_program_reads_json_line_by_line(report: Run) -> None:
    lines = report("--format", "jsonl", "--authority", "teacher").stdout.splitlines()
    assert [json.loads(line) for line in lines][1:] == [
        {
            "account": "b",
            "authority": "teacher",
            "verdict": "held",
            "provider": "myegov",
            "national_id": None,
            "last_sign_in": "2026-03-01T01:30:15+00:00",
            "reasons": ["no_national_id"],
        },
        {
            "account": "c",
            "authority": "teacher",
            "verdict": "refused",
            "provider": "google",
            "national_id": None,
            "last_sign_in": "2026-05-01T16:00:00+00:00",
            "reasons": ["social_identity"],
        },
    ]


# --- which lines ---


def accounts_in(result: Result) -> list[str]:
    return [json.loads(line)["account"] for line in result.stdout.splitlines()]


JSONL = ("--format", "jsonl", "--authority", "teacher")


def test_the_lines_of_one_verdict_and_of_several_authorities_can_be_asked_for(report: Run) -> None:
    assert accounts_in(report(*JSONL, "--verdict", "held")) == ["b"]
    assert accounts_in(report(*JSONL, "--verdict", "unreadable")) == []
    assert accounts_in(report(*JSONL, "--authority", "lifelong")) == ["a", "a", "b", "b", "c", "c"]


@pytest.mark.parametrize(
    ("day", "expected"), [("2026-03-01", ["a", "b", "c"]), ("2026-05-02", ["c"]), ("2026-05-03", [])]
)
def test_a_day_begins_at_midnight_in_taiwan(report: Run, day: str, expected: list[str]) -> None:
    assert accounts_in(report(*JSONL, "--since", day)) == expected


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--authority", "nursing"], "'nursing' is not one of 'lifelong', 'environmental', 'teacher'."),
        (
            ["--verdict", "maybe"],
            "'maybe' is not one of 'uploadable', 'held', 'not_applicable', 'refused', 'unreadable'",
        ),
        (["--since", "yesterday"], "'yesterday' does not match the format"),
        (["--format", "xml"], "'xml' is not one of 'table', 'csv', 'jsonl'"),
    ],
)
def test_what_does_not_exist_cannot_be_asked_for(report: Run, arguments: list[str], said: str) -> None:
    assert said in report(*arguments, status=2).output


def test_it_is_said_where_python_must_judge(report: Run) -> None:
    old = Authority("old", Text("An old authority", "舊認證機關"), Requirements(name_encoding="ascii"))
    result = report(*("--format", "jsonl"), authorities=[old])
    assert result.stderr == "old: judged account by account, because only Python knows which names ascii can hold.\n"
    assert [json.loads(line)["reasons"] for line in result.stdout.splitlines()] == [
        ["name_not_encodable"],
        ["no_national_id", "name_not_encodable"],
        ["social_identity"],
    ]


def test_a_report_of_a_portal_without_a_database_says_what_it_needs() -> None:
    app = Flask("portal")
    FirstLogin(app, accounts=MemoryAccounts())
    result = run(app, "hours", "report")
    assert result.exit_code == 2
    assert "This needs the accounts in a database (SQLAlchemyAccounts); here is MemoryAccounts." in result.output


def test_it_says_so_also_where_sqlalchemy_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "flask_first_login.accounts.sqlalchemy", None)
    app = Flask("portal")
    FirstLogin(app, accounts=MemoryAccounts())
    assert "here is MemoryAccounts" in run(app, "keys", "rotate").output


# --- national IDs ---


def test_a_number_is_never_shown_in_clear_unless_asked_for(report: Run) -> None:
    for form in output.FORMATS:
        assert "A12345****" in report("--format", form).output
        assert "A123456789" not in report("--format", form).output
        assert "A12345" not in report("--format", form, "--no-ids").output


def test_a_number_that_is_not_to_be_shown_is_not_shown_where_python_judges_either(report: Run) -> None:
    rule = Authority("old", Text("An old authority", "舊認證機關"), Requirements(name_encoding="ascii"))
    assert "A12345" not in report("--no-ids", authorities=[rule]).output


@pytest.mark.parametrize(
    "arguments",
    [["--reveal"], ["--reveal", "--reason", " "], ["--reason", "why"], ["--reveal", "--reason", "x", "--no-ids"]],
)
def test_numbers_are_revealed_only_with_a_reason_and_a_reason_only_with_them(
    report: Run, caplog: pytest.LogCaptureFixture, arguments: list[str]
) -> None:
    result = report(*arguments, status=2)
    assert "A123456789" not in result.output
    assert caplog.messages == []


def test_who_reveals_numbers_is_written_down_with_the_time_the_count_and_the_reason(
    report: Run, caplog: pytest.LogCaptureFixture
) -> None:
    result = report("--reveal", "--reason", "ordered\nby a court", "--authority", "teacher")
    assert result.stdout.count("A123456789") == 1
    user = pwd.getpwuid(os.getuid()).pw_name
    begins, ends = caplog.records
    assert {record.name for record in caplog.records} == {"flask_first_login.audit"}
    assert {record.levelname for record in caplog.records} == {"WARNING"}
    assert begins.getMessage().startswith(f"audit what='hours report begins to show national IDs' by='{user}' at=2")
    assert begins.getMessage().endswith(r"count=None why='ordered\nby a court'")
    assert ends.getMessage().endswith(r"count=1 why='ordered\nby a court'")
    assert "A123456789" not in caplog.text


def test_it_is_written_down_also_when_the_report_breaks_off(
    report: Run, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> Callable[[object], None]:
        def write(row: object) -> None:
            raise OSError("no space left")

        return write

    monkeypatch.setattr("flask_first_login.cli.hours.writer", full)
    report("--reveal", "--reason", "why", status=1)
    assert caplog.messages[-1].endswith("count=1 why='why'")


def test_the_user_is_the_one_the_system_knows_not_the_one_a_variable_names(monkeypatch: pytest.MonkeyPatch) -> None:
    from internals import os_user

    monkeypatch.setenv("LOGNAME", "somebody-else")
    assert os_user() == pwd.getpwuid(os.getuid()).pw_name
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000_123)
    assert os_user() == "uid 4000000123"


# --- hostile text ---


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(A1)", "＝1+1", "\t=1+1", " =1+1", "\r\n=1"])
def test_no_cell_of_a_sheet_is_a_formula(sqlite: Engine, formula: str) -> None:
    write(sqlite, {formula: [BY_GOOGLE]}.items(), VAULT)
    result = run(portal(sqlite), "hours", "report", "--format", "csv", "--authority", "teacher")
    cell = [*csv.reader(io.StringIO(result.stdout))][1][0]
    assert cell[0] in "'\ufffd"


def test_every_cell_of_a_sheet_is_quoted(sqlite: Engine) -> None:
    write(sqlite, {'x";=1+1': [BY_GOOGLE]}.items(), VAULT)
    result = run(portal(sqlite), "hours", "report", "--format", "csv", "--authority", "teacher")
    assert result.stdout.splitlines()[1].startswith('"x"";=1+1","teacher",')


@pytest.mark.parametrize("form", ["table", "csv"])
def test_nothing_that_moves_a_cursor_or_turns_a_line_is_printed(sqlite: Engine, form: str) -> None:
    write(sqlite, {"a\x1b[2J\u202eb\nc\x00": [BY_GOOGLE]}.items(), VAULT)
    result = run(portal(sqlite), "hours", "report", "--format", form, "--authority", "teacher")
    assert "a\ufffd[2J\ufffdb\ufffdc\ufffd" in result.stdout
    assert len(result.stdout.splitlines()) == 2


@pytest.mark.slow
def test_an_account_id_that_the_terminal_cannot_print_stops_nothing(tmp_path: Path) -> None:
    """In a process of its own, where the encoding of its standard output is really another one."""
    engine = create_engine(f"sqlite:///{tmp_path / 'portal.sqlite'}")
    create_tables(engine)
    write(engine, {"王小明": [BY_GOOGLE]}.items(), VAULT)
    (tmp_path / "app.py").write_text(
        "from sqlalchemy import create_engine\n"
        "from test_cli_hours import portal\n"
        f"app = portal(create_engine('sqlite:///{tmp_path / 'portal.sqlite'}'))\n",
        "utf-8",
    )
    paths = os.pathsep.join([str(tmp_path), *sys.path])
    result = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "app", "first-login", "hours", "report"],
        env={**os.environ, "PYTHONPATH": paths, "PYTHONIOENCODING": "ascii", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert "\\u738b\\u5c0f\\u660e" in result.stdout


# --- what cannot be read ---


@pytest.fixture
def with_a_lost_key(sqlite: Engine) -> Engine:
    write(sqlite, KNOWN.items(), VAULT)
    with sqlite.begin() as connection:
        connection.execute(update(national_ids).values(sealed=b"under a key that is lost"))
        connection.execute(update(identities).where(identities.c.account_id == "b").values(kind="martian"))
    return sqlite


def test_what_cannot_be_read_is_listed_and_counted(with_a_lost_key: Engine) -> None:
    result = run(portal(with_a_lost_key), "hours", "report", *JSONL)
    assert result.exit_code == 0
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(line["verdict"], line["reasons"]) for line in lines] == [
        ("unreadable", ["lost_key"]),
        ("unreadable", ["unknown_value"]),
        ("refused", ["social_identity"]),
    ]
    assert result.stderr == "2 rows could not be read: lost_key 1, unknown_value 1.\n"


def test_a_strict_report_ends_with_a_status_of_its_own(with_a_lost_key: Engine) -> None:
    result = run(portal(with_a_lost_key), "hours", "report", "--strict")
    assert (result.exit_code, len(result.stdout.splitlines())) == (3, 10)


def test_a_strict_report_of_what_can_be_read_ends_well(report: Run) -> None:
    assert report("--strict").stderr == ""


# --- the summary ---


def test_the_summary_counts(sqlite: Engine) -> None:
    write(sqlite, KNOWN.items(), VAULT)
    result = run(portal(sqlite), "hours", "summary", "--authority", "teacher")
    assert (result.exit_code, result.output) == (
        0,
        "authority       verdict         reason                    accounts\n"
        "teacher         uploadable                                1\n"
        "teacher         held                                      1\n"
        "teacher         held            no_national_id            1\n"
        "teacher         refused                                   1\n"
        "teacher         refused         social_identity           1\n",
    )


def test_a_program_reads_the_summary_line_by_line(sqlite: Engine) -> None:
    write(sqlite, KNOWN.items(), VAULT)
    result = run(portal(sqlite), "hours", "summary", *JSONL, "--since", "2026-05-02")
    assert [json.loads(line) for line in result.output.splitlines()] == [
        {"authority": "teacher", "verdict": "refused", "reason": None, "accounts": 1},
        {"authority": "teacher", "verdict": "refused", "reason": "social_identity", "accounts": 1},
    ]


def test_the_summary_says_where_python_must_judge(sqlite: Engine) -> None:
    write(sqlite, KNOWN.items(), VAULT)
    old = Authority("old", Text("An old authority", "舊認證機關"), Requirements(name_encoding="ascii"))
    result = run(portal(sqlite, authorities=[old]), "hours", "summary")
    assert result.stderr == "old: judged account by account, because only Python knows which names ascii can hold.\n"
    assert "old             held            name_not_encodable        2\n" in result.stdout


# --- the bar ---


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Standard error on a terminal, standard output elsewhere."""
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    return screen


def test_a_bar_is_drawn_on_a_terminal_while_the_rows_go_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_a_terminal(monkeypatch)
    with output.with_progress(range(5000), lambda: 5000) as rows:
        assert [*rows] == [*range(5000)]
    assert "100%" in terminal.getvalue()


@pytest.mark.parametrize(("on_stderr", "on_stdout"), [(io.StringIO, io.StringIO), (Terminal, Terminal)])
def test_no_bar_is_drawn_without_a_terminal_or_through_the_rows(
    monkeypatch: pytest.MonkeyPatch, on_stderr: type[io.StringIO], on_stdout: type[io.StringIO]
) -> None:
    def never() -> int:
        raise AssertionError("counted for a bar that is not drawn")

    drawn = on_stderr()
    monkeypatch.setattr(sys, "stderr", drawn)
    monkeypatch.setattr(sys, "stdout", on_stdout())
    with output.with_progress(range(3), never) as rows:
        assert [*rows] == [0, 1, 2]
    assert drawn.getvalue() == ""


# --- keys ---


def test_after_a_rotation_every_number_is_under_the_new_key(sqlite: Engine) -> None:
    write(sqlite, KNOWN.items(), VAULT)
    new = Fernet.generate_key().decode()
    both = portal(sqlite, keys=[new, KEY])
    result = run(both, "keys", "rotate")
    assert (result.exit_code, result.output) == (0, "1 re-encrypted, 0 were under the newest key already.\n")
    assert run(both, "keys", "rotate").output == "0 re-encrypted, 1 were under the newest key already.\n"
    store = SQLAlchemyAccounts(sessionmaker(sqlite), lambda: Vault([new], INDEX_KEY))
    account = store.get("a")
    assert account is not None
    assert account.identities == (BY_ECPA,)


def test_a_rotation_goes_on_past_a_number_that_no_key_opens_and_says_so(sqlite: Engine) -> None:
    given = numbers()
    people = {f"{n}": [replace(BY_ECPA, subject=f"{n}", national_id=next(given))] for n in range(9)}
    write(sqlite, people.items(), VAULT)
    with sqlite.begin() as connection:
        first = connection.scalars(select(national_ids.c.keyed_index).order_by(national_ids.c.keyed_index)).first()
        lost = update(national_ids).where(national_ids.c.keyed_index == first)
        connection.execute(lost.values(sealed=Vault([INDEX_KEY], KEY).encrypt(next(given))))
    result = run(portal(sqlite, keys=[Fernet.generate_key().decode(), KEY]), "keys", "rotate")
    assert result.exit_code == 1
    assert result.stdout == "8 re-encrypted, 0 were under the newest key already.\n"
    assert result.stderr.startswith("1 open under none of the keys")


def test_a_rotation_draws_its_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_a_terminal(monkeypatch)
    with output.bar(2) as progress:
        progress(2)
    assert "100%" in terminal.getvalue()


@pytest.mark.scale
@pytest.mark.parametrize(("which", "how_many"), [("sqlite", 6_000), ("postgresql", 3_000), ("mariadb", 2_000)])
def test_many_thousand_numbers_are_re_encrypted_and_every_one_still_reads(
    request: pytest.FixtureRequest, which: str, how_many: int
) -> None:
    engine: Engine = request.getfixturevalue(which)
    given = [*islice(numbers(), how_many)]
    write_numbers(engine, given, VAULT)
    new = Fernet.generate_key().decode()
    result = run(portal(engine, keys=[new, KEY]), "keys", "rotate")
    assert result.output == f"{how_many} re-encrypted, 0 were under the newest key already.\n"
    after, kept = Vault([new], INDEX_KEY), national_ids.c
    with engine.connect() as connection:
        read = connection.execute(select(kept.sealed, kept.keyed_index).order_by(kept.account_id))
        assert all(
            after.decrypt(row.sealed, index=row.keyed_index) == one for row, one in zip(read, given, strict=True)
        )

"""The members whom a portal had before: brought in from a file, each row whole or refused by line and reason."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask.cli import ScriptInfo
from sqlalchemy import Engine
from sqlalchemy.orm import sessionmaker

from flask_first_login import Assurance, Kind
from flask_first_login.accounts import Accounts, Outcome
from flask_first_login.accounts.memory import MemoryAccounts
from flask_first_login.accounts.sqlalchemy import SQLAlchemyAccounts
from flask_first_login.testing import BY_ECPA, BY_MYEGOV, NATIONAL_ID, OTHER_NATIONAL_ID
from internals import Create
from support.crowd import numbers
from support.databases import VAULT
from support.host_portal import Host
from support.pages import PROVIDERS
from test_cli_hours import on_a_terminal
from test_numbers_in_doubt import OldStore

HEADING = "account,provider,subject,name,national_id,kind,assurance"
ONE, TWO = NATIONAL_ID.reveal(), OTHER_NATIONAL_ID.reveal()
WRONG = f"{TWO[:-1]}{(int(TWO[-1]) + 1) % 10}"
COMES = replace(BY_MYEGOV, issuer=str(PROVIDERS["myegov"]["issuer"]))
#: Each row, and what becomes of it after those before.
ROWS = [
    (f"a1,myegov,s1,王小明,{ONE},general,", "added"),
    (f"a1,myegov,s1,王小明,{ONE},general,", "there"),
    (f"a2,myegov,s1,王小明,{TWO},,", "identity_taken"),
    (f"a2,myegov,s2,王小明,{ONE},,", "number_taken"),
    (f"a1,myegov,s3,王小明,{TWO},,", "another_number"),
    ("a1,google,g1,王小明,,,", "social_never_merges"),
    (f"a3,google,g3,王小明,{TWO},,", "social"),
    ("a3,google,g3,王小明,,,verified", "social"),
    ("a3,google,g3,王小明,,,", "added"),
    (f"a3,myegov,s4,王小明,{TWO},,", "social_never_merges"),
    (f"a4,myegov,s4,王小明,{WRONG},,", "national_id"),
    ("a4,myegov,s4,王小明,,,,,", "columns"),
    ("a4,myegov,s4", "columns"),
    ('a4,myegov,"s4,王小明,,,', "columns"),
    ("a4,nobody,s4,王小明,,,", "provider"),
    ("a4,myegov,,王小明,,,", "subject"),
    (f"{TWO},myegov,s4,王小明,,,", "account"),
    (f"a4,myegov,s4,{TWO},,,", "name"),
    ("a4,myegov,s4,王小明,,minister,", "kind"),
    ("a4,ecpa,s4,王小明,,general,", "kind"),
    ("a4,myegov,s4,王小明,,,proven", "assurance"),
    (f"a4,ecpa,e4,王大明,{TWO},,verified", "added"),
    ("a5,myegov,s5,,,,declared", "added"),
]


@pytest.fixture(params=["memory", "sqlite", "postgresql", "mariadb"])
def host(request: pytest.FixtureRequest) -> Host:
    if request.param == "memory":
        return Host(MemoryAccounts()).mounted()
    engine: Engine = request.getfixturevalue(request.param)
    return Host(SQLAlchemyAccounts(sessionmaker(engine), lambda: VAULT)).mounted()


def run(host: Host, file: Path, *options: str, status: int = 0) -> tuple[list[dict[str, Any]], Result]:
    result = host.app.test_cli_runner().invoke(args=["first-login", "import", str(file), "--format=jsonl", *options])
    assert result.exit_code == status, result.output
    assert not [number for number in (ONE, TWO, WRONG) if number in result.output]
    return [json.loads(line) for line in result.stdout.splitlines()], result


@pytest.mark.slow
def test_each_row_is_brought_in_or_refused_by_line_and_reason_as_the_dry_run_says(host: Host, tmp_path: Path) -> None:
    file = tmp_path / "members.csv"
    file.write_text("\n".join([HEADING, *(row for row, _ in ROWS)]), "utf-8-sig")
    refused = [(n, code) for n, (_, code) in enumerate(ROWS, 2) if code not in {"added", "there"}]

    would, said = run(host, file, "--dry-run", status=1)
    assert [(row["line"], row["code"]) for row in would] == refused
    assert {frozenset(row) for row in would} == {frozenset({"line", "code", "why"})}
    assert host.accounts.get("a1") is None
    rows, done = run(host, file, status=1)
    assert rows == would
    assert done.stderr.splitlines()[-1] == said.stderr.splitlines()[-1].replace("could be imported", "imported")

    at = {account: host.accounts.get(account) for account in ("a1", "a2", "a3", "a4", "a5")}
    assert at["a2"] is None
    found = {name: account.identities for name, account in at.items() if account is not None}
    assert {name: len(known) for name, known in found.items()} == {"a1": 1, "a3": 1, "a4": 1, "a5": 1}
    a1, a4, a5 = found["a1"][0], found["a4"][0], found["a5"][0]
    assert (a1.name, a1.national_id, a1.kind, a1.assurance) == ("王小明", NATIONAL_ID, Kind.GENERAL, Assurance.DECLARED)
    assert (a4.kind, a4.assurance) == (Kind.CIVIL_SERVANT, Assurance.VERIFIED)
    assert a5.assurance is Assurance.NONE
    proven = {name: account.proven for name, account in at.items() if account is not None}
    assert [{*proven[name]} for name in ("a1", "a4")] == [set(), {OTHER_NATIONAL_ID}]

    again, _ = run(host, file, status=1)
    assert [row["line"] for row in again] == [line for line, _ in refused]
    comes = replace(COMES, subject="s1")
    assert host.arrives(comes).status_code == 303
    assert host.owner(comes) == "a1"


def test_the_columns_may_name_an_issuer_and_be_parted_as_a_spreadsheet_parts_them(tmp_path: Path) -> None:
    file = tmp_path / "members.csv"
    for mark in (";", "\t"):
        host = Host(MemoryAccounts()).mounted()
        rows = (["subject", "issuer", "account", "name"], ["s7", COMES.issuer, "7", "許功蓋"])
        file.write_bytes("\n".join(mark.join(row) for row in rows).encode("cp950"))
        run(host, file, "--encoding", "cp950")
        assert host.owner(replace(COMES, subject="s7")) == "7"


def test_a_terminal_sees_how_far_an_import_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    host = Host(MemoryAccounts()).mounted()
    file = tmp_path / "members.csv"
    file.write_text("\n".join([HEADING, *(f"m{n},myegov,s{n},,,," for n in range(2_500)), "", ""]))
    terminal = on_a_terminal(monkeypatch)
    by = ScriptInfo(create_app=lambda: host.app)
    host.app.cli.main(["first-login", "import", str(file)], obj=by, standalone_mode=False)
    assert terminal.getvalue().endswith("2500 members imported, 0 were there already, 0 rows refused.\n")
    drawn = re.findall(r"\d+%", terminal.getvalue())
    assert len(drawn) > 2
    assert drawn[-1] == "100%"


def test_a_declared_number_goes_to_who_proves_it_and_a_stranger_gets_no_imported_account(tmp_path: Path) -> None:
    host = Host(MemoryAccounts()).mounted()
    file = tmp_path / "members.csv"
    file.write_text(f"{HEADING}\nvictim,myegov,s1,{BY_ECPA.name},{ONE},,\n")
    run(host, file)

    host.arrives(replace(BY_ECPA, subject="another"))
    assert host.owner(replace(BY_ECPA, subject="another")) != "victim"


def test_big5_and_json_lines_are_read_and_other_headings_and_encodings_are_refused_whole(tmp_path: Path) -> None:
    file = tmp_path / "members"
    line = {"account": 7, "provider": "myegov", "subject": "s7", "name": "許功蓋"}
    for octets in (
        f"{HEADING}\n7,myegov,s7,許功蓋,,,\n".encode("cp950"),
        f"{HEADING}\n7,myegov,s7,許功蓋,,,\n".encode("utf-16"),
        json.dumps(line).encode(),
    ):
        host = Host(MemoryAccounts()).mounted()
        file.write_bytes(octets)
        run(host, file)
        account = host.accounts.get("7")
        assert account is not None
        assert account.identities[0].name == "許功蓋"

    host = Host(MemoryAccounts()).mounted()
    for octets in (
        b"account,subject\n7,s7\n",
        b"id,provider,subject\n",
        b"x" * 200_000 + b"\n",
        f"{HEADING}\n".encode() + b"7,myegov,\xff\xff\n",
    ):
        file.write_bytes(octets)
        assert "Nothing was imported" in run(host, file, status=2)[1].output
    file.write_text('{"account": "7", "account": "8", "provider": "myegov", "subject": "s7"}\n{"x\n[]\n{"a": 1}\n')
    assert [row["code"] for row in run(host, file, status=1)[0]] == ["columns"] * 4


def test_a_store_of_a_host_takes_members_into_accounts_that_it_has() -> None:
    accounts: Accounts = OldStore()
    host = Host(accounts).mounted()
    known = accounts.carry_out(Create(), replace(BY_ECPA, national_id=None))
    refused: list[tuple[int, str]] = []
    rows = [{"account": account, "provider": "myegov", "subject": account} for account in (known, "nobody")]
    with host.app.app_context():
        done = host.first_login.import_members(iter(rows), refused=lambda place, why: refused.append((place, why)))

    assert done == {Outcome.ADDED: 1, Outcome.NO_ACCOUNT: 1}
    assert refused == [(2, "no_account")]
    assert host.owner(replace(COMES, subject=known)) == known


@pytest.mark.slow
def test_an_import_that_was_stopped_goes_on_and_keeps_only_whole_batches(sqlite: Engine) -> None:
    host = Host(SQLAlchemyAccounts(sessionmaker(sqlite), lambda: VAULT)).mounted()
    given = numbers()
    rows = [
        {
            "account": f"m{n}",
            "provider": "myegov",
            "subject": f"s{n}",
            "name": "王小明",
            "national_id": next(given).reveal(),
        }
        for n in range(2500)
    ]

    def until_it_is_stopped() -> Any:
        yield from rows[:1700]
        raise KeyboardInterrupt

    with host.app.app_context():
        with pytest.raises(KeyboardInterrupt):
            host.first_login.import_members(until_it_is_stopped())
        assert host.accounts.get("m999") is not None
        assert host.accounts.get("m1000") is None
        done = host.first_login.import_members(rows)
    assert done == {Outcome.THERE: 1000, Outcome.ADDED: 1500}

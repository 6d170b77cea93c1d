"""A provider that has moved: its people are known by their former key, told where not, and moved by command."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import Engine, event
from sqlalchemy.orm import sessionmaker

from flask_first_login import Account, AccountConflict, Assurance
from flask_first_login.accounts import Accounts, Moves, Outcome
from flask_first_login.accounts.memory import MemoryAccounts
from flask_first_login.accounts.sqlalchemy import SQLAlchemyAccounts
from flask_first_login.testing import BY_ECPA, BY_GOOGLE, BY_MYEGOV, NATIONAL_ID, OTHER_NATIONAL_ID
from internals import ENVIRONMENTAL, Create, IdChange, Link, Presented, SignIn, look_up, register
from support.crowd import write
from support.databases import VAULT
from support.host_portal import Host, code_of
from support.learner import Learner
from support.pages import PROVIDERS
from test_numbers_in_doubt import OldStore

OLD, NEW = "https://old.example.gov.tw", str(PROVIDERS["myegov"]["issuer"])
KNOWN = replace(BY_MYEGOV, issuer=OLD, subject="person")
COMES = replace(KNOWN, issuer=NEW)
SOCIAL = replace(BY_GOOGLE, issuer=OLD, subject="person")
MOVED = {**PROVIDERS, "myegov": {**PROVIDERS["myegov"], "former_issuers": [OLD]}}
STORES = ("memory", "sqlite", "sqlite_with_foreign_keys", "postgresql", "mariadb")


@pytest.fixture(params=STORES)
def accounts(request: pytest.FixtureRequest) -> Accounts:
    if request.param == "memory":
        return MemoryAccounts()
    engine: Engine = request.getfixturevalue(request.param)
    return SQLAlchemyAccounts(sessionmaker(engine), lambda: VAULT)


def portal(accounts: Accounts, providers: Mapping[str, object] = MOVED) -> Host:
    return Host(accounts, FIRST_LOGIN_PROVIDERS=providers).mounted()


def kept(host: Host, account: str) -> list[tuple[str, str]]:
    found = host.accounts.get(account)
    assert found is not None
    return [known.key for known in found.identities]


def is_signed_in(learner: Learner) -> bool:
    return learner.get("/first-login/hours").status_code == 200


# --- who comes from the new issuer ---


def test_who_is_known_under_a_former_issuer_signs_in_to_their_account_and_keeps_their_key(accounts: Accounts) -> None:
    host = portal(accounts)
    account = accounts.carry_out(Create(), KNOWN)

    for _ in range(2):
        assert host.arrives(COMES).status_code == 303
    assert kept(host, account) == [(OLD, "person")]
    assert accounts.owner_of(NEW, "person") is None
    someone_new = replace(COMES, subject="new", national_id=None)
    host.arrives(someone_new)
    assert kept(host, host.owner(someone_new)) == [(NEW, "new")]


def test_without_the_setting_nobody_is_taken_for_who_was_at_another_issuer(accounts: Accounts) -> None:
    host = portal(accounts, PROVIDERS)
    account = accounts.carry_out(Create(), replace(KNOWN, national_id=None))

    host.arrives(replace(COMES, national_id=None))
    assert host.owner(COMES) != account


def test_the_key_of_today_comes_first_where_somebody_has_both(accounts: Accounts) -> None:
    accounts.carry_out(Create(), replace(KNOWN, national_id=None))
    today = accounts.carry_out(Create(), replace(COMES, national_id=None))
    shown = Presented(NEW, ("person",), former=(OLD,))

    assert look_up(accounts, shown).owner == accounts.get(today)
    host = portal(accounts)
    host.arrives(replace(COMES, national_id=None))
    assert kept(host, today) == [(NEW, "person")]


def test_who_is_known_under_a_former_issuer_is_there_already_when_members_are_brought_in(accounts: Accounts) -> None:
    host = portal(accounts)
    account = accounts.carry_out(Create(), replace(KNOWN, national_id=None))
    rows = [{"account": of, "provider": "myegov", "subject": "person"} for of in (account, "another")]

    for is_dry in (True, False):
        with host.app.app_context():
            done = host.first_login.import_members(iter(rows), dry_run=is_dry)
        assert done == {Outcome.THERE: 1, Outcome.IDENTITY_TAKEN: 1}
    assert accounts.get("another") is None
    host.arrives(replace(COMES, national_id=None))
    assert kept(host, account) == [(OLD, "person")]


@pytest.mark.parametrize(
    ("provider", "former"),
    [
        ("google", NEW),  # the government issuer of another registration
        ("google", "https://www.cp.gov.tw"),
        ("google", "https://login.cp.gov.tw/v1"),
        ("google", "https://ecpa.dgpa.gov.tw"),
        ("myegov", "https://accounts.google.com"),
        ("myegov", "https://www.facebook.com/another"),
        ("myegov", "https://appleid.apple.com"),
        ("myegov", str(PROVIDERS["ecpa"]["issuer"])),
        ("myegov", NEW),
    ],
)
def test_no_provider_claims_the_identities_of_another_nor_one_of_another_standing(provider: str, former: str) -> None:
    """Whoever may sign in there could else become anybody who is known under that issuer."""
    settings: dict[str, Any] = {**PROVIDERS, provider: {**PROVIDERS[provider], "former_issuers": [former]}}

    _, problems = register(settings)
    assert [problem.where for problem in problems] == [f"FIRST_LOGIN_PROVIDERS[{provider!r}]['former_issuers']"]


def test_two_providers_never_share_a_former_issuer() -> None:
    settings = {name: {**PROVIDERS[name], "former_issuers": [OLD]} for name in ("google", "myegov")}

    assert len(register(settings)[1]) == 2
    assert [problem.what for problem in register({"myegov": {**PROVIDERS["myegov"], "former_issuers": "x"}})[1]] == [
        "must be a list of https addresses (http on this machine only)."
    ]


def test_who_was_government_at_a_former_issuer_is_never_social_there(accounts: Accounts) -> None:
    """Of an issuer that no setting names any more, the accounts themselves say what it was."""
    social = replace(BY_GOOGLE, issuer=str(PROVIDERS["google"]["issuer"]), subject="person")
    host = portal(accounts, {**PROVIDERS, "google": {**PROVIDERS["google"], "former_issuers": [OLD]}})
    account = accounts.carry_out(Create(), KNOWN)

    assert code_of(host.arrives(social)) == "social_never_merges"
    assert kept(host, account) == [(OLD, "person")]


def test_who_is_called_otherwise_since_the_move_is_told_and_joined_once_they_prove_it(accounts: Accounts) -> None:
    host = portal(accounts)
    proven = replace(KNOWN, assurance=Assurance.VERIFIED)
    account = accounts.carry_out(Create(), proven)
    renamed = replace(COMES, subject="renamed")

    page = host.arrives(renamed)
    assert code_of(page) == "provider_moved"
    assert "自然人憑證" in page.text
    assert NATIONAL_ID.reveal() not in page.text
    assert "person" not in page.text
    assert code_of(host.arrives(replace(renamed, assurance=Assurance.VERIFIED))) == ""
    assert kept(host, account) == [(OLD, "person"), (NEW, "renamed")]


def test_a_course_that_was_completed_before_the_move_is_the_same_persons(accounts: Accounts) -> None:
    host = portal(accounts)
    account = accounts.carry_out(Create(), COMES)
    then, now = replace(KNOWN, national_id=None), accounts.get(account)
    assert now is not None

    assert host.state.completion(then, now, ENVIRONMENTAL, datetime.now(UTC)).uploadable
    other = replace(then, issuer="https://never.example.gov.tw")
    assert not host.state.completion(other, now, ENVIRONMENTAL, datetime.now(UTC)).uploadable


def test_a_store_of_a_hosts_own_that_knows_nothing_of_this_looks_step_by_step() -> None:
    host = portal(OldStore())
    account = host.accounts.carry_out(Create(), KNOWN)

    assert host.arrives(COMES).status_code == 303
    assert kept(host, account) == [(OLD, "person")]
    assert "has no kept_at and move" in run(host, "--from", OLD, "--to", NEW, status=2).output


# --- the command ---


def run(host: Host, *options: str, status: int = 0, answer: str | None = None) -> Result:
    command = ["first-login", "identities", "move", *options]
    result = host.app.test_cli_runner().invoke(args=command, input=answer)
    assert result.exit_code == status, result.output
    assert NATIONAL_ID.reveal() not in result.output
    return result


def filled(accounts: Accounts) -> dict[str, str]:
    """Accounts with something under the old issuer and the new one, by what will be of them."""
    return {
        "two": _two(accounts),
        "taken": accounts.carry_out(Create(), replace(KNOWN, subject="taken", national_id=None)),
        "elsewhere": accounts.carry_out(Create(), replace(COMES, subject="new-taken", national_id=None)),
        "unnamed": accounts.carry_out(Create(), replace(KNOWN, subject="unnamed", national_id=None)),
        "plain": accounts.carry_out(Create(), replace(KNOWN, subject="plain", national_id=OTHER_NATIONAL_ID)),
    }


def _two(accounts: Accounts) -> str:
    account = accounts.carry_out(Create(), replace(KNOWN, subject="a", assurance=Assurance.VERIFIED))
    accounts.carry_out(Link(account), replace(KNOWN, subject="b", assurance=Assurance.VERIFIED))
    accounts.carry_out(Link(account), BY_ECPA)
    return account


def test_the_command_looks_at_all_first_and_moves_each_account_whole_or_not_at_all(
    accounts: Accounts, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "flask_first_login.audit")
    host, ids = portal(accounts), filled(accounts)
    names, options = tmp_path / "map.csv", ("--from", OLD, "--to", NEW, "--map", str(tmp_path / "map.csv"))

    names.write_text("\ufeffa,new-a\ntaken,new-taken\nplain,c\nnobody,new-nobody\n", "utf-8")
    told = run(host, *options, "--dry-run", status=1).output
    assert "1 accounts with 1 identities can be moved" in told
    assert "2 accounts cannot" in told
    assert "1 accounts are not in the file" in told
    assert f"{ids['two']}  only some of its identities are in the file" in told
    assert "new-a" not in told

    names.write_text("a,new-a\nb,new-b\ntaken,new-taken\nplain,c\n", "utf-8")
    before = {name: kept(host, account) for name, account in ids.items()}
    assert "Aborted" in run(host, *options, status=1, answer="n\n").output
    assert before == {name: kept(host, account) for name, account in ids.items()}
    assert caplog.text == ""
    assert "2 accounts with 3 identities moved" in run(host, *options, "--yes", status=1).output

    assert kept(host, ids["two"])[:2] == [(NEW, "new-a"), (NEW, "new-b")]
    assert kept(host, ids["plain"]) == [(NEW, "c")]
    assert [kept(host, ids[name]) for name in ("taken", "unnamed")] == [[(OLD, "taken")], [(OLD, "unnamed")]]
    assert caplog.text.count(f"identities move from {OLD} to {NEW}") == 2
    assert "count=2" in caplog.text
    account = accounts.get(ids["two"])
    assert account is not None
    assert {known.provider for known in account.identities} == {"myegov", "ecpa"}
    assert account.claimed == (NATIONAL_ID,)


def test_who_is_signed_in_stays_so_and_signs_in_as_before_when_all_were_moved(accounts: Accounts) -> None:
    host = portal(accounts)
    account, learner = accounts.carry_out(Create(), KNOWN), host.learner()
    host.arrives(COMES, learner)

    assert "1 accounts with 1 identities moved" in run(host, "--from", OLD, "--to", NEW, "--yes").output
    assert kept(host, account) == [(NEW, "person")]
    assert is_signed_in(learner)
    host.arrives(COMES)
    assert kept(host, account) == [(NEW, "person")]
    assert "0 accounts with 0 identities can be moved" in run(host, "--from", OLD, "--to", NEW).output


def test_a_number_in_a_new_key_is_kept_as_a_pseudonym_and_found_under_an_old_one(
    accounts: Accounts, tmp_path: Path
) -> None:
    number, other = NATIONAL_ID.reveal(), OTHER_NATIONAL_ID.reveal()
    host, names = portal(accounts), tmp_path / "map.csv"
    account = accounts.carry_out(Create(), replace(KNOWN, subject=host.state.pseudonyms(number)[0]))

    names.write_text(f"{number},{other}\n", "utf-8")
    run(host, "--from", OLD, "--to", NEW, "--map", str(names), "--yes")
    assert kept(host, account) == [(NEW, host.state.pseudonyms(other)[0])]
    assert host.arrives(replace(COMES, subject=other)).status_code == 303
    assert kept(host, account) == [(NEW, host.state.pseudonyms(other)[0])]


def test_a_review_follows_an_identity_that_is_moved(accounts: Accounts) -> None:
    host = portal(accounts)
    account = accounts.carry_out(Create(), KNOWN)
    sent = replace(KNOWN, national_id=OTHER_NATIONAL_ID)
    accounts.carry_out(SignIn(account, IdChange.REVIEW), sent)

    run(host, "--from", OLD, "--to", NEW, "--yes")
    (review,) = accounts.reviews()  # type: ignore[attr-defined]  # both stores keep them
    assert (review.stored.key, review.sent.key) == ((NEW, "person"), (NEW, "person"))


def test_social_identities_never_get_the_key_of_a_government_provider_nor_the_other_way_round(
    accounts: Accounts,
) -> None:
    """Whoever chose a name at a social provider would else be the civil servant who has it as a key."""
    host = portal(accounts)
    account = accounts.carry_out(Create(), SOCIAL)
    told = run(host, "--from", OLD, "--to", NEW, "--yes", status=1).output
    assert "a key of one never becomes a key of the other" in told
    assert kept(host, account) == [(OLD, "person")]


@pytest.mark.parametrize(
    ("options", "lines", "said"),
    [
        (("--from", OLD, "--to", "https://nobody.example"), None, "no provider of this portal has the issuer"),
        (("--from", NEW, "--to", NEW), None, "nothing to move"),
        (("--from", str(PROVIDERS["ecpa"]["issuer"]), "--to", NEW), None, "still signs people in"),
        (("--from", OLD, "--to", NEW), "a,b\na,c\n", "line 2 is not"),
        (("--from", OLD, "--to", NEW), "a,c\nb,c\n", "line 2 is not"),
        (("--from", OLD, "--to", NEW), "a,b,c\n", "line 1 is not"),
        (("--from", OLD, "--to", NEW), "a\n", "line 1 is not"),
        (("--from", OLD, "--to", NEW), "a,\n", "line 1 is not"),
        (("--from", OLD, "--to", NEW), "a, b\n", "line 1 is not"),
        (("--from", OLD, "--to", NEW), f"a,{'b' * 256}\n", "line 1 is not"),
        (("--from", OLD, "--to", NEW), "\n\na\n", "line 3 is not"),
        (("--from", OLD, "--to", NEW), f"a,{'b' * 200_000}\n", "line 1 is not"),
        (("--from", OLD, "--to", NEW), 'a,"b\nc,d\n', "line 1 is not"),
        (("--from", OLD, "--to", NEW), b"a,\xff\xff\n", "Nothing was moved"),
        (("--from", NEW, "--to", NEW), "a,b\nb,c\n", "nobody could tell who was moved"),
    ],
)
def test_what_cannot_be_meant_moves_nothing(
    options: tuple[str, ...], lines: str | bytes | None, said: str, tmp_path: Path
) -> None:
    host, names = portal(MemoryAccounts()), tmp_path / "map.csv"
    for issuer in (OLD, NEW, str(PROVIDERS["ecpa"]["issuer"])):
        host.accounts.carry_out(Create(), replace(KNOWN, issuer=issuer, subject="a", national_id=None))
    names.write_bytes(lines if isinstance(lines, bytes) else (lines or "").encode())

    assert said in run(host, *options, *(("--map", str(names)) if lines else ()), "--yes", status=2).output
    assert host.accounts.owner_of(OLD, "a") is not None


@pytest.mark.parametrize("octets", ["a,王\r\n\r\n".encode("cp950"), "\ufeffa,王\n\n".encode("utf-16-le")])
def test_a_list_is_read_as_a_spreadsheet_here_saves_it(octets: bytes, tmp_path: Path) -> None:
    host, names = portal(MemoryAccounts()), tmp_path / "map.csv"
    account = host.accounts.carry_out(Create(), replace(KNOWN, subject="a", national_id=None))
    names.write_bytes(octets)
    run(host, "--from", OLD, "--to", NEW, "--map", str(names), "--yes")
    assert kept(host, account) == [(NEW, "王")]


def test_who_signs_in_between_the_look_and_the_move_stays_and_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    host = portal(MemoryAccounts())
    account = host.accounts.carry_out(Create(), KNOWN)

    def comes_before(*_: object) -> None:
        raise AccountConflict

    monkeypatch.setattr(host.accounts, "move", comes_before)
    told = run(host, "--from", OLD, "--to", NEW, "--yes", status=1).output
    assert f"{account}  it was changed meanwhile" in told
    assert "0 accounts with 0 identities moved" in told


def test_subjects_alone_are_changed_where_the_issuer_stays(accounts: Accounts, tmp_path: Path) -> None:
    host, names = portal(accounts), tmp_path / "map.csv"
    account = accounts.carry_out(Create(), replace(COMES, subject="a"))
    names.write_text("a,b\n", "utf-8")

    for moved in (1, 0):
        told = run(host, "--from", NEW, "--to", NEW, "--map", str(names), "--yes").output
        assert f"{moved} accounts with {moved} identities can be moved" in told
    assert kept(host, account) == [(NEW, "b")]


def test_a_move_that_somebody_comes_before_writes_nothing(accounts: Accounts) -> None:
    account = accounts.carry_out(Create(), replace(KNOWN, subject="a", assurance=Assurance.VERIFIED))
    accounts.carry_out(Link(account), replace(KNOWN, subject="b", assurance=Assurance.VERIFIED))
    accounts.carry_out(Create(), replace(COMES, subject="b", national_id=None))
    assert isinstance(accounts, Moves)

    for wrong in ({"a": "a", "b": "b"}, {"a": "c", "gone": "d"}, {"a": "c", "b": "c"}):
        with pytest.raises(AccountConflict):
            accounts.move(account, OLD, NEW, wrong, "myegov")
    with pytest.raises(AccountConflict):
        accounts.move("nobody", OLD, NEW, {"a": "c"}, "myegov")
    assert {known.key for known in _there(accounts.get(account)).identities} == {(OLD, "a"), (OLD, "b")}


def _there(account: Account | None) -> Account:
    assert account is not None
    return account


def test_many_are_read_a_few_at_a_time_and_each_account_once(sqlite: Engine) -> None:
    store, asked = SQLAlchemyAccounts(sessionmaker(sqlite), lambda: VAULT), list[str]()
    bare = replace(KNOWN, national_id=None)
    people = ((f"{n}", [replace(bare, subject=f"{letter}{n}") for letter in "za"]) for n in range(2500))
    write(sqlite, people, VAULT)

    @event.listens_for(sqlite, "after_cursor_execute")
    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        asked.append(statement)

    found = [*store.kept_at(OLD)]
    assert len(found) == len({each.account for each in found}) == 2500
    assert {len(each.subjects) for each in found} == {2}
    assert len(asked) == 2 * 5 + 1

"""What a person may ask of a portal: to see what it keeps of them, and to be forgotten."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

import pytest
from click.testing import Result
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import Table, event, func, select, update
from sqlalchemy.engine import Engine
from sqlalchemy.orm import sessionmaker

from flask_first_login import Assurance, FirstLogin, NationalId, Text
from flask_first_login.accounts import Accounts, NumberCases, PersonalRecords
from flask_first_login.accounts.memory import MemoryAccounts
from flask_first_login.accounts.sqlalchemy import SQLAlchemyAccounts
from flask_first_login.accounts.tables import accounts, acknowledgements, metadata, national_ids, verdicts
from flask_first_login.testing import BY_ECPA, BY_GOOGLE, BY_MYEGOV, NATIONAL_ID, OTHER_NATIONAL_ID
from internals import (
    AUTHORITIES,
    LIFELONG,
    Create,
    IdChange,
    Link,
    Pruned,
    Resealed,
    SignIn,
    Vault,
    assess,
    rules_version,
    version_of,
)
from support.databases import INDEX_KEY, KEY, VAULT

WARNING = version_of("代價如下。")
OLD = NationalId.parse("AB12345677", on=date(2030, 12, 31))
NEW = NationalId.parse("A812345671")
A_MINUTE = timedelta(minutes=1)


class Store(Accounts, NumberCases, PersonalRecords, Protocol):
    """All ports at once, as both of our stores fill them."""


MAKERS: dict[str, Callable[[pytest.FixtureRequest, str], Store]] = {
    "memory": lambda request, name: MemoryAccounts(),
    **dict.fromkeys(
        ("sqlite", "sqlite_with_foreign_keys", "postgresql", "mariadb"),
        lambda request, name: SQLAlchemyAccounts(sessionmaker(request.getfixturevalue(name)), lambda: VAULT),
    ),
}


@pytest.fixture(params=MAKERS)
def store(request: pytest.FixtureRequest) -> Store:
    return MAKERS[request.param](request, request.param)


@pytest.fixture
def database(sqlite: Engine) -> SQLAlchemyAccounts:
    return SQLAlchemyAccounts(sessionmaker(sqlite), lambda: VAULT)


def rows(engine: Engine, table: Table) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def changed_number(store: Store) -> str:
    """An account whose resident number the law changed."""
    account_id = store.carry_out(Create(), replace(BY_MYEGOV, national_id=OLD))
    return store.carry_out(SignIn(account_id), replace(BY_MYEGOV, national_id=NEW))


# --- to see what is kept ---


def test_an_export_has_every_identity_and_every_number_masked(store: Store) -> None:
    account_id = store.carry_out(Create(), BY_ECPA)
    store.carry_out(Link(account_id), BY_MYEGOV)
    kept: dict[str, Any] = store.export(account_id)
    assert kept["account"]["id"] == account_id
    (by_ecpa,) = (one for one in kept["identities"] if one["provider"] == "ecpa")
    expected = {
        "issuer": "https://ecpa.example.gov.tw",
        "subject": "Emp-0042",
        "standing": "government",
        "kind": "civil_servant",
        "assurance": "verified",
        "method": "certificate",
        "signed_in_at": "2026-03-01T01:30:15.123456+00:00",
        "name": "王小明",
        "national_id": "A12345****",
        "national_id_invalid": False,
        "birth_date": "1980-02-29",
        "email": "ming@example.gov.tw",
    }
    assert expected.items() <= by_ecpa.items()
    assert {one["provider"] for one in kept["identities"]} == {"ecpa", "myegov"}
    assert [one["national_id"] for one in kept["national_ids"]] == ["A12345****"]
    assert NATIONAL_ID.reveal() not in json.dumps(kept)


def test_an_export_has_the_numbers_that_changed_in_clear_if_it_must(store: Store) -> None:
    kept: dict[str, Any] = store.export(changed_number(store), reveal=True)
    assert {one["national_id"] for one in kept["national_ids"]} == {OLD.reveal(), NEW.reveal()}
    assert [one["national_id"] for one in kept["identities"]] == [NEW.reveal()]


def test_an_export_has_every_verdict_and_which_warning_was_accepted(store: Store) -> None:
    account_id = store.carry_out(Create(acknowledged=WARNING), BY_GOOGLE)
    store.remember(account_id, assess([BY_GOOGLE], [LIFELONG]))
    kept: dict[str, Any] = store.export(account_id)
    (verdict,) = kept["verdicts"]
    assert {key: verdict[key] for key in ("authority", "verdict", "reasons", "version")} == {
        "authority": "lifelong",
        "verdict": "refused",
        "reasons": "social_identity",
        "version": rules_version(LIFELONG),
    }
    (accepted,) = kept["acknowledgements"]
    assert accepted["text_version"] == WARNING
    for at in (verdict["at"], accepted["at"]):
        assert timedelta() <= datetime.now(UTC) - datetime.fromisoformat(at) < A_MINUTE


def test_an_account_whose_learner_accepted_nothing_has_no_acknowledgement(store: Store) -> None:
    assert store.export(store.carry_out(Create(), BY_GOOGLE))["acknowledgements"] == []


def test_every_change_of_a_verdict_stays_in_its_history(store: Store) -> None:
    account_id = store.carry_out(Create(), BY_MYEGOV)
    for identity in (BY_MYEGOV, BY_MYEGOV, BY_ECPA, BY_MYEGOV, replace(BY_ECPA, name=None)):
        store.remember(account_id, assess([identity], [LIFELONG]))
    kept: dict[str, Any] = store.export(account_id)
    assert [(one["verdict"], one["reasons"]) for one in kept["verdicts"]] == [
        ("not_applicable", "not_civil_servant"),
        ("uploadable", ""),
        ("not_applicable", "not_civil_servant"),
        ("held", "no_name"),
    ]


def test_a_verdict_under_other_rules_is_recorded_though_it_is_the_same(store: Store) -> None:
    account_id = store.carry_out(Create(), BY_ECPA)
    lenient = replace(LIFELONG, requires=replace(LIFELONG.requires, name_encoding=None))
    store.remember(account_id, assess([BY_ECPA], [LIFELONG]))
    assert store.remember(account_id, assess([BY_ECPA], [lenient])) == ()
    kept: dict[str, Any] = store.export(account_id)
    assert [one["version"] for one in kept["verdicts"]] == [rules_version(LIFELONG), rules_version(lenient)]


def test_the_rules_have_another_version_as_soon_as_one_of_them_changes() -> None:
    assert rules_version(LIFELONG) == rules_version(replace(LIFELONG, title=Text("Other", "其他")))
    asked = [LIFELONG.requires, *(one.requires for one in AUTHORITIES[1:2])]
    changed = [replace(asked[0], id_kinds=frozenset()), replace(asked[0], birth_date=True)]
    assert len({rules_version(replace(LIFELONG, requires=one)) for one in (*asked, *changed)}) == 4


def test_nobody_elses_records_are_in_an_export(store: Store) -> None:
    account_id = store.carry_out(Create(acknowledged=WARNING), BY_GOOGLE)
    other = store.carry_out(Create(), BY_ECPA)
    store.remember(other, assess([BY_ECPA]))
    kept: dict[str, Any] = store.export(account_id)
    assert ([one["provider"] for one in kept["identities"]], kept["national_ids"], kept["verdicts"]) == (
        ["google"],
        [],
        [],
    )


def test_there_is_no_export_of_nobody(store: Store) -> None:
    with pytest.raises(LookupError, match="There is no account 'nobody'"):
        store.export("nobody")


def test_when_a_number_was_first_and_last_seen_is_kept(database: SQLAlchemyAccounts, sqlite: Engine) -> None:
    account_id = database.carry_out(Create(), replace(BY_MYEGOV, national_id=OLD))
    with sqlite.begin() as connection:
        then = datetime(2026, 1, 1, tzinfo=UTC)
        connection.execute(update(national_ids).values(since=then, last_seen=then))
    database.carry_out(SignIn(account_id), replace(BY_MYEGOV, national_id=OLD))
    database.carry_out(SignIn(account_id), replace(BY_MYEGOV, national_id=NEW))
    kept: dict[str, Any] = database.export(account_id, reveal=True)
    old, new = sorted(kept["national_ids"], key=lambda one: str(one["since"]))
    assert (old["national_id"], old["since"]) == (OLD.reveal(), "2026-01-01T00:00:00+00:00")
    assert old["since"] < old["last_seen"] < new["since"] == new["last_seen"]


def test_a_number_under_a_lost_key_is_told_to_be_unreadable(sqlite: Engine, database: SQLAlchemyAccounts) -> None:
    account_id = database.carry_out(Create(), BY_ECPA)
    lost = Vault([Fernet.generate_key().decode()], INDEX_KEY)
    kept: dict[str, Any] = SQLAlchemyAccounts(sessionmaker(sqlite), lambda: lost).export(account_id)
    assert kept["identities"][0]["national_id"] == kept["national_ids"][0]["national_id"] == "unreadable"


# --- to be forgotten ---


def test_of_an_erased_account_nothing_is_left_and_everything_may_come_again(store: Store) -> None:
    account_id = store.carry_out(Create(acknowledged=WARNING), BY_ECPA)
    store.carry_out(Link(account_id), BY_MYEGOV)
    store.remember(account_id, assess([BY_ECPA]))
    assert store.erase(account_id)
    assert store.get(account_id) is None
    assert store.find(BY_ECPA.issuer, BY_ECPA.subject) is None
    assert store.holder_of(NATIONAL_ID) is None
    again = store.carry_out(Create(), BY_MYEGOV)
    kept: dict[str, Any] = store.export(again)
    assert (len(kept["identities"]), kept["verdicts"], kept["acknowledgements"]) == (1, [], [])
    assert not store.erase(account_id)


@pytest.mark.parametrize("which", ["sqlite", "sqlite_with_foreign_keys", "postgresql", "mariadb"])
def test_no_row_of_an_erased_account_is_left_in_any_table(request: pytest.FixtureRequest, which: str) -> None:
    engine: Engine = request.getfixturevalue(which)
    store = SQLAlchemyAccounts(sessionmaker(engine), lambda: VAULT)
    account_id = store.carry_out(Create(acknowledged=WARNING), BY_ECPA)
    store.remember(account_id, assess([BY_ECPA]))
    store.erase(account_id)
    assert not any(rows(engine, table) for table in metadata.sorted_tables)


def test_everybody_else_stays(store: Store) -> None:
    other = store.carry_out(Create(acknowledged=WARNING), BY_GOOGLE)
    store.remember(other, assess([BY_GOOGLE]))
    before = store.export(other)
    store.erase(store.carry_out(Create(), BY_ECPA))
    assert store.export(other) == before


def test_an_account_is_found_by_an_identity_of_it(store: Store) -> None:
    account_id = store.carry_out(Create(), BY_ECPA)
    assert store.find(BY_ECPA.issuer, BY_ECPA.subject) == account_id
    assert store.find(BY_ECPA.issuer, BY_ECPA.subject.upper()) is None


def test_a_lost_key_keeps_nobody_from_being_forgotten(sqlite: Engine, database: SQLAlchemyAccounts) -> None:
    account_id = database.carry_out(Create(), BY_ECPA)
    lost = SQLAlchemyAccounts(sessionmaker(sqlite), lambda: Vault([Fernet.generate_key().decode()], INDEX_KEY))
    assert lost.find(BY_ECPA.issuer, BY_ECPA.subject) == account_id
    assert lost.erase(account_id)


# --- numbers in doubt ---


def in_doubt(store: Store) -> tuple[str, str]:
    """Two accounts: one that lost its number, and the one that took it, with another number under review."""
    loser = store.carry_out(Create(), BY_MYEGOV)
    taker = store.carry_out(Create(takes_from=loser), BY_ECPA)
    store.carry_out(SignIn(taker, IdChange.REVIEW), replace(BY_ECPA, national_id=OTHER_NATIONAL_ID, name="王大明"))
    return loser, taker


def test_an_export_has_the_numbers_that_were_lost_or_await_review_and_nothing_of_who_holds_them(store: Store) -> None:
    loser, taker = in_doubt(store)
    lost: dict[str, Any] = store.export(loser)
    assert [entry["national_id"] for entry in lost["disputes"]] == ["A12345****"]
    assert lost["national_ids"] == []
    assert lost["identities"][0]["number_state"] == "disputed"
    assert taker not in json.dumps(lost)
    reviewed: dict[str, Any] = store.export(taker, reveal=True)
    (review,) = reviewed["reviews"]
    expected = {"national_id": "A223456781", "name": "王大明", "assurance": "verified", "rejected_at": None}
    assert expected.items() <= review.items()
    assert reviewed["identities"][0]["number_state"] == "under_review"
    assert "A223456781" not in json.dumps(store.export(taker))


def test_an_export_tells_which_numbers_were_once_proven(store: Store) -> None:
    account_id = store.carry_out(Create(), replace(BY_MYEGOV, assurance=Assurance.VERIFIED))
    store.carry_out(SignIn(account_id), BY_MYEGOV)
    typed = store.carry_out(Create(), replace(BY_MYEGOV, subject="typed", national_id=OTHER_NATIONAL_ID))
    told: list[dict[str, Any]] = [store.export(account_id), store.export(typed)]
    assert [[number["proven"] for number in kept["national_ids"]] for kept in told] == [[True], [False]]


def test_a_number_that_was_erased_with_who_proved_it_is_proven_by_nobody(store: Store) -> None:
    assert store.erase(store.carry_out(Create(), BY_ECPA))
    account = store.get(store.carry_out(Create(), BY_MYEGOV))
    assert account is not None
    assert (account.claimed, account.proven) == ((NATIONAL_ID,), frozenset())


def test_of_an_erased_account_no_review_and_no_dispute_is_left(store: Store) -> None:
    loser, taker = in_doubt(store)
    assert store.erase(loser)
    assert not store.disputes()
    assert store.erase(taker)
    assert not store.reviews()
    kept: dict[str, Any] = store.export(store.carry_out(Create(), BY_MYEGOV))
    assert (kept["reviews"], kept["disputes"]) == ([], [])


def test_a_lost_number_stays_lost_when_who_holds_it_is_erased(store: Store) -> None:
    loser, taker = in_doubt(store)
    store.erase(taker)
    account = store.get(loser)
    assert account is not None
    assert account.lost == (NATIONAL_ID,)
    assert [dispute.holder for dispute in store.disputes()] == [None]


def test_numbers_in_doubt_are_sealed_and_move_to_a_new_key_with_the_others(
    sqlite: Engine, database: SQLAlchemyAccounts, tmp_path: Path
) -> None:
    in_doubt(database)
    new = Fernet.generate_key().decode()
    both = SQLAlchemyAccounts(sessionmaker(sqlite), lambda: Vault([new, KEY], INDEX_KEY))
    assert both.reseal() == Resealed(moved=3)
    after = SQLAlchemyAccounts(sessionmaker(sqlite), lambda: Vault([new], INDEX_KEY))
    assert [review.sent.national_id for review in after.reviews()] == [OTHER_NATIONAL_ID]
    assert [dispute.number for dispute in after.disputes()] == [NATIONAL_ID]
    assert after.reseal() == Resealed(kept=3)
    files = b"".join(path.read_bytes() for path in tmp_path.glob("portal.sqlite*"))
    for number in (NATIONAL_ID.reveal(), OTHER_NATIONAL_ID.reveal()):
        assert number.encode() not in files


# --- what is over ---


@pytest.mark.slow
def test_expired_digests_are_forgotten_and_others_are_not(store: Store) -> None:
    digest, later = sha256(b"one").digest(), datetime.now(UTC) + A_MINUTE
    store.use_once(digest, later)
    soon = datetime.now(UTC) + timedelta(seconds=1)  # later than all are stored, for a store forgets some by itself
    for n in range(3):
        store.use_once(sha256(bytes([n])).digest(), soon)
    time.sleep((soon - datetime.now(UTC)).total_seconds() + 0.01)  # by the database's own clock, which no test moves
    assert store.prune(acknowledged_before=None, judged_before=None) == Pruned(3, 0, 0)
    assert not store.use_once(digest, later)


def test_old_acknowledgements_and_superseded_verdicts_are_forgotten_and_the_newest_verdict_never(store: Store) -> None:
    account_id = store.carry_out(Create(acknowledged=WARNING), BY_MYEGOV)
    for identity in (BY_MYEGOV, BY_ECPA, BY_MYEGOV):
        store.remember(account_id, assess([identity], [LIFELONG]))
    past, soon = datetime.now(UTC) - A_MINUTE, datetime.now(UTC) + A_MINUTE
    assert store.prune(acknowledged_before=past, judged_before=past) == Pruned(0, 0, 0)
    assert store.prune(acknowledged_before=None, judged_before=None) == Pruned(0, 0, 0)
    assert store.prune(acknowledged_before=soon, judged_before=soon) == Pruned(0, 1, 2)
    kept: dict[str, Any] = store.export(account_id)
    assert ([one["verdict"] for one in kept["verdicts"]], kept["acknowledgements"]) == (["not_applicable"], [])
    assert store.remember(account_id, assess([BY_MYEGOV], [LIFELONG])) == ()
    (change,) = store.remember(account_id, assess([BY_ECPA], [LIFELONG]))
    assert change.before == "not_applicable"


# --- in the database ---


def test_which_warning_was_accepted_is_stored_with_the_account_or_not_at_all(
    sqlite: Engine, database: SQLAlchemyAccounts
) -> None:
    database.carry_out(Create(), BY_ECPA)
    with pytest.raises(Exception, match="another request stored this identity"):
        database.carry_out(Create(acknowledged=WARNING), BY_ECPA)
    assert (rows(sqlite, accounts), rows(sqlite, acknowledgements)) == (1, 0)


def test_a_record_of_a_verdict_holds_nothing_of_the_person(sqlite: Engine, database: SQLAlchemyAccounts) -> None:
    account_id = database.carry_out(Create(), BY_MYEGOV)
    database.remember(account_id, assess([BY_MYEGOV]))
    with sqlite.connect() as connection:
        kept = {value for row in connection.execute(select(verdicts)) for value in row}
    versions = {rules_version(one) for one in AUTHORITIES}
    said = {"not_applicable", "uploadable", "not_civil_servant", ""}
    known = {account_id, *(one.key for one in AUTHORITIES), 1, *said, *versions}
    assert {type(value) for value in kept - known} == {datetime}


def test_a_sign_in_that_changes_no_verdict_writes_nothing(sqlite: Engine, database: SQLAlchemyAccounts) -> None:
    account_id = database.carry_out(Create(), BY_ECPA)
    database.remember(account_id, assess([BY_ECPA]))
    sent: list[str] = []
    event.listen(sqlite, "before_cursor_execute", lambda *call: sent.append(call[2]))
    database.remember(account_id, assess([BY_ECPA]))
    assert [statement.split()[0] for statement in sent] == ["SELECT"]


def test_a_verdict_that_a_later_version_recorded_is_no_obstacle(sqlite: Engine, database: SQLAlchemyAccounts) -> None:
    account_id = database.carry_out(Create(), BY_ECPA)
    database.remember(account_id, assess([BY_ECPA], [LIFELONG]))
    with sqlite.begin() as connection:
        connection.execute(update(verdicts).values(verdict="postponed"))
    (change,) = database.remember(account_id, assess([BY_ECPA], [LIFELONG]))
    assert (change.before, change.after) == (None, "uploadable")


# --- on the command line ---


def portal(store: Accounts, **settings: object) -> Flask:
    app = Flask("portal")
    app.config.update({"FIRST_LOGIN_NATIONAL_ID_KEYS": [KEY], "FIRST_LOGIN_NATIONAL_ID_INDEX_KEY": INDEX_KEY})
    app.config.update(settings)
    FirstLogin(app, accounts=store)
    return app


def run(app: Flask, *arguments: str, answer: str | None = None) -> Result:
    return app.test_cli_runner().invoke(args=["first-login", *arguments], input=answer)


BY_IDENTITY = ("--issuer", BY_ECPA.issuer, "--subject", BY_ECPA.subject)


def test_an_operator_prints_what_is_kept_by_account_or_by_identity(store: Store) -> None:
    app, account_id = portal(store), store.carry_out(Create(), BY_ECPA)
    result = run(app, "export", account_id)
    assert (result.exit_code, json.loads(result.stdout)) == (0, store.export(account_id))
    assert "王小明" in result.stdout
    assert run(app, "export", *BY_IDENTITY).stdout == result.stdout


def test_an_export_in_clear_demands_a_reason_and_is_written_down(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    app, account_id = portal(store), store.carry_out(Create(), BY_ECPA)
    refused = run(app, "export", account_id, "--reveal")
    assert (refused.exit_code, caplog.messages) == (2, [])
    result = run(app, "export", account_id, "--reveal", "--reason", "she asked")
    assert result.stdout.count("A123456789") == 2
    (line,) = caplog.messages
    assert line.startswith(f"audit what='export of account {account_id}' by=")
    assert line.endswith("why='she asked'")


def test_an_operator_has_an_account_forgotten_and_that_is_written_down(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    app, account_id = portal(store), store.carry_out(Create(), BY_ECPA)
    result = run(app, "erase", *BY_IDENTITY, "--yes")
    assert (result.exit_code, store.get(account_id)) == (0, None)
    assert result.stdout.startswith(f"The account {account_id!r} is forgotten.")
    assert f"account {account_id} erased" in caplog.text


@pytest.mark.parametrize(("answer", "is_left"), [("y\n", False), ("n\n", True), ("", True)])
def test_an_account_is_forgotten_only_when_the_operator_says_yes(answer: str, is_left: bool) -> None:
    store = MemoryAccounts()
    account_id = store.carry_out(Create(), BY_ECPA)
    run(portal(store), "erase", account_id, answer=answer)
    assert (store.get(account_id) is not None) == is_left


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["export", "nobody"], 1, "There is no account 'nobody'."),
        (["erase", "nobody", "--yes"], 1, "There is no account 'nobody'."),
        (["erase", "--issuer", "x", "--subject", "y", "--yes"], 1, "Nobody here has this identity."),
        (["export"], 2, "Name the account"),
        (["export", "nobody", "--issuer", "x", "--subject", "y"], 2, "Name the account"),
        (["erase", "--issuer", "x"], 2, "Name the account"),
    ],
)
def test_an_account_that_is_not_there_or_not_named_is_an_error(arguments: list[str], status: int, said: str) -> None:
    result = run(portal(MemoryAccounts()), *arguments)
    assert result.exit_code == status
    assert said in result.output


def test_what_is_over_is_forgotten_as_the_settings_say() -> None:
    store = MemoryAccounts()
    account_id = store.carry_out(Create(acknowledged=WARNING), BY_GOOGLE)
    for identity in (BY_GOOGLE, BY_ECPA):
        store.remember(account_id, assess([identity], [LIFELONG]))
    store.use_once(sha256(b"one").digest(), datetime.now(UTC))
    nothing = run(portal(store), "prune")
    assert nothing.output == "Forgotten: 1 expired digests, 0 acknowledgements, 0 superseded verdicts.\n"
    at_once = portal(store, FIRST_LOGIN_ACKNOWLEDGEMENT_DAYS=0, FIRST_LOGIN_VERDICT_DAYS=0)
    assert run(at_once, "prune").output == (
        "Forgotten: 0 expired digests, 1 acknowledgements, 1 superseded verdicts.\n"
    )
    months = portal(store, FIRST_LOGIN_ACKNOWLEDGEMENT_DAYS=90, FIRST_LOGIN_VERDICT_DAYS=90)
    store.remember(account_id, assess([BY_GOOGLE], [LIFELONG]))
    assert run(months, "prune").output == "Forgotten: 0 expired digests, 0 acknowledgements, 0 superseded verdicts.\n"


def test_a_store_that_cannot_tell_and_forget_is_named() -> None:
    class Elsewhere:
        """Accounts of a host, without what a person may ask."""

        owner_of, holder_of, get = MemoryAccounts.owner_of, MemoryAccounts.holder_of, MemoryAccounts.get
        carry_out, leave = MemoryAccounts.carry_out, MemoryAccounts.leave
        use_once, remember = MemoryAccounts.use_once, MemoryAccounts.remember

    app = Flask("portal")
    FirstLogin(app, accounts=Elsewhere())
    result = run(app, "prune")
    assert result.exit_code == 2
    assert "Elsewhere has no find, export, erase and prune (see PersonalRecords)." in result.output


# --- which words were accepted ---


def test_words_have_another_version_as_soon_as_one_of_them_changes() -> None:
    words = ["One", "Two"]
    assert version_of(*words) == version_of(*words)
    others = [words[:1], words[::-1], ["one", "Two"], ["OneTwo", ""]]
    assert len({version_of(*words), *(version_of(*other) for other in others)}) == 5
    assert len(version_of()) == len(WARNING) == 12

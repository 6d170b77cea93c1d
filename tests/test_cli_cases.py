"""`flask first-login review` and `dispute`: what an operator sees, decides, and is on record for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy.orm import sessionmaker

from flask_first_login import Account, Assurance, Identity, hours_changed, national_id_disputed
from flask_first_login.accounts import Accounts
from flask_first_login.accounts.memory import MemoryAccounts
from flask_first_login.accounts.sqlalchemy import SQLAlchemyAccounts
from flask_first_login.testing import BY_ECPA, BY_MYEGOV, NATIONAL_ID, OTHER_NATIONAL_ID
from internals import LostKeyError, NumberState, os_user
from support.databases import VAULT
from support.host_portal import Host
from test_numbers_in_doubt import OldStore

CHANGED = replace(BY_MYEGOV, national_id=OTHER_NATIONAL_ID, name="王大明")


@pytest.fixture(params=["memory", "sqlite"])
def host(request: pytest.FixtureRequest) -> Host:
    stores: dict[str, Any] = {
        "memory": MemoryAccounts,
        "sqlite": lambda: SQLAlchemyAccounts(sessionmaker(request.getfixturevalue("sqlite")), lambda: VAULT),
    }
    store: Accounts = stores[request.param]()
    return Host(store).mounted()


@pytest.fixture
def told(host: Host) -> Iterator[list[tuple[str, str]]]:
    """Which accounts were told of, and by which signal."""
    heard: list[tuple[str, str]] = []

    def changed(app: object, *, account: str, **facts: object) -> None:
        heard.append(("changed", account))

    def disputed(app: object, *, account: str, **facts: object) -> None:
        heard.append(("disputed", account))

    with hours_changed.connected_to(changed, host.app), national_id_disputed.connected_to(disputed, host.app):
        yield heard


def run(host: Host, *arguments: str, status: int = 0) -> Result:
    result = host.app.test_cli_runner().invoke(args=["first-login", *arguments])
    assert result.exit_code == status, result.output
    for number in (NATIONAL_ID, OTHER_NATIONAL_ID):
        assert number.reveal() not in result.output
    return result


def listed(host: Host, what: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run(host, what, "list", "--format", "jsonl").stdout.splitlines()]


def known(host: Host, identity: Identity) -> Account:
    account = host.accounts.owner_of(identity.issuer, identity.subject)
    assert account is not None
    return account


def reviewed(host: Host) -> str:
    """The id of the one open review: of a learner who brought another number."""
    host.arrives(BY_MYEGOV)
    host.arrives(CHANGED)
    (review,) = listed(host, "review")
    return str(review["review"])


def test_open_reviews_are_listed_masked_with_what_else_changed(host: Host) -> None:
    reviewed(host)
    (review,) = listed(host, "review")
    assert {key: value for key, value in review.items() if key not in {"review", "since"}} == {
        "account": known(host, BY_MYEGOV).id,
        "provider": "myegov",
        "stored": "A12345****",
        "sent": "A22345****",
        "assurance": "declared",
        "name": "another",
        "birth_date": "same",
    }
    assert CHANGED.name is not None
    assert CHANGED.name not in run(host, "review", "list").output


@pytest.mark.parametrize(
    ("name", "said"), [("王 小明", "same"), ("王○明", "may be"), ("王大明", "another"), (None, "unknown")]
)
def test_names_are_compared_in_whatever_spelling(host: Host, name: str | None, said: str) -> None:
    host.arrives(BY_MYEGOV)
    host.arrives(replace(CHANGED, name=name))

    assert [review["name"] for review in listed(host, "review")] == [said]


def test_an_accepted_number_is_the_accounts_and_its_hours_count_again(
    host: Host, told: list[tuple[str, str]], caplog: pytest.LogCaptureFixture
) -> None:
    review = reviewed(host)
    account_id = known(host, BY_MYEGOV).id
    told.clear()
    run(host, "review", "accept", review, "--by", "chen.mei-ling")
    assert known(host, BY_MYEGOV).identities[0].national_id == OTHER_NATIONAL_ID
    assert told == [("changed", account_id)]
    assert listed(host, "review") == []
    assert (
        f"audit what='review {review} of account {account_id} accepted' by='chen.mei-ling (as {os_user()})'"
        in caplog.text
    )


def test_a_rejected_number_leaves_the_old_one_and_its_hours_count_again(
    host: Host, told: list[tuple[str, str]], caplog: pytest.LogCaptureFixture
) -> None:
    review = reviewed(host)
    account_id = known(host, BY_MYEGOV).id
    told.clear()
    run(host, "review", "reject", review)
    assert known(host, BY_MYEGOV).identities[0].number_state is NumberState.ACCEPTED
    assert told == [("changed", account_id)]
    assert f"audit what='review {review} of account {account_id} rejected' by='{os_user()}'" in caplog.text
    assert f"There is no open review '{review}'" in run(host, "review", "accept", review, status=1).output


def test_a_number_that_another_account_holds_is_refused_by_its_name_and_nothing_changes(
    host: Host, caplog: pytest.LogCaptureFixture
) -> None:
    review = reviewed(host)
    host.arrives(replace(BY_ECPA, national_id=OTHER_NATIONAL_ID))
    holder = known(host, BY_ECPA).id
    refused = run(host, "review", "accept", review, status=1)
    assert f"Nothing was changed: another account holds this number: {holder}." in refused.output
    assert [row["review"] for row in listed(host, "review")] == [review]
    assert "audit" not in caplog.text


def test_who_loses_a_number_by_it_is_told_and_on_record(
    host: Host, told: list[tuple[str, str]], caplog: pytest.LogCaptureFixture
) -> None:
    host.arrives(BY_ECPA)
    host.arrives(replace(BY_ECPA, national_id=OTHER_NATIONAL_ID))
    host.arrives(CHANGED)
    taker, loser = known(host, BY_ECPA).id, known(host, CHANGED).id
    told.clear()
    (review,) = listed(host, "review")
    run(host, "review", "accept", review["review"])
    assert told == [("disputed", loser), ("changed", loser), ("changed", taker)]
    assert f"account {loser} lost its number to account {taker}" in caplog.text
    assert [(row["account"], row["holder"]) for row in listed(host, "dispute")] == [(loser, taker)]


def test_disputes_are_listed_masked_with_who_holds_the_number_and_released_by_name(
    host: Host, caplog: pytest.LogCaptureFixture
) -> None:
    host.arrives(BY_MYEGOV)
    host.arrives(replace(BY_ECPA, assurance=Assurance.VERIFIED))
    loser, holder = known(host, BY_MYEGOV).id, known(host, BY_ECPA).id
    (dispute,) = listed(host, "dispute")
    assert (dispute["account"], dispute["holder"], dispute["national_id"]) == (loser, holder, "A12345****")
    run(host, "dispute", "release", loser, "--by", "chen.mei-ling")
    assert listed(host, "dispute") == []
    assert f"audit what='dispute of account {loser} released' by='chen.mei-ling (as {os_user()})'" in caplog.text
    assert known(host, BY_MYEGOV).identities[0].number_state is NumberState.ACCEPTED
    assert known(host, BY_ECPA).claimed == (NATIONAL_ID,)
    assert "Nothing is disputed of the account" in run(host, "dispute", "release", loser, status=1).output


@pytest.mark.parametrize(
    "command", [("review", "list"), ("dispute", "list"), ("dispute", "release", "a")], ids=" ".join
)
def test_a_store_that_keeps_none_of_it_says_so(command: tuple[str, ...]) -> None:
    result = run(Host(OldStore()).mounted(), *command, status=2)
    assert "OldStore keeps no reviews and disputes" in result.output


def test_where_a_key_is_lost_each_command_says_which_and_what_was_done_is_done(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.arrives(BY_MYEGOV)
    host.arrives(BY_ECPA)
    host.arrives(replace(BY_ECPA, national_id=OTHER_NATIONAL_ID))
    review, loser = listed(host, "review")[0]["review"], known(host, BY_MYEGOV).id

    def lost(*_: object, **__: object) -> None:
        raise LostKeyError("Put back the key that is lost.")

    for method in ("reviews", "disputes", "settle_review", "get"):
        monkeypatch.setattr(host.accounts, method, lost)
    for command in (["review", "list"], ["dispute", "list"], ["review", "accept", review]):
        assert run(host, *command, status=1).output == "Error: Put back the key that is lost.\n"
    assert "is disputed no more" in run(host, "dispute", "release", loser).output

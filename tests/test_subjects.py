"""A national ID in a provider's key of a person is kept, shown, exported and logged nowhere, and is found again."""

from __future__ import annotations

import hmac
import json
import logging
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import sessionmaker

from flask_first_login import AccountConflict, Assurance, Identity, identity_revoked, sandbox
from flask_first_login.accounts import Rekeys
from flask_first_login.accounts.memory import MemoryAccounts
from flask_first_login.accounts.sqlalchemy import SQLAlchemyAccounts
from flask_first_login.accounts.tables import identities
from flask_first_login.masking import mask
from flask_first_login.testing import BY_ECPA, BY_GOOGLE, BY_MYEGOV, NATIONAL_ID, OTHER_NATIONAL_ID
from internals import AS_PSEUDONYM, FACEBOOK, Create, Link, _identity, base64url, holds_number, may_hold_number
from support.databases import VAULT
from support.host_portal import Host, accept, code_of, fields_of
from support.learner import Learner

CLEAR = "A123456789"
WITHOUT = replace(BY_MYEGOV, national_id=None, assurance=Assurance.NONE, birth_date=None)
#: The same number, as a provider might write it in a key.
SPELT = [
    *("A123456789", "a123456789", "Ａ１２３４５６７８９", "ａ123456７８９", "A12345678９"),
    *("A 123456789", "A-123-456-789", "A.123.456.789", "A・123456789", "A1 2345 6789", "A_123456789", "A123456789-1"),
    *("account:A123456789", "uid:a123456789", "tw/A123456789/2", "A123456789@example.gov.tw", "號A123456789號"),
    *("%41123456789", "account%3AA123456789", "A\u200b123456789", "Ⓐ①②③④⑤⑥⑦⑧⑨", "A１２３\u3000４５６\u2013７８９"),
    *("A١٢٣٤٥٦٧٨٩", "á123456789"),
]
#: A number that is somebody's, of every kind.
KINDS = ["A223456781", "A800000014", "AC12345679", "ac12345679", "ＡＣ12345679"]
STORES: dict[str, Callable[[pytest.FixtureRequest], Any]] = {
    "memory": lambda request: MemoryAccounts(),
    "sqlite": lambda request: SQLAlchemyAccounts(sessionmaker(request.getfixturevalue("sqlite")), lambda: VAULT),
}


@pytest.fixture(params=STORES)
def host(request: pytest.FixtureRequest) -> Host:
    return Host(STORES[request.param](request)).mounted()


def bare(**settings: object) -> Host:
    """A portal without keys for national IDs, on a store that does not ask for them."""
    host = Host(MemoryAccounts())
    del host.app.config["FIRST_LOGIN_NATIONAL_ID_KEYS"], host.app.config["FIRST_LOGIN_NATIONAL_ID_INDEX_KEY"]
    host.app.config.update(settings)
    return host.mounted()


def account_in(learner: Learner) -> str:
    with learner.client.session_transaction() as session:
        found: str = session["first_login_account"]
    return found


def arrives(host: Host, identity: Identity) -> str:
    """The account in which a sign-in in a new browser ends."""
    learner = host.learner()
    assert code_of(host.arrives(identity, learner)) == ""
    if identity.is_social and learner.get("/first-login/acknowledge").status_code == 200:  # at the first time
        assert accept(learner).status_code == 303
    return account_in(learner)


def kept(host: Host, account_id: str) -> list[str]:
    """The keys of an account's identities."""
    account = host.accounts.get(account_id)
    assert account is not None
    return [one.subject for one in account.identities]


# --- what is a number in a key ---


@pytest.mark.parametrize("subject", [*SPELT, *KINDS])
def test_a_number_is_seen_however_it_is_written(subject: str) -> None:
    assert holds_number(subject)
    assert may_hold_number(subject)


@pytest.mark.parametrize(
    "subject",
    [
        *("official-1", "c1234", "1098", "A12345678", "A1234567890", "A123456780", "A-123-456-780", "AA123456789"),
        *("accountA123456789", "0A123456789", "A323456789", "000123.0a1b2c3d4e5f60718293a4b5c6d7e8f9.0456"),
        *("", "pseudonym:" + "a123456789" * 6 + "abcd", "王小明"),
    ],
)
def test_another_key_is_left_as_it_is(subject: str) -> None:
    assert not holds_number(subject)


@given(st.uuids(), st.binary())
def test_random_keys_are_left_as_they_are(some_id: uuid.UUID, content: bytes) -> None:
    digest = sha256(content).hexdigest()
    for subject in (str(some_id), some_id.hex, digest, digest.upper(), f"000123.{some_id.hex}.0456"):
        assert not holds_number(subject)


@pytest.mark.parametrize("subject", ["accountA123456789", "tw0a123456789x", "xA1234 56789y", "uidＡ１２３４５６７８９"])
def test_the_identitys_own_number_is_seen_wherever_it_stands(subject: str) -> None:
    assert holds_number(subject, BY_ECPA)
    assert may_hold_number(subject)
    assert not holds_number(subject, replace(BY_ECPA, national_id=OTHER_NATIONAL_ID))


def test_a_number_with_a_slip_is_seen_where_the_provider_sent_one_that_is_not_valid() -> None:
    wrong = replace(WITHOUT, national_id_invalid=True)
    assert holds_number("uid:A123456788", wrong)
    assert not holds_number("uid:A123456788", WITHOUT)
    assert not holds_number("7f3c", wrong)


def test_an_old_resident_number_is_somebodys_after_its_time_too(time_machine: Any) -> None:
    time_machine.move_to(datetime(2040, 1, 1, tzinfo=UTC))
    assert holds_number("uid:AC12345679")


# --- what is kept ---


@pytest.mark.slow
@pytest.mark.parametrize("identity", [BY_ECPA, WITHOUT, BY_GOOGLE], ids=["its own", "no number sent", "social"])
@pytest.mark.parametrize("subject", SPELT)
def test_a_number_in_a_key_is_kept_nowhere(
    request: pytest.FixtureRequest, sqlite: Engine, subject: str, identity: Identity, caplog: pytest.LogCaptureFixture
) -> None:
    host = Host(SQLAlchemyAccounts(sessionmaker(sqlite), lambda: VAULT)).mounted()
    caplog.set_level(logging.DEBUG)
    account_id = arrives(host, replace(identity, subject=subject))
    with sqlite.connect() as connection:
        rows = [str(row) for row in connection.execute(select(identities))]
    (key,) = kept(host, account_id)
    assert key == f"pseudonym:{VAULT.pseudonym(subject)}"
    for text in (*rows, caplog.text, repr(host.accounts.get(account_id)), json.dumps(exported(host, account_id))):
        assert subject not in text
        assert CLEAR not in text.upper()
    assert arrives(host, replace(identity, subject=subject)) == account_id


def exported(host: Host, account_id: str, *, reveal: bool = False) -> dict[str, Any]:
    found: dict[str, Any] = host.accounts.export(account_id, reveal=reveal)  # type: ignore[attr-defined]  # both have it
    return found


def test_keys_that_only_look_alike_are_different_people(host: Host) -> None:
    assert len({arrives(host, replace(WITHOUT, subject=subject)) for subject in SPELT}) == len(SPELT)


def test_the_hosts_own_code_is_told_the_pseudonym(sqlite: Engine) -> None:
    told: list[str] = []

    def create_account(session: object, identity: Identity) -> str:
        told.append(identity.subject)
        return "member-1"

    host = Host(SQLAlchemyAccounts(sessionmaker(sqlite), lambda: VAULT, create_account=create_account))
    host.first_login.hours_rule(lambda learner: told.extend(one.subject for one in learner.identities))
    host.mounted()
    arrives(host, replace(BY_ECPA, subject=CLEAR))
    assert set(told) == {f"pseudonym:{VAULT.pseudonym(CLEAR)}"}


def test_the_number_comes_and_goes_and_the_account_is_the_same(host: Host) -> None:
    """Glued to a word, nobody could tell it from a random key, unless the provider says the number itself."""
    glued = "memberA123456789"
    first = arrives(host, replace(WITHOUT, subject=glued))
    assert kept(host, first) == [glued]
    assert arrives(host, replace(BY_MYEGOV, subject=glued)) == first
    assert kept(host, first) == [f"pseudonym:{VAULT.pseudonym(glued)}"]
    assert arrives(host, replace(WITHOUT, subject=glued)) == first
    assert kept(host, first) == [f"pseudonym:{VAULT.pseudonym(glued)}"]


# --- what was kept in clear before ---


@pytest.mark.parametrize("identity", [BY_MYEGOV, WITHOUT, BY_GOOGLE], ids=["its own", "no number sent", "social"])
def test_a_key_from_before_is_found_at_the_next_sign_in_and_kept_anew(host: Host, identity: Identity) -> None:
    before = replace(identity, subject="account:A123456789")
    account_id = host.accounts.carry_out(Create(), before)
    assert arrives(host, before) == account_id
    assert kept(host, account_id) == [f"pseudonym:{VAULT.pseudonym(before.subject)}"]
    assert host.accounts.owner_of(before.issuer, before.subject) is None
    assert arrives(host, before) == account_id


def test_of_several_identities_the_one_that_signs_in_is_kept_anew_and_what_else_is_known_stays(host: Host) -> None:
    account_id = host.accounts.carry_out(Create(), BY_ECPA)
    host.accounts.carry_out(Link(account_id), replace(BY_MYEGOV, subject=CLEAR))
    assert arrives(host, replace(BY_MYEGOV, subject=CLEAR)) == account_id
    account = host.accounts.get(account_id)
    assert account is not None
    assert {one.subject for one in account.identities} == {BY_ECPA.subject, f"pseudonym:{VAULT.pseudonym(CLEAR)}"}
    assert account.claimed == (NATIONAL_ID,)


def test_a_completion_that_was_written_down_with_the_old_key_is_still_this_persons(host: Host) -> None:
    then = replace(WITHOUT, subject="account:A123456789")
    account_id = host.accounts.carry_out(Create(), then)
    arrives(host, replace(BY_MYEGOV, subject=then.subject))
    with host.app.app_context():
        found = host.first_login.completion(then, account_id, "environmental", datetime.now(UTC))
    assert found.verdict == "uploadable"


def test_who_comes_twice_at_once_comes_into_the_same_account(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    before = replace(WITHOUT, subject=CLEAR)
    account_id = host.accounts.carry_out(Create(), before)
    accounts, anew = host.accounts, f"pseudonym:{VAULT.pseudonym(CLEAR)}"
    assert isinstance(accounts, Rekeys)
    rekey = accounts.rekey

    def other_first(*given: str) -> None:
        monkeypatch.undo()
        rekey(*given)  # the other request
        rekey(*given)

    monkeypatch.setattr(accounts, "rekey", other_first)
    assert arrives(host, before) == account_id
    assert kept(host, account_id) == [anew]


def test_a_key_is_never_given_to_an_identity_that_another_one_has(host: Host) -> None:
    accounts = host.accounts
    assert isinstance(accounts, Rekeys)
    one, other = (accounts.carry_out(Create(), replace(WITHOUT, subject=name)) for name in ("one", "other"))
    for wrong in [(one, "one", "other"), (other, "one", "new"), ("nobody", "one", "new"), (one, "gone", "new")]:
        with pytest.raises(AccountConflict):
            accounts.rekey(wrong[0], WITHOUT.issuer, *wrong[1:])
    assert (kept(host, one), kept(host, other)) == (["one"], ["other"])


class WithoutRekey(MemoryAccounts):
    """A host's own store, from before stores could keep an identity anew."""

    rekey = None  # type: ignore[assignment]  # as if it were not there


def test_a_store_that_cannot_keep_a_key_anew_goes_on_and_the_log_says_so(caplog: pytest.LogCaptureFixture) -> None:
    host = Host(WithoutRekey()).mounted()
    before = replace(WITHOUT, subject=CLEAR)
    account_id = host.accounts.carry_out(Create(), before)
    assert arrives(host, before) == account_id
    assert kept(host, account_id) == [CLEAR]
    assert "WithoutRekey has no rekey" in caplog.text
    assert CLEAR not in caplog.text


# --- a portal without keys for national IDs ---


def test_a_portal_without_keys_keeps_no_number_as_a_key_either() -> None:
    host = bare()
    subject = "account:A123456789"
    account_id = arrives(host, replace(WITHOUT, subject=subject))
    (key,) = kept(host, account_id)
    assert key.startswith("pseudonym:")
    assert CLEAR not in key
    assert arrives(host, replace(WITHOUT, subject=subject)) == account_id


def test_the_secret_key_may_change_and_so_may_the_keys_come_later() -> None:
    subject, old = "account:A123456789", "a-secret-of-this-test"
    first = bare()
    account_id = arrives(first, replace(WITHOUT, subject=subject))
    store, keys = first.accounts, [*kept(first, account_id)]
    rotated = Host(store)
    del rotated.app.config["FIRST_LOGIN_NATIONAL_ID_KEYS"], rotated.app.config["FIRST_LOGIN_NATIONAL_ID_INDEX_KEY"]
    rotated.app.config.update(SECRET_KEY="another-secret-of-this-test", SECRET_KEY_FALLBACKS=[old])
    assert arrives(rotated.mounted(), replace(WITHOUT, subject=subject)) == account_id
    keys += kept(first, account_id)
    later = Host(store)
    later.app.config["SECRET_KEY"] = "another-secret-of-this-test"
    assert arrives(later.mounted(), replace(WITHOUT, subject=subject)) == account_id
    keys += kept(first, account_id)
    assert len(set(keys)) == 3
    assert keys[-1] == f"pseudonym:{VAULT.pseudonym(subject)}"


# --- who asks for it ---


def run(host: Host, *arguments: str) -> Result:
    return host.app.test_cli_runner().invoke(args=["first-login", *arguments])


@pytest.mark.parametrize("before", [True, False], ids=["kept in clear", "kept as a pseudonym"])
def test_export_and_erase_find_a_person_by_what_the_provider_calls_them(host: Host, before: bool) -> None:
    identity = replace(WITHOUT, subject="account:A123456789")
    account_id = host.accounts.carry_out(Create(), identity) if before else arrives(host, identity)
    whom = ("--issuer", identity.issuer, "--subject", identity.subject)
    found = run(host, "export", *whom)
    assert found.exit_code == 0, found.output
    assert json.loads(found.output)["account"]["id"] == account_id
    assert CLEAR not in found.output
    revealed = run(host, "export", *whom, "--reveal", "--reason", "the person asked")
    assert (CLEAR in revealed.output) is before
    assert run(host, "erase", *whom, "--yes").exit_code == 0
    assert host.accounts.get(account_id) is None
    assert run(host, "export", *whom).exit_code == 1


def signed(subject: str) -> dict[str, str]:
    """What Facebook posts when the person with this key leaves."""
    stated = {"algorithm": "HMAC-SHA256", "issued_at": int(datetime.now(UTC).timestamp()), "user_id": subject}
    payload = base64url(json.dumps(stated).encode())
    signature = hmac.digest(FACEBOOK.client_secret.encode(), payload.encode(), "sha256")
    return {"signed_request": f"{base64url(signature)}.{payload}"}


@pytest.mark.parametrize("before", [True, False], ids=["kept in clear", "kept as a pseudonym"])
def test_who_leaves_at_facebook_is_found_by_what_facebook_calls_them(before: bool) -> None:
    told: list[str | None] = []
    host = Host(MemoryAccounts(), FIRST_LOGIN_PROVIDERS=sandbox.settings("http://127.0.0.1:9")).mounted()

    @identity_revoked.connect_via(host.app)
    def note(app: Flask, *, account: str | None) -> None:
        told.append(account)

    identity = replace(BY_GOOGLE, provider="facebook", issuer="https://www.facebook.com", subject="uid:A123456789")
    account_id = host.accounts.carry_out(Create(), identity) if before else arrives(host, identity)
    url = "/first-login/sign-in/facebook/deauthorise"
    assert host.app.test_client().post(url, data=signed(identity.subject)).status_code == 204
    assert told == [account_id]


def test_a_test_sign_in_says_that_the_key_is_kept_as_a_pseudonym() -> None:
    def told(subject: str) -> list[object]:
        return [row.value for row in _identity(replace(WITHOUT, subject=subject)) if str(row.name) == "Subject"]

    assert told("account:A123456789") == [AS_PSEUDONYM]
    assert told("official-1") != [AS_PSEUDONYM]


def test_an_identity_with_such_a_key_is_given_up_by_its_form(host: Host) -> None:
    learner = host.learner()
    host.arrives(replace(BY_ECPA, signed_in_at=datetime.now(UTC)), learner)
    host.joins = account_in(learner)
    host.arrives(replace(BY_MYEGOV, subject="account:A123456789", signed_in_at=datetime.now(UTC)), learner)
    page = learner.get("/first-login/hours")
    assert CLEAR not in page.text
    account = learner.get("/first-login/api/v1/account", headers={"Accept": "application/json"}).get_json()
    which = next(one["leave"]["which"] for one in account["identities"] if one["provider"] == "myegov")
    token = fields_of(page, "csrf_token")
    url = "/first-login/sign-in/myegov/leave"
    assert learner.post(url, {**token, "which": which, "confirmed": "1"}).status_code == 303
    assert kept(host, host.joins) == [BY_ECPA.subject]


@pytest.mark.parametrize("written", ["A.123.456.789", "A - 123 - 456 - 789", "A1·2345·6789", "Ａ．１２３４５６７８９"])
def test_a_log_line_with_dots_in_the_number_is_masked_too(written: str) -> None:
    assert mask(f"key={written} there") == "key=A12345**** there"

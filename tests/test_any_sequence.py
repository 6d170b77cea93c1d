"""Whose account it is after any sequence of sign-ins, joins, changes and departures, in SQLite and in PostgreSQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule, run_state_machine_as_test
from sqlalchemy import create_engine, delete, event, select
from sqlalchemy.engine import Engine, Row
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import StaticPool

from flask_first_login import AccountConflict, Assurance, FirstLogin, Identity, Kind, NationalId, SignInError
from flask_first_login.accounts.sqlalchemy import SQLAlchemyAccounts
from flask_first_login.accounts.tables import create_tables, identities, metadata, national_ids
from flask_first_login.testing import BY_ECPA, BY_GOOGLE, BY_MYEGOV
from internals import (
    FRESH,
    PROOF,
    Leave,
    NeedsConsent,
    NumberState,
    Proof,
    Refusal,
    Stay,
    assess,
    decide_unlink,
    finish_sign_in,
    here,
    resolve_account,
)
from support.databases import VAULT
from support.pages import PROVIDERS

pytestmark = pytest.mark.slow

#: So few that sequences meet each other: two people at each provider, and the numbers that they may bring.
GOVERNMENT = [replace(one, subject=subject) for one in (BY_ECPA, BY_MYEGOV) for subject in ("1", "2")]
SOCIAL = [BY_GOOGLE, replace(BY_GOOGLE, provider="facebook", issuer="https://www.facebook.com")]
THEN = date(2026, 1, 1)
NUMBERS = [
    *(None, NationalId.parse("A123456789"), NationalId.parse("A223456781")),
    *(NationalId.parse("AC12345679", on=THEN), NationalId.parse("A800000014")),
]
#: Everybody goes by the same few names and addresses: whoever matched people by them would be found out.
SHARED = {
    "name": st.sampled_from(["王小明", "王小明", None, None, "陳大文"]),
    "email": st.sampled_from(["ming@example.tw", "ming@example.tw", "new@example.tw", None]),
    "signed_in_at": st.sampled_from([timedelta(), timedelta(), 2 * FRESH]).map(lambda age: datetime.now(UTC) - age),
}
government = st.builds(
    replace,
    st.sampled_from(GOVERNMENT),
    national_id=st.sampled_from(NUMBERS),
    birth_date=st.sampled_from([None, None, date(1980, 2, 29), date(1990, 1, 1)]),
    assurance=st.sampled_from([Assurance.VERIFIED, Assurance.DECLARED]),
    kind=st.sampled_from(Kind),
    **SHARED,
)
social = st.builds(replace, st.sampled_from(SOCIAL), **SHARED)
WARNING = "the version of the words that say what it costs"
Key = tuple[str, str]


class Browser:
    """The host's session in the browser that is in front of the learner, and each account's proof of a sign-in."""

    def __init__(self) -> None:
        self.account: str | None = None
        self.proofs: dict[str | None, str] = {}

    def sign_in(self, account_id: str) -> None:
        self.account = account_id

    def signed_in(self) -> str | None:
        return self.account


class Portal:
    """A portal on a database, which lets identities in exactly as a provider's callback does."""

    def __init__(self, engine: Engine) -> None:
        create_tables(engine)
        event.listen(engine, "before_cursor_execute", lambda *call: self.asked.append(call[2]))
        self.engine, self.browser, self.asked = engine, Browser(), list[str]()
        self.store = SQLAlchemyAccounts(sessionmaker(engine), lambda: VAULT)
        self.app = Flask("portal")
        self.app.config.update(
            SECRET_KEY="a-secret-of-this-test",
            FIRST_LOGIN_PROVIDERS=PROVIDERS,
            FIRST_LOGIN_NATIONAL_ID_KEYS=[Fernet.generate_key().decode()],
            FIRST_LOGIN_NATIONAL_ID_INDEX_KEY=Fernet.generate_key().decode(),
        )
        FirstLogin(self.app, accounts=self.store, session=self.browser)

    def let_in(self, identity: Identity, *, acknowledged: str | None, joins: str | None) -> str:
        """Admit the identity; gives the code of a refusal, or nothing."""
        cookie = f"{PROOF.cookie}={self.browser.proofs.get(self.browser.account, '')}"
        with self.app.test_request_context(headers={"Cookie": cookie}):
            try:
                resolved = resolve_account(here(), identity, acknowledged=acknowledged, joins=joins)
                if isinstance(resolved, NeedsConsent):
                    return ""
                response = finish_sign_in(here(), resolved, Proof(identity.signed_in_at))
            except SignInError as refused:
                return refused.code
        given = dict(one.partition(";")[0].split("=", 1) for one in response.headers.getlist("Set-Cookie"))
        self.browser.proofs[self.browser.account] = given.get(PROOF.cookie, "")
        return ""

    def let_go(self, account_id: str, key: Key) -> bool:
        """Take the identity from its account, if it may leave."""
        account = self.store.get(account_id)
        assert account is not None
        match decide_unlink(account, *key, lambda one: assess(one.identities)):
            case Leave() as decision:
                self.store.leave(decision.account, decision.identity)
                return True
            case Stay():
                return False

    def rows(self) -> Sequence[Row[Any]]:
        with self.engine.connect() as connection:
            return connection.execute(select(identities)).all()

    def owners(self) -> dict[Key, str]:
        """Whose each identity is, as the database itself says."""
        return {_key(row): row.account_id for row in self.rows()}

    def proven(self) -> set[bytes]:
        with self.engine.connect() as connection:
            return {*connection.execute(select(national_ids.c.keyed_index).where(national_ids.c.proven)).scalars()}

    def holders(self) -> dict[bytes, str]:
        with self.engine.connect() as connection:
            return {row.keyed_index: row.account_id for row in connection.execute(select(national_ids))}

    def empty(self) -> None:
        self.browser.account = None
        self.browser.proofs.clear()
        self.asked.clear()
        with self.engine.begin() as connection:
            for table in reversed(metadata.sorted_tables):
                connection.execute(delete(table))


class AnySequence(RuleBasedStateMachine):
    """What may happen, in any order, and what must hold after each step; it remembers whose everything was."""

    known = Bundle("known")

    def __init__(self, portal: Portal) -> None:
        super().__init__()
        portal.empty()
        self.portal = portal
        self.owners: dict[Key, str] = {}
        self.holders: dict[bytes, str] = {}
        self.proven: set[bytes] = set()
        self.may_move = set[bytes]()

    # --- what may happen ---

    @rule(target=known, identity=government | social, acknowledged=st.sampled_from([None, WARNING]))
    def come_while_anybody_may_be_signed_in(self, identity: Identity, acknowledged: str | None) -> Key:
        return self._come(identity, acknowledged=acknowledged)

    @rule(target=known, identity=government | social)
    def come_while_nobody_is_signed_in(self, identity: Identity) -> Key:
        self.portal.browser.account = None
        return self._come(identity, acknowledged=WARNING)

    @rule(target=known, key=known, identity=government | social)
    def ask_to_join_the_account_that_is_signed_in(self, key: Key, identity: Identity) -> Key:
        self.portal.browser.account = self.owners.get(key)
        return self._come(identity, acknowledged=WARNING, joins=self.portal.browser.account)

    @rule(key=known, now=government, as_social=social)
    def come_again_with_another_name_address_or_number(self, key: Key, now: Identity, as_social: Identity) -> None:
        known = next(one for one in (*GOVERNMENT, *SOCIAL) if _key(one) == key)
        facts = as_social if known.is_social else now
        self.portal.browser.account = None
        self._come(replace(facts, provider=known.provider, issuer=known.issuer, subject=known.subject))

    @rule(key=known)
    def leave_the_account(self, key: Key) -> None:
        """Give this way to sign in up; the account keeps its numbers, and its other identities."""
        gone = [key] if key in self.owners and self.portal.let_go(self.owners[key], key) else []
        self.owners = {of: owner for of, owner in self.owners.items() if of not in gone}

    @rule(accept=st.booleans())
    def an_operator_settles_the_oldest_review(self, accept: bool) -> None:
        for review in self.portal.store.reviews()[:1]:
            self._may_take(review.sent)
            try:
                self.portal.store.settle_review(review.id, accept=accept)
            except AccountConflict:
                assert accept

    @rule(key=known)
    def an_operator_releases_the_account(self, key: Key) -> None:
        self.portal.store.release(self.owners.get(key, "nobody's"))

    @rule(key=consumes(known))
    def be_forgotten(self, key: Key) -> None:
        """The account is erased; whatever it had may come to another one."""
        account = self.owners.get(key, "nobody's")
        self.portal.store.erase(account)
        self.portal.browser.account = None
        self.owners = {of: owner for of, owner in self.owners.items() if owner != account}
        self.holders = {of: holder for of, holder in self.holders.items() if holder != account}

    def _come(self, identity: Identity, *, acknowledged: str | None = None, joins: str | None = None) -> Key:
        browser, before = self.portal.browser, self.portal.browser.account
        self._may_take(identity)
        code = self.portal.let_in(identity, acknowledged=acknowledged, joins=joins)
        assert code in {"", *Refusal}
        assert browser.account == before or before is None, "who was signed in was turned into another"
        owners = self.portal.owners()
        new = {key: owner for key, owner in owners.items() if key not in self.owners}
        assert new.keys() <= {_key(identity)}
        assert not new or not identity.is_social or acknowledged is not None, "nobody accepted what it costs"
        joined = {owner for owner in new.values() if owner in self.owners.values()}
        number = VAULT.index(identity.national_id) if identity.national_id else b""
        assert joined <= {self.holders.get(number)}, "joined by something else than the number"
        return _key(identity)

    def _may_take(self, identity: Identity) -> None:
        """A number moves to who proves it, as long as nobody else has."""
        index = VAULT.index(identity.national_id) if identity.national_id else b""
        by_others = [row for row in self.portal.rows() if row.national_id_index == index]
        proven = index in self.portal.proven() or any(row.assurance == Assurance.VERIFIED for row in by_others)
        self.may_move = {index} if identity.assurance is Assurance.VERIFIED and not proven else set()

    # --- what must hold ---

    @invariant()
    def no_identity_moved_to_another_account_and_no_number_but_to_who_proved_it(self) -> None:
        owners, holders = self.portal.owners(), self.portal.holders()
        assert owners.items() >= self.owners.items()
        assert holders.keys() >= self.holders.keys()
        assert {number for number, holder in self.holders.items() if holders[number] != holder} <= self.may_move
        self.may_move = set()
        assert {*holders.values()} <= {*owners.values()}, "a number without anybody"
        self.owners, self.holders = owners, holders

    @invariant()
    def a_social_identity_shares_its_account_with_nothing(self) -> None:
        rows = self.portal.rows()
        identities_of = Counter(row.account_id for row in rows)
        assert {identities_of[row.account_id] for row in rows if row.standing == "social"} <= {1}

    @invariant()
    def the_number_of_an_identity_is_its_accounts(self) -> None:
        holders = self.portal.holders()
        numbered = [row for row in self.portal.rows() if row.national_id_index is not None]
        assert all(holders[row.national_id_index] == row.account_id for row in numbered)

    @invariant()
    def a_number_is_proven_as_soon_as_somebody_proves_it_and_for_ever(self) -> None:
        proven = self.portal.proven()
        verified = {row.national_id_index for row in self.portal.rows() if row.assurance == Assurance.VERIFIED}
        assert proven >= verified - {None}
        assert proven >= self.proven & self.holders.keys()
        self.proven = proven

    @invariant()
    def a_number_in_doubt_counts_for_nobody(self) -> None:
        doubtful = [row for row in self.portal.rows() if row.number_state != "accepted"]
        of_them = [account for row in doubtful if (account := self.portal.store.get(row.account_id)) is not None]
        for account in of_them:
            in_doubt = [known for known in account.identities if known.number_state is not NumberState.ACCEPTED]
            assert not assess(in_doubt).uploadable
            assert not {*account.claimed} & {*account.lost}
        reviewed = {_key(review.stored) for review in self.portal.store.reviews()}
        assert {_key(row) for row in doubtful if row.number_state == "under_review"} == reviewed

    @invariant()
    def nobody_was_looked_up_by_an_address_or_a_name(self) -> None:
        conditions = {statement.partition("WHERE")[2] for statement in self.portal.asked}
        assert not [one for one in conditions if "email" in one or "name" in one]
        self.portal.asked.clear()


def _key(one: Identity | Row[Any]) -> Key:
    return one.issuer, one.subject


def prove(engine: Engine, *, examples: int) -> None:
    portal = Portal(engine)
    often = settings(max_examples=examples, stateful_step_count=30, deadline=None)
    run_state_machine_as_test(lambda: AnySequence(portal), settings=often)  # type: ignore[arg-type]  # a callable is made use of in the same way


def test_whatever_happens_in_sqlite_nobody_gets_the_account_of_another() -> None:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    prove(engine, examples=25)
    engine.dispose()


def test_whatever_happens_in_postgresql_nobody_gets_the_account_of_another(postgresql: Engine) -> None:
    prove(postgresql, examples=6)

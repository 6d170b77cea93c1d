"""Bring in the members whom a portal had before: each row checked, kept as a sign-in would keep it, in batches."""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Final

from .accounts import Accounts, Imports, Member, Outcome
from .accounts.members import bring_in
from .accounts.memory import MemoryAccounts
from .errors import InvalidNationalId
from .identity import Assurance, Identity, Kind
from .national_id import NationalId
from .providers import Provider
from .providers.claims import cleaned
from .providers.claims_to_identity import government, may_verify
from .pseudonyms import holds_number
from .state import AppState

COLUMNS: Final = ("account", "provider", "issuer", "subject", "name", "national_id", "kind", "assurance")
BATCH = 1000
LONGEST_KEY = 255
#: What an imported identity has in place of the way in which its person signed in.
METHOD = "import"
GOOD: Final = frozenset({Outcome.ADDED, Outcome.THERE})
#: Why a row is refused, in words that hold nothing of the row.
WHY: Final[Mapping[Outcome, str]] = MappingProxyType(
    {
        Outcome.IDENTITY_TAKEN: "this subject is another account's",
        Outcome.NUMBER_TAKEN: "this national ID is another account's",
        Outcome.ANOTHER_NUMBER: "the account has another national ID: an account is one person",
        Outcome.SOCIAL_NEVER_MERGES: "a social identity shares its account with no other identity",
        Outcome.NO_ACCOUNT: "there is no such account",
        Outcome.CHANGED: "it was changed meanwhile: run the import again",
        Outcome.COLUMNS: "it does not have the columns of this file",
        Outcome.ACCOUNT: "the account id is missing, too long or unprintable, or holds a national ID",
        Outcome.PROVIDER: "provider and issuer name no provider of this portal, or two",
        Outcome.SUBJECT: "the subject is missing, too long or unprintable",
        Outcome.NAME: "the name holds a national ID",
        Outcome.NATIONAL_ID: "the national ID is not well-formed, or its check digit does not fit",
        Outcome.KIND: "the kind is not civil_servant, general or unknown, or not one that the provider has",
        Outcome.ASSURANCE: "the assurance is not verified, declared or none",
        Outcome.NOT_VERIFIED: "this provider proves nobody, so nobody is verified by it",
        Outcome.SOCIAL: "a social identity has no national ID, no kind and no assurance",
    }
)
Row = Mapping[str, object]


class RowRefused(Exception):
    """A row that makes no member; it holds nothing of the row."""

    def __init__(self, why: Outcome) -> None:
        super().__init__(why.value)
        self.why = why


@dataclass(frozen=True, slots=True)
class MemberImport:
    """One run. ``refused`` is told the place of each refused row and why, ``progress`` how many rows are done."""

    state: AppState
    dry_run: bool = False
    refused: Callable[[int, Outcome], object] = lambda place, why: None
    progress: Callable[[int], object] = lambda rows: None

    def run(self, rows: Iterable[tuple[int, Row | RowRefused]]) -> Counter[Outcome]:
        """Bring the members of these rows in, a batch a transaction, and count what became of them."""
        count: Counter[Outcome] = Counter()
        everybody = iter(rows)
        with _stores(self.state.accounts, self.dry_run) as stores:
            while some := [*islice(everybody, BATCH)]:
                for place, outcome in self._brought_in(some, stores):
                    count[outcome] += 1
                    if outcome not in GOOD:
                        self.refused(place, outcome)
                self.progress(len(some))
        return count

    def _brought_in(
        self, rows: list[tuple[int, Row | RowRefused]], stores: list[Accounts]
    ) -> list[tuple[int, Outcome]]:
        done: dict[int, Outcome] = {}
        members: dict[int, Member] = {}
        for place, row in rows:
            try:
                if isinstance(row, RowRefused):
                    raise row
                members[place] = member_of(self.state, row)
            except RowRefused as refused:
                done[place] = refused.why
        for store in stores:
            asked = {place: member for place, member in members.items() if done.get(place) in {None, Outcome.ADDED}}
            outcomes = _bring_in(store, [*asked.values()], dry_run=self.dry_run and store is self.state.accounts)
            done.update(zip(asked, outcomes, strict=True))
        return sorted(done.items())


def _bring_in(store: Accounts, members: list[Member], *, dry_run: bool) -> Iterable[Outcome]:
    if not members:
        return []
    if isinstance(store, Imports):
        return store.bring_in(members, dry_run=dry_run)
    return bring_in(store, members, dry_run=dry_run)


@contextmanager
def _stores(accounts: Accounts, dry_run: bool) -> Iterator[list[Accounts]]:
    """The store, and in a dry run a second one for a while, which knows what stood on earlier rows."""
    if not dry_run:
        yield [accounts]
        return
    try:
        from sqlalchemy import create_engine
        from sqlalchemy.orm import sessionmaker

        from .accounts.sqlalchemy import SQLAlchemyAccounts
        from .accounts.tables import create_tables
        from .sealing import Vault
    except ImportError:  # a portal without SQLAlchemy
        yield [accounts, MemoryAccounts()]
        return
    key, index_key = (urlsafe_b64encode(secrets.token_bytes(32)).decode() for _ in range(2))
    vault = Vault([key], index_key)
    with TemporaryDirectory(prefix="first-login-import-") as folder:
        engine = create_engine(f"sqlite:///{folder}/rows.sqlite", hide_parameters=True)
        create_tables(engine)
        yield [accounts, SQLAlchemyAccounts(sessionmaker(engine), lambda: vault)]
        engine.dispose()


# --- one row ---


def member_of(state: AppState, row: Row) -> Member:
    """Read the member of a row.

    :raises RowRefused: there is none.
    """
    if not row.keys() <= {*COLUMNS}:
        raise RowRefused(Outcome.COLUMNS)
    account, subject = _key(row, "account", Outcome.ACCOUNT), _key(row, "subject", Outcome.SUBJECT)
    if holds_number(account):  # an account's id stands in logs and reports
        raise RowRefused(Outcome.ACCOUNT)
    identity = _identity(_provider(state, row), subject, row)
    keys = state.keys_of(subject)
    if holds_number(subject, identity):
        identity = replace(identity, subject=state.pseudonyms(subject)[0])
    others = tuple(key for key in keys if key != identity.subject)
    return Member(account, identity, others, state.former_issuers(identity.issuer))


def _identity(provider: Provider, subject: str, row: Row) -> Identity:
    name, number = cleaned(_text(row, "name")), _national_id(row)
    if name is not None and holds_number(name):
        raise RowRefused(Outcome.NAME)
    kind, assurance = _kind(provider, row), _assurance(provider, row, has_both=bool(number and name))
    if provider.is_social and (number is not None or kind is not Kind.UNKNOWN or assurance is not Assurance.NONE):
        raise RowRefused(Outcome.SOCIAL)
    return Identity(
        provider=provider.name,
        issuer=provider.protocol.issuer,
        subject=subject,
        standing=provider.standing,
        kind=kind,
        assurance=assurance,
        signed_in_at=datetime.now(UTC),
        method=METHOD,
        name=name,
        national_id=number,
    )


def _text(row: Row, column: str) -> str:
    """:raises RowRefused: it is neither a text nor a whole number."""
    value = row.get(column)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise RowRefused(Outcome.COLUMNS)
    return str(value).strip()


def _key(row: Row, column: str, otherwise: Outcome) -> str:
    text = _text(row, column)
    if not 1 <= len(text) <= LONGEST_KEY or not text.isprintable():
        raise RowRefused(otherwise)
    return text


def _provider(state: AppState, row: Row) -> Provider:
    name, issuer = _text(row, "provider"), _text(row, "issuer")
    providers = [registration.provider for registration in state.registrations.values()]
    named = [
        provider
        for provider in providers
        if (name or issuer) and name in {"", provider.name} and issuer in {"", provider.protocol.issuer}
    ]
    if len(named) != 1:
        raise RowRefused(Outcome.PROVIDER)
    return named[0]


def _national_id(row: Row) -> NationalId | None:
    text = _text(row, "national_id")
    try:
        return NationalId.parse(text) if text else None
    except InvalidNationalId:
        raise RowRefused(Outcome.NATIONAL_ID) from None


def _kind(provider: Provider, row: Row) -> Kind:
    always = provider.identify.always if isinstance(provider.identify, government) else None
    text = _text(row, "kind").lower()
    try:
        kind = Kind(text) if text else always or Kind.UNKNOWN
    except ValueError:
        raise RowRefused(Outcome.KIND) from None
    if always not in {None, kind}:
        raise RowRefused(Outcome.KIND)
    return kind


def _assurance(provider: Provider, row: Row, *, has_both: bool) -> Assurance:
    """What the row says, and no more than is there: declared are a name and a number, verified is who was proven."""
    text = _text(row, "assurance").lower()
    if text not in {"", "none", "declared", "verified"}:
        raise RowRefused(Outcome.ASSURANCE)
    if text == "verified":
        if not may_verify(provider):
            raise RowRefused(Outcome.SOCIAL if provider.is_social else Outcome.NOT_VERIFIED)
        return Assurance.VERIFIED
    declared = text != "none" and has_both
    return Assurance.DECLARED if declared and not provider.is_social else Assurance.NONE

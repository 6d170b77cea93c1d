"""``flask first-login export``, ``erase``, ``prune`` and ``keys``: what is kept of people, and the store it is in."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import click
from flask.cli import AppGroup, with_appcontext

from ..accounts import NumberCases, PersonalRecords
from ..state import state_of
from .audit import check_reveal, note, reveal_options
from .output import bar, stdout

if TYPE_CHECKING:
    from ..accounts.sqlalchemy import SQLAlchemyAccounts

P = ParamSpec("P")
R = TypeVar("R")

keys_commands = AppGroup("keys", help="The keys that seal national IDs at rest.")

# --- the store of this portal, where a command needs more of it than a sign-in does ---


def database() -> SQLAlchemyAccounts:
    """The accounts in the database.

    :raises click.UsageError: they are somewhere else.
    """
    accounts = state_of().accounts
    try:
        from ..accounts.sqlalchemy import SQLAlchemyAccounts
    except ImportError:  # SQLAlchemy is optional, and a portal without it keeps its accounts elsewhere
        pass
    else:
        if isinstance(accounts, SQLAlchemyAccounts):
            return accounts
    raise click.UsageError(f"This needs the accounts in a database (SQLAlchemyAccounts); here is {_kind(accounts)}.")


def personal_records() -> PersonalRecords:
    """The store as one that can tell and forget a person.

    :raises click.UsageError: it cannot.
    """
    accounts = state_of().accounts
    if not isinstance(accounts, PersonalRecords):
        raise click.UsageError(f"{_kind(accounts)} has no find, export, erase and prune (see PersonalRecords).")
    return accounts


def number_cases() -> NumberCases:
    """The store as one that keeps what is in doubt.

    :raises click.UsageError: it cannot.
    """
    accounts = state_of().accounts
    if not isinstance(accounts, NumberCases):
        raise click.UsageError(f"{_kind(accounts)} keeps no reviews and disputes (see NumberCases).")
    return accounts


def _kind(accounts: object) -> str:
    return type(accounts).__name__


# --- what a person may ask: to be told what is kept of them, and to be forgotten ---


def _whom(command: Callable[P, R]) -> Callable[P, R]:
    """An account by its id, or by an identity of it."""
    subject = click.option("--subject", help="The subject at that issuer.")(command)
    issuer = click.option("--issuer", help="In place of ACCOUNT: the issuer of one of its identities.")(subject)
    return click.argument("account", required=False)(issuer)


@click.command("export")
@_whom
@reveal_options
@with_appcontext
def export(account: str | None, issuer: str | None, subject: str | None, reveal: bool, reason: str | None) -> None:
    """Print everything that is kept of ACCOUNT, as JSON."""
    check_reveal(reveal, reason)
    account_id = _account_id(account, issuer, subject)
    if reveal:
        note(f"export of account {account_id}", why=reason)
    try:
        kept = personal_records().export(account_id, reveal=reveal)
    except LookupError as error:
        raise click.ClickException(str(error)) from None
    print(json.dumps(kept, ensure_ascii=False, indent=2), file=stdout())


@click.command("erase")
@_whom
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_appcontext
def erase(account: str | None, issuer: str | None, subject: str | None, yes: bool) -> None:
    """Forget ACCOUNT: its identities, national IDs and records. The portal's own tables are not touched."""
    account_id = _account_id(account, issuer, subject)
    if not yes:
        click.confirm(f"Forget the account {account_id!r} for good?", abort=True, err=True)
    if not personal_records().erase(account_id):
        raise click.ClickException(f"There is no account {account_id!r}.")
    note(f"account {account_id} erased")
    click.echo(f"The account {account_id!r} is forgotten. What the portal keeps in its own tables is still there.")


@click.command("prune")
@with_appcontext
def prune() -> None:
    """Forget what is over: expired digests, and what the retention settings say of records."""
    settings, now = state_of().settings, datetime.now(UTC)
    gone = personal_records().prune(
        acknowledged_before=_before(now, settings.acknowledgement_days),
        judged_before=_before(now, settings.verdict_days),
    )
    click.echo(
        f"Forgotten: {gone.digests} expired digests, {gone.acknowledgements} acknowledgements, "
        f"{gone.verdicts} superseded verdicts."
    )


def _before(now: datetime, days: int | None) -> datetime | None:
    return None if days is None else now - timedelta(days=days)


def _account_id(account: str | None, issuer: str | None, subject: str | None) -> str:
    match account, issuer, subject:
        case (str(), None, None):
            return account
        case (None, str(), str()):
            records = personal_records()
            kept = (records.find(issuer, key) for key in state_of().keys_of(subject))
            found = next((account_id for account_id in kept if account_id is not None), None)
            if found is None:
                raise click.ClickException("Nobody here has this identity.")
            return found
        case _:
            raise click.UsageError("Name the account: ACCOUNT, or --issuer and --subject together.")


# --- the keys under which national IDs are sealed ---


@keys_commands.command("rotate")
def rotate() -> None:
    """Seal every stored national ID under the newest key.

    Put a new key first in FIRST_LOGIN_NATIONAL_ID_KEYS, restart the portal, run this; when none is
    left that no key opens, the old key can go. It may be interrupted and run again, while the portal
    is in use.
    """
    from ..accounts.key_rotation import count_numbers

    store = database()
    with store.transaction() as session:
        total = count_numbers(session)
    with bar(total) as progress:
        done = store.reseal(progress)
    click.echo(f"{done.moved} re-encrypted, {done.kept} were under the newest key already.")
    if done.lost:
        click.echo(f"{done.lost} open under none of the keys: put back the key that sealed them, last.", err=True)
        click.get_current_context().exit(1)

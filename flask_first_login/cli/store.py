"""The store of this portal, where a command needs more of it than a sign-in does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..accounts import NumberCases, PersonalRecords
from ..state import state_of

if TYPE_CHECKING:
    from ..accounts.sqlalchemy import SQLAlchemyAccounts


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

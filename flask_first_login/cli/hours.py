"""``flask first-login hours``: what the authorities make of every account."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING

import click
from flask.cli import AppGroup

from ..hours import Authority, UnknownKind, Verdict
from ..national_id import TAIPEI, NationalId
from ..state import AppState, state_of
from .accounts import database
from .audit import check_reveal, disclosure, reveal_options
from .output import format_option, stdout, with_progress, writer

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from ..report import Row

hours_commands = AppGroup("hours", help="Whose hours can be uploaded, to which authority, and why not.")

UNREADABLE = "unreadable"
STRICT = 3
REPORT = {
    "account": 32,
    "authority": 14,
    "verdict": 14,
    "provider": 10,
    "national_id": 11,
    "last_sign_in": 25,
    "reasons": 0,
}
SUMMARY = {"authority": 14, "verdict": 14, "reason": 24, "accounts": 0}


def _day(context: click.Context, option: click.Parameter, value: datetime | None) -> datetime | None:
    """The beginning of a day in Taiwan."""
    return value and value.replace(tzinfo=TAIPEI)


_authority = click.option("--authority", "keys", multiple=True, help="Only this one; may be given several times.")
_since = click.option(
    "--since", type=click.DateTime(["%Y-%m-%d"]), callback=_day, help="Only who signed in on this day or later."
)


@hours_commands.command("report")
@_authority
@click.option("--verdict", type=click.Choice([*map(str, Verdict), UNREADABLE]), help="Only this verdict.")
@_since
@format_option
@click.option("--no-ids", is_flag=True, help="Show no national ID, not even masked; this is much quicker.")
@reveal_options
@click.option("--strict", is_flag=True, help=f"End with status {STRICT} when something could not be read.")
def show_report(
    keys: Sequence[str],
    verdict: str | None,
    since: datetime | None,
    form: str,
    no_ids: bool,
    reveal: bool,
    reason: str | None,
    strict: bool,
) -> None:
    """Print every account before every authority, one a line, however many there are."""
    check_reveal(reveal, reason)
    if no_ids and reveal:
        raise click.UsageError("--no-ids and --reveal exclude each other.")
    from ..report import count_accounts

    asked = _asked(keys)
    with database().transaction() as session, disclosure("hours report", reason, ids=reveal) as disclosed:
        shown = {no_ids: _nothing, reveal: disclosed.reveal}.get(True, str)
        with (
            closing(_rows(session, asked, verdict, since, open_numbers=not no_ids)) as found,  # its cursor goes first
            with_progress(found, lambda: None if verdict else len(asked) * count_accounts(session, since)) as rows,
        ):
            unread = _print(rows, form, shown)
    if unread:
        told = ", ".join(f"{code} {number}" for code, number in unread.most_common())
        click.echo(f"{unread.total()} rows could not be read: {told}.", err=True)
        click.get_current_context().exit(STRICT if strict else 0)


@hours_commands.command("summary")
@_authority
@_since
@format_option
def show_summary(keys: Sequence[str], since: datetime | None, form: str) -> None:
    """Count the accounts by authority, verdict and reason; a line without a reason counts the whole verdict."""
    from ..report import summary

    state, asked = state_of(), _asked(keys)
    _say_what_python_judges(state, asked)
    kind = UnknownKind(state.settings.unknown_kind)
    with database().transaction() as session:
        write = writer(form, SUMMARY, stdout())
        for count in summary(session, asked, state.rules, unknown_kind=kind, vault=state.vault, since=since):
            write(count)


def _asked(keys: Sequence[str]) -> list[Authority]:
    """The authorities of these keys, in the portal's order; all of them when none is named."""
    known = {authority.key: authority for authority in state_of().authorities}
    for key in keys:
        if key not in known:
            raise click.BadParameter(f"{key!r} is not one of {', '.join(map(repr, known))}.", param_hint="--authority")
    return [authority for key, authority in known.items() if key in keys or not keys]


def _rows(
    session: Session, asked: list[Authority], verdict: str | None, since: datetime | None, *, open_numbers: bool
) -> Generator[Row, None, None]:
    from ..report import rows

    state = state_of()
    by_python = _say_what_python_judges(state, asked)
    vault = state.vault if open_numbers or by_python else None
    kind = UnknownKind(state.settings.unknown_kind)
    return rows(session, asked, state.rules, unknown_kind=kind, vault=vault, verdict=verdict, since=since)


def _say_what_python_judges(state: AppState, asked: list[Authority]) -> bool:
    """Tell the operator for which authorities the report is slow, and why; whether there are any."""
    from ..report import needs_python

    slow = [(authority.key, why) for authority in asked if (why := needs_python(authority, state.rules)) is not None]
    for key, why in slow:
        click.echo(f"{key}: judged account by account, because {why}.", err=True)
    return bool(slow)


def _print(rows: Iterable[Row], form: str, shown: Callable[[NationalId], str | None]) -> Counter[str]:
    """Print the rows, and count why those that could not be read could not."""
    write, unread = writer(form, REPORT, stdout()), Counter[str]()
    for row in rows:
        if row.verdict == UNREADABLE:
            unread.update(row.reasons)
        number = None if row.national_id is None else shown(row.national_id)
        write((row.account, row.authority, row.verdict, row.provider, number, row.signed_in_at, row.reasons))
    return unread


def _nothing(national_id: NationalId) -> None:
    return None

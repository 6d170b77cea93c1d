"""``flask first-login review`` and ``dispute``: what an operator settles, where it is in doubt whose a number is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TypeVar

import click
from flask.cli import AppGroup

from ..errors import AccountConflict, LostKeyError
from ..hours_changes import judge_again, tell_of_loss
from ..names import Likeness, likeness
from ..state import state_of
from .accounts import number_cases
from .audit import note
from .output import format_option, stdout, writer

R = TypeVar("R")
REVIEWS = {
    "review": 32,
    "account": 32,
    "provider": 10,
    "stored": 11,
    "sent": 11,
    "assurance": 9,
    "name": 8,
    "birth_date": 10,
    "since": 25,
}
DISPUTES = {"account": 32, "national_id": 11, "holder": 32, "since": 25}

review_commands = AppGroup("review", help="Numbers that changed, and that nothing explains: a person has to look.")
dispute_commands = AppGroup("dispute", help="Accounts that brought a number which another account holds.")

_by = click.option("--by", help="Who decided it, for the audit log; else the user who runs this.")


@review_commands.command("list")
@format_option
def list_reviews(form: str) -> None:
    """Print every open review, the oldest first; numbers masked, and whether the name and birth date changed too."""
    found = _readable(number_cases().reviews)
    write = writer(form, REVIEWS, stdout())
    for review in found:
        stored, sent = review.stored, review.sent
        numbers = (_masked(stored.national_id), _masked(sent.national_id), sent.assurance.name.lower())
        changed = (_compared_names(stored.name, sent.name), _compared(stored.birth_date, sent.birth_date))
        write((review.id, review.account, stored.provider, *numbers, *changed, review.opened_at))


@review_commands.command("accept")
@click.argument("review")
@_by
def accept(review: str, by: str | None) -> None:
    """The new number of REVIEW is the same person's: it becomes the account's, and the old one stays as history."""
    _settle(review, by, accept=True)


@review_commands.command("reject")
@click.argument("review")
@_by
def reject(review: str, by: str | None) -> None:
    """The new number of REVIEW is not this person's: the old one counts again, and the new one is passed over."""
    _settle(review, by, accept=False)


@dispute_commands.command("list")
@format_option
def list_disputes(form: str) -> None:
    """Print every account that brought a number of another one, the number masked, and who holds it."""
    found = _readable(number_cases().disputes)
    write = writer(form, DISPUTES, stdout())
    for dispute in found:
        write((dispute.account, dispute.number.masked, dispute.holder, dispute.opened_at))


@dispute_commands.command("release")
@click.argument("account")
@_by
def release(account: str, by: str | None) -> None:
    """Close the case of ACCOUNT: it is disputed no more, and has no number. Who holds the number keeps it."""
    if not number_cases().release(account):
        raise click.ClickException(f"Nothing is disputed of the account {account!r}.")
    note(f"dispute of account {account} released", by=by)
    judge_again(state_of(), account)
    click.echo(f"The account {account!r} is disputed no more, and has no number.")


def _settle(review: str, by: str | None, *, accept: bool) -> None:
    verb = "accepted" if accept else "rejected"
    cases = number_cases()
    try:
        settled = _readable(lambda: cases.settle_review(review, accept=accept))
    except LookupError as error:
        raise click.ClickException(str(error.args[0])) from None
    except AccountConflict as error:
        raise click.ClickException(f"Nothing was changed: {error}.") from None
    note(f"review {review} of account {settled.account} {verb}", by=by)
    if settled.taken_from is not None:
        note(f"account {settled.taken_from} lost its number to account {settled.account}", by=by)
        tell_of_loss(state_of(), settled.taken_from)
    judge_again(state_of(), settled.account)
    click.echo(f"The new number of the account {settled.account!r} is {verb}.")


def _readable(ask: Callable[[], R]) -> R:
    """What a store answers, or in one sentence which key it lacks."""
    try:
        return ask()
    except LostKeyError as error:
        raise click.ClickException(str(error)) from None


def _masked(national_id: object) -> str:
    return "" if national_id is None else str(national_id)


def _compared_names(stored: str | None, sent: str | None) -> str:
    """Whether two names are one, in whatever spelling, or may be."""
    if stored is None or sent is None:
        return "unknown"
    return {Likeness.SAME: "same", Likeness.MAY_BE: "may be"}.get(likeness(stored, sent), "another")


def _compared(stored: date | None, sent: date | None) -> str:
    """Whether two facts are the same, without showing either."""
    if stored is None or sent is None:
        return "unknown"
    return "same" if stored == sent else "another"

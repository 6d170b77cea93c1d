"""The learner's own page: whose hours count where, why not, what to do, and the identities behind it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import redirect, request
from werkzeug.wrappers import Response

from ...hours import HoursReport
from ...identity import Account, Kind, Standing
from ...linking import numbers_of
from ...text import Text
from ..api.learner_documents import Asked, NamedAuthority, Step
from ..failures import handles_page_errors
from ..forms import ButtonForm
from ..headers import private
from ..local_time import day_and_time
from ..navigation import Here, here, this_page
from ..pages import Button, provider_title, render
from ..sign_in.unlink import LEFT, REMOVE, sealed_key
from ..template_texts import MY_HOURS
from .first_identity import choose_first
from .hours_required import title_of_page
from .receipt import Receipt, asked_for, note_on_number, receipt_of
from .receipt_texts import KINDS

ASKED_BY = Text(
    "You come from “{page}”: that page needs hours of {authority}.",
    "您從「{page}」過來：該頁面需要{authority}時數。",
)
ASKED = Text(
    "You come from a page of this platform that needs hours of {authority}.",
    "您從本平臺的一個頁面過來，該頁面需要{authority}時數。",
)
GO_BACK = Text("Go back to that page", "回到該頁面")


@dataclass(frozen=True, slots=True)
class IdentityRow:
    """One way in which this learner can sign in."""

    provider: str
    provider_title: Text
    name: str | None
    kind: Kind
    kind_label: Text | None
    masked_id: str | None
    id_title: Text | None
    id_note: Text | None
    signed_in: Text
    leave_url: str | None = None
    sealed_key: str = ""


def identity_rows(at: Here, account: Account) -> list[IdentityRow]:
    """List the account's identities as its owner may see them: the national ID masked, always.

    Each has what the button to give it up needs, unless it is the only one.
    """
    several = len(account.identities) > 1
    return [
        IdentityRow(
            provider=identity.provider,
            provider_title=provider_title(at, identity.provider),
            name=identity.name,
            kind=identity.kind,
            kind_label=None if identity.is_social else KINDS[identity.kind],
            masked_id=identity.national_id.masked if identity.national_id else None,
            id_title=identity.national_id.title if identity.national_id else None,
            id_note=note_on_number(identity),
            signed_in=day_and_time(at, identity.signed_in_at),
            leave_url=at.url("leave", name=identity.provider) if several else None,
            sealed_key=sealed_key(account, identity) if several else "",
        )
        for identity in account.identities
    ]


@handles_page_errors
def hours() -> Response:
    """Show the learner every authority's verdict, and the identities behind it."""
    at = here()
    account = at.state.signed_in()
    if account is None:
        if at.state.member_without_identity() is not None:
            return choose_first(at)
        return private(redirect(at.url("login", next=this_page()), 303))
    report = at.state.hours(account)
    receipt, addable = receipt_of(at, account, report), joinable(at, account)
    asked = asked_by(at, report)
    response = render(
        "hours.html",
        title_of(receipt, asked),
        guide=False,
        asked=asked,
        receipt=receipt,
        causes=receipt.causes,
        identities=identity_rows(at, account),
        joinable=addable,
        form=ButtonForm(),
        left=LEFT if request.args.get("left") == "1" else None,
        remove_label=REMOVE,
    )
    return private(response)


def title_of(receipt: Receipt, asked: Asked | None) -> Text:
    """Name the page: for whom a page of the portal sent here, by what is missing."""
    return receipt.title if asked is not None and asked.way_back is None else MY_HOURS


def asked_by(at: Here, report: HoursReport) -> Asked | None:
    """Say which page of the portal sent the learner here, by the title that it has for learners, and for want of whose
    hours; None when they came by themselves."""
    if not (key := asked_for(at)):
        return None
    authority, page = report[key].authority, at.next
    title = title_of_page(page, key) if page is not None else None
    words = ASKED_BY.fill(page=title) if title is not None else ASKED
    can_go_back = report[key].uploadable
    return Asked(
        text=words.fill(**dict(words.values), authority=authority.title),
        authority=NamedAuthority.of(authority),
        way_back=Step(label=GO_BACK, url=page) if page is not None and can_go_back else None,
    )


def joinable(at: Here, account: Account) -> list[Button]:
    """List the government providers that this account could add: none without a number, none to a social account."""
    if account.is_social or not numbers_of(account):
        return []
    held = {identity.provider for identity in account.identities}
    return [
        Button(at.url("join", name=name), registration.provider.title, name)
        for name, registration in at.state.registrations.items()
        if registration.provider.standing is Standing.GOVERNMENT and name not in held
    ]

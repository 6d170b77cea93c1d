"""The hours report as a page shows it, and the guard that a host puts before a view."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from ..hours import AuthorityReport, HoursReport, Reason, Verdict
from ..identity import Account, Identity, Kind, Standing
from ..state import state_of
from ..text import Text
from .forms import JoinForm
from .here import Here, here, this_page
from .pages import Button, private, provider_button, render, visit_url

P = ParamSpec("P")
R = TypeVar("R")

LABELS = {
    Verdict.UPLOADABLE: Text("Hours can be uploaded", "時數可以上傳"),
    Verdict.HELD: Text("Not yet: something is missing", "時數暫時無法上傳，尚缺資料"),
    Verdict.REFUSED: Text("Hours cannot be uploaded", "時數無法上傳"),
}
KINDS = {
    Kind.CIVIL_SERVANT: Text("Civil servant account", "公務帳號"),
    Kind.GENERAL: Text("General account", "一般民眾帳號"),
    Kind.UNKNOWN: Text("Kind of account not known", "帳號類別未知"),
}
GO_THERE = Text("Go there now", "立即前往")
HOURS_TITLE = Text("My learning hours", "我的學習時數認證")


@dataclass(frozen=True, slots=True)
class RemedyRow:
    """What to do: in words, and where."""

    text: Text
    url: str | None
    label: Text | None


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """Why not, and what to do about it."""

    code: str
    text: Text
    remedies: list[RemedyRow]


@dataclass(frozen=True, slots=True)
class Row:
    """One authority's verdict, ready to be drawn."""

    key: str
    title: Text
    verdict: str
    verdict_label: Text
    reasons: list[ReasonRow]


@dataclass(frozen=True, slots=True)
class IdentityRow:
    """One way in which this learner can sign in."""

    provider_title: Text
    name: str | None
    kind_label: Text | None
    masked_id: str | None


def rows(at: Here, report: HoursReport) -> list[Row]:
    """The report's lines, each reason with its remedies and where they lead in this portal."""
    return [_row(at, one) for one in report.values()]


def _row(at: Here, one: AuthorityReport) -> Row:
    reasons = [_reason(at, reason) for reason in one.reasons]
    return Row(one.authority.key, one.authority.title, one.verdict, LABELS[one.verdict], reasons)


def _reason(at: Here, reason: Reason) -> ReasonRow:
    remedies = []
    for remedy in reason.remedies:
        url = visit_url(at, remedy.link) if remedy.link else None
        if url is None and remedy.screen is not None and remedy.screen in at.state.flow.by_key:
            url = at.screen_url(at.state.flow.by_key[remedy.screen].path)
        remedies.append(RemedyRow(remedy.text, url, GO_THERE if url else None))
    return ReasonRow(reason.code, reason.text, remedies)


def identity_rows(at: Here, account: Account) -> list[IdentityRow]:
    """The account's identities as its owner may see them: the national ID masked, always."""
    return [_identity(at, one) for one in account.identities]


def _identity(at: Here, one: Identity) -> IdentityRow:
    registration = at.state.registrations.get(one.provider)
    return IdentityRow(
        provider_title=registration.provider.title if registration else Text(one.provider, one.provider),
        name=one.name,
        kind_label=None if one.is_social else KINDS[one.kind],
        masked_id=one.national_id.masked if one.national_id else None,
    )


def hours() -> Response:
    """The learner's own page: every authority's verdict, and the identities behind it."""
    at = here()
    account = at.state.signed_in()
    if account is None:
        return private(redirect(at.url("login", next=this_page()), 303))
    return private(
        render(
            "hours.html",
            HOURS_TITLE,
            guide=False,
            rows=rows(at, at.state.hours(account)),
            identities=identity_rows(at, account),
            alternative=provider_button(at, "myegov") if account.is_social else None,
            joinable=_joinable(at, account),
            join_form=JoinForm(),
            home_url=at.state.settings.home_url,
        )
    )


def _joinable(at: Here, account: Account) -> list[Button]:
    """The government providers that this account could add; a social account can add none."""
    held = {identity.provider for identity in account.identities}
    return [
        Button(at.url("join", name=name), one.provider.title, name)
        for name, one in at.state.registrations.items()
        if one.provider.standing is Standing.GOVERNMENT and name not in held and not account.is_social
    ]


def hours_required(authority: str) -> Callable[[Callable[P, R]], Callable[P, R | Response]]:
    """Guard a view of the host: only a learner whose hours ``authority`` takes gets in.

    Who is not signed in is sent to the login page and comes back here; who is signed in, but whose
    hours cannot be uploaded, is sent to the page that says why and what to do.

    :raises KeyError: at the first request, if this portal has no such authority.
    """

    def guard(view: Callable[P, R]) -> Callable[P, R | Response]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R | Response:
            state = state_of()
            if (account := state.signed_in()) is None:
                back = this_page() if request.method == "GET" else None
                return redirect(url_for("first_login.login", next=back), 303)
            if not state.hours(account)[authority].uploadable:
                return redirect(url_for("first_login.hours"), 303)
            return view(*args, **kwargs)

        return guarded

    return guard

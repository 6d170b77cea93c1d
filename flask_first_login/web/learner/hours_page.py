"""The learner's own page: whose hours count where, why not, what to do, and the identities behind it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import redirect, request
from werkzeug.wrappers import Response

from ... import reasons
from ...hours import AuthorityReport, HoursReport, Verdict
from ...identity import Account, Kind, Standing
from ...linking import numbers_of
from ...text import Text
from ..api.learner_documents import Authority, Reason, Remedy
from ..failures import handles_page_errors
from ..forms import ButtonForm
from ..headers import private
from ..navigation import Here, here, this_page
from ..pages import Button, provider_title, render, visit_url
from ..provider_offers import better_providers, said_civil_servant
from ..sign_in.unlink import LEFT, REMOVE, sealed_key

LABELS = {
    Verdict.UPLOADABLE: Text("Hours can be uploaded", "時數可以上傳"),
    Verdict.HELD: Text("Not yet: something is missing", "時數暫時無法上傳，尚缺資料"),
    Verdict.NOT_APPLICABLE: Text("Not for your kind of account", "您的帳號類別不適用"),
    Verdict.REFUSED: Text("Hours cannot be uploaded", "時數無法上傳"),
}
CIVIL_SERVANTS_ONLY = Text("Civil servants only: not for your kind of account", "限公務人員；您的帳號類別不適用")
NUMBER_TO_BE_CHECKED = Text("Not yet: your ID number must be checked first", "時數暫緩上傳，字號待確認")
_IN_DOUBT = {reasons.NUMBER_DISPUTED.code, reasons.NATIONAL_ID_UNDER_REVIEW.code}
KINDS = {
    Kind.CIVIL_SERVANT: Text("Civil servant account", "公務帳號"),
    Kind.GENERAL: Text("General account", "一般民眾帳號"),
    Kind.UNKNOWN: Text("Kind of account not known", "帳號類別未知"),
}
GO_THERE = Text("Go there now", "立即前往")
#: What a remedy's link to the web, or to a screen of ours, says: each makes sense by itself (WCAG 2.4.9).
PLACES = {
    "myegov": Text("Go to MyEGov", "前往我的e政府"),
    "myegov_profile": Text("Go to your MyEGov profile", "前往我的e政府會員資料"),
    "ecpa": Text("Go to eCPA", "前往人事服務網eCPA"),
    "convert_official": Text("How to convert to an official account", "轉換公務帳號說明"),
    "ecpa-login": Text("How to sign in with eCPA", "人事服務網eCPA登入說明"),
    "egov-login": Text("How to sign in with MyEGov", "我的e政府登入說明"),
}
HOURS_TITLE = Text("My learning hours", "我的學習時數認證")


@dataclass(frozen=True, slots=True)
class IdentityRow:
    """One way in which this learner can sign in."""

    provider: str
    provider_title: Text
    name: str | None
    kind: Kind
    kind_label: Text | None
    masked_id: str | None
    leave_url: str | None = None
    sealed_key: str = ""


def rows(at: Here, report: HoursReport) -> list[Authority]:
    """Return the report's lines, what is not meant for the account last, each reason with its remedies here.

    To hours that are not meant for the account nothing is missing: only who said that they are a civil servant is told
    how to have the portal know it.
    """
    concerned = said_civil_servant(at.answers)
    return [
        Authority(
            key=line.authority.key,
            title=line.authority.title,
            verdict=line.verdict,
            verdict_label=_label(line),
            reasons=[
                _reason(at, reason if concerned or not reason.not_applicable else replace(reason, remedies=()))
                for reason in line.reasons
            ],
        )
        for line in sorted(report.values(), key=lambda line: line.verdict is Verdict.NOT_APPLICABLE)
    ]


def _label(line: AuthorityReport) -> Text:
    """Say of a number in doubt that it waits to be checked: nothing is missing that its learner could supply."""
    if reasons.NOT_CIVIL_SERVANT in line.reasons:
        return CIVIL_SERVANTS_ONLY
    in_doubt = any(reason.code in _IN_DOUBT for reason in line.reasons)
    return NUMBER_TO_BE_CHECKED if in_doubt and line.verdict is Verdict.HELD else LABELS[line.verdict]


def _reason(at: Here, reason: reasons.Reason) -> Reason:
    return Reason.of(reason, remedies=[_remedy(at, remedy) for remedy in reason.remedies])


def _remedy(at: Here, remedy: reasons.Remedy) -> Remedy:
    """Lead to the page that the host named for it; else to our own screen about it; else say the words alone."""
    if remedy.link and (url := visit_url(at, remedy.link)):
        return Remedy(text=remedy.text, label=PLACES.get(remedy.link, GO_THERE), url=url)
    if screen := at.state.flow.by_key.get(remedy.screen or ""):
        label = PLACES.get(screen.key, screen.title)
        return Remedy(text=remedy.text, label=label, url=at.screen_url(screen.path), screen=screen.key)
    return Remedy(text=remedy.text)


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
        return private(redirect(at.url("login", next=this_page()), 303))
    addable, others = joinable(at, account), others_than(at, account)
    response = render(
        "hours.html",
        HOURS_TITLE,
        guide=False,
        rows=rows(at, at.state.hours(account)),
        identities=identity_rows(at, account),
        others=others,
        joinable=addable,
        join_form=ButtonForm(),
        left=LEFT if request.args.get("left") == "1" else None,
        remove_label=REMOVE,
        home_url=at.state.settings.home_url,
    )
    return private(response)


def others_than(at: Here, account: Account) -> list[Button]:
    """List the accounts that would earn hours, for who is signed in with one that never will."""
    return better_providers(at, account) if account.is_social else []


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

"""What came of a sign-in, derived from the account and the answers in the URL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import redirect, request
from werkzeug.wrappers import Response

from ...flow import Item, Items, Paragraph, Visit, Warning
from ...hours import HoursReport, Verdict
from ...identity import Account, Assurance, Kind
from ...text import Text
from ..failures import handles_page_errors
from ..forms import ButtonForm
from ..headers import private
from ..navigation import Here, here
from ..next_steps import VERIFY, steps_up
from ..pages import Button, provider_button, render
from ..provider_offers import better_providers, said_civil_servant
from ..sign_in.social_consent import disagreement
from ..template_texts import CONTINUE_TO_PORTAL
from .hours_page import rows

WELCOME = Text("Welcome. You are signed in for the first time", "歡迎，您已完成第一次登入")
WELCOME_BACK = Text("You are signed in", "您已登入")
AGAIN = Text("When you have done that", "完成之後")
AGAIN_WHY = Text(
    "Sign in once more: we look at what your account says each time you sign in.",
    "請重新登入一次，我們會在每次登入時重新確認您帳號的資料。",
)
OTHERS = Text("Use this account instead", "改用這個帳號")
GO_ON_WITHOUT = Text("Continue without learning hours", "先不取得時數，繼續前往平臺")
ALL_GOOD = Text("Your learning hours can be uploaded to every authority.", "您的學習時數可以上傳至所有認證機關。")
SOME_GOOD = Text(
    "See below where your learning hours can be uploaded, and what to do where they cannot.",
    "以下說明您的學習時數可以上傳至哪些認證機關，以及無法上傳時該怎麼做。",
)
NEVER_GOOD = Text(
    "With this sign-in your learning hours cannot be uploaded. See below why, and what to do.",
    "以這個登入方式，您的學習時數無法上傳。以下說明原因及處理方式。",
)
NONE_GOOD = Text(
    "With this sign-in your learning hours cannot be uploaded yet. See below why, and what to do.",
    "以這個登入方式，您的學習時數目前無法上傳。以下說明原因及處理方式。",
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the page says about this sign-in."""

    title: Text
    lead: Text
    notices: list[Paragraph | Warning | Items]
    masked_id: str | None
    others: list[Button]
    again: Button | None
    step_up: Button | None
    next_label: Text


@handles_page_errors
def outcome() -> Response:
    """Show the verdicts, and whatever the facts say otherwise than the answers."""
    at = here()
    account = at.state.signed_in()
    if account is None:
        return private(redirect(at.url("login"), 303))
    report = at.state.hours(account)
    told = outcome_of(at, account, report)
    response = render(
        "outcome.html",
        told.title,
        outcome=told,
        rows=rows(at, report),
        masked_id=told.masked_id,
        step_up=told.step_up,
        again=told.again,
        again_title=AGAIN,
        again_why=AGAIN_WHY,
        others=told.others,
        others_title=OTHERS,
        form=ButtonForm(),
        next_url=at.next or at.state.settings.home_url,
        next_label=told.next_label,
        restart_url=at.screen_url(at.state.flow.by_key[at.state.flow.start].path, answers={}),
    )
    return private(response)


def _again(at: Here, account: Account, report: HoursReport) -> Button | None:
    """Offer the same sign-in once more, for who has supplied meanwhile what hours wait for."""
    if not _is_held(report):
        return None
    latest = max(account.identities, key=lambda identity: identity.signed_in_at)
    return provider_button(at, latest.provider)


def outcome_of(at: Here, account: Account, report: HoursReport) -> Outcome:
    """Say what came of the sign-in that just ended, or, without ``new`` in the URL, of being signed in."""
    title = WELCOME if request.args.get("new") == "1" else WELCOME_BACK
    numbers = [identity.national_id for identity in account.identities if identity.national_id is not None]
    notices = [*_notices(at, account)]
    return Outcome(
        title=title,
        lead=_lead(report),
        notices=notices,
        masked_id=numbers[0].masked if numbers else None,
        others=better_providers(at, account) if notices else [],
        again=_again(at, account, report),
        step_up=_step_up(at, account),
        next_label=CONTINUE_TO_PORTAL if report.uploadable or _is_held(report) else GO_ON_WITHOUT,
    )


def _step_up(at: Here, account: Account) -> Button | None:
    """Offer a stronger sign-in where a provider has one, for a learner whose identity is not verified anywhere."""
    if any(identity.assurance is Assurance.VERIFIED for identity in account.identities):
        return None
    for identity in account.identities:
        registration = at.state.registrations.get(identity.provider)
        if registration is not None and steps_up(registration.provider):
            url = at.url("start", name=identity.provider, step_up="1")
            return Button(url, VERIFY, identity.provider)
    return None


def _is_held(report: HoursReport) -> bool:
    """Whether hours wait: what is learned meanwhile is kept for them, so nobody goes on without hours."""
    return any(line.verdict is Verdict.HELD for line in report.values())


def _lead(report: HoursReport) -> Text:
    if len(report.uploadable) == len(report):
        return ALL_GOOD
    if report.uploadable:
        return SOME_GOOD
    return NONE_GOOD if _is_held(report) else NEVER_GOOD


def _notices(at: Here, account: Account) -> Iterator[Paragraph | Warning | Items]:
    kinds = {identity.kind for identity in account.identities}
    if account.is_social:
        if disagreement(at.answers) is not None:
            yield Warning(
                Text(
                    "You said that you need learning hours, but this account cannot earn any. Start again with another "
                    "account to earn them; what you learn with this one cannot be transferred.",
                    "您表示需要學習時數，但這個帳號無法取得。如需時數，請改以其他帳號重新開始；此帳號的學習紀錄無法移轉。",
                )
            )
    elif said_civil_servant(at.answers) and Kind.CIVIL_SERVANT not in kinds:
        yield from _general_account_used_by_civil_servant(Kind.UNKNOWN in kinds)


def _general_account_used_by_civil_servant(unconfirmed: bool) -> Iterator[Paragraph | Warning | Items]:
    """Tell a civil servant that a general account counts as a member of the public's, and how to change that."""
    if unconfirmed:
        said = Text(
            "You said that you are a civil servant, but the service did not confirm it.",
            "您選擇的身分別為公務人員，但登入服務未確認您的公務人員身分。",
        )
    else:
        said = Text(
            "You said that you are a civil servant, but you signed in with a general account.",
            "您選擇的身分別為公務人員，但您使用的是一般民眾帳號。",
        )
    yield Warning(said)
    yield Items(
        (
            Item(
                Text("Convert your account into an official account at MyEGov.", "至我的e政府將帳號轉換為公務帳號。"),
                (Visit("convert_official", Text("How to convert an account", "轉換公務帳號說明"), new_window=True),),
            ),
            Item(
                Text(
                    "After converting it takes {sync} minutes until the account is synchronised. "
                    "Wait, then sign in again.",
                    "轉換帳號成功約需 {sync} 分鐘進行帳號同步，請稍等待再登入本學習平臺。",
                )
            ),
            Item(Text("Or sign in with eCPA.", "或改用人事服務網eCPA登入。")),
            Item(Text("Or go on as a member of the public.", "或以一般民眾身分繼續使用。")),
        )
    )

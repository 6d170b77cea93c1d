"""After the provider: what came of the sign-in, derived from the account and the answers in the URL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import redirect, request
from werkzeug.wrappers import Response

from ..flow import Item, Items, Paragraph, Visit, Warning
from ..hours import HoursReport
from ..identity import Account, Assurance, Kind
from ..text import Text
from .door import shown
from .here import Here, here
from .pages import Button, private, render
from .verdicts import rows

WELCOME = Text("Welcome. You are signed in for the first time", "歡迎，您已完成第一次登入")
WELCOME_BACK = Text("You are signed in", "您已登入")
GO_ON = Text("Continue to the portal", "繼續前往平臺")
ALL_GOOD = Text("Your learning hours can be uploaded to every authority.", "您的學習時數可以上傳至所有認證機關。")
SOME_GOOD = Text(
    "See below where your learning hours can be uploaded, and what to do where they cannot.",
    "以下說明您的學習時數可以上傳至哪些認證機關，以及無法上傳時該怎麼做。",
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


@shown
def outcome() -> Response:
    """Welcome, the verdicts, and whatever the answers and the facts disagree about (C34: the facts win)."""
    at = here()
    account = at.state.signed_in()
    if account is None:
        return private(redirect(at.url("login"), 303))
    report = at.state.hours(account)
    first = request.args.get("new") == "1"
    told = Outcome(WELCOME if first else WELCOME_BACK, _lead(report), [*_notices(at, account)])
    masked = next((one.national_id.masked for one in account.identities if one.national_id is not None), None)
    return private(
        render(
            "outcome.html",
            told.title,
            outcome=told,
            rows=rows(at, report),
            masked_id=masked,
            step_up=_step_up(at, account),
            next_url=at.next or at.state.settings.home_url,
            next_label=GO_ON,
            restart_url=at.screen_url(at.state.flow.by_key[at.state.flow.start].path, answers={}),
        )
    )


def _step_up(at: Here, account: Account) -> Button | None:
    """A stronger sign-in at a provider that offers one, for a learner whose identity is not verified there."""
    if any(identity.assurance is Assurance.VERIFIED for identity in account.identities):
        return None
    for identity in account.identities:
        registration = at.state.registrations.get(identity.provider)
        if registration is not None and registration.provider.protocol.step_up_params:
            url = at.url("start", name=identity.provider, step_up="1")
            return Button(url, registration.provider.button, identity.provider)
    return None


def _lead(report: HoursReport) -> Text:
    if len(report.uploadable) == len(report):
        return ALL_GOOD
    return SOME_GOOD if report.uploadable else NONE_GOOD


def _notices(at: Here, account: Account) -> Iterator[Paragraph | Warning | Items]:
    said_civil_servant = at.answers.get("identity") == "civil-servant"
    kinds = {identity.kind for identity in account.identities}
    if account.is_social and at.answers.get("certificate") == "yes":
        yield Warning(
            Text(
                "You said that you need proof of learning hours, but this account cannot earn any. "
                "Sign out and sign in with MyEGov to earn them.",
                "您表示需要學習時數證明，但這個帳號無法取得學習時數。請先登出，再使用我的e政府登入。",
            )
        )
    elif said_civil_servant and Kind.CIVIL_SERVANT not in kinds:
        yield from _general_account_used_by_civil_servant(Kind.UNKNOWN in kinds)


def _general_account_used_by_civil_servant(unconfirmed: bool) -> Iterator[Paragraph | Warning | Items]:
    """Seed items 108 to 111: the account is a general one, so its owner counts as a member of the public for now."""
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

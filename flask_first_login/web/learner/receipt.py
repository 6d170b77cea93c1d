"""The receipt of a sign-in: the verdict, who it is about, one row a cause, and the one next step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from flask import request

from ... import reasons
from ...flow import Paragraph, Warning
from ...flow.login_page import SOCIAL_WARNING
from ...flow.model import Block
from ...host_session import SignsOut
from ...hours import HoursReport, Verdict
from ...identity import Account, Assurance, Identity, Kind
from ...text import Text
from ..api.learner_documents import Cause, Step, Stop, Wait, Who
from ..local_time import clock, day_and_time, now
from ..navigation import Here
from ..next_steps import VERIFY, steps_up
from ..pages import Button, provider_title
from ..provider_offers import better_providers, said_civil_servant
from ..sign_in.sign_out import left_open
from ..sign_in.social_consent import disagreement
from ..template_texts import CONTINUE_TO_PORTAL, MY_HOURS
from .causes import ADDABLE, PLACES, causes

KINDS = {
    Kind.CIVIL_SERVANT: Text("Civil servant account", "公務帳號"),
    Kind.GENERAL: Text("General member", "一般會員"),
    Kind.UNKNOWN: Text("Kind of account not known", "帳號類別未知"),
}
NOT_YOU = Text("Not you? Sign out", "不是您？登出")
WELCOME = Text("Welcome, your first sign-in is complete", "歡迎，您已完成第一次登入")
WELCOME_BACK = Text("You are signed in", "您已登入")
GOOD = Text("Your learning hours are uploaded as follows.", "您的學習時數會依下列方式上傳。")
TITLES = {
    reasons.NO_NATIONAL_ID: Text("Still missing: your ID number", "還差一項：身分證字號"),
    reasons.INVALID_NATIONAL_ID: Text("To correct: your ID number", "須更正一項：身分證字號"),
    reasons.NO_NAME: Text("Still missing: your full name", "還差一項：完整姓名"),
    reasons.NO_BIRTH_DATE: Text("Still missing: your date of birth", "還差一項：出生日期"),
    reasons.ASSURANCE_TOO_LOW: Text("Still missing: proof of who you are", "還差一項：身分驗證"),
    reasons.ID_KIND_NOT_ACCEPTED: Text("To update: your ID number", "須更新一項：證號"),
    reasons.KIND_UNCONFIRMED: Text("Still open: the kind of your account", "尚待確認：帳號類別"),
    reasons.NUMBER_DISPUTED: Text("Your ID number must be checked first", "您的字號須先確認"),
    reasons.NATIONAL_ID_UNDER_REVIEW: Text("Your ID number must be checked first", "您的字號須先確認"),
}
SEVERAL = Text("Some of your details are missing", "還差幾項資料")
SOME_WAIT = Text("You are signed in; some hours have to wait", "您已登入，部分時數須稍後上傳")
KEPT = Text(
    "What you learn now is kept; its hours are uploaded once it is added.",
    "您現在學的都會保留。補上後，時數就會上傳。",
)
KEPT_MEANWHILE = Text(
    "What you learn now is kept; its hours are uploaded once that is settled.",
    "您現在學的都會保留。確認後，時數就會上傳。",
)
NEVER_TITLE = Text("This account cannot earn hours", "您已登入，但這個帳號無法取得時數")
NEVER = Text("To earn hours, start again with {provider}.", "要取得時數，請改用{provider}重新開始。")
NEVER_ALONE = Text("To earn hours you need a government account.", "要取得時數，須使用政府帳號登入。")
STAYS = Text(
    "What you learned with {provider} stays in this account and does not come with you.",
    "以{provider}學習的紀錄會留在這個帳號，不會跟著過去。",
)
SIGN_OUT_FIRST = Text(
    "First sign out of this platform; then sign in with the government account.",
    "請先登出本平臺，再使用政府帳號登入。",
)
SAID_OTHERWISE = Text(
    "You said that you need learning hours, but this account cannot earn any.",
    "您表示需要學習時數，但這個帳號無法取得。",
)
NOT_HERE_YET = Text("Your official account is not here yet", "還沒收到您的公務帳號")
NOT_CONFIRMED = Text("It is not confirmed yet that you are a civil servant", "還無法確認您是公務人員")
COME_BACK = Text(
    "If you have just applied for an official account or converted yours, sign in again from {time}. What you learn "
    "now is kept.",
    "若您剛申請或轉換公務帳號，請從{time}起再登入一次。您現在學的都會保留。",
)
SYNC = Text(  # seed item 110
    "After you apply or convert, it takes about {sync} minutes until the account is synchronised. Please wait, then "
    "sign in here again.",
    "申請或轉換帳號成功約需{sync}分鐘進行帳號同步，請稍等待再登入本學習平臺，造成不便，敬請見諒。",
)
EARLY = Text(
    "Pressing early does no harm: until it is there, you see this page again.",
    "提早按也沒關係：還沒同步好，就會再看到這一頁。",
)
SAID_CIVIL_SERVANT = Text(
    "You said that you are a civil servant, but you signed in with a general account.",
    "您選擇的身分別為公務人員，但您使用的是一般民眾帳號。",
)
SAID_UNCONFIRMED = Text(
    "You said that you are a civil servant, but the service did not confirm it.",
    "您選擇的身分別為公務人員，但登入服務未確認您的公務人員身分。",
)
YOU_SIGNED_IN, EARLIEST, SIGN_IN_AGAIN = (
    Text("You signed in", "您登入"),
    Text("At the earliest", "最快完成"),
    Text("Sign in again", "請再登入"),
)
FROM_THEN = Text("From {time}: sign in again with {provider}", "{time}起，再登入{provider}")
AGAIN_NOW = Text("Sign in again with {provider}", "再登入{provider}")
DONE_AGAIN = Text("Done: sign in again with {provider}", "補好了，重新登入{provider}")
GO_AND_ADD = Text("Go to MyEGov and add it", "前往我的e政府補資料")
SIGN_OUT_AND_USE = Text("Sign out and use {provider} instead", "登出，改用{provider}登入")
OTHERS = Text("Use this account instead", "改用這個帳號")
NO_WAIT = Text("Rather not wait?", "不想等？")
LATER = Text("Take courses first, add it later", "先去上課，之後再補")
MEANWHILE = Text("Take courses meanwhile", "先去上課")
GO_ON_WITHOUT = Text("Continue without learning hours", "不取得時數，繼續前往平臺")
NO_HOURS_NEEDED = Text("I need no hours: continue to the portal", "我不需要時數，繼續前往平臺")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the page says about this sign-in. ``seal`` is the verdict of the whole; ``primary`` the best next step for
    the learner's hours, and ``side`` another way on, which loses nothing unless it says so."""

    seal: Verdict
    title: Text
    lead: Text
    who: Who
    causes: list[Cause]
    primary: Step
    side: Step
    signed_in: Text
    wait: Wait | None = None
    notices: list[Block] = field(default_factory=list)
    others: list[Button] = field(default_factory=list)
    others_title: Text = OTHERS
    again: Button | None = None
    step_up: Button | None = None
    left_open: Text | None = None

    @property
    def next(self) -> Step:
        """What leads on to the portal, wherever on the page it stands."""
        return self.primary if self.primary.label in {CONTINUE_TO_PORTAL, GO_ON_WITHOUT} else self.side


def receipt_of(at: Here, account: Account, report: HoursReport) -> Receipt:
    """Say what came of the sign-in that just ended, or, without ``new`` in the URL, of being signed in."""
    used = max(account.identities, key=lambda identity: identity.signed_in_at)
    found = causes(at, account.identities, report, asked_for(at))
    told = Receipt(
        seal=Verdict.UPLOADABLE,
        title=WELCOME if request.args.get("new") == "1" else WELCOME_BACK,
        lead=GOOD,
        who=who_is_signed_in(at, used),
        causes=found,
        primary=_to_the_portal(at, CONTINUE_TO_PORTAL),
        side=Step(label=MY_HOURS, url=at.url("hours")),
        signed_in=day_and_time(at, used.signed_in_at),
        others=better_providers(at, account),
        step_up=_step_up(at, account),
        left_open=left_open(at, account),
    )
    if account.is_social:
        return _never(at, told)
    if said_civil_servant(at.answers) and Kind.CIVIL_SERVANT not in {known.kind for known in account.identities}:
        return _waiting(at, told, used)
    held = [cause for cause in found if cause.shown_as is Verdict.HELD]
    if report.uploadable:  # what an account's kind leaves open may not concern its learner
        held = [cause for cause in held if _code(cause) != reasons.KIND_UNCONFIRMED.code]
    return _held(at, told, used, held) if held else told


def who_is_signed_in(at: Here, used: Identity) -> Who:
    """Say as whom somebody is signed in, and where they sign out if it is not them."""
    can_sign_out = isinstance(at.state.session, SignsOut)
    return Who(
        name=used.name,
        provider_title=provider_title(at, used.provider),
        kind_label=None if used.is_social else KINDS[used.kind],
        masked_id=used.national_id.masked if used.national_id is not None else None,
        id_title=used.national_id.title if used.national_id is not None else None,
        sign_out=Step(label=NOT_YOU, url=at.url("sign_out"), by_post=True) if can_sign_out else None,
    )


def _to_the_portal(at: Here, label: Text) -> Step:
    """Lead on; not to the page that sent the learner here for want of hours: it would send them here again."""
    return Step(label=label, url=at.state.settings.home_url if asked_for(at) else at.next or at.state.settings.home_url)


def asked_for(at: Here) -> str:
    """Return the key of the authority whose hours the page asks for that sent the learner here; else an empty text."""
    key = request.args.get("for", "")
    return key if key in {authority.key for authority in at.state.authorities} else ""


def _never(at: Here, told: Receipt) -> Receipt:
    """Lead a social learner to an account that earns hours: nothing can be merged, so they start again with it."""
    notices: list[Block] = [Warning(SAID_OTHERWISE)] if disagreement(at.answers) is not None else []
    if not told.others:
        notices.append(Paragraph(SIGN_OUT_FIRST))
        on = _to_the_portal(at, GO_ON_WITHOUT)
        return replace(told, seal=Verdict.REFUSED, title=NEVER_TITLE, lead=NEVER_ALONE, primary=on, notices=notices)
    best = told.others[0]
    title = provider_title(at, best.name)
    return replace(
        told,
        seal=Verdict.REFUSED,
        title=NEVER_TITLE,
        lead=NEVER.fill(provider=title),
        primary=Step(label=SIGN_OUT_AND_USE.fill(provider=title), url=best.url, by_post=True),
        side=_to_the_portal(at, NO_HOURS_NEEDED),
        notices=[*notices, Paragraph(STAYS.fill(provider=told.who.provider_title)), Paragraph(SOCIAL_WARNING)],
    )


def _waiting(at: Here, told: Receipt, used: Identity) -> Receipt:
    """Tell a civil servant whose account counts as a member of the public's when to come back, by the clock."""
    low, high = (timedelta(minutes=minutes) for minutes in at.state.settings.sync_minutes)
    since = used.signed_in_at
    times = [clock(at, moment) for moment in (since, since + low, since + high)]
    stops = [
        Stop(time=time, label=label)
        for time, label in zip(times, (YOU_SIGNED_IN, EARLIEST, SIGN_IN_AGAIN), strict=True)
    ]
    label = AGAIN_NOW if now() >= since + high else FROM_THEN.fill(time=times[-1])
    again = _again(at, used, label)
    return replace(
        told,
        seal=Verdict.HELD,
        title=NOT_CONFIRMED if used.kind == Kind.UNKNOWN else NOT_HERE_YET,
        lead=COME_BACK.fill(time=times[-1]),
        wait=Wait(stops=stops),
        primary=Step(label=again.label, url=again.url),
        side=_to_the_portal(at, MEANWHILE),
        notices=[
            Paragraph(SAID_UNCONFIRMED if used.kind == Kind.UNKNOWN else SAID_CIVIL_SERVANT),
            Paragraph(SYNC),
            Paragraph(EARLY),
        ],
        others_title=NO_WAIT,
    )


def _held(at: Here, told: Receipt, used: Identity, held: Sequence[Cause]) -> Receipt:
    """Say that nothing is lost, and lead to what is missing; where only a person can help, go on."""
    missing = [cause for cause in held if _code(cause) in _CODES_TO_ADD]
    asked = missing or [*held]
    named = _title(asked[0]) if len(asked) == 1 else SEVERAL if missing else SOME_WAIT
    told = replace(told, seal=Verdict.HELD, title=named, lead=KEPT if missing else KEPT_MEANWHILE)
    if (step := next(_steps(asked), None)) is None and not missing:
        return told
    again, side = _again(at, used, DONE_AGAIN), _to_the_portal(at, LATER if missing else MEANWHILE)
    if step is None:
        return replace(told, primary=Step(label=again.label, url=again.url), side=side)
    return replace(told, primary=step, side=side, again=again)


_CODES_TO_ADD = {reason.code for reason in ADDABLE}
_AT_MYEGOV = (PLACES["myegov"], PLACES["myegov_profile"])


def _code(cause: Cause) -> str:
    return cause.reason.code if cause.reason is not None else ""


def _title(cause: Cause) -> Text:
    return next((title for reason, title in TITLES.items() if reason.code == _code(cause)), SOME_WAIT)


def _steps(held: Sequence[Cause]) -> Iterator[Step]:
    """Yield where the remedies lead, the first best first."""
    for cause in held:
        for remedy in cause.reason.remedies if cause.reason is not None else ():
            if remedy.url and remedy.label:
                adds = remedy.screen is None and _code(cause) in _CODES_TO_ADD
                label = GO_AND_ADD if adds and remedy.label in _AT_MYEGOV else remedy.label
                yield Step(label=label, url=remedy.url)


def _again(at: Here, used: Identity, label: Text) -> Button:
    """Offer the same sign-in once more, for who has supplied meanwhile what hours wait for."""
    title = provider_title(at, used.provider)
    return Button(at.url("start", name=used.provider), label.fill(**dict(label.values), provider=title), used.provider)


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

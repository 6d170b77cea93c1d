"""Whose hours count where, why not, and what to do: one row a cause, so that nobody reads the same reason twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from ... import reasons
from ...hours import Authority, AuthorityReport, HoursReport, Verdict
from ...identity import Identity
from ...text import Text
from ..api import learner_documents as documents
from ..api.learner_documents import Cause, NamedAuthority, Reason, Remedy
from ..local_time import day, now
from ..navigation import Here
from ..pages import visit_url
from ..provider_offers import said_civil_servant

LABELS = {
    Verdict.UPLOADABLE: Text("Hours can be uploaded", "時數可以上傳"),
    Verdict.HELD: Text("Kept until it is added", "保留中，補上後上傳"),
    Verdict.NOT_APPLICABLE: Text("Not for your kind of account", "您的帳號類別不適用"),
    Verdict.REFUSED: Text("Hours are never uploaded", "時數永遠不會上傳"),
}
CIVIL_SERVANTS_ONLY = Text("For civil servants only", "限公務人員；您的帳號類別不適用")
NUMBER_TO_BE_CHECKED = Text("Kept until your ID number is checked", "保留中，字號確認後上傳")
OF_SOCIAL = Text(
    "We cannot identify you by it: certificates show no ID number, and learning records cannot be merged with a "
    "government account.",
    "因無法識別身分，證書不會有身分證字號，學習紀錄無法與政府帳號進行合併。",
)
KEPT_UNTIL_DONE = Text("Kept until that is done", "保留中，完成後上傳")
WAITS = Text("Kept for now", "保留中")
NOT_CONFIRMED = Text("Civil servants only: your kind of account is not confirmed", "限公務人員；您的帳號類別尚未確認")
AWAITS_OFFICIAL = Text("Waits for your official account", "等待公務帳號")
KEPT_UNTIL = Text("What you learn now is kept until {day}.", "您現在學的會保留到{day}。")
_IN_DOUBT = {reasons.NUMBER_DISPUTED.code, reasons.NATIONAL_ID_UNDER_REVIEW.code}
_OF_CIVIL_SERVANTS = {reasons.NOT_CIVIL_SERVANT, reasons.KIND_UNCONFIRMED}
#: What is not there and the learner can add; and what they can mend at all.
MISSING = {reasons.NO_NATIONAL_ID, reasons.NO_NAME, reasons.NO_BIRTH_DATE}
ADDABLE = MISSING | {
    reasons.INVALID_NATIONAL_ID,
    reasons.ASSURANCE_TOO_LOW,
    reasons.ID_KIND_NOT_ACCEPTED,
}
#: Green first; what does not concern the learner last.
ORDER = (Verdict.UPLOADABLE, Verdict.HELD, Verdict.REFUSED, Verdict.NOT_APPLICABLE)
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


def causes(at: Here, identities: Sequence[Identity], report: HoursReport, first: str = "") -> list[Cause]:
    """Group the report's lines by cause; an authority with two reasons stands in two rows. ``first`` is the key of the
    authority that was asked for, if any: of rows of one kind, its rows come first."""
    found: dict[tuple[Verdict, reasons.Reason | None], list[Authority]] = {}
    for line in report.values():
        for shown, reason in _drawn(at, line):
            found.setdefault((shown, reason), []).append(line.authority)
    rows = [
        _cause(at, identities, report[some[0].key].verdict, shown, reason, some)
        for (shown, reason), some in found.items()
    ]
    return sorted(
        rows, key=lambda row: (ORDER.index(row.shown_as), first not in {each.key for each in row.authorities})
    )


def _drawn(at: Here, line: AuthorityReport) -> Iterator[tuple[Verdict, reasons.Reason | None]]:
    """Say as what each reason of a line is drawn. What the learner said decides of hours for civil servants: who said
    that they are one waits for their account to say so, and a member of the public lacks nothing."""
    shown = [(_shown_as(at, line.verdict, reason), reason) for reason in line.reasons or (None,)]
    not_meant = [drawn for drawn in shown if drawn[0] is Verdict.NOT_APPLICABLE]
    yield from not_meant[:1] or shown


def _shown_as(at: Here, verdict: Verdict, reason: reasons.Reason | None) -> Verdict:
    if reason in _OF_CIVIL_SERVANTS and said_civil_servant(at.answers):
        return Verdict.HELD
    if reason in _OF_CIVIL_SERVANTS and at.answers.get("identity") == "public":
        return Verdict.NOT_APPLICABLE
    return verdict


def _cause(
    at: Here,
    identities: Sequence[Identity],
    verdict: Verdict,
    shown: Verdict,
    reason: reasons.Reason | None,
    authorities: Sequence[Authority],
) -> Cause:
    is_held = shown is Verdict.HELD
    days = at.state.settings.hold_days if is_held else None
    until = now() + timedelta(days=days) if days is not None else None
    return Cause(
        authorities=[NamedAuthority.of(authority) for authority in authorities],
        verdict=verdict,
        shown_as=shown,
        verdict_label=_label(shown, reason),
        why=_why(shown, reason),
        reason=_reason(at, identities, reason, has_remedies=is_held or shown is Verdict.REFUSED) if reason else None,
        kept_until=KEPT_UNTIL.fill(day=day(at, until)) if until is not None else None,
    )


def _why(shown: Verdict, reason: reasons.Reason | None) -> Text | None:
    """Say why, where the verdict does not: it says it all of hours for civil servants, and half of it of a social
    account."""
    if reason is None or reason == reasons.NOT_CIVIL_SERVANT:
        return None
    if reason == reasons.KIND_UNCONFIRMED and shown is Verdict.NOT_APPLICABLE:
        return None
    return OF_SOCIAL if reason == reasons.SOCIAL_IDENTITY else reason.text


def _label(shown: Verdict, reason: reasons.Reason | None) -> Text:
    if shown is Verdict.NOT_APPLICABLE and reason in _OF_CIVIL_SERVANTS:
        return CIVIL_SERVANTS_ONLY
    if shown is not Verdict.HELD or reason in MISSING:
        return LABELS[shown]
    if reason in ADDABLE:
        return KEPT_UNTIL_DONE
    if reason == reasons.NOT_CIVIL_SERVANT:
        return AWAITS_OFFICIAL
    if reason == reasons.KIND_UNCONFIRMED:
        return NOT_CONFIRMED
    return NUMBER_TO_BE_CHECKED if reason is not None and reason.code in _IN_DOUBT else WAITS


def rows(at: Here, identities: Sequence[Identity], report: HoursReport) -> list[documents.Authority]:
    """Return the report line by line, with every reason, for a front end that draws its own."""
    return [
        documents.Authority(
            key=line.authority.key,
            title=line.authority.title,
            verdict=line.verdict,
            verdict_label=_label(line.verdict, line.reasons[0] if line.reasons else None),
            reasons=[
                _reason(
                    at, identities, reason, has_remedies=not reason.not_applicable or said_civil_servant(at.answers)
                )
                for reason in line.reasons
            ],
        )
        for line in sorted(report.values(), key=lambda line: line.verdict is Verdict.NOT_APPLICABLE)
    ]


def _reason(at: Here, identities: Sequence[Identity], reason: reasons.Reason, *, has_remedies: bool) -> Reason:
    chosen = [_remedy(at, remedy) for remedy in _own(identities, reason.remedies)] if has_remedies else []
    return Reason.of(reason, remedies=chosen)


def _own(identities: Sequence[Identity], remedies: Sequence[reasons.Remedy]) -> list[reasons.Remedy]:
    """Leave out what mends accounts of another provider than the learner's; what mends the one they signed in with last
    comes first. Of a provider that no remedy names, all are told."""
    latest_first = sorted(identities, key=lambda identity: identity.signed_in_at, reverse=True)
    names = [identity.provider for identity in latest_first]
    own = [remedy for remedy in remedies if remedy.provider in names]
    if not own:
        return [*remedies]
    own.sort(key=lambda remedy: names.index(str(remedy.provider)))
    return own + [remedy for remedy in remedies if remedy.provider is None]


def _remedy(at: Here, remedy: reasons.Remedy) -> Remedy:
    """Lead to the page that the host named for it; else to our own screen about it; else say the words alone."""
    if remedy.link and (url := visit_url(at, remedy.link)):
        return Remedy(text=remedy.text, label=PLACES.get(remedy.link, GO_THERE), url=url)
    if screen := at.state.flow.by_key.get(remedy.screen or ""):
        label = PLACES.get(screen.key, screen.title)
        return Remedy(text=remedy.text, label=label, url=at.screen_url(screen.path), screen=screen.key)
    return Remedy(text=remedy.text)

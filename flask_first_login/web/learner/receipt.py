"""The receipt of a sign-in: the verdict, who it is about, one row a cause, and the one next step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from flask import redirect, request
from werkzeug.wrappers import Response

from ... import reasons
from ...flow import Paragraph, Warning
from ...flow.login_page import SOCIAL_WARNING
from ...flow.model import Block
from ...host_session import SignsOut, signed_in_by
from ...hours import HoursReport, Verdict
from ...identity import Account, Assurance, Identity, Kind, NumberState
from ...text import Text
from ..api.learner_documents import Cause, Step, Who
from ..api.problem_details import Stop, Wait
from ..failures import handles_page_errors
from ..forms import ButtonForm
from ..headers import private
from ..local_time import clock, day_and_time, now
from ..navigation import Here, here
from ..next_steps import VERIFY, steps_up
from ..pages import Button, provider_title, render
from ..provider_offers import better_providers, said_civil_servant
from ..sign_in.sign_out import left_open
from ..sign_in.social_consent import disagreement
from ..template_texts import CONTINUE_TO_PORTAL, MY_HOURS
from .causes import ADDABLE, MISSING, PLACES, causes
from .receipt_texts import (
    AGAIN_NOW,
    COME_BACK,
    DISPUTED_NUMBER,
    DONE_AGAIN,
    EARLIEST,
    EARLY,
    FROM_THEN,
    GO_AND_ADD,
    GO_ON_WITHOUT,
    GOOD,
    KEPT,
    KEPT_MEANWHILE,
    KEPT_UNTIL_DONE,
    KINDS,
    LATER,
    MEANWHILE,
    NEVER,
    NEVER_ALONE,
    NEVER_TITLE,
    NO_HOURS_NEEDED,
    NO_NUMBER,
    NO_WAIT,
    NOT_CONFIRMED,
    NOT_HERE_YET,
    NOT_YOU,
    ONCE_DONE,
    OTHERS,
    SAID_CIVIL_SERVANT,
    SAID_OTHERWISE,
    SAID_UNCONFIRMED,
    SEVERAL,
    SIGN_IN_AGAIN,
    SIGN_OUT_AND_USE,
    SIGN_OUT_FIRST,
    SOME_WAIT,
    STAYS,
    SYNC,
    TITLES,
    WELCOME,
    WELCOME_BACK,
    WRONG_NUMBER,
    YOU_SIGNED_IN,
)


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
    #: Whether only a person can help: then what to do stands above the button, which is for afterwards.
    remedies_first: bool = False
    left_open: Text | None = None

    @property
    def next(self) -> Step:
        """What leads on to the portal, wherever on the page it stands."""
        return self.primary if self.primary.label in {CONTINUE_TO_PORTAL, GO_ON_WITHOUT} else self.side


@handles_page_errors
def outcome() -> Response:
    """Show the verdicts, and whatever the facts say otherwise than the answers."""
    at = here()
    account = at.state.signed_in()
    if account is None:
        return private(redirect(at.url("login"), 303))
    receipt = receipt_of(at, account, at.state.hours(account))
    response = render(
        "outcome.html",
        receipt.title,
        receipt=receipt,
        causes=receipt.causes,
        form=ButtonForm(),
    )
    return private(response)


def receipt_of(at: Here, account: Account, report: HoursReport) -> Receipt:
    """Say what came of the sign-in that just ended, or, without ``new`` in the URL, of being signed in."""
    used = signed_in_by(account)
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
        id_note=note_on_number(used),
        sign_out=Step(label=NOT_YOU, url=at.url("sign_out"), by_post=True) if can_sign_out else None,
    )


def note_on_number(used: Identity) -> Text | None:
    """Say why no number can be shown; None where one is, and of a social account, of which none is expected."""
    if used.is_social or used.national_id is not None:
        return None
    if used.number_state is NumberState.DISPUTED:
        return DISPUTED_NUMBER
    return WRONG_NUMBER if used.national_id_invalid else NO_NUMBER


def _to_the_portal(at: Here, label: Text) -> Step:
    """Lead on; not to the page that sent the learner here for want of hours: it would send them here again."""
    return Step(label=label, url=at.home_url if asked_for(at) else at.next or at.home_url)


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
    again, (other, *_) = _again(at, used, label), (*told.others, None)
    primary = told.primary
    if again is not None:
        primary = Step(label=again.label, url=again.url)
    elif other is not None:
        primary = Step(label=other.label, url=other.url, by_post=True)
    return replace(
        told,
        seal=Verdict.HELD,
        title=NOT_CONFIRMED if used.kind == Kind.UNKNOWN else NOT_HERE_YET,
        lead=COME_BACK.fill(time=times[-1]),
        wait=Wait(stops=stops),
        primary=primary,
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
    theirs = [cause for cause in held if _code(cause) in _CODES_TO_MEND]
    asked = theirs or [*held]
    adds = bool(theirs) and all(_code(cause) in _CODES_TO_ADD for cause in theirs)
    named = _title(asked[0]) if len(asked) == 1 else SEVERAL if theirs else SOME_WAIT
    kept = KEPT if adds else KEPT_UNTIL_DONE if theirs else KEPT_MEANWHILE
    told = replace(told, seal=Verdict.HELD, title=named, lead=kept)
    side = _to_the_portal(at, LATER if adds else MEANWHILE)
    if step := next(_steps(asked), None):
        return replace(told, primary=step, side=side, again=_again(at, used, DONE_AGAIN if adds else ONCE_DONE))
    if not theirs or (again := _again(at, used, ONCE_DONE)) is None:
        return told
    return replace(told, primary=Step(label=again.label, url=again.url), side=side, remedies_first=True)


_CODES_TO_MEND, _CODES_TO_ADD = ({reason.code for reason in some} for some in (ADDABLE, MISSING))
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


def _again(at: Here, used: Identity, label: Text) -> Button | None:
    """Offer the same sign-in once more, for who has supplied meanwhile what hours wait for; None where the portal has
    left that provider."""
    if used.provider not in at.state.registrations:
        return None
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

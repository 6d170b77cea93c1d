"""What concerns one person: their identities, their hours, what came of their sign-in, and what they may change."""

from __future__ import annotations

from flask import Response, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as AnyResponse

from ...hours import HoursReport
from ...identity import Account
from ...text import Text
from ..failures import handles_page_errors, handles_sign_in_errors
from ..forms import AcknowledgeForm, token
from ..learner import outcome as outcome_page
from ..learner.hours_page import HOURS_TITLE, Row, joinable, others_than, rows, with_way_out
from ..navigation import Here, here, resume
from ..pages import Button, provider_buttons
from ..provider_offers import advised
from ..sign_in import social_consent as costs
from ..sign_in.waiting_identity import Pending
from ..template_texts import PROBLEM, TICK, VERIFY, VERIFY_HOW
from .changes import instead_of_redirect
from .parts import Json, answered, blocks, given_body, given_token, of_person, optional, signed_in
from .problem_details import problem_details, way_in


@handles_page_errors
def account() -> AnyResponse:
    """The ways in which the learner can sign in, as their own page shows them, and what they may change of them."""
    at = here()
    found = signed_in(at)
    identities = [
        {
            "provider": one.provider,
            "title": at.words.plain(row.provider_title),
            "name": row.name,
            "kind": one.kind,
            "kind_label": optional(at, row.kind_label),
            "masked_id": row.masked_id,
            "leave": {"post_url": row.leave_url, "which": row.sealed_key} if row.leave_url is not None else None,
        }
        for one, row in zip(found.identities, with_way_out(at, found), strict=True)
    ]
    addable = _posts(at, joinable(at, found))
    changes = addable or len(identities) > 1
    return of_person(
        answered(at, "account", identities=identities, joinable=addable, csrf_token=token() if changes else None)
    )


@handles_page_errors
def hours() -> AnyResponse:
    """Every authority's verdict, with the reasons and what to do about each."""
    at = here()
    found = signed_in(at)
    report = at.state.hours(found)
    others = _posts(at, others_than(at, found))
    return of_person(
        answered(
            at,
            "hours",
            title=at.words.plain(HOURS_TITLE),
            certificate_shows_id=report.certificate_shows_id,
            authorities=_authorities(at, report),
            others=others,
            csrf_token=token() if others else None,
        )
    )


def _posts(at: Here, buttons: list[Button]) -> list[Json]:
    """What changes who is signed in, or the account: each is a POST of its own."""
    return [{"name": one.name, "label": at.words.plain(one.label), "post_url": one.url} for one in buttons]


def _authorities(at: Here, report: HoursReport) -> list[Json]:
    return [_authority(at, row) for row in rows(at, report)]


def _authority(at: Here, row: Row) -> Json:
    say = at.words.plain
    reasons = [
        {
            "code": one.code,
            "text": say(one.text),
            "remedies": [
                {"text": say(r.text), "label": optional(at, r.label), "url": r.url, "screen": r.screen}
                for r in one.remedies
            ],
        }
        for one in row.reasons
    ]
    return {
        "key": row.key,
        "title": say(row.title),
        "verdict": row.verdict,
        "verdict_label": say(row.verdict_label),
        "reasons": reasons,
    }


@handles_page_errors
def outcome() -> AnyResponse:
    """What came of the sign-in: welcome, the verdicts, and whatever the answers and the facts disagree about."""
    at = here()
    found = signed_in(at)
    return of_person(answered(at, "outcome", **_outcome(at, found)))


def _outcome(at: Here, found: Account) -> Json:
    report = at.state.hours(found)
    told = outcome_page.outcome_of(at, found, report)
    start = at.state.flow.by_key[at.state.flow.start]
    return {
        "title": at.words.plain(told.title),
        "lead": at.words.plain(told.lead),
        "notices": blocks(at, told.notices),
        "masked_id": told.masked_id,
        "authorities": _authorities(at, report),
        "others": {
            "title": at.words.plain(outcome_page.OTHERS),
            "providers": _posts(at, told.others),
            "csrf_token": token(),
        }
        if told.others
        else None,
        "again": _once_more(at, outcome_page.AGAIN, outcome_page.AGAIN_WHY, told.again),
        "step_up": _once_more(at, VERIFY, VERIFY_HOW, told.step_up),
        "next": {"label": at.words.plain(told.next_label), "url": at.next or at.state.settings.home_url},
        "restart_url": at.screen_url(start.path, answers={}),
    }


def _once_more(at: Here, title: Text, why: Text, button: Button | None) -> Json | None:
    say = at.words.plain
    return {"title": say(title), "text": say(why), "provider": way_in(at, button)} if button is not None else None


@handles_sign_in_errors
def acknowledgement() -> AnyResponse:
    """What a social identity costs, while it waits for its learner; by POST, their word that it is accepted."""
    waiting = Pending.of_this_browser(here())
    at = resume(here(), answers=waiting.answers, next=waiting.next, lang=here().lang or waiting.lang)
    return _acknowledge(at, waiting) if request.method == "POST" else _what_it_costs(at, waiting)


def _what_it_costs(at: Here, waiting: Pending) -> Response:
    say, mismatch = at.words.plain, costs.disagreement(at.answers)
    return of_person(
        answered(
            at,
            "acknowledgement",
            title=say(costs.MISMATCH_TITLE if mismatch else costs.TITLE),
            mismatch=optional(at, mismatch),
            provider={"name": waiting.provider, "title": say(at.state.registrations[waiting.provider].provider.title)},
            lead=say(costs.LEAD),
            points=[say(one) for one in costs.POINTS],
            alternatives=[way_in(at, one) for one in provider_buttons(at, advised(at))],
            label=say(costs.ACCEPTED),
            waiting=waiting.id,
            version=costs.words_version(at),
            csrf_token=token(),
            cancel_url=at.url("login"),
        )
    )


def _acknowledge(at: Here, waiting: Pending) -> AnyResponse:
    given = given_body()
    match given:
        case {"acknowledged": bool(yes), "waiting": str(shown), "version": str(version)} if len(given) == 3:
            said = {"acknowledged": "y"} if yes else {}
        case _:
            raise BadRequest
    form = AcknowledgeForm(formdata=MultiDict({**given_token(), **said, "waiting": shown, "version": version}))
    if (response := costs.accepted(at, waiting, form)) is not None:
        return instead_of_redirect(at, "acknowledged", response)
    errors = [{"name": "acknowledged", "detail": at.words.plain(TICK)}]
    return problem_details(422, "not_acknowledged", PROBLEM, TICK, errors=errors)

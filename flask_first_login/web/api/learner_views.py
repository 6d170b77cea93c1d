"""The documents about one person, and what they may change: by POST, with the token of the document that offered it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, ParamSpec

from flask import request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest, Unauthorized
from werkzeug.wrappers import Response

from ...identity import Account
from ...text import Text
from ..failures import handles_page_errors, handles_sign_in_errors
from ..forms import AcknowledgeForm, ButtonForm, LeaveForm, token
from ..learner import hours_page
from ..learner.causes import rows
from ..learner.comparison_table import comparison
from ..learner.first_identity import addable
from ..learner.receipt import receipt_of
from ..navigation import Here, here, resume
from ..pages import Button, provider_title
from ..provider_offers import better_providers
from ..sign_in import social_consent, unlink
from ..sign_in.sign_out import leave_session
from ..sign_in.social_consent import WaitingIdentity
from ..sign_in.views import begin_to_join, restart
from ..template_texts import AGAIN, AGAIN_WHY, PROBLEM, TICK, VERIFY, VERIFY_HOW
from . import learner_documents as documents
from .guide_views import blocks
from .page_parts import Link
from .problem_details import FieldError, as_json, json_response, problem_details, provider_of
from .schema import Part, types_of

TOKEN_HEADER = "X-CSRFToken"

P = ParamSpec("P")


def _personal(view: Callable[P, object]) -> Callable[P, Response]:
    """Write the document that a view returns: it follows the session, so that no cache may mix up its readers."""

    @wraps(view)
    def written(*args: P.args, **kwargs: P.kwargs) -> Response:
        response = as_json(view)(*args, **kwargs)
        response.vary.add("Cookie")
        return response

    return written


# --- what concerns one person ---


@handles_page_errors
@_personal
def account() -> documents.Account:
    """Show the ways in which the learner can sign in, and what they may change of them."""
    at = here()
    if at.state.member_without_identity() is not None:
        return documents.Account(identities=[], joinable=_post_buttons(addable(at)), csrf_token=token())
    found = _signed_in(at)
    identities = hours_page.identity_rows(at, found)
    joinable = _post_buttons(hours_page.joinable(at, found))
    return documents.Account(
        identities=[_identity(row) for row in identities],
        joinable=joinable,
        csrf_token=token() if joinable or len(identities) > 1 else None,
    )


def _identity(row: hours_page.IdentityRow) -> documents.Identity:
    leave = documents.Leave(post_url=row.leave_url, which=row.sealed_key) if row.leave_url is not None else None
    return documents.Identity.of(row, title=row.provider_title, leave=leave)


@handles_page_errors
@_personal
def hours() -> documents.Hours:
    """Show every authority's verdict, with the reasons and what to do about each."""
    at = here()
    found = _signed_in(at)
    report = at.state.hours(found)
    told, asked = receipt_of(at, found, report), hours_page.asked_by(at, report)
    others = _post_buttons(better_providers(at, found)) if found.is_social else []
    return documents.Hours(
        title=hours_page.title_of(told, asked),
        asked=asked,
        causes=told.causes,
        primary=told.primary,
        side=told.next if told.next != told.primary else None,
        certificate_shows_id=report.certificate_shows_id,
        authorities=rows(at, found.identities, report),
        others=others,
        csrf_token=token() if others or told.primary.by_post else None,
    )


@handles_page_errors
@_personal
def outcome() -> documents.Outcome:
    """Show what came of the sign-in: the verdicts, and whatever the answers and the facts disagree about."""
    at = here()
    found = _signed_in(at)
    report = at.state.hours(found)
    told = receipt_of(at, found, report)
    others = _post_buttons(told.others)
    posts = others or told.primary.by_post or told.who.sign_out is not None
    return documents.Outcome.of(
        told,
        masked_id=told.who.masked_id,
        notices=blocks(at, told.notices),
        authorities=rows(at, found.identities, report),
        others=documents.Others(title=told.others_title, providers=others, csrf_token=token()) if others else None,
        again=_once_more(AGAIN, AGAIN_WHY, told.again),
        step_up=_once_more(VERIFY, VERIFY_HOW, told.step_up),
        next=Link(label=told.next.label, url=told.next.url),
        restart_url=at.screen_url(at.state.flow.by_key[at.state.flow.start].path, answers={}),
        csrf_token=token() if posts else None,
    )


def _once_more(title: Text, why: Text, button: Button | None) -> documents.OnceMore | None:
    return documents.OnceMore(title=title, text=why, provider=provider_of(button)) if button is not None else None


def _post_buttons(buttons: Iterable[Button]) -> list[documents.PostButton]:
    return [documents.PostButton.of(button, post_url=button.url) for button in buttons]


# --- what a social identity costs ---


@handles_sign_in_errors
@_personal
def acknowledgement() -> documents.Acknowledgement | Response:
    """Show what the social identity that waits in this browser costs its learner."""
    waiting = WaitingIdentity.of_this_browser()
    at = resume(here(), answers=waiting.answers, next=waiting.next, lang=here().lang or waiting.lang)
    if request.method == "POST":
        return acknowledge(at, waiting)
    mismatch, costs = social_consent.disagreement(at.answers), at.state.registrations[waiting.provider].provider
    alternatives = social_consent.instead_of(at, waiting)
    return documents.Acknowledgement(
        title=social_consent.title_of(costs, mismatch),
        mismatch=mismatch,
        provider=_named(at, waiting.provider),
        lead=social_consent.LEAD,
        points=[*social_consent.POINTS],
        keep=social_consent.keeping(at, waiting, alternatives),
        alternatives=[provider_of(button) for button in alternatives] if waiting.joins is None else [],
        label=social_consent.ACCEPTED,
        go_on=social_consent.GO_ON.fill(provider=costs.title),
        comparison=comparison(at),
        waiting=waiting.id,
        version=social_consent.words_version(at.words),
        csrf_token=token(),
        cancel_url=at.url("login"),
    )


@_personal
def acknowledge(at: Here, waiting: WaitingIdentity) -> documents.Acknowledged | Response:
    """Accept what it costs, and be signed in."""
    form = _posted(AcknowledgeForm, documents.AcknowledgeRequest)
    if (response := social_consent.accepted(at, waiting, form)) is not None:
        return _in_place_of(response, documents.Acknowledged)
    error = FieldError(name="acknowledged", detail=TICK)
    return problem_details(422, "not_acknowledged", PROBLEM, TICK, errors=[error])


# --- the ways to sign in ---


@handles_sign_in_errors
@_personal
def join(name: str) -> documents.Join | Response:
    """Begin to add another way to sign in; say where at the provider the browser goes on."""
    at = here()
    if at.state.member_without_identity() is None:
        _signed_in(at)
    return _in_place_of(begin_to_join(at, name, _posted(ButtonForm)), documents.Join)


@handles_sign_in_errors
@_personal
def anew(name: str) -> documents.Anew | Response:
    """Sign out here and begin a sign-in with another account; say where at the provider the browser goes on."""
    return _in_place_of(restart(here(), name, _posted(ButtonForm)), documents.Anew)


@handles_sign_in_errors
@_personal
def sign_out() -> documents.SignedOut | Response:
    """Sign out here."""
    at = here()
    _signed_in(at)
    return _in_place_of(leave_session(at, _posted(ButtonForm)), documents.SignedOut)


@handles_sign_in_errors
@_personal
def leave(name: str) -> documents.LeftOrLeaving | Response:
    """Give up a way to sign in; until it is confirmed, say what that means."""
    at = here()
    _signed_in(at)
    form = _posted(LeaveForm, documents.LeaveRequest)
    return _in_place_of(unlink.give_up(at, name, form, _what_leaving_means), documents.Left)


def _named(at: Here, name: str) -> documents.NamedProvider:
    return documents.NamedProvider(name=name, title=provider_title(at, name))


def _what_leaving_means(at: Here, name: str, form: LeaveForm) -> Response:
    return json_response(
        documents.Leaving(
            title=unlink.TITLE,
            provider=_named(at, name),
            points=[*unlink.POINTS],
            label=unlink.REMOVE,
            cancel_label=unlink.KEEP,
        )
    )


# --- the request and the answer ---


def _signed_in(at: Here) -> Account:
    """Return the account that is signed in in this browser.

    :raises Unauthorized: nobody is.
    """
    account = at.state.signed_in()
    if account is None:
        raise Unauthorized
    return account


def _posted(form: type[ButtonForm], request_document: type[Part] | None = None) -> Any:
    """Fill a form with the JSON object that was sent, and with the token of its header.

    A page elsewhere can send no header of its own, so no token is taken from the body.

    :raises BadRequest: the body is not exactly what ``request_document`` says.
    """
    given = _body_of(request_document) if request_document is not None else {}
    fields = {name: "y" if value is True else value for name, value in given.items() if value is not False}
    return form(formdata=MultiDict({**fields, "csrf_token": request.headers.get(TOKEN_HEADER, "")}))


def _body_of(request_document: type[Part]) -> dict[str, Any]:
    """Return the JSON object that was sent.

    :raises BadRequest: it is no object of these members, is nested so deep that it is only meant to harm, or holds half
        a character, which JSON can spell and nothing can keep.
    """
    try:
        given = request.get_json()
        json.dumps(given, ensure_ascii=False).encode()
    except (RecursionError, UnicodeEncodeError):
        raise BadRequest from None
    if not isinstance(given, dict) or {name: type(given[name]) for name in given} != types_of(request_document):
        raise BadRequest
    return given


def _in_place_of(
    redirect: Response,
    document: type[documents.Acknowledged | documents.Anew | documents.Join | documents.Left | documents.SignedOut],
) -> Response:
    """Say where a redirect of a page leads, with the cookies it sets: a script can read no redirect."""
    if redirect.status_code != 303:
        return redirect
    response = json_response(document(next_url=redirect.headers["Location"]))
    for cookie in redirect.headers.getlist("Set-Cookie"):
        response.headers.add("Set-Cookie", cookie)
    return response

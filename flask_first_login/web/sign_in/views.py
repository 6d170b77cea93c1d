"""The views of a sign-in: off to the provider, and back with an answer."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from flask import redirect, request, session
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from ... import hours_changes, journal
from ...errors import AccountGone, SignInError
from ...flow import login_page
from ...host_session import SIGNED_OUT
from ...identity import Assurance, Identity
from ...journal import Event
from ...linking import Create
from ...providers import Claims, Posted, Provider
from ...providers.claims import enriched
from ...providers.presets import PRESETS
from ...state import state_of
from ...traces import step
from ..embedded_browsers import refuses
from ..failures import failed, handles_sign_in_errors
from ..forms import ButtonForm, lead_away
from ..learner.first_identity import ask_to_log_in, is_proven
from ..navigation import Here, by_json, here, resume
from ..pages import provider_buttons, render
from ..provider_offers import advised
from ..rate_limit import count_refused, refuse_too_many
from . import cookie_probe, form_post, trial_sign_in
from .finish import NeedsConsent, finish_sign_in, resolve_account
from .form_post import Answer
from .reauthentication import NO_PROOF, Proof, ask_for_proof, is_fresh
from .repeated_answer import USED, Ended, check_new, lead_on, use_up
from .sign_out import end_session
from .social_consent import ask_for_consent
from .transaction import Transaction, check_not_given_up

OWN_VISIT, PAGE = frozenset({"same-origin", "none"}), "document"
#: What an address may ask of a sign-in: that the person be verified, be asked again, or choose an account there.
WISHES = ("step_up", "fresh", "choose")


# --- off to the provider ---


@handles_sign_in_errors
def start(name: str) -> Response:
    """Begin a sign-in.

    A visit that another site caused goes nowhere by itself: it gets a page with one POST form and a
    token, so that no page elsewhere can push a learner into a sign-in (CVE-2015-9284). Nor does what a page of this
    site loads: a member's picture with this address would push out what its readers have begun.
    """
    at, provider = here(), _provider(name, "begin")
    refuse_too_many(at, name)
    if refuses(provider.refuses_embedded, request.user_agent.string):
        raise SignInError("in_app_browser", provider=name, phase="begin")
    if at.state.member_without_identity() is not None:  # they add an identity, and are asked first, by POST
        return redirect(at.url("hours"), 303)
    if (on_the_way := cookie_probe.response(at, name, **_wishes())) is not None:
        return on_the_way
    if request.method == "POST":
        _check_token(ButtonForm(), name)
    elif request.headers.get("Sec-Fetch-Site") not in OWN_VISIT or request.headers.get("Sec-Fetch-Dest", PAGE) != PAGE:
        return _hand_off(at, provider)
    return _begin(at, name)


def _wishes() -> dict[str, Any]:
    return {wish: "1" for wish in WISHES if request.args.get(wish) == "1"}


def _provider(name: str, phase: str) -> Provider:
    """Find a provider of this portal.

    :raises SignInError: ``not_available``, when the portal did not register with a provider that exists.
    :raises NotFound: there is no such provider.
    """
    state = state_of()
    if name in state.registrations:
        return state.registrations[name].provider
    if name not in PRESETS and name not in state.flow.providers:
        raise NotFound
    raise SignInError("not_available", provider=name, phase=phase, detail="not registered")


def _check_token(form: ButtonForm, name: str) -> None:
    """:raises SignInError: ``expired``, when the form's token is not of this session."""
    if not form.validate():
        raise SignInError("expired", provider=name, phase="begin", detail="token of the form")


def _hand_off(at: Here, provider: Provider) -> Response:
    """Draw the page with the button; of a social provider, under what it costs and after those that earn hours."""
    action, costs = at.url("start", name=provider.name, **_wishes()), login_page if provider.is_social else None
    earning = provider_buttons(at, advised(at)) if provider.is_social else []
    form = ButtonForm()
    return render("handoff.html", provider.button, form=form, action=action, costs=costs, earning=earning)


@handles_sign_in_errors
def join(name: str) -> Response:
    """Add another way to sign in to the account that is signed in: always asked for by POST, with a token.

    By a link, any page elsewhere could add the attacker's identity to a victim's account (CVE-2015-9284).
    """
    return begin_to_join(here(), name, ButtonForm())


def begin_to_join(at: Here, name: str, form: ButtonForm) -> Response:
    """Redirect to the provider whose identity is to be added; ``form`` brings the token.

    :raises SignInError: ``expired``, when nobody is signed in or the token is not of this session.
    """
    _provider(name, "begin")
    refuse_too_many(at, name)
    member = at.state.member_without_identity()
    account = member or at.state.signed_in()
    if account is None or not form.validate():
        raise SignInError("expired", provider=name, phase="begin", detail="nobody is signed in, or the form's token")
    if member is not None and not is_proven(at):
        return ask_to_log_in(at)
    if member is None and not is_fresh(account):
        return ask_for_proof(at, account)
    return _begin(at, name, joins=account.id)


@handles_sign_in_errors
def anew(name: str) -> Response:
    """Sign out here, and sign in at a provider: for who came with an identity that cannot be the account's."""
    return restart(here(), name, ButtonForm())


def restart(at: Here, name: str, form: ButtonForm) -> Response:
    """Redirect to the provider, once nobody is signed in here any more; ``form`` brings the token.

    :raises SignInError: ``expired``, when the token is not of this session.
    """
    _provider(name, "begin")
    refuse_too_many(at, name)
    end_session(at, name, form)
    return _begin(at, name)


@handles_sign_in_errors
def test(name: str) -> Response:
    """Begin an operator's test sign-in, by the link of `flask first-login try`; see `trial_sign_in`.

    The link shows a page with a button, which uses it up: what scans a mail opens its links, and presses nothing.
    """
    at, key = here(), request.args.get("key", "")
    _provider(name, "begin")
    if request.method != "POST":
        return trial_sign_in.ask(at, name, key)
    _check_token(ButtonForm(), name)
    trial_sign_in.use_key_up(name, key)
    return trial_sign_in.begin(at, name, lambda: _begin(at, name, is_test=True))


def _begin(at: Here, name: str, *, joins: str | None = None, is_test: bool = False) -> Response:
    wishes = _wishes()
    step_up, fresh, choose = (wish in wishes for wish in WISHES)
    place = {"next": at.next, "lang": at.lang, "answers": at.answers}
    transaction = Transaction.new(name, **place, joins=joins, step_up=step_up, fresh=fresh, is_test=is_test)
    return _leave(at, transaction, choose=choose or SIGNED_OUT in session)


def _begin_again(at: Here, ended: Ended) -> Response:
    """Begin a sign-in anew whose answer came twice, as it was begun. Its own answer is nothing any more."""
    place = {"next": at.next, "lang": at.lang, "answers": at.answers}
    new = Transaction.new(ended.provider, **place, step_up=ended.step_up, fresh=ended.fresh, again=True)
    response = _leave(at, new)
    ended.drop(response)
    return response


def _leave(at: Here, transaction: Transaction, *, choose: bool = False) -> Response:
    """Lead on to the provider, which is told where to send the learner back to: by a redirect, unless this answers a
    form, of ours or of a provider that posts its answers."""
    name = transaction.provider
    step(name, "begin")
    start = transaction.start()
    url = at.state.client(name).begin(replace(start, choose=choose))
    journal.record(Event.BEGIN, name)
    answers_form = (request.method == "POST" or form_post.CARRIED in request.args) and not by_json()
    response = lead_away(at, name, url) if answers_form else redirect(url, 303)
    transaction.keep(response)
    return response


# --- back with an answer ---


@handles_sign_in_errors
def callback(name: str, state: str | None = None) -> Response:
    """Take the provider's answer, by GET; one that is posted is carried over to a GET first (see `form_post`).

    Nothing is fetched before the answer is known to belong to a sign-in of this browser.
    """
    at, protocol, transaction = here(), _provider(name, "callback").protocol, None
    if request.method == "POST" and protocol.form_post:
        return form_post.carry_over(name, protocol)
    answer = Answer.of_request(name, protocol, state)
    try:
        answer = answer.read()
        check_not_given_up(at, answer)
        transaction = Transaction.of_answer(answer)
        answer = use_up(transaction, answer)
    except SignInError as error:
        ended = Ended.with_answer(answer) if transaction is None else Ended.of(transaction, answer)
        return lead_on(at, error, ended, _begin_again)
    at = resume(at, answers=transaction.answers, next=transaction.next, lang=transaction.lang)
    journal.record(Event.CALLBACK, name)
    return _completed(at, answer, transaction)


def _completed(at: Here, answer: Answer, transaction: Transaction) -> Response:
    """Complete a sign-in of this browser, and keep what is left of it, to know its answer when it comes once more."""
    ended = Ended.of(transaction, answer)
    try:
        response = _signed_in(at, answer, transaction)
    except SignInError as error:
        known = Ended.with_answer(answer) if error.code in USED else None
        if known is not None:  # the sign-in that it met begins anew, unless its own may not
            return lead_on(at, error, ended if known.may_begin_anew else known, _begin_again)
        count_refused(at, error)
        response = failed(error)
    else:
        if at.state.signed_in_id() is not None:
            ended = replace(ended, signed_in_at=int(time.time()))
    ended.keep(response)
    return response


def _signed_in(at: Here, answer: Answer, transaction: Transaction) -> Response:
    """Ask the provider, identify the learner, and sign them in; of a test sign-in, show how that goes."""
    if transaction.is_test:
        return trial_sign_in.end(
            at, answer.provider, lambda: _claims(answer, transaction), lambda claims: _identity(transaction, claims)
        )
    claims = _claims(answer, transaction)
    identity = _identity(transaction, claims)
    proof = Proof(claims.proved_at, asked_at=transaction.begun_at if transaction.fresh else None)
    return admit(at, identity, joins=transaction.joins, proof=proof)


def _claims(answer: Answer, transaction: Transaction) -> Claims:
    """Let the provider's client turn an answer that is new into claims, and the portal add what it knows."""
    check_new(answer)
    step(answer.provider, "ticket" if isinstance(answer.protocol, Posted) else "token")
    begun_with = transaction.start()
    claims = state_of().client(answer.provider).complete(answer.fields, begun_with)
    journal.record(Event.VERIFY, answer.provider)
    step(answer.provider, "identify")
    enrich = _provider(answer.provider, "identify").enrich
    return claims if enrich is None else enriched(claims, enrich)


def _identity(transaction: Transaction, claims: Claims) -> Identity:
    """Make an identity of the claims, as strong as it was asked for.

    :raises SignInError: ``provider_error`` for the identity of somebody else, ``step_up_not_met``.
    """
    name, provider = transaction.provider, _provider(transaction.provider, "identify")
    step(name, "identify")
    identity = provider.identify(claims)
    if (identity.issuer, identity.subject, identity.standing) != (claims.issuer, claims.subject, provider.standing):
        raise SignInError("provider_error", provider=name, phase="identify", detail="not the identity of the claims")
    if transaction.step_up and identity.assurance is not Assurance.VERIFIED:
        raise SignInError("step_up_not_met", provider=name, phase="identify", detail="no proof in the claims")
    journal.record(Event.IDENTIFY, name)
    return identity


def admit(at: Here, identity: Identity, *, joins: str | None = None, proof: Proof = NO_PROOF) -> Response:
    """Sign in the account of an identity, as `decide` says, or ask its learner for consent first.

    ``joins`` is the account that asked, by POST, to have this identity added; ``proof`` what the sign-in proves.

    :raises SignInError: with the refusal's code, or ``portal_error``.
    """
    if joins is not None and at.state.signed_in_id() is None:
        raise SignInError("expired", provider=identity.provider, phase="account", detail="who asked is signed out")
    resolved = resolve_account(at, identity, joins=joins)
    if isinstance(resolved, NeedsConsent):
        return ask_for_consent(at, resolved.identity, joins)
    try:
        return finish_sign_in(at, resolved, proof)
    except AccountGone:
        if isinstance(resolved.decision, Create) or not hours_changes.forget_deleted(at.state, resolved.account_id):
            raise
    resolved = resolve_account(at, identity)
    return ask_for_consent(at, identity) if isinstance(resolved, NeedsConsent) else finish_sign_in(at, resolved, proof)

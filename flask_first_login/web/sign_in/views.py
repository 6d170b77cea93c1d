"""The sign-in: off to the provider, and back with an answer."""

from __future__ import annotations

import hashlib
import re
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from unicodedata import normalize
from urllib.parse import urlsplit

from flask import redirect, request, url_for
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.wrappers import Response

from ... import journal
from ...addresses import LOOPBACK
from ...errors import SignInError
from ...identity import Assurance, Identity
from ...journal import Event
from ...providers import Claims, Posted
from ...providers.base import ProviderProtocol
from ...providers.presets import PRESETS
from ...state import AppState, SignsOut, renew_session
from ...traces import step
from ..failures import failed, handles_sign_in_errors
from ..forms import ButtonForm
from ..headers import allow_forms_to
from ..navigation import Here, here, resume
from ..pages import render
from ..rate_limit import count_refused, refuse_too_many
from . import form_post, trial_sign_in
from .admission import admit
from .ended_sign_ins import Ended, digest_of, forget_ended
from .reauthentication import Proof, ask_for_proof, is_fresh
from .repeated_answer import USED, lead_on
from .transaction import SIGN_IN, TRY, Transaction, new_seed

OWN_VISIT = frozenset({"same-origin", "none"})
#: Browsers inside other apps, as they name themselves: Facebook, Messenger, Instagram, LINE, WeChat, Android's WebView.
EMBEDDED = re.compile(r"FBA[NV]|FB_IAB|Instagram|\bLine/|MicroMessenger|; wv\)", re.ASCII)
OF_APPLE = re.compile(r"\(iP(?:hone|ad|od)", re.ASCII)
#: The longest that browsers inside other apps send have some 500 characters.
LONGEST_AGENT = 2048
SPENT_FOR = timedelta(days=1)


@handles_sign_in_errors
def start(name: str) -> Response:
    """Begin a sign-in.

    A visit that another site caused goes nowhere by itself: it gets a page with one POST form and a
    token, so that no page elsewhere can push a learner into a sign-in (CVE-2015-9284).
    """
    at = here()
    _check_registered(at, name, "begin")
    refuse_too_many(at, name)
    if at.state.registrations[name].provider.refuses_embedded and is_embedded(request.user_agent.string):
        raise SignInError("in_app_browser", provider=name, phase="begin")
    if request.method == "POST":
        if not ButtonForm().validate():
            raise SignInError("expired", provider=name, phase="begin", detail="token of the form")
    elif request.headers.get("Sec-Fetch-Site") not in OWN_VISIT:
        return _hand_off(at, name)
    return _begin(at, name)


def is_embedded(agent: str) -> bool:
    """Whether a browser is one inside another app. Any of an iPhone is that does not call itself Safari, as all
    browsers there do.

    Each part of the text is looked at once: a pattern that looks ahead from every ``(iPhone`` would be kept busy for
    seconds by a header of 64 KiB.
    """
    agent = agent[:LONGEST_AGENT]
    after_safari = agent.rpartition(" Safari/")[2]
    phone = OF_APPLE.search(after_safari)
    return bool(EMBEDDED.search(agent)) or (phone is not None and " Mobile/" in after_safari[phone.end() :])


def _check_registered(at: Here, name: str, phase: str) -> None:
    """Go on only with a provider of this portal.

    :raises SignInError: ``not_available``, when the portal did not register with a provider that exists.
    :raises NotFound: there is no such provider.
    """
    if name in at.state.registrations:
        return
    if name not in PRESETS and name not in at.state.flow.providers:
        raise NotFound
    raise SignInError("not_available", provider=name, phase=phase, detail="not registered")


def _hand_off(at: Here, name: str) -> Response:
    provider, action = at.state.registrations[name].provider, at.url("start", name=name)
    response = render("handoff.html", provider.button, provider=provider, form=ButtonForm(), action=action)
    allow_forms_to(response, at, [name])
    return response


@handles_sign_in_errors
def join(name: str) -> Response:
    """Add another way to sign in to the account that is signed in: always asked for by POST, with a token.

    By a link, any page elsewhere could add the attacker's identity to a victim's account (CVE-2015-9284).
    """
    return begin_to_join(here(), name, ButtonForm())


def begin_to_join(at: Here, name: str, form: ButtonForm) -> Response:
    """The redirect to the provider whose identity is to be added; ``form`` brings the token.

    :raises SignInError: ``expired``, when nobody is signed in or the token is not of this session.
    """
    _check_registered(at, name, "begin")
    refuse_too_many(at, name)
    account = at.state.signed_in()
    if account is None or not form.validate():
        raise SignInError("expired", provider=name, phase="begin", detail="nobody is signed in, or the form's token")
    if not is_fresh(at, account):
        return ask_for_proof(at, account)
    return _begin(at, name, joins=account.id)


@handles_sign_in_errors
def anew(name: str) -> Response:
    """Sign out here, and sign in at a provider: for who came with an identity that cannot be the account's."""
    return begin_anew(here(), name, ButtonForm())


def begin_anew(at: Here, name: str, form: ButtonForm) -> Response:
    """The redirect to the provider, once nobody is signed in here any more; ``form`` brings the token.

    :raises SignInError: ``expired``, when the token is not of this session.
    """
    _check_registered(at, name, "begin")
    refuse_too_many(at, name)
    if not isinstance(at.state.session, SignsOut) or not form.validate():
        raise SignInError("expired", provider=name, phase="begin", detail="token of the form")
    renew_session()
    at.state.session.sign_out()
    forget_ended()
    return _begin(at, name)


@handles_sign_in_errors
def test(name: str) -> Response:
    """Begin an operator's test sign-in, by the link of `flask first-login try`; see `trial`."""
    at = here()
    _check_registered(at, name, "begin")
    trial_sign_in.spend_key(at.state, name, request.args.get("key", ""))
    return trial_sign_in.begin(at, name, lambda: _begin(at, name, purpose=TRY))


def _begin(at: Here, name: str, joins: str | None = None, purpose: str = SIGN_IN) -> Response:
    step_up, fresh = (request.args.get(asked) == "1" for asked in ("step_up", "fresh"))
    said = (at.next, at.lang, at.answers, joins, step_up, fresh, purpose)
    return _leave(at, Transaction(new_seed(), name, "", *said))


def _begin_anew(at: Here, ended: Ended) -> Response:
    """Begin a sign-in anew whose answer came twice, as it was begun. Its own answer is nothing any more."""
    said = (at.next, at.lang, at.answers, None, ended.step_up, ended.fresh)
    response = _leave(at, Transaction(new_seed(), ended.provider, "", *said, again=True))
    ended.drop(response)
    return response


def _leave(at: Here, transaction: Transaction) -> Response:
    """Off to the provider, which is told where to send the learner back to."""
    name = transaction.provider
    step(name, "begin")
    transaction = replace(transaction, redirect_uri=redirect_uri(at.state, name, transaction.state))
    url = at.state.client(name).begin(transaction.begun_with)
    journal.record(Event.BEGIN, name)
    response = redirect(url, 303)
    transaction.keep(response, at.state)
    return response


def redirect_uri(state: AppState, name: str, token: str) -> str:
    """The address the provider sends the learner back to; from configuration, never from a request's Host header.

    ``token`` is the sign-in's state; it is part of the path where that is the only place for it.
    Without ``FIRST_LOGIN_EXTERNAL_URL`` it works on this machine only: an attacker's Host header
    would otherwise choose where the code is sent (CVE-2025-32962).

    :raises SignInError: ``not_available``, when the address is not configured and this is not loopback.
    """
    protocol = state.registrations[name].provider.protocol
    in_path = isinstance(protocol, Posted) and protocol.state_in_path
    path = url_for("first_login.callback", name=name, state=token if in_path else None)
    if state.settings.external_url is not None:
        return state.settings.external_url + path
    if (urlsplit(f"//{request.host}").hostname or "") not in LOOPBACK:
        raise SignInError("not_available", provider=name, phase="begin", detail="FIRST_LOGIN_EXTERNAL_URL is not set")
    return f"{request.scheme}://{request.host}{path}"


@handles_sign_in_errors
def callback(name: str, state: str | None = None) -> Response:
    """The provider's answer, by GET; one that is posted is bridged to a GET first (see `bridge`).

    Nothing is fetched before the answer is known to belong to a sign-in of this browser.
    """
    at = here()
    _check_registered(at, name, "callback")
    protocol = at.state.registrations[name].provider.protocol
    if request.method == "POST" and protocol.form_post:
        return form_post.carry_over(at, name, (*protocol.answer_fields, "state"))
    if request.method == "POST" or (protocol.form_post and form_post.tag_of_request() is None):
        raise MethodNotAllowed(["POST"] if protocol.form_post else ["GET"])
    fields: dict[str, str] = {}
    try:
        fields = _fields(at, name, protocol)
        transaction = _transaction(at, name, protocol, fields.get("state", ""), in_path=state)
    except SignInError as error:
        return lead_on(at, error, _known_again(at, name, protocol, fields, state), _begin_anew)
    return _completed(at, protocol, fields, transaction)


def _fields(at: Here, name: str, protocol: ProviderProtocol) -> dict[str, str]:
    """What the provider answered: in the address, or carried over."""
    keys = (*protocol.answer_fields, "state")
    return (form_post.opened(at, name) or {}) if protocol.form_post else form_post.taken(request.args, name, keys)


def _known_again(
    at: Here, name: str, protocol: ProviderProtocol, fields: dict[str, str], in_path: str | None
) -> Ended | None:
    """The sign-in of this browser that ended with this very answer."""
    given = (in_path if isinstance(protocol, Posted) else fields.get("state")) or ""
    bridged = form_post.tag_of_request() or ""
    return Ended.in_this_browser(
        at.state, name, given=given, bridged=bridged if protocol.form_post else "", answer=_digest(protocol, fields)
    )


def _digest(protocol: ProviderProtocol, fields: dict[str, str]) -> str:
    """What names an answer that has no state."""
    stateless = isinstance(protocol, Posted) and not protocol.state_in_path
    return digest_of(fields, protocol.once) if stateless else ""


def _completed(at: Here, protocol: ProviderProtocol, fields: dict[str, str], transaction: Transaction) -> Response:
    """The end of a sign-in of this browser, which is known again when its answer comes once more."""
    name, bridged = transaction.provider, form_post.tag_of_request() if protocol.form_post else None
    ended = Ended.of(transaction, bridged=bridged or "", answer=_digest(protocol, fields))
    at = resume(at, answers=transaction.answers, next=transaction.next, lang=transaction.lang)
    try:
        transaction.spend(at.state)
    except SignInError as error:
        return lead_on(at, error, ended, _begin_anew)
    journal.record(Event.CALLBACK, name)
    try:
        response = _ended(at, name, fields, transaction)
    except SignInError as error:
        known = Ended.in_this_browser(at.state, name, answer=ended.answer) if error.code in USED else None
        if known is not None:  # the sign-in that it met begins anew, unless its own may not
            return lead_on(at, error, ended if known.may_begin_anew else known, _begin_anew)
        count_refused(at, error)
        response = failed(error)
    else:
        if at.state.session.signed_in() is not None:
            ended = replace(ended, signed_in_at=int(time.time()))
    ended.keep(response, at.state)
    return response


def _transaction(at: Here, name: str, protocol: ProviderProtocol, given: str, *, in_path: str | None) -> Transaction:
    if not isinstance(protocol, Posted):
        return Transaction.of_this_browser(at.state, name, given)
    if not protocol.state_in_path:
        return Transaction.newest(at.state, name)
    return Transaction.of_this_browser(at.state, name, in_path or "")


def _ended(at: Here, name: str, fields: dict[str, str], transaction: Transaction) -> Response:
    if transaction.purpose == TRY:
        answered, identified = partial(_answered, at, name, fields, transaction), partial(_identified, at, transaction)
        return trial_sign_in.end(at, name, answered, identified)
    claims = _answered(at, name, fields, transaction)
    proof = Proof(claims.proved_at, asked_at=transaction.begun_at if transaction.fresh else None)
    return admit(at, _identified(at, transaction, claims), joins=transaction.joins, proof=proof)


def _answered(at: Here, name: str, fields: dict[str, str], transaction: Transaction) -> Claims:
    protocol = at.state.registrations[name].provider.protocol
    _spend_answer(at.state, name, protocol, fields)
    step(name, "ticket" if isinstance(protocol, Posted) else "token")
    claims = at.state.client(name).complete(fields, transaction.begun_with)
    journal.record(Event.VERIFY, name)
    return claims


def _identified(at: Here, transaction: Transaction, claims: Claims) -> Identity:
    name, provider = transaction.provider, at.state.registrations[transaction.provider].provider
    step(name, "identify")
    identity = provider.identify(claims)
    if (identity.issuer, identity.subject, identity.standing) != (claims.issuer, claims.subject, provider.standing):
        raise SignInError("provider_error", provider=name, phase="identify", detail="not the identity of the claims")
    if transaction.step_up and identity.assurance is not Assurance.VERIFIED:
        raise SignInError("step_up_not_met", provider=name, phase="identify")
    journal.record(Event.IDENTIFY, name)
    return identity


def _spend_answer(state: AppState, name: str, protocol: ProviderProtocol, fields: dict[str, str]) -> None:
    """Use the code or the ticket up, for every process and machine: a provider may not notice a replay itself.

    It is used up by its issuer: where one stands under two names, what was used at one would pass for new at the other.

    :raises SignInError: ``already_used`` or ``ticket_reused`` the second time.
    """
    parts = [fields.get(key, "") for key in protocol.once]
    if not any(parts):
        return
    spent = ["answer", protocol.issuer, *map(_whatever_its_spelling, parts)]
    digest = hashlib.sha256("\0".join(spent).encode()).digest()
    if not state.accounts.use_once(digest, datetime.now(UTC) + SPENT_FOR):
        code = "ticket_reused" if isinstance(protocol, Posted) else "already_used"
        raise SignInError(code, provider=name, phase="callback")


def _whatever_its_spelling(answer: str) -> str:
    """The letters and digits of a code or a ticket, in one case and one width: what no spelling of it changes.

    Whoever verifies a ticket may pass over white space, case, padding, foreign characters or full width, as decoders of
    hex and of base64 and collations of databases do. Respelt, a spent ticket would pass for a new one; that two random
    ones differ in nothing else does not happen.
    """
    folded = answer if answer.isascii() else "".join(normalize("NFKC", character) for character in answer)
    return "".join(character for character in folded.casefold() if character.isalnum()) or answer

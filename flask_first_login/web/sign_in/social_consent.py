"""The consent of a social learner: what such a sign-in costs, and their word that it is accepted, before there is any
account.

Nothing is stored on the server until then: the identity rests in a sealed cookie for ten minutes.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, Self

from flask import redirect, request
from werkzeug.wrappers import Response

from ...errors import SealError, SignInError
from ...identity import Assurance, Identity, Kind, Standing
from ...providers import Provider
from ...state import state_of
from ...text import Text, version_of
from ...traces import step
from ...words import Words
from ..api.learner_documents import Step
from ..api.problem_details import wants_json
from ..failures import handles_sign_in_errors
from ..forms import AcknowledgeForm, lead_away
from ..learner.comparison_table import comparison
from ..navigation import Here, here, resume
from ..pages import Button, provider_buttons, provider_title, render
from ..provider_offers import advised, needs_hours, said_civil_servant
from .finish import NeedsConsent, finish_sign_in, resolve_account
from .repeated_answer import lead_on_past_consent
from .sealed_cookies import OF_WAITING, WAITING, held_sign_ins, make_room
from .transaction import MOST

TITLE = Text("What signing in with {provider} costs", "使用{provider}登入的代價")
LEAD = Text("If you go on, this cannot be changed later:", "繼續使用後，下列事項無法變更：")
POINTS = (
    Text(
        "Your learning hours will not be uploaded to any authority, now or later.",
        "學習時數不會上傳至任何認證機關，日後也無法補上傳。",
    ),
    Text(
        "Your certificates will not show your ID number (foreign residents: the ARC number).",
        "證書不會有身分證字號（外籍人士為居留證統一證號）。",
    ),
    Text(
        "Your learning records can never be merged with those of a MyEGov or eCPA account.",
        "學習紀錄無法與我的e政府或人事服務網eCPA帳號進行合併。",
    ),
)
ACCEPTED = Text("I understand and want to go on", "我已瞭解，仍要繼續")

KEEP = Text("Sign in with {provider} instead and keep your hours", "改用{provider}登入，保留時數")
GO_ON = Text("Go on with {provider}, without hours", "不取得時數，使用{provider}繼續")
MISMATCH_TITLE = Text(
    "Stop: with this sign-in you cannot earn learning hours", "請先停一下：這個登入方式無法取得學習時數"
)
SAID_CIVIL_SERVANT = Text(
    "You said that you are a civil servant. Civil servants earn learning hours only when they sign in with eCPA or "
    "MyEGov.",
    "您選擇的身分別為公務人員。公務人員必須使用人事服務網eCPA或我的e政府帳號登入，才能取得學習時數。",
)
SAID_NEEDS_HOURS = Text(
    "You said that you need proof of learning hours. For that we must verify who you are, so you need to sign in with "
    "MyEGov.",
    "您表示需要學習時數證明。因此必須驗證您的身分，您需使用我的e政府帳號登入。",
)


@dataclass(frozen=True, slots=True)
class WaitingIdentity:
    """A new social identity that waits in this browser for its learner's consent, with where the learner was."""

    provider: str
    issuer: str
    subject: str = field(repr=False)
    signed_in_at: str
    method: str
    name: str | None = field(repr=False)
    email: str | None = field(repr=False)
    answers: dict[str, str]
    next: str | None
    lang: str | None
    id: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    joins: str | None = None

    @classmethod
    def of(cls, identity: Identity, at: Here, joins: str | None) -> Self:
        """Make it of a social identity; ``joins`` is the member of the host who asked for it, if one did."""
        copied = ("provider", "issuer", "subject", "method", "name", "email")
        values = {name: getattr(identity, name) for name in copied}
        signed_in_at = f"{identity.signed_in_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"  # the shortest of ISO 8601
        return cls(**values, signed_in_at=signed_in_at, answers=at.answers, next=at.next, lang=at.lang, joins=joins)

    @property
    def identity(self) -> Identity:
        """The identity again; it was social, so it never had an ID, a kind or an assurance."""
        return Identity(
            provider=self.provider,
            issuer=self.issuer,
            subject=self.subject,
            standing=Standing.SOCIAL,
            kind=Kind.UNKNOWN,
            assurance=Assurance.NONE,
            signed_in_at=datetime.fromisoformat(self.signed_in_at),
            method=self.method,
            name=self.name,
            email=self.email,
        )

    @classmethod
    def of_this_browser(cls) -> Self:
        """Open the identity that waits in this browser.

        :raises SignInError: ``expired`` when there is none.
        """
        try:
            found = cls(*WAITING.get())
        except (SealError, TypeError):
            raise SignInError("expired", phase="acknowledge", detail="nothing waits") from None
        if found.provider not in state_of().registrations:
            raise SignInError("not_available", phase="acknowledge", detail="not registered")
        step(found.provider, "acknowledge")
        return found

    def keep(self, response: Response) -> None:
        """Put this into the browser.

        :raises SignInError: ``portal_error``, when it is too much for a cookie even without all that can be spared.
        """
        token = WAITING.fitting(map(astuple, self._shortened()), OF_WAITING)
        if token is None:
            detail = "too much for a cookie"
            raise SignInError("portal_error", provider=self.provider, phase="acknowledge", detail=detail)
        make_room(response, WAITING.name(), token, [name for name, _ in held_sign_ins()], MOST)
        WAITING.put(response, token)

    def _shortened(self) -> Iterator[Self]:
        """Leave out what can be spared, one thing after the other: the page to end at, the answers, then what the
        provider said beside who it is."""
        waiting = self
        spared: tuple[dict[str, Any], ...] = ({}, {"next": None}, {"answers": {}}, {"email": None}, {"name": None})
        for left_out in spared:
            waiting = replace(waiting, **left_out)
            yield waiting

    def check_shown(self, shown: str | None) -> None:
        """Go on only if this is the identity whose page was accepted; ``shown`` is the id that the page named, if any.

        :raises SignInError: ``expired`` when another tab's identity waits by now.
        """
        if not hmac.compare_digest((shown or "").encode(errors="replace"), self.id.encode()):
            raise SignInError("expired", provider=self.provider, phase="acknowledge", detail="another one waits")


def ask_for_consent(at: Here, identity: Identity, joins: str | None = None) -> Response:
    """Send the learner to the page that says what the sign-in costs."""
    response = redirect(at.url("acknowledge"), 303)
    WaitingIdentity.of(identity, at, joins).keep(response)
    return response


@handles_sign_in_errors
def acknowledge() -> Response:
    """Say what a social identity costs; by POST, take the learner's word that it is accepted (contradiction C25).

    Who comes back to it by the Back button, or presses its button twice, is led on: their word counts once.
    """
    try:
        waiting = WaitingIdentity.of_this_browser()
    except SignInError as error:
        return lead_on_past_consent(here(), error)
    at = resume(here(), answers=waiting.answers, next=waiting.next, lang=here().lang or waiting.lang)
    form = AcknowledgeForm()
    if request.method == "POST" and (response := _accepted_once(at, waiting, form)) is not None:
        return response
    # Of what is drawn now, whatever was posted.
    form.waiting.data, form.version.data = waiting.id, words_version(at.words)
    mismatch, costs = disagreement(at.answers), at.state.registrations[waiting.provider].provider
    alternatives = instead_of(at, waiting)
    return render(
        "acknowledge.html",
        title_of(costs, mismatch),
        error=request.method == "POST",
        provider=costs,
        form=form,
        words=SimpleNamespace(LEAD=LEAD, POINTS=POINTS, ACCEPTED=ACCEPTED),
        mismatch=mismatch,
        keep=keeping(at, waiting, alternatives),
        alternatives=alternatives[1:] if waiting.joins is None else [],
        go_on=GO_ON.fill(provider=costs.title),
        comparison=comparison(at),
        cancel_url=at.url("login"),
        action=at.url("acknowledge"),
    )


def _accepted_once(at: Here, waiting: WaitingIdentity, form: AcknowledgeForm) -> Response | None:
    """Do the same as `accepted`, but for a word that was given already: a browser forgets the answer to the first of
    two presses, and the account is there by now. The second begins the sign-in anew, as the provider's button does."""
    try:
        return accepted(at, waiting, form)
    except SignInError as error:
        if error.code != "already_used" or wants_json():
            raise
    response = lead_away(at, waiting.provider, at.url("start", name=waiting.provider))
    WAITING.forget(response)
    return response


def accepted(at: Here, waiting: WaitingIdentity, form: AcknowledgeForm) -> Response | None:
    """Sign in with the identity that waited, once, if the form says that its learner accepts; None when it does not.

    The consent is used up together with what is written, and not before: a store that fails takes nobody's word away.

    :raises SignInError: ``expired``, when the form is not of this session, of this wait or of these words, or does not
        say of which; ``already_used`` the second time.
    """
    form.validate()
    if form.token.errors:
        raise SignInError("expired", provider=waiting.provider, phase="acknowledge", detail="token of the form")
    if "acknowledged" in form.errors:
        return None
    shown = form.version.data
    if shown not in map(words_version, at.state.words.values()):  # in whichever language they were read
        raise SignInError(
            "expired", provider=waiting.provider, phase="acknowledge", detail="no words, or others by now"
        )
    waiting.check_shown(form.waiting.data)
    once = WAITING.once(waiting.id)
    resolved = resolve_account(at, waiting.identity, acknowledged=shown, consent=once, joins=waiting.joins)
    if isinstance(resolved, NeedsConsent):
        return ask_for_consent(at, resolved.identity, waiting.joins)
    return finish_sign_in(at, resolved)


def title_of(provider: Provider, mismatch: Text | None) -> Text:
    """Name the page by what the sign-in costs, or by what the learner answered that it can never give."""
    return MISMATCH_TITLE if mismatch is not None else TITLE.fill(provider=provider.title)


def instead_of(at: Here, waiting: WaitingIdentity) -> list[Button]:
    """List the sign-ins that keep the hours; a member who adds a first identity adds one of these in its place."""
    buttons = provider_buttons(at, advised(at))
    if waiting.joins is None:
        return buttons
    return [replace(button, url=at.url("join", name=button.name)) for button in buttons]


def keeping(at: Here, waiting: WaitingIdentity, alternatives: Sequence[Button]) -> Step | None:
    """Lead to the sign-in that keeps the hours; None where this portal has none."""
    if not alternatives:
        return None
    label = KEEP.fill(provider=provider_title(at, alternatives[0].name))
    return Step(label=label, url=alternatives[0].url, by_post=waiting.joins is not None)


def words_version(words: Words) -> str:
    """Name the very words that are shown in a language, with whatever its catalogs make of them."""
    return version_of(*map(words.plain, (LEAD, *POINTS, ACCEPTED)))


def disagreement(answers: Mapping[str, str]) -> Text | None:
    """Say what the learner answered that a social account can never give; None when nothing disagrees."""
    if said_civil_servant(answers):
        return SAID_CIVIL_SERVANT
    return SAID_NEEDS_HOURS if needs_hours(answers) else None

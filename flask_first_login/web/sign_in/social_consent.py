"""What a social sign-in costs, and the learner's word that it is accepted, before there is any account."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace

from flask import redirect, request
from werkzeug.wrappers import Response

from ...errors import SignInError
from ...text import Text, version_of
from ..api.problem_details import wants_json
from ..failures import handles_sign_in_errors
from ..forms import AcknowledgeForm
from ..headers import allow_forms_to
from ..navigation import Here, here, resume
from ..pages import provider_buttons, render
from ..provider_offers import advised, needs_hours, said_civil_servant
from .admission import admit
from .repeated_answer import lead_on_past_consent
from .waiting_identity import Pending, forget

TITLE = Text("Before you go on: what this sign-in costs", "繼續之前，請先了解這個登入方式的限制")
LEAD = Text("If you go on, this cannot be changed later:", "繼續使用後，下列事項無法變更：")
POINTS = (
    Text("Your certificates will not show your national ID.", "證書不會有身分證字號。"),
    Text("Your learning hours will not be uploaded to any authority.", "學習時數不會上傳至任何認證機關。"),
    Text(
        "Your learning records can never be merged with those of a MyEGov or eCPA account.",
        "學習紀錄無法與我的e政府或人事服務網eCPA帳號進行合併。",
    ),
)
ACCEPTED = Text("I understand and want to go on", "我已了解，仍要繼續")

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


@handles_sign_in_errors
def acknowledge() -> Response:
    """What a social identity costs, and the learner's word that it is accepted (contradiction C25).

    Who comes back to it by the Back button, or presses its button twice, is led on: their word counts once.
    """
    try:
        waiting = Pending.of_this_browser(here())
    except SignInError as error:
        return lead_on_past_consent(here(), error)
    at = resume(here(), answers=waiting.answers, next=waiting.next, lang=here().lang or waiting.lang)
    form = AcknowledgeForm()
    if request.method == "POST" and (response := _accepted_once(at, waiting, form)) is not None:
        return response
    form.waiting.data, form.version.data = waiting.id, words_version(at)  # of what is drawn now, whatever was posted
    mismatch = disagreement(at.answers)
    response = render(
        "acknowledge.html",
        MISMATCH_TITLE if mismatch else TITLE,
        error=request.method == "POST",
        provider=at.state.registrations[waiting.provider].provider,
        form=form,
        words=SimpleNamespace(LEAD=LEAD, POINTS=POINTS, ACCEPTED=ACCEPTED),
        mismatch=mismatch,
        alternatives=provider_buttons(at, advised(at)),
        cancel_url=at.url("login"),
        action=at.url("acknowledge"),
    )
    allow_forms_to(response, at, [waiting.provider])
    return response


def _accepted_once(at: Here, waiting: Pending, form: AcknowledgeForm) -> Response | None:
    """The same as `accepted`, but for a word that was given already: a browser forgets the answer to the first of two
    presses, and the account is there by now. The second begins the sign-in anew, as the provider's button does."""
    try:
        return accepted(at, waiting, form)
    except SignInError as error:
        if error.code != "already_used" or wants_json():
            raise
    response = redirect(at.url("start", name=waiting.provider), 303)
    forget(response)
    return response


def accepted(at: Here, waiting: Pending, form: AcknowledgeForm) -> Response | None:
    """Admit the identity that waited, once, if the form says that its learner accepts; None when it does not.

    The wait is used up when the account is written, and not before: a store that fails takes nobody's word from them.

    :raises SignInError: ``expired``, when the form is not of this session, of this wait or of these words, or does not
        say of which; ``already_used`` the second time.
    """
    form.validate()
    if "csrf_token" in form.errors:
        raise SignInError("expired", provider=waiting.provider, phase="acknowledge", detail="token of the form")
    if "acknowledged" in form.errors:
        return None
    shown = words_version(at)
    if form.version.data != shown:
        raise SignInError(
            "expired", provider=waiting.provider, phase="acknowledge", detail="no words, or others by now"
        )
    waiting.check_shown(form.waiting.data)
    response = admit(at, waiting.identity, acknowledged=shown, waiting=waiting)
    forget(response)
    return response


def words_version(at: Here) -> str:
    """Names the very words that are shown here, in both languages, with whatever the host's catalogs make of them."""
    in_english, in_chinese = at.state.words["en"].plain, at.state.words["zh_Hant_TW"].plain
    return version_of(*(Text(in_english(one), in_chinese(one)) for one in (LEAD, *POINTS, ACCEPTED)))


def disagreement(answers: Mapping[str, str]) -> Text | None:
    """What the learner answered that a social account can never give; None when nothing disagrees."""
    if said_civil_servant(answers):
        return SAID_CIVIL_SERVANT
    return SAID_NEEDS_HOURS if needs_hours(answers) else None

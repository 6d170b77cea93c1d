"""Where a page that says no leads: never to a dead end, and never back into the same refusal."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import request

from ..errors import place_of
from ..identity import Standing
from ..leaving import Staying
from ..linking import Refusal
from ..providers import Provider
from ..providers.claims_to_identity import may_verify
from ..state import SignsOut
from ..text import Text
from ..traces import leave_trace
from .admission import current_account
from .here import Here
from .pages import Button, is_social, provider_button, provider_buttons

RETRY = Text("Try again", "再試一次")
IN_A_BROWSER = Text("Open in your browser", "以瀏覽器開啟")
VERIFY = Text("Sign in with your Citizen Digital Certificate", "以自然人憑證登入")
MY_HOURS = Text("Go to “My learning hours”", "前往「我的學習時數認證」")
ANEW = Text("Sign out and start again with this account", "登出，並以此帳號重新開始")

#: Who is signed in stands in the way of who came: only one of the two can be in this browser.
_ONE_OR_THE_OTHER = frozenset(
    {Refusal.BELONGS_TO_ANOTHER, Refusal.SOCIAL_NEVER_MERGES, Refusal.DIFFERENT_PERSON, Refusal.NO_SHARED_ID}
)
_ON_ONES_OWN_PAGE = frozenset({Refusal.NOT_FRESH, *Staying})
_HAS_AN_ACCOUNT = frozenset({Refusal.NOT_VERIFIED, Refusal.KEPT_SEPARATE})


@dataclass(frozen=True, slots=True)
class WaysOn:
    """What a failure's page offers. ``anew_url`` takes a POST; ``primary`` is a link."""

    primary: Button | None
    anew_url: str | None = None
    others: list[Button] = field(default_factory=list)


def ways_on(at: Here, code: str, provider: str) -> WaysOn:
    """What the learner can do now about a failure at a provider; an empty name for one that nobody knows."""
    is_here, somebody = provider in at.state.registrations, _somebody_is_signed_in(at)
    if code in _ONE_OR_THE_OTHER and somebody:
        # A government account is never left for a social one: that is what nobody should be led into.
        leads_down = code == Refusal.SOCIAL_NEVER_MERGES and is_social(at, provider)
        can_start = is_here and not leads_down and isinstance(at.state.session, SignsOut)
        return WaysOn(_my_hours(at), at.url("anew", name=provider) if can_start else None)
    if code in _ON_ONES_OWN_PAGE and somebody:
        return WaysOn(_my_hours(at))
    if code in _HAS_AN_ACCOUNT:
        return WaysOn(_verified(at, provider), others=provider_buttons(at, _government(at, provider)))
    retry = _retry(at, code, provider) if is_here else None
    others = [name for name in at.state.registrations if name != provider]
    alternative = provider_button(at, others[0]) if others else None
    return WaysOn(retry, others=[alternative] if alternative else [])


def _retry(at: Here, code: str, provider: str) -> Button:
    """The same sign-in once more, as strong as it was asked for.

    LINE opens an address with ``openExternalBrowser=1`` in the browser of the phone; other apps have no such way.
    """
    if code == "in_app_browser" and "Line/" in request.user_agent.string:
        return Button(at.url("start", name=provider, openExternalBrowser="1"), IN_A_BROWSER, provider)
    step_up = "1" if code == "step_up_not_met" else None
    return Button(at.url("start", name=provider, step_up=step_up), RETRY, provider)


def _somebody_is_signed_in(at: Here) -> bool:
    try:
        return current_account(at.state) is not None
    except Exception as error:  # the page of a failure must not fail: without an answer it offers less
        leave_trace(error, "who is signed in is not known: %s", place_of(error))
        return False


def _my_hours(at: Here) -> Button:
    return Button(at.url("hours"), MY_HOURS)


def _verified(at: Here, provider: str) -> Button | None:
    """A stronger sign-in, where the provider has one: a number that is proven on both sides links by itself."""
    registration = at.state.registrations.get(provider)
    if registration is None or not steps_up(registration.provider):
        return None
    return Button(at.url("start", name=provider, step_up="1"), VERIFY, provider)


def steps_up(provider: Provider) -> bool:
    """Whether a stronger sign-in there can be asked for, and met."""
    return bool(provider.protocol.step_up_params) and may_verify(provider)


def _government(at: Here, besides: str) -> tuple[str, ...]:
    return tuple(
        name
        for name, one in at.state.registrations.items()
        if one.provider.standing is Standing.GOVERNMENT and name != besides
    )

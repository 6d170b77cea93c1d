"""Where a page that says no leads: never to a dead end, and never back into the same refusal."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from flask import request

from ..errors import place_of
from ..flow import Page, SignIn
from ..flow.login_page import SOCIAL_WARNING
from ..flow.walk import reached
from ..leaving import Staying
from ..linking import Refusal
from ..providers import Provider
from ..providers.claims_to_identity import may_verify
from ..state import SignsOut
from ..text import Text
from ..traces import leave_trace
from .failure_codes import Failure
from .navigation import Here
from .pages import Button, provider_buttons
from .provider_offers import Offers, is_government, is_social, needs_hours, offers
from .sign_in.admission import current_account

RETRY = Text("Try again", "再試一次")
IN_A_BROWSER = Text("Open in your browser", "以瀏覽器開啟")
GUIDE = Text("Back to the first sign-in guide", "回到首次登入引導")
VERIFY = Text("Sign in with your Citizen Digital Certificate", "以自然人憑證登入")
MY_HOURS = Text("Go to “My learning hours”", "前往「我的學習時數認證」")
ANEW = Text("Sign out and start again with this account", "登出，並以此帳號重新開始")

INSTEAD = Text(
    "With this way to sign in you cannot earn learning hours. Sign in as follows instead.",
    "這個登入方式無法取得學習時數，請改用下列登入方式。",
)
INSTEAD_BY_GUIDE = Text(
    "With this way to sign in you cannot earn learning hours. Go back to the guide to see how you can.",
    "這個登入方式無法取得學習時數，請回到首次登入引導，查看如何取得。",
)
BY_ANOTHER = Text("Choose one of the ways to sign in below.", "請選擇下列登入方式。")
BY_GUIDE = Text("Go back to the guide to see how you can sign in.", "請回到首次登入引導，查看可用的登入方式。")

#: Who is signed in stands in the way of who came: only one of the two can be in this browser.
_ONE_OR_THE_OTHER = frozenset(
    {Refusal.BELONGS_TO_ANOTHER, Refusal.SOCIAL_NEVER_MERGES, Refusal.DIFFERENT_PERSON, Refusal.NO_SHARED_ID}
)
_ON_ONES_OWN_PAGE = frozenset({Refusal.NOT_FRESH, *Staying})
_HAS_AN_ACCOUNT = frozenset({Refusal.NOT_VERIFIED, Refusal.KEPT_SEPARATE})


#: Where the same once more leads into the same: nothing has changed, or waiting comes first.
_NOT_AGAIN = frozenset({"not_available", "too_many", "record_unreadable", "in_app_browser"})
#: What no other provider mends.
_NOTHING_ELSE = frozenset({"too_many", "record_unreadable"})


@dataclass(frozen=True, slots=True)
class WaysOn:
    """What a failure's page offers, and ``now``, what to do in words that fit it. ``anew_url`` takes a POST;
    ``primary`` is a link, and ``cost`` what a sign-in by it costs. ``others`` are the government providers and then the
    social ones, which stand under ``others_cost``."""

    now: Text
    primary: Button | None
    anew_url: str | None = None
    others: list[Button] = field(default_factory=list)
    cost: Text | None = None
    others_cost: Text | None = None

    @property
    def earning(self) -> list[Button]:
        """The others that cost nothing."""
        return [one for one in self.others if not one.costs]

    @property
    def costing(self) -> list[Button]:
        """The others that stand under what they cost."""
        return [one for one in self.others if one.costs]


def ways_on(at: Here, failure: Failure, provider: str) -> WaysOn:
    """What the learner can do now about a failure at a provider; an empty name for one that nobody knows."""
    code, somebody = failure.code, _somebody_is_signed_in(at)
    if code in _ONE_OR_THE_OTHER and somebody:
        # A government account is never left for a social one: that is what nobody should be led into.
        leads_down = code == Refusal.SOCIAL_NEVER_MERGES and is_social(at, provider)
        can_start = provider in at.state.registrations and not leads_down and isinstance(at.state.session, SignsOut)
        return WaysOn(failure.now, _my_hours(at), at.url("anew", name=provider) if can_start else None)
    if code in _ON_ONES_OWN_PAGE and somebody:
        return WaysOn(failure.now, _my_hours(at))
    offered = _offered(at, code, provider)
    retry = _verified(at, provider) if code in _HAS_AN_ACCOUNT else _retry(at, code, provider)
    now = _what_now(at, failure, provider, retry, offered)
    government, social = provider_buttons(at, offered.government), provider_buttons(at, offered.social)
    if retry is None:
        retry, government = (government[0], government[1:]) if government else (_to_the_guide(at, provider), [])
    others = [*government, *(replace(button, costs=True) for button in social)]
    cost = SOCIAL_WARNING if retry.name and is_social(at, retry.name) else None
    return WaysOn(now, retry, None, others, cost, SOCIAL_WARNING if social else None)


def _offered(at: Here, code: str, provider: str) -> Offers:
    """The providers besides this one that can help."""
    if code in _NOTHING_ELSE:
        return Offers(())
    if code in _HAS_AN_ACCOUNT:  # at which of them, the learner knows
        return Offers(tuple(name for name in at.state.registrations if name != provider and is_government(at, name)))
    found = offers(at, besides=provider)
    if code != "in_app_browser":
        return found
    opens = {name for name, one in at.state.registrations.items() if not one.provider.refuses_embedded}
    return Offers(
        tuple(name for name in found.government if name in opens), tuple(name for name in found.social if name in opens)
    )


def _what_now(at: Here, failure: Failure, provider: str, retry: Button | None, offered: Offers) -> Text:
    """What to do, in words that name nothing that is not drawn."""
    others = offered.government or offered.social
    if failure.code in _HAS_AN_ACCOUNT:
        return failure.now if retry is not None or failure.now_alone is None else failure.now_alone
    if retry is None and failure.code not in _NOT_AGAIN:
        if is_social(at, provider):
            return INSTEAD if others else INSTEAD_BY_GUIDE
        return BY_ANOTHER if others else BY_GUIDE
    return failure.now if others or failure.now_alone is None else failure.now_alone


def _to_the_guide(at: Here, besides: str) -> Button:
    """The way back into the guide: to where the answers lead, unless that is to a provider of which this page tells."""
    flow = at.state.flow
    match reached(flow, at.answers):
        case Page(key=key, exit=SignIn(provider=name)) if name == besides:
            return Button(at.screen_url(flow.by_key[flow.steps[key].screen].path), GUIDE)
        case screen:
            return Button(at.screen_url(screen.path), GUIDE)


def _retry(at: Here, code: str, provider: str) -> Button | None:
    """The same sign-in once more, as strong as it was asked for; None where that leads nowhere, and to a social one for
    whoever said that they need hours.

    LINE opens an address with ``openExternalBrowser=1`` in the browser of the phone; other apps have no such way.
    """
    if provider not in at.state.registrations or (is_social(at, provider) and needs_hours(at.answers)):
        return None
    if code == "in_app_browser" and "Line/" in request.user_agent.string:
        return Button(at.url("start", name=provider, openExternalBrowser="1"), IN_A_BROWSER, provider)
    if code in _NOT_AGAIN:
        return None
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

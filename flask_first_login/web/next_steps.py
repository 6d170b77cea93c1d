"""What a failure's page offers its learner: never a dead end, and never the way back into the same refusal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import request

from ..errors import place_of
from ..flow import Page, Question, SignIn
from ..flow.login_page import SOCIAL_WARNING
from ..flow.model import Screen
from ..flow.walk import reached, trail
from ..host_session import SignsOut
from ..linking import Refusal
from ..providers import Provider
from ..providers.claims_to_identity import may_verify
from ..text import Text
from ..traces import leave_trace
from .api.documents import Choice
from .api.problem_details import Stop, Wait
from .embedded_browsers import has_way_out, refuses
from .failure_kinds import Action, Failure
from .local_time import clock, now
from .navigation import Here
from .pages import Button, provider_buttons
from .provider_offers import Offers, is_government, is_social, needs_hours, offers

TRY_AGAIN = Text("Try again: sign in with {provider}", "再試一次，登入{provider}")
SIGN_IN_ANEW = Text("Sign in with {provider} from the beginning", "重新登入{provider}")
FROM_THEN = Text("From {time}: sign in with {provider}", "{time}起，再登入{provider}")
YOU_TRIED, SIGN_IN = Text("You tried", "您嘗試登入"), Text("Sign in again", "請再登入")
#: For how long the page of a failure keeps its times.
LATEST = timedelta(hours=1)
ASK_THE_DESK = Text("Go to the support desks", "查看客服聯絡方式")
DESKS = "#fl-help"
BECAUSE_HOURS = Text(
    "Because you need learning hours, sign in with {provider} again.",
    "因為您需要學習時數證明，請用{provider}再登入一次。",
)
NOT_BY_SOCIAL = Text(
    "If you need learning hours, do not sign in with {social} instead: such hours are never uploaded, now or later.",
    "需要學習時數，請不要改用{social}：時數永遠不會上傳，日後也無法補上傳。",
)
ANOTHER_ACCOUNT = Text("Use another account there", "改用其他帳號登入")
IN_A_BROWSER = Text("Open in your browser: sign in with {provider}", "以瀏覽器開啟，登入{provider}")
GUIDE = Text("Back to the first sign-in guide", "回到首次登入引導")
VERIFY = Text("Sign in with your Citizen Digital Certificate", "以自然人憑證登入")
MY_HOURS = Text("Go to “My learning hours”", "前往「我的學習時數」")
RESTART = Text("Sign out and start again with this account", "登出，並以此帳號重新開始")

NO_HOURS = Text(
    "With this way to sign in you cannot earn learning hours. Sign in as follows instead.",
    "這個登入方式無法取得學習時數，請改用下列登入方式。",
)
NO_HOURS_SEE_GUIDE = Text(
    "With this way to sign in you cannot earn learning hours. Go back to the guide to see how you can.",
    "這個登入方式無法取得學習時數，請回到首次登入引導，查看如何取得。",
)
CHOOSE_BELOW = Text("Choose one of the ways to sign in below.", "請選擇下列登入方式。")
SEE_GUIDE = Text("Go back to the guide to see how you can sign in.", "請回到首次登入引導，查看可用的登入方式。")


OUTSIDE: dict[str, Any] = {"openExternalBrowser": "1"}
#: What the same sign-in asks for when it is tried again: to be as strong as before, to choose among accounts, or first
#: whether the browser takes cookies.
ASKING: Mapping[str, dict[str, Any]] = {
    "step_up_not_met": {"step_up": "1"},
    "account_not_accepted": {"choose": "1"},
    "unknown_sign_in": {"cookies": "begin"},
    "cookies_blocked": {"cookies": "begin"},
}


@dataclass(frozen=True, slots=True)
class NextSteps:
    """What a failure's page offers, and ``now``, what to do in words that fit it. ``restart_url`` takes a POST;
    ``primary`` is a link, and ``cost`` what a sign-in by it costs. ``others`` are the government providers and then the
    social ones, which stand under ``others_cost``. ``wait`` says from when on, ``warning`` what not to do meanwhile,
    and ``loses`` that a restart leads to an account without hours."""

    now: Text
    primary: Button | None
    restart_url: str | None = None
    others: list[Button] = field(default_factory=list)
    cost: Text | None = None
    others_cost: Text | None = None
    wait: Wait | None = None
    warning: Text | None = None
    loses: bool = False

    @property
    def earning(self) -> list[Button]:
        """The others that cost nothing."""
        return [button for button in self.others if not button.costs]

    @property
    def costing(self) -> list[Button]:
        """The others that stand under what they cost."""
        return [button for button in self.others if button.costs]


def next_steps(at: Here, failure: Failure, provider: str) -> NextSteps:
    """Say what the learner can do about a failure at a provider: never a dead end, nor the same refusal again.

    ``provider`` is an empty name for one that nobody knows. A social sign-in is tried again only below the government
    ones that this learner may use.
    """
    if failure.action in {Action.STAY_OR_RESTART, Action.OPEN_HOURS} and _somebody_is_signed_in(at):
        can_restart = failure.action is Action.STAY_OR_RESTART and _can_restart(at, failure, provider)
        my_hours = Button(at.url("hours"), MY_HOURS)
        restart_url = at.url("anew", name=provider) if can_restart else None
        return NextSteps(failure.now, my_hours, restart_url, loses=is_social(at, provider))
    if failure.action is Action.CONTACT:
        return NextSteps(failure.now, Button(DESKS, ASK_THE_DESK))
    wait = _wait(at, failure) if failure.action is Action.WAIT else None
    retry = _verified(at, provider) if failure.action is Action.VERIFY else _retry(at, failure, provider, wait)
    offered = _offered(at, failure, provider, leads_on=retry is not None and not retry.costs)
    what_now = _what_now(at, failure, provider, retry, offered)
    government, social = provider_buttons(at, offered.government), provider_buttons(at, offered.social)
    if retry is not None and retry.costs and government:
        social, retry = [retry, *social], None
    if retry is None:
        retry, government = (government[0], government[1:]) if government else (_to_the_guide(at, provider), [])
    others, cost = [*government, *social], SOCIAL_WARNING if retry.costs else None
    loses = wait is not None and is_government(at, provider) and not social and _has_social(at)
    warning = NOT_BY_SOCIAL if loses and failure.elsewhere else None
    return NextSteps(what_now, retry, None, others, cost, SOCIAL_WARNING if social else None, wait, warning)


def failed_at() -> datetime:
    """Return when the failure of this page was: as its address says where it is drawn again, unless that lies in the
    future or more than an hour back, as nobody switches the language; else now."""
    given, current = request.args.get("since", ""), now()
    if given.isascii() and given.isdecimal() and len(given) <= 10:
        since = datetime.fromtimestamp(int(given), UTC)
        if current - LATEST <= since <= current:
            return since
    return current


def _wait(at: Here, failure: Failure) -> Wait:
    """Say by the clock when to come back."""
    since = failed_at()
    then = since + timedelta(minutes=failure.minutes)
    stops = [Stop(time=clock(at, since), label=YOU_TRIED), Stop(time=clock(at, then), label=SIGN_IN)]
    return Wait(stops=stops)


def _has_social(at: Here) -> bool:
    return any(is_social(at, name) for name in at.state.registrations)


def _somebody_is_signed_in(at: Here) -> bool:
    try:
        return at.state.current_account() is not None
    except Exception as error:  # the page of a failure must not fail: without an answer it offers less
        leave_trace(error, "who is signed in is not known: %s", place_of(error))
        return False


def _can_restart(at: Here, failure: Failure, provider: str) -> bool:
    """Whether to offer a sign-out and a new start: not to leave a government account for a social one."""
    leads_down = failure.code == Refusal.SOCIAL_NEVER_MERGES and is_social(at, provider)
    return provider in at.state.registrations and not leads_down and isinstance(at.state.session, SignsOut)


def _offered(at: Here, failure: Failure, provider: str, *, leads_on: bool) -> Offers:
    """Name the providers besides this one that can help: where the failure is not one of this provider, only when the
    way by it does not lead on to hours."""
    found = offers(at, besides=provider)
    if failure.action is Action.VERIFY:  # at which of them they have an account, the learner knows
        return Offers(tuple(name for name in at.state.registrations if name != provider and is_government(at, name)))
    if failure.action is Action.CHANGE_BROWSER:  # a real browser is a tap away: no reason to lose hours by a social one
        agent, registered = request.user_agent.string, at.state.registrations
        return Offers(
            tuple(name for name in found.government if not refuses(registered[name].provider.refuses_embedded, agent))
        )
    return found if failure.elsewhere or not leads_on else Offers(())


def _retry(at: Here, failure: Failure, provider: str, wait: Wait | None) -> Button | None:
    """Offer the same sign-in once more, as strong as it was asked for, in words that say when; None where that leads
    nowhere, and to a social one for whoever said that they need hours.

    Some apps open an address in the browser of the phone when it says so; others have no such way.
    """
    if provider not in at.state.registrations or (is_social(at, provider) and needs_hours(at.answers)):
        return None
    registered = at.state.registrations[provider].provider
    if failure.action is Action.CHANGE_BROWSER and has_way_out(request.user_agent.string):
        label, asked = IN_A_BROWSER.fill(provider=registered.title), OUTSIDE
    elif failure.action in {Action.CHANGE_BROWSER, Action.CHANGE_PROVIDER}:
        return None
    else:
        label, asked = _label(failure, registered, wait), ASKING.get(failure.code, {})
    return Button(at.url("start", name=provider, **asked), label, provider, costs=is_social(at, provider))


def _label(failure: Failure, provider: Provider, wait: Wait | None) -> Text:
    if failure.code == "account_not_accepted" and provider.protocol.choose_account_params:
        return ANOTHER_ACCOUNT
    if failure.code == "step_up_not_met":
        return VERIFY
    if wait is not None:
        return FROM_THEN.fill(time=wait.stops[-1].time, provider=provider.title)
    return (SIGN_IN_ANEW if failure.action is Action.START_ANEW else TRY_AGAIN).fill(provider=provider.title)


def _verified(at: Here, provider: str) -> Button | None:
    """Offer a stronger sign-in, where the provider has one: a number proven on both sides links by itself."""
    registration = at.state.registrations.get(provider)
    if registration is None or not steps_up(registration.provider):
        return None
    return Button(at.url("start", name=provider, step_up="1"), VERIFY, provider)


def steps_up(provider: Provider) -> bool:
    """Whether a stronger sign-in there can be asked for, and met."""
    return bool(provider.protocol.step_up_params) and may_verify(provider)


def _what_now(at: Here, failure: Failure, provider: str, retry: Button | None, offered: Offers) -> Text:
    """Say what to do, in words that name nothing that is not drawn."""
    others, alone = offered.government or offered.social, failure.now_alone or failure.now
    if failure.action is Action.VERIFY:
        return failure.now if retry is not None else alone
    if retry is None and failure.action not in {Action.CHANGE_BROWSER, Action.CHANGE_PROVIDER}:
        if is_social(at, provider):
            return NO_HOURS if others else NO_HOURS_SEE_GUIDE
        return CHOOSE_BELOW if others else SEE_GUIDE
    if failure.code == "cancelled" and not others and needs_hours(at.answers) and retry is not None:
        return BECAUSE_HOURS.fill(provider=at.state.registrations[provider].provider.title)
    return failure.now if others else alone


def _to_the_guide(at: Here, besides: str) -> Button:
    """Lead back into the guide: to where the answers lead, unless that is to the provider of which this page tells."""
    flow = at.state.flow
    match reached(flow, at.answers):
        case Page(key=key, exit=SignIn(provider=name)) if name == besides:
            return Button(at.screen_url(flow.by_key[flow.steps[key].screen].path), GUIDE)
        case screen:
            return Button(at.screen_url(screen.path), GUIDE)


def choices(at: Here, current: Screen) -> list[Choice]:
    """List the answers that led to a screen, first to last."""
    return [
        Choice(
            screen=before.key,
            about=before.about,
            label=next(option.label for option in before.options if option.value == given),
            change_url=at.screen_url(before.path),
        )
        for before, given in trail(at.state.flow, current.key)
        if isinstance(before, Question) and given is not None
    ]

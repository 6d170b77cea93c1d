"""The pages of the guide: its screens, the login page, the questions and answers.

The URL says where the learner stands: no session and no cookie is needed to walk it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import abort, redirect, request
from werkzeug.wrappers import Response

from ..flow import Choose, Comparison, Question
from ..flow import login_page as words
from ..flow.faq import by_subject
from ..flow.model import Page, Screen, SignIn
from ..flow.walk import answer
from ..host_session import signed_in_by
from ..text import Text
from ..traces import leave_trace
from .api.documents import Column, Earns
from .api.learner_documents import SignedIn, Step, Who
from .api.page_parts import LoginPlace, ScreenPlace, SignInPlace
from .api.problem_details import Group, group_of
from .forms import ButtonForm, lead_away, token
from .headers import private
from .learner.comparison_table import comparison, earned_by
from .learner.receipt import who_is_signed_in
from .navigation import Here, here
from .next_steps import choices
from .page_cache import kept
from .pages import Button, provider_buttons, render, way_on
from .sign_in.sealed_cookies import WAITING
from .template_texts import CONTINUE_TO_PORTAL, MY_HOURS, NOT_AVAILABLE

SIGNED_IN_AS = Text("You are signed in as", "您已登入")
ANOTHER_ACCOUNT = Text("Use another account", "使用其他帳號")
EARNS = Text("Earns learning hours:", "可取得時數：")
BANNER = (words.BANNER, words.FOREIGN_RESIDENTS, words.CHOOSE_FIRST_TIME)


@dataclass(frozen=True, slots=True)
class QuestionForm:
    """What the form of a question sends besides its answer: a GET form drops the query of its address."""

    action: str
    hidden: list[tuple[str, str]]
    value: str | None
    error: bool


@kept
def screen(path: str = "") -> Response:
    """Show any screen of the flow, by its path."""
    at = here()
    found = at.state.flow.by_path.get(path)
    if found is None:
        abort(404)
    return _question(at, found) if isinstance(found, Question) else _page(at, found)


def _question(at: Here, question: Question) -> Response:
    error = False
    if "submitted" in request.args:
        if (to := chosen(at, question)) is not None:
            place = place_after_answer(at, to, at.answers)
            if isinstance(place, SignInPlace):
                return lead_away(at, place.provider, place.url)
            return redirect(place.url, 303)
        error = True
    return render(
        "question.html",
        question.title,
        error=error,
        question=question,
        form=QuestionForm(
            at.screen_url(question.path).partition("?")[0], _hidden(at, question), at.answers.get(question.name), error
        ),
        back_url=place_before(at, question).url,
        choices=choices(at, question),
    )


def chosen(at: Here, question: Question) -> Screen | None:
    """Return the screen that the answer in the URL leads to; None when it has none."""
    # A repeated or an unknown answer was dropped from `answers`, and so is no answer here.
    to = answer(question, at.answers.get(question.name))
    return at.state.flow.by_key[to] if to is not None else None


def place_after_answer(at: Here, to: Screen, answers: dict[str, str]) -> ScreenPlace | SignInPlace:
    """Say where an answer leads: to its screen, or past a hand-off page straight to the provider."""
    if (name := passed_over(at, to.key)) is not None:
        return SignInPlace(provider=name, url=at.url("start", answers=answers, name=name))
    return place_of(at, to, answers)


def place_of(at: Here, to: Screen, answers: dict[str, str] | None = None) -> ScreenPlace:
    """Say where a screen is, with the answers so far or with others."""
    return ScreenPlace(screen=to.key, url=at.screen_url(to.path, answers=answers))


def passed_over(at: Here, key: str) -> str | None:
    """Return the provider of a hand-off page that this portal wants passed over; None of any other screen."""
    match at.state.flow.by_key[key]:
        case Page(handoff=True, exit=SignIn(provider=name)) if name in at.state.registrations:
            return name if at.state.settings.handoff == "redirect" else None
        case _:
            return None


def _hidden(at: Here, question: Question) -> list[tuple[str, str]]:
    kept = {**at.answers, question.name: None, "lang": at.lang, "next": at.next}
    return [("submitted", "1"), *((name, value) for name, value in kept.items() if value is not None)]


def _page(at: Here, page: Page) -> Response:
    way, buttons = way_on(at, page), choice_of(at, page)
    return render(
        "page.html",
        page.title,
        page=page,
        back_url=place_before(at, page).url,
        choices=choices(at, page),
        way=way,
        earns=earned(at, page),
        groups=by_hours(buttons),
        phone_url=at.url("phone_code", page=page.key) if isinstance(page.exit, SignIn) else None,
        unavailable=page.exit is not None and way is None and not buttons,
        comparison=comparison(at) if Comparison() in (*page.blocks, *page.after) else None,
    )


def earned(at: Here, page: Page) -> Earns | None:
    """Name the authorities to which the learner's hours can be uploaded by the sign-in that a page leads to."""
    found = earned_by(at, page.exit.provider) if isinstance(page.exit, SignIn) else []
    return Earns(title=EARNS, authorities=found) if found else None


def choice_of(at: Here, page: Page) -> list[Button]:
    """List the providers among which a page lets its reader choose."""
    return provider_buttons(at, page.exit.providers if isinstance(page.exit, Choose) else ())


def place_before(at: Here, current: Screen) -> LoginPlace | ScreenPlace:
    """Say where the screen before is, in the state the learner last saw it; the login page before the first one."""
    before = None
    if current in at.state.flow.references:
        came_from = at.state.flow.by_key.get(request.args.get("from", ""))
        before = came_from if came_from in at.state.flow.screens else None
    elif (step := at.state.flow.steps.get(current.key)) is not None:
        before = at.state.flow.by_key[step.screen]
    return place_of(at, before) if before is not None else LoginPlace(url=at.url("login"))


def login() -> Response:
    """Show the login page. A learner who comes back to it has not accepted what a social identity costs."""
    at = here()
    known = signed_in(at)
    if known is None and _is_member_without_identity(at):
        return private(redirect(at.url("hours"), 303))
    response = _login() if known is None else private(_login_of(at, known))
    WAITING.forget(response)
    return response


def _is_member_without_identity(at: Here) -> bool:
    """Say whether the portal has signed in a member who has no identity yet; where nobody can say, nobody is."""
    try:
        return bool(request.cookies) and at.state.member_without_identity() is not None
    except Exception as error:
        leave_trace(error, "nobody can say who is signed in", propagates=False)
        return False


def signed_in(at: Here) -> SignedIn | None:
    """Say as whom somebody is signed in, and the ways on: any button to sign in would be one to another account.

    Nobody without a cookie is, and nothing is looked up for them. Where the host's session or the store fails, the page
    is as for a stranger: it is the way to those who can help.
    """
    try:
        account = at.state.signed_in() if request.cookies else None
    except Exception as error:
        leave_trace(error, "nobody can say who is signed in", propagates=False)
        account = None
    if account is None or not account.identities:
        return None
    who = who_is_signed_in(at, signed_in_by(account))
    another = Step(label=ANOTHER_ACCOUNT, url=who.sign_out.url, by_post=True) if who.sign_out is not None else None
    return SignedIn(
        text=SIGNED_IN_AS,
        who=Who.of(who, sign_out=None),
        go_on=Step(label=CONTINUE_TO_PORTAL, url=at.next or at.home_url),
        hours=Step(label=MY_HOURS, url=at.url("hours")),
        another=another,
        csrf_token=token() if another is not None else None,
    )


def _login_of(at: Here, known: SignedIn) -> Response:
    """Show the login page to somebody who is signed in."""
    return render(
        "login.html",
        words.LOGIN_TITLE,
        guide=False,
        words=words,
        signed_in=known,
        form=ButtonForm(),
        comparison=comparison(at),
    )


@kept
def _login() -> Response:
    """Show every registered provider, in two columns."""
    at = here()
    return render(
        "login.html",
        words.LOGIN_TITLE,
        guide=False,
        banner=BANNER,
        columns=columns(at),
        words=words,
        comparison=comparison(at),
        phone_url=at.url("phone_code", page="login"),
    )


def columns(at: Here) -> list[Column]:
    """List the two columns of the login page, with the providers that this portal has."""
    settings = at.state.settings
    civil = provider_buttons(at, settings.civil_servant_providers, words.CIVIL_SUFFIX)
    if not settings.civil_social_login:
        civil = [button for button in civil if not button.costs]
    public = provider_buttons(at, settings.public_providers, words.PUBLIC_SUFFIX)
    return [
        _column("civil-servant", words.CIVIL_COLUMN, civil, None),
        _column("public", words.PUBLIC_COLUMN, public, words.PUBLIC_NOTE),
    ]


def by_hours(buttons: Sequence[Button]) -> list[Group]:
    """Group sign-ins by what they give: those that earn hours, then those that never will, under what they cost."""
    earning, costing = ([button for button in buttons if button.costs is costs] for costs in (False, True))
    groups = [group_of(earning, title=words.EARNS_HOURS), group_of(costing, words.COST, words.NO_HOURS)]
    return [group for group in groups if group.providers]


def _column(key: str, title: Text, buttons: Sequence[Button], note: Text | None) -> Column:
    shown = by_hours(buttons)
    return Column(
        key=key,
        title=title,
        groups=shown,
        unavailable=None if shown else NOT_AVAILABLE,
        note=note,
        note_link=words.PUBLIC_NOTE_LINK if note is not None else None,
    )


@kept
def faq() -> Response:
    """Show the questions and answers on signing in."""
    return render("faq.html", words.FAQ_LINK, groups=by_subject(here().state.settings.qa))

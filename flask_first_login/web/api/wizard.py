"""The pages that are the same for everybody: the screens of the wizard, the login page, the questions and answers."""

from __future__ import annotations

from flask import Response, url_for
from werkzeug.exceptions import NotFound

from ...flow import Question
from ...flow import login_page as words
from ...flow.model import Go, Option, Page, Screen, SignIn
from ...languages import TAGS
from .. import guide
from ..navigation import Here, here
from ..pages import LANGUAGE_NAMES, faq_url, way_on
from ..sign_in.waiting_identity import forget
from ..template_texts import NOT_AVAILABLE, PROBLEM
from .parts import Json, answered, blocks, contact, optional, to_screen
from .problem_details import problem_details, way_in


def portal() -> Response:
    """Where everything begins: the portal's name, its languages, its support desks and the other documents."""
    at = here()
    settings, flow = at.state.settings, at.state.flow
    notices = flow.by_key.get("notices")
    return answered(
        at,
        "portal",
        service=at.words.plain(settings.service_name),
        languages=[
            {"tag": tag, "name": LANGUAGE_NAMES[locale], "url": at.in_language(locale)} for locale, tag in TAGS.items()
        ],
        home_url=settings.home_url,
        start=to_screen(at, flow.by_key[flow.start], answers={}),
        notices=to_screen(at, notices) if notices is not None else None,
        login_url=at.url("login"),
        faq_url=at.url("api_faq"),
        account_url=at.url("api_account"),
        hours_url=at.url("api_hours"),
        outcome_url=at.url("outcome"),
        acknowledgement_url=at.url("acknowledge"),
        description_url=url_for("first_login.api_description"),
        contacts=[contact(at, one) for one in settings.contacts],
    )


def screen(key: str) -> Response:
    """Any screen of the wizard, by its key."""
    at = here()
    match at.state.flow.by_key.get(key):
        case Question() as question:
            return answered(at, "question", **_place(at, question), **_question(at, question))
        case Page() as page:
            return answered(at, "page", **_place(at, page), **_page(at, page))
        case None:
            raise NotFound


def _place(at: Here, current: Screen) -> Json:
    """Where the reader stands, and the way back."""
    return {
        "key": current.key,
        "page_url": at.url("screen", path=current.path),
        "title": at.words.plain(current.title),
        "answers": at.answers,
        "choices": [
            {
                "screen": one.screen,
                "about": at.words.plain(one.about),
                "label": at.words.plain(one.label),
                "change_url": one.change_url,
            }
            for one in guide.choices(at, current)
        ],
        "back": to_screen(at, guide.before(at, current)),
    }


def _question(at: Here, question: Question) -> Json:
    return {
        "name": question.name,
        "lead": optional(at, question.lead),
        "ask": at.words.plain(question.ask),
        "hint": optional(at, question.hint),
        "error": at.words.plain(question.error),
        "options": [_option(at, question, one) for one in question.options],
        "chosen": at.answers.get(question.name),
        "answer_url": at.url("api_answer", key=question.key),
    }


def _option(at: Here, question: Question, one: Option) -> Json:
    to = at.state.flow.by_key[one.then]
    next_ = _onward(at, to, {**at.answers, question.name: one.value})
    return {"value": one.value, "label": at.words.plain(one.label), "next": next_}


def _onward(at: Here, to: Screen, answers: dict[str, str]) -> Json:
    """Where an answer leads: to its screen, or past a hand-off page straight to the provider."""
    if (name := guide.passed_over(at, to.key)) is not None:
        return {"kind": "sign_in", "provider": name, "url": at.url("start", answers=answers, name=name)}
    return to_screen(at, to, answers=answers)


def answer(key: str) -> Response:
    """Where the answer in the query leads, or in the page's own words that there is none."""
    at = here()
    question = at.state.flow.by_key.get(key)
    if not isinstance(question, Question):
        raise NotFound
    if (to := guide.chosen(at, question)) is not None:
        return answered(at, "answer", next=_onward(at, to, at.answers))
    said = {"name": question.name, "detail": at.words.plain(question.error)}
    return problem_details(422, "answer_missing", PROBLEM, question.error, errors=[said])


def _page(at: Here, page: Page) -> Json:
    way, buttons = _way(at, page), guide.choice_of(at, page)
    unavailable = page.exit is not None and way is None and not buttons
    return {
        "blocks": blocks(at, page.blocks),
        "way": way,
        "providers": [way_in(at, one) for one in buttons],
        "unavailable": at.words.plain(NOT_AVAILABLE) if unavailable else None,
        "after": blocks(at, page.after),
    }


def _way(at: Here, page: Page) -> Json | None:
    """The primary button of an advice page; None where it leads to nothing that this portal has."""
    button = way_on(at, page)
    if button is None:
        return None
    return {
        "label": at.words.plain(button.label),
        "suffix": optional(at, button.suffix),
        "note": optional(at, button.note),
        "to": _end(page, button.url, button.new_window),
    }


def _end(page: Page, url: str, new_window: bool) -> Json:
    match page.exit:
        case Go(screen=key):
            return {"kind": "screen", "screen": key, "url": url}
        case SignIn(provider=name):
            return {"kind": "sign_in", "provider": name, "url": url}
        case _:
            return {"kind": "visit", "url": url, "new_window": new_window}


def login() -> Response:
    """The login page. Who comes back to it has not accepted what they were asked."""
    at = here()
    say = at.words.plain
    response = answered(
        at,
        "login",
        title=say(words.LOGIN_TITLE),
        banner={"title": say(words.BANNER_TITLE), "texts": [say(words.BANNER), say(words.FIRST_TIME)]},
        guide={
            "label": say(words.GUIDE_LINK),
            "to": to_screen(at, at.state.flow.by_key[at.state.flow.start], answers={}),
        },
        faq={"label": say(words.FAQ_LINK), "url": faq_url(at)},
        columns=[_column(at, one) for one in guide.columns(at)],
    )
    forget(response)
    return response


def _column(at: Here, column: guide.Column) -> Json:
    groups = [
        {
            "title": optional(at, group.title),
            "warning": optional(at, group.warning),
            "providers": [way_in(at, one) for one in group.providers],
        }
        for group in column.groups
    ]
    return {
        "key": column.key,
        "title": at.words.plain(column.title),
        "groups": groups,
        "unavailable": None if groups else at.words.plain(NOT_AVAILABLE),
        "note": optional(at, column.note),
        "note_link": at.words.plain(words.PUBLIC_NOTE_LINK) if column.note is not None else None,
    }


def faq() -> Response:
    """The sign-in questions and answers."""
    at = here()
    say = at.words.plain
    entries = [
        {"id": one.id, "question": say(one.question), "answers": [say(text) for text in one.answers]}
        for one in at.state.settings.qa
    ]
    return answered(at, "faq", title=say(words.FAQ_LINK), entries=entries)


def unknown(path: str) -> Response:
    """No document of ours; without a view of its own this address would get a page."""
    raise NotFound(path)

"""The documents that are the same for everybody: the wizard's screens, the login page, the questions and answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import after_this_request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from ...flow import Question, login_page, model
from .. import guide
from ..headers import private
from ..learner.comparison_table import comparison
from ..navigation import Here, here
from ..next_steps import choices
from ..pages import Button, desk, desks, document, faq_url, item_of, see_url, visit_url, way_on
from ..sign_in.sealed_cookies import WAITING
from ..template_texts import FAQ_LINK, GUIDE_LINK, LOGIN_TITLE, NOT_AVAILABLE, PREPARE, PROBLEM
from . import documents, page_parts
from .learner_documents import Login
from .problem_details import FieldError, as_json, problem_details, provider_of


@as_json
def portal() -> documents.Portal:
    """Say where everything begins: the portal's name, its languages, its support desks and the other documents."""
    at = here()
    settings, flow = at.state.settings, at.state.flow
    notices = flow.by_key.get("notices")
    return documents.Portal(
        service=settings.service_name,
        languages=[
            documents.Language(tag=words.tag, name=words.language.name, url=at.in_language(words.tag))
            for words in at.state.words.values()
        ],
        home_url=at.home_url,
        start=_first_screen(at),
        notices=guide.place_of(at, notices) if notices is not None else None,
        login_url=at.url("login"),
        faq_url=at.url("api_faq"),
        account_url=at.url("api_account"),
        hours_url=at.url("api_hours"),
        outcome_url=at.url("outcome"),
        acknowledgement_url=at.url("acknowledge"),
        description_url=url_for("first_login.api_description"),
        contacts=[page_parts.Contact.of(contact) for contact in desks(at)],
    )


# --- the wizard ---


@as_json
def screen(key: str) -> documents.Screen:
    """Show any screen of the wizard, by its key."""
    at = here()
    match at.state.flow.by_key.get(key):
        case model.Question() as question:
            return _question(at, question)
        case model.Page() as page:
            return _page(at, page)
        case None:
            raise NotFound


@as_json
def answer(key: str) -> documents.Answer | Response:
    """Say where the answer in the query leads, or in the page's own words that there is none."""
    at = here()
    question = at.state.flow.by_key.get(key)
    if not isinstance(question, Question):
        raise NotFound
    if (to := guide.chosen(at, question)) is not None:
        return documents.Answer(next=guide.place_after_answer(at, to, at.answers))
    error = FieldError(name=question.name, detail=question.error)
    return problem_details(422, "answer_missing", PROBLEM, question.error, errors=[error])


def _question(at: Here, question: Question) -> documents.Question:
    return documents.Question.of(
        question,
        **_place(at, question),
        options=[_option(at, question, option) for option in question.options],
        asides=[documents.Aside.of(aside, key=aside.mark) for aside in question.asides],
        chosen=at.answers.get(question.name),
        answer_url=at.url("api_answer", key=question.key),
    )


def _place(at: Here, current: model.Screen) -> dict[str, Any]:
    """Where the reader stands, and the way back."""
    return {
        "page_url": at.url("screen", path=current.path),
        "answers": at.answers,
        "choices": choices(at, current),
        "back": guide.place_before(at, current),
    }


def _option(at: Here, question: Question, option: model.Option) -> documents.Option:
    answers = {**at.answers, question.name: option.value}
    hint = {"hint": option.hint} if option.hint is not None else {}
    to = guide.place_after_answer(at, at.state.flow.by_key[option.then], answers)
    return documents.Option(value=option.value, label=option.label, **hint, next=to)


def _first_screen(at: Here) -> page_parts.ScreenPlace:
    return guide.place_of(at, at.state.flow.by_key[at.state.flow.start], {})


def _page(at: Here, page: model.Page) -> documents.Page:
    button, buttons = way_on(at, page), guide.choice_of(at, page)
    return documents.Page.of(
        page,
        **_place(at, page),
        blocks=blocks(at, page.blocks),
        earns=guide.earned(at, page),
        way=_way(page, button) if button is not None else None,
        providers=[provider_of(choice) for choice in buttons],
        offers=guide.by_hours(buttons),
        unavailable=NOT_AVAILABLE if page.exit is not None and button is None and not buttons else None,
        after=blocks(at, page.after),
    )


def _way(page: model.Page, button: Button) -> documents.Way:
    to: page_parts.ScreenPlace | page_parts.SignInPlace | page_parts.VisitPlace
    match page.exit:
        case model.Go(screen=key):
            to = page_parts.ScreenPlace(screen=key, url=button.url)
        case model.SignIn(provider=name):
            to = page_parts.SignInPlace(provider=name, url=button.url)
        case _:
            to = page_parts.VisitPlace(url=button.url, new_window=button.new_window)
    return documents.Way.of(button, to=to)


# --- what a page says, block by block ---


def blocks(at: Here, given: Iterable[model.Block]) -> list[page_parts.Block]:
    """Return what a page says, block by block; what the page would not draw is left out."""
    return [found for block in given if (found := _block(at, block)) is not None]


def _block(at: Here, block: model.Block) -> page_parts.Block | None:
    match block:
        case model.Paragraph() | model.Warning() | model.Inset():
            return page_parts.Words.of(block, type=type(block).__name__.lower())
        case model.Heading():
            return page_parts.Heading.of(block)
        case model.See(screen=key):
            return page_parts.See.of(block, url=see_url(at, key))
        case model.Visit(link=link):
            return page_parts.Visit.of(block, url=visit_url(at, link))
        case model.Download(link=link):
            file = document(at, link)
            return page_parts.Download.of(file, label=block.label) if file else None
        case model.Contact(key=key):
            contact = desk(at, key)
            return page_parts.ContactLines.of(contact) if contact else None
        case model.Items(items=items):
            return page_parts.Items.of(block, items=[_item(at, item) for item in items])
        case model.Needs(items=needs):
            return page_parts.Needs(
                title=PREPARE, items=[page_parts.Need(key=need.mark, text=need.text) for need in needs]
            )
        case model.Comparison():
            return comparison(at)


def _item(at: Here, item: model.Item) -> page_parts.Item:
    text, parts = item_of(at, item)
    return page_parts.Item(text=text, parts=blocks(at, parts))


# --- the login page, the questions and answers ---


@as_json
def login() -> Login:
    """Show the login page. Who comes back to it has not accepted what they were asked."""
    at = here()
    after_this_request(_forget_waiting)
    known = guide.signed_in(at)
    if known is not None:
        after_this_request(private)
    return Login(
        title=LOGIN_TITLE,
        signed_in=known,
        banner=documents.Banner(title=login_page.BANNER_TITLE, texts=[*guide.BANNER]),
        guide=documents.GuideLink(label=GUIDE_LINK, to=_first_screen(at)),
        faq=page_parts.Link(label=FAQ_LINK, url=faq_url(at)),
        columns=guide.columns(at),
        comparison=comparison(at),
        phone_url=at.url("phone_code", page="login"),
        ways=page_parts.Items.of(login_page.WAYS, items=[_item(at, item) for item in login_page.WAYS.items]),
        note=login_page.SOCIAL_WARNING,
    )


def _forget_waiting(response: Response) -> Response:
    WAITING.forget(response)
    return response


@as_json
def faq() -> documents.Faq:
    """Show the sign-in questions and answers."""
    return documents.Faq(title=FAQ_LINK, entries=[*here().state.settings.qa])


def unknown(path: str) -> Response:
    """Refuse an address without a document; without a view of its own it would get a page.

    :raises NotFound: always.
    """
    raise NotFound(path)

"""The documents of the guide in JSON: the JSON is the class, and its schema is derived (`schema`).

Words are `Text`, said in the reader's language when the JSON is written. What a page draws too is of the page's own
classes. Nothing is looked up or decided here: the views fill the documents.
"""

from __future__ import annotations

from dataclasses import field
from typing import Annotated, Any

from ...flow.faq import Entry
from ...text import Text
from ..navigation import here
from .page_parts import Block, Contact, LoginPlace, ScreenPlace, SignInPlace, VisitPlace
from .problem_details import Group, Provider
from .schema import ABSENT, Component, Part, Url

Lang = Annotated[str, "One of the portal's languages, as BCP 47 names it."]
Suffix = Annotated[Text | None, "Said after the label to those who cannot see where it leads (WCAG 2.4.9)."]


class Document(Part):
    """A whole answer. ``kind`` says which, wherever it came from."""

    lang: Lang = field(default_factory=lambda: here().words.tag)


class Language(Part):
    """The same document in one of the portal's languages."""

    tag: Lang
    name: str
    url: Url


class Portal(Document, kind="portal"):
    """Where everything begins."""

    service: Annotated[Text, "The portal's name."]
    languages: list[Language]
    home_url: Url
    start: ScreenPlace
    notices: ScreenPlace | None
    login_url: Url
    faq_url: Url
    account_url: Url
    hours_url: Url
    outcome_url: Url
    acknowledgement_url: Url
    description_url: Url
    contacts: list[Contact]


class Choice(Part):
    """An answer given so far."""

    screen: str
    about: Text
    label: Text
    change_url: Url


class AnyScreen(Document):
    """What every screen of the wizard has."""

    key: Annotated[str, "Stable; the screen's name in every address."]
    page_url: Annotated[Url, "The same screen as a page."]
    title: Text
    answers: Annotated[dict[str, str], "What the address, and standing here, say so far, by each question's name."]
    choices: list[Choice]
    back: LoginPlace | ScreenPlace


class Option(Part):
    """One answer to a question."""

    value: str
    label: Text
    hint: Annotated[Text, "Tells those of whom it is not plain that the answer is theirs."] = ABSENT
    next: ScreenPlace | SignInPlace


class Aside(Part):
    """What is good to know beside a question; `key` names the picture beside it."""

    key: str
    title: Text
    text: Text


class Question(AnyScreen, kind="question"):
    """One question of the wizard."""

    name: Annotated[str, "The parameter of the answer."]
    lead: Text | None
    ask: Text
    hint: Text | None
    error: Annotated[Text, "What to say when nothing was chosen."]
    options: list[Option]
    asides: list[Aside]
    chosen: Annotated[str | None, "The answer that the address remembers."]
    answer_url: Annotated[Url, "Where to ask, with the answer added, whether it is one; options also say it."]


class Way(Part):
    """The primary button."""

    label: Text
    suffix: Suffix
    note: Text | None
    to: ScreenPlace | SignInPlace | VisitPlace


class Earns(Part):
    """The authorities to which the reader's hours can be uploaded by the way on."""

    title: Text
    authorities: list[Text]


class Page(AnyScreen, kind="page"):
    """Advice, then the way on."""

    because: Annotated[Text | None, "The reason of the advice: the reader's own answers."]
    blocks: list[Block]
    earns: Earns | None
    way: Way | None
    providers: Annotated[list[Provider], "Among these the reader chooses."]
    offers: Annotated[list[Group], "The same by what they give."]
    unavailable: Annotated[Text | None, "What to say where this portal has no way on."]
    after: Annotated[list[Block], "What stands below the way on."]


Screen = Annotated[Question | Page, Component("Screen")]


class Answer(Document, kind="answer"):
    """Where an answer leads."""

    next: ScreenPlace | SignInPlace


class Banner(Part):
    """What stands above the columns of the login page."""

    title: Text
    texts: list[Text]


class GuideLink(Part):
    """The way into the guide."""

    label: Text
    to: ScreenPlace


class Column(Part):
    """One column of the login page."""

    key: str
    title: Text
    groups: list[Group]
    unavailable: Annotated[Text | None, "What to say in place of an empty column."]
    note: Text | None
    note_link: Annotated[Text | None, "The note's last sentence, a link to the questions and answers."]


class Faq(Document, kind="faq"):
    """Questions and answers."""

    title: Text
    entries: list[Entry]


Description = Annotated[dict[str, Any], "OpenAPI 3.1.", Component("Description")]

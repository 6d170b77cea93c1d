"""Draw a page: what every template is given, and the buttons and addresses that pages share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from types import ModuleType
from typing import Any, ClassVar, NamedTuple

from flask import make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from ..errors import place_of
from ..flow import Choose, Contact, Item, Visit
from ..flow.model import Block, Go, Page, SignIn
from ..identity import Standing
from ..languages import Language, babel_of_host, serves
from ..settings import SupportDesk
from ..text import Text
from ..traces import leave_trace
from . import template_texts
from .navigation import Here, here

WIZARD_SUFFIX = Text("First sign-in guide", "首次登入引導")
ERROR_PREFIX = Text("Error: ", "錯誤：")
#: Said with each page: what a host's own class of answers takes a text for may be JSON.
HTML = "text/html; charset=utf-8"


class Switch(NamedTuple):
    """One entry of the language switch."""

    tag: str
    name: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Chrome:
    """What surrounds every page; templates know it as ``fl``, and the words of their own as ``fl.texts``."""

    language: Language
    document_title: str
    service: str
    home_url: str
    login_url: str
    start_url: str
    notices_url: str | None
    faq_url: str
    css_url: str
    languages: tuple[Switch, ...]
    origin: str | None
    contacts: tuple[SupportDesk, ...]
    access_keys: bool
    texts: ClassVar[ModuleType] = template_texts

    @property
    def lang(self) -> str:
        return self.language.tag


@dataclass(frozen=True, slots=True)
class Button:
    """A way on: a provider's sign-in, another screen, or a page elsewhere. One that ``costs`` its reader their hours,
    as a social sign-in does, is drawn so that nobody takes it for another, and the page says what it costs."""

    url: str
    label: Text
    name: str = ""
    suffix: Text | None = None
    note: Text | None = None
    icon_url: str | None = None
    new_window: bool = False
    costs: bool = False


class Document(NamedTuple):
    """A file to download: its address, and its format where the address tells it."""

    url: str
    format: str | None


def render(
    template: str,
    title: Text,
    *,
    error: bool = False,
    guide: bool = True,
    page_url: Mapping[str, Any] | None = None,
    **context: object,
) -> Response:
    """Draw one page in the language of the request, the host's layout around it.

    ``page_url`` (an endpoint and its values) is where the language switch leads, for a page that cannot be opened again
    at its own address.
    """
    at, name = here(), f"first_login/{template}"
    with _language_of_layout(at):
        html = render_template(
            at.state.environment_of(name).get_template(name),
            fl=_chrome(at, _document_title(at, title, error=error, guide=guide), page_url),
            fl_base_template=at.state.settings.base_template,
            fl_title=title,
            title=at.words.plain(title),  # as many a layout reads it
            _fl=at.words,
            _fl_plain=at.words.in_template,
            see=lambda key: see_url(at, key),
            visit=lambda link: visit_url(at, link),
            download=lambda link: document(at, link),
            contact=lambda key: desk(at, key),
            item_of=lambda item: item_of(at, item),
            **context,
        )
    return make_response(html, {"Content-Type": HTML, "Content-Language": at.words.tag})


def _language_of_layout(at: Here) -> AbstractContextManager[object]:
    """Let a host's layout follow the language that the URL asks for: one page, one language.

    A layout that is in this language already is left as it is: the host may know it by another name (``zh_Hant``).
    """
    if at.lang is None or (babel := babel_of_host()) is None:
        return nullcontext()
    ours = at.words.locale  # first: what Babel keeps may be of another request until this is asked
    try:
        is_so = serves(str(babel.get_locale()), at.state.words) == ours
    except Exception as error:  # of the host's selector, which is not needed here
        leave_trace(error, "the host's choice of a language failed: %s", place_of(error))
        is_so = False
    forced: AbstractContextManager[object] = nullcontext() if is_so else babel.force_locale(ours)
    return forced


def _document_title(at: Here, title: Text, *, error: bool, guide: bool) -> str:
    parts = [at.words.plain(title), *([at.words.plain(WIZARD_SUFFIX)] if guide else [])]
    joined = at.words.language.dash.join([*parts, at.words.plain(at.state.settings.service_name)])
    return at.words.plain(ERROR_PREFIX) + joined if error else joined


def _chrome(at: Here, document_title: str, page_url: Mapping[str, Any] | None) -> Chrome:
    settings = at.state.settings
    in_language = at.in_language if page_url is None else lambda tag: at.url(**page_url, lang=tag)
    return Chrome(
        language=at.words.language,
        document_title=document_title,
        service=at.words.plain(settings.service_name),
        home_url=at.home_url,
        login_url=at.url("login"),
        start_url=at.screen_url(at.state.flow.by_key[at.state.flow.start].path, answers={}),
        notices_url=see_url(at, "notices") if "notices" in at.state.flow.by_key else None,
        faq_url=faq_url(at),
        css_url=url_for("first_login.static", filename="first_login.css"),
        languages=tuple(
            Switch(words.tag, words.language.name, in_language(words.tag), words is at.words)
            for words in at.state.words.values()
        ),
        origin=settings.external_url,
        contacts=desks(at),
        access_keys=settings.access_keys,
    )


def see_url(at: Here, key: str) -> str:
    """Return the URL of another screen; that of a reference page says where its reader comes from."""
    target, current = at.state.flow.by_key[key], at.screen
    values: dict[str, str] = {}
    if target in at.state.flow.references and current is not None and current not in at.state.flow.references:
        values["from"] = current.key
    return at.screen_url(target.path, None, **values)


def faq_url(at: Here) -> str:
    """Return the address of the Q&A: the host's page when it set one, else ours."""
    return at.state.settings.links.get("faq") or at.url("faq")


def visit_url(at: Here, link: str) -> str | None:
    """Return the address of a link by its key; None when the host has not set it: no link is drawn then."""
    return faq_url(at) if link == "faq" else at.state.settings.links.get(link)


def item_of(at: Here, item: Item) -> tuple[Text, tuple[Block, ...]]:
    """Return what an item of a list says here, and what stands under it: where a page that it sends its reader to is
    not set, the wording that orders no click."""
    if item.unlinked is None or all(visit_url(at, part.link) for part in item.parts if isinstance(part, Visit)):
        return item.text, item.parts
    return item.unlinked, tuple(part for part in item.parts if not isinstance(part, Visit))


def document(at: Here, link: str) -> Document | None:
    """Return a download by its key; None when the host has not set it."""
    url = at.state.settings.links.get(link)
    ending = re.search(r"\.(pdf|odt|odf|docx?)(?:[?#]|$)", url or "", re.IGNORECASE)
    return Document(url, ending[1].upper() if ending else None) if url else None


def desks(at: Here) -> tuple[SupportDesk, ...]:
    """List the support desks: first that of the provider which this page is about, then the portal's own."""
    settings, place = at.state.settings, request.view_args or {}
    about = {place.get("name"), place.get("provider")}
    if isinstance(page := at.screen, Page):
        about |= {block.key for block in (*page.blocks, *page.after) if isinstance(block, Contact)}
        about |= {page.exit.provider} if isinstance(page.exit, SignIn) else set()
    every = (*([settings.desk] if settings.desk is not None else []), *settings.contacts)
    return tuple(sorted(every, key=lambda contact: contact.key not in about))


def desk(at: Here, key: str) -> SupportDesk | None:
    """Return the support desk of a key; None when the host has none."""
    return next((contact for contact in desks(at) if contact.key == key), None)


def provider_button(at: Here, name: str, *, label: Text | None = None, suffix: Text | None = None) -> Button | None:
    """Make the sign-in button of a provider; None when this portal has not registered there."""
    registration = at.state.registrations.get(name)
    if registration is None:
        return None
    return Button(
        url=at.url("start", name=name),
        label=label or registration.provider.button,
        name=name,
        suffix=suffix,
        icon_url=at.state.settings.icons.get(name),
        costs=registration.provider.standing is Standing.SOCIAL,
    )


def provider_buttons(at: Here, names: tuple[str, ...], suffix: Text | None = None) -> list[Button]:
    """Make the buttons of those providers that this portal has, in the order given."""
    return [button for name in names if (button := provider_button(at, name, suffix=suffix)) is not None]


def provider_title(at: Here, name: str) -> Text:
    """Return what a provider is called; one that is no longer registered, by its name alone."""
    registration = at.state.registrations.get(name)
    return registration.provider.title if registration is not None else Text(name, name)


def way_on(at: Here, page: Page) -> Button | None:
    """Make the primary button of an advice page; None where it leads to nothing that this portal has."""
    match page.exit:
        case Go(screen=to, label=label, note=note):
            return Button(at.screen_url(at.state.flow.by_key[to].path), label, note=note)
        case SignIn(provider=name, label=label):
            return _named_button(at, name, label)
        case Visit(link=link, label=label, new_window=new_window):
            url = visit_url(at, link)
            return Button(url, label, new_window=new_window) if url else None
        case Choose() | None:
            return None


def _named_button(at: Here, name: str, label: Text) -> Button | None:
    """Make a provider's button with a label of the page. Where the label does not name the provider, the name is added
    for screen readers (WCAG 2.4.9)."""
    registration = at.state.registrations.get(name)
    if registration is None:
        return None
    title = registration.provider.title
    unnamed = title.zh not in label.zh and title.en not in label.en
    return provider_button(at, name, label=label, suffix=title if unnamed else None)

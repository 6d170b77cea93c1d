"""The parts that several documents share: words, places, providers, contacts and the blocks of a page."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from flask import Response, request
from werkzeug.exceptions import BadRequest, Unauthorized

from ...flow.model import Block, Contact, Download, Heading, Inset, Items, Paragraph, Screen, See, Visit, Warning
from ...identity import Account
from ...settings import SupportDesk
from ...text import Text
from ..navigation import Here
from ..pages import desk, document, see_url, visit_url
from .problem_details import json_response

Json = dict[str, Any]
TOKEN_HEADER = "X-CSRFToken"


def answered(at: Here, kind: str, /, **members: object) -> Response:
    """One document. ``kind`` tells a front end which of them it holds, wherever it came from."""
    return json_response({"kind": kind, "lang": at.words.tag, **members})


def signed_in(at: Here) -> Account:
    """The account that is signed in in this browser.

    :raises Unauthorized: nobody is.
    """
    account = at.state.signed_in()
    if account is None:
        raise Unauthorized
    return account


def of_person(response: Response) -> Response:
    """Mark a document as one person's: it follows the session, so nothing between here and them may mix it up."""
    response.vary.add("Cookie")
    return response


def given_body() -> Json:
    """The JSON object that was sent.

    :raises BadRequest: it is no object, is nested so deep that it is only meant to harm, or holds half a character,
        which JSON can spell and nothing can keep.
    """
    try:
        given = request.get_json()
        json.dumps(given, ensure_ascii=False).encode()
    except (RecursionError, UnicodeEncodeError):
        raise BadRequest from None
    if not isinstance(given, dict):
        raise BadRequest
    return given


def given_token() -> dict[str, str]:
    """The token against forged requests as a form's field; a page elsewhere can send no header of its own."""
    return {"csrf_token": request.headers.get(TOKEN_HEADER, "")}


def optional(at: Here, text: Text | None) -> str | None:
    """A text that may be missing."""
    return at.words.plain(text) if text is not None else None


def to_screen(at: Here, screen: Screen | None, **kept: Any) -> Json:
    """The way to a screen, or to the login page where there is none before."""
    if screen is None:
        return {"kind": "login", "url": at.url("login")}
    return {"kind": "screen", "screen": screen.key, "url": at.screen_url(screen.path, **kept)}


def contact(at: Here, one: SupportDesk) -> Json:
    """The lines of one support desk; ``tel`` is the phone as a machine dials it."""
    hours = optional(at, one.hours)
    title = at.words.plain(one.title)
    return {"key": one.key, "title": title, "phone": one.phone, "tel": one.tel, "hours": hours, "email": one.email}


def blocks(at: Here, given: Iterable[Block]) -> list[Json]:
    """What a page says, block by block; what the page would not draw is left out."""
    return [found for block in given if (found := _block(at, block)) is not None]


def _block(at: Here, block: Block) -> Json | None:
    say = at.words.plain
    match block:
        case Heading(text=text, id=id):
            return {"type": "heading", "id": id, "text": say(text)}
        case Paragraph(text=text) | Warning(text=text) | Inset(text=text):
            return {"type": type(block).__name__.lower(), "text": say(text)}
        case See(screen=key, label=label):
            return {"type": "see", "label": say(label), "screen": key, "url": see_url(at, key)}
        case Visit(link=link, label=label, new_window=new_window):
            return {"type": "visit", "label": say(label), "url": visit_url(at, link), "new_window": new_window}
        case Download(link=link, label=label):
            file = document(at, link)
            return {"type": "download", "label": say(label), "url": file.url, "format": file.format} if file else None
        case Contact(key=key):
            found = desk(at, key)
            return {"type": "contact", **contact(at, found)} if found else None
        case Items(items=items, ordered=ordered):
            lines = [{"text": say(item.text), "parts": blocks(at, item.parts)} for item in items]
            return {"type": "items", "ordered": ordered, "items": lines}

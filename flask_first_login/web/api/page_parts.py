"""The parts of a page in JSON: where a way leads, and what a page says, block by block."""

from __future__ import annotations

from typing import Annotated

from ...hours import Verdict
from ...text import Text
from .schema import BrowserUrl, Component, Part, Url

# --- where a way leads ---


class LoginPlace(Part, kind="login"):
    """On to the login page."""

    url: Url


class ScreenPlace(Part, kind="screen"):
    """On to a screen of the wizard."""

    screen: str
    url: Url


class SignInPlace(Part, kind="sign_in"):
    """Off to a provider."""

    provider: str
    url: BrowserUrl


class VisitPlace(Part, kind="visit"):
    """To a page elsewhere."""

    url: BrowserUrl
    new_window: bool


class Link(Part):
    """A link to a page."""

    label: Text
    url: BrowserUrl


# --- what a page says, block by block ---


class Words(Part):
    """Words alone."""

    type: Annotated[str, ("enum", ("paragraph", "warning", "inset"))]
    text: Text


class Heading(Part, type="heading"):
    """A heading inside the page; `id` is its anchor."""

    id: str | None
    text: Text


class See(Part, type="see"):
    """A link to another screen, beside the way."""

    label: Text
    screen: str
    url: Url


class Visit(Part, type="visit"):
    """A link that leaves the portal; where `url` is null the label is plain text."""

    label: Text
    url: Url | None
    new_window: bool


class Download(Part, type="download"):
    """A file to fetch."""

    label: Text
    url: Url
    format: str | None


class Contact(Part):
    """A support desk."""

    key: str
    title: Text
    phone: Annotated[str, "As it is printed."]
    tel: Annotated[str, ("pattern", r"^\+?\d+$"), "As it is dialled."]
    hours: Text | None
    email: str


class ContactLines(Contact, type="contact"):
    """The lines of one support desk."""


class Need(Part):
    """One thing to have at hand; `key` names the picture beside it."""

    key: str
    text: Text


class Needs(Part, type="needs"):
    """What to have at hand before leaving for a provider, and what happens then."""

    title: Text
    items: list[Need]


class AccountKind(Part):
    """One kind of account, and the providers of this portal that have it."""

    key: str
    title: Text
    providers: list[Text]


class Cell(Part):
    """What one kind of account earns in one respect; `refused` is for good."""

    verdict: Verdict
    label: Text


class ComparisonRow(Part):
    """An authority, or another respect, with a cell for each kind of account."""

    key: str
    title: Text
    cells: list[Cell]


class Comparison(Part, type="comparison"):
    """The table of accounts and of what each of them earns."""

    title: Text
    caption: Text
    corner: Annotated[Text, "What the rows are."]
    accounts: list[AccountKind]
    rows: list[ComparisonRow]


class Item(Part):
    """Words, then what belongs under them."""

    text: Text
    parts: list[Block]


class Items(Part, type="items"):
    """A list; ordered when its numbers mean something."""

    ordered: bool
    items: list[Item]


Block = Annotated[
    Words | Heading | See | Visit | Download | ContactLines | Items | Needs | Comparison, Component("Block")
]

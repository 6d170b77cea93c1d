"""The parts a wizard is made of. A flow is data: it names every exit, so it can be proven, drawn and read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

from ..errors import FlowError
from ..text import Text

# --- what a page says, block by block ---


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    text: Text


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading inside the page; ``id`` is its anchor."""

    text: Text
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Warning:
    """Something that costs the learner something: shown with an icon and the hidden word "Warning"."""

    text: Text


@dataclass(frozen=True, slots=True)
class Inset:
    """Plain extra information; at most one a page."""

    text: Text


@dataclass(frozen=True, slots=True)
class See:
    """A link to another screen of the wizard, beside the way: it is no exit, so it adds no path."""

    screen: str
    label: Text


@dataclass(frozen=True, slots=True)
class Visit:
    """A link that leaves the portal. ``link`` is a key of the links setting; unset, the label stays as text."""

    link: str
    label: Text
    new_window: bool = False


@dataclass(frozen=True, slots=True)
class Download:
    """A document to fetch; ``link`` as in `Visit`. Unset, nothing is shown."""

    link: str
    label: Text


@dataclass(frozen=True, slots=True)
class Contact:
    """The contact lines of one support desk, a key of the contacts setting."""

    key: str


@dataclass(frozen=True, slots=True)
class Item:
    """One list item: words, then what belongs under them."""

    text: Text
    parts: tuple[Visit | See | Warning | Items, ...] = ()


@dataclass(frozen=True, slots=True)
class Items:
    """A list; ``ordered`` when the numbers mean something."""

    items: tuple[Item, ...]
    ordered: bool = False


Block = Paragraph | Heading | Warning | Inset | See | Visit | Download | Contact | Items

# --- where a page leads ---


@dataclass(frozen=True, slots=True)
class Go:
    """On to another screen of the wizard."""

    screen: str
    label: Text
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class SignIn:
    """The path ends: sign in with one provider. ``label`` is what the button says."""

    provider: str
    label: Text


@dataclass(frozen=True, slots=True)
class Choose:
    """The path ends: the learner picks one of several providers, in this order."""

    providers: tuple[str, ...]


Exit = Go | SignIn | Choose | Visit

# --- the screens ---


@dataclass(frozen=True, slots=True)
class Option:
    """One answer: the token in the URL, the words beside the radio, and the screen it leads to."""

    value: str
    label: Text
    then: str


@dataclass(frozen=True, slots=True)
class Question:
    """One question, one page. ``name`` is the query parameter of its answer, ``about`` what it is called
    in "Your answers", ``lead`` the lighter first line inside the heading."""

    key: str
    path: str
    name: str
    title: Text
    about: Text
    ask: Text
    error: Text
    options: tuple[Option, ...]
    lead: Text | None = None
    hint: Text | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Advice, then the way on. ``exit`` is None only for a reference page such as the notices.

    ``handoff`` marks a page that an answer may pass over, straight to the provider of its exit, where
    the host's settings say so.
    """

    key: str
    path: str
    title: Text
    blocks: tuple[Block, ...]
    exit: Exit | None = None
    after: tuple[Block, ...] = ()
    handoff: bool = False


Screen = Question | Page


@dataclass(frozen=True, slots=True)
class Step:
    """How a screen is reached: from which screen, and by which answer (None: by the page's own way on)."""

    screen: str
    answer: str | None


@dataclass(frozen=True)
class Flow:
    """A whole wizard, proven when it is constructed.

    ``start`` is the key of the first question; ``screens`` the tree; ``references`` pages beside it
    that any screen may point at; ``providers``, ``links`` and ``contacts`` the names it may use.

    :raises FlowError: listing every problem at once (see `flow.check`).
    """

    start: str
    screens: tuple[Screen, ...]
    providers: frozenset[str]
    links: frozenset[str] = frozenset()
    contacts: frozenset[str] = frozenset()
    references: tuple[Page, ...] = field(default=())

    def __post_init__(self) -> None:
        from .check import check

        if problems := check(self):
            raise FlowError(problems)

    @cached_property
    def by_key(self) -> Mapping[str, Screen]:
        return MappingProxyType({screen.key: screen for screen in (*self.screens, *self.references)})

    @cached_property
    def by_path(self) -> Mapping[str, Screen]:
        return MappingProxyType({screen.path: screen for screen in (*self.screens, *self.references)})

    @cached_property
    def steps(self) -> Mapping[str, Step]:
        """For each screen but the first, the one step that leads to it: the flow is a tree."""
        return MappingProxyType({to: step for screen in self.screens for to, step in exits(screen)})

    @cached_property
    def answer_tokens(self) -> Mapping[str, frozenset[str]]:
        """For each question's parameter the closed set of its answers; anything else in a URL is dropped."""
        return MappingProxyType(
            {s.name: frozenset(o.value for o in s.options) for s in self.screens if isinstance(s, Question)}
        )


def exits(screen: Screen) -> list[tuple[str, Step]]:
    """Every way on from a screen that stays in the wizard: the key it leads to and the step."""
    match screen:
        case Question():
            return [(option.then, Step(screen.key, option.value)) for option in screen.options]
        case Page(exit=Go(screen=to)):
            return [(to, Step(screen.key, None))]
        case _:
            return []

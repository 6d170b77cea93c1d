"""The parts a wizard is made of. They are data and name every exit, so a flow can be proven, drawn and read."""

from __future__ import annotations

from dataclasses import dataclass

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
    """One list item: words, then what belongs under them. ``unlinked`` is what it says where the page that it sends its
    reader to is not set: no sentence orders a click that is nowhere."""

    text: Text
    parts: tuple[Visit | See | Warning | Items, ...] = ()
    unlinked: Text | None = None


@dataclass(frozen=True, slots=True)
class Items:
    """A list; ``ordered`` when the numbers mean something."""

    items: tuple[Item, ...]
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Need:
    """One thing to have at hand; ``mark`` names the one of our marks that is drawn beside it."""

    mark: str
    text: Text


@dataclass(frozen=True, slots=True)
class Needs:
    """What to have at hand before leaving for a provider, and what happens then."""

    items: tuple[Need, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The table of accounts and of what each of them earns, made from the rules of this portal."""


Block = Paragraph | Heading | Warning | Inset | See | Visit | Download | Contact | Items | Needs | Comparison

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
    """One answer: the token in the URL, the words beside the radio, and the screen it leads to. ``hint`` tells those of
    whom it is not plain that the answer is theirs."""

    value: str
    label: Text
    then: str
    hint: Text | None = None


@dataclass(frozen=True, slots=True)
class Aside:
    """What is good to know beside a question, under a mark of ours."""

    mark: str
    title: Text
    text: Text


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
    asides: tuple[Aside, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """Advice, then the way on. ``exit`` is None only for a reference page such as the notices.

    ``because`` is the reason of the advice, the learner's own answers, and stands above the heading.

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
    because: Text | None = None


Screen = Question | Page


@dataclass(frozen=True, slots=True)
class Step:
    """How a screen is reached: from which screen, and by which answer (None: by the page's own way on)."""

    screen: str
    answer: str | None


def exits(screen: Screen) -> list[tuple[str, Step]]:
    """Every way on from a screen that stays in the wizard: the key it leads to and the step."""
    match screen:
        case Question():
            return [(option.then, Step(screen.key, option.value)) for option in screen.options]
        case Page(exit=Go(screen=to)):
            return [(to, Step(screen.key, None))]
        case _:
            return []

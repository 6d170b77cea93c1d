"""A flow and its proof: every path ends, nothing dangles, nothing is out of reach, every text has both languages."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cached_property
from types import MappingProxyType

from ..errors import FlowError, Problem
from ..text import Text
from .model import Choose, Contact, Download, Page, Question, Screen, See, SignIn, Step, Visit, exits

#: What URLs and forms of ours use for themselves; a question's parameter must be none of them.
RESERVED = frozenset(
    {"lang", "next", "submitted", "from", "new", "ref", "name", "path", "data", "errors", "meta", "endpoint"}
)
_RESERVED = ", ".join(sorted(RESERVED))
NAME = re.compile(r"[a-z][a-z_]*")
PLACEHOLDERS = frozenset({"social", "sync"})
#: A key stands in addresses of the JSON interface, as one segment.
KEY = re.compile(r"[a-z0-9][a-z0-9_.-]*")
PATH = re.compile(r"([a-z0-9-]+(/[a-z0-9-]+)*)?")


@dataclass(frozen=True)
class Flow:
    """A whole wizard, proven when it is constructed.

    ``start`` is the key of the first question; ``screens`` the tree; ``references`` pages beside it
    that any screen may point at; ``providers``, ``links`` and ``contacts`` the names it may use.

    :raises FlowError: listing every problem at once (see `check`).
    """

    start: str
    screens: tuple[Screen, ...]
    providers: frozenset[str]
    links: frozenset[str] = frozenset()
    contacts: frozenset[str] = frozenset()
    references: tuple[Page, ...] = field(default=())

    def __post_init__(self) -> None:
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


def check(flow: Flow) -> list[Problem]:
    """Return every problem of ``flow``; an empty list is the proof. Raises nothing."""
    every = (*flow.screens, *flow.references)
    return [
        *_duplicates(flow),
        *_tree(flow),
        *(problem for screen in every for problem in (*_shape(screen), *_names(flow, screen), *_texts(screen))),
    ]


def _duplicates(flow: Flow) -> Iterator[Problem]:
    every = (*flow.screens, *flow.references)
    for what, values in (
        ("key", [screen.key for screen in every]),
        ("path", [screen.path for screen in every]),
        ("parameter", [screen.name for screen in flow.screens if isinstance(screen, Question)]),
    ):
        for value, count in Counter(values).items():
            if count > 1:
                yield Problem(f"{what} {value!r}", f"is used by {count} screens.", "Give each screen its own.")


def _tree(flow: Flow) -> Iterator[Problem]:
    known = {screen.key: screen for screen in flow.screens}
    if flow.start not in known:
        yield Problem(f"start {flow.start!r}", "is no screen of the flow.", "Name the key of the first question.")
    parents: dict[str, list[str]] = {}
    for screen in flow.screens:
        for to, step in exits(screen):
            at = f"{screen.key}={step.answer}" if step.answer is not None else screen.key
            if to not in known:
                what = f"leads to {to!r}, which is none of the screens."
                yield Problem(f"screen {at!r}", what, "Add it, or lead elsewhere.")
            parents.setdefault(to, []).append(at)
    for key, ways in parents.items():
        if key in known and (len(ways) > 1 or key == flow.start):
            found = ", ".join(ways)
            yield Problem(
                f"screen {key!r}",
                f"is reached by more than one way or leads back ({found}).",
                "A flow is a tree: give each way a screen of its own.",
            )
    if flow.start in known:  # else nothing is reached, and saying so of every screen would bury the cause
        for key in sorted(known.keys() - _reached(flow, known)):
            yield Problem(f"screen {key!r}", "cannot be reached.", "Lead an option to it, or remove it.")


def _reached(flow: Flow, known: dict[str, Screen]) -> set[str]:
    seen: set[str] = set()
    waiting = [flow.start]
    while waiting:
        key = waiting.pop()
        if key in known and key not in seen:
            seen.add(key)
            waiting.extend(to for to, _ in exits(known[key]))
    return seen


def _shape(screen: Screen) -> Iterator[Problem]:
    where = f"screen {screen.key!r}"
    if not KEY.fullmatch(screen.key):
        yield Problem(where, "has a key that no address can hold.", "Use small letters, digits, '-', '_' and '.'.")
    if not PATH.fullmatch(screen.path):
        yield Problem(where, f"has the path {screen.path!r}.", "Use small letters, digits, '-' and inner '/'.")
    if isinstance(screen, Question):
        if not NAME.fullmatch(screen.name) or screen.name in RESERVED:
            yield Problem(where, f"has the parameter {screen.name!r}.", f"Use small letters, and none of: {_RESERVED}.")
        if len(screen.options) < 2:
            yield Problem(where, "has fewer than two options.", "Offer at least two, or make it a page.")
        for value, count in Counter(option.value for option in screen.options).items():
            if count > 1:
                yield Problem(where, f"has the answer {value!r} {count} times.", "Give each option its own value.")


def _names(flow: Flow, screen: Screen) -> Iterator[Problem]:
    where = f"screen {screen.key!r}"
    if isinstance(screen, Page) and screen in flow.screens and screen.exit is None:
        yield Problem(where, "has no way on, so its path never ends.", "Give it an exit.")
    if isinstance(screen, Page) and screen in flow.references and screen.exit is not None:
        yield Problem(where, "is a reference page with a way on, which no path shows.", "Use a See or a Visit instead.")
    keys = {known.key for known in (*flow.screens, *flow.references)}
    for part in _parts(screen):
        match part:
            case SignIn(provider=name):
                yield from _unknown(where, "provider", {name}, flow.providers)
            case Choose(providers=()):
                yield Problem(where, "offers a choice of no provider.", "Name at least one.")
            case Choose(providers=names):
                yield from _unknown(where, "provider", set(names), flow.providers)
            case Visit(link=name) | Download(link=name):
                yield from _unknown(where, "link", {name}, flow.links)
            case Contact(key=name):
                yield from _unknown(where, "contact", {name}, flow.contacts)
            case See(screen=name):
                yield from _unknown(where, "screen", {name}, keys)
            case _:
                pass


def _unknown(where: str, what: str, named: set[str], known: frozenset[str] | set[str]) -> Iterator[Problem]:
    fix = f"Known: {', '.join(sorted(known)) or 'none'}."
    for name in sorted(named - known):
        yield Problem(where, f"names the {what} {name!r}, which the flow does not know.", fix)


def _texts(screen: Screen) -> Iterator[Problem]:
    for part in _parts(screen):
        if isinstance(part, Text):
            where = f"screen {screen.key!r}, text {(part.en or part.zh)[:40]!r}"
            for language, words in (("English", part.en), ("Chinese", part.zh)):
                if not words.strip():
                    yield Problem(where, f"has no {language}.", "Write it beside the other language.")
            yield from _placeholders(where, part)


def _placeholders(where: str, text: Text) -> Iterator[Problem]:
    try:
        en, zh = _named(text.en), _named(text.zh)
    except ValueError:
        yield Problem(where, "has a brace that is not closed.", "Write '{{' for a brace.")
        return
    if en != zh and text.en.strip() and text.zh.strip():
        yield Problem(where, "has other placeholders in English than in Chinese.", "Use the same in both.")
    for name in sorted((en | zh) - PLACEHOLDERS):
        yield Problem(where, f"has the placeholder {name!r}.", f"Known: {', '.join(sorted(PLACEHOLDERS))}.")


def _named(words: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(words) if name is not None}


def _parts(value: object) -> Iterator[object]:
    """Yield the value and everything inside it, depth first, so that no field is forgotten; a text is one part."""
    yield value
    if isinstance(value, tuple):
        for part in value:
            yield from _parts(part)
    elif is_dataclass(value) and not isinstance(value, Text):
        for member in fields(value):
            yield from _parts(getattr(value, member.name))

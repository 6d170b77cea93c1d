"""A picture of a flow: a Mermaid graph whose every edge says which answer it is."""

from __future__ import annotations

from ..text import Text
from .check import Flow
from .model import Choose, Go, Page, Question, Screen, SignIn, Visit

CHOOSE = Text("Choose to sign in with", "選擇登入")


def diagram(flow: Flow, language: str = "en") -> str:
    """Return a Mermaid ``flowchart``; ``language`` is ``en`` or ``zh``.

    Screens are numbered as they stand in the flow (``s0``, ``s1``...) and each end of a path has a node
    of its own: a key may hold what Mermaid cannot read, and one name may be a screen's and a provider's.
    """
    ids = {screen.key: f"s{number}" for number, screen in enumerate(flow.screens)}
    nodes, edges = [], []
    for screen in flow.screens:
        at = ids[screen.key]
        left, right = ("{{", "}}") if isinstance(screen, Question) else ("[", "]")
        nodes.append(f"  {at}{left}{_quoted(screen.title, language)}{right}")
        for label, to in _onward(screen):
            edges.append(f"  {at} -->|{_quoted(label, language)}| {ids[to]}")
        for number, (label, name) in enumerate(_outward(screen)):
            edges.append(f'  {at} -->|{_quoted(label, language)}| {at}e{number}(["{name}"])')
    return "\n".join(["flowchart TD", *nodes, *edges]) + "\n"


def _onward(screen: Screen) -> list[tuple[Text, str]]:
    """The ways that stay in the wizard: what each says, and the key of the screen it leads to."""
    match screen:
        case Question(options=options):
            return [(option.label, option.then) for option in options]
        case Page(exit=Go(screen=to, label=label)):
            return [(label, to)]
        case _:
            return []


def _outward(screen: Screen) -> list[tuple[Text, str]]:
    """The ways that leave it: what each says, and the provider or the link it leads to."""
    match screen:
        case Page(exit=SignIn(provider=name, label=label)) | Page(exit=Visit(link=name, label=label)):
            return [(label, name)]
        case Page(exit=Choose(providers=names)):
            return [(CHOOSE, name) for name in names]
        case _:
            return []


def _quoted(text: Text, language: str) -> str:
    words: str = getattr(text, language)
    return '"' + words.replace('"', "#quot;") + '"'

"""Finding one's way in a flow: where a screen stands, what led there, and every path from start to end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .check import Flow
from .model import Choose, Page, Question, Screen, SignIn, Visit, exits


def trail(flow: Flow, key: str) -> list[tuple[Screen, str | None]]:
    """The screens before ``key``, first to last, each with the answer given there (None on an advice page).

    The flow is a tree, so a screen's place alone says which answers led to it; nothing is remembered.
    A reference page has an empty trail.
    """
    found: list[tuple[Screen, str | None]] = []
    while (step := flow.steps.get(key)) is not None:
        found.append((flow.by_key[step.screen], step.answer))
        key = step.screen
    return found[::-1]


def implied(flow: Flow, key: str) -> dict[str, str]:
    """The answers that standing on screen ``key`` implies, by parameter name."""
    return {
        screen.name: answer
        for screen, answer in trail(flow, key)
        if isinstance(screen, Question) and answer is not None
    }


def answer(question: Question, value: str | None) -> str | None:
    """The key of the screen an answer leads to; None for no answer or one that is not offered."""
    return next((option.then for option in question.options if option.value == value), None)


def reached(flow: Flow, answers: Mapping[str, str]) -> Screen:
    """The screen to which these answers lead from the start."""
    screen = flow.by_key[flow.start]
    while isinstance(screen, Question) and (to := answer(screen, answers.get(screen.name))) is not None:
        screen = flow.by_key[to]
    return screen


def remembered(flow: Flow, given: Mapping[str, list[str]]) -> dict[str, str]:
    """The answers in a query that this flow knows; an unknown name, an unknown token or a repeated one is dropped."""
    return {
        name: values[0]
        for name, tokens in flow.answer_tokens.items()
        if len(values := given.get(name, [])) == 1 and values[0] in tokens
    }


def paths(flow: Flow) -> list[str]:
    """One line a path: the answers, the screens as URLs, and where it ends.

    ``identity=public certificate=no | / > /public > /public/no-certificate | sign in: google``
    """
    return list(_lines(flow, flow.by_key[flow.start], [], []))


def _lines(flow: Flow, screen: Screen, answers: list[str], urls: list[str]) -> Iterator[str]:
    urls = [*urls, f"/{screen.path}"]
    for end in ends(screen):
        yield f"{' '.join(answers)} | {' > '.join(urls)} | {end}"
    for to, step in exits(screen):
        said = [f"{screen.name}={step.answer}"] if isinstance(screen, Question) else []
        yield from _lines(flow, flow.by_key[to], [*answers, *said], urls)


def ends(screen: Screen) -> list[str]:
    """In words, every way in which a path may end on this screen."""
    match screen:
        case Page(exit=SignIn(provider=provider)):
            return [f"sign in: {provider}"]
        case Page(exit=Choose(providers=providers)):
            return [f"sign in: {provider}" for provider in providers]
        case Page(exit=Visit(link=link)):
            return [f"visit: {link}"]
        case _:
            return []

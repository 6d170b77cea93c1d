"""Rows that are measured in turns, so that whatever else the machine does weighs on all alike, and compared.

CPU time is what counts: a clock would measure the machine's other work. Ratios are what matters; microseconds
are for orientation. Nothing is asserted here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from statistics import median
from time import process_time
from typing import TYPE_CHECKING, Any

from werkzeug.test import EnvironBuilder

from benchmarks.missed import Goal, Missed, Why

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication
    from flask import Flask

ROUNDS = 21
Call = Callable[[], object]
#: What browsers in Taiwan send.
BROWSER = {"Accept-Language": "zh-TW,zh;q=0.9,en-US;q=0.8,en;q=0.7", "Sec-Fetch-Site": "same-origin"}


def measure(rows: Mapping[str, Call], times: int = 100, rounds: int = ROUNDS) -> dict[str, float]:
    """The median CPU microseconds of a call of each row."""
    found: dict[str, list[float]] = {name: [] for name in rows}
    for call in rows.values():
        call()  # templates are compiled, caches are filled
    for _ in range(rounds):
        for name, call in rows.items():
            began = process_time()
            for _ in range(times):
                call()
            found[name].append((process_time() - began) / times * 1e6)
    return {name: median(values) for name, values in found.items()}


def show(
    title: str, found: Mapping[str, float], goals: list[Goal], why: Mapping[str, Why] | None = None, unit: str = "us"
) -> list[Missed]:
    """Print every row, then every ratio beside its goal; returns the goals that are not met.

    ``why`` finds out, by row, what makes it what it is; it is asked only when a goal is missed.
    """
    print(f"\n{title}")
    for name, value in found.items():
        print(f"  {name:56} {value:10.1f} {unit}")
    missed = []
    for goal in goals:
        reached = goal.reached(found)
        met = reached <= goal.most
        beside = unit if goal.floor is None else f"x {goal.floor}"
        print(f"  {goal.row:56} {reached:10.2f} {beside} (goal {goal.most:g}) {'met' if met else 'MISSED'}", flush=True)
        if not met:
            because = (why or {}).get(goal.row, list[str])
            missed.append(Missed(f"{goal.row}: {reached:.2f} {beside}, goal {goal.most:g}", because(), goal.reason))
    return missed


def environ(path: str, method: str = "GET", **headers: str) -> dict[str, Any]:
    """A request as a WSGI server hands it over."""
    given = BROWSER | {name.replace("_", "-"): value for name, value in headers.items()}
    return EnvironBuilder(path=path, method=method, headers=given.items()).get_environ()


def ask(app: WSGIApplication, environ: dict[str, Any]) -> tuple[int, list[tuple[str, str]]]:
    """The status and the headers of the answer, read to its end, without the cost of a test client."""
    answers: list[tuple[int, list[tuple[str, str]]]] = []

    def start(line: str, headers: list[tuple[str, str]], error: Any = None) -> Callable[[bytes], object]:
        answers.append((int(line[:3]), headers))
        return lambda _: None

    body = app(environ, start)
    b"".join(body)
    if hasattr(body, "close"):
        body.close()
    return answers[-1]


def request(app: WSGIApplication, path: str, method: str = "GET", **headers: str) -> Call:
    """The same request, as often as it is called."""
    asked = environ(path, method, **headers)
    return lambda: ask(app, dict(asked))


def etag(app: Flask, path: str) -> str:
    return app.test_client().get(path, headers=BROWSER).headers["ETag"]

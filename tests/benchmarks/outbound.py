"""What one sign-in costs a provider and us: calls from server to server, and the connections opened for them.

From the folder ``tests``: ``python -m benchmarks.outbound``
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

from support.learner import Learner
from support.pages import portal
from support.stand_in_provider import NAMES, StandIn, sign_in, standing_in

TIMES = 20


@dataclass(frozen=True)
class Cost:
    """The calls of one sign-in, each as its method and its path, the connections opened for them, and the seconds."""

    calls: tuple[str, ...]
    connections: int
    seconds: float


def costs(provider: StandIn, name: str, times: int = TIMES) -> list[Cost]:
    """What each of several sign-ins in a row costs, at a portal that was just started."""
    app = portal(provider.settings())
    return [_cost(provider, Learner.at(app), name) for _ in range(times)]


def _cost(provider: StandIn, learner: Learner, name: str) -> Cost:
    asked, opened, began = len(provider.asked), provider.connections, perf_counter()
    response = sign_in(learner, provider, name)
    assert response.status_code == 303, response.get_data(as_text=True)
    calls = tuple(f"{one.method} {one.path}" for one in provider.asked[asked:])
    return Cost(calls, provider.connections - opened, perf_counter() - began)


def main() -> None:
    print("provider   first sign-in          each later one         milliseconds (median)")
    with standing_in() as provider:
        for name in NAMES:
            first, *later = costs(provider, name)
            calls, opened = max(len(one.calls) for one in later), sum(one.connections for one in later)
            median = sorted(one.seconds for one in later)[len(later) // 2] * 1000
            print(
                f"{name:9}  {len(first.calls)} calls, {first.connections} connections  "
                f"{calls} calls, {opened} connections  {median:.1f}"
            )


if __name__ == "__main__":
    main()

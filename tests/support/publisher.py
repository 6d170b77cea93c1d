"""A clock and a provider that obey a test, for what is kept of what a provider publishes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Provider:
    """Publishes what it is told to, and counts how often it was asked."""

    publishes: object = "first"
    asked: int = 0
    meanwhile: Callable[[], object] = field(default=lambda: None)

    def __call__(self) -> object:
        self.asked += 1
        self.meanwhile()
        match self.publishes:
            case BaseException() as error:
                raise error
            case value:
                return value

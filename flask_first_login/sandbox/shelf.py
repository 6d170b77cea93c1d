"""Where codes and access tokens wait."""

from __future__ import annotations

import secrets
from threading import Lock
from time import monotonic
from typing import Generic, TypeVar

T = TypeVar("T")


class Shelf(Generic[T]):
    """Things kept for ``lifetime`` seconds, each under a handle nobody can guess; when full, the oldest goes."""

    def __init__(self, lifetime: float, room: int = 10_000) -> None:
        self._lifetime, self._room = lifetime, room
        self._things: dict[str, tuple[float, T]] = {}
        self._lock = Lock()

    def keep(self, thing: T) -> str:
        handle = secrets.token_urlsafe(32)
        with self._lock:
            while len(self._things) >= self._room:
                del self._things[next(iter(self._things))]
            self._things[handle] = (monotonic() + self._lifetime, thing)
        return handle

    def look(self, handle: str) -> T | None:
        with self._lock:
            return self._fresh(self._things.get(handle))

    def take(self, handle: str) -> T | None:
        """The thing, once: two requests at the same moment get it between them a single time."""
        with self._lock:
            return self._fresh(self._things.pop(handle, None))

    def _fresh(self, kept: tuple[float, T] | None) -> T | None:
        return kept[1] if kept and monotonic() < kept[0] else None

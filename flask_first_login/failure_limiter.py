"""How often sign-ins of one address may fail: whoever guesses is slowed down, a busy agency is not."""

from __future__ import annotations

import threading
from collections import OrderedDict
from time import monotonic

MINUTE = 60.0
#: Addresses that are remembered; when there are more, the one that failed longest ago is forgotten.
MOST = 10_000


class FailureLimiter:
    """Failures by address, as buckets that empty within a minute; of this process alone, enough to slow down."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._full: OrderedDict[str, tuple[float, float]] = OrderedDict()  # how full, and when

    def note(self, address: str, most: int) -> None:
        """Count one more failure; a bucket that is full stays so, and is empty again after a minute."""
        with self._lock:
            self._full[address] = (min(self._level(address, most) + 1, most), monotonic())
            self._full.move_to_end(address)
            if len(self._full) > MOST:
                self._full.popitem(last=False)

    def is_limited(self, address: str, most: int) -> bool:
        """Whether it failed ``most`` times within a minute."""
        with self._lock:
            return self._level(address, most) > most - 1

    def _level(self, address: str, most: int) -> float:
        level, at = self._full.get(address, (0.0, 0.0))
        return max(0.0, level - (monotonic() - at) * most / MINUTE)

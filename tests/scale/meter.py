"""Which part of a farm used how much of the machine: processor time and memory, as Linux counts them."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def children(process: int) -> list[int]:
    tasks = Path(f"/proc/{process}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def processor_seconds(process: int) -> float:
    """Of a process, of those that it started, and of those of them that ended."""
    try:
        below = sum(map(processor_seconds, children(process)))
        # Behind the name, which may hold anything, stand the fields from the third on; the 14th to 17th are the times.
        ticks = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:15]
    except (FileNotFoundError, ProcessLookupError):
        return 0.0  # it ended just now: who started it counts it
    return sum(map(int, ticks)) / _TICKS + below


def resident_mib(process: int) -> float:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


class Meter:
    """What each of some parts, by the process that it begins with, and this process beside them, used since now."""

    def __init__(self, parts: Mapping[str, int]) -> None:
        self._parts, self._before, self._began = parts, self._now(parts), time.monotonic()

    @staticmethod
    def _now(parts: Mapping[str, int]) -> dict[str, float]:
        return {name: processor_seconds(process) for name, process in parts.items()} | {"crowd": time.process_time()}

    def used(self) -> dict[str, float]:
        return {name: seconds - self._before[name] for name, seconds in self._now(self._parts).items()}

    def seconds(self) -> float:
        return time.monotonic() - self._began

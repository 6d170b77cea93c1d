"""Goals, and what is told of one that is not met: how far off it is, what it is made of, and why."""

from __future__ import annotations

import cProfile
import gc
import re
import sysconfig
import tracemalloc
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from pathlib import Path
from time import process_time

TOP = 5
TIMES = 100
#: Finds out what a row is made of, the largest part first.
Why = Callable[[], list[str]]
#: As in "<method 'execute' of 'sqlite3.Cursor' objects>"; what a part of the language does has no module, or this one.
_OF_C = re.compile(r"\b(?!builtins)(\w+)\.\w")
_HERE = Path(__file__).parents[2]
_STANDARD = Path(sysconfig.get_path("stdlib"))


@dataclass(frozen=True)
class Goal:
    """``row`` costs at most ``most`` times what ``floor`` does, or without a floor, at most that many of its units.

    ``reason`` is why it is not met where it is not.
    """

    row: str
    floor: str | None
    most: float
    reason: str = "no reason is known yet"

    def reached(self, found: Mapping[str, float]) -> float:
        return found[self.row] / (1.0 if self.floor is None else found[self.floor])


@dataclass(frozen=True)
class Missed:
    """A goal that is not met, what the row is made of, and the reason."""

    what: str
    parts: list[str]
    reason: str

    def __str__(self) -> str:
        return "\n".join([f"  {self.what}", *(f"      {part}" for part in self.parts), f"    Reason: {self.reason}"])


def tell(missed: list[Missed]) -> None:
    print("\nGoals that are not met:", *([*map(str, missed)] or ["  none"]), sep="\n", flush=True)


def profiles(rows: Mapping[str, Callable[[], object]]) -> dict[str, Why]:
    """Where the time of each row goes, when somebody asks."""
    return {name: partial(where_time_goes, *[call] * TIMES) for name, call in rows.items()}


def where_time_goes(*calls: Callable[[], object]) -> list[str]:
    """The libraries, and of ours the files, in which most of the time of these calls is spent.

    What C does counts for its own module if that is a library's, and else for the Python that calls it.
    """
    profile = cProfile.Profile(process_time)  # not the time for which a provider was waited for
    for call in calls:
        profile.runcall(call)
    spent: defaultdict[str, float] = defaultdict(float)
    for entry in profile.getstats():
        if not isinstance(entry.code, str):
            caller = place(Path(entry.code.co_filename))
            spent[caller] += entry.inlinetime
            for one in entry.calls or ():
                if isinstance(one.code, str):
                    module = _OF_C.search(one.code)
                    spent[f"{module[1]} in C" if module else caller] += one.inlinetime
    return largest(spent)


def where_memory_goes(call: Callable[[], object]) -> list[str]:
    """Whose lines allocated what a call leaves behind."""
    tracemalloc.start()
    before = tracemalloc.take_snapshot()
    call()
    gc.collect()
    kept: defaultdict[str, float] = defaultdict(float)
    for one in tracemalloc.take_snapshot().compare_to(before, "filename"):
        kept[place(Path(one.traceback[0].filename))] += max(one.size_diff, 0)
    tracemalloc.stop()
    return largest(kept)


def largest(parts: Mapping[str, float]) -> list[str]:
    """The largest parts, each with its share of them all."""
    whole = sum(parts.values())
    return [
        f"{part / whole:5.0%}  {name}" for name, part in sorted(parts.items(), key=itemgetter(1), reverse=True)[:TOP]
    ]


def place(path: Path) -> str:
    """Whose code it is: ``werkzeug``, ``flask_first_login/sealing.py``, ``Python's json``."""
    if "site-packages" in path.parts:
        return path.parts[path.parts.index("site-packages") + 1].removesuffix(".py")
    if path.is_relative_to(_HERE):
        return str(path.relative_to(_HERE))
    if path.is_relative_to(_STANDARD):
        return f"Python's {path.relative_to(_STANDARD).parts[0].removesuffix('.py')}"
    return path.name

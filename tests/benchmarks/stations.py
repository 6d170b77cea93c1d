"""Which files and functions of ours one warm callback enters: ``PYTHONPATH=.:tests python -m benchmarks.stations``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import flask_first_login
from benchmarks.kept_alive import sandbox_kept_alive
from benchmarks.party import Party
from benchmarks.sign_in import OURS

PACKAGE = Path(flask_first_login.__file__).parent
MOST_FILES, MOST_FUNCTIONS = 20, 110


def entered(call: Callable[[], object]) -> list[tuple[str, str]]:
    """File and function of ours that a call enters, in the order in which each is entered first."""
    found: dict[CodeType, None] = {}

    def note(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call":
            found.setdefault(frame.f_code)

    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(None)
    ours = (code for code in found if Path(code.co_filename).is_relative_to(PACKAGE) and code.co_name[0] != "<")
    return [(str(Path(code.co_filename).relative_to(PACKAGE)), code.co_qualname) for code in ours]


def warm_callback() -> list[tuple[str, str]]:
    """What one callback of a returning learner at an OpenID provider enters, with everything loaded and fetched."""
    with sandbox_kept_alive() as base:
        party = Party.at(base, OURS)
        party.arrive()()
        return entered(party.arrive())


def main() -> None:
    stations = warm_callback()
    files = dict.fromkeys(file for file, _ in stations)
    for file in files:
        print(f"{file}: {', '.join(function for place, function in stations if place == file)}")
    print(f"{len(files)} files (goal {MOST_FILES}), {len(stations)} functions (goal {MOST_FUNCTIONS})")


if __name__ == "__main__":
    main()

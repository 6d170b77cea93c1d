"""Every comparison, each beside its goal; then the goals that are not met, and what is behind: ``make bench``."""

from __future__ import annotations

import sys
import traceback
from importlib import import_module

from benchmarks.missed import Missed, tell

PARTS = ("startup", "pages", "sign_in", "beside_peers", "hours", "memory")


def main() -> None:
    """Every part, whatever becomes of those before it; the status is 1 when a goal is not met or a part has failed."""
    missed: list[Missed] = []
    for part in PARTS:
        try:
            missed += import_module(f"benchmarks.{part}").main()
        except Exception:
            traceback.print_exc()
            missed.append(Missed(f"all of {part}", [], "it failed: see above"))
    tell(missed)
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()

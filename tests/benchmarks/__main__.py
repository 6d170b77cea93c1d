"""Every comparison, each beside its goal, and in the end the goals that are not met: ``make bench``."""

from __future__ import annotations

from benchmarks import pages, sign_in, startup


def main() -> None:
    missed = [line for part in (startup, pages, sign_in) for line in part.main()]
    print("\nGoals that are not met:", *(missed or ["none"]), sep="\n  ")


if __name__ == "__main__":
    main()

"""A crowd at the example portal behind nginx: how much it answers, how fast, with how much memory: ``make load``.

From the folder ``tests``: ``python -m benchmarks.load``. Loopback only; the number of visits is bounded. The crowd,
nginx, PostgreSQL and the providers run on the same machine, so the figures are those of all of them together.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.kept_alive import sandbox_kept_alive
from databases import postgresql_server
from scale.conftest import empty_database
from scale.farm import Farm, farm
from scale.visitors import Tally, crowd

WARM = 1000


@dataclass(frozen=True)
class Load:
    """What came of a crowd. ``grown`` is the memory that all workers gained after the first `WARM` visits, in MiB."""

    visits: int
    seconds: float
    tally: Tally
    grown: float
    resident: float

    def __str__(self) -> str:
        answers = len(self.tally.seconds)
        return (
            f"{self.visits} visits, {answers} answers, {self.tally.signed_in} sign-ins in {self.seconds:.0f} s: "
            f"{answers / self.seconds:.0f} answers/s, p50 {self.tally.percentile(0.5) * 1000:.0f} ms, "
            f"p99 {self.tally.percentile(0.99) * 1000:.0f} ms, {self.tally.errors} server errors, "
            f"{len(self.tally.lost)} sign-ins lost, workers {self.resident:.0f} MiB "
            f"({self.grown:+.1f} MiB after the first {WARM} visits)"
        )


def load(at: Farm, visits: int, at_once: int) -> Load:
    crowd(at.url, WARM, at_once=at_once, seed=0)
    before = sum(machine.resident_mib() for machine in at.machines)
    began = time.monotonic()
    tally = crowd(at.url, visits, at_once=at_once)
    seconds = time.monotonic() - began
    after = sum(machine.resident_mib() for machine in at.machines)
    return Load(visits, seconds, tally, after - before, after)


def main() -> None:
    parser = argparse.ArgumentParser(description="Load the example portal, on this machine alone.")
    parser.add_argument("--visits", type=int, default=9000, help="of the largest run; %(default)s")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4], help="of each run; %(default)s")
    options = parser.parse_args()
    with sandbox_kept_alive() as providers, postgresql_server() as server:
        for workers in options.workers:
            with (
                tempfile.TemporaryDirectory() as folder,
                empty_database(server, "load") as database,
                farm(Path(folder), database, providers, machines=1, workers=workers) as at,
            ):
                visits = options.visits if workers == max(options.workers) else options.visits // 4
                print(f"{workers} workers: {load(at, visits, at_once=4 * workers)}", flush=True)


if __name__ == "__main__":
    main()

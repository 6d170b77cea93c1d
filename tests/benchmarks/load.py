"""A crowd at the example portal behind nginx: how much it answers, how fast, with how much memory: ``make load``.

From the folder ``tests``: ``python -m benchmarks.load``. Loopback only; the number of visits is bounded. The crowd,
nginx, PostgreSQL and the providers run on the same machine and share its cores with the workers. What a core gives
therefore stands beside what the whole machine gave: the processor time that each part took for a thousand answers.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.kept_alive import sandbox_server
from scale.conftest import empty_database
from scale.farm import Farm, farm
from scale.meter import Meter, resident_mib
from scale.visitors import Tally, crowd
from support.databases import own_server

WARM = 1000
MOST_GROWN = 2.0  # MiB
PARTS = ("workers", "nginx", "PostgreSQL", "providers", "crowd")
HEADS = ("n", "answers/s", "p50 ms", "p99 ms", "5xx", "lost", "MiB a worker", "grown", *PARTS, "cores busy")


@dataclass(frozen=True)
class Load:
    """What came of a crowd. ``used`` is the processor time of each part in ``seconds``; ``resident`` is the memory of
    each worker, and ``grown`` what it gained after the first `WARM` visits, in MiB."""

    tally: Tally
    seconds: float
    used: dict[str, float]
    resident: list[float]
    grown: list[float]

    def per_thousand(self, part: str) -> float:
        return self.used[part] * 1000 / len(self.tally.seconds)

    def wrong(self) -> list[str]:
        """What a crowd of any size must never meet."""
        found = [f"{status}, {count} times" for status, count in self.tally.statuses.items() if status >= 500]
        found += [f"a sign-in lost: {where}" for where in self.tally.lost]
        return found + [f"a worker grown by {grown:.1f} MiB" for grown in self.grown if grown >= MOST_GROWN]

    def row(self) -> list[str]:
        tally = self.tally
        times = [f"{tally.percentile(share) * 1000:.0f}" for share in (0.5, 0.99)]
        memory = [f"{max(self.resident):.0f}", f"{max(self.grown):+.1f}"]
        parts = [f"{self.per_thousand(part):.2f}" for part in PARTS]
        busy = f"{sum(self.used.values()) / self.seconds:.2f} of {os.cpu_count()}"
        answers = f"{len(tally.seconds) / self.seconds:.0f}"
        return [str(len(self.grown)), answers, *times, str(tally.errors), str(len(tally.lost)), *memory, *parts, busy]


def load(at: Farm, others: dict[str, int], visits: int, at_once: int) -> Load:
    """Let a crowd come. ``others`` are the processes of the parts that are not of the farm."""
    [machine] = at.machines
    assert machine.process is not None
    crowd(at.url, WARM, at_once=at_once, seed=0)
    workers = machine.worker_ids()
    before = [resident_mib(worker) for worker in workers]
    meter = Meter({"workers": machine.process.pid, "nginx": at.nginx, **others})
    tally = crowd(at.url, visits, at_once=at_once)
    seconds, used = meter.seconds(), meter.used()
    after = [resident_mib(worker) for worker in workers]
    return Load(tally, seconds, used, after, [now - then for now, then in zip(after, before, strict=True)])


def loads(visits: int, runs: list[int]) -> Iterator[Load]:
    """One for each number of workers; the largest with so many ``visits``, the others with a quarter."""
    with sandbox_server() as (providers, sandbox), own_server() as server:
        others = {"PostgreSQL": server.get_pid() or 0, "providers": sandbox}
        for workers in runs:
            with ExitStack() as stack:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
                database = stack.enter_context(empty_database(server.get_uri(driver="psycopg"), "load"))
                at = stack.enter_context(farm(folder, database, providers, machines=1, workers=workers))
                share = visits if workers == max(runs) else visits // 4
                yield load(at, others, share, at_once=4 * workers)


def main() -> None:
    parser = argparse.ArgumentParser(description="Load the example portal, on this machine alone.")
    parser.add_argument("--visits", type=int, default=9000, help="of the largest run; %(default)s")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4], help="of each run; %(default)s")
    options = parser.parse_args()
    found = []
    print(*HEADS, sep="  ")
    for one in loads(options.visits, options.workers):
        print(*(cell.rjust(len(head)) for cell, head in zip(one.row(), HEADS, strict=True)), sep="  ", flush=True)
        found.append(one)
    print("The parts: processor seconds for 1,000 answers.")
    for one in found:
        alone, together = one.per_thousand("workers"), sum(map(one.per_thousand, PARTS))
        print(
            f"{len(one.grown)} workers: a core of their own would answer {1000 / alone:.0f} times a second, "
            f"a core that also carries all the rest {1000 / together:.0f} times."
        )
    sys.exit("\n".join(wrong for one in found for wrong in one.wrong()) or None)


if __name__ == "__main__":
    main()

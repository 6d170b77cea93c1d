"""How long the report takes and how much memory it needs, judged in the database and in Python: ``make bench``.

Both run in turns in one process, so that whatever else the machine does weighs on both alike, and the
least time of each counts. Ratios are what matters; seconds are for orientation. What misses its goal is
listed at the end, and the status is then 1.
"""

from __future__ import annotations

import argparse
import base64
import math
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from benchmarks.missed import Missed, tell, where_time_goes
from flask_first_login import Learner, Reason
from flask_first_login.accounts.tables import create_tables, metadata
from flask_first_login.report import rows, summary
from internals import AUTHORITIES, Vault
from support.crowd import crowd, write
from support.databases import postgresql_server

#: Always the same, for the process that fills the database and the one that reads it.
VAULT = Vault([base64.urlsafe_b64encode(b"k" * 32).decode()], base64.urlsafe_b64encode(b"i" * 32).decode())
#: Of more learners than these Python judges a sample, and the time after its first row is scaled up: before that
#: the database has sorted all of them.
SAMPLE = 100_000
SUMMARY = "summary, counted in SQL"
ROWS = "rows, judged in SQL"
PYTHON = "rows, judged in Python"
#: The database judges so many times as fast as Python; ten times the learners take so many times as long; in MiB.
FASTER, GROWTH, PEAK = 10, 12, 143  # 150 MB are 143 MiB
#: Goes through the report of so many learners, and gives the seconds it took.
Work = Callable[[Session, int], float]


def no_rule(learner: Learner) -> Reason | None:
    """A rule of a host that holds nobody's hours; because there is one, Python must judge."""
    return None


def through(found: Callable[[], Iterable[object]]) -> float:
    began = time.perf_counter()
    for _ in found():
        pass
    return time.perf_counter() - began


def in_python(session: Session, learners: int) -> float:
    sample = min(learners, SAMPLE)
    with_rule = rows(session, rules=[no_rule], vault=VAULT)
    first = through(lambda: islice(with_rule, 1))
    rest = through(lambda: islice(with_rule, sample * len(AUTHORITIES) - 1))
    with_rule.close()
    return first + rest * learners / sample


WORK: dict[str, Work] = {
    SUMMARY: lambda session, learners: through(lambda: summary(session)),
    ROWS: lambda session, learners: through(lambda: rows(session)),
    "the same with masked IDs": lambda session, learners: through(lambda: rows(session, vault=VAULT)),
    PYTHON: in_python,
}
#: What the goals are set for, and where most of the time goes: rows with masked IDs take that of opening each number,
#: in both ways alike.
JUDGED = {
    SUMMARY: "the database reads every identity once to group and count it",
    ROWS: "the database judges in a tenth of it; the rest sorts, sends and makes a row for each learner and authority",
}


def fill(url: str, learners: int) -> None:
    """In a process of its own: its memory is not the report's."""
    engine = create_engine(url)
    metadata.drop_all(engine)
    create_tables(engine)
    write(engine, crowd(learners), VAULT)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")  # as autovacuum, or a DBA, has done in a database that is in use
    engine.dispose()


def timed(engine: Engine, learners: int, turns: int) -> dict[str, float]:
    """The least seconds of each kind of work."""
    best: dict[str, float] = {}
    for _ in range(turns):
        for name, work in WORK.items():
            with Session(engine) as session:
                best[name] = min(best.get(name, math.inf), work(session, learners))
    return best


def measure(name: str, url: str, sizes: Sequence[int], turns: int) -> Iterator[Missed]:
    """Print what was measured beside its goal; gives what was missed."""
    engine = create_engine(url)
    before: dict[str, float] = {}
    for learners in sizes:
        filling = multiprocessing.get_context("spawn").Process(target=fill, args=(url, learners))
        filling.start()
        filling.join()
        found = timed(engine, learners, turns)
        scaled = f"; Python's time is that of {SAMPLE:,} of them, scaled" if learners > SAMPLE else ""
        print(f"\n{name}, {learners:,} learners before {len(AUTHORITIES)} authorities{scaled}")
        for work, took in found.items():
            faster, growth = found[PYTHON] / took, took / before.get(work, took)
            print(f"  {work:<26}{took:9.2f} s {took / learners * 1e6:8.2f} us each", end="")
            print(f"  {faster:5.1f} times as fast as Python", end=f" (goal {FASTER})" if work in JUDGED else "")
            print(f"  x {growth:4.1f} since the size before (goal {GROWTH})" if before else "")
            if work in JUDGED and (faster < FASTER or growth > GROWTH):
                what = f"{name}, {learners:,}: {work}: {faster:.1f} times as fast as Python, x {growth:.1f}"
                yield Missed(what, where_time_goes(partial(again, engine, work, learners)), JUDGED[work])
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"  peak memory of this process so far: {peak:.0f} MiB (goal {PEAK})", flush=True)
        if peak > PEAK:
            yield Missed(f"{name}: {peak:.0f} MiB, goal {PEAK}", [], "no reason is known yet")
        before = found
    engine.dispose()


def again(engine: Engine, work: str, learners: int) -> None:
    with Session(engine) as session:
        WORK[work](session, learners)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="100000,1000000", help="how many learners, by commas")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--databases", default="sqlite,postgresql", help="which, by commas")
    asked = parser.parse_args()
    sizes = [int(size) for size in asked.sizes.split(",")]
    short: list[Missed] = []
    with tempfile.TemporaryDirectory() as folder:
        if "sqlite" in asked.databases:
            short += measure("SQLite", f"sqlite:///{Path(folder, 'portal.sqlite')}", sizes, asked.turns)
        if "postgresql" in asked.databases:
            with postgresql_server() as url:
                short += measure("PostgreSQL", url, sizes, asked.turns)
    tell(short)
    sys.exit(1 if short else 0)


if __name__ == "__main__":
    main()

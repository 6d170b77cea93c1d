"""How long the report takes and how much memory it needs, judged in the database and in Python: ``make bench``.

Both run in turns in one process, so that whatever else the machine does weighs on both alike, and the
least time of each counts. Ratios are what matters; seconds are for orientation. Nothing is asserted here.
"""

from __future__ import annotations

import argparse
import base64
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path

from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from crowd import crowd, write
from databases import postgresql_server
from flask_first_login.accounts.tables import create_tables, metadata
from flask_first_login.hours import AUTHORITIES, Learner, Reason
from flask_first_login.report import rows, summary
from flask_first_login.sealing import Vault

#: Always the same, for the process that fills the database and the one that reads it.
VAULT = Vault([base64.urlsafe_b64encode(b"k" * 32).decode()], base64.urlsafe_b64encode(b"i" * 32).decode())
#: Of more learners than these Python judges a sample, and its time is scaled up.
SAMPLE = 100_000
ROWS = "rows, judged in SQL"
PYTHON = "rows, judged in Python"
Work = Callable[[Session, int], object]


def no_rule(learner: Learner) -> Reason | None:
    """A rule of a host that holds nobody's hours; because there is one, Python must judge."""
    return None


def through(found: Iterable[object]) -> None:
    for _ in found:
        pass


def in_python(session: Session, learners: int) -> None:
    sample = min(learners, SAMPLE) * len(AUTHORITIES)
    with_rule = rows(session, rules=[no_rule], vault=VAULT)
    through(islice(with_rule, sample))
    with_rule.close()


WORK: dict[str, Work] = {
    "summary, counted in SQL": lambda session, learners: summary(session),
    ROWS: lambda session, learners: through(rows(session)),
    "the same with masked IDs": lambda session, learners: through(rows(session, vault=VAULT)),
    PYTHON: in_python,
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
    """The seconds of each kind of work; Python's are scaled to all learners."""
    best: dict[str, float] = {}
    for _ in range(turns):
        for name, work in WORK.items():
            with Session(engine) as session:
                start = time.perf_counter()
                work(session, learners)
                took = time.perf_counter() - start
            best[name] = min(best.get(name, took), took)
    best[PYTHON] *= learners / min(learners, SAMPLE)
    return best


def measure(name: str, url: str, sizes: Sequence[int], turns: int) -> None:
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
            growth = f"  x {took / before[work]:4.1f} since the size before" if work in before else ""
            faster = f"{found[PYTHON] / took:5.1f} times as fast as Python"
            print(f"  {work:<26}{took:9.2f} s {took / learners * 1e6:8.2f} us each  {faster}{growth}")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"  peak memory of this process so far: {peak:.0f} MiB", flush=True)
        before = found
    engine.dispose()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="100000,1000000", help="how many learners, by commas")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--databases", default="sqlite,postgresql", help="which, by commas")
    asked = parser.parse_args()
    sizes = [int(size) for size in asked.sizes.split(",")]
    with tempfile.TemporaryDirectory() as folder:
        if "sqlite" in asked.databases:
            measure("SQLite", f"sqlite:///{Path(folder, 'portal.sqlite')}", sizes, asked.turns)
        if "postgresql" in asked.databases:
            with postgresql_server() as url:
                measure("PostgreSQL", url, sizes, asked.turns)


if __name__ == "__main__":
    main()

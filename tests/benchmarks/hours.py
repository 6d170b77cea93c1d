"""What it costs to judge learning hours: a learner in Python, a row in SQLite: ``make bench``."""

from __future__ import annotations

import multiprocessing
import tempfile
from functools import partial
from itertools import islice
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from benchmarks.missed import Goal, Missed, Why, tell, where_time_goes
from benchmarks.ratios import Call, measure, show
from benchmarks.report import fill
from flask_first_login import Identity
from flask_first_login.report import rows, summary
from internals import assess
from support.crowd import learners

LEARNERS, ROWS = 1000, 50_000
ASSESS, SUMMARY = "assess(), by learner", "summary(), by row"
BY_AUTHORITY = "each of the three authorities reads the identity anew; what they share is not worth a cache"
SORTED = "SQLite sorts the rows by their findings before it counts them; to find alone takes more than half of the time"
GOALS = [Goal(ASSESS, None, 10.0, BY_AUTHORITY), Goal(SUMMARY, None, 1.0, SORTED)]


def in_python(people: list[list[Identity]]) -> None:
    for one in people:
        assess(one)


def in_sql(engine: Engine) -> None:
    with Session(engine) as session:
        summary(session)


def judged_in_sql(engine: Engine) -> None:
    with Session(engine) as session:
        for _ in rows(session):
            pass


def main() -> list[Missed]:
    people = [[one] for one in islice(learners(), LEARNERS)]
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder, 'portal.sqlite')}"
        filling = multiprocessing.get_context("spawn").Process(target=fill, args=(url, ROWS))
        filling.start()
        filling.join()
        engine = create_engine(url)
        python: dict[str, Call] = {ASSESS: partial(in_python, people)}
        sql: dict[str, Call] = {SUMMARY: partial(in_sql, engine), "rows(), by row": partial(judged_in_sql, engine)}
        found = {name: took / LEARNERS for name, took in measure(python, times=10).items()}
        found |= {name: took / ROWS for name, took in measure(sql, times=1, rounds=5).items()}
        why: dict[str, Why] = {name: partial(where_time_goes, call) for name, call in (python | sql).items()}
        missed = show("Judging hours before three authorities", found, GOALS, why)
        engine.dispose()
    return missed


if __name__ == "__main__":
    tell(main())

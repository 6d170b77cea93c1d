"""What is measured when something breaks: how long an answer took, and what is left in the database."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Table, create_engine, func, select

from flask_first_login.accounts.tables import accounts

LONGEST = 10.0  # seconds; a call may take 8 of them


@contextmanager
def answered_in_time() -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < LONGEST


def rows(database: str, table: Table = accounts) -> int:
    engine = create_engine(database)
    with engine.connect() as connection:
        found = connection.execute(select(func.count()).select_from(table)).scalar_one()
    engine.dispose()
    return int(found)

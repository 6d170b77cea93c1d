"""An import of members that was killed goes on where it stopped, and a member who signs in then is who they were."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from flask_first_login.accounts.tables import accounts, identities, national_ids
from support.importing_portal import KNOWN_AS, Import
from support.learner import sandbox_process

pytestmark = pytest.mark.slow

AT_ONCE = 1000


@pytest.fixture(scope="module")
def sandbox() -> Iterator[str]:
    with sandbox_process() as base:
        yield base


def rows_of(engine: Engine) -> list[int]:
    with engine.connect() as connection:
        return [
            connection.scalar(select(func.count()).select_from(table)) or 0
            for table in (accounts, identities, national_ids)
        ]


@pytest.mark.parametrize(("which", "rows"), [("sqlite", 8_000), ("postgresql", 8_000)])
def test_a_killed_import_leaves_whole_batches_goes_on_from_there_and_its_members_have_their_hours(
    request: pytest.FixtureRequest, which: str, rows: int, sandbox: str, tmp_path: Path
) -> None:
    engine: Engine = request.getfixturevalue(which)
    url = engine.url.render_as_string(hide_password=False)
    members = Import(url, sandbox, tmp_path / "members.csv", rows).written()

    left = members.killed_at(rows // 4, seconds=60)
    assert left < rows
    assert left % AT_ONCE == 0
    assert rows_of(engine) == [left] * 3

    with members.begun() as process:
        said = process.communicate()[1]
    assert process.returncode == 0, said
    assert said.splitlines()[-1] == f"{rows - left} members imported, {left} were there already, 0 rows refused."
    assert rows_of(engine) == [rows] * 3

    learner = members.signed_in()
    assert rows_of(engine) == [rows] * 3, "no second account"
    with engine.connect() as connection:
        their = connection.execute(
            select(identities.c.account_id, identities.c.issuer).where(identities.c.subject == KNOWN_AS)
        ).one()
    assert their == (members.theirs, f"{sandbox}/myegov")
    (identity,) = learner.get("/first-login/api/v1/account").json["identities"]  # type: ignore[index]  # a document
    assert (identity["name"], identity["masked_id"]) == ("林曉明", "A12345****")
    hours = learner.get("/first-login/api/v1/hours").json
    assert hours is not None
    assert {told["key"]: told["verdict"] for told in hours["authorities"]} == {
        "environmental": "uploadable",
        "teacher": "uploadable",
        "lifelong": "not_applicable",
    }

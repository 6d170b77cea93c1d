"""The first login beside a framework of other people, as pip brings them; `make hosts` lives through more of them, and
`test_distribution` tries the oldest SQLAlchemy."""

from __future__ import annotations

from pathlib import Path

import pytest

from hosts.__main__ import built, lived_through

pytestmark = pytest.mark.slow


def test_a_portal_that_nobody_here_wrote_lives_through_its_first_day(tmp_path: Path) -> None:
    name = "security_too"
    (folder := tmp_path / name).mkdir()
    assert lived_through(name, built(tmp_path), folder).splitlines()[-1].endswith(" lines")

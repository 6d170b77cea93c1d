"""The first login beside frameworks of other people, as pip brings them; `make hosts` lives through more of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from hosts.__main__ import built, lived_through

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", ["security_too", "sqlalchemy_1"])
def test_a_portal_that_nobody_here_wrote_lives_through_its_first_day(name: str, tmp_path: Path) -> None:
    (folder := tmp_path / name).mkdir()
    assert lived_through(name, built(tmp_path), folder).splitlines()[-1].endswith(" lines")

"""Ten thousand visits to a portal of two workers: no server error, no sign-in lost, and no worker that grows."""

from __future__ import annotations

import pytest

from benchmarks.load import WARM, loads


@pytest.mark.endurance
def test_ten_thousand_mixed_visits_meet_no_error_and_leave_the_workers_as_large_as_they_were() -> None:
    [came] = loads(10_000 - WARM, [2])
    print(*came.row())
    assert came.tally.signed_in > 1_000
    assert came.wrong() == []

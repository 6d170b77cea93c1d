"""What is kept can be renewed when it does not fit, though not at anybody's will."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_first_login import SignInError
from internals import MOST_RENEWALS, RENEWAL_SECONDS, Kept, discovery_and_keys
from support.publisher import Clock, Provider

FRESH = 3600.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(discovery_and_keys, "monotonic", clock)
    return clock


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def kept(provider: Provider) -> Kept[object]:
    return Kept(provider, FRESH)


def test_four_renewals_are_allowed_at_once_and_one_more_every_thirty_seconds(
    clock: Clock, provider: Provider, kept: Kept[object]
) -> None:
    kept.get()
    for wait, calls in [(0, 4), (RENEWAL_SECONDS - 1, 0), (1, 1), (RENEWAL_SECONDS * 2, 2), (FRESH * 9, 4)]:
        clock.now += wait
        before = provider.asked
        assert {kept.renew() for _ in range(9)} == {"first"}
        assert provider.asked - before == calls


@given(st.lists(st.floats(0, 200), max_size=40))
def test_no_pace_of_asking_gets_more_renewals_than_the_bucket_holds(waits: list[float]) -> None:
    clock, provider, tokens = Clock(), Provider(), float(MOST_RENEWALS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(discovery_and_keys, "monotonic", clock)
        kept = Kept(provider, 1e9)
        kept.get()
        for wait in waits:
            clock.now += wait
            tokens = min(MOST_RENEWALS, tokens + wait / RENEWAL_SECONDS)
            before = provider.asked
            kept.renew()
            assert (provider.asked - before == 1) or tokens < 1 + 1e-6
            assert (provider.asked - before == 0) or tokens > 1 - 1e-6
            tokens -= provider.asked - before


def test_a_renewal_gives_the_new_value_to_all_and_starts_its_time_anew(
    clock: Clock, provider: Provider, kept: Kept[object]
) -> None:
    old = kept.get()
    provider.publishes = "rotated"
    clock.now += FRESH - 1
    assert kept.renew(old) == "rotated"
    clock.now += FRESH - 1
    assert (kept.get(), provider.asked) == ("rotated", 2)


def test_whoever_saw_the_old_value_gets_the_renewed_one_without_a_call(provider: Provider, kept: Kept[object]) -> None:
    old = kept.get()
    provider.publishes = "rotated"
    assert [kept.renew(old) for _ in range(9)] == ["rotated"] * 9
    assert provider.asked == 2


def test_a_renewal_waits_for_the_call_under_way_and_takes_nothing_from_the_bucket(
    clock: Clock, provider: Provider, kept: Kept[object]
) -> None:
    kept.get()
    renewing = threading.Event()

    def dawdle() -> None:
        renewing.set()
        time.sleep(0.1)

    provider.publishes, provider.meanwhile = "rotated", dawdle
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(kept.renew)
        assert renewing.wait(5)
        assert (kept.renew(), first.result()) == ("rotated", "rotated")
    provider.meanwhile = lambda: None
    assert [kept.renew() for _ in range(9)] == ["rotated"] * 9
    assert provider.asked == 1 + MOST_RENEWALS


def test_a_renewal_that_fails_says_so_and_leaves_what_is_kept(provider: Provider, kept: Kept[object]) -> None:
    kept.get()
    provider.publishes = SignInError("provider_down")
    with pytest.raises(SignInError):
        kept.renew()
    assert kept.get() == "first"


def test_a_renewal_with_nothing_kept_is_the_first_call(clock: Clock, provider: Provider, kept: Kept[object]) -> None:
    assert (kept.renew(), provider.asked) == ("first", 1)
    assert {kept.renew() for _ in range(9)} == {"first"}
    assert provider.asked == 1 + MOST_RENEWALS

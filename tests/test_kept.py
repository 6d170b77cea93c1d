"""What a provider publishes is fetched once at a time, kept, and good through an outage."""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from flask_first_login import SignInError
from internals import RETRY_SECONDS, STALE_SECONDS, Kept, discovery_and_keys, get_json
from support.loopback_servers import answer, answering, serve, wired
from support.publisher import Clock, Provider

FRESH = 3600.0
DOWN = SignInError("provider_down", provider="p", phase="discovery", detail="TimeoutError")


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


# --- kept and fetched ---


def test_a_value_is_fetched_when_it_is_needed_and_kept_for_its_time(
    clock: Clock, provider: Provider, kept: Kept[object]
) -> None:
    assert provider.asked == 0
    assert [kept.get(), kept.get()] == ["first", "first"]
    clock.now += FRESH - 1
    assert (kept.get(), provider.asked) == ("first", 1)
    clock.now += 1
    provider.publishes = "second"
    assert (kept.get(), kept.get(), provider.asked) == ("second", "second", 2)


def test_what_failed_is_not_kept_and_the_next_one_tries_again_at_once(provider: Provider, kept: Kept[object]) -> None:
    provider.publishes = DOWN
    for _ in range(2):
        with pytest.raises(SignInError):
            kept.get()
    provider.publishes = "well again"
    assert (kept.get(), provider.asked) == ("well again", 3)


def test_eight_threads_that_come_at_once_make_one_call(provider: Provider, kept: Kept[object]) -> None:
    at_once = threading.Barrier(8)
    provider.meanwhile = lambda: time.sleep(0.1)
    with ThreadPoolExecutor(8) as pool:
        values = list(pool.map(lambda _: (at_once.wait(5), kept.get())[1], range(8)))
    assert values == ["first"] * 8
    assert provider.asked == 1


def test_eight_threads_that_come_at_once_make_one_call_over_the_wire() -> None:
    at_once = threading.Barrier(8)
    with serve(answering(answer(b'{"a": 1}'))) as server, wired() as session, ThreadPoolExecutor(8) as pool:
        kept = Kept(lambda: get_json(session, server.url, provider="p", phase="discovery"), FRESH)
        values = list(pool.map(lambda _: (at_once.wait(5), kept.get())[1], range(8)))
        assert values == [{"a": 1}] * 8
        assert (len(server.asked), server.accepted) == (1, 1)


def test_a_call_that_hangs_costs_all_who_wait_for_it_one_deadline_not_one_each(
    provider: Provider, kept: Kept[object]
) -> None:
    at_once = threading.Barrier(8)

    def learner(_: int) -> str:
        at_once.wait(5)
        with pytest.raises(SignInError) as refused:
            kept.get()
        return refused.value.code

    provider.publishes, provider.meanwhile = DOWN, lambda: time.sleep(0.2)
    began = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(learner, range(8))) == ["provider_down"] * 8
    assert (provider.asked, time.monotonic() - began < 1.2) == (1, True)


@pytest.mark.parametrize("error", [RuntimeError("a mistake of ours"), KeyboardInterrupt()])
def test_whatever_ends_a_call_nobody_waits_for_it_any_longer(
    provider: Provider, kept: Kept[object], error: BaseException
) -> None:
    provider.publishes = error
    with pytest.raises(type(error)):
        kept.get()
    provider.publishes = "well again"
    assert kept.get() == "well again"


# --- through an outage ---


def test_the_last_good_value_serves_through_an_outage_of_a_day_and_the_log_says_so(
    clock: Clock, provider: Provider, kept: Kept[object], caplog: pytest.LogCaptureFixture
) -> None:
    kept.get()
    provider.publishes = DOWN
    with caplog.at_level(logging.WARNING, "flask_first_login"):
        for after in (FRESH, STALE_SECONDS - 1):
            clock.now += after
            assert kept.get() == "first"
    assert provider.asked == 3
    assert caplog.text.count("code=provider_down provider=p phase=discovery TimeoutError") == 2
    clock.now += 1
    with pytest.raises(SignInError):
        kept.get()
    provider.publishes = "well again"
    assert kept.get() == "well again"


def test_metadata_that_turns_bad_does_not_replace_the_good(
    clock: Clock, provider: Provider, kept: Kept[object]
) -> None:
    kept.get()
    clock.now += FRESH
    provider.publishes = SignInError("provider_error", provider="p", phase="discovery", detail="another issuer")
    assert kept.get() == "first"


def test_a_mistake_of_ours_is_not_covered_up_by_the_last_good_value(
    clock: Clock, provider: Provider, kept: Kept[object]
) -> None:
    kept.get()
    clock.now += FRESH
    provider.publishes = RuntimeError("a mistake of ours")
    with pytest.raises(RuntimeError):
        kept.get()


def test_during_an_outage_a_provider_is_asked_every_few_seconds_and_recovers_then(
    clock: Clock, provider: Provider, kept: Kept[object]
) -> None:
    kept.get()
    clock.now += FRESH
    provider.publishes = DOWN
    assert [kept.get() for _ in range(9)] == ["first"] * 9
    assert provider.asked == 2
    provider.publishes = "second"
    clock.now += RETRY_SECONDS - 1
    assert kept.get() == "first"
    clock.now += 1
    assert (kept.get(), provider.asked) == ("second", 3)


def test_while_one_thread_asks_again_the_others_go_on_with_what_is_kept(
    clock: Clock, provider: Provider, kept: Kept[object]
) -> None:
    kept.get()
    clock.now += FRESH
    seen: list[object] = []
    provider.publishes, provider.meanwhile = "second", lambda: seen.append(kept.get())
    assert (kept.get(), seen) == ("second", ["first"])

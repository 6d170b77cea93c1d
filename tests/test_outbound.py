"""How often a provider is called: a sign-in costs what its protocol needs, on connections that are there already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from benchmarks import outbound
from benchmarks.outbound import costs
from flask_first_login.testing import PretendProviders
from internals import URL, Asked, pretend_providers
from support.learner import Learner
from support.pages import portal
from support.stand_in_provider import StandIn, sign_in, standing_in

LEARN_ABOUT = ["GET /{}/.well-known/openid-configuration"]
OPENID = ["POST /{}/token", "GET /{}/jwks", "GET /{}/userinfo"]


@pytest.fixture
def provider() -> Iterator[StandIn]:
    with standing_in() as stand_in:
        yield stand_in


@pytest.mark.parametrize(
    ("name", "first", "later"),
    [
        ("gov", [*LEARN_ABOUT, *OPENID], ["POST /{}/token", "GET /{}/userinfo"]),
        ("apple", [*LEARN_ABOUT, *OPENID], ["POST /{}/token", "GET /{}/userinfo"]),
        ("facebook", ["POST /{}/token", "GET /{}/me"], ["POST /{}/token", "GET /{}/me"]),
        ("myegov", ["POST /{}/soap"], ["POST /{}/soap"]),
    ],
)
def test_a_sign_in_costs_the_calls_of_its_protocol_and_only_the_first_opens_a_connection(
    provider: StandIn, name: str, first: list[str], later: list[str]
) -> None:
    cold, *warm = costs(provider, name, times=6)
    assert cold.calls == tuple(call.format(name) for call in first)
    assert cold.connections == 1
    assert {one.calls for one in warm} == {tuple(call.format(name) for call in later)}
    assert sum(one.connections for one in warm) == 0


def test_the_start_of_a_sign_in_calls_nobody_once_the_provider_is_known(provider: StandIn) -> None:
    app = portal(provider.settings())
    Learner.at(app).start("gov")
    provider.asked.clear()
    for name in ("gov", "facebook", "myegov"):
        Learner.at(app).start(name)
    assert provider.asked == []


@pytest.mark.parametrize("path", ["/first-login/", "/first-login/login", "/first-login/faq", "/first-login/notices"])
def test_no_page_of_the_wizard_calls_anybody(provider: StandIn, path: str) -> None:
    assert Learner.at(portal(provider.settings())).get(path).status_code == 200
    assert provider.asked == []


def test_an_answer_that_is_refused_before_its_code_is_used_calls_nobody(provider: StandIn) -> None:
    app = portal(provider.settings())
    learner = Learner.at(app)
    learner.start("gov")
    provider.asked.clear()
    assert learner.get("/first-login/sign-in/gov/callback?code=x&state=y").status_code == 400
    assert provider.asked == []


def test_learners_who_arrive_together_at_a_portal_that_was_just_started_learn_about_a_provider_once(
    provider: StandIn,
) -> None:
    app = portal(provider.settings())
    with ThreadPoolExecutor(8) as pool:
        assert len(list(pool.map(lambda _: Learner.at(app).start("gov"), range(16)))) == 16
    assert [f"{one.method} {one.path}" for one in provider.asked] == [LEARN_ABOUT[0].format("gov")]


def test_sign_ins_one_after_another_of_all_providers_share_a_connection_for_each(provider: StandIn) -> None:
    app = portal(provider.settings())
    for name in ("gov", "apple", "facebook", "myegov") * 3:
        assert sign_in(Learner.at(app), provider, name).status_code == 303
    assert provider.connections == 4


@pytest.mark.slow
def test_the_benchmark_tells_the_cost_of_every_provider(capsys: pytest.CaptureFixture[str]) -> None:
    outbound.main()
    told = capsys.readouterr().out.splitlines()[1:]
    assert [line.split()[0] for line in told] == ["gov", "apple", "facebook", "myegov"]
    assert ["0 connections" in line.split("calls", 2)[2] for line in told] == [True] * 4


@pytest.mark.slow
def test_two_hundred_sign_ins_of_eight_threads_at_a_portal_that_was_just_started_learn_about_a_provider_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, answer = Counter[str](), pretend_providers.answer

    def counted(app: Flask, what: Asked, ends: float) -> object:
        asked[f"{what.method} {what.url.removeprefix(URL)}"] += 1
        return answer(app, what, ends)

    monkeypatch.setattr(pretend_providers, "answer", counted)
    with PretendProviders() as pretend, ThreadPoolExecutor(8) as pool:
        app = portal(pretend.settings())
        come = [pool.submit(pretend.sign_in_as, app.test_client(), "social_user", "google") for _ in range(200)]
        assert {one.result().code for one in come} == {None}
    assert {what: count for what, count in asked.items() if what.startswith("GET ")} == {
        "GET /google/.well-known/openid-configuration": 1,
        "GET /google/jwks": 1,
    }

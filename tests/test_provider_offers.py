"""Where a failed sign-in leads, over the whole space: never away from the hours of a learner who can have them."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from flask_first_login.flow import SOCIAL_WARNING
from internals import FAILURES, TAIPEI, Action, AppState, Failure, NextSteps, here, next_steps, state_of
from support.pages import PREFIX, Sheet, portal, squeezed

CUSTOM: dict[str, object] = {"client_id": "id", "client_secret": "secret", "protocol": "oidc"}
ISSUER = "http://127.0.0.1:9"
REGISTERED: dict[str, dict[str, object]] = {
    **{name: {**CUSTOM, "issuer": f"{ISSUER}/{name}"} for name in ("google", "ecpa", "facebook", "myegov", "apple")},
    "tanet": {
        **CUSTOM,
        "issuer": f"{ISSUER}/tanet",
        "standing": "government",
        "title": {"en": "Education account", "zh": "教育雲端帳號"},
    },
    "line": {**CUSTOM, "issuer": f"{ISSUER}/line", "standing": "social", "title": {"en": "LINE", "zh": "LINE"}},
}
GOVERNMENT, SOCIAL = ("ecpa", "myegov", "tanet"), ("google", "facebook", "apple", "line")
ANSWERS: tuple[dict[str, str], ...] = (
    {},
    {"identity": "civil-servant"},
    {"identity": "civil-servant", "account": "egov"},
    {"identity": "civil-servant", "certificate": "no"},
    {"identity": "public"},
    {"identity": "public", "certificate": "yes"},
    {"identity": "public", "certificate": "yes", "egov": "yes"},
    {"certificate": "yes"},
    {"identity": "public", "certificate": "no"},
)
COLUMNS: tuple[dict[str, list[str]], ...] = (
    {},
    {"civil_servant_providers": ["google", "tanet", "line", "myegov", "ecpa"], "public_providers": ["line", "google"]},
    {"civil_servant_providers": ["ecpa"], "public_providers": ["apple", "tanet", "myegov", "facebook"]},
    {"civil_servant_providers": ["facebook"], "public_providers": ["myegov"]},
)
KNOWN_BY_THE_LEARNER = frozenset({"not_verified", "kept_separate", "provider_moved"})


def orders(columns: dict[str, list[str]]) -> Iterator[list[str]]:
    """All providers from each end, and every order of three; of columns of a portal's own, which have an order, one."""
    yield [*REGISTERED]
    yield [*REGISTERED][::-1]
    if columns:
        yield ["google", "myegov", "line"]
        return
    yield from map(list, itertools.permutations(("google", "myegov", "ecpa")))


@cache
def registered(*names: str, columns: int = 0, civil_social_login: bool = True) -> Flask:
    """A portal with these providers; a column may name only what is declared. No test changes it, so all share it."""
    declared = {*names, "ecpa", "myegov", "google", "facebook", "apple"}
    shown: dict[str, Any] = {
        column: [name for name in providers if name in declared] for column, providers in COLUMNS[columns].items()
    }
    return portal({name: REGISTERED[name] for name in names}, civil_social_login=civil_social_login, **shown)


def said_needs_hours(answers: dict[str, str]) -> bool:
    return answers.get("identity") == "civil-servant" or answers.get("certificate") == "yes"


def may_be_social(answers: dict[str, str]) -> bool:
    return answers.get("certificate") == "no" and answers.get("identity") != "civil-servant"


def column_of(state: AppState, answers: dict[str, str]) -> list[str]:
    civil, public = state.settings.civil_servant_providers, state.settings.public_providers
    if answers.get("identity") == "civil-servant":
        return [*civil]
    return [*public] if answers else [*dict.fromkeys((*public, *civil))]


def name_in(url: str) -> str:
    """The provider to which an address begins a sign-in; empty for another page."""
    path = urlsplit(url).path
    return path.rpartition("/")[2] if "/sign-in/" in path else ""


def ways(app: Flask, code: str, provider: str, answers: dict[str, str]) -> NextSteps:
    with app.test_request_context(f"{PREFIX}/sign-in/{provider or 'none'}/problem/{code}?{urlencode(answers)}"):
        return next_steps(here(), FAILURES[code], provider)


@pytest.mark.slow
@pytest.mark.parametrize("civil_social_login", [True, False])
@pytest.mark.parametrize("columns", range(len(COLUMNS)))
@pytest.mark.parametrize("answers", ANSWERS)
def test_no_failure_leads_away_from_hours(answers: dict[str, str], columns: int, civil_social_login: bool) -> None:
    for order in orders(COLUMNS[columns]):
        app = registered(*order, columns=columns, civil_social_login=civil_social_login)
        allowed = [name for name in column_of(state_of(app), answers) if name in order]
        with app.test_request_context(f"{PREFIX}/login?{urlencode(answers)}"):
            at = here()
            everything = [
                (code, provider, next_steps(at, failure, provider))
                for code, failure in FAILURES.items()
                for provider in ("", *order)
            ]
        for code, provider, found in everything:
            _obeys(code, provider, found, allowed, [*order], answers)


def _obeys(
    code: str, provider: str, found: NextSteps, allowed: list[str], order: list[str], answers: dict[str, str]
) -> None:
    """The rule: strongest is the way to hours; a way without stands below it, only for whom it may be, and costs."""
    about, failure = (code, provider, answers, order), FAILURES[code]
    others = [name_in(button.url) for button in found.others]
    assert found.primary is not None, about
    strongest = name_in(found.primary.url)
    assert "" not in others, about
    social = [name for name in others if name in SOCIAL]
    assert others == [name for name in others if name in GOVERNMENT] + social, about
    assert provider not in others or provider in SOCIAL, about
    assert all(name == provider for name in social) or may_be_social(answers), about
    assert provider not in social or not said_needs_hours(answers), about
    assert [button.costs for button in found.others] == [name in SOCIAL for name in others], about
    assert (found.others_cost is not None) == bool(social), about
    assert found.primary.costs == (strongest in SOCIAL) == (found.cost is not None), about
    earning = [name for name in allowed if name in GOVERNMENT and name != provider]
    assert strongest not in SOCIAL or (strongest == provider and not said_needs_hours(answers)), about
    drawn = [name for name in (strongest, *others) if name not in {"", provider}]
    if failure.action is Action.CONTACT:
        assert (found.primary.url, drawn) == ("#fl-help", []), about
    elif code in KNOWN_BY_THE_LEARNER:
        assert drawn == [name for name in order if name in GOVERNMENT and name != provider], about
    elif strongest == provider in GOVERNMENT and not failure.elsewhere:
        assert drawn == [], about
    else:
        assert [name for name in drawn if name in GOVERNMENT] == earning, about
        assert strongest in GOVERNMENT or not earning, about
    _says_what_it_does(failure, found, strongest == provider != "", about)


def _says_what_it_does(failure: Failure, found: NextSteps, is_retried: bool, about: object) -> None:
    """The word and the button agree: what waits names its time on both, what begins anew says so."""
    assert (found.wait is not None) == (failure.action is Action.WAIT), about
    assert found.primary is not None
    if not is_retried or failure.code in {"account_not_accepted", "step_up_not_met"}:
        return
    says = str(found.primary.label)
    if found.wait is not None:
        assert found.wait.stops[-1].time in says, about
    if failure.action is Action.START_ANEW:
        assert "from the beginning" in says, about
    if failure.action is Action.TRY_AGAIN:
        assert says.startswith("Try again"), about


@pytest.mark.slow
@pytest.mark.parametrize("answers", [ANSWERS[0], ANSWERS[1], ANSWERS[5], ANSWERS[8]])
@pytest.mark.parametrize("provider", ["ecpa", "myegov", "google"])
@pytest.mark.parametrize("lang", ["en", "zh-Hant-TW"])
def test_the_page_and_the_document_say_the_same_and_no_words_name_what_is_not_drawn(
    provider: str, answers: dict[str, str], lang: str
) -> None:
    for order in (["google", "facebook", "ecpa", "myegov"], [provider]):
        app = registered(*order)
        client = app.test_client()
        for code in FAILURES:
            _agree(client, state_of(app), code, provider, answers, lang)


def _agree(client: FlaskClient, state: AppState, code: str, provider: str, answers: dict[str, str], lang: str) -> None:
    url = f"{PREFIX}/sign-in/{provider}/problem/{code}?{urlencode({**answers, 'lang': lang, 'next': '/courses/3'})}"
    page = Sheet(client.get(url))
    about = (code, provider, answers)
    drawn = [name_in(link.url) for link in page.links if name_in(link.url) and "/problem/" not in link.url]
    lists = [link for link in page.links if {"fl-btn", "fl-provider"} & {*(link.element.get("class") or "").split()}]
    assert drawn == [name for name in map(name_in, (one.url for one in lists)) if name], about
    assert all({**answers, "next": "/courses/3"}.items() <= link.query.items() for link in lists if link.path), about
    costly = [name_in(link.url) for link in lists if "fl-provider--cost" in (link.element.get("class") or "")]
    assert costly == [name for name in drawn if name in SOCIAL], about
    described = {link.element.get("aria-describedby") for link in lists if name_in(link.url) in costly}
    assert described <= {one.get("id") for one in page.all("p")}, about
    say = state.words["en" if lang == "en" else "zh_Hant_TW"].plain
    another = {"en": ("another way to sign in", "sign in another way"), "zh-Hant-TW": ("其他登入方式",)}[lang]
    beside = [name for name in drawn if name != provider]
    told = squeezed("".join(page.one("main").itertext()))
    if any(squeezed(words) in told.replace(squeezed("Or sign in another way"), "") for words in another):
        # these speak of the ways that an account has, and offer none
        assert beside or code in {"last_identity", "carries_hours", "not_fresh", *KNOWN_BY_THE_LEARNER}, about
    warned = squeezed(say(SOCIAL_WARNING)) in told
    assert warned == any(name in SOCIAL for name in drawn), about


def test_the_answers_survive_the_language_switch_of_a_failure() -> None:
    client = registered("google", "myegov", "ecpa").test_client()
    first = Sheet(client.get(f"{PREFIX}/sign-in/myegov/problem/cancelled?identity=civil-servant&lang=en"))
    assert [name_in(link.url) for link in first.links_of("fl-provider")] == ["ecpa"]
    other = Sheet(client.get(first.link("中文").url))
    assert [name_in(link.url) for link in other.links_of("fl-provider")] == ["ecpa"]


def test_the_times_of_an_outage_stay_in_another_language_and_no_link_sets_them_freely() -> None:
    client, now = registered("google", "myegov", "ecpa").test_client(), int(time.time())
    url = f"{PREFIX}/sign-in/myegov/problem/provider_down"

    def times(address: str) -> list[str]:
        return [one.get("datetime", "") for one in Sheet(client.get(address)).all("time")]

    earlier = times(f"{url}?since={now - 1500}")
    first = Sheet(client.get(f"{url}?lang=en&since={now - 1500}"))
    assert times(first.link("中文").url) == earlier
    assert times(Sheet(client.get(f"{url}?lang=en")).link("中文").url) != earlier
    for freely in (now + 900, now - 7200, "x", "9" * 5000, "-1", "٣"):
        assert times(f"{url}?since={freely}")[0] in {clock_of(now), clock_of(now + 60)}, freely


def clock_of(moment: int) -> str:
    return datetime.fromtimestamp(moment, TAIPEI).strftime("%H:%M")


@pytest.mark.parametrize(
    ("answers", "path"),
    [
        ({}, "/first-login/"),
        ({"identity": "public"}, "/first-login/public"),
        ({"identity": "public", "certificate": "yes"}, "/first-login/public/certificate"),
        ({"identity": "public", "certificate": "yes", "egov": "yes"}, "/first-login/public/certificate"),
        ({"identity": "public", "certificate": "yes", "egov": "no"}, "/first-login/public/certificate/egov-register"),
    ],
)
def test_where_no_other_provider_helps_the_way_leads_back_to_the_learners_place_in_the_guide(
    answers: dict[str, str], path: str
) -> None:
    found = ways(registered("google", "myegov"), "not_available", "myegov", answers)
    assert found.primary is not None
    assert urlsplit(found.primary.url).path == path
    assert found.others == []
    assert found.now == FAILURES["not_available"].now_alone


def test_a_document_says_what_each_way_costs() -> None:
    app = registered("google", "myegov", "facebook")
    path = f"{PREFIX}/sign-in/google/callback?state=x&identity=public&certificate=no"
    problem = json.loads(app.test_client().get(path, headers={"Accept": "application/json"}).data)
    warning = state_of(app).words["zh_Hant_TW"].plain(SOCIAL_WARNING)
    assert (name_in(problem["way_on"]), problem["way_on_warning"]) == ("myegov", None)
    assert [(one["warning"], [way["name"] for way in one["providers"]]) for one in problem["offers"]] == [
        (warning, ["google", "facebook"]),
    ]
    assert problem["alternatives"] == [way["start_url"] for one in problem["offers"] for way in one["providers"]]
    assert urlsplit(problem["guide_url"]).path == f"{PREFIX}/"


@pytest.mark.parametrize(
    "order", [("google", "myegov", "facebook", "ecpa"), ("google", "myegov", "ecpa"), ("google", "ecpa")]
)
@pytest.mark.parametrize("code", ["unknown_sign_in", "cancelled", "provider_down"])
def test_the_page_of_a_failure_fills_one_button_and_says_once_that_hours_can_be_had(
    code: str, order: tuple[str, ...]
) -> None:
    url = f"{PREFIX}/sign-in/google/problem/{code}?ref=0123ABCD&lang=zh-Hant-TW"
    page = Sheet(registered(*order).test_client().get(url))
    pressed = [set((link.element.get("class") or "").split()) for link in page.links if link.element.get("class")]
    lesser = {"fl-btn--quiet", "fl-btn--cost", "fl-provider--quiet", "fl-provider--cost"}
    assert len([one for one in pressed if one & {"fl-btn", "fl-provider"} and not one & lesser]) == 1
    assert len(page.all("h2", class_="fl-gives--good") + page.all("h3", class_="fl-gives--good")) == 1


LINE_APP = "Mozilla/5.0 (Linux; Android 14; wv) Line/14.1.0/IAB"
CHAT_APP = "Mozilla/5.0 (Linux; Android 14; SM-A156; wv) FBAN/FB4A"


@pytest.mark.parametrize(("agent", "is_retried"), [(LINE_APP, True), (CHAT_APP, False)])
@pytest.mark.parametrize("answers", ANSWERS)
def test_inside_an_app_nothing_is_offered_that_would_be_refused_there_too(
    agent: str, is_retried: bool, answers: dict[str, str]
) -> None:
    """Nor anything that loses hours: a real browser is a tap away."""
    app = registered("google", "myegov", "facebook")
    refusing = {"google", "facebook"}
    page = Sheet(
        app.test_client().get(
            f"{PREFIX}/sign-in/google?{urlencode(answers)}", headers={"Sec-Fetch-Site": "none", "User-Agent": agent}
        )
    )
    assert 'data-code="in_app_browser"' in page.html
    lists = [*page.links_of("fl-btn"), *page.links_of("fl-provider")]
    outside = is_retried and not said_needs_hours(answers)
    opening = [link.words for link in lists if "openExternalBrowser" in link.query]
    assert opening == ([squeezed("以瀏覽器開啟，登入Google")] if outside else [])
    assert not refusing & {name_in(link.url) for link in lists if "openExternalBrowser" not in link.query}


@pytest.mark.parametrize("name", ["google", "facebook", "myegov"])
@pytest.mark.parametrize("answers", ANSWERS)
def test_a_link_of_another_site_to_a_social_sign_in_says_what_it_costs_before_it_is_pressed(
    name: str, answers: dict[str, str]
) -> None:
    app = registered("google", "myegov", "facebook", "ecpa")
    page = Sheet(app.test_client().get(f"{PREFIX}/sign-in/{name}?{urlencode(answers)}"))
    button = page.one("button", type="submit")
    earning = [name_in(link.url) for link in page.links_of("fl-provider")]
    if name == "myegov":
        assert (button.get("class"), earning) == ("fl-btn", [])
        return
    assert "fl-btn--cost" in (button.get("class") or "").split()
    assert page.one("p", id=button.get("aria-describedby") or "") is not None
    assert earning[:1] == ["ecpa" if answers.get("identity") == "civil-servant" else "myegov"]
    assert not {"google", "facebook"} & {*earning}

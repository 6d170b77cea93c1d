"""Signing out: here first and always, then at the provider where that is set, so that the next person at a shared
computer is not the former one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from internals import here, left_open, state_of
from support.host_portal import code_of, fields_of
from support.learner import OWN_VISIT, Learner, leads_to
from support.pages import PREFIX, Sheet, portal
from support.stand_in_provider import StandIn, sign_in, standing_in

OUT, BACK = f"{PREFIX}/sign-out", f"{PREFIX}/signed-out"
DISCOVERY = "/gov/.well-known/openid-configuration"


@pytest.fixture(scope="module")
def provider() -> Iterator[StandIn]:
    with standing_in() as stand_in:
        yield stand_in


def made(
    provider: StandIn, sign_out_there: bool = True, published: Mapping[str, object] = MappingProxyType({})
) -> Flask:
    provider.be_honest()
    offered = {"end_session_endpoint": f"{provider.url}/gov/logout?ui=plain", **published}
    provider.say(DISCOVERY, provider.discovery("gov") | offered)
    settings = provider.settings()
    return portal(settings | {"gov": settings["gov"] | {"sign_out_there": sign_out_there}})


@pytest.fixture
def app(provider: StandIn) -> Flask:
    return made(provider)


def signed_in(app: Flask, provider: StandIn, name: str = "gov") -> tuple[Learner, dict[str, str]]:
    """A learner who is signed in, and the token of a form on their own page."""
    learner = Learner.at(app)
    assert sign_in(learner, provider, name).status_code == 303
    page = learner.get(f"{PREFIX}/outcome")
    token = fields_of(page if "csrf_token" in page.text else learner.get(f"{PREFIX}/hours"), "csrf_token")
    return learner, token


def is_in(learner: Learner) -> bool:
    return learner.get(f"{PREFIX}/hours").status_code == 200


def test_who_signs_out_here_goes_on_to_sign_out_at_the_provider_and_comes_back(app: Flask, provider: StandIn) -> None:
    learner, token = signed_in(app, provider)
    answer = learner.post(f"{OUT}?lang=en", token)
    assert (answer.status_code, "Location" in answer.headers) == (200, False)  # a form is answered within the site
    assert not is_in(learner)
    parts = urlsplit(leads_to(answer))
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{provider.url}/gov/logout"
    sent = {name: values[0] for name, values in parse_qs(parts.query).items()}
    state = sent.pop("state")
    back_to = f"http://localhost{BACK}"
    assert sent == {
        "ui": "plain",
        "client_id": "portal",
        "post_logout_redirect_uri": back_to,
    }  # and no token of anybody
    page = Sheet(learner.get(f"{BACK}?{urlencode({'state': state})}", headers={"Sec-Fetch-Site": "cross-site"}))
    assert (page.status, page.h1) == (200, "Youaresignedout")
    assert "YouaresignedoutofthissiteandofAgency." in page.words
    assert page.response.headers["Cache-Control"] == "no-store"


def test_nothing_that_the_provider_said_of_the_person_is_kept_for_it(app: Flask, provider: StandIn) -> None:
    learner, token = signed_in(app, provider)
    with learner.client.session_transaction() as session:
        assert {*session} == {"csrf_token", "first_login_account", "first_login_identity"}
    learner.post(OUT, token)
    with learner.client.session_transaction() as session:
        assert {*session} <= {"csrf_token", "first_login_signing_out", "first_login_signed_out"}


def test_by_json_the_browser_is_told_where_to_go_on(app: Flask, provider: StandIn) -> None:
    learner, _ = signed_in(app, provider)
    token = learner.get(f"{PREFIX}/api/v1/account").get_json()["csrf_token"]
    answer = learner.client.post(f"{PREFIX}/api/v1/sign-out", headers={"X-CSRFToken": token or ""})
    assert answer.get_json()["next_url"].startswith(f"{provider.url}/gov/logout?ui=plain&client_id=portal&")
    assert not is_in(learner)


@pytest.mark.parametrize(
    "published",
    [{"end_session_endpoint": None}, {"end_session_endpoint": "http://evil.example/out"}, {"end_session_endpoint": 7}],
)
def test_a_provider_that_offers_none_is_named_and_stops_nobody(provider: StandIn, published: dict[str, object]) -> None:
    app = made(provider, published=published)
    learner, token = signed_in(app, provider)
    page = Sheet(learner.follow(learner.post(OUT, token)))
    assert not is_in(learner)
    assert page.h1 == "您已登出"
    assert "您在機關可能仍為登入狀態" in page.words
    assert "evil" not in page.html


def test_a_provider_that_is_down_stops_nobody_from_signing_out(app: Flask, provider: StandIn) -> None:
    learner, token = signed_in(app, provider)
    state_of(app)._clients.clear()  # as after a restart: what it published is not known any more
    provider.say(DISCOVERY, b"down", 500)
    page = Sheet(learner.follow(learner.post(OUT, token)))
    assert not is_in(learner)
    assert "您在機關可能仍為登入狀態" in page.words


@pytest.mark.parametrize(("name", "there"), [("gov", False), ("myegov", True)])
def test_where_it_is_not_set_or_not_known_the_page_before_says_what_stays_open(
    provider: StandIn, name: str, there: bool
) -> None:
    app = made(provider, sign_out_there=there)
    learner, token = signed_in(app, provider, name)
    with learner.client.session_transaction() as session:
        held = {**session}
    with app.test_request_context(PREFIX):
        from flask import session as current

        current.update(held)
        account = state_of().signed_in()
        assert account is not None
        assert "也請登出" in here().words.plain(left_open(here(), account))  # type: ignore[arg-type]  # it is said
    answer = learner.post(OUT, token)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{PREFIX}/login")


def asked(response: TestResponse) -> list[str]:
    return parse_qs(urlsplit(leads_to(response)).query).get("prompt", [])


@pytest.mark.parametrize("there", [True, False])
def test_whoever_comes_next_is_asked_by_the_provider_which_account_to_use(provider: StandIn, there: bool) -> None:
    """The provider may still know the former one, and would let the next person in as them without a word."""
    app = made(provider, sign_out_there=there)
    learner, token = signed_in(app, provider)
    begin = f"{PREFIX}/sign-in/gov"
    assert asked(learner.get(begin, headers=OWN_VISIT)) == []
    learner.post(OUT, token)
    assert [asked(learner.get(begin, headers=OWN_VISIT)) for _ in range(2)] == [["select_account"]] * 2
    assert sign_in(learner, provider, "gov").status_code == 303
    assert asked(learner.get(begin, headers=OWN_VISIT)) == []
    assert asked(Learner.at(app).get(begin, headers=OWN_VISIT)) == []


def test_a_look_at_the_address_or_a_reload_tells_the_same_again(app: Flask, provider: StandIn) -> None:
    learner, token = signed_in(app, provider)
    state = parse_qs(urlsplit(leads_to(learner.post(OUT, token))).query)["state"][0]
    assert learner.client.head(f"{BACK}?state={state}").status_code == 200
    for _ in range(2):
        assert "您已登出本網站及機關。" in Sheet(learner.get(f"{BACK}?state={state}")).words


# --- what it must not open ---


def test_nobody_is_signed_out_by_a_link_or_by_a_form_of_another_site(app: Flask, provider: StandIn) -> None:
    learner, token = signed_in(app, provider)
    assert learner.get(OUT).status_code == 405
    assert code_of(learner.post(OUT, {})) == "expired"
    assert code_of(Learner.at(app).post(OUT, token)) == ""  # nobody is signed in there: the login page
    for address in (BACK, f"{BACK}?state=x", f"{BACK}?left=gov"):
        assert learner.get(address).headers["Location"] == "/"
    assert is_in(learner)


@pytest.mark.parametrize("query", ["", "?state=", "?state=made-up", "?left=nobody", "?left=<b>x</b>"])
def test_an_address_that_somebody_made_up_says_no_more_than_what_is_so(
    app: Flask, provider: StandIn, query: str
) -> None:
    learner, token = signed_in(app, provider)
    answer = learner.post(OUT, token)
    stranger = Learner.at(app)
    state = parse_qs(urlsplit(leads_to(answer)).query)["state"][0]
    for who, address in ((learner, f"{BACK}{query}"), (stranger, f"{BACK}?state={state}")):
        page = Sheet(who.get(address))
        assert "您可以關閉這個視窗。" in page.words
        assert "機關" not in page.words.replace("機關學校", "")
        assert "<b>x" not in page.html

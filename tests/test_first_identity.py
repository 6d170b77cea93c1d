"""“This is me”: a member whom the portal has signed in adds their first identity, and nobody else does it for them."""

from __future__ import annotations

import re
import time
from functools import partial
from typing import Any

import pytest
from flask import session
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from flask_first_login import FirstLogin, NationalId, sign_in_failed
from flask_first_login.testing import PretendProviders, SignInAs
from internals import Browser, Family, state_of
from test_integrations import client as client  # the fixtures of an existing portal
from test_integrations import portal as portal

HOURS = "/first-login/hours"
JOIN = "/first-login/sign-in/{}/join"


def logged_in(client: FlaskClient) -> FlaskClient:
    assert client.post("/own-login").text == "in"
    return client


def token_of(client: FlaskClient, path: str = HOURS) -> str:
    (first, *_) = re.findall(r'name="csrf_token"[^>]* value="([^"]+)"', client.get(path).text)
    return str(first)


def begun(client: FlaskClient, name: str = "myegov", **data: str) -> TestResponse:
    return client.post(JOIN.format(name), data={"csrf_token": token_of(client), **data})


def provider_url(response: TestResponse) -> str:
    return response.headers["Refresh"].partition("url=")[2]


def ended(
    client: FlaskClient, providers: PretendProviders, begun_at: TestResponse, persona: str = "verified_citizen"
) -> TestResponse:
    """Go on from the page that leads to the provider, to the last page on this site."""
    browser = Browser(client, partial(providers._visit, persona), acknowledge=True)
    answer = providers._visit(persona, provider_url(begun_at))
    assert answer is not None
    return browser._followed(browser._brought(answer))


def code_of(response: TestResponse) -> str:
    (code,) = re.findall(r'data-code="(\w+)"', response.text)
    return str(code)


def accounts_of(portal: Any) -> Any:
    return state_of(portal.app).accounts


def holder(portal: Any, persona: str, providers: PretendProviders) -> Any:
    """The account of a persona by their number."""
    number = NationalId.parse(str(providers.personas[persona].claims[Family.MYEGOV]["uid"]))
    with portal.app.app_context():
        return accounts_of(portal).holder_of(number)


def identities(portal: Any, account_id: str = "1") -> list[str]:
    with portal.app.app_context():
        account = accounts_of(portal).get(account_id)
    return [identity.provider for identity in account.identities] if account is not None else []


# --- the way that ends well ---


def test_a_member_adds_a_government_identity_and_it_opens_the_same_account_from_then_on(
    portal: Any, client: FlaskClient, first_login_sandbox: PretendProviders, sign_in_as: SignInAs
) -> None:
    page = logged_in(client).get(HOURS).text
    assert "還差一步：請確認您的身分" in page
    last = ended(client, first_login_sandbox, begun(client))
    assert "歡迎" in last.text
    assert identities(portal) == ["myegov"]
    assert client.get("/members").text == "member 1"
    another = portal.app.test_client()
    arrival = sign_in_as(another, "verified_citizen")
    assert (arrival.account, arrival.first) == ("1", False)
    assert another.get("/members").text == "member 1"


@pytest.mark.parametrize(
    ("persona", "provider", "query"),
    [
        ("civil_servant", "ecpa", {}),
        ("verified_citizen", "myegov", {"next": "/claim"}),
        ("social_user", "google", {"identity": "public", "certificate": "no"}),
    ],
)
def test_a_portals_own_test_walks_that_way_as_any_sign_in(
    portal: Any, client: FlaskClient, sign_in_as: SignInAs, persona: str, provider: str, query: Any
) -> None:
    arrival = sign_in_as(logged_in(client), persona, provider, **query)
    assert (arrival.account, arrival.code, arrival.response.status_code) == ("1", None, 200)
    assert identities(portal) == [provider]


def test_a_member_adds_a_social_identity_only_after_they_accepted_what_it_costs(
    portal: Any, client: FlaskClient, first_login_sandbox: PretendProviders
) -> None:
    answers = "?identity=public&certificate=no"
    token = token_of(logged_in(client), HOURS + answers)
    begun_at = client.post(JOIN.format("google") + answers, data={"csrf_token": token})
    answer = first_login_sandbox._visit("social_user", provider_url(begun_at))
    assert answer is not None
    asked = client.get(answer.headers["Location"].removeprefix("http://localhost"), follow_redirects=True)
    assert "的代價" in asked.text
    assert identities(portal) == []
    browser = Browser(client, partial(first_login_sandbox._visit, "social_user"), acknowledge=True)
    browser._followed(browser._shown(asked))
    assert identities(portal) == ["google"]
    assert client.get("/members").text == "member 1"


def test_a_social_identity_is_offered_only_to_who_said_that_they_need_no_proof(client: FlaskClient) -> None:
    logged_in(client)
    assert "/google/join" not in client.get(HOURS).text
    for answers in ("identity=civil-servant", "identity=public&certificate=yes"):
        assert "/google/join" not in client.get(f"{HOURS}?{answers}").text
    page = client.get(f"{HOURS}?identity=public&certificate=no").text
    assert page.index("/myegov/join") < page.index("無法取得時數") < page.index("/google/join")
    assert page.count('aria-describedby="fl-cost"') == page.count("fl-provider--cost") > 0


@pytest.mark.parametrize("path", ["/first-login/login", "/first-login/sign-in/myegov", "/first-login/outcome"])
def test_every_way_in_leads_a_member_there(client: FlaskClient, path: str) -> None:
    """A sign-in by a link would end in a refusal, after its learner had signed in at the provider."""
    response = logged_in(client).get(path, headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=True)
    assert response.request.path == HOURS
    assert "還差一步" in response.text


def test_a_guarded_page_leads_there_too_and_back(
    portal: Any, client: FlaskClient, first_login_sandbox: PretendProviders
) -> None:
    page = logged_in(client).get("/claim", follow_redirects=True)
    assert page.request.path == HOURS
    (action,) = re.findall(r'action="([^"]*/myegov/join[^"]*)"', page.text)
    assert "next=/claim" in action
    begun_at = client.post(action.replace("&amp;", "&"), data={"csrf_token": token_of(client)})
    assert "/claim" in ended(client, first_login_sandbox, begun_at).text


def test_a_front_end_adds_it_too(portal: Any, client: FlaskClient, first_login_sandbox: PretendProviders) -> None:
    account = logged_in(client).get("/first-login/api/v1/account").get_json()
    assert account["identities"] == []
    names = [button["name"] for button in account["joinable"]]
    assert {"ecpa", "myegov"} <= set(names)
    assert "google" not in names
    headers = {"X-CSRFToken": account["csrf_token"]}
    joined = client.post("/first-login/api/v1/join/myegov", headers=headers).get_json()
    assert joined["kind"] == "join"
    answer = first_login_sandbox._visit("verified_citizen", joined["next_url"])
    assert answer is not None
    client.get(answer.headers["Location"].removeprefix("http://localhost"))
    assert identities(portal) == ["myegov"]


# --- nobody does it for them ---


def test_it_is_never_done_by_get_nor_without_the_token(portal: Any, client: FlaskClient) -> None:
    logged_in(client)
    assert client.get(JOIN.format("myegov")).status_code == 405
    assert client.head(JOIN.format("myegov")).status_code == 405
    refused = client.post(JOIN.format("myegov"))
    assert (refused.status_code, code_of(refused)) == (400, "expired")
    stranger = logged_in(portal.app.test_client())
    assert code_of(client.post(JOIN.format("myegov"), data={"csrf_token": token_of(stranger)})) == "expired"


@pytest.mark.parametrize("age", [15 * 60, 3600, -60])
def test_a_member_who_signed_in_long_ago_signs_in_to_the_portal_once_more_first(
    portal: Any, client: FlaskClient, age: int, first_login_sandbox: PretendProviders
) -> None:
    """Who finds a browser open adds no identity of their own."""
    token = token_of(logged_in(client))
    with client.session_transaction() as kept:
        kept["first_login_logged_in_at"] = int(time.time()) - age
    asked = client.post(JOIN.format("myegov"), data={"csrf_token": token})
    assert asked.status_code == 403
    assert "請先重新登入" in asked.text
    assert "Refresh" not in asked.headers
    out = client.post("/first-login/log-in-again", data={"csrf_token": token})
    assert out.headers["Location"] == "/own-login?next=%2Ffirst-login%2Fhours"
    assert client.get("/members").status_code == 302
    logged_in(client)
    ended(client, first_login_sandbox, begun(client))
    assert identities(portal) == ["myegov"]


def test_a_member_whom_a_cookie_remembers_signs_in_once_more_first(client: FlaskClient) -> None:
    token = token_of(logged_in(client))
    with client.session_transaction() as kept:
        kept["_fresh"] = False
    assert client.post(JOIN.format("myegov"), data={"csrf_token": token}).status_code == 403
    as_json = client.post("/first-login/api/v1/join/myegov", headers={"X-CSRFToken": token})
    assert (as_json.status_code, as_json.get_json()["code"]) == (403, "not_fresh")


def test_the_portals_own_sign_in_is_led_to_only_by_post_with_the_token(client: FlaskClient) -> None:
    logged_in(client)
    assert client.get("/first-login/log-in-again").status_code == 405
    assert code_of(client.post("/first-login/log-in-again")) == "expired"
    assert client.get("/members").text == "member 1"


def test_a_sign_in_that_began_by_a_link_before_adds_nothing(
    portal: Any, client: FlaskClient, first_login_sandbox: PretendProviders
) -> None:
    """Login CSRF: its answer is of this browser, and the member never asked for it."""
    start = client.get("/first-login/sign-in/myegov", headers={"Sec-Fetch-Site": "same-origin"})
    logged_in(client)
    answer = first_login_sandbox._visit("verified_citizen", start.headers["Location"])
    assert answer is not None
    refused = client.get(answer.headers["Location"].removeprefix("http://localhost"))
    assert code_of(refused) == "not_asked"
    assert f'href="{HOURS}' in refused.text
    assert identities(portal) == []


@pytest.mark.parametrize("meanwhile", ["another member", "nobody"])
def test_who_is_signed_in_when_the_answer_comes_is_who_asked(
    portal: Any, client: FlaskClient, first_login_sandbox: PretendProviders, meanwhile: str
) -> None:
    begun_at = begun(logged_in(client))
    with client.session_transaction() as kept:
        if meanwhile == "nobody":
            kept.clear()
        else:
            kept["_user_id"] = "2"
    with portal.app.app_context():
        portal.db.session.add(portal.User(name="another"))
        portal.db.session.commit()
    refused = ended(client, first_login_sandbox, begun_at)
    assert code_of(refused) == ("expired" if meanwhile == "nobody" else "not_asked")
    assert identities(portal, "1") == identities(portal, "2") == []
    assert holder(portal, "verified_citizen", first_login_sandbox) is None


def test_an_answer_adds_an_identity_once(
    portal: Any, client: FlaskClient, first_login_sandbox: PretendProviders
) -> None:
    begun_at = begun(logged_in(client))
    answer = first_login_sandbox._visit("verified_citizen", provider_url(begun_at))
    assert answer is not None
    path = answer.headers["Location"].removeprefix("http://localhost")
    stolen = portal.app.test_client()
    assert code_of(stolen.get(path)) == "unknown_sign_in"
    assert client.get(path).status_code == client.get(path).status_code == 303
    assert identities(portal) == ["myegov"]


# --- nobody's identity and nobody's number ---


def test_an_identity_of_somebody_else_is_refused(
    portal: Any, client: FlaskClient, first_login_sandbox: PretendProviders, sign_in_as: SignInAs
) -> None:
    theirs = sign_in_as(portal.app.test_client(), "verified_citizen").account
    assert code_of(ended(logged_in(client), first_login_sandbox, begun(client))) == "belongs_to_another"
    assert identities(portal) == []
    assert holder(portal, "verified_citizen", first_login_sandbox).id == theirs


def test_a_number_of_somebody_else_is_refused_and_stays_theirs(
    portal: Any, client: FlaskClient, first_login_sandbox: PretendProviders, sign_in_as: SignInAs
) -> None:
    with portal.app.app_context():
        other = portal.User(name="the first")
        portal.db.session.add(other)
        portal.db.session.commit()
        number = first_login_sandbox.personas["verified_citizen"].claims[Family.MYEGOV]["uid"]
        row = {"account": str(other.id), "provider": "ecpa", "subject": "another key", "name": "某人"}
        told = FirstLogin(accounts=accounts_of(portal)).import_members(
            [row | {"national_id": number, "assurance": "verified"}]
        )
    assert [outcome.value for outcome in told] == ["added"]
    refused = ended(logged_in(client), first_login_sandbox, begun(client))
    assert code_of(refused) == "number_held"
    assert identities(portal) == []
    assert holder(portal, "verified_citizen", first_login_sandbox).id == str(other.id)


def test_whoever_has_a_social_identity_adds_no_government_one(
    portal: Any, client: FlaskClient, first_login_sandbox: PretendProviders
) -> None:
    answers = "?identity=public&certificate=no"
    token = token_of(logged_in(client), HOURS + answers)
    ended(
        client,
        first_login_sandbox,
        client.post(JOIN.format("google") + answers, data={"csrf_token": token}),
        "social_user",
    )
    assert identities(portal) == ["google"]
    assert "/myegov/join" not in client.get(HOURS).text


# --- a host that cannot do it ---


def test_a_portal_whose_session_proves_nobody_offers_it_to_nobody(portal: Any, client: FlaskClient) -> None:
    class WithoutProof:
        def __init__(self, inner: Any) -> None:
            self.sign_in, self.signed_in, self.sign_out = inner.sign_in, inner.signed_in, inner.sign_out

    portal.app.extensions["first_login"] = _changed(portal, session=WithoutProof(state_of(portal.app).session))
    logged_in(client)
    assert client.get(HOURS).headers["Location"].startswith("/first-login/login")
    assert client.get("/first-login/login").status_code == 200


def _changed(portal: Any, **parts: Any) -> Any:
    from dataclasses import replace

    return replace(state_of(portal.app), **parts)


# --- a user whom the portal deleted ---


def test_an_identity_whose_user_the_portal_deleted_makes_a_new_account(
    portal: Any, client: FlaskClient, sign_in_as: SignInAs, first_login_sandbox: PretendProviders
) -> None:
    first = sign_in_as(client, "verified_citizen").account
    with portal.app.app_context():
        portal.db.session.delete(portal.db.session.get(portal.User, int(first or "")))
        portal.db.session.add(portal.User(id=99, name="so that no id comes again"))
        portal.db.session.commit()
    again = portal.app.test_client()
    arrival = sign_in_as(again, "verified_citizen")
    assert arrival.first
    assert arrival.account not in {None, first}
    assert identities(portal, first or "") == []
    assert holder(portal, "verified_citizen", first_login_sandbox).id == arrival.account
    assert again.get("/members").text == f"member {arrival.account}"


def test_a_social_user_whose_user_the_portal_deleted_is_told_once_more_what_it_costs(
    portal: Any, client: FlaskClient, sign_in_as: SignInAs
) -> None:
    first = sign_in_as(client, "social_user", "google").account
    with portal.app.app_context():
        portal.db.session.delete(portal.db.session.get(portal.User, int(first or "")))
        portal.db.session.commit()
    arrival = sign_in_as(portal.app.test_client(), "social_user", "google", acknowledge=False)
    assert arrival.url.startswith("/first-login/acknowledge")


# --- a sign-in that the portal refuses ---


@pytest.fixture
def refusing(portal: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The portal, where an e-mail may have one account only."""
    from flask_first_login import SignInRefused, Text

    def create(db_session: Any, identity: Any) -> str:
        db_session.add(refused := portal.User(name="half a user"))
        db_session.flush()
        assert refused.id is not None
        raise SignInRefused("email_taken", Text("This e-mail has an account. <b>", "這個電子郵件已有帳號。"))

    monkeypatch.setattr(accounts_of(portal), "_create_account", create)
    return portal


def test_what_the_portal_says_is_what_the_learner_reads(
    refusing: Any, client: FlaskClient, sign_in_as: SignInAs, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[Any] = []
    with sign_in_failed.connected_to(lambda app, **facts: told.append(facts), refusing.app):
        arrival = sign_in_as(client, "verified_citizen")
    assert (arrival.response.status_code, arrival.code) == (403, "refused_by_portal")
    assert "這個電子郵件已有帳號。" in arrival.text
    assert "平臺發生問題" not in arrival.text
    english = sign_in_as(refusing.app.test_client(), "verified_citizen", lang="en")
    assert "This e-mail has an account. &lt;b&gt;" in english.text
    assert [facts["provider"] for facts in told] == ["myegov"]
    assert "code=refused_by_portal provider=myegov phase=account" in caplog.text
    assert "detail=email_taken" in caplog.text


def test_nothing_of_a_sign_in_that_the_portal_refuses_is_written(
    refusing: Any, client: FlaskClient, sign_in_as: SignInAs, first_login_sandbox: PretendProviders
) -> None:
    """Nor of what the portal itself had written by then, in the same transaction."""
    sign_in_as(client, "verified_citizen")
    assert holder(refusing, "verified_citizen", first_login_sandbox) is None
    with refusing.app.app_context():
        assert [user.name for user in refusing.db.session.query(refusing.User)] == ["susan"]
    assert client.get("/members").status_code == 302


def test_a_disabled_user_reads_so(portal: Any, client: FlaskClient, sign_in_as: SignInAs) -> None:
    first = sign_in_as(client, "verified_citizen").account
    with portal.app.app_context():
        portal.db.session.get(portal.User, int(first or "")).active = False
        portal.db.session.commit()
    arrival = sign_in_as(portal.app.test_client(), "verified_citizen")
    assert (arrival.code, "您在本平臺的帳號目前未啟用" in arrival.text) == ("refused_by_portal", True)
    assert identities(portal, first or "") == ["myegov"]


def test_a_login_that_the_member_confirmed_is_fresh(client: FlaskClient, portal: Any) -> None:
    """By the portal's page for it, while they stay signed in."""
    from flask_login import confirm_login

    portal.app.add_url_rule("/confirm", "confirm", lambda: confirm_login() or "confirmed")
    token = token_of(logged_in(client))
    with client.session_transaction() as kept:
        kept.update(_fresh=False, first_login_logged_in_at=0)
    assert client.post(JOIN.format("myegov"), data={"csrf_token": token}).status_code == 403
    client.get("/confirm")
    assert "Refresh" in client.post(JOIN.format("myegov"), data={"csrf_token": token}).headers


def test_who_signs_in_once_more_is_led_to_the_login_and_not_to_a_page_of_members(
    client: FlaskClient, portal: Any
) -> None:
    """They are signed out by then: a page that confirms a login would only lead on to it, for a second password."""
    portal.app.add_url_rule("/confirm", "confirm", lambda: "confirm")
    portal.app.login_manager.refresh_view = "confirm"
    token = token_of(logged_in(client))
    out = client.post("/first-login/log-in-again", data={"csrf_token": token})
    assert out.headers["Location"] == "/own-login?next=%2Ffirst-login%2Fhours"


def test_the_sign_in_of_the_portal_is_noted_with_its_time(portal: Any) -> None:
    with portal.app.test_request_context():
        from flask_login import login_user

        login_user(portal.db.session.get(portal.User, 1))
        assert abs(session["first_login_logged_in_at"] - time.time()) < 5

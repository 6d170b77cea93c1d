"""What Apple posts when somebody leaves: it is told once, if Apple signed it for this portal today, and else never."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from joserfc.jwk import RSAKey
from werkzeug.test import TestResponse

from flask_first_login import identity_revoked
from flask_first_login.testing import BY_GOOGLE
from internals import PERSONAS, AppleProvider, Create, Keys, register, state_of
from support.pages import portal
from support.stand_in_provider import StandIn, private_key, signed, standing_in

PATH = "/first-login/sign-in/apple/notifications"
Told = list[dict[str, object]]


@pytest.fixture(scope="module")
def running() -> Iterator[StandIn]:
    with standing_in() as stand_in:
        yield stand_in


@pytest.fixture
def app(running: StandIn) -> Flask:
    running.be_honest()
    settings = running.settings()
    return portal({"apple": {**settings["apple"], "trusted_audiences": ["tw.example.app"]}, "gov": settings["gov"]})


def event(kind: str = "consent-revoked", subject: object = "person") -> dict[str, object]:
    return {"type": kind, "sub": subject, "event_time": int(time.time() * 1000)}


def notice(running: StandIn, events: object = None, key: RSAKey | None = None, **changed: object) -> str:
    """A token as Apple makes it; None leaves a claim out."""
    now = int(time.time())
    claims = {
        "iss": f"{running.url}/apple",
        "aud": "portal",
        "iat": now,
        "exp": now + 86_400,
        "jti": f"jti-{time.perf_counter_ns()}",
        "events": json.dumps(event()) if events is None else events,
        **changed,
    }
    return signed({}, json.dumps({name: value for name, value in claims.items() if value is not None}).encode(), key)


def posted(app: Flask, token: object, **how: Any) -> tuple[int, Told]:
    """Our answer to a notice, and what the host hears."""
    told: Told = []

    def note(sender: Flask, **facts: object) -> None:
        told.append(facts)

    with identity_revoked.connected_to(note, app):
        response: TestResponse = app.test_client().post(PATH, **(how or {"json": {"payload": token}}))
    assert response.headers.getlist("Set-Cookie") == []
    return response.status_code, told


def known(app: Flask, running: StandIn) -> str:
    """The account of somebody who signed in with Apple."""
    who = replace(BY_GOOGLE, provider="apple", issuer=f"{running.url}/apple", subject="person")
    return state_of(app).accounts.carry_out(Create(), who)


@pytest.mark.parametrize(
    ("kind", "deletion"), [("consent-revoked", False), ("account-delete", True), ("account-deleted", True)]
)
def test_the_host_is_told_who_left_and_whether_their_account_was_deleted(
    app: Flask, running: StandIn, kind: str, deletion: bool
) -> None:
    account = known(app, running)

    for events in (json.dumps(event(kind)), event(kind), json.dumps([event(kind)])):
        status, (told,) = posted(app, notice(running, events))
        code = told.pop("confirmation_code")
        assert (status, told) == (200, {"provider": "apple", "account": account, "deletion": deletion})
        assert isinstance(code, str)
        assert len(code) == 16


def test_one_who_is_not_known_here_is_told_of_too_and_a_form_is_read_as_json_is(app: Flask, running: StandIn) -> None:
    status, (told,) = posted(app, None, data={"payload": notice(running)})

    assert (status, told["account"]) == (200, None)


def test_a_notice_to_the_app_is_ours_where_the_portal_trusts_that_audience(app: Flask, running: StandIn) -> None:
    """Apple sends them to the primary app, whose id is another than that of the service that signs people in."""
    assert len(posted(app, notice(running, aud="tw.example.app"))[1]) == 1
    assert posted(app, notice(running, aud="tw.example.other")) == (400, [])


def test_events_of_mail_and_of_kinds_that_nobody_knows_tell_nothing(app: Flask, running: StandIn) -> None:
    for kind in ("email-disabled", "email-enabled", "something-new"):
        assert posted(app, notice(running, json.dumps(event(kind)))) == (200, [])


def test_the_same_notice_is_told_once(app: Flask, running: StandIn) -> None:
    token = notice(running)

    assert [len(told) for _, told in (posted(app, token), posted(app, token))] == [1, 0]
    assert posted(app, token)[0] == 200


def test_what_apple_did_not_sign_for_this_portal_today_ends_nothing(
    app: Flask, running: StandIn, caplog: pytest.LogCaptureFixture
) -> None:
    """A stranger who may post here would else have accounts deleted, or end again what a person has begun anew."""
    now, other_key = int(time.time()), RSAKey.generate_key(2048, auto_kid=False)
    known(app, running)
    forged = [
        notice(running, key=other_key),
        notice(running)[:-4] + "AAAA",
        notice(running).rpartition(".")[0] + ".",
        notice(running, iss=f"{running.url}/gov"),
        notice(running, aud=["portal", "tw.example.other"]),
        notice(running, aud=[]),
        *(notice(running, **{name: None}) for name in ("iss", "aud", "iat", "jti")),
        notice(running, iat=now - 27 * 3600, exp=None),
        notice(running, iat=now + 600),
        notice(running, exp=now - 120),
        notice(running, iat=str(now)),
        notice(running, jti=["x"]),
        notice(running, jti=""),
        notice(running, jti="x" * 300),
        *(notice(running, events) for events in ("", "[]", "{", "5", {"sub": "person"}, json.dumps([event(), 5]))),
        *(notice(running, event(subject=subject)) for subject in (None, "", ["person"], "per son", 5)),
        signed({}, json.dumps({**running.claims("apple", "n"), "jti": "x"}).encode()),
        "", "a.b.c", 5, None, ["x"], "x" * 100_000,
    ]  # fmt: skip
    for token in forged:
        status, told = posted(app, token)
        assert (status in {400, 413}, told) == (True, []), token

    assert posted(app, None, data=b"{", content_type="application/json") == (400, [])
    assert "counts for nothing: the signature is not by a key of the provider" in caplog.text
    assert "person" not in caplog.text


def test_only_a_provider_that_sends_notices_is_asked_and_only_by_post(app: Flask, running: StandIn) -> None:
    client = app.test_client()
    for name in ("gov", "google", "nobody"):
        assert client.post(f"/first-login/sign-in/{name}/notifications", json={"payload": "x"}).status_code == 404
    assert client.get(PATH).status_code == 405


@pytest.mark.parametrize("header", ["ImFsZyI", "WyJhbGciXQ", "bnVsbA", "W10", "ezp9", "e30"])
def test_what_anybody_may_post_in_place_of_a_token_is_refused_without_a_trace(
    app: Flask, running: StandIn, header: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert posted(app, f"{header}.e30.AA") == (400, [])
    (line,) = [record for record in caplog.records if record.name == "flask_first_login"]
    assert (line.levelname, line.exc_text, line.exc_info) == ("WARNING", None, None)


def test_keys_that_cannot_be_had_use_no_notice_up(app: Flask, running: StandIn) -> None:
    token = notice(running)
    running.say("/apple/jwks", {}, status=503)
    assert posted(app, token)[0] >= 500

    running.be_honest()
    state_of(app)._clients.clear()
    assert len(posted(app, token)[1]) == 1


def test_the_pretend_apple_makes_such_a_notice() -> None:
    apple = AppleProvider(Keys.generate())
    (persona,) = (persona for persona in PERSONAS if persona.key == "apple_relay_user")
    with Flask("sandbox").test_request_context("/"):
        token = apple.notice(persona, "account-delete")
    stated = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))

    assert json.loads(stated["events"])["sub"] == apple.subject(persona)


# --- what is registered there ---


@pytest.mark.parametrize("between", ["\\n", "\\r\\n", " ", "  ", "", "\r\n", "\n\n"])
def test_a_key_that_was_pasted_in_one_line_is_read(between: str) -> None:
    made = private_key().strip().replace("\n", between)
    given = {"client_id": "portal", "team_id": "TEAM", "key_id": "KEY"}

    registered, problems = register({"apple": {**given, "private_key": f" {made} "}})

    assert problems == []
    assert registered["apple"].secret().count(".") == 2


def test_what_is_no_key_of_apples_stays_none_however_it_is_pasted() -> None:
    made = private_key().strip().replace("\n", " ")
    for wrong in (made.replace("PRIVATE", "PUBLIC"), made[:-30], made[40:], made.replace("M", "N", 1)):
        given = {"client_id": "portal", "team_id": "TEAM", "key_id": "KEY", "private_key": wrong}
        _, (problem,) = register({"apple": given})
        assert problem.what.startswith("is not a private EC key")
        assert wrong not in str(problem)

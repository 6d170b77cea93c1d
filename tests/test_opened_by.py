"""A session ends with the way to sign in that opened it: who got hold of that way is shut out when it is removed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import session

from flask_first_login import Assurance, Identity, hours_required
from flask_first_login.accounts.memory import MemoryAccounts
from flask_first_login.testing import BY_ECPA, BY_GOOGLE, BY_MYEGOV, NATIONAL_ID
from internals import OPENED_BY, HostSession
from support.host_portal import Host, code_of
from support.learner import Learner
from test_ways_in import HOURS, form_of, held, join, now, press

API = "/first-login/api/v1"
OFFICIAL = now(BY_MYEGOV, kind=BY_ECPA.kind)


class OwnSession:
    """A port of a host that can sign nobody out."""

    def sign_in(self, account_id: str) -> None:
        session.clear()
        session["member"] = account_id

    def signed_in(self) -> str | None:
        return session.get("member")


class WithSignOut(OwnSession):
    def sign_out(self) -> None:
        session.clear()


class OwnCookieOnly(WithSignOut):
    """A port that keeps what was in the session."""

    def sign_in(self, account_id: str) -> None:
        session["member"] = account_id


PORTS: Mapping[str, HostSession | None] = {
    "ours": None,
    "without a sign-out": OwnSession(),
    "with a sign-out": WithSignOut(),
    "one that keeps the session": OwnCookieOnly(),
}


def mounted(port: HostSession | None = None) -> Host:
    host = Host(MemoryAccounts(), session=port).mounted()

    @hours_required("environmental")
    def guarded() -> str:
        return "a certificate"

    host.app.add_url_rule("/guarded", view_func=guarded)
    host.app.add_url_rule("/member", view_func=lambda: str(session.get("member") or session.get("first_login_account")))
    return host


@pytest.fixture
def host() -> Host:
    return mounted()


def at(host: Host, identity: Identity) -> Learner:
    """A browser of its own that was signed in by this identity."""
    learner = host.learner()
    assert host.arrives(identity, learner).status_code == 303
    return learner


def with_two_ways(host: Host) -> tuple[Learner, Learner]:
    """Two browsers of one learner: one signed in by eCPA, the other by MyEGov."""
    first = at(host, now(BY_ECPA))
    assert join(host, first, OFFICIAL).status_code == 303
    return at(host, now(BY_ECPA)), at(host, OFFICIAL)


def remove(learner: Learner, name: str) -> None:
    asked = press(learner, learner.get(HOURS), f"/{name}/leave")
    assert press(learner, asked, f"/{name}/leave").status_code == 303


def is_signed_in(learner: Learner) -> bool:
    """What our pages, our documents and a guarded view of the host say of this browser, which is one thing."""
    statuses = [learner.get(path).status_code for path in (HOURS, f"{API}/account", f"{API}/hours", "/guarded")]
    assert statuses in ([200, 200, 200, 200], [303, 401, 401, 303])
    return statuses[0] == 200


@pytest.mark.parametrize("port", PORTS)
def test_a_session_that_a_removed_way_had_opened_ends_and_the_others_go_on(port: str) -> None:
    host = mounted(PORTS[port])
    by_ecpa, by_myegov = with_two_ways(host)
    assert is_signed_in(by_myegov)
    remove(by_ecpa, "myegov")
    assert held(host, BY_ECPA) == ["ecpa"]
    assert is_signed_in(by_ecpa)
    assert not is_signed_in(by_myegov)
    signs_out = port != "without a sign-out"
    assert (by_myegov.get("/member").text == "None") == signs_out


@pytest.mark.parametrize("port", PORTS)
def test_who_was_shut_out_signs_in_again_by_the_way_that_is_left(port: str) -> None:
    host = mounted(PORTS[port])
    by_ecpa, by_myegov = with_two_ways(host)
    remove(by_ecpa, "myegov")
    host.arrives(now(BY_ECPA), by_myegov)
    assert is_signed_in(by_myegov)


def test_a_session_that_has_ended_is_nobodys_when_another_person_signs_in(host: Host) -> None:
    by_ecpa, by_myegov = with_two_ways(host)
    remove(by_ecpa, "myegov")
    answer = host.arrives(now(BY_GOOGLE), by_myegov)
    assert (answer.status_code, code_of(answer)) == (303, "")
    assert "/acknowledge" in answer.headers["Location"]


@pytest.mark.parametrize("path", ["/sign-in/google/join", "/sign-in/ecpa/leave"])
def test_a_form_from_before_changes_nothing_in_a_session_that_has_ended(host: Host, path: str) -> None:
    by_ecpa, by_myegov = with_two_ways(host)
    url, fields = form_of(by_myegov.get(HOURS), "/ecpa/leave")
    remove(by_ecpa, "myegov")
    address = url if path.endswith("leave") else f"/first-login{path}"
    assert code_of(by_myegov.post(address, {**fields, "confirmed": "1"})) == "expired"
    assert held(host, BY_ECPA) == ["ecpa"]


def test_the_browser_that_removed_the_way_it_was_signed_in_by_is_signed_out_too(host: Host) -> None:
    _, by_myegov = with_two_ways(host)
    asked = press(by_myegov, by_myegov.get(f"{HOURS}?lang=en"), "/myegov/leave")
    assert "Wherever you are signed in with it, you will be signed out." in asked.text
    done = press(by_myegov, asked, "/myegov/leave")
    assert "/first-login/login" in by_myegov.follow(done).headers["Location"]
    assert held(host, BY_ECPA) == ["ecpa"]
    assert not is_signed_in(by_myegov)


@pytest.mark.parametrize("removed", ["ecpa", "myegov"])
def test_a_browser_that_proved_both_goes_on_by_the_other_one(host: Host, removed: str) -> None:
    learner = at(host, now(BY_ECPA))
    join(host, learner, OFFICIAL)
    remove(learner, removed)
    assert is_signed_in(learner)


def test_a_later_sign_in_by_another_way_is_a_session_of_that_way_alone(host: Host) -> None:
    learner, other = with_two_ways(host)
    host.arrives(OFFICIAL, learner)
    host.arrives(OFFICIAL, other)
    remove(other, "ecpa")
    assert is_signed_in(learner)


def test_a_way_that_was_removed_by_a_document_ends_sessions_too(host: Host) -> None:
    by_ecpa, by_myegov = with_two_ways(host)
    account = by_ecpa.get(f"{API}/account").get_json()
    leave = next(one["leave"] for one in account["identities"] if one["provider"] == "myegov")
    said = {"which": leave["which"], "confirmed": True}
    headers = {"X-CSRFToken": account["csrf_token"]}
    assert by_ecpa.client.post(leave["post_url"], json=said, headers=headers).status_code == 200
    assert is_signed_in(by_ecpa)
    assert not is_signed_in(by_myegov)


@pytest.mark.parametrize("mark", [None, "", "made up", 5])
def test_a_session_without_a_mark_of_ours_goes_on(host: Host, mark: object) -> None:
    by_ecpa, by_myegov = with_two_ways(host)
    with by_myegov.client.session_transaction() as kept:
        kept.pop(OPENED_BY)
        if mark is not None:
            kept[OPENED_BY] = mark
    remove(by_ecpa, "myegov")
    assert is_signed_in(by_myegov)


def test_a_way_that_was_joined_to_a_session_without_a_mark_ends_it_not(host: Host) -> None:
    learner = at(host, now(BY_ECPA))
    with learner.client.session_transaction() as kept:
        kept.pop(OPENED_BY)
    join(host, learner, OFFICIAL)
    remove(learner, "myegov")
    assert is_signed_in(learner)


def test_a_host_that_signs_somebody_else_in_by_itself_is_not_disturbed_by_the_mark_of_the_one_before() -> None:
    host = mounted(OwnCookieOnly())
    by_ecpa, by_myegov = with_two_ways(host)
    other = host.accounts.get(host.owner(BY_ECPA))
    at(host, now(BY_GOOGLE, provider="ecpa", issuer="https://other.example", standing=BY_ECPA.standing))
    somebody = host.accounts.owner_of("https://other.example", BY_GOOGLE.subject)
    assert other is not None
    assert somebody is not None
    with by_myegov.client.session_transaction() as kept:
        kept["member"] = somebody.id
    remove(by_ecpa, "myegov")
    assert by_myegov.get(HOURS).status_code == 200


def test_a_mark_holds_over_a_change_of_the_secret_key(host: Host) -> None:
    by_ecpa, by_myegov = with_two_ways(host)
    host.app.config.update(SECRET_KEY="a-new-secret-key", SECRET_KEY_FALLBACKS=[host.app.config["SECRET_KEY"]])
    assert is_signed_in(by_myegov)
    remove(by_ecpa, "myegov")
    assert is_signed_in(by_ecpa)
    assert not is_signed_in(by_myegov)


def test_a_subject_that_is_kept_under_a_pseudonym_is_known_by_its_mark(host: Host) -> None:
    first = at(host, now(BY_ECPA))
    hidden = replace(OFFICIAL, subject=NATIONAL_ID.reveal())
    join(host, first, hidden)
    other = at(host, hidden)
    assert is_signed_in(other)
    remove(first, "myegov")
    assert not is_signed_in(other)


def test_a_session_goes_on_whose_identity_is_kept_under_a_pseudonym_by_now(host: Host) -> None:
    subject = f"key{NATIONAL_ID.reveal()}end"
    before = at(host, now(BY_MYEGOV, subject=subject, national_id=None, assurance=Assurance.NONE))
    assert host.accounts.owner_of(BY_MYEGOV.issuer, subject) is not None
    at(host, now(BY_MYEGOV, subject=subject))  # its number comes along, so that it is seen in the subject
    assert host.accounts.owner_of(BY_MYEGOV.issuer, subject) is None
    assert before.get(HOURS).status_code == 200


def test_the_mark_says_nothing_of_anybody(host: Host) -> None:
    learner = at(host, now(BY_ECPA))
    with learner.client.session_transaction() as kept:
        mark = kept[OPENED_BY]
    assert isinstance(mark, str)
    for told in (BY_ECPA.subject, BY_ECPA.issuer, host.owner(BY_ECPA), NATIONAL_ID.reveal()):
        assert told not in mark
    with at(host, now(BY_GOOGLE, provider="ecpa", standing=BY_ECPA.standing)).client.session_transaction() as other:
        assert {*other[OPENED_BY].split()}.isdisjoint(mark.split())


def test_a_sign_in_that_fails_leaves_the_mark_of_the_one_before() -> None:
    class Breaks(WithSignOut):
        breaks = False

        def sign_in(self, account_id: str) -> None:
            super().sign_in(account_id)
            if self.breaks:
                raise RuntimeError("half of it is done")

    port = Breaks()
    host = mounted(port)
    by_ecpa, _ = with_two_ways(host)
    port.breaks = True
    assert code_of(host.arrives(OFFICIAL, by_ecpa)) == "portal_error"
    port.breaks = False
    assert is_signed_in(by_ecpa)
    other = at(host, now(BY_ECPA))
    remove(other, "myegov")
    assert is_signed_in(by_ecpa)


def test_each_browser_says_by_what_its_own_learner_signed_in(host: Host) -> None:
    first, second = host.learner(), host.learner()
    verified = now(BY_MYEGOV, kind=BY_ECPA.kind, assurance=Assurance.VERIFIED, name=BY_ECPA.name)
    host.arrives(now(BY_ECPA, timedelta(minutes=2)), first)
    host.arrives(verified, second)
    assert host.owner(verified) == host.owner(BY_ECPA)
    for learner, title in ((first, "人事服務網eCPA"), (second, "我的e政府")):
        assert learner.get(f"{API}/outcome").get_json()["who"]["provider_title"] == title
        assert learner.get(f"{API}/login").get_json()["signed_in"]["who"]["provider_title"] == title

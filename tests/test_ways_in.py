"""How a learner adds and gives up ways to sign in, on pages: freshly signed in, asked for by POST, never a dead end."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from flask_first_login import Account, AccountConflict, Assurance, Identity, Kind, identity_left
from flask_first_login.accounts.memory import MemoryAccounts
from flask_first_login.testing import BY_ECPA, BY_GOOGLE, BY_MYEGOV, OTHER_NATIONAL_ID
from internals import FRESH
from support.documents import API
from support.host_portal import Host, accept, code_of, fields_of
from support.learner import Learner
from support.pages import PREFIX, Sheet, squeezed

HOURS = "/first-login/hours"


def now(identity: Identity, ago: timedelta = timedelta(), **facts: Any) -> Identity:
    """The identity as it signed in just now, or a while ago."""
    return replace(identity, signed_in_at=datetime.now(UTC) - ago, **facts)


@pytest.fixture
def host() -> Host:
    return Host(MemoryAccounts()).mounted()


@pytest.fixture
def learner(host: Host) -> Learner:
    """Signed in with eCPA, a moment ago."""
    learner = host.learner()
    host.arrives(now(BY_ECPA), learner)
    return learner


def form_of(page: TestResponse, ends: str, place: int = 0) -> tuple[str, dict[str, str]]:
    """Where one of the forms of a page leads, and what it sends along."""
    forms = [one for one in Sheet(page).all("form") if one.get("action", "").split("?")[0].endswith(ends)]
    return forms[place].get("action", ""), {
        one.get("name", ""): one.get("value", "") for one in forms[place].iter("input")
    }


def press(learner: Learner, page: TestResponse, ends: str, place: int = 0) -> TestResponse:
    return learner.post(*form_of(page, ends, place))


def held(host: Host, identity: Identity) -> list[str]:
    account = host.accounts.get(host.owner(identity))
    assert account is not None
    return [one.provider for one in account.identities]


def join(host: Host, learner: Learner, identity: Identity) -> TestResponse:
    host.joins = host.owner(BY_ECPA)
    answer = host.arrives(identity, learner)
    host.joins = None
    return answer


# --- adding one ---


def test_who_did_not_sign_in_a_moment_ago_is_asked_to_and_comes_back_to_the_same_page(host: Host) -> None:
    learner = host.learner()
    host.arrives(now(BY_ECPA, FRESH), learner)
    page = press(learner, learner.get(HOURS), "/join")
    assert (page.status_code, code_of(page)) == (403, "not_fresh")
    (button,) = Sheet(page).links_of("fl-provider")
    assert button.path == "/first-login/sign-in/ecpa"
    assert button.query == {"fresh": "1", "next": HOURS}
    host.arrives(now(BY_ECPA), learner, f"?next={HOURS}")
    assert press(learner, learner.get(HOURS), "/join").status_code == 502  # on to the provider, where nobody listens


def test_who_comes_back_to_the_page_that_says_it_all_is_not_told_twice(host: Host) -> None:
    learner = host.learner()
    without = now(BY_MYEGOV, national_id=None, assurance=Assurance.NONE)
    assert "/outcome?" in host.arrives(without, learner, f"?next={HOURS}").headers["Location"]
    assert host.arrives(without, learner, f"?next={HOURS}?lang=en").headers["Location"] == f"{HOURS}?lang=en"
    assert "/outcome?" in host.arrives(without, learner, "?next=/courses").headers["Location"]


def test_a_fresh_sign_in_elsewhere_is_none_of_this_browsers(host: Host) -> None:
    left_open = host.learner()
    host.arrives(now(BY_ECPA, timedelta(days=1)), left_open)
    host.arrives(now(BY_ECPA), host.learner())
    assert code_of(press(left_open, left_open.get(HOURS), "/join")) == "not_fresh"
    assert code_of(join(host, left_open, now(BY_MYEGOV))) == "not_fresh"


def test_a_fresh_sign_in_to_another_account_is_none_of_this_one(host: Host) -> None:
    learner = host.learner()
    host.arrives(now(replace(BY_MYEGOV, subject="other", national_id=OTHER_NATIONAL_ID)), learner)
    proof = learner.cookies()["fl-fresh"]
    victim = host.learner()
    host.arrives(now(BY_ECPA, timedelta(days=1)), victim)
    victim.client.set_cookie("fl-fresh", proof)
    assert code_of(press(victim, victim.get(HOURS), "/join")) == "not_fresh"


@pytest.mark.parametrize("proof", ["", "forged", "x" * 3000])
def test_a_proof_that_is_not_ours_proves_nothing(host: Host, learner: Learner, proof: str) -> None:
    page = learner.get(HOURS)
    learner.client.set_cookie("fl-fresh", proof)
    assert code_of(press(learner, page, "/join")) == "not_fresh"


def test_an_account_without_a_number_or_of_a_social_provider_is_offered_nothing_to_add(host: Host) -> None:
    for identity in (now(BY_MYEGOV, national_id=None, assurance=Assurance.NONE), now(BY_GOOGLE)):
        learner = host.learner()
        host.arrives(identity, learner)
        for _ in range(identity.is_social):
            accept(learner)
        page = learner.get(HOURS)
        assert page.status_code == 200
        assert "/join" not in page.text


# --- who came cannot be the account's ---


def offers(page: TestResponse) -> tuple[str, bool, bool]:
    """The code of a page, whether it offers to start anew, and whether it leads to the learner's own page."""
    return code_of(page), "/anew" in page.text, f'href="{HOURS}"' in page.text


@pytest.mark.parametrize(
    ("came", "expected"),
    [
        (now(BY_MYEGOV), ("not_fresh", False, True)),
        (now(BY_MYEGOV, national_id=OTHER_NATIONAL_ID), ("different_person", True, True)),
        (now(BY_MYEGOV, national_id=None), ("no_shared_id", True, True)),
        (now(BY_GOOGLE), ("social_never_merges", False, True)),
    ],
    ids=["same person", "another person", "without a number", "social"],
)
def test_a_page_that_refuses_leads_on(
    host: Host, learner: Learner, came: Identity, expected: tuple[str, bool, bool]
) -> None:
    assert offers(host.arrives(came, learner)) == expected


def test_who_belongs_to_another_account_may_sign_out_and_start_again_with_it(host: Host, learner: Learner) -> None:
    host.arrives(now(BY_MYEGOV, subject="other", national_id=OTHER_NATIONAL_ID))
    page = host.arrives(host.brings, learner)
    assert offers(page) == ("belongs_to_another", True, True)


def test_a_social_learner_starts_again_with_a_government_account_as_a_new_one(host: Host) -> None:
    learner = host.learner()
    host.arrives(now(BY_GOOGLE), learner)
    accept(learner)
    page = host.arrives(now(BY_MYEGOV), learner)
    assert offers(page) == ("social_never_merges", True, True)
    assert press(learner, page, "/anew").status_code == 502  # on to the provider, where nobody listens
    assert learner.get(HOURS).status_code == 303  # nobody is signed in any more
    host.arrives(now(BY_MYEGOV), learner)
    assert host.owner(BY_MYEGOV) != host.owner(BY_GOOGLE)
    assert held(host, BY_GOOGLE) == ["google"]


def test_starting_anew_is_asked_for_by_post_with_a_token(host: Host, learner: Learner) -> None:
    assert learner.get("/first-login/sign-in/myegov/anew").status_code == 405
    assert code_of(learner.post("/first-login/sign-in/myegov/anew", {})) == "expired"
    assert learner.get(HOURS).status_code == 200


def test_a_learner_signs_out_by_post_with_a_token_and_a_second_press_finds_it_done(
    host: Host, learner: Learner
) -> None:
    token = form_of(learner.get(HOURS), "/join")[1]
    assert learner.get("/first-login/sign-out").status_code == 405
    assert code_of(learner.post("/first-login/sign-out", {})) == "expired"
    assert learner.get(HOURS).status_code == 200
    for _ in range(2):
        answer = learner.post("/first-login/sign-out", token)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/first-login/login")
        assert learner.get(HOURS).status_code == 303
    assert host.owner(BY_ECPA)


class Bare:
    """A host's session that can only do what it must."""

    def __init__(self, account_id: str | None = None) -> None:
        self.account_id = account_id

    def sign_in(self, account_id: str) -> None:
        self.account_id = account_id

    def signed_in(self) -> str | None:
        return self.account_id


def test_a_host_whose_session_cannot_sign_out_offers_no_such_button() -> None:
    host = Host(MemoryAccounts(), session=Bare()).mounted()
    learner = host.learner()
    host.arrives(now(BY_ECPA), learner)
    page = host.arrives(now(BY_MYEGOV, national_id=OTHER_NATIONAL_ID), learner)
    assert offers(page) == ("different_person", False, True)
    token = form_of(learner.get(HOURS), "/join")[1]
    assert code_of(learner.post("/first-login/sign-in/myegov/anew", token)) == "expired"


def test_who_has_an_account_already_is_led_to_the_other_government_provider(host: Host) -> None:
    host.arrives(now(BY_ECPA))
    page = host.arrives(now(BY_MYEGOV))
    assert code_of(page) == "not_verified"
    assert [link.path for link in Sheet(page).links_of("fl-provider")] == ["/first-login/sign-in/ecpa"]
    assert "/sign-in/google" not in page.text


# --- giving one up ---


@pytest.fixture
def both(host: Host, learner: Learner) -> Learner:
    """The same learner, with MyEGov joined."""
    assert join(host, learner, now(BY_MYEGOV)).status_code == 303
    assert held(host, BY_ECPA) == ["ecpa", "myegov"]
    return learner


def test_one_that_carries_nothing_leaves_after_it_was_asked_for_twice(host: Host, both: Learner) -> None:
    told: list[dict[str, object]] = []
    identity_left.connect_via(host.app)(lambda app, **facts: told.append(facts))
    asked = press(both, both.get(HOURS), "/myegov/leave")
    assert asked.status_code == 200
    assert held(host, BY_ECPA) == ["ecpa", "myegov"]
    done = press(both, asked, "/myegov/leave")
    assert held(host, BY_ECPA) == ["ecpa"]
    assert told == [{"account": host.owner(BY_ECPA), "provider": "myegov"}]
    page = both.follow(done)
    assert "已從您的帳號移除這個登入方式。" in page.text
    assert "/leave" not in page.text


@pytest.mark.parametrize("confirmed", ["0", "false", "no", "null", ""])
def test_one_leaves_when_its_learner_says_yes_and_not_when_they_say_no(
    host: Host, both: Learner, confirmed: str
) -> None:
    url, fields = form_of(press(both, both.get(HOURS), "/myegov/leave"), "/myegov/leave")
    assert both.post(url, {**fields, "confirmed": confirmed}).status_code == 200
    assert held(host, BY_ECPA) == ["ecpa", "myegov"]


def test_one_that_carries_hours_stays_and_the_page_says_why(host: Host, both: Learner) -> None:
    page = press(both, both.get(HOURS), "/ecpa/leave")
    assert offers(page) == ("carries_hours", False, True)
    assert held(host, BY_ECPA) == ["ecpa", "myegov"]


def test_the_last_one_has_no_button_and_stays_also_when_it_is_asked_for(host: Host, both: Learner) -> None:
    host.arrives(now(BY_MYEGOV, kind=Kind.CIVIL_SERVANT), both)
    open_since = both.get(HOURS)
    other = host.learner()
    host.arrives(now(BY_ECPA), other)
    press(other, press(other, other.get(HOURS), "/ecpa/leave"), "/ecpa/leave")
    assert held(host, BY_MYEGOV) == ["myegov"]
    assert offers(press(both, open_since, "/myegov/leave")) == ("last_identity", False, True)
    assert offers(press(both, open_since, "/ecpa/leave")) == ("not_of_this_account", False, True)


def test_who_presses_twice_to_give_one_up_is_told_once_that_it_is_gone(host: Host, both: Learner) -> None:
    url, fields = form_of(press(both, both.get(HOURS), "/myegov/leave"), "/myegov/leave")
    told = [both.post(url, fields) for _ in range(2)]
    assert [(one.status_code, one.location) for one in told] == [(303, f"{HOURS}?left=1")] * 2
    assert held(host, BY_ECPA) == ["ecpa"]


def test_leaving_needs_a_post_a_token_and_a_fresh_sign_in(host: Host, both: Learner) -> None:
    url, fields = form_of(both.get(HOURS), "/myegov/leave")
    assert both.get(url).status_code == 405
    assert code_of(both.post(url, {"which": fields["which"], "confirmed": "1"})) == "expired"
    both.client.set_cookie("fl-fresh", "")
    assert code_of(both.post(url, {**fields, "confirmed": "1"})) == "not_fresh"
    assert held(host, BY_ECPA) == ["ecpa", "myegov"]


@pytest.mark.parametrize("which", ["", "forged", "x" * 5000])
def test_a_form_that_names_no_identity_of_ours_takes_none(host: Host, both: Learner, which: str) -> None:
    url, fields = form_of(both.get(HOURS), "/myegov/leave")
    assert code_of(both.post(url, {**fields, "which": which, "confirmed": "1"})) == "expired"
    assert held(host, BY_ECPA) == ["ecpa", "myegov"]


def test_a_form_of_another_accounts_page_takes_nothing(host: Host, both: Learner) -> None:
    url, fields = form_of(both.get(HOURS), "/myegov/leave")
    stranger = host.learner()
    host.arrives(now(BY_MYEGOV, subject="other", national_id=OTHER_NATIONAL_ID), stranger)
    token = fields_of(stranger.get(HOURS), "csrf_token")
    assert code_of(stranger.post(url, {**fields, **token, "confirmed": "1"})) == "expired"


def test_nobody_who_is_signed_out_takes_anything(host: Host, both: Learner) -> None:
    url, fields = form_of(both.get(HOURS), "/myegov/leave")
    assert code_of(host.learner().post(url, {**fields, "confirmed": "1"})) == "expired"


def test_no_subject_is_on_the_page(both: Learner) -> None:
    page = both.get(HOURS).text
    assert BY_ECPA.subject not in page
    assert not re.search(rf"\b{BY_MYEGOV.subject}\b", page)


def test_a_store_that_changes_all_the_time_or_a_rule_that_fails_lets_nothing_leave(
    host: Host, both: Learner, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = press(both, both.get(HOURS), "/myegov/leave")

    def busy(account: Account, identity: Identity) -> None:
        raise AccountConflict("another request")

    monkeypatch.setattr(host.accounts, "leave", busy)
    assert code_of(press(both, asked, "/myegov/leave")) == "portal_error"
    monkeypatch.undo()
    object.__setattr__(host.state, "rules", (lambda learner: 1 / 0,))
    assert code_of(press(both, asked, "/myegov/leave")) == "portal_error"
    assert held(host, BY_ECPA) == ["ecpa", "myegov"]


# --- the login page, for somebody who is signed in ---


def test_who_is_signed_in_is_told_so_on_the_login_page_and_offered_no_sign_in(host: Host, learner: Learner) -> None:
    answer = learner.get(f"{PREFIX}/login?lang=en&next=/courses/7")
    page = Sheet(answer)
    for told in ("You are signed in as", "A12345****"):
        assert squeezed(told) in page.words
    assert "A123456789" not in answer.text
    assert page.links_of("fl-provider") == []
    assert (page.primary.words, page.primary.url) == (squeezed("Continue to the portal"), "/courses/7")
    assert page.link("My learning hours").path == f"{PREFIX}/hours"
    assert answer.headers["Cache-Control"] == "no-store"
    document = learner.get(f"{API}/login?lang=en").get_json()
    assert document["signed_in"]["who"]["masked_id"] == "A12345****"
    out = press(learner, answer, "/sign-out")
    assert (out.status_code, out.location.split("?")[0]) == (303, f"{PREFIX}/login")
    assert len(Sheet(learner.get(f"{PREFIX}/login")).links_of("fl-provider")) > 0
    assert learner.get(f"{API}/login").get_json()["signed_in"] is None


def test_the_page_of_one_who_is_signed_in_is_kept_for_nobody_else(host: Host, learner: Learner) -> None:
    stranger = Learner.at(host.app)
    before = stranger.get(f"{PREFIX}/login")
    learner.get(f"{PREFIX}/login")
    stranger.client.set_cookie("session", "forged")
    for page in (Learner.at(host.app).get(f"{PREFIX}/login"), stranger.get(f"{PREFIX}/login")):
        assert page.data == before.data
        assert "****" not in page.text

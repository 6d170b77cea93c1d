"""The suite that a host's own `HostSession` must pass: who is signed in, and that no session outlives a sign-in."""

from __future__ import annotations

import pytest
from flask import Flask, request, session
from flask.testing import FlaskClient

from ..host_session import HostSession, SignsOut

#: Where the suite asks the port; a gate of the host lets this endpoint through.
ENDPOINT, ADDRESS = "first_login_session_contract", "/first-login-session-contract"
NOBODY = "nobody"


class HostSessionContract:
    """What every `HostSession` must do. Subclass it as ``Test...`` and give it three fixtures.

    ``app`` is the portal, new for every test; ``host_session`` is its port; ``account_ids`` are two accounts that it
    can sign in.
    """

    @pytest.fixture
    def asked(self, app: Flask, host_session: HostSession) -> Flask:
        """The portal with an address at which the port does what the query says, and answers who is signed in."""

        def ask() -> str:
            if (wanted := request.args.get("in")) is not None:
                host_session.sign_in(wanted)
            if "out" in request.args and isinstance(host_session, SignsOut):
                host_session.sign_out()
            if "planted" in request.args:
                session["planted"] = True
            known = host_session.signed_in()
            assert known is None or isinstance(known, str), (
                f"signed_in() gives {known!r}, and an account's id is a text"
            )
            return f"{known or NOBODY} {'planted' in session}"

        app.add_url_rule(ADDRESS, ENDPOINT, ask)
        return app

    def test_nobody_is_signed_in_in_a_new_browser(self, asked: Flask) -> None:
        assert _who(asked.test_client()) == NOBODY

    def test_who_is_signed_in_stays_so_in_this_browser_alone(self, asked: Flask, account_ids: tuple[str, str]) -> None:
        first, second = account_ids
        own, other = asked.test_client(), asked.test_client()
        _who(own, **{"in": first})
        assert [_who(own), _who(own), _who(other)] == [first, first, NOBODY]
        _who(other, **{"in": second})
        assert [_who(own), _who(other)] == [first, second]

    def test_who_signs_in_after_another_is_signed_in_alone(self, asked: Flask, account_ids: tuple[str, str]) -> None:
        browser = asked.test_client()
        for account_id in (*account_ids, account_ids[0]):
            _who(browser, **{"in": account_id})
            assert _who(browser) == account_id

    def test_nothing_of_the_session_before_goes_on(self, asked: Flask, account_ids: tuple[str, str]) -> None:
        """What an earlier visitor left, or somebody planted, would be the learner's."""
        browser = asked.test_client()
        browser.get(ADDRESS, query_string={"planted": "1"})
        assert _answer(browser) == (NOBODY, "True")
        _who(browser, **{"in": account_ids[0]})
        assert _answer(browser) == (account_ids[0], "False")

    def test_whoever_planted_the_session_before_is_nobody_after_it(
        self, asked: Flask, account_ids: tuple[str, str]
    ) -> None:
        """Session fixation: an id that both know before the sign-in would be the learner's session after it."""
        learner, attacker = asked.test_client(), asked.test_client()
        attacker.get(ADDRESS, query_string={"planted": "1"})
        for name, value in _cookies(attacker).items():
            learner.set_cookie(name, value)
        _who(learner, **{"in": account_ids[0]})
        assert (_who(learner), _who(attacker)) == (account_ids[0], NOBODY)

    def test_who_signs_out_is_nobody(
        self, asked: Flask, host_session: HostSession, account_ids: tuple[str, str]
    ) -> None:
        browser = asked.test_client()
        _who(browser, **{"in": account_ids[0]})
        _who(browser, out="1")
        expected = NOBODY if isinstance(host_session, SignsOut) else account_ids[0]
        assert _who(browser) == expected
        _who(browser, out="1")  # of whom nobody is signed in
        _who(browser, **{"in": account_ids[1]})
        assert _who(browser) == account_ids[1]


def _answer(browser: FlaskClient, **query: str) -> tuple[str, str]:
    response = browser.get(ADDRESS, query_string=query)
    assert response.status_code == 200, f"{ADDRESS} is answered with {response.status_code}: a gate of the portal?"
    who, _, planted = response.get_data(as_text=True).rpartition(" ")
    return who, planted


def _who(browser: FlaskClient, **query: str) -> str:
    return _answer(browser, **query)[0]


def _cookies(browser: FlaskClient) -> dict[str, str]:
    return {cookie.key: cookie.value for cookie in (browser._cookies or {}).values()}

"""A portal whose every sign-in brings the identity that the test sets, on a database and with callables of its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flask import Flask, Response
from werkzeug.test import TestResponse

from flask_first_login import FirstLogin, Identity
from flask_first_login.accounts import Accounts
from flask_first_login.testing import BY_ECPA
from internals import AppState, HostSession, Proof, admit, handles_sign_in_errors, here, state_of
from support.databases import INDEX_KEY, KEY
from support.learner import Learner
from support.pages import LINKS, PROVIDERS


class Host:
    """``brings`` is who the next sign-in is; ``joins`` the account that asked for it, if one did; ``proves`` what the
    sign-in proves, when that is another time than the identity's."""

    def __init__(
        self,
        accounts: Accounts,
        *,
        session: HostSession | None = None,
        keys: list[str] | None = None,
        index_key: str = INDEX_KEY,
        **settings: object,
    ) -> None:
        self.accounts = accounts
        self.brings = BY_ECPA
        self.joins: str | None = None
        self.proves: Proof | None = None
        self.first_login = FirstLogin(accounts=accounts, session=session)
        self.app = Flask("host")
        self.app.config.update(
            SECRET_KEY="a-secret-of-this-test",
            FIRST_LOGIN_LINKS=LINKS,
            FIRST_LOGIN_NATIONAL_ID_KEYS=keys or [KEY],
            FIRST_LOGIN_NATIONAL_ID_INDEX_KEY=index_key,
            **{"FIRST_LOGIN_PROVIDERS": PROVIDERS, **settings},
        )

    def mounted(self) -> Host:
        """The portal with the first login in it; rules are added before."""
        self.first_login.init_app(self.app)
        self.app.add_url_rule("/arrive", view_func=self._arrive())
        return self

    @property
    def proof(self) -> Proof:
        """By default the provider states when the person proved themself: at this very sign-in."""
        return self.proves if self.proves is not None else Proof(self.brings.signed_in_at)

    @property
    def state(self) -> AppState:
        return state_of(self.app)

    def _arrive(self) -> Callable[[], Response]:
        def arrive() -> Response:
            return admit(here(), self.brings, joins=self.joins, proof=self.proof)  # type: ignore[return-value]  # werkzeug's own

        return handles_sign_in_errors(arrive)  # type: ignore[return-value]  # as above

    def arrives(self, identity: Identity, learner: Learner | None = None, query: str = "") -> TestResponse:
        """A sign-in that brings this identity, in a browser of its own unless one is given."""
        self.brings = identity
        return (learner or self.learner()).get(f"/arrive{query}")

    def learner(self) -> Learner:
        return Learner.at(self.app)

    def owner(self, identity: Identity) -> str:
        account = self.accounts.owner_of(identity.issuer, identity.subject)
        assert account is not None
        return account.id


def code_of(response: TestResponse) -> str:
    """The code of a page that says what went wrong; empty on any other page."""
    found = re.search(r'data-code="([a-z_]+)"', response.text)
    return found[1] if found else ""


def fields_of(response: TestResponse, *names: str) -> dict[str, str]:
    """The hidden fields of a page, the first of each name."""
    found: dict[str, Any] = {}
    for name, value in re.findall(r'name="(\w+)"[^>]*value="([^"]*)"', response.text):
        found.setdefault(name, value)
    return {name: found[name] for name in names}


def accept(learner: Learner, **changed: str) -> TestResponse:
    """Tick the box of the page that says what a social sign-in costs, and go on."""
    page = learner.get("/first-login/acknowledge")
    fields = fields_of(page, "csrf_token", "waiting", "version")
    return learner.post("/first-login/acknowledge", {**fields, "acknowledged": "y", **changed})

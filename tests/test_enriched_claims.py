"""What a portal adds to a provider's claims: eCPA may tell an account alone, and a directory of the agency the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from flask_first_login import Assurance, SignInError
from flask_first_login.providers import Claims, Ticket
from internals import Enrich, client_for, enriched, register, state_of
from support.host_portal import code_of
from support.learner import Answer, Learner
from support.pages import portal
from support.stand_in_provider import return_path

UID, OTHER = "A123456789", "A200000003"


def open_ticket(ticket: Ticket) -> Claims:
    """Somebody whose ticket says the account, and that no certificate was used."""
    return Claims(ticket.provider, ticket.issuer, "c1234", ticket.received_at, {"account": "c1234", "uid": ""})


def directory(claims: Claims) -> Mapping[str, object]:
    assert claims.values["account"] == claims.subject
    return {"uid": UID, "cn": "陳大文"}


def signed_in(enrich: object, **settings: object) -> tuple[Learner, str]:
    """One sign-in at eCPA in a portal with this function; gives the code of the last page, empty after a success."""
    app = portal(
        {"ecpa": {"login_url": "https://ecpa.example.gov.tw", "verify": open_ticket, "enrich": enrich, **settings}}
    )
    app.config["PROPAGATE_EXCEPTIONS"] = False
    learner = Learner.at(app)
    back = return_path(learner.start("ecpa"))
    return learner, code_of(learner.deliver(Answer(back, {"loginType": "1", "APReqEncodedData": "6e82"})))


def test_what_the_portal_knows_of_an_account_is_the_person() -> None:
    learner, code = signed_in(directory)
    account = state_of(learner.app).accounts.owner_of("https://ecpa.dgpa.gov.tw", "c1234")
    assert code == ""
    assert account is not None
    (who,) = account.identities
    assert who.national_id is not None
    assert (who.name, who.national_id.reveal(), who.assurance) == ("陳大文", UID, Assurance.VERIFIED)


def test_a_path_of_the_portals_own_replaces_nothing_within_what_the_provider_states() -> None:
    claims = Claims(
        "ecpa", "https://a.example", "c1234", datetime.now(UTC), {"a": {"uid": OTHER, "ok": False, "n": ""}}
    )
    found = enriched(claims, lambda _: {"a.uid": UID, "a.ok": True, "a.n": "added", "a.more": "added"})
    assert (found.value("a.uid"), found.value("a.ok")) == (OTHER, False)
    assert (found.value("a.n"), found.value("a.more")) == ("added", "added")


def test_what_the_provider_states_is_never_replaced_and_nobody_becomes_somebody_else() -> None:
    """A directory that errs, or that somebody may write to, must not make a person of yesterday out of today's."""
    stated = {"account": "c1234", "uid": OTHER, "verified": False, "level": 0, "cn": None, "agency": ""}
    claims = Claims("ecpa", "https://ecpa.example", "c1234", datetime.now(UTC), stated)
    added = {"uid": UID, "verified": True, "level": 3, "cn": "陳大文", "agency": "A10", "sub": "other", "more": [1]}

    found = enriched(claims, lambda _: added)

    kept = {**stated, "cn": "陳大文", "agency": "A10", "sub": "other", "more": [1]}
    assert found == replace(claims, values=kept)
    assert (found.subject, found.issuer) == (claims.subject, claims.issuer)


def no_mapping(claims: Claims) -> object:
    return [claims]


def failing(claims: Claims) -> Mapping[str, object]:
    raise LookupError(UID)


def unknown(claims: Claims) -> Mapping[str, object]:
    raise SignInError("account_not_accepted", provider=claims.provider, phase="identify", detail="not in the directory")


@pytest.mark.parametrize(
    ("enrich", "code"), [(no_mapping, "portal_error"), (failing, "portal_error"), (unknown, "account_not_accepted")]
)
def test_a_function_that_fails_or_refuses_signs_nobody_in(
    enrich: object, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    learner, shown = signed_in(enrich)

    assert shown == code
    assert state_of(learner.app).accounts.owner_of("https://ecpa.dgpa.gov.tw", "c1234") is None
    assert UID not in caplog.text
    assert UID not in "".join(learner.bodies)


@pytest.mark.parametrize(("enrich", "asks_for_all"), [(None, False), (directory, True)])
def test_a_function_that_may_read_anything_is_given_all_that_the_provider_says(
    enrich: Enrich | None, asks_for_all: bool
) -> None:
    given = {"client_id": "id", "client_secret": "secret", **({"enrich": enrich} if enrich else {})}
    made, problems = register({"google": given})

    assert not problems
    assert (client_for(made["google"])._claims_read is None) is asks_for_all  # type: ignore[attr-defined]  # of the client of OpenID


def test_a_function_that_is_none_is_refused_at_the_start() -> None:
    _, problems = register({"google": {"client_id": "id", "client_secret": "secret", "enrich": SimpleNamespace()}})

    assert [problem.where for problem in problems] == ["FIRST_LOGIN_PROVIDERS['google']['enrich']"]

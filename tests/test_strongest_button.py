"""The strongest button of every page of a learner, over the whole space: the best next step for their hours."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest

from flask_first_login import Account, Assurance, Identity, Kind, Verdict
from flask_first_login.testing import BY_ECPA, BY_GOOGLE, BY_MYEGOV
from internals import ORDER, NumberState, Receipt, here, receipt_of, state_of
from support.pages import PREFIX, Sheet
from test_provider_offers import (
    ANSWERS,
    COLUMNS,
    GOVERNMENT,
    SOCIAL,
    column_of,
    name_in,
    orders,
    registered,
)

NO_ID: dict[str, Any] = {"national_id": None, "assurance": Assurance.NONE}
UNDER_REVIEW: dict[str, Any] = {"number_state": NumberState.UNDER_REVIEW}
#: Everybody who may sign in: what they show, and what they lack.
PEOPLE: dict[str, Identity] = {
    "civil servant by eCPA": BY_ECPA,
    "by eCPA without a number": replace(BY_ECPA, **NO_ID),
    "by eCPA with a wrong number": replace(BY_ECPA, **NO_ID, national_id_invalid=True),
    "by eCPA, in a name that Big5 lacks": replace(BY_ECPA, name="王𠮷"),
    "official account": replace(BY_MYEGOV, kind=Kind.CIVIL_SERVANT),
    "verified citizen": replace(BY_MYEGOV, assurance=Assurance.VERIFIED),
    "declared citizen": BY_MYEGOV,
    "without a number": replace(BY_MYEGOV, **NO_ID),
    "without a name": replace(BY_MYEGOV, name=None),
    "with neither": replace(BY_MYEGOV, name=None, **NO_ID),
    "under review": replace(BY_MYEGOV, **UNDER_REVIEW),
    "disputed": replace(BY_MYEGOV, national_id=None, number_state=NumberState.DISPUTED),
    "of unknown kind": replace(BY_MYEGOV, kind=Kind.UNKNOWN),
    "of unknown kind, without a number": replace(BY_MYEGOV, kind=Kind.UNKNOWN, **NO_ID),
    "social": BY_GOOGLE,
}
TO_ADD = {"no_national_id", "invalid_national_id", "no_name"}


@pytest.mark.slow
@pytest.mark.parametrize("columns", range(len(COLUMNS)))
@pytest.mark.parametrize("answers", ANSWERS)
def test_no_receipt_leads_away_from_hours(answers: dict[str, str], columns: int) -> None:
    for order in orders(COLUMNS[columns]):
        app = registered(*order, columns=columns)
        state = state_of(app)
        allowed = [name for name in column_of(state, answers) if name in order]
        with app.test_request_context(f"{PREFIX}/outcome?{urlencode(answers)}"):
            at = here()
            for who, identity in PEOPLE.items():
                account = Account("a", (identity,))
                found = receipt_of(at, account, state.hours(account))
                _obeys(found, identity, allowed, [*order], answers, (who, answers, order))


def _obeys(
    found: Receipt, identity: Identity, allowed: list[str], order: list[str], answers: dict[str, str], about: object
) -> None:
    primary, home = found.primary, "/"
    led_to = name_in(primary.url.partition("?")[0].removesuffix("/anew").removesuffix("/join"))
    buttons = [*found.others, *([found.again] if found.again else []), *([found.step_up] if found.step_up else [])]
    if not identity.is_social:
        assert not {button.name for button in buttons} & {*SOCIAL}, about
        assert led_to not in SOCIAL, about
    codes = [cause.reason.code for cause in found.causes if cause.reason is not None]
    assert len(codes) == len(set(codes)), about  # nobody reads the same reason twice
    drawn = [ORDER.index(cause.shown_as) for cause in found.causes]
    assert drawn == sorted(drawn), about
    for cause in found.causes:
        if cause.shown_as is Verdict.NOT_APPLICABLE and cause.reason is not None:
            assert cause.reason.remedies == [], about
    civil = answers.get("identity") == "civil-servant"
    if identity.is_social:
        advised = [name for name in allowed if name in GOVERNMENT] if civil or not answers else allowed
        public = [name for name in advised if name in GOVERNMENT]
        assert found.seal is Verdict.REFUSED, about
        assert primary.by_post == bool(found.others), about
        assert primary.by_post or primary.url == home, about
        assert not primary.by_post or (led_to in GOVERNMENT and (not public or led_to in public)), about
        assert found.side.url != primary.url or not primary.by_post, about
    elif civil and identity.kind != Kind.CIVIL_SERVANT:
        assert (found.seal, found.wait is not None) == (Verdict.HELD, True), about
        assert (led_to == identity.provider) == (identity.provider in order), about
    elif TO_ADD & {*codes}:
        assert found.seal is Verdict.HELD, about
        assert primary.url != home or identity.provider not in order, about
        assert (found.side.url == home) == (primary.url != home), about
    elif not {*codes} - {"not_civil_servant", "kind_unconfirmed"}:
        assert (found.seal, primary.url) == (Verdict.UPLOADABLE, home), about
    else:
        assert found.seal is Verdict.HELD, about


@pytest.mark.slow
@pytest.mark.parametrize("columns", range(len(COLUMNS)))
@pytest.mark.parametrize("answers", [ANSWERS[0], ANSWERS[1], ANSWERS[5], ANSWERS[8]])
def test_no_page_of_the_guide_draws_a_social_sign_in_as_strong_as_one_that_earns_hours(
    answers: dict[str, str], columns: int
) -> None:
    for order in orders(COLUMNS[columns]):
        client = registered(*order, columns=columns).test_client()
        for path in ("/login", "/public/no-certificate"):
            page = Sheet(client.get(f"{PREFIX}{path}?{urlencode(answers)}"))
            for link in page.links_of("fl-provider"):
                costs = "fl-provider--cost" in (link.element.get("class") or "")
                about = (path, answers, order, link.url)
                assert costs == (name_in(link.url) in SOCIAL), about
                assert costs == (link.element.get("aria-describedby") is not None), about
            strong = [name_in(link.url) for link in page.links_of("fl-btn")]
            assert not {*strong} & {*SOCIAL}, (path, answers, order)

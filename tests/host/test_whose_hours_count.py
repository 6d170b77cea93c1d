"""Five people sign in at the example portal, without a network and without a browser."""

import pytest
from flask.testing import FlaskClient

from flask_first_login.testing import SignInAs

pytestmark = pytest.mark.slow

VERDICTS = {  # lifelong, environmental, teacher
    "civil_servant": "uploadable uploadable uploadable",
    "verified_citizen": "not_applicable uploadable uploadable",
    "citizen_without_id": "not_applicable held held",
    "unconfirmed_kind": "held uploadable uploadable",
    "social_user": "refused refused refused",
}


@pytest.mark.parametrize("persona", VERDICTS)
def test_whose_hours_count(client: FlaskClient, sign_in_as: SignInAs, persona: str) -> None:
    assert [*sign_in_as(client, persona).verdicts.values()] == VERDICTS[persona].split()

"""A HEAD request, by which link checkers and mail filters only look: it begins nothing, and completes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from flask import Flask

from support.learner import OWN_VISIT, Learner
from support.pages import PREFIX, portal
from support.stand_in_provider import NAMES, POSTING, StandIn, post_across, return_path, sign_in, standing_in


@pytest.fixture(scope="module")
def provider() -> Iterator[StandIn]:
    with standing_in() as stand_in:
        yield stand_in


@pytest.fixture
def app(provider: StandIn) -> Flask:
    provider.be_honest()
    return portal(provider.settings())


@pytest.mark.parametrize("name", NAMES)
def test_a_head_begins_no_sign_in(app: Flask, name: str) -> None:
    looked = app.test_client().head(f"{PREFIX}/sign-in/{name}", headers=OWN_VISIT)
    assert (looked.status_code, looked.headers["Allow"]) == (405, "GET, POST")
    assert "Location" not in looked.headers
    assert looked.headers.getlist("Set-Cookie") == []


@pytest.mark.parametrize("name", NAMES)
def test_a_head_completes_no_sign_in_and_leaves_its_answer_to_the_learner(
    app: Flask, provider: StandIn, name: str
) -> None:
    learner = Learner.at(app)
    sent_to = learner.start(name)
    fields = provider.answer(name, sent_to)
    provider.asked.clear()
    if name in POSTING:
        address = post_across(learner, return_path(sent_to), fields).headers["Location"]
    else:
        address = f"{return_path(sent_to)}?{urlencode(fields)}"
    held = learner.cookies()
    looked = learner.client.head(address)
    assert (looked.status_code, looked.get_data()) == (405, b"")
    assert learner.cookies() == held
    assert provider.asked == []
    assert learner.get(address).status_code == 303


@pytest.mark.parametrize("path", ["/login", "/api/v1/login"])
def test_a_head_of_the_login_page_ends_no_wait_for_an_acknowledgement(app: Flask, provider: StandIn, path: str) -> None:
    learner = Learner.at(app)
    assert sign_in(learner, provider, "facebook").headers["Location"] == f"{PREFIX}/acknowledge"
    assert learner.client.head(PREFIX + path).status_code == 200
    assert learner.get(f"{PREFIX}/acknowledge").status_code == 200
    assert learner.get(PREFIX + path).status_code == 200
    assert learner.get(f"{PREFIX}/acknowledge").headers["Location"] == f"{PREFIX}/login"


def test_a_head_of_the_acknowledgement_accepts_nothing(app: Flask, provider: StandIn) -> None:
    learner = Learner.at(app)
    sign_in(learner, provider, "facebook")
    assert learner.client.head(f"{PREFIX}/acknowledge?acknowledged=y").status_code == 200
    assert learner.get(f"{PREFIX}/outcome").status_code == 303

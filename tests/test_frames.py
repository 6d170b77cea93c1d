"""No page of ours is shown inside another site's, whatever the layout, unless the host itself says who may."""

from __future__ import annotations

import pytest
from flask import Flask, Response
from jinja2 import DictLoader
from werkzeug.test import TestResponse

from support.pages import PREFIX, portal

POLICY = "Content-Security-Policy"
LAYOUT = (
    "<!doctype html><html><head>{% block head %}{% endblock %}</head><body>{% block content %}{% endblock %}</body>"
)
INNER = LAYOUT + "{% block fl_heading %}{% endblock %}"  # has a part in our pages, which are then drawn anew each time
LAYOUTS = {"ours": None, "the host's": LAYOUT, "one that fills a block of ours": INNER}
#: A page that is kept, one that is not, a failure, one that is not there, a redirect, and the JSON.
PATHS = (
    *("/login", "/civil-servant", "/?next=/courses", "/sign-in/google/callback?code=x", "/nowhere", "/hours"),
    *("/api/v1/login", "/api/v1/hours", "/api/v1/nowhere"),
)


def made(layout: str | None) -> Flask:
    if layout is None:
        return portal()
    app = portal(base_template="layout.html")
    app.jinja_loader = DictLoader({"layout.html": layout})
    return app


def refused(response: TestResponse) -> bool:
    return (
        response.headers.get("X-Frame-Options") == "DENY"
        and sum(policy.count("frame-ancestors 'none'") for policy in response.headers.getlist(POLICY)) == 1
    )


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_page_is_shown_in_no_frame_under_any_layout(layout: str, path: str) -> None:
    client = made(LAYOUTS[layout]).test_client()
    assert [refused(client.get(PREFIX + path)) for _ in range(2)] == [True, True]


def test_a_page_that_its_reader_has_already_and_a_wrong_method_are_shown_in_no_frame_either() -> None:
    client = made(None).test_client()
    etag = client.get(f"{PREFIX}/login").headers["ETag"]
    known = client.get(f"{PREFIX}/login", headers={"If-None-Match": etag})
    assert (known.status_code, refused(known)) == (304, True)
    assert refused(client.delete(f"{PREFIX}/login"))


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Frame-Options": "SAMEORIGIN"},
        {POLICY: "frame-ancestors 'self'"},
        {POLICY: "default-src 'self'; Frame-Ancestors 'self' https://intranet.example.gov.tw"},
        {POLICY: "frame-ancestors https://intranet.example.gov.tw", "X-Frame-Options": "SAMEORIGIN"},
    ],
)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_host_says_itself_who_may(layout: str, headers: dict[str, str]) -> None:
    app = made(LAYOUTS[layout])

    @app.after_request
    def say(response: Response) -> Response:
        response.headers.update(headers)
        return response

    response = app.test_client().get(f"{PREFIX}/login")
    assert {name: response.headers.getlist(name) for name in headers} == {name: [headers[name]] for name in headers}
    assert "DENY" not in response.headers.getlist("X-Frame-Options")


@pytest.mark.parametrize("policy", ["default-src 'self'; script-src 'self'", "default-src 'self'; frame-src 'self'; ;"])
def test_a_policy_of_the_host_that_says_nothing_of_frames_stays_whole_beside_ours(policy: str) -> None:
    app = made(LAYOUT)
    app.after_request(lambda response: response.headers.setdefault(POLICY, policy) and response)
    response = app.test_client().get(f"{PREFIX}/login")
    assert response.headers.getlist(POLICY) == [policy, "frame-ancestors 'none'"]
    assert refused(response)


def test_pages_of_the_host_are_the_hosts_own() -> None:
    app = made(LAYOUT)
    app.add_url_rule("/courses", "courses", lambda: "courses")
    for path in ("/courses", "/nowhere"):
        response = app.test_client().get(path)
        assert "X-Frame-Options" not in response.headers
        assert POLICY not in response.headers

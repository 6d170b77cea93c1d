"""A page that is the same for everybody is drawn once, and nothing of anybody is kept."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask, request, template_rendered
from jinja2 import ChoiceLoader, DictLoader

from flask_first_login import FirstLogin
from flask_first_login.accounts.memory import MemoryAccounts
from internals import own_templates, page_cache, state_of
from support.pages import PREFIX, PROVIDERS, SCREENS, SECRET, portal

PAGES = [one for one in SCREENS if one != "/nowhere"]
QUERIES = (
    "",
    "?lang=en",
    "?identity=civil-servant&account=none",
    "?submitted=1",
    "?submitted=1&identity=public&lang=en",
)
ENGLISH = {"Accept-Language": "en"}


@contextmanager
def drawn(app: Flask) -> Iterator[list[str]]:
    """The names of the templates that are drawn meanwhile."""
    names: list[str] = []

    def note(_: Flask, template: Any, **context: object) -> None:
        names.append(template.name)

    with template_rendered.connected_to(note, app):
        yield names


def held(app: Flask) -> int:
    """How many pages are kept."""
    pages = state_of(app).pages
    assert isinstance(pages, page_cache.PageCache)
    return pages.page.cache_info().currsize


def host(**settings: object) -> Flask:
    app = Flask("host")
    app.config.update(SECRET_KEY=SECRET, FIRST_LOGIN_PROVIDERS=PROVIDERS, **settings)
    return app


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_drawn_for_the_first_who_asks(app: Flask, path: str) -> None:
    with drawn(app) as names:
        first, second = (app.test_client().get(PREFIX + path) for _ in range(2))
    assert len(names) == 1
    assert (first.status, [*first.headers], first.data) == (second.status, [*second.headers], second.data)


@pytest.mark.slow
@pytest.mark.parametrize("query", QUERIES)
def test_what_was_kept_is_what_would_have_been_drawn(app: Flask, query: str) -> None:
    fresh = portal()
    fresh.jinja_env.auto_reload = True  # as in development
    for path in PAGES * 2:
        one, other = (each.test_client().get(PREFIX + path + query, headers=ENGLISH) for each in (app, fresh))
        assert (one.status, one.data, one.location) == (other.status, other.data, other.location)
        assert {*one.headers} == {one for one in other.headers if one[0] != "Date"}
    assert held(app) > 0
    assert held(fresh) == 0


def test_languages_and_answers_are_kept_apart(app: Flask) -> None:
    client = app.test_client()
    asked = [("/public", ""), ("/public", "?certificate=yes"), ("/public", "?lang=en")]
    pages = {client.get(f"{PREFIX}{path}{query}").data for path, query in asked}
    pages |= {client.get(f"{PREFIX}/public", headers=ENGLISH).data}
    assert len(pages) == 4


@pytest.mark.parametrize("query", ["?next=/courses/of-wang", "?submitted=2", "?from=nowhere", "?new=1", "?ref=Wang"])
@pytest.mark.parametrize("path", ["/login", "/public", "/faq"])
def test_a_page_that_repeats_what_its_address_says_is_not_kept(app: Flask, path: str, query: str) -> None:
    client = app.test_client()
    with drawn(app) as names:
        for _ in range(2):
            assert client.get(PREFIX + path + query).status_code == 200
    assert len(names) == 2
    assert held(app) == 0


@pytest.mark.parametrize(
    "query",
    [
        "?name=Wang",
        "?identity=Wang",
        "?identity=public&identity=public",
        "?identity=",
        "?lang=xx",
        "?certificate=A123456789",
        "?next=//elsewhere.example",
        "?%00=1",
    ],
)
@pytest.mark.parametrize("path", ["/login", "/public", "/faq"])
def test_what_an_address_could_say_of_a_person_is_in_no_page_that_is_kept(app: Flask, path: str, query: str) -> None:
    client = app.test_client()
    with drawn(app) as names:
        said, plain = client.get(PREFIX + path + query), client.get(PREFIX + path)
    assert (said.data, [*said.headers]) == (plain.data, [*plain.headers])
    assert len(names) == held(app) == 1


def test_an_address_that_is_none_is_not_kept(app: Flask) -> None:
    assert app.test_client().get(f"{PREFIX}/nowhere").status_code == 404
    assert held(app) == 0


def test_only_so_many_pages_are_kept_and_the_one_asked_for_longest_ago_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_cache, "MOST", 2)
    app = portal()
    client = app.test_client()
    for path in ("/public", "/faq", "/public", "/login"):
        client.get(PREFIX + path)
    assert held(app) == 2
    with drawn(app) as names:
        for path in ("/public", "/login", "/faq"):
            client.get(PREFIX + path)
    assert names == ["first_login/faq.html"]


def test_who_has_the_page_already_is_told_so(app: Flask) -> None:
    client = app.test_client()
    page = client.get(f"{PREFIX}/public")
    for weak in ("", "W/"):  # a proxy that compresses an answer makes its tag a weak one
        again = client.get(f"{PREFIX}/public", headers={"If-None-Match": weak + page.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
        assert "Content-Length" not in again.headers
        assert again.headers["ETag"] == page.headers["ETag"]
        assert again.headers["Cache-Control"] == page.headers["Cache-Control"]
    assert client.get(f"{PREFIX}/public", headers={"If-None-Match": '"another"'}).status_code == 200


def test_a_portal_that_is_mounted_twice_keeps_the_addresses_apart(app: Flask) -> None:
    for root in ("/one", "/two"):
        page = app.test_client().get(f"{PREFIX}/public", base_url=f"http://localhost{root}").text
        assert f'action="{root}{PREFIX}/public"' in page


@pytest.mark.parametrize(
    "template",
    ["page_base.html", "question.html", "_help.html", "base.html"],
)
def test_a_page_in_which_a_host_has_a_part_is_drawn_for_everybody(template: str) -> None:
    app = host()
    ours = (own_templates.TEMPLATES / "first_login" / template).read_text()
    assert app.jinja_loader is not None
    app.jinja_loader = ChoiceLoader([DictLoader({f"first_login/{template}": ours}), app.jinja_loader])
    FirstLogin(app, accounts=MemoryAccounts())
    _is_never_kept(app)


def test_the_first_page_compiles_no_template_but_its_own(app: Flask) -> None:
    app.test_client().get(f"{PREFIX}/login")
    cache = state_of(app).environment_of("first_login/login.html").cache
    assert cache is not None
    compiled = {name for _, name in cache.keys()}  # noqa: SIM118  # Jinja's cache is no dict
    assert "first_login/login.html" in compiled
    assert "first_login/hours.html" not in compiled


LAYOUT = """<title>{% block title %}{% endblock %}</title>{% block head %}<i></i>{% endblock %}
<p>{{ reader }}</p>{% block content %}{% endblock %}"""
IN_PLACES = """{% block head %}{% endblock %}{% block fl_language %}{% endblock %}<p>{{ reader }}</p>
{% block fl_help %}{% endblock %}{% block fl_main %}{% endblock %}"""


def with_layout(layout: str) -> Flask:
    """A portal whose layout greets its reader."""
    app = host(FIRST_LOGIN_BASE_TEMPLATE="layout.html")
    app.jinja_loader = DictLoader({"layout.html": layout})
    app.context_processor(lambda: {"reader": request.headers.get("Reader")})
    FirstLogin(app, accounts=MemoryAccounts())
    return app


@pytest.mark.parametrize("layout", [LAYOUT, IN_PLACES], ids=["as a whole", "part by part"])
def test_in_a_layout_of_the_host_each_reader_has_a_page_of_their_own(layout: str) -> None:
    app = with_layout(layout)
    for reader in ("Wang", "Li"):
        for path in PAGES:
            page = app.test_client().get(PREFIX + path, headers={"Reader": reader})
            assert f"<p>{reader}</p>" in page.text
    assert held(app) == 0


def test_an_answer_that_leads_on_needs_no_layout() -> None:
    app = with_layout(LAYOUT)
    with drawn(app) as names:
        for _ in range(2):
            answered = app.test_client().get(f"{PREFIX}/?submitted=1&identity=public")
            assert answered.location == f"{PREFIX}/public?identity=public"
    assert names == []


def test_a_page_that_is_none_has_the_whole_layout() -> None:
    page = with_layout(LAYOUT).test_client().get(f"{PREFIX}/nowhere", headers={"Reader": "Wang"})
    assert page.status_code == 404
    assert "<p>Wang</p>" in page.text


def test_a_page_whose_addresses_a_host_completes_is_drawn_for_everybody() -> None:
    app = host()
    FirstLogin(app, accounts=MemoryAccounts())
    app.url_defaults(lambda endpoint, values: values.setdefault("tenant", "one"))
    _is_never_kept(app)


def _is_never_kept(app: Flask) -> None:
    with drawn(app) as names:
        for _ in range(3):
            assert app.test_client().get(f"{PREFIX}/public").status_code == 200
    assert len(names) == 3
    assert held(app) == 0


def test_two_portals_keep_their_own() -> None:
    one, other = portal(service_name="One"), portal(service_name="Other")
    assert "One" in one.test_client().get(f"{PREFIX}/").text
    assert "Other" in other.test_client().get(f"{PREFIX}/").text


def test_many_who_ask_at_once_get_one_and_the_same_page(app: Flask) -> None:
    with ThreadPoolExecutor(8) as pool:
        pages = {*pool.map(lambda _: app.test_client().get(f"{PREFIX}/faq").data, range(64))}
    assert len(pages) == 1
    assert held(app) == 1

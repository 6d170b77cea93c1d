"""The guard of a host's own views: who gets in, where everybody else comes back to, and whom it asks for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial, wraps
from inspect import iscoroutinefunction
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from flask import Blueprint, Flask, session
from flask.testing import FlaskClient
from flask.views import MethodView, View
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client, EnvironBuilder, TestResponse, run_wsgi_app

from flask_first_login import Authority, ConfigError, FirstLogin, Text, hours_required
from flask_first_login.accounts.memory import MemoryAccounts
from flask_first_login.testing import BY_ECPA, BY_MYEGOV
from internals import AUTHORITIES
from support.host_portal import Host
from support.learner import OWN_VISIT
from support.pages import PREFIX, Sheet, portal, read, said
from support.stand_in_provider import StandIn, return_path, standing_in

#: Addresses of a page as a browser has them, each of one name.
WAYS_BACK = [
    "/course/python%20101",
    "/course/a%23b",
    "/course/a%3Fb",
    "/course/%E8%87%AA%E7%84%B6%E3%80%80%E7%92%B0%E5%A2%83",
    "/course/100%25",
    "/course/a%2520b",
    "/course/a+b&c=d;e",
    "/course/x?q=a%20b&r=%23%3F%25%E3%80%80&s=a+b&t=%26",
    "/course/a%20b?q=%E3%80%80",
]


def guarded_portal(**settings: Any) -> Flask:
    app = portal(**settings)

    @app.get("/course/<path:name>")
    @hours_required("environmental")
    def course(name: str) -> str:
        return f"the course {name}"

    return app


# --- who asks ---


@pytest.mark.parametrize("mount", ["", "/a%20portal"])
def test_who_is_turned_away_reads_the_name_of_the_page_and_no_address_or_word_of_a_link(mount: str) -> None:
    host, title = Host(MemoryAccounts()).mounted(), Text("Claim {hours} & <b>more</b>", "申請{hours}時數")

    def says(name: str = "") -> str:
        return name

    named = hours_required("environmental", title=title)(says)
    host.app.add_url_rule("/claim/<name>", "claim", named)
    host.app.add_url_rule("/plain/<name>", "plain", hours_required("environmental")(says))
    host.app.add_url_rule("/post", "post", named, methods=["POST"])
    learner = host.learner()
    host.arrives(replace(BY_MYEGOV, national_id=None), learner)

    def told(page: str, authority: str = "environmental", lang: str = "zh-Hant-TW") -> str:
        root = {"SCRIPT_NAME": unquote(mount)}
        query = {"for": authority, "next": mount + page, "lang": lang}
        (first, *_) = Sheet(learner.get("/first-login/hours", query_string=query, environ_overrides=root)).all("strong")
        return said(first)

    unnamed = "您從本平臺的一個頁面過來，該頁面需要環境教育時數。"
    assert told("/claim/wetlands?a=%20b") == "您從「申請{hours}時數」過來：該頁面需要環境教育時數。"
    assert "“Claim {hours} & <b>more</b>”" in told("/claim/wetlands", lang="en")
    for other in ("/plain/wetlands", "/claim", "/claim/a/b", "/post", "/nowhere/申請", "/static/claim"):
        assert told(other) == unnamed, other
    assert told("/claim/wetlands", "teacher") == unnamed.replace("環境教育", "教師研習")
    sent_to = learner.get("/claim/wetlands").headers["Location"]
    assert parse_qs(urlsplit(sent_to).query).keys() == {"for", "next"}


def test_a_title_that_is_no_text_in_both_languages_is_refused_where_it_is_given() -> None:
    with pytest.raises(TypeError, match="title is a Text"):
        hours_required("environmental", title="Claim")  # type: ignore[arg-type]  # as from a host that checks no types


# --- the way back ---


@pytest.fixture(scope="module")
def provider() -> Iterator[StandIn]:
    with standing_in() as stand_in:
        yield stand_in


@pytest.mark.slow
@pytest.mark.parametrize("mount", ["", "/portal", "/a%20portal"])
@pytest.mark.parametrize("wanted", WAYS_BACK)
def test_a_learner_ends_at_the_very_address_that_they_wanted(provider: StandIn, mount: str, wanted: str) -> None:
    provider.be_honest()
    app = guarded_portal(providers=provider.settings(), public_providers=["gov"])
    root = mount.replace("%20", " ")
    client = Client(DispatcherMiddleware(Flask("server").wsgi_app, {root: app.wsgi_app}) if mount else app)

    def get(url: str) -> TestResponse:
        return client.get(url, headers=OWN_VISIT)

    def signed_in() -> str:
        """Where a learner ends who asked for the page and signed in by the button of the login page."""
        login = get(get(mount + wanted).headers["Location"])
        (start,) = [one.url for one in Sheet(login).links if one.path.endswith("/sign-in/gov")]
        sent_to = get(start).headers["Location"]
        fields = provider.answer("gov", sent_to)
        return client.get(return_path(sent_to), query_string=fields).headers["Location"]

    welcome = Sheet(get(signed_in()))
    assert welcome.primary.url == mount + wanted  # of who is new
    client.delete_cookie("session")
    assert signed_in() == mount + wanted
    assert get(mount + wanted).text.startswith("the course ")


@pytest.mark.parametrize("path", ["/", "/login", "/public", "/public/no-certificate", "/notices", "/faq"])
def test_every_page_carries_the_way_back_as_it_is(client: FlaskClient, path: str) -> None:
    for wanted in WAYS_BACK:
        page = read(client, path, next=wanted)
        carried = {link.query["next"] for link in page.links if "next" in link.query}
        assert carried | ({page.hidden["next"]} if "next" in page.hidden else set()) == {wanted}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_octets_as_they_are_in_an_address_are_encoded_on_the_way_back(method: str) -> None:
    """A script that is no browser sends them so."""
    app = guarded_portal()
    environ = EnvironBuilder("/course/x", method=method).get_environ()
    environ["PATH_INFO"] = "/course/環\u3000境 1".encode().decode("latin-1")
    environ["QUERY_STRING"] = "q=自\u3000然".encode().decode("latin-1")
    headers = run_wsgi_app(app, environ, buffered=True)[2]
    (back,) = parse_qs(urlsplit(headers["Location"]).query)["next"]
    assert back == "/course/%E7%92%B0%E3%80%80%E5%A2%83%201?q=%E8%87%AA%E3%80%80%E7%84%B6"


@pytest.mark.parametrize("octets", [b"\xff", b"\xed\xa0\x80", b"%ED%A0%80", b"%0d%0aSet-Cookie:%20a=b"])
def test_an_address_that_is_no_text_is_no_fault_of_the_portal(octets: bytes) -> None:
    app = guarded_portal()
    environ = EnvironBuilder("/course/x").get_environ()
    environ["QUERY_STRING"] = (b"q=" + octets).decode("latin-1")
    status, headers = run_wsgi_app(app, environ, buffered=True)[1:]
    assert status.startswith("303")
    environ = EnvironBuilder(urlsplit(headers["Location"]).path).get_environ()
    environ["QUERY_STRING"] = urlsplit(headers["Location"]).query
    body, status, headers = run_wsgi_app(app, environ, buffered=True)
    assert (status, "Set-Cookie" in headers) == ("200 OK", False)
    assert "next=/course/x?q%3D%25" in b"".join(body).decode()  # as it was, and encoded: it leads nowhere else


# --- scripts ---


@pytest.mark.parametrize(
    ("method", "sent"),
    [
        ("GET", {"headers": {"Accept": "application/json"}}),
        ("GET", {"headers": {"Accept": "application/problem+json"}}),
        ("POST", {"json": {"hours": 2}}),
        ("POST", {"json": {"hours": 2}, "headers": {"Accept": "*/*"}}),
    ],
)
def test_a_script_is_told_that_it_may_not_see_a_guarded_view(method: str, sent: dict[str, Any]) -> None:
    host = Host(MemoryAccounts()).mounted()

    @host.app.route("/hours", methods=["GET", "POST"])
    @hours_required("environmental")
    def hours() -> str:
        return "x"

    learner = host.learner()
    stranger = learner.client.open("/hours", method=method, **sent)
    told = stranger.get_json()
    assert (stranger.status_code, stranger.mimetype) == (401, "application/problem+json")
    assert (told["code"], told["status"]) == ("not_signed_in", 401)
    assert told["way_on"].startswith(f"{PREFIX}/login")
    assert "Location" not in stranger.headers
    assert "no-store" in stranger.headers["Cache-Control"]
    host.arrives(replace(BY_ECPA, national_id=None), learner)
    without = learner.client.open("/hours", method=method, **sent)
    told = without.get_json()
    assert (without.status_code, told["code"]) == (403, "no_national_id")
    assert told["way_on"].startswith(f"{PREFIX}/hours?for=environmental")


@pytest.mark.parametrize("accept", ["text/html,*/*;q=0.8", "*/*", None])
def test_a_browser_is_led_to_the_page_that_helps(accept: str | None) -> None:
    headers = {"Accept": accept} if accept is not None else {}
    assert guarded_portal().test_client().get("/course/x", headers=headers).status_code == 303


# --- async views ---


@pytest.fixture
def host() -> Host:
    host = Host(MemoryAccounts()).mounted()

    @host.app.get("/waits/<name>")
    @hours_required("environmental")
    async def waits(name: str) -> str:
        await asyncio.sleep(0)
        session["seen"] = name
        return f"waited for {name}"

    def and_awaits(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        async def awaiting(**values: Any) -> str:
            answer = await view(**values)
            return answer if isinstance(answer, str) else "turned away"

        return awaiting

    host.app.add_url_rule("/around/<name>", "around", and_awaits(waits))

    class Waiting(MethodView):
        @hours_required("environmental")
        async def get(self, name: str) -> str:
            return f"class {name}"

    host.app.add_url_rule("/class/<name>", view_func=Waiting.as_view("class"))

    class Decorated(View):
        decorators: ClassVar[list[Callable[..., Any]]] = [hours_required("environmental")]

        async def dispatch_request(self, name: str) -> str:  # type: ignore[override]  # as Flask documents it
            return f"decorated {name}"

    host.app.add_url_rule("/decorated/<name>", view_func=Decorated.as_view("decorated"))
    return host


def in_a_thread(test: Callable[..., None]) -> Callable[..., None]:
    """Run a test in a thread of its own: a browser of other tests leaves an event loop running in this one."""

    @wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        with ThreadPoolExecutor(1) as threads:
            threads.submit(test, *args, **kwargs).result()

    return run


@pytest.mark.parametrize(
    ("path", "said"),
    [("waits", "waited for x"), ("around", "waited for x"), ("class", "class x"), ("decorated", "decorated x")],
)
@in_a_thread
def test_a_view_that_waits_is_guarded_as_every_other(host: Host, path: str, said: str) -> None:
    learner = host.learner()
    away = learner.get(f"/{path}/x")
    if path == "around":
        assert away.text == "turned away"
    else:
        assert away.headers["Location"] == f"{PREFIX}/login?next=/{path}/x"
    host.arrives(replace(BY_ECPA, signed_in_at=datetime.now(UTC)), learner)
    assert learner.get(f"/{path}/x").text == said


@in_a_thread
def test_who_has_no_hours_is_turned_away_from_a_view_that_waits(host: Host) -> None:
    learner = host.learner()
    host.arrives(replace(BY_ECPA, national_id=None), learner)
    assert learner.get("/waits/x").headers["Location"] == f"{PREFIX}/hours?for=environmental&next=/waits/x"


@in_a_thread
def test_what_a_view_that_waits_writes_into_the_session_stays(host: Host) -> None:
    learner = host.learner()
    host.arrives(replace(BY_ECPA, signed_in_at=datetime.now(UTC)), learner)
    learner.get("/waits/x")
    with learner.client.session_transaction() as kept:
        assert kept["seen"] == "x"


def test_a_guard_is_async_where_its_view_is() -> None:
    async def waits() -> str:
        return ""

    def answers() -> str:
        return ""

    guard = hours_required("environmental")
    assert iscoroutinefunction(guard(waits))
    assert iscoroutinefunction(guard(guard(waits)))
    assert not iscoroutinefunction(guard(answers))


# --- an authority that nobody registered ---

MISSPELT = "enviromental"


def inside() -> str:
    return "in"


def says(word: str) -> str:
    return word


def lets_in() -> None:
    return None


def a_function(app: Flask | Blueprint) -> None:
    app.add_url_rule("/guarded", "guarded", hours_required(MISSPELT)(inside))


def an_async_function(app: Flask | Blueprint) -> None:
    @app.get("/guarded")
    @hours_required(MISSPELT)
    async def guarded() -> str:
        return "in"


def in_a_decorator(app: Flask | Blueprint) -> None:
    @hours_required(MISSPELT)
    def guarded() -> str:
        return "in"

    @wraps(guarded)
    def outer() -> Any:
        return guarded()

    app.add_url_rule("/guarded", "guarded", outer)


def in_a_partial(app: Flask | Blueprint) -> None:
    app.add_url_rule("/guarded", "guarded", partial(hours_required(MISSPELT)(says), "in"))


def under_another_guard(app: Flask | Blueprint) -> None:
    app.add_url_rule("/guarded", "guarded", hours_required("teacher")(hours_required(MISSPELT)(inside)))


def over_another_guard(app: Flask | Blueprint) -> None:
    app.add_url_rule("/guarded", "guarded", hours_required(MISSPELT)(hours_required("teacher")(inside)))


def a_method(app: Flask | Blueprint) -> None:
    class Guarded(MethodView):
        @hours_required(MISSPELT)
        def get(self) -> str:
            return "in"

    class Inherits(Guarded):
        """With the method of its base."""

    app.add_url_rule("/guarded", view_func=Inherits.as_view("guarded"))


def a_class(app: Flask | Blueprint) -> None:
    class Guarded(View):
        decorators: ClassVar[list[Callable[..., Any]]] = [hours_required(MISSPELT)]

        def dispatch_request(self) -> str:
            return "in"

    app.add_url_rule("/guarded", view_func=Guarded.as_view("guarded"))


def before_every_view(app: Flask | Blueprint) -> None:
    app.add_url_rule("/guarded", "guarded", lambda: "in")
    app.before_request(hours_required(MISSPELT)(lets_in))


KINDS = [
    *(a_function, an_async_function, in_a_decorator, in_a_partial, under_another_guard, over_another_guard),
    *(a_method, a_class, before_every_view),
]


def set_up(app: Flask, authorities: tuple[Authority, ...] = AUTHORITIES) -> None:
    app.config["SECRET_KEY"] = "of this test"
    FirstLogin(app, accounts=MemoryAccounts(), authorities=authorities)


def refused(error: ConfigError) -> None:
    (problem,) = error.problems
    assert f"the authority {MISSPELT!r}, which this portal does not have" in problem.what
    assert problem.fix == "Did you mean 'environmental'? Known: environmental, lifelong, teacher."


@pytest.mark.parametrize("in_blueprint", [False, True], ids=["app", "blueprint"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_misspelt_authority_is_refused_where_the_app_is_made(
    kind: Callable[[Flask | Blueprint], None], in_blueprint: bool
) -> None:
    app = Flask("host")
    if in_blueprint:
        kind(part := Blueprint("part", "part"))
        app.register_blueprint(part)
    else:
        kind(app)
    with pytest.raises(ConfigError) as caught:
        set_up(app)
    refused(caught.value)


@pytest.mark.parametrize("testing", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_one_of_a_view_that_is_added_later_is_refused_at_the_first_request_of_anything(
    kind: Callable[[Flask | Blueprint], None], testing: bool
) -> None:
    app = Flask("host")
    app.testing = testing
    set_up(app)
    kind(app)
    app.add_url_rule("/", "home", lambda: "home")
    client = app.test_client()
    for path in ("/", "/guarded", f"{PREFIX}/login"):
        if testing:
            with pytest.raises(ConfigError) as caught:
                client.get(path)
            refused(caught.value)
        else:
            assert client.get(path).status_code == 500


def test_one_that_no_list_of_the_app_names_is_refused_before_anybody_is_sent_away() -> None:
    app = Flask("host")
    app.testing = True
    set_up(app)
    guarded = hours_required(MISSPELT)(inside)
    app.add_url_rule("/guarded", "guarded", lambda: guarded())
    with pytest.raises(ConfigError) as caught:
        app.test_client().get("/guarded")
    refused(caught.value)


def test_every_problem_is_told_at_once() -> None:
    app = Flask("host")
    app.config["FIRST_LOGIN_URL_PREFIX"] = "nowhere"
    app.add_url_rule("/a", "a", hours_required("zzz")(inside))
    app.add_url_rule("/b", "b", hours_required("teachers")(inside))
    with pytest.raises(ConfigError) as caught:
        set_up(app)
    assert [one.where for one in caught.value.problems] == ["FIRST_LOGIN_URL_PREFIX", "The view 'a'", "The view 'b'"]
    assert caught.value.problems[1].fix == "Known: environmental, lifelong, teacher."


def test_each_app_asks_its_own_authorities() -> None:
    ours, part = Authority("county", Text("The county", "縣府")), Blueprint("part", "part")
    part.add_url_rule("/county", "county", hours_required("county")(inside))
    county, plain, other = Flask("county"), Flask("plain"), Flask("other")
    county.register_blueprint(part)
    set_up(county, (ours,))
    set_up(plain)
    plain.add_url_rule("/teacher", "teacher", hours_required("teacher")(inside))
    other.register_blueprint(part)
    for app, path in ((county, "/county"), (plain, "/teacher"), (county, "/county")):
        assert app.test_client().get(path).headers["Location"] == f"{PREFIX}/login?next={path}"
    with pytest.raises(ConfigError, match="the authority 'county'"):
        set_up(other)
    assert county.test_client().get("/county").status_code == 303


def test_a_guard_without_its_parentheses_is_refused_where_it_stands() -> None:
    with pytest.raises(TypeError, match="takes the key of an authority"):
        hours_required(inside)  # type: ignore[arg-type]  # the mistake itself

"""The wizard as a learner walks it: every path, forth and back, in both languages, whatever the URL says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask, session
from flask.testing import FlaskClient
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client

from flask_first_login.flow import STANDARD, Page, SignIn
from support.learner import leads_to
from support.pages import LINKS, PREFIX, QUESTIONS, SCREENS, Sheet, answer, follow, portal, read, said

PATHS = (Path(__file__).parent / "paths.txt").read_text("utf-8").splitlines()
LANGUAGES = ["zh-Hant-TW", "en"]
STATUSES = {200, 303, 400, 404, 405, 503}
QUESTION_URLS = [f"{PREFIX}{path}" for path in QUESTIONS]


@pytest.fixture(scope="module")
def linked() -> Flask:
    return portal(links=LINKS)


@pytest.fixture
def learner(linked: Flask) -> FlaskClient:
    return linked.test_client()


def pairs(line: str) -> tuple[dict[str, str], list[str], str]:
    """A line of paths.txt: the answers, the addresses of its screens, and its end."""
    answers, screens, end = line.split(" | ")
    return dict(one.split("=") for one in answers.split()), screens.split(" > "), end


def steps(client: FlaskClient, line: str, **kept: str) -> Iterator[Sheet]:
    """Walk one path: answer each question, follow the button of each page of advice."""
    answers, screens, _ = pairs(line)
    page = read(client, screens[0], **kept)
    yield page
    for path in screens[:-1]:
        advances = (
            answer(client, page, answers[QUESTIONS[path]]) if path in QUESTIONS else follow(client, page.primary.url)
        )
        page = advances
        yield page


# --- every path ---


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("line", PATHS)
def test_every_path_is_walked_from_the_first_question_to_its_end(learner: FlaskClient, line: str, lang: str) -> None:
    answers, screens, end = pairs(line)
    walked = list(steps(learner, line, lang=lang))
    assert [page.response.request.path for page in walked] == [PREFIX + path for path in screens]
    assert {page.one("html").get("lang") for page in walked} == {lang}
    assert {page.status for page in walked} == {200}
    urls = {f"sign in: {urlsplit(link.url).path.rpartition('/')[2]}": link for link in walked[-1].links_of("fl-btn")}
    urls |= {
        f"sign in: {urlsplit(link.url).path.rpartition('/')[2]}": link for link in walked[-1].links_of("fl-provider")
    }
    urls |= {
        f"visit: {name}": link
        for name, url in LINKS.items()
        for link in walked[-1].links_of("fl-btn")
        if link.url == url
    }
    assert end in urls
    starts = [link for link in urls.values() if "/sign-in/" in link.url]
    assert all(link.query == answers | {"lang": lang} for link in starts)


@pytest.mark.parametrize("line", PATHS)
def test_every_step_of_every_path_can_be_taken_back_and_forth_again(learner: FlaskClient, line: str) -> None:
    answers, *_ = pairs(line)
    walked = list(steps(learner, line, next="/courses"))
    for before, page in zip(reversed(walked[:-1]), reversed(walked[1:]), strict=True):
        back = follow(learner, page.back.url)
        assert back.response.request.path == before.response.request.path
        assert back.checked == [
            answers[name] for path, name in QUESTIONS.items() if back.response.request.path == PREFIX + path
        ]
    first = follow(learner, walked[0].back.url)
    assert first.response.request.path == f"{PREFIX}/login"
    assert "next=/courses" in first.html


@pytest.mark.parametrize("path", ["/public/certificate/egov-login", "/public/certificate/egov-register"])
def test_two_steps_back_and_two_forth_find_both_answers_filled_in(learner: FlaskClient, path: str) -> None:
    once = follow(learner, read(learner, path).back.url)
    twice = follow(learner, once.back.url)
    forth = answer(learner, twice, twice.checked[0])
    assert forth.checked == once.checked
    assert answer(learner, forth, forth.checked[0]).response.request.path == PREFIX + path


def test_an_answer_that_is_changed_leads_the_other_way_and_the_old_branch_is_remembered(learner: FlaskClient) -> None:
    leaf = read(learner, "/public/certificate/egov-login")
    change = follow(learner, leaf.link("變更 身分別").url)
    assert change.checked == ["public"]
    other = answer(learner, change, "civil-servant")
    assert other.response.request.path == f"{PREFIX}/civil-servant"
    assert follow(learner, other.back.url).checked == ["civil-servant"]
    back_again = answer(learner, follow(learner, other.back.url), "public")
    assert back_again.checked == ["yes"]


# --- your answers ---


@pytest.mark.parametrize(
    ("path", "answers"),
    [
        ("/", {}),
        ("/civil-servant", {"身分別": "公務人員"}),
        ("/civil-servant/egov", {"身分別": "公務人員", "登入方式": "我的e政府(已有帳號)"}),
        ("/civil-servant/no-account/ecpa-guide", {"身分別": "公務人員", "登入方式": "我目前尚無上述平臺帳號"}),
        ("/public/no-certificate", {"身分別": "一般民眾", "學習時數證明": "否"}),
        (
            "/public/certificate/egov-register",
            {"身分別": "一般民眾", "學習時數證明": "是(需要驗證您的身分)", "我的e政府帳號": "沒有【我的e政府】帳號"},
        ),
        ("/notices", {}),
    ],
)
def test_every_page_shows_the_answers_that_its_place_implies_each_with_a_link_to_change_it(
    learner: FlaskClient, path: str, answers: dict[str, str]
) -> None:
    page = read(learner, path)
    shown = {}
    for section in page.all("section", class_="fl-choices"):
        for row in section.iter("div"):
            about, value = row
            (change,) = [link for link in page.links if link.element in list(value)]
            assert change.words == f"變更{said(about)}"
            assert follow(learner, change.url).checked == [change.query[QUESTIONS[change.path.removeprefix(PREFIX)]]]
            shown[said(about)] = said(value[0])
    assert shown == answers


def test_starting_again_forgets_every_answer_but_not_where_the_learner_wants_to_go(learner: FlaskClient) -> None:
    again = read(learner, "/public/certificate", next="/courses", lang="en").link("Start again")
    assert (again.path, again.query) == (f"{PREFIX}/", {"next": "/courses", "lang": "en"})


def test_a_page_that_is_opened_directly_carries_the_answers_its_place_implies(learner: FlaskClient) -> None:
    page = read(learner, "/public/certificate")
    assert page.hidden == {"submitted": "1", "identity": "public", "certificate": "yes"}
    login = answer(learner, page, "yes")
    assert login.primary.query == {"identity": "public", "certificate": "yes", "egov": "yes"}
    alone = learner.get(f"{PREFIX}/public/certificate?submitted=1&egov=yes").headers["Location"]
    assert urlsplit(alone).query == login.response.request.query_string.decode()


def test_a_place_and_a_query_that_disagree_are_settled_by_the_place(learner: FlaskClient) -> None:
    page = read(learner, "/civil-servant/egov", identity="public", certificate="no")
    assert page.primary.query == {"identity": "civil-servant", "account": "egov", "certificate": "no"}


# --- the notices beside the way ---


@pytest.mark.parametrize("path", ["/civil-servant", "/civil-servant/egov", "/public/certificate/egov-login"])
def test_the_notices_lead_back_to_the_screen_they_were_opened_from(learner: FlaskClient, path: str) -> None:
    notices = follow(learner, read(learner, path, lang="en").link("Sign-in notices").url)
    assert notices.back.path == PREFIX + path
    in_chinese = follow(learner, notices.link("中文").url)
    assert in_chinese.back.path == PREFIX + path


@pytest.mark.parametrize("given", ["", "nowhere", "//evil.example", "a" * 5000, "from=x", "\x00", "notices"])
def test_notices_that_were_opened_from_nowhere_we_know_lead_back_into_the_portal(
    learner: FlaskClient, given: str
) -> None:
    page = read(learner, "/notices", **{"from": given})
    assert page.back.path == f"{PREFIX}/login"
    assert not [url for url in page.addresses if "evil" in url or "aaaa" in url]


# --- whatever the URL says ---

ODD = [
    "identity=xx",
    "identity=",
    "identity=public&identity=civil-servant",
    "identity=public&identity=public",
    "identity=PUBLIC",
    "identity=public%20",
    "identity=public%00",
    "identity[]=public",
    "identity=%FF%FE",
    "identity=%ED%A0%80",
    "identity=公務人員",
    "account=maybe&certificate=maybe",
    "unknown=1&__proto__=2&csrf_token=3",
    "lang=xx",
    "lang=../../etc/passwd",
    "lang=en&lang=zh-Hant-TW",
    "lang=%00",
    "lang=EN",
    "next=//evil.example",
    "next=https:evil.example&next=/a",
    "next=%2F%09%2Fevil.example",
    "from=//evil.example&new=%3Cscript%3E&ref=%3Cscript%3E",
    "submitted=%3Cscript%3Ealert(1)%3C/script%3E",
    "x=" + "y" * 10_000,
    "&".join(f"k{n}=v" for n in range(2000)),
    "%",
    "&&&===;;;",
    "\u202e%E2%80%AE",
    "'\"><img src=x onerror=alert(1)>",
]


@pytest.mark.parametrize("query", ODD, ids=lambda query: query[:40])
def test_an_odd_query_changes_nothing_and_comes_back_nowhere(learner: FlaskClient, query: str) -> None:
    for path in SCREENS:
        page = Sheet(learner.get(f"{PREFIX}{path}", query_string=query))
        assert page.status in STATUSES
        assert page.checked == []
        addresses = " ".join(page.addresses)
        assert not [
            trace for trace in ("evil", "script", "yyyy", "k1=", "xx", "passwd", "onerror") if trace in addresses
        ]
        assert "onerror" not in page.html
        assert "<script" not in page.html


@pytest.mark.parametrize("query", ODD, ids=lambda query: query[:40])
@pytest.mark.parametrize("url", QUESTION_URLS)
def test_an_odd_answer_is_no_answer(learner: FlaskClient, url: str, query: str) -> None:
    page = Sheet(learner.get(f"{url}?submitted=1&{query}"))
    assert page.status == 200
    assert page.title.startswith(("錯誤：", "Error: "))
    assert page.checked == []


@pytest.mark.parametrize("path", ["/civil", "/public/x", "/public/certificate/yes", "/..", "/%00", "/a" * 2000])
def test_an_address_that_is_no_page_is_answered_with_a_way_on(learner: FlaskClient, path: str) -> None:
    page = Sheet(learner.get(PREFIX + path))
    assert page.status == 404
    assert page.h1 == "找不到這個頁面"
    assert "404" not in page.words
    assert follow(learner, page.primary.url).h1.endswith("請問您的身分別？")
    assert follow(learner, page.link("會員登入").url).h1 == "會員登入"
    assert "02-2192-7111" in page.words


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", SCREENS)
def test_a_method_that_a_page_does_not_have_is_refused_in_plain_words(
    learner: FlaskClient, path: str, method: str, lang: str
) -> None:
    page = Sheet(learner.open(f"{PREFIX}{path}?lang={lang}", method=method))
    assert page.status == 405
    assert page.response.headers["Allow"] == "GET, HEAD"
    assert page.one("html").get("lang") == lang
    assert page.h1 == {"zh-Hant-TW": "這裡無法執行這個動作", "en": "Wecannotdothathere"}[lang]


@pytest.mark.parametrize("path", SCREENS)
def test_a_head_request_gets_what_a_get_request_gets_without_the_page(learner: FlaskClient, path: str) -> None:
    head, full = learner.head(PREFIX + path), learner.get(PREFIX + path)
    assert head.status_code == full.status_code
    assert head.get_data() == b""
    assert head.headers["Content-Language"] == full.headers["Content-Language"]


@pytest.mark.parametrize("path", ["deauthorise", "data-deletion"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT"])
def test_an_address_that_takes_posts_alone_refuses_to_be_opened(learner: FlaskClient, path: str, method: str) -> None:
    response = learner.open(f"{PREFIX}/sign-in/facebook/{path}", method=method)
    assert (response.status_code, response.headers["Allow"]) == (405, "POST")


def test_the_address_without_its_last_slash_leads_to_the_first_question(learner: FlaskClient) -> None:
    response = learner.get(PREFIX, query_string={"next": "/courses"}, follow_redirects=True)
    assert Sheet(response).hidden == {"submitted": "1", "next": "/courses"}


# --- which sign-ins there are ---


@pytest.mark.parametrize("suffix", ["", "/callback"])
@pytest.mark.parametrize(("name", "status"), [("ecpa", 503), ("nobody", 404), ("google%00", 404), ("Google", 404)])
def test_a_provider_that_this_portal_lacks_is_told_from_one_that_does_not_exist(
    name: str, suffix: str, status: int
) -> None:
    client = portal({}, secret=None).test_client()
    page = Sheet(client.get(f"{PREFIX}/sign-in/{name}{suffix}", headers={"Sec-Fetch-Site": "none"}))
    assert page.status == status
    assert page.h1 == {503: "目前無法使用這個登入方式", 404: "找不到這個頁面"}[status]
    assert follow(client, page.link("重新開始" if status == 404 else "回到首次登入引導").url).status == 200


HANDED_OFF = {one.key: one.exit for one in STANDARD.screens if isinstance(one, Page) and one.handoff}


def test_only_the_two_pages_that_an_answer_of_a_civil_servant_leads_to_may_be_passed_over() -> None:
    assert {key: way.provider for key, way in HANDED_OFF.items() if isinstance(way, SignIn)} == {
        "ecpa-login": "ecpa",
        "egov-official-login": "myegov",
    }


@pytest.mark.parametrize(("value", "provider"), [("ecpa", "ecpa"), ("egov", "myegov")])
def test_a_portal_may_lead_straight_to_the_provider(value: str, provider: str) -> None:
    client = portal(handoff="redirect").test_client()
    page = read(client, "/civil-servant", next="/courses")
    response = client.get(f"{PREFIX}/civil-servant", query_string={**page.hidden, "account": value})
    assert leads_to(response) == f"{PREFIX}/sign-in/{provider}?identity=civil-servant&account={value}&next=/courses"


@pytest.mark.parametrize(("providers", "handoff"), [({}, "redirect"), (None, "page")])
def test_without_the_provider_or_the_wish_the_page_between_stays(
    providers: dict[str, object] | None, handoff: str
) -> None:
    app = portal(handoff=handoff) if providers is None else portal(providers, handoff=handoff)
    page = read(app.test_client(), "/civil-servant")
    assert answer(app.test_client(), page, "ecpa").h1 == "使用人事服務網eCPA登入"


def test_every_other_answer_leads_to_its_page_also_where_hand_off_pages_are_passed_over() -> None:
    client = portal(handoff="redirect").test_client()
    assert answer(client, read(client, "/civil-servant"), "none").h1 == "建議您使用人事服務網eCPA登入"
    assert answer(client, read(client, "/public/certificate"), "yes").h1 == "使用我的e政府帳號登入"


# --- what the wizard needs, and what it leaves behind ---


@pytest.fixture(scope="module")
def unregistered() -> Flask:
    """A portal without a key and without providers."""
    app = portal({}, secret=None)
    assert app.secret_key is None
    return app


@pytest.mark.parametrize("path", ["/acknowledge", "/api/v1/acknowledgement"])
def test_without_a_key_nothing_waits_for_consent_and_that_is_no_fault_of_the_portal(
    unregistered: Flask, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert unregistered.test_client().get(f"{PREFIX}{path}").status_code == 400
    assert [(record.levelname, record.exc_info) for record in caplog.records] == [("WARNING", None)]


@pytest.mark.parametrize("line", PATHS)
def test_the_wizard_is_walked_without_a_key_and_without_providers(unregistered: Flask, line: str) -> None:
    *_, last = steps(unregistered.test_client(), line)
    assert last.links_of("fl-btn") == last.links_of("fl-provider") == []
    main = "".join(last.one("main").itertext())
    assert "目前暫不提供這項服務，請洽客服人員" in main
    assert "#fl-help" in {one.get("href") for one in last.one("main").iter("a")}
    desks = "".join(last.one("section", class_="fl-help").itertext())
    assert "02-2192-7111" in desks
    assert "pemis@dgpa.gov.tw" in desks


def test_a_login_page_without_providers_says_so_and_whom_to_ask(unregistered: Flask) -> None:
    page = read(unregistered.test_client(), "/login")
    assert page.links_of("fl-provider") == []
    assert page.words.count("目前暫不提供這項服務，請洽客服人員") == 2
    assert [one.get("href") for one in page.one("main").iter("a")].count("#fl-help") == 2
    assert page.words.count("02-2192-7111") == 1


@pytest.mark.parametrize("path", SCREENS)
def test_no_page_of_the_wizard_sets_a_cookie_or_looks_at_the_session(path: str) -> None:
    client = portal().test_client()
    client.set_cookie("session", "of somebody")
    for query in ("", "?submitted=1", "?submitted=1&identity=public&account=egov&certificate=no&egov=yes", "?lang=en"):
        response = client.get(PREFIX + path + query)
        assert "Set-Cookie" not in response.headers
        looks = path == "/login"  # where who is signed in already, which a cookie alone can say, is told so
        # Flask adds Cookie as soon as anyone looks at the session.
        assert response.headers["Vary"] == ("Accept-Language, Cookie" if looks else "Accept-Language")
    assert portal().test_client().get(PREFIX + path).headers["Vary"] == "Accept-Language"


def test_a_view_that_looks_at_the_session_would_be_noticed() -> None:
    app = portal()
    app.add_url_rule("/look", "look", lambda: str(dict(session)))
    assert app.test_client().get("/look").headers["Vary"] == "Cookie"


# --- one page, however its address ends ---

RULES = [str(rule) for rule in portal().url_map.iter_rules() if rule.endpoint.startswith("first_login.")]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("change", ["{}/", "{}//", "/{}"], ids=["a slash more", "two slashes more", "a slash before"])
@pytest.mark.parametrize("rule", RULES)
def test_no_redirect_follows_the_host_header(learner: FlaskClient, rule: str, change: str, method: str) -> None:
    path = change.format(re.sub("<[^>]+>", "google", rule).rstrip("/"))
    for found in (path, path.rstrip("/"), path.replace(f"{PREFIX}/", f"{PREFIX}//")):
        response = learner.open(found, method=method, headers={"Host": "evil.example"})
        assert "evil" not in str(response.headers)
        assert response.headers.get("Location", "/").startswith("/")
        assert not response.headers.get("Location", "/").startswith("//")


PAGES = [
    *(path.removesuffix("/") for path in SCREENS if path != "/nowhere"),
    *("/sign-in/google", "/sign-in/google/problem/expired", "/sign-in/google/callback", "/sign-in/google/try"),
    *("/acknowledge", "/outcome", "/hours", "/sign-in/google/join", "/sign-in/google/deauthorise", "/sign-out"),
]


@pytest.mark.parametrize("path", PAGES)
def test_an_address_with_a_slash_at_its_end_is_the_same_page(learner: FlaskClient, path: str) -> None:
    query = "?lang=en&next=/courses/a%20b&identity=public"
    with_slash, without = (learner.get(PREFIX + path + end + query) for end in ("/", ""))
    assert with_slash.status_code == without.status_code != 404
    assert with_slash.location == without.location or path == "/hours"  # which leads back to the address as it is
    if without.status_code == 200 and 'name="csrf_token"' not in without.text:
        assert with_slash.data == without.data


def test_an_address_with_two_slashes_leads_to_the_right_one_with_its_query(learner: FlaskClient) -> None:
    response = learner.get(f"{PREFIX}//login?lang=en&next=/courses", headers={"Host": "evil.example"})
    assert (response.status_code, response.headers["Location"]) == (308, f"{PREFIX}/login?lang=en&next=/courses")


def test_below_a_mount_point_it_leads_there_too() -> None:
    client = Client(DispatcherMiddleware(NotFound(), {"/portal": portal()}))
    response = client.get(f"/portal{PREFIX}//login", headers={"Host": "evil.example"})
    assert (response.status_code, response.headers["Location"]) == (308, f"/portal{PREFIX}/login")


def test_a_redirect_of_the_host_is_left_alone() -> None:
    app = portal()
    app.add_url_rule("/courses/", "courses", lambda: "courses")
    assert app.test_client().get("/courses").headers["Location"] == "http://localhost/courses/"


# --- no page points the wrong way ---


def test_each_answer_that_teachers_look_for_says_that_it_is_theirs_to_those_who_see_and_to_those_who_hear(
    learner: FlaskClient,
) -> None:
    page = read(learner, "/")
    told = {}
    for radio in page.all("input", type="radio"):
        (hint,) = [one for one in page.all("p") if one.get("id") == radio.get("aria-describedby")]
        told[radio.get("value")] = said(hint)
    assert "公立學校人員" in told["civil-servant"]
    assert "教師" in told["public"]
    assert "研習時數一樣可以上傳" in told["public"]


@pytest.mark.parametrize(
    "path",
    [
        "/login",
        "/public/certificate/egov-login",
        "/public/certificate/egov-register",
        "/civil-servant/ecpa",
        "/civil-servant/no-account/ecpa-guide",
        "/public/no-certificate",
        "/notices",
        "/faq",
        "/",
    ],
)
def test_a_foreign_resident_reads_which_number_is_meant_where_it_is_first_asked_for(
    learner: FlaskClient, path: str
) -> None:
    assert "外籍人士為居留證統一證號" in read(learner, path).words
    assert "ARC number" in said(read(learner, path, lang="en").one("body"))


def test_a_page_says_a_thing_once(learner: FlaskClient) -> None:
    without = read(learner, "/public/no-certificate", lang="zh-Hant-TW")
    assert without.words.count("可使用一般會員帳號登入") == 1
    assert len(without.all("div", class_="fl-cost") + without.all("div", class_="fl-warning")) == 1
    login = read(learner, "/login", lang="zh-Hant-TW")
    assert login.words.count("新會員第一次登入請看此") == 1
    assert "首次登入請點選新會員第一次登入請看此" in login.words
    assert "【" not in login.words


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/civil-servant/ecpa", "因為您是公務人員，已有人事服務網eCPA帳號，"),
        ("/civil-servant/egov", "因為您是公務人員，已有我的e政府帳號，"),
        ("/public/certificate/egov-login", "因為您是一般民眾，需要學習時數證明，"),
        ("/public/no-certificate", "因為您是一般民眾，如不需學習時數證明，"),
    ],
)
def test_the_learners_own_answers_are_the_reason_of_the_advice(learner: FlaskClient, path: str, reason: str) -> None:
    page = read(learner, path)
    assert [said(one) for one in page.all("p", class_="fl-lead")] == [reason]
    assert page.words.index(reason) < page.words.index(page.h1)


@pytest.mark.parametrize("path", ["/civil-servant/egov", "/civil-servant/no-account", "/notices"])
def test_no_sentence_orders_a_click_on_what_is_not_there(path: str) -> None:
    ordered = "請點選「如何申請公務帳號說明」"
    linked = read(portal(links=LINKS).test_client(), path)
    assert ordered in linked.words
    assert [one for one in linked.links if one.words.startswith("如何申請公務帳號說明")] != []
    unlinked = read(portal().test_client(), path)
    assert ordered not in unlinked.words
    assert "請點選「轉換公務帳號說明」" not in unlinked.words
    assert "如何申請公務帳號說明" in unlinked.words


def test_what_the_notices_order_to_press_is_a_link(learner: FlaskClient) -> None:
    notices = read(learner, "/notices")
    for words in ("登入我的e政府", "新會員第一次登入請看此"):
        assert f"請點選【{words}】" in notices.words
        assert follow(learner, notices.link(words).url).status == 200


def test_the_ecpa_guide_says_where_to_press(learner: FlaskClient) -> None:
    guide = read(learner, "/civil-servant/no-account/ecpa-guide")
    assert guide.link("前往人事服務網eCPA（【重設驗證】鈕在該網站）").url == LINKS["ecpa"]


def test_who_has_a_myegov_account_already_is_not_told_to_register_alone(learner: FlaskClient) -> None:
    advice = read(learner, "/public/certificate/egov-login")
    assert "已註冊者，請至我的e政府「個人資料維護」補填。" in advice.words
    assert advice.link("前往我的e政府個人資料維護").url == LINKS["myegov_profile"]


@pytest.mark.parametrize("path", SCREENS)
def test_each_desk_is_named_with_its_lines_once_on_a_page(learner: FlaskClient, path: str) -> None:
    page = read(learner, path)
    assert page.words.count("02-2192-7111") == page.words.count("egov@service.gov.tw") == 1
    assert page.words.count("02-23979108") == 1

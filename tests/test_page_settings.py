"""What a deployment may set, as it shows on the pages."""

from __future__ import annotations

import pytest

from flask_first_login import Text
from flask_first_login.flow import FAQ, Entry
from support.pages import LINKS, PREFIX, PROVIDERS, SCREENS, Sheet, portal, read, said, squeezed

ENTRIES = [
    Entry(
        "parking",
        Text("Where may I park?", "停車場在哪裡？"),
        (Text("Behind the house.", "本館後方。"), Text("Or not.", "或另覓。")),
    ),
    Entry("opening", Text("When are you open?", "開放時間？"), (Text("By day.", "白天。"),)),
]
DESKS = {
    "help": {
        "title": {"en": "Portal help", "zh": "平臺客服"},
        "phone": "04-1234-5678",
        "email": "help@example.gov.tw",
        "hours": {"en": "On weekdays", "zh": "上班日"},
    }
}


def starts(page: Sheet, column: str) -> list[str]:
    (section,) = page.all("section", **{"aria-labelledby": column})
    links = [one for one in section.iter("a") if "fl-provider" in one.get("class", "").split()]
    return [one.get("href", "").rpartition("/")[2] for one in links]


def test_the_name_of_the_portal_stands_in_titles_and_on_the_header_in_each_language() -> None:
    client = portal(service_name={"en": "Green <Hours>", "zh": "環境學習網"}).test_client()
    chinese, english = read(client, "/"), read(client, "/", lang="en")
    assert chinese.title.endswith("－環境學習網")
    assert said(chinese.one("a", class_="fl-service")) == "環境學習網"
    assert english.title.endswith(" – Green <Hours>")
    assert said(english.one("a", class_="fl-service")) == "Green <Hours>"


def test_a_name_that_the_shipped_catalog_happens_to_know_stays_the_hosts_own() -> None:
    client = portal(service_name={"en": "Learning portal", "zh": "終身學習網"}).test_client()
    assert read(client, "/").title.endswith("－終身學習網")


def test_a_name_with_braces_is_shown_as_it_is() -> None:
    client = portal(service_name="Portal {beta} {0} {").test_client()
    assert read(client, "/").title.endswith("－Portal {beta} {0} {")


def test_the_questions_and_answers_may_be_the_hosts_own() -> None:
    client = portal(qa=ENTRIES).test_client()
    page = read(client, "/faq")
    assert [words for level, words in page.headings if level == 2][1:3] == ["停車場在哪裡？", "開放時間？"]
    assert page.link("停車場在哪裡？").url == "#parking"
    assert "本館後方。或另覓。" in page.words
    assert "時數認證" not in "".join(page.words.partition("常見登入Q&A")[2])
    assert "Behind the house." in said(read(client, "/faq", lang="en").one("main"))


def test_the_questions_and_answers_stand_under_their_subjects() -> None:
    page = read(portal().test_client(), "/faq")
    subjects = [words for level, words in page.headings if level == 2]
    assert subjects[1:5] == ["時數與帳號", "我的e政府帳號", "人事服務網eCPA帳號", "登入問題"]
    under = page.words.partition("登入問題如何使用自然人憑證登入？")
    assert under[1], page.words
    assert len([words for level, words in page.headings if level == 3 and words.endswith("？")]) == len(FAQ) - 1


@pytest.mark.parametrize(
    ("provider", "ways"),
    [
        ("myegov", {"請前往我的e政府加入會員": f"{PREFIX}/public/certificate/egov-register"}),
        ("ecpa", {"公務人員在人事服務網eCPA皆有預設帳號": f"{PREFIX}/civil-servant/no-account/ecpa-guide"}),
        ("google", {}),
    ],
)
def test_who_cancelled_finds_the_way_on_from_what_stopped_them(provider: str, ways: dict[str, str]) -> None:
    page = read(portal().test_client(), f"/sign-in/{provider}/problem/cancelled")
    assert ("是哪裡卡住了？" in page.words) is bool(ways)
    assert {words: page.link(words).url for words in ways} == ways
    assert ("忘記密碼，或讀不到自然人憑證：查看客服聯絡方式" in page.words) is bool(ways)
    assert "是哪裡卡住了？" not in read(portal().test_client(), f"/sign-in/{provider}/problem/expired").words


def test_the_questions_and_answers_may_be_a_page_elsewhere() -> None:
    client = portal(links={"faq": "https://portal.example.gov.tw/faq"}).test_client()
    urls = {
        link.url for link in read(client, "/login").links if link.words in {"常見登入Q&A", "操作說明請參考常見問題"}
    }
    assert urls == {"https://portal.example.gov.tw/faq"}


@pytest.mark.parametrize("path", SCREENS)
def test_the_desks_of_the_host_stand_on_every_screen_and_the_shipped_ones_no_more(path: str) -> None:
    page = read(portal(contacts=DESKS).test_client(), path)
    assert "平臺客服客服專線04-1234-5678服務時間上班日客服信箱help@example.gov.tw" in page.words
    assert {link.url for link in page.links if link.words == "04-1234-5678"} == {"tel:+886412345678"}
    assert "02-2192-7111" not in page.words
    assert "pemis@dgpa.gov.tw" not in page.words


def test_a_portal_without_any_desk_still_answers_everywhere() -> None:
    client = portal({}, contacts={}, qa=[]).test_client()
    assert {read(client, path).status for path in SCREENS if path != "/nowhere"} == {200}


def test_an_icon_stands_beside_the_label_of_its_button_and_says_nothing_itself() -> None:
    page = read(portal(icons={"google": "/static/g.svg"}).test_client(), "/login")
    icons = [one for button in page.links_of("fl-provider") for one in button.element.iter("img")]
    assert [(one.get("src"), one.get("alt")) for one in icons] == [("/static/g.svg", "")] * 2
    assert page.words.count("使用Google帳戶登入") == 2


def test_each_column_has_the_providers_and_the_order_that_were_set() -> None:
    client = portal(civil_servant_providers=["myegov", "ecpa"], public_providers=["apple", "google"]).test_client()
    page = read(client, "/login")
    assert starts(page, "fl-civil-servant") == ["myegov", "ecpa"]
    assert starts(page, "fl-public") == ["apple", "google"]


def test_a_provider_that_is_not_registered_has_no_button_anywhere() -> None:
    client = portal({"myegov": PROVIDERS["myegov"], "google": PROVIDERS["google"]}).test_client()
    page = read(client, "/login")
    assert starts(page, "fl-civil-servant") == ["myegov", "google"]
    assert starts(page, "fl-public") == ["myegov", "google"]
    assert starts_of_choice(read(client, "/public/no-certificate")) == ["myegov", "google"]


def starts_of_choice(page: Sheet) -> list[str]:
    return [link.path.rpartition("/")[2] for link in page.links_of("fl-provider")]


def test_a_column_whose_providers_are_all_missing_says_whom_to_ask() -> None:
    page = read(portal({"ecpa": PROVIDERS["ecpa"]}).test_client(), "/login")
    assert starts(page, "fl-civil-servant") == ["ecpa"]
    (column,) = page.all("section", **{"aria-labelledby": "fl-public"})
    assert "目前暫不提供這項服務，請洽客服人員" in said(column)
    assert "#fl-help" in [one.get("href") for one in column.iter("a")]
    assert "02-2192-7111" in said(page.one("section", class_="fl-help"))


def test_civil_servants_may_be_offered_no_social_provider_on_the_login_page() -> None:
    shown, hidden = portal(), portal(civil_social_login=False)
    assert starts(read(shown.test_client(), "/login"), "fl-civil-servant")[2:] == ["facebook", "google", "apple"]
    page = read(hidden.test_client(), "/login")
    assert starts(page, "fl-civil-servant") == ["ecpa", "myegov"]
    assert starts(page, "fl-public") == ["myegov", "facebook", "google", "apple"]


def test_what_social_buttons_cost_a_civil_servant_stands_above_them_under_a_heading_of_their_own() -> None:
    page = read(portal().test_client(), "/login")
    (column,) = page.all("section", **{"aria-labelledby": "fl-civil-servant"})
    words = squeezed(said(column))
    parts = ["可取得時數", "人事服務網eCPA帳號登入", "無法取得時數", "時數永遠不會上傳", "使用Facebook帳號登入"]
    assert sorted(parts, key=words.index) == parts


@pytest.mark.parametrize(
    ("names", "said_zh", "said_en"),
    [
        (["google", "facebook"], "Google或Facebook", "Google or Facebook"),
        (["facebook", "google", "apple"], "Facebook、Google或Apple", "Facebook, Google or Apple"),
        (["apple"], "Apple", "Apple"),
        ([], "社群", "a social account"),
    ],
)
def test_the_social_warning_names_the_social_providers_of_this_portal(
    names: list[str], said_zh: str, said_en: str
) -> None:
    client = portal({name: PROVIDERS[name] for name in ["myegov", *names]}).test_client()
    assert f"於本平臺以{said_zh}帳號登入，" in read(client, "/public/certificate/egov-login").words
    assert f"with {said_en}, we cannot" in read(client, "/public/certificate/egov-login", lang="en").html


def test_a_portal_may_speak_english_where_nothing_else_decides() -> None:
    client = portal(default_locale="en").test_client()
    assert client.get(f"{PREFIX}/").headers["Content-Language"] == "en"
    assert client.get(f"{PREFIX}/", headers={"Accept-Language": "zh"}).headers["Content-Language"] == "zh-Hant-TW"


@pytest.mark.parametrize(
    ("answered", "lang"),
    [("en", "en"), ("en_GB", "en"), ("zh_TW", "zh-Hant-TW"), ("zh_Hant_TW", "zh-Hant-TW"), ("ja", "en"), (None, "en")],
)
def test_a_host_may_choose_the_language_and_only_the_url_is_stronger(answered: str | None, lang: str) -> None:
    client = portal(locale_selector=lambda: answered, default_locale="zh_Hant_TW").test_client()
    assert client.get(f"{PREFIX}/", headers={"Accept-Language": "en"}).headers["Content-Language"] == lang
    assert client.get(f"{PREFIX}/?lang=zh-Hant-TW").headers["Content-Language"] == "zh-Hant-TW"
    assert client.get(f"{PREFIX}/?lang=en").headers["Content-Language"] == "en"


def test_the_header_leads_to_the_home_page_of_the_host() -> None:
    page = read(portal(home_url="/my/courses").test_client(), "/")
    assert page.one("a", class_="fl-service").get("href") == "/my/courses"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://ecpa.example.gov.tw/first.pdf", "操作說明（PDF）"),
        ("https://ecpa.example.gov.tw/FIRST.ODT?v=2", "操作說明（ODT）"),
        ("https://ecpa.example.gov.tw/first", "操作說明"),
    ],
)
def test_a_document_says_its_format_where_its_address_tells(url: str, words: str) -> None:
    client = portal(links={**LINKS, "ecpa_guide": url}).test_client()
    (link,) = [one for one in read(client, "/civil-servant/no-account/ecpa-guide").links if one.url == url]
    assert link.words.endswith(words)


def test_a_desk_of_the_portals_own_stands_before_the_others_but_not_before_the_one_that_a_page_is_about() -> None:
    client = portal(desk=DESKS["help"]).test_client()

    def desks_on(path: str) -> list[str]:
        return [said(one[0]) for one in read(client, path, lang="en").all("div", class_="fl-desk")]

    own, myegov, ecpa = "Portal help", "MyEGov support", "eCPA support (personnel information systems)"
    assert desks_on("/login") == desks_on("/") == [own, myegov, ecpa]
    assert desks_on("/civil-servant/ecpa") == [ecpa, own, myegov]
    assert desks_on("/public/certificate/egov-login") == [myegov, own, ecpa]
    assert desks_on("/sign-in/ecpa/problem/cancelled") == [ecpa, own, myegov]


def test_paper_has_the_whole_address_of_each_sign_in_where_the_portal_knows_its_own() -> None:
    known = portal(external_url="https://learn.example.gov.tw").test_client()
    for path in ("/login", "/civil-servant/ecpa"):
        page = read(known, path)
        starts = [one for one in page.links if "/sign-in/" in one.path]
        assert len(starts) > 0
        told = [one.element.get("data-address") for one in starts]
        assert told == [f"https://learn.example.gov.tw{one.url}" for one in starts]
        evil = known.get(f"{PREFIX}{path}", headers={"Host": "evil.example"}).text
        assert "evil.example" not in evil
    assert "data-address" not in portal().test_client().get(f"{PREFIX}/login").text

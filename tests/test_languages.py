"""The words of each language: ours, a host's over them, and the facts of the portal in them."""

from __future__ import annotations

import re
import sys
from contextlib import nullcontext
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import DictLoader
from markupsafe import Markup

from flask_first_login import ConfigError, Text
from flask_first_login.flow import SOCIAL_WARNING
from internals import BY_ENGLISH, Settings, Words, load_words, register, serves, template_texts
from support.pages import PREFIX, PROVIDERS, portal, read, squeezed
from support.pseudo_language import sentences

WEB = Path(template_texts.__file__).parent
TEMPLATES = WEB / "templates"
PLAIN, _ = load_words(Settings(), [], BY_ENGLISH)
ENGLISH, CHINESE = PLAIN["en"], PLAIN["zh_Hant_TW"]


def catalog(folder: Path, locale: str, words: dict[str, str], domain: str = "flask_first_login") -> Path:
    """A folder of catalogs with these words in one language, as a host would compile it."""
    made = Catalog(locale=locale)
    for english, said in words.items():
        made.add(english, said)
    buffer = BytesIO()
    write_mo(buffer, made)
    place = folder / locale / "LC_MESSAGES"
    place.mkdir(parents=True, exist_ok=True)
    (place / f"{domain}.mo").write_bytes(buffer.getvalue())
    return folder


# --- one language ---


def test_a_pair_brings_both_languages_itself() -> None:
    pair = Text("Hours", "時數")
    assert (ENGLISH(pair), CHINESE(pair)) == ("Hours", "時數")


def test_a_bare_sentence_of_our_templates_has_its_chinese_and_any_other_stays() -> None:
    assert (ENGLISH("Continue"), CHINESE("Continue")) == ("Continue", "下一步")
    assert CHINESE("A sentence that nobody translated") == "A sentence that nobody translated"


def test_a_pair_keeps_its_own_chinese_although_a_template_has_another_for_its_english() -> None:
    assert CHINESE.plain(Text("Continue", "請繼續")) == "請繼續"


def test_languages_are_named_as_browsers_name_them() -> None:
    assert (ENGLISH.tag, CHINESE.tag) == ("en", "zh-Hant-TW")


@pytest.mark.parametrize(
    ("text", "values", "said"),
    [
        ("{sync} minutes", {}, "2 to 5 minutes"),
        ("{n} of {sync}", {"n": 3}, "3 of 2 to 5"),
        ("{sync}", {"sync": "ten"}, "ten"),
        ("{nobody}", {}, "{nobody}"),
        ("{}", {}, "{}"),
        ("{0}", {}, "{0}"),
        ("{sync!r} {sync:>9} {sync.real} {sync[0]}", {}, "{sync!r} {sync:>9} {sync.real} {sync[0]}"),
        ("{", {}, "{"),
        ("}", {}, "}"),
        ("{{sync}}", {}, "{sync}"),
        ("}}{{", {}, "}{"),
        ("{n}", {"n": "{sync}"}, "{sync}"),
    ],
)
def test_placeholders_are_filled_once_and_a_slip_in_them_stays_to_be_seen(
    text: str, values: dict[str, object], said: str
) -> None:
    assert ENGLISH.plain(Text(text, text), **values) == said


@given(st.text(alphabet="{}synca0!.[]: 中", max_size=30))
def test_no_words_of_a_host_whatever_their_braces_break_a_page(text: str) -> None:
    assert isinstance(ENGLISH.plain(Text(text or "-", "中")), str)


def test_what_is_filled_in_is_never_markup() -> None:
    said = ENGLISH("{name} & more", name=Markup("<b>王</b>"))
    assert said == '&lt;b&gt;<span lang="zh-Hant-TW">王</span>&lt;/b&gt; &amp; more'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Choose “Civil servant”", "Choose “Civil servant”"),
        (
            "“Reset” (重設驗證), then go",
            '“Reset” (<span lang="zh-Hant-TW">重設驗證</span>), then go',
        ),
        ("【我的e政府】", '<span lang="zh-Hant-TW">【我的</span>e<span lang="zh-Hant-TW">政府】</span>'),
        ("（）", '<span lang="zh-Hant-TW">（）</span>'),
        ("a < b", "a &lt; b"),
    ],
)
def test_chinese_in_english_is_marked_as_chinese(text: str, said: str) -> None:
    assert ENGLISH(text) == said
    assert ENGLISH.plain(Text(text, text)) == text


def test_chinese_in_chinese_needs_no_mark_but_no_line_breaks_a_name_and_json_has_the_words_alone() -> None:
    name = Text("a", "請用我的e政府 <b>")
    assert CHINESE(name) == Markup('請用<span class="fl-n">我的e政府</span> &lt;b&gt;')
    assert CHINESE(Text("Q", "常見登入Q&A")) == Markup('<span class="fl-n">常見登入Q&amp;A</span>')
    assert CHINESE(Text("p", "學習時數證明")) == Markup('<span class="fl-n">學習時數證明</span>')  # not a shorter name
    assert CHINESE(Text("d", "2026年1月9日登入")) == Markup('<span class="fl-n">2026年1月9日</span>登入')
    assert CHINESE.plain(name) == "請用我的e政府 <b>"


# --- the facts of the portal ---


def spoken(names: list[str]) -> dict[str, Words]:
    registrations, problems = register({name: PROVIDERS[name] for name in names})
    assert problems == []
    return dict(load_words(Settings(sync_minutes=(3, 9)), registrations.values(), BY_ENGLISH)[0])


@pytest.mark.parametrize(
    ("names", "chinese", "english"),
    [
        (["google", "facebook"], "Google或Facebook", "Google or Facebook"),
        (["google", "facebook", "apple"], "Google、Facebook或Apple", "Google, Facebook or Apple"),
        (["ecpa", "myegov", "apple"], "Apple", "Apple"),
        (["ecpa"], "社群", "a social account"),
        ([], "社群", "a social account"),
    ],
)
def test_a_warning_names_the_social_providers_that_are_registered(names: list[str], chinese: str, english: str) -> None:
    words = spoken(names)
    assert f"以{chinese}帳號登入" in words["zh_Hant_TW"].plain(SOCIAL_WARNING).replace(" ", "")
    assert f"with {english}, we" in words["en"].plain(SOCIAL_WARNING)


def test_the_minutes_of_waiting_are_those_of_the_portal() -> None:
    words, minutes = spoken([]), Text("{sync}", "{sync}")
    assert (words["en"].plain(minutes), words["zh_Hant_TW"].plain(minutes)) == ("3 to 9", "3~9")


# --- a host's own words over ours ---


def test_a_host_changes_one_sentence_in_one_language_and_nothing_else(tmp_path: Path) -> None:
    folder = catalog(tmp_path, "zh_Hant_TW", {"Continue": "前往下一題", "Which are you?": "您的身分是？"})
    client = portal(translations=folder).test_client()
    page = read(client, "/")
    assert "前往下一題" in page.words
    assert page.h1.endswith("您的身分是？")
    assert page.title.startswith("您的身分是？－")
    assert page.back.words == "返回前一頁"
    english = read(client, "/", lang="en")
    assert english.h1.endswith("Whichareyou?")
    assert "".join(english.one("button").itertext()) == "Continue"


def test_a_host_changes_the_english_too(tmp_path: Path) -> None:
    folder = catalog(tmp_path, "en", {"Continue": "Next", "Civil servant (including contract staff)": "Public servant"})
    page = read(portal(translations=str(folder)).test_client(), "/", lang="en")
    assert "".join(page.one("button").itertext()) == "Next"
    assert page.options["civil-servant"] == "Publicservant"
    assert page.options["public"] == "Memberofthepublic"


def test_a_placeholder_in_a_hosts_sentence_is_filled_as_in_ours(tmp_path: Path) -> None:
    folder = catalog(tmp_path, "zh_Hant_TW", {SOCIAL_WARNING.en: "使用{social}會失去時數。"})
    page = read(portal(translations=folder).test_client(), "/public/no-certificate")
    assert "使用Google、Facebook或Apple會失去時數。" in page.words


def test_the_shipped_template_says_the_chinese_of_each_sentence() -> None:
    held = sentences()
    assert {english: held[english] for english in BY_ENGLISH} == {text.en: text.zh for text in BY_ENGLISH.values()}


def test_every_name_that_a_template_asks_for_has_words_and_no_other_has() -> None:
    asked = {
        name
        for path in TEMPLATES.rglob("*.html")
        for name in re.findall(r"\bfl\.texts\.(\w+)", path.read_text("utf-8"))
    }
    in_python = {"CONTINUE_TO_PORTAL", "MY_HOURS"}  # which pages say by a step of theirs
    assert asked | in_python == {name for name, text in vars(template_texts).items() if isinstance(text, Text)}


def test_a_template_that_a_host_copied_from_ours_and_one_of_its_own_keep_their_words(tmp_path: Path) -> None:
    help_ = """<section><h2>{{ _fl("Need help?") }}</h2>
<p title="{{ _fl_plain('Opening hours') }}">{{ _fl("Ask {who}", who="王") }}, {{ _fl("Write") }}</p></section>"""
    folder = catalog(tmp_path, "zh_Hant_TW", {"Ask {who}": "請問{who}", "Opening hours": "時間"})
    app = portal(translations=folder)
    app.jinja_loader = DictLoader({"first_login/_help.html": help_})
    chinese, english = (read(app.test_client(), "/login", lang=lang) for lang in ("zh-Hant-TW", "en"))
    assert "需要協助？請問王,Write" in chinese.words
    assert chinese.all("p", title="時間")
    assert "Needhelp?Ask王,Write" in english.words
    assert english.all("p", title="Opening hours")


@pytest.mark.parametrize(("lang", "label"), [("zh-Hant-TW", "語言"), ("en", "Language")])
def test_the_switch_of_languages_is_named_in_the_language_of_the_page(lang: str, label: str) -> None:
    page = read(portal().test_client(), "/login", lang=lang)
    assert page.one("nav", class_="fl-language").get("aria-label") == label


def test_the_words_of_two_portals_do_not_meet(tmp_path: Path) -> None:
    folder = catalog(tmp_path, "zh_Hant_TW", {"Continue": "前往下一題"})
    changed, shipped = portal(translations=folder).test_client(), portal().test_client()
    assert "前往下一題" in read(changed, "/").words
    assert "下一步" in read(shipped, "/").words
    assert "前往下一題" not in read(shipped, "/").words


# --- further languages ---

FRENCH = {
    "Continue": "Continuer",
    "Which are you?": "Qui êtes-vous\N{NO-BREAK SPACE}?",
    "First sign-in guide": "Guide de première connexion",
    SOCIAL_WARNING.en: "Avec {social}, rien n’est transmis.",
}


@pytest.fixture
def french(tmp_path: Path) -> FlaskClient:
    return portal(translations=catalog(tmp_path, "fr", FRENCH), service_name="Portail").test_client()


def test_a_catalog_of_another_language_adds_it_to_the_portal(french: FlaskClient) -> None:
    page = read(french, "/", lang="fr", identity="public")
    assert (page.one("html").get("lang"), page.response.headers["Content-Language"]) == ("fr", "fr")
    assert page.title == "Qui êtes-vous\N{NO-BREAK SPACE}? – Guide de première connexion – Portail"
    assert "".join(page.one("button").itertext()) == "Continuer"
    warned = read(french, "/public/no-certificate", lang="fr").words
    assert "AvecGoogle,FacebookouApple,rienn’esttransmis." in warned


def test_what_no_catalog_translates_is_said_in_english_and_marked_as_that(french: FlaskClient) -> None:
    page = read(french, "/", lang="fr")
    english = {squeezed("".join(part.itertext())) for part in page.all("span", lang="en")}
    assert {"Civilservant(includingcontractstaff)", "Needhelp?"} <= english
    assert not [part for part in english if "êtes" in part or "Continuer" in part]


def test_the_switch_lists_every_language_by_its_own_name_and_keeps_the_place(tmp_path: Path) -> None:
    for locale in ("fr", "id", "ja", "ar"):
        catalog(tmp_path, locale, {})
    client = portal(translations=tmp_path).test_client()
    page = read(client, "/public", lang="ja", identity="public")
    entries = [entry[0] for entry in page.one("nav", class_="fl-language").iter("li")]
    assert [entry.text for entry in entries if entry.get("aria-current") is None] == [
        name for name in names_of(client) if name != "日本語"
    ]
    assert {entry.get("lang"): entry.get("hreflang") for entry in entries if entry.tag == "a"}.keys() >= {"fr", "ar"}
    (here,) = [entry for entry in entries if entry.tag == "span"]
    assert (here.text, here.get("lang")) == ("日本語", None)
    assert read(client, "/public", lang="ar").one("html").get("dir") == "rtl"


def names_of(client: FlaskClient) -> list[str]:
    languages = client.get(f"{PREFIX}/api/v1/portal").get_json()["languages"]
    names = {language["tag"]: language["name"] for language in languages}
    assert names.items() >= {
        "zh-Hant-TW": "中文", "en": "English", "fr": "Français", "id": "Bahasa Indonesia", "ar": "العربية",
    }.items()  # fmt: skip
    return [*names.values()]


def test_chinese_of_two_kinds_is_told_apart(tmp_path: Path) -> None:
    client = portal(translations=catalog(tmp_path, "zh_Hans", {"Continue": "继续"})).test_client()
    switch = read(client, "/", lang="zh-Hans").one("nav", class_="fl-language")
    assert [entry[0].text for entry in switch.iter("li")][:1] == ["中文 (繁體, 台灣)"]
    assert "继续" in read(client, "/", lang="zh-Hans").words
    assert "需要協助？" in read(client, "/", lang="zh-Hans").words, "the Chinese that no catalog changes stays Chinese"


SERVED = ("zh_Hant_TW", "en", "vi", "pt_BR", "pt", "fil", "id")


@pytest.mark.parametrize(
    ("tag", "locale"),
    [
        *((tag, "zh_Hant_TW") for tag in ("zh", "zh-TW", "zh-HK", "zh-CN", "zh_Hans", "zh-MO", "cmn", "ZH-hant-tw")),
        *((tag, "en") for tag in ("en", "en-GB", "en_US", "EN", "en-US-u-hc-h12", "en-US-x-twain", "en_US.UTF-8")),
        *((tag, "vi") for tag in ("vi", "vi-VN", "VI_vn")),
        *(("pt-BR", "pt_BR"), ("pt-PT", "pt"), ("pt-AO", "pt"), ("tl", "fil"), ("in-ID", "id")),
        *((tag, None) for tag in ("fr", "", None, "*", "-", "x", "en" * 99, "zhx", "12", "\0", "../en", "_", "中文")),
    ],
)
def test_a_tag_gets_the_nearest_of_the_languages_that_are_served(tag: str | None, locale: str | None) -> None:
    assert serves(tag, SERVED) == locale


def test_a_kind_of_a_language_that_is_served_itself_is_not_served_by_another() -> None:
    both = ("zh_Hant_TW", "zh_Hans")
    asked = {"zh": "zh_Hant_TW", "zh-TW": "zh_Hant_TW", "zh-HK": "zh_Hant_TW", "zh-CN": "zh_Hans", "zh-SG": "zh_Hans"}
    assert {tag: serves(tag, both) for tag in asked} == asked


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("fr-CH, fr;q=0.9, en;q=0.8", "fr"),
        ("de, fr;q=0.2, en;q=0.8", "en"),
        ("fr;q=0, en;q=0.1", "en"),
        ("de, *;q=0.5", "zh-Hant-TW"),
        ("fr" * 500, "zh-Hant-TW"),
    ],
)
def test_a_browser_gets_the_language_that_it_prefers(french: FlaskClient, header: str, language: str) -> None:
    assert french.get(f"{PREFIX}/login", headers={"Accept-Language": header}).headers["Content-Language"] == language


def test_a_portal_may_name_its_languages_and_their_order(tmp_path: Path) -> None:
    folder = catalog(catalog(tmp_path, "fr", FRENCH), "zh_TW", {"Continue": "前往下一題"})
    client = portal(translations=folder, languages=["en", "zh-Hant-TW"]).test_client()
    tags = [language["tag"] for language in client.get(f"{PREFIX}/api/v1/portal").get_json()["languages"]]
    assert tags == ["en", "zh-Hant-TW"]
    assert read(client, "/", lang="fr").one("html").get("lang") == "zh-Hant-TW"
    assert "前往下一題" in read(client, "/").words, "zh_TW is the same language"


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"default_locale": "fr"}, "FIRST_LOGIN_DEFAULT_LOCALE: names 'fr', which is no language of this portal"),
        ({"default_locale": "en", "languages": ["zh_Hant_TW"]}, "FIRST_LOGIN_DEFAULT_LOCALE: names 'en'"),
        ({"languages": ["zh_Hant_TW", "fr"]}, "FIRST_LOGIN_LANGUAGES: names 'fr', which is no language of this portal"),
    ],
)
def test_a_language_without_a_catalog_is_refused_by_name(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(told)):
        portal(**settings)


WAIT = "After converting it takes {sync} minutes until the account is synchronised. Wait, then sign in again."


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Attendez.", "other placeholders: it lacks {sync}."),
        ("Attendez {sync} min, {name}.", "other placeholders: it has an unknown {name}."),
        ("Attendez {Sync} min.", "other placeholders: it lacks {sync} and has an unknown {Sync}."),
        ("Attendez {{sync}} min.", "other placeholders: it lacks {sync}."),
    ],
)
def test_a_catalog_that_loses_a_fact_is_refused_at_the_start(tmp_path: Path, said: str, told: str) -> None:
    folder = catalog(tmp_path, "fr", {WAIT: said, "Continue": "Continuer"})
    with pytest.raises(ConfigError) as refused:
        portal(translations=folder)
    (problem,) = refused.value.problems
    assert problem.where == str(folder / "fr" / "LC_MESSAGES" / "flask_first_login.mo")
    assert WAIT[:80] in problem.what
    assert told in problem.what


@pytest.mark.parametrize("broken", [b"", b"no catalog", b"\xde\x12\x04\x95", b"\xde\x12\x04\x95" + b"\xff" * 60, None])
def test_a_file_that_is_no_catalog_is_refused_at_the_start(tmp_path: Path, broken: bytes | None) -> None:
    place = catalog(tmp_path, "fr", FRENCH) / "fr" / "LC_MESSAGES" / "flask_first_login.mo"
    place.write_bytes(place.read_bytes()[:-9] if broken is None else broken)
    with pytest.raises(ConfigError, match="cannot be read as a compiled catalog") as refused:
        portal(translations=tmp_path)
    assert [problem.where for problem in refused.value.problems] == [str(place)]


def test_a_folder_that_is_no_language_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is in the folder 'klingon', which is no language that Babel knows"):
        portal(translations=catalog(catalog(tmp_path, "fr", FRENCH), "klingon", {}))


def test_another_babel_than_ours_is_asked_in_the_place_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Flask-BabelPlus, and what else is made after Flask-Babel, takes its place in ``app.extensions``."""
    asked, forced = ["en"], list[str]()

    def force(locale: str) -> nullcontext[None]:
        forced.append(locale)
        return nullcontext()

    plus = ModuleType("babel_of_another_make")
    vars(plus).update(get_locale=lambda: Locale.parse(asked[0]), refresh=lambda: None, force_locale=force)
    monkeypatch.setitem(sys.modules, "babel_of_another_make", plus)
    app = portal()
    app.extensions["babel"] = type("State", (), {"__module__": "babel_of_another_make.core"})()
    assert read(app.test_client(), "/login").one("html").get("lang") == "en"
    asked[0] = "zh_TW"
    assert read(app.test_client(), "/login").one("html").get("lang") == "zh-Hant-TW"
    assert read(app.test_client(), "/login", lang="en").one("html").get("lang") == "en"
    assert forced == ["en"]

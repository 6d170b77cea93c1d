"""The words of each language: ours, a host's over them, and the facts of the portal in them."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import DictLoader
from markupsafe import Markup

from flask_first_login import Text
from flask_first_login.flow import SOCIAL_WARNING
from internals import BY_ENGLISH, Settings, Words, load_words, register, template_texts
from support.pages import PROVIDERS, portal, read

WEB = Path(template_texts.__file__).parent
TEMPLATES, SENTENCES = WEB / "templates", WEB / "translations" / "flask_first_login.pot"
PLAIN = load_words(Settings(), [], BY_ENGLISH)
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


def test_chinese_in_chinese_needs_no_mark() -> None:
    assert CHINESE(Text("a", "我的e政府 <b>")) == Markup("我的e政府 &lt;b&gt;")


# --- the facts of the portal ---


def spoken(names: list[str]) -> dict[str, Words]:
    registrations, problems = register({name: PROVIDERS[name] for name in names})
    assert problems == []
    return dict(load_words(Settings(sync_minutes=(3, 9)), registrations.values(), BY_ENGLISH))


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
    folder = catalog(tmp_path, "zh_Hant_TW", {SOCIAL_WARNING.en: "使用{social}會失去時數{typo}。"})
    page = read(portal(translations=folder).test_client(), "/public/no-certificate")
    assert "使用Google、Facebook或Apple會失去時數{typo}。" in page.words


def sentences() -> dict[str, str]:
    """The shipped template: each English sentence, and the Chinese that it says beside it."""
    with SENTENCES.open("rb") as file:
        return {str(message.id): " ".join(message.auto_comments) for message in read_po(file) if message.id}


@pytest.mark.slow
@pytest.mark.parametrize("locale", ["zh_Hant_TW", "en"])
@pytest.mark.parametrize("path", ["/login", "/", "/faq", "/notices", "/public/no-certificate", "/nowhere"])
def test_a_catalog_made_from_the_shipped_template_changes_whatever_a_page_says(
    path: str, locale: str, tmp_path: Path
) -> None:
    folder = catalog(tmp_path, locale, dict.fromkeys(sentences(), "※"))
    client = portal(translations=folder, service_name="123").test_client()
    page = read(client, path, lang=PLAIN[locale].tag, submitted="1")
    labels = "".join(element.get("aria-label", "") for element in page.root.iter())
    assert "※" in page.words
    left = re.sub(r"中文|English|[a-z]+@[a-z.]+", "", page.words + labels)
    assert re.findall(r"[^\W\d]+", left) == []


def test_the_shipped_template_says_the_chinese_of_each_sentence() -> None:
    held = sentences()
    assert {english: held[english] for english in BY_ENGLISH} == {text.en: text.zh for text in BY_ENGLISH.values()}


def test_every_name_that_a_template_asks_for_has_words_and_no_other_has() -> None:
    asked = {
        name
        for path in TEMPLATES.rglob("*.html")
        for name in re.findall(r"\bfl\.texts\.(\w+)", path.read_text("utf-8"))
    }
    assert asked == {name for name, text in vars(template_texts).items() if isinstance(text, Text)}


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

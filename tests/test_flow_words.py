"""What the screens, the login page and the Q&A say: the source's words, in two languages that agree."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import flask_first_login
from flask_first_login import Text
from flask_first_login.flow import FAQ, SOCIAL_WARNING, STANDARD
from internals import login_page

# --- the login page ---

LOGIN_PAGE = {
    login_page.LOGIN_TITLE: "會員登入",
    login_page.BANNER_TITLE: "首次使用須知",
    login_page.FIRST_TIME: "首次登入請點選【新會員第一次登入請看此】",
    login_page.GUIDE_LINK: "新會員第一次登入請看此",
    login_page.FAQ_LINK: "常見登入Q&A",
    login_page.CIVIL_COLUMN: "公務人員登入",
    login_page.PUBLIC_COLUMN: "一般民眾登入",
    login_page.EARNS_HOURS: "可取得時數",
    login_page.NO_HOURS: "無法取得時數",
    login_page.COST: "時數永遠不會上傳，日後也無法補上傳或合併紀錄。",
    login_page.PUBLIC_NOTE: "一般民眾如需要學習時數，請務必使用我的e政府進行註冊登入（請填寫正確身分證字號）。",
    login_page.PUBLIC_NOTE_LINK: "操作說明請參考常見問題",
    login_page.CIVIL_SUFFIX: "（公務人員）",
    login_page.PUBLIC_SUFFIX: "（一般民眾）",
}


def test_the_login_page_says_what_the_source_says() -> None:
    assert [words.zh for words in LOGIN_PAGE] == [*LOGIN_PAGE.values()]


def test_the_guide_link_is_quoted_by_the_sentence_that_points_to_it() -> None:
    assert f"“{login_page.GUIDE_LINK.en}”" in login_page.FIRST_TIME.en
    assert f"【{login_page.GUIDE_LINK.zh}】" in login_page.FIRST_TIME.zh


# --- the two languages ---


def texts(value: object) -> Iterator[Text]:
    if isinstance(value, Text):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from texts(item)
    elif is_dataclass(value):
        for field in fields(value):
            yield from texts(getattr(value, field.name))


EVERY_TEXT = sorted(
    {*texts(STANDARD), *texts(FAQ), *(value for value in vars(login_page).values() if isinstance(value, Text))},
    key=lambda text: (text.en, text.zh),
)
HAN = re.compile("[\u3400-\u9fff]")
QUOTED = re.compile(r"(?<=”) \([\u3400-\u9fff]+\)")


def texts_with(fault: Callable[[Text], object]) -> list[str]:
    """The texts that a rule finds fault with."""
    return [f"{text.en} | {text.zh}" for text in EVERY_TEXT if fault(text)]


def test_every_text_is_written_in_both_languages() -> None:
    assert len(EVERY_TEXT) > 100
    assert texts_with(lambda text: not text.en.strip() or not HAN.search(text.zh)) == []


def test_english_holds_chinese_only_where_a_reader_must_find_it_on_a_chinese_screen() -> None:
    assert texts_with(lambda text: HAN.search(QUOTED.sub("", text.en))) == []


def test_chinese_holds_no_hand_typed_blank() -> None:
    assert texts_with(lambda text: " " in text.zh) == []


def test_each_provider_and_the_platform_have_one_name() -> None:
    assert texts_with(lambda text: re.search("平台|我的E政府|ECPA|facebook|身份", text.zh)) == []


def test_both_languages_fill_the_same_placeholders_and_no_others() -> None:
    def filled_differently(text: Text) -> bool:
        filled = [words.format(social="SOCIAL", sync="SYNC") for words in (text.en, text.zh)]
        placeholders = {("SOCIAL" in words, "SYNC" in words) for words in filled}
        return len(placeholders) != 1 or re.search("[{}]", "".join(filled)) is not None

    assert texts_with(filled_differently) == []


def test_one_english_sentence_has_one_chinese_sentence_because_it_is_the_key_of_the_catalog() -> None:
    assert len({text.en for text in EVERY_TEXT}) == len(EVERY_TEXT)


HALF_WIDTH_IN_THE_SOURCE = {
    "人事服務網eCPA(已有帳號)",
    "我的e政府(已有帳號)",
    "是(需要驗證您的身分)",
    "您是否需要線上學習時數證明(如教師研習時數、環境教育網)或自行列印學習證明？",
}


def test_half_width_brackets_stand_only_where_the_source_has_them_in_a_question_or_an_option() -> None:
    assert {text.zh for text in EVERY_TEXT if re.search(r"[()\[\],:;?!]", text.zh)} == HALF_WIDTH_IN_THE_SOURCE


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_two_screens_have_the_same_title(language: str) -> None:
    titles = [getattr(screen.title, language) for screen in (*STANDARD.screens, *STANDARD.references)]
    assert len(set(titles)) == len(titles)


def test_a_text_is_its_english_where_no_catalog_is_asked() -> None:
    assert str(Text("Yes", "是")) == "Yes"


# --- the questions and answers ---


FACTS = [
    ("which-account", "公務人員及約聘雇人員：請使用人事服務網eCPA帳號或我的e政府公務帳號"),
    ("which-account", "一般民眾：請使用我的e政府帳號"),
    ("which-account", "教師研習時數不以公務人員身分為條件"),
    ("why-national-id", "均以身分證字號為認證基礎"),
    ("social-records", "不可以。"),
    ("social-records", "學習紀錄無法與我的e政府帳號進行合併"),
    ("no-national-id", "個人資料維護"),
    ("apply-official", "先註冊為「一般會員」，註冊後再轉換為公務帳號"),
    ("convert-account", "「我的專區」、「申請公務帳號」、「自然人轉公務員」"),
    ("sync-time", "{sync}分鐘"),
    ("application-sent", "傳真至（02）2192-7186"),
    ("no-ecpa-account", "皆有預設帳號"),
    ("ecpa-password", "請先洽服務機關的人事單位"),
    ("citizen-certificate", "請先於我的e政府綁定自然人憑證，或於人事服務網eCPA上傳自然人憑證"),
    ("new-resident-number", "2031年1月1日"),
    ("hours-when", "本平臺公告"),
    ("rare-character", "專人"),
    ("google-plus", "2019年3月7日"),
    ("verification-failed", "Cookie"),
    ("support", "人事資訊系統客服"),
]


def test_a_question_is_answered_with_its_facts() -> None:
    answers = {entry.id: " ".join(text.zh for text in entry.answers) for entry in FAQ}
    assert [(id, fact) for id, fact in FACTS if fact not in answers[id]] == []


def test_every_answer_can_be_linked_to() -> None:
    ids = [entry.id for entry in FAQ]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch("[a-z-]+", id) for id in ids)


def test_no_answer_repeats_a_number_that_is_a_setting() -> None:
    assert not re.search("02-2192-7111|02-?23979108|@", repr(FAQ))


# --- the warning ---


def test_the_social_warning_names_all_three_losses_and_every_social_provider() -> None:
    assert SOCIAL_WARNING.zh.format(social="Google、Facebook或Apple") == (
        "於本平臺以Google、Facebook或Apple帳號登入，因無法識別身分，證書不會有身分證字號，"
        "時數亦不會上傳，且學習紀錄無法與我的e政府帳號進行合併。"
    )
    assert SOCIAL_WARNING.en.format(social="Google, Facebook or Apple").startswith(
        "If you sign in to this platform with Google, Facebook or Apple, we cannot identify you."
    )
    assert login_page.SOCIAL_WARNING is SOCIAL_WARNING


# --- one habit in every text of ours ---

POT = Path(flask_first_login.__file__).parent / "web" / "translations" / "flask_first_login.pot"
#: What stays as its source, or its service, writes it.
AS_WRITTEN = {
    "使用Google帳戶登入",  # Google's own word, which it asks for
    "如欲採用自然人憑證登入，需於「人事服務網eCPA」將自然人憑證上傳。",
    "如欲採用自然人憑證登入，需於「我的e政府」綁定自然人憑證。",
    "需於「我的e政府」綁定自然人憑證。",
    "需於「人事服務網eCPA」將自然人憑證上傳。",
    "若您為【一般民眾】，請先確認您是否需要線上學習時數證明（如教師研習時數、環境教育網）或自行列印學習證明。",
}
#: What stands in 【】: names of services, and of buttons.
NAMED = "人事服務網eCPA|我的e政府|登入我的e政府|新會員第一次登入請看此|重設驗證|權限與兼辦管理|重設員工密碼"
HABITS = {
    "a blank that `text-autospace` sets": "[\u3400-\u9fff] +[A-Za-z0-9{]|[A-Za-z0-9}] +[\u3400-\u9fff]",
    "a second word for one thing": "帳戶|了解|平台|身份|E政府|ECPA|登陸",
    "a name of a service in the quotes of words": "「(人事服務網eCPA|我的e政府)」",
    "words in the brackets of names": f"【(?!({NAMED})】)",
    "quotes of another script": "[\"'“”‘’]",
}


@pytest.mark.parametrize("habit", HABITS)
def test_every_chinese_text_of_ours_keeps_one_habit(habit: str) -> None:
    with POT.open("rb") as file:
        texts = {" ".join(message.auto_comments) for message in read_po(file) if message.id}
    assert len(texts) > 400
    assert [text for text in texts - AS_WRITTEN if re.search(HABITS[habit], text)] == []

"""What the screens, the login page and the Q&A say: the source's words, in two languages that agree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

import pytest

from flask_first_login.flow import FAQ, SOCIAL_WARNING, STANDARD, login_page
from flask_first_login.text import Text

# --- the source's own words, screen by screen ---

SOURCE = {
    "identity": [
        "本平臺將引導您進行第1次登入，",
        "請問您的身分別？",
        "若為公務人員及約聘雇人員，請選擇「公務人員」",
        "'公務人員'",
        "'一般民眾'",
    ],
    "account": [
        "公務人員必須使用【人事服務網eCPA】或【我的e政府】帳號登入，",
        "'請選擇登入方式'",
        "'人事服務網eCPA(已有帳號)'",
        "'我的e政府(已有帳號)'",
        "'我目前尚無上述平臺帳號'",
    ],
    "no-account": [
        "因您是公務人員，且未有【人事服務網eCPA】或是【我的e政府】帳號，我們建議您使用人事服務網eCPA登入。",
        "'前往人事服務網eCPA進行第一次登入'",
        "如何申請公務帳號說明",
    ],
    "ecpa-guide": [
        "公務人員在人事服務網eCPA皆有預設帳號",
        "第一次使用帳號登入【人事服務網eCPA】操作說明",
        "帳密之身分確認作業機制，作法如下：",
        "請點按【重設驗證】鈕自行重設取得初始密碼",
        "如有問題時再請機關人事主管或經授權之人事人員或持機關憑證者進入eCPA【權限與兼辦管理】\\\\【重設員工密碼】處，重設其初始密碼",
        "此時該使用者僅需以其身分證號及重設後之初始密碼登入eCPA，即可進行首次身分確認作業。",
        "eCPA帳號啟用問題，請洽人事資訊系統客服專線",
        "Contact(key='ecpa')",
        "'直接前往登入'",
    ],
    "ecpa-login": ["將自然人憑證上傳。", "'首次登入沒有密碼？'"],
    "egov-official-login": [
        "公務人員，請使用公務帳號登入。",
        "若無「e政府公務帳號」，請點選「如何申請公務帳號說明」，瞭解申請流程後進行申請。",
        "瞭解轉換流程後登入e政府平臺進行帳號轉換。",
        "申請或轉換帳號成功約需{sync}分鐘進行帳號同步，請稍等待再登入本學習平臺，造成不便，敬請見諒。",
        "需於「我的e政府」綁定自然人憑證",
    ],
    "certificate": [
        "'您是否需要線上學習時數證明(如教師研習時數、環境教育網)或自行列印學習證明？'",
        "'是(需要驗證您的身分)'",
        "'否'",
    ],
    "egov-account": [
        "因為您需要時數證明，必須驗證您的身分，您需使用【我的e政府】帳號登入，",
        "'請問您是否有【我的e政府】帳號？'",
        "'有【我的e政府】帳號'",
        "'沒有【我的e政府】帳號'",
    ],
    "egov-login": [
        "若有帳號直接登入即可。",
        "如需學習時數證明，須完成以下2項任一項",
        "於我的e政府上傳自然人憑證。",
        "於我的e政府註冊會員時，務必填寫完整姓名跟身分證字號。",
        "如不需學習時數證明，可使用一般會員帳號登入。",
        "'登入我的e政府'",
        "如滿線無法接通，請多利用客服信箱",
        "Contact(key='myegov')",
    ],
    "egov-register": [
        "請前往【我的e政府】加入會員，並選擇「一般會員」進行註冊",
        "詳細說明請見我的e政府",
        "如需學習時數證明，須完成以下2項任一項",
        "'前往我的e政府註冊'",
        "註冊完畢亦請完成下述任一項資料",
        "於我的e政府上傳自然人憑證。",
        "於我的e政府註冊會員時，務必填寫完整姓名跟身分證字號。",
        "請洽詢【我的e政府】客服專線",
        "Contact(key='myegov')",
    ],
    "no-certificate": ["如不需學習時數證明，可使用一般會員帳號登入。", "無法合併"],
    "notices": [
        "首次使用須知暨新會員第一次登入平臺引導說明",
        "由於終身學習時數、環境教育學習時數及教師研習時數認證等均以身分證字號為認證基礎，",
        "首次登入請點選【新會員第一次登入請看此】",
        "Heading(text=Text(en='Notes for civil servants', zh='公務人員-注意事項'), id='civil-servant')",
        "公務人員，請使用公務帳號登入。（自行選用「我的e政府之公務帳號」或「人事服務網eCPA帳號」）",
        "如欲採用自然人憑證登入，需於以下其中一組帳號綁定自然人憑證：",
        "zh='一般民眾-注意事項'), id='public')",
        "如需取得環教網時數，請使用【我的e政府】帳號登入學習。",
        "若您以{social}帳號登入，學習時數無法上傳認證網站，學習紀錄亦無法合併。",
        "本平臺將引導您進行第1次登入，請先選擇身分別。",
        "請自由選擇【人事服務網eCPA】或【我的e政府】帳號登入",
        "若都無上述平臺帳號，因您是公務人員，",
        "若您為【一般民眾】，請先確認您是否需要線上學習時數證明",
        "若需要時數證明，必須驗證您的身分，僅可使用【我的e政府】帳號登入，",
        "若有帳號直接登入即可",
        "提醒您，帳號註冊完畢後，如需學習時數證明，須完成以下2項任一項",
        "將引導您至【我的e政府】加入會員，並選擇「一般會員」進行註冊",
        "如尚有其他我的e政府帳號相關問題，請洽詢【我的e政府】客服專線",
    ],
}


@pytest.mark.parametrize(("key", "words"), [(key, words) for key, all_words in SOURCE.items() for words in all_words])
def test_a_screen_says_what_the_source_says_there(key: str, words: str) -> None:
    assert words in repr(STANDARD.by_key[key])


@pytest.mark.parametrize(
    ("words", "zh"),
    [
        (login_page.LOGIN_TITLE, "會員登入"),
        (login_page.BANNER_TITLE, "首次使用須知"),
        (login_page.FIRST_TIME, "首次登入請點選【新會員第一次登入請看此】"),
        (login_page.GUIDE_LINK, "新會員第一次登入請看此"),
        (login_page.FAQ_LINK, "常見登入Q&A"),
        (login_page.CIVIL_COLUMN, "公務人員登入"),
        (login_page.PUBLIC_COLUMN, "一般民眾登入"),
        (login_page.EARNS_HOURS, "可取得學習時數"),
        (login_page.OTHER_WAYS, "其他登入方式"),
        (login_page.PUBLIC_NOTE, "一般民眾如需要學習時數，請務必使用我的e政府進行註冊登入（請填寫正確身分證字號）。"),
        (login_page.PUBLIC_NOTE_LINK, "操作說明請參考常見問題"),
        (login_page.CIVIL_SUFFIX, "（公務人員）"),
        (login_page.PUBLIC_SUFFIX, "（一般民眾）"),
    ],
)
def test_the_login_page_says_what_the_source_says(words: Text, zh: str) -> None:
    assert words.zh == zh


def test_the_guide_link_is_quoted_by_the_sentence_that_points_to_it() -> None:
    assert f"“{login_page.GUIDE_LINK.en}”" in login_page.FIRST_TIME.en
    assert f"【{login_page.GUIDE_LINK.zh}】" in login_page.FIRST_TIME.zh


# --- the two languages ---


def texts(value: object) -> Iterator[Text]:
    if isinstance(value, Text):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from texts(one)
    elif is_dataclass(value):
        for field in fields(value):
            yield from texts(getattr(value, field.name))


EVERY_TEXT = sorted(
    {*texts(STANDARD), *texts(FAQ), *(one for one in vars(login_page).values() if isinstance(one, Text))},
    key=lambda text: (text.en, text.zh),
)
HAN = re.compile("[\u3400-\u9fff]")
QUOTED = re.compile(r"(?<=”) \([\u3400-\u9fff]+\)")


@pytest.mark.parametrize("text", EVERY_TEXT, ids=str)
class TestEveryText:
    def test_is_written_in_both_languages(self, text: Text) -> None:
        assert text.en.strip()
        assert HAN.search(text.zh)

    def test_has_chinese_in_its_english_only_where_a_reader_must_find_it_on_a_chinese_screen(self, text: Text) -> None:
        assert not HAN.search(QUOTED.sub("", text.en))

    def test_has_no_hand_typed_blank_in_its_chinese(self, text: Text) -> None:
        assert " " not in text.zh

    def test_uses_one_name_for_each_provider_and_for_the_platform(self, text: Text) -> None:
        assert not re.search("平台|我的E政府|ECPA|facebook|身份", text.zh)

    def test_fills_its_placeholders_alike_in_both_languages(self, text: Text) -> None:
        filled = [words.format(social="SOCIAL", sync="SYNC") for words in (text.en, text.zh)]
        assert len({("SOCIAL" in words, "SYNC" in words) for words in filled}) == 1
        assert not re.search("[{}]", "".join(filled))


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
    titles = [getattr(one.title, language) for one in (*STANDARD.screens, *STANDARD.references)]
    assert len(set(titles)) == 12


def test_a_text_is_its_english_where_no_catalog_is_asked() -> None:
    assert str(Text("Yes", "是")) == "Yes"


# --- the questions and answers ---


@pytest.mark.parametrize(
    ("id", "fact"),
    [
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
    ],
)
def test_a_question_is_answered_with_the_fact(id: str, fact: str) -> None:
    assert fact in " ".join(text.zh for entry in FAQ if entry.id == id for text in entry.answers)


def test_every_answer_can_be_linked_to() -> None:
    ids = [entry.id for entry in FAQ]
    assert len(set(ids)) == len(ids) == 17
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

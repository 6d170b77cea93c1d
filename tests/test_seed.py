"""Every item of the source document, 1 to 120: its words stand on its screen, its rules hold.

`WORDS` holds what the source prints, letter by letter, and what our page says where that differs; the
reasons for differing are a closed list. A rule, a button or a link has a proof below, marked with its
number. No item is waived.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

import pytest
from flask import Flask
from flask.testing import FlaskClient

from flask_first_login import (
    Account,
    Assurance,
    Authority,
    Identity,
    InvalidNationalId,
    Kind,
    NationalId,
    Requirements,
    Text,
    Verdict,
)
from flask_first_login.flow import STANDARD, paths
from flask_first_login.providers import Claims, social
from flask_first_login.testing import BY_ECPA, BY_GOOGLE, BY_MYEGOV
from internals import AUTHORITIES, LIFELONG, PRESETS, Acknowledge, Create, Refusal, Refuse, SignIn, assess, decide
from support.pages import LINKS, NAMES, PREFIX, PROVIDERS, QUESTIONS, Sheet, answer, follow, portal, read, squeezed

#: Why a page may word something otherwise than the source.
REASONS = {
    "E1": "Google+ was closed on 2019-03-07; the sign-in is called Google.",
    "E2": "平台 and 平臺 are one word; the source uses 平臺 on its screens.",
    "E3": "我的 e 政府 and 我的E政府 are one name: 我的e政府.",
    "E4": "ECPA and eCPA are one name: eCPA, spelt out where it first stands.",
    "E5": "「一次使用」 lacks its first character: 第一次使用.",
    "E7": "下午 14:00 says the same twice; a 24-hour time needs neither 上午 nor 下午.",
    "E9": "A link says in words that it opens a new window: （另開新視窗）.",
    "C4": "Apple has a button too, so a warning names every social provider that is enabled.",
    "C6": "Four versions of the social warning; the strictest contains the other three.",
    "C19": "The narrative and the screen word the same thing; sentences of the narrative are joined on one page.",
    "C21": "One name for each provider and each thing; 身分, not 身份.",
    "C22": "The contact lines say phone and mailbox in a list of their own, the same on every page.",
    "punctuation": "Running text has full-width punctuation, and 「」 or 【】 for odd quotes or brackets.",
    "list": "The number of an item is drawn by the list it stands in.",
    "heading": "A heading needs no final punctuation, and no brackets around it.",
}
SOCIAL_WARNING = (
    "於本平臺以Google、Facebook或Apple帳號登入，因無法識別身分，證書不會有身分證字號，"
    "時數亦不會上傳，且學習紀錄無法與我的e政府帳號進行合併。"
)
WAY_1, WAY_2 = "於我的e政府上傳自然人憑證。", "於我的e政府註冊會員時，務必填寫完整姓名跟身分證字號。"
ONE_OF_TWO = "如需學習時數證明，須完成以下2項任一項"
LOGIN, IDENTITY, ACCOUNT, NO_ACCOUNT = "/login", "/", "/civil-servant", "/civil-servant/no-account"
GUIDE, EGOV_OFFICIAL = "/civil-servant/no-account/ecpa-guide", "/civil-servant/egov"
CERTIFICATE, EGOV, NOTICES = "/public", "/public/certificate", "/notices"
EGOV_LOGIN, REGISTER = "/public/certificate/egov-login", "/public/certificate/egov-register"
NO_CERTIFICATE = "/public/no-certificate"


@dataclass(frozen=True)
class Words:
    """What the source prints as one item, and where our pages say it."""

    number: int
    path: str
    source: str
    shown: str = ""
    because: tuple[str, ...] = ()


WORDS = (
    Words(
        1, NOTICES, "首次使用須知暨新會員第一次登入平台引導說明", "首次使用須知暨新會員第一次登入平臺引導說明", ("E2",)
    ),
    Words(2, LOGIN, "首次使用須知：", "首次使用須知", ("heading",)),
    Words(
        2,
        LOGIN,
        "由於終身學習時數、環境教育學習時數及教師研習時數認證等均以身分證字號為認證基礎，"
        "若您需要相關學習時數認證，請詳讀說明再進行登入作業，避免影響您的自身權益",
    ),
    Words(3, NOTICES, "終身學習時數、環境教育學習時數及教師研習時數認證等"),
    Words(4, NOTICES, "均以身分證字號為認證基礎"),
    Words(
        5,
        LOGIN,
        "首次登入請點選【新會員第一次登入請看此】",
        "首次登入請點選新會員第一次登入請看此",
        ("punctuation",),
    ),
    Words(6, LOGIN, "會員登入"),
    Words(7, LOGIN, "公務人員登入"),
    Words(8, LOGIN, "一般民眾登入"),
    Words(9, LOGIN, "人事服務網eCPA"),
    Words(10, LOGIN, "我的e政府"),
    Words(11, LOGIN, "facebook", "Facebook", ("C21",)),
    Words(12, LOGIN, "Google+", "Google", ("E1",)),
    Words(13, LOGIN, "Apple"),
    Words(14, LOGIN, "我的e政府"),
    Words(15, LOGIN, "facebook", "Facebook", ("C21",)),
    Words(16, LOGIN, "Google+", "Google", ("E1",)),
    Words(17, LOGIN, "Apple"),
    Words(
        18,
        LOGIN,
        "一般民眾如需要學習時數，請務必使用 我的 e 政府 進行註冊登入(請填寫正確身分證字號)。",
        "一般民眾如需要學習時數，請務必使用我的e政府進行註冊登入（請填寫正確身分證字號）。",
        ("E3", "punctuation"),
    ),
    Words(19, LOGIN, "請填寫正確身分證字號"),
    Words(20, LOGIN, "操作說明請參考 常見問題"),
    Words(21, LOGIN, "新會員第一次登入請看此"),
    Words(22, LOGIN, "常見登入Q&A"),
    Words(23, NOTICES, "本平臺將引導您進行第 1 次登入，請先選擇身分別。"),
    Words(24, IDENTITY, "本平臺將引導您進行第1次登入，請問您的身分別？"),
    Words(25, IDENTITY, "公務人員"),
    Words(26, IDENTITY, "一般民眾"),
    Words(27, IDENTITY, "下一步"),
    Words(28, IDENTITY, "返回前一頁"),
    Words(
        29,
        IDENTITY,
        "若為公務人員及約聘雇人員，請選擇[公務人員]",
        "若為公務人員及約聘雇人員，請選擇「公務人員」",
        ("punctuation",),
    ),
    Words(30, NOTICES, "若您為【一般民眾】"),
    Words(
        31,
        NOTICES,
        "並請自由選擇【人事服務網 eCPA】或【我的 e 政府】帳號登入",
        "請自由選擇【人事服務網eCPA】或【我的e政府】帳號登入",
        ("E3", "C19"),
    ),
    Words(32, ACCOUNT, "公務人員必須使用【人事服務網eCPA】或【我的e政府】帳號登入，請選擇登入方式"),
    Words(33, ACCOUNT, "人事服務網eCPA(已有帳號)"),
    Words(34, ACCOUNT, "我的e政府(已有帳號)"),
    Words(35, ACCOUNT, "我目前尚無上述平臺帳號"),
    Words(36, ACCOUNT, "下一步"),
    Words(37, ACCOUNT, "返回前一頁"),
    Words(
        38,
        NOTICES,
        "若都無上述平台帳號，因您是公務人員，且未有【人事服務網 eCPA】或是【我的 e 政府】帳號，"
        "我們建議您使用人事服務網 eCPA 登入。",
        "若都無上述平臺帳號，因您是公務人員，且未有【人事服務網eCPA】或是【我的e政府】帳號，"
        "我們建議您使用人事服務網eCPA登入。",
        ("E2", "E3"),
    ),
    Words(
        39,
        NO_ACCOUNT,
        "因您是公務人員，且未有【人事服務網eCPA】或是【我的e政府】帳號，我們建議您使用人事服務網eCPA登入。",
    ),
    Words(40, NO_ACCOUNT, "我們建議您使用人事服務網eCPA登入"),
    Words(41, NO_ACCOUNT, "前往人事服務網eCPA進行第一次登入"),
    Words(42, NO_ACCOUNT, "返回前一頁"),
    Words(43, GUIDE, "【公務人員在人事服務網eCPA皆有預設帳號】", "公務人員在人事服務網eCPA皆有預設帳號", ("heading",)),
    Words(
        44,
        GUIDE,
        "一次使用帳號登入【人事服務網eCPA】操作說明(請點我下載文件參考)",
        "第一次使用帳號登入【人事服務網eCPA】操作說明（PDF）",
        ("E5", "punctuation"),
    ),
    Words(
        45,
        GUIDE,
        "首次啟用ECPA人事服務網(以下簡稱ECPA)帳密之身分確認作業機制，作法如下：",
        "首次啟用人事服務網eCPA（以下簡稱eCPA）帳密之身分確認作業機制，作法如下：",
        ("E4", "punctuation"),
    ),
    Words(
        46,
        GUIDE,
        "請點按[重設驗證]鈕自行重設取得初始密碼",
        "請點按【重設驗證】鈕自行重設取得初始密碼",
        ("punctuation",),
    ),
    Words(
        47,
        GUIDE,
        "如有問題時再請機關人事主管或經授權之人事人員或持機關憑證者進入ECPA【權限與兼辦管理】\\【重設員工密碼】處，"
        "重設其初始密碼",
        "如有問題時再請機關人事主管或經授權之人事人員或持機關憑證者進入eCPA【權限與兼辦管理】\\【重設員工密碼】處，"
        "重設其初始密碼",
        ("E4",),
    ),
    Words(
        48,
        GUIDE,
        "此時該使用者僅需以其身分證號及重設後之初始密碼登入ECPA，即可進行首次身分確認作業。",
        "此時該使用者僅需以其身分證號及重設後之初始密碼登入eCPA，即可進行首次身分確認作業。",
        ("E4",),
    ),
    Words(
        49,
        GUIDE,
        "ECPA帳號啟用問題，請洽人事資訊系統客服專線：",
        "eCPA帳號啟用問題，請洽人事資訊系統客服專線",
        ("E4", "C22"),
    ),
    Words(49, GUIDE, "02-23979108"),
    Words(
        49,
        GUIDE,
        "(開放時間：上午 9:00~12:00 下午 14:00~17:00)",
        "服務時間9:00~12:00、14:00~17:00",
        ("E7", "C22"),
    ),
    Words(50, GUIDE, "人事資訊系統客服信箱：pemis@dgpa.gov.tw", "客服信箱pemis@dgpa.gov.tw", ("C22",)),
    Words(51, GUIDE, "直接前往登入"),
    Words(52, GUIDE, "返回前一頁"),
    Words(
        53,
        NOTICES,
        "請先確認您是否需要線上學習時數證明(如教師研習時數、環境教育網)或自行列印學習證明？",
        "請先確認您是否需要線上學習時數證明（如教師研習時數、環境教育網）或自行列印學習證明。",
        ("C19", "punctuation"),
    ),
    Words(54, CERTIFICATE, "您是否需要線上學習時數證明(如教師研習時數、環境教育網)或自行列印學習證明？"),
    Words(55, CERTIFICATE, "(如教師研習時數、環境教育網)"),
    Words(56, CERTIFICATE, "或自行列印學習證明"),
    Words(57, CERTIFICATE, "是(需要驗證您的身分)"),
    Words(58, CERTIFICATE, "否"),
    Words(59, CERTIFICATE, "下一步"),
    Words(60, CERTIFICATE, "返回前一頁"),
    Words(
        61,
        NOTICES,
        "若需要時數證明，必須驗證您的身分，僅可使用【我的 e 政府】帳號登入，請問您是否有【我的 e 政府】帳號？",
    ),
    Words(62, NOTICES, "僅可使用【我的 e 政府】帳號登入"),
    Words(
        63,
        EGOV,
        "因為您需要時數證明，必須驗證您的身分，您需使用【我的e政府】帳號登入，請問您是否有【我的e政府】帳號？",
    ),
    Words(64, EGOV, "有【我的e政府】帳號"),
    Words(65, EGOV, "沒有【我的e政府】帳號"),
    Words(66, EGOV, "下一步"),
    Words(67, EGOV, "返回前一頁"),
    Words(68, EGOV_LOGIN, "若有帳號直接登入即可。"),
    Words(
        69,
        NOTICES,
        "1. 提醒您，帳號註冊完畢後，如需學習時數證明，須完成以下 2 項任一項。如下：",
        "提醒您，帳號註冊完畢後，如需學習時數證明，須完成以下2項任一項：",
        ("list", "C19"),
    ),
    Words(70, NOTICES, "(1)於我的 E 政府上傳自然人憑證。", WAY_1, ("E3", "list")),
    Words(71, NOTICES, "(2)於我的 E 政府註冊會員時，務必填寫完整姓名跟身分證字號。", WAY_2, ("E3", "list")),
    Words(72, NOTICES, "2 項任一項"),
    Words(
        73,
        NO_CERTIFICATE,
        "2. 如不需學習時數證明，可使用一般會員帳號登入。",
        "如不需學習時數證明，可使用一般會員帳號登入",
        ("list", "heading"),
    ),
    Words(
        74,
        EGOV_LOGIN,
        "3. 於本平臺以 Google 或 Facebook 帳號登入，因無法識別身分，證書不會有身分證字號，時數亦不會上傳，"
        "且學習紀錄無法與我的 e 政府帳號進行合併。",
        SOCIAL_WARNING,
        ("C4", "E3", "list"),
    ),
    Words(75, EGOV_LOGIN, "證書不會有身分證字號"),
    Words(76, EGOV_LOGIN, "時數亦不會上傳"),
    Words(77, EGOV_LOGIN, "學習紀錄無法與我的 e 政府帳號進行合併"),
    Words(78, NOTICES, "請點選 [登入我的e政府]", "請點選【登入我的e政府】", ("punctuation",)),
    Words(79, EGOV_LOGIN, "1. 如需學習時數證明，須完成以下2項任一項。如下：", ONE_OF_TWO, ("list", "heading")),
    Words(80, EGOV_LOGIN, "(1)於我的E政府上傳自然人憑證。", WAY_1, ("E3", "list")),
    Words(81, EGOV_LOGIN, "(2)於我的E政府註冊會員時，務必填寫完整姓名跟身分證字號。", WAY_2, ("E3", "list")),
    Words(
        82,
        EGOV_LOGIN,
        "2. 如不需學習時數證明，可使用一般會員帳號登入。",
        "如不需學習時數證明，可使用一般會員帳號登入。",
        ("list",),
    ),
    Words(
        83,
        EGOV_LOGIN,
        "3. 於本平臺以 Google 或 Facebook 帳號登入，因無法識別身分，學習紀錄無法與我的e政府帳號進行合併。",
        SOCIAL_WARNING,
        ("C4", "C6", "list"),
    ),
    Words(84, EGOV_LOGIN, "登入我的e政府"),
    Words(85, EGOV_LOGIN, "返回前一頁"),
    Words(86, EGOV_LOGIN, "[我的e政府帳號]", "我的e政府帳號", ("punctuation",)),
    Words(
        87,
        EGOV_LOGIN,
        "如尚有其他 [我的e政府帳號]相關問題，請洽詢【我的e政府】客服專線：",
        "如尚有其他我的e政府帳號相關問題，請洽詢【我的e政府】客服專線",
        ("punctuation", "C22"),
    ),
    Words(87, EGOV_LOGIN, "02-2192-7111"),
    Words(
        88,
        EGOV_LOGIN,
        "如滿線無法接通，請多利用客服信箱：egov@service.gov.tw。",
        "如滿線無法接通，請多利用客服信箱。",
        ("C22",),
    ),
    Words(88, EGOV_LOGIN, "egov@service.gov.tw"),
    Words(
        89,
        NOTICES,
        "若沒有【我的 e 政府】帳號將引導您至【我的 e 政府】加入會員，並選擇「一般會員」進行註冊",
        "若沒有【我的e政府】帳號，將引導您至【我的e政府】加入會員，並選擇「一般會員」進行註冊",
        ("E3", "punctuation"),
    ),
    Words(90, REGISTER, "(詳細說明請見我的e政府)", "詳細說明請見我的e政府", ("punctuation",)),
    Words(91, REGISTER, "請前往【我的e政府】加入會員，並選擇「一般會員」進行註冊"),
    Words(92, REGISTER, "1. 如需學習時數證明，須完成以下2項任一項。如下：", ONE_OF_TWO, ("list", "punctuation")),
    Words(93, REGISTER, "(1)於我的E政府上傳自然人憑證。", WAY_1, ("E3", "list")),
    Words(94, REGISTER, "(2)於我的E政府註冊會員時，務必填寫完整姓名跟身分證字號。", WAY_2, ("E3", "list")),
    Words(
        95,
        REGISTER,
        "2. 於本平臺以 Google 或 Facebook 帳號登入，因無法識別身分，學習紀錄無法與我的e政府帳號進行合併。",
        SOCIAL_WARNING,
        ("C4", "C6", "list"),
    ),
    Words(
        96,
        REGISTER,
        "如尚有其他 [我的e政府帳號]相關問題，請洽詢【我的e政府】",
        "如尚有其他我的e政府帳號相關問題，請洽詢【我的e政府】",
        ("punctuation",),
    ),
    Words(97, REGISTER, "客服專線：02-2192-7111", "客服專線02-2192-7111", ("C22",)),
    Words(97, REGISTER, "客服信箱：egov@service.gov.tw。", "客服信箱egov@service.gov.tw", ("C22",)),
    Words(98, REGISTER, "前往我的e政府註冊"),
    Words(99, REGISTER, "返回前一頁"),
    Words(100, REGISTER, "註冊完畢亦請完成下述任一項資料"),
    Words(101, REGISTER, "(1)於我的 E 政府上傳自然人憑證。", WAY_1, ("E3", "list")),
    Words(102, REGISTER, "(2)於我的 E 政府註冊會員時，務必填寫完整姓名跟身分證字號。", WAY_2, ("E3", "list")),
    Words(103, NOTICES, "[公務人員-注意事項]", "公務人員-注意事項", ("heading",)),
    Words(
        104,
        NOTICES,
        '(1) 公務人員，請使用公務帳號登入。(自行選用 " 我的 e 政府之公務帳號 " 或"ECPA 人事服務網帳號")',
        "公務人員，請使用公務帳號登入。（自行選用「我的e政府之公務帳號」或「人事服務網eCPA帳號」）",
        ("list", "E3", "E4", "punctuation"),
    ),
    Words(105, NOTICES, '* 若無"e 政府公務帳號"，請點選', "若無「e政府公務帳號」，請點選", ("list", "punctuation")),
    Words(106, EGOV_OFFICIAL, "(如何申請公務帳號說明)", "如何申請公務帳號說明", ("punctuation",)),
    Words(107, EGOV_OFFICIAL, "(點此按另開視窗)", "（另開新視窗）", ("E9",)),
    Words(
        108,
        NOTICES,
        "* 若原先申請的帳號為{一般民眾身份帳號}，請點選",
        "若原先申請的帳號為「一般民眾身分帳號」，請點選",
        ("list", "C21", "punctuation"),
    ),
    Words(109, EGOV_OFFICIAL, "(轉換公務帳號說明)", "轉換公務帳號說明", ("punctuation",)),
    Words(110, NOTICES, "瞭解轉換流程後登入 e 政府平臺進行帳號轉換"),
    Words(
        111,
        EGOV_OFFICIAL,
        "* 申請或轉換帳號成功約需 2~5 分鐘進行帳號同步，請稍等待再登入本學習平臺，造成不便，敬請見諒。",
        "申請或轉換帳號成功約需2~5分鐘進行帳號同步，請稍等待再登入本學習平臺，造成不便，敬請見諒。",
        ("list",),
    ),
    Words(
        112,
        NOTICES,
        "(2) 如欲採用自然人憑證登入，需於以下其中一組帳號綁定自然人憑證：",
        "如欲採用自然人憑證登入，需於以下其中一組帳號綁定自然人憑證：",
        ("list",),
    ),
    Words(
        113,
        NOTICES,
        '- a.需於"我的 E 政府"綁定自然人憑證',
        "需於「我的e政府」綁定自然人憑證",
        ("list", "E3", "punctuation"),
    ),
    Words(
        114,
        NOTICES,
        '- b.需於"ECPA 人事服務網"將自然人憑證上傳。',
        "需於「人事服務網eCPA」將自然人憑證上傳。",
        ("list", "E4", "punctuation"),
    ),
    Words(115, NOTICES, "[一般民眾-注意事項]", "一般民眾-注意事項", ("heading",)),
    Words(
        116,
        NOTICES,
        "(1) 如需取得環教網時數，請使用[我的 e 政府]帳號登入學習。",
        "如需取得環教網時數，請使用【我的e政府】帳號登入學習。",
        ("list", "E3", "punctuation"),
    ),
    Words(
        117,
        NOTICES,
        "(2) 若您以 Google 或 Facebook 帳號登入，學習時數無法上傳認證網站，學習紀錄亦無法合併。",
        "若您以Google、Facebook或Apple帳號登入，學習時數無法上傳認證網站，學習紀錄亦無法合併。",
        ("list", "C4"),
    ),
    Words(
        118,
        NOTICES,
        "如尚有其他 [我的 e 政府帳號] 相關問題，請洽詢【我的 e 政府】",
        "如尚有其他我的e政府帳號相關問題，請洽詢【我的e政府】",
        ("E3", "punctuation"),
    ),
    Words(119, NOTICES, "客服專線：02-2192-7111", "客服專線02-2192-7111", ("C22",)),
    Words(119, NOTICES, "如滿線無法接通，請多利用客服信箱：", "如滿線無法接通，請多利用客服信箱。", ("C22",)),
    Words(120, NOTICES, "egov@service.gov.tw。", "egov@service.gov.tw", ("C22",)),
)

Test = TypeVar("Test", bound=Callable[..., object])
PROVEN: set[int] = set()


def proves(*numbers: int) -> Callable[[Test], Test]:
    """Mark a test as the proof of these items."""

    def mark(test: Test) -> Test:
        PROVEN.update(numbers)
        return test

    return mark


@pytest.fixture(scope="module")
def portal_with_links() -> Flask:
    return portal(links=LINKS)


@pytest.fixture
def learner(portal_with_links: Flask) -> FlaskClient:
    return portal_with_links.test_client()


@pytest.fixture
def bare() -> FlaskClient:
    """A portal that set no links."""
    return portal().test_client()


# --- the words ---


@pytest.mark.parametrize("words", WORDS, ids=lambda words: f"{words.number}")
def test_the_words_of_an_item_stand_on_its_screen(learner: FlaskClient, words: Words) -> None:
    assert squeezed(words.shown or words.source) in read(learner, words.path).words


def test_where_a_page_words_it_otherwise_the_reason_is_named() -> None:
    assert [
        one.number for one in WORDS if bool(one.because) != (squeezed(one.shown or one.source) != squeezed(one.source))
    ] == []
    assert {reason for one in WORDS for reason in one.because} == REASONS.keys()


def test_every_item_of_the_source_has_its_words_on_a_page_or_a_proof() -> None:
    assert {one.number for one in WORDS} | PROVEN == set(range(1, 121))


# --- the login page ---


@proves(1)
def test_the_guide_is_named_in_the_title_of_every_page_of_the_wizard(learner: FlaskClient) -> None:
    titles = [read(learner, f"/{screen.path}").title for screen in STANDARD.screens]
    assert all("－首次登入引導－" in title for title in titles)


@proves(2)
def test_the_notice_is_read_before_the_first_sign_in_button(learner: FlaskClient) -> None:
    page = read(learner, LOGIN).html
    assert page.index("避免影響您的自身權益") < page.index('class="fl-provider')
    assert "避免影響您的自身權益" in read(learner, NOTICES).words


@proves(5, 21)
def test_the_guide_is_one_link_away_for_anyone_who_is_not_signed_in(learner: FlaskClient) -> None:
    link = read(learner, LOGIN).link("新會員第一次登入請看此")
    assert follow(learner, link.url).h1.endswith("請問您的身分別？")


@proves(6)
def test_the_login_page_has_the_heading_of_the_source(learner: FlaskClient) -> None:
    assert read(learner, LOGIN).h1 == "會員登入"


COLUMNS = {"fl-civil-servant": ["ecpa", "myegov", "facebook", "google", "apple"]} | {
    "fl-public": ["myegov", "facebook", "google", "apple"]
}


@proves(7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17)
@pytest.mark.parametrize(("column", "names"), COLUMNS.items())
def test_each_column_has_its_heading_and_its_buttons_in_the_order_drawn(
    learner: FlaskClient, column: str, names: list[str]
) -> None:
    (section,) = read(learner, LOGIN).all("section", **{"aria-labelledby": column})
    assert section[0].get("id") == column
    starts = [one.get("href", "") for one in section.iter("a") if "fl-provider" in one.get("class", "").split()]
    assert starts == [f"{PREFIX}/sign-in/{name}" for name in names]


@proves(18)
def test_the_note_of_the_public_column_stands_in_it_and_what_a_social_button_costs_is_read_with_it_alone(
    learner: FlaskClient,
) -> None:
    page = read(learner, LOGIN)
    (note,) = [one for one in page.all("p") if one.get("id") == "fl-public-note"]
    assert "請務必使用我的e政府進行註冊登入" in "".join(note.itertext())
    costs = {one.get("id"): "".join(one.itertext()) for one in page.all("p", class_="fl-cost-line")}
    assert {*costs.values()} == {"時數永遠不會上傳，日後也無法補上傳或合併紀錄。"}
    described = [
        (one.path.rpartition("/")[2], one.element.get("aria-describedby")) for one in page.links_of("fl-provider")
    ]
    told = [name for name, by in described if by in costs]
    assert told == ["facebook", "google", "apple"] * 2
    assert len([by for _, by in described if by is not None]) == len(told)


@proves(20, 22)
@pytest.mark.parametrize("words", ["操作說明請參考常見問題", "常見登入Q&A"])
def test_the_questions_and_answers_are_one_link_away(learner: FlaskClient, words: str) -> None:
    links = [one for one in read(learner, LOGIN).links if one.words == words]
    assert {follow(learner, one.url).h1 for one in links} == {"常見登入Q&A"}


# --- the questions ---


@proves(27, 36, 59, 66)
@pytest.mark.parametrize("path", QUESTIONS)
def test_the_button_of_a_question_says_next_step_and_without_an_answer_the_question_stays(
    learner: FlaskClient, path: str
) -> None:
    page = read(learner, path)
    assert ["".join(one.itertext()) for one in page.all("button")] == ["下一步"]
    assert page.checked == []
    again = follow(learner, f"{PREFIX}{path}?submitted=1")
    assert again.status == 200
    assert again.title.startswith("錯誤：")


@proves(25, 26, 33, 34, 35, 57, 58, 64, 65)
@pytest.mark.parametrize(
    ("path", "value", "words", "to"),
    [
        (IDENTITY, "civil-servant", "公務人員", ACCOUNT),
        (IDENTITY, "public", "一般民眾", CERTIFICATE),
        (ACCOUNT, "ecpa", "人事服務網eCPA(已有帳號)", "/civil-servant/ecpa"),
        (ACCOUNT, "egov", "我的e政府(已有帳號)", EGOV_OFFICIAL),
        (ACCOUNT, "none", "我目前尚無上述平臺帳號", NO_ACCOUNT),
        (CERTIFICATE, "yes", "是(需要驗證您的身分)", EGOV),
        (CERTIFICATE, "no", "否", NO_CERTIFICATE),
        (EGOV, "yes", "有【我的e政府】帳號", EGOV_LOGIN),
        (EGOV, "no", "沒有【我的e政府】帳號", REGISTER),
    ],
)
def test_an_option_reads_as_in_the_source_and_leads_where_it_is_drawn(
    learner: FlaskClient, path: str, value: str, words: str, to: str
) -> None:
    page = read(learner, path)
    assert page.options[value] == words
    assert answer(learner, page, value).response.request.path == PREFIX + to


@proves(28, 37, 42, 52, 60, 67, 85, 99)
@pytest.mark.parametrize(
    ("path", "to", "checked"),
    [
        (IDENTITY, LOGIN, []),
        (ACCOUNT, IDENTITY, ["civil-servant"]),
        (NO_ACCOUNT, ACCOUNT, ["none"]),
        (GUIDE, NO_ACCOUNT, []),
        (CERTIFICATE, IDENTITY, ["public"]),
        (EGOV, CERTIFICATE, ["yes"]),
        (EGOV_LOGIN, EGOV, ["yes"]),
        (REGISTER, EGOV, ["no"]),
    ],
)
def test_back_leads_one_step_back_with_the_answer_still_chosen(
    learner: FlaskClient, path: str, to: str, checked: list[str]
) -> None:
    back = read(learner, path).back
    assert (back.words, back.path) == ("返回前一頁", PREFIX + to)
    assert follow(learner, back.url).checked == checked


@proves(24, 32, 54, 63)
@pytest.mark.parametrize("path", QUESTIONS)
def test_the_question_is_the_legend_of_its_radios_and_the_heading_of_its_page(learner: FlaskClient, path: str) -> None:
    page = read(learner, path)
    legend = page.one("fieldset")[0]
    assert legend.tag == "legend"
    assert squeezed("".join(legend.itertext())) == page.h1


@proves(29)
def test_the_hint_of_the_first_question_belongs_to_its_radios(learner: FlaskClient) -> None:
    page = read(learner, IDENTITY)
    (hint,) = [one for one in page.all("p") if one.get("id") == page.one("fieldset").get("aria-describedby")]
    assert "約聘雇人員" in "".join(hint.itertext())


@proves(31)
def test_a_civil_servant_chooses_freely_for_neither_provider_is_preselected_or_hidden(learner: FlaskClient) -> None:
    page = read(learner, ACCOUNT)
    assert page.checked == []
    assert {"ecpa", "egov"} <= page.options.keys()


@proves(32)
def test_the_wizard_never_offers_a_civil_servant_a_social_provider(learner: FlaskClient) -> None:
    ends = [line for line in paths(STANDARD) if line.startswith("identity=civil-servant")]
    assert {line.rpartition(": ")[2] for line in ends} == {"ecpa", "myegov"}
    pages = [read(learner, f"/{one.path}") for one in STANDARD.screens if one.path.startswith("civil-servant")]
    starts = {one.path for page in pages for one in page.links if "/sign-in/" in one.path}
    assert starts == {f"{PREFIX}/sign-in/ecpa", f"{PREFIX}/sign-in/myegov"}


@proves(53, 54)
def test_only_the_public_is_asked_whether_proof_of_hours_is_needed() -> None:
    assert not [one for one in paths(STANDARD) if "certificate=" in one and "identity=civil-servant" in one]


@proves(56, 62)
def test_who_needs_proof_or_a_printed_certificate_is_led_to_myegov_alone() -> None:
    ends = {one.rpartition("| ")[2] for one in paths(STANDARD) if "certificate=yes" in one}
    assert ends == {"sign in: myegov", "visit: myegov_register"}


@proves(58, 73)
def test_who_needs_no_proof_may_use_any_member_account(learner: FlaskClient) -> None:
    page = read(learner, NO_CERTIFICATE)
    assert [one.path for one in page.links_of("fl-provider")] == [
        f"{PREFIX}/sign-in/{name}" for name in ("myegov", "facebook", "google", "apple")
    ]
    assert page.words.index("時數永遠不會上傳") < page.words.index("使用Facebook帳號登入")
    assert SOCIAL_WARNING in page.words


# --- the pages of advice ---


@proves(40, 41)
def test_a_civil_servant_without_an_account_is_advised_to_use_ecpa(learner: FlaskClient) -> None:
    advice = read(learner, NO_ACCOUNT)
    assert advice.primary.path == PREFIX + GUIDE
    assert follow(learner, advice.primary.url).primary.path == f"{PREFIX}/sign-in/ecpa"


@proves(43)
def test_no_civil_servant_is_told_to_register_at_ecpa() -> None:
    assert not [one for one in paths(STANDARD) if "identity=civil-servant" in one and "visit:" in one]


@proves(44)
def test_the_instructions_for_ecpa_are_a_link_where_set_and_absent_where_not(
    learner: FlaskClient, bare: FlaskClient
) -> None:
    assert read(learner, GUIDE).link("第一次使用帳號登入【人事服務網eCPA】操作說明（PDF）").url == LINKS["ecpa_guide"]
    assert "操作說明" not in read(bare, GUIDE).words


@proves(45, 46, 47, 48)
def test_the_steps_to_activate_an_ecpa_account_stand_in_their_order(learner: FlaskClient) -> None:
    words = read(learner, GUIDE).words
    steps = ["作法如下：", "【重設驗證】", "【重設員工密碼】", "即可進行首次身分確認作業。"]
    assert sorted(steps, key=words.index) == steps


def test_who_signs_in_at_ecpa_without_a_password_is_one_link_away_from_these_steps(learner: FlaskClient) -> None:
    assert read(learner, "/civil-servant/ecpa").link("首次登入沒有密碼？").path == PREFIX + GUIDE


@proves(49, 50, 87, 88, 97, 119, 120)
@pytest.mark.parametrize(
    ("path", "phone", "number", "email"),
    [
        (GUIDE, "02-23979108", "+886223979108", "pemis@dgpa.gov.tw"),
        (EGOV_LOGIN, "02-2192-7111", "+886221927111", "egov@service.gov.tw"),
        (REGISTER, "02-2192-7111", "+886221927111", "egov@service.gov.tw"),
        (NOTICES, "02-2192-7111", "+886221927111", "egov@service.gov.tw"),
    ],
)
def test_a_desk_can_be_called_and_written_to(
    learner: FlaskClient, path: str, phone: str, number: str, email: str
) -> None:
    links = {one.words: one.url for one in read(learner, path).links}
    assert links[phone] == f"tel:{number}"
    assert links[email] == f"mailto:{email}"


@proves(51, 84)
@pytest.mark.parametrize(
    ("path", "provider", "answers"),
    [
        (GUIDE, "ecpa", {"identity": "civil-servant", "account": "none"}),
        (EGOV_LOGIN, "myegov", {"identity": "public", "certificate": "yes", "egov": "yes"}),
    ],
)
def test_the_button_starts_the_sign_in_and_takes_the_answers_along(
    learner: FlaskClient, path: str, provider: str, answers: dict[str, str]
) -> None:
    start = read(learner, path).primary
    assert (start.path, start.query) == (f"{PREFIX}/sign-in/{provider}", answers)


@proves(68, 78)
def test_who_has_an_account_may_sign_in_at_once(learner: FlaskClient) -> None:
    page = read(learner, EGOV_LOGIN)
    assert page.primary.words == "登入我的e政府"
    assert page.words.index("若有帳號直接登入即可") < page.words.index(ONE_OF_TWO)


@proves(69, 70, 71, 72, 79, 80, 81, 92, 93, 94, 100, 101, 102)
@pytest.mark.parametrize("path", [EGOV_LOGIN, REGISTER, NOTICES])
def test_the_two_ways_to_earn_hours_stand_in_one_list_under_either_of_these(learner: FlaskClient, path: str) -> None:
    page = read(learner, path)
    lists = [[squeezed("".join(item.itertext())) for item in one] for one in page.all("ol")]
    assert lists.count([WAY_1, WAY_2]) == 1
    assert "2項任一項" in page.words[: page.words.index(WAY_1)]


@proves(74, 82, 83, 95, 117)
@pytest.mark.parametrize("path", [LOGIN, EGOV_LOGIN, REGISTER, NO_CERTIFICATE, NOTICES])
def test_the_strictest_social_warning_stands_wherever_the_source_has_any(learner: FlaskClient, path: str) -> None:
    warnings = [squeezed("".join(one.itertext())) for one in read(learner, path).root.iter("strong")]
    assert f"注意：{SOCIAL_WARNING}" in warnings


@proves(86, 90, 106, 109)
@pytest.mark.parametrize(
    ("path", "words", "link"),
    [
        (EGOV_LOGIN, "我的e政府帳號相關說明，請見我的e政府網站", "myegov"),
        (REGISTER, "詳細說明請見我的e政府", "myegov_help"),
        (EGOV_OFFICIAL, "如何申請公務帳號說明（另開新視窗）", "apply_official"),
        (EGOV_OFFICIAL, "轉換公務帳號說明（另開新視窗）", "convert_official"),
    ],
)
def test_an_address_that_the_source_leaves_open_is_a_setting_and_unset_it_is_no_link(
    learner: FlaskClient, bare: FlaskClient, path: str, words: str, link: str
) -> None:
    assert read(learner, path).link(words).url == LINKS[link]
    plain = read(bare, path)
    assert words.removesuffix("（另開新視窗）") in plain.words
    assert not [one for one in plain.links if one.words == words]


@proves(91, 98)
def test_registration_opens_in_a_new_window_and_says_so(learner: FlaskClient) -> None:
    page = read(learner, REGISTER)
    register = page.primary
    assert (register.words, register.url) == ("前往我的e政府註冊（另開新視窗）", LINKS["myegov_register"])
    assert register.element.get("target") == "_blank"
    assert register.element.get("rel") == "noopener noreferrer"
    assert follow(learner, page.link("已完成註冊，登入我的e政府").url).h1 == "使用我的e政府帳號登入"


@proves(107)
def test_no_window_opens_unannounced(learner: FlaskClient) -> None:
    links = [one for path in (NO_ACCOUNT, EGOV_OFFICIAL, REGISTER, NOTICES) for one in read(learner, path).links]
    opening = [one for one in links if one.element.get("target")]
    assert len(opening) == 7
    assert all(one.words.endswith("（另開新視窗）") for one in opening)
    assert all(one.element.get("rel") == "noopener noreferrer" for one in opening)


@proves(103, 115)
@pytest.mark.parametrize(
    ("path", "words"),
    [
        (GUIDE, "公務人員-注意事項"),
        ("/civil-servant/ecpa", "公務人員-注意事項"),
        (EGOV_OFFICIAL, "公務人員-注意事項"),
        (EGOV_LOGIN, "一般民眾-注意事項"),
    ],
)
def test_the_notes_are_one_link_away_where_they_matter_and_the_way_back_leads_there(
    learner: FlaskClient, path: str, words: str
) -> None:
    notes = follow(learner, read(learner, path).link(words).url)
    assert (2, words) in notes.headings
    assert follow(learner, notes.back.url).response.request.path == PREFIX + path


@proves(105, 110)
def test_who_has_no_official_account_is_told_how_to_apply_for_one_and_how_to_convert(learner: FlaskClient) -> None:
    for path in (EGOV_OFFICIAL, NO_ACCOUNT, NOTICES):
        urls = {one.url for one in read(learner, path).links}
        assert {LINKS["apply_official"], LINKS["convert_official"]} <= urls
    said = read(learner, EGOV_OFFICIAL).words
    assert "若無「e政府公務帳號」，請點選「如何申請公務帳號說明」，瞭解申請流程後進行申請。" in said
    assert "請點選「轉換公務帳號說明」，瞭解轉換流程後登入e政府平臺進行帳號轉換。" in said


@proves(112, 113, 114)
def test_a_certificate_is_bound_at_one_provider_or_the_other_and_the_source_is_not_repeated(
    learner: FlaskClient,
) -> None:
    assert read(learner, NOTICES).words.count("以下其中一組帳號綁定自然人憑證") == 1
    assert "於「人事服務網eCPA」將自然人憑證上傳" in read(learner, "/civil-servant/ecpa").words
    assert "於「我的e政府」綁定自然人憑證" in read(learner, EGOV_OFFICIAL).words


# --- the rules behind the words ---


@proves(3, 55)
def test_three_authorities_accredit_hours_and_a_host_may_add_others() -> None:
    assert [one.key for one in AUTHORITIES] == ["lifelong", "environmental", "teacher"]
    nursing = Authority("nursing", Text("Nursing", "護理"), Requirements(birth_date=True))
    assert assess([BY_ECPA], [*AUTHORITIES, nursing])["nursing"].uploadable


@proves(4)
@pytest.mark.parametrize("identity", [BY_ECPA, BY_MYEGOV], ids=lambda one: one.provider)
def test_without_a_national_id_no_authority_takes_any_hours(identity: Identity) -> None:
    report = assess([replace(identity, national_id=None)])
    assert report.uploadable == ()
    meant = [one for one in report.values() if one.verdict != "not_applicable"]  # lifelong: civil servants alone
    assert [one.reasons[0].code for one in meant] == ["no_national_id"] * len(meant) != []


@proves(19)
def test_a_national_id_that_fails_its_check_digit_holds_the_hours_and_says_where_to_correct_it() -> None:
    with pytest.raises(InvalidNationalId):
        NationalId.parse("A123456788")
    report = assess([replace(BY_MYEGOV, national_id=None, national_id_invalid=True)])["teacher"]
    assert [reason.code for reason in report.reasons] == ["invalid_national_id"]
    assert "更正身分證字號" in report.reasons[0].remedies[0].text.zh


@proves(70, 71, 72)
@pytest.mark.parametrize("assurance", [Assurance.DECLARED, Assurance.VERIFIED])
def test_either_way_alone_makes_the_hours_uploadable(assurance: Assurance) -> None:
    assert assess([replace(BY_MYEGOV, assurance=assurance)])["environmental"].uploadable


def _by_google(**claims: str) -> Claims:
    return Claims("google", BY_GOOGLE.issuer, BY_GOOGLE.subject, datetime(2026, 3, 1, tzinfo=UTC), claims)


@proves(75)
def test_the_certificate_of_a_social_account_shows_no_national_id_even_when_one_was_sent() -> None:
    identity = social(_by_google(uid="A123456789", name="王小明"))
    assert identity.national_id is None
    assert not assess([identity]).certificate_shows_id


@proves(76, 116)
def test_no_authority_ever_takes_the_hours_of_a_social_account() -> None:
    report = assess([social(_by_google(uid="A123456789"))])
    assert {one.verdict for one in report.values()} == {Verdict.REFUSED}
    assert {reason.code for one in report.values() for reason in one.reasons} == {"social_identity"}


@proves(77)
@pytest.mark.parametrize("government", [BY_ECPA, BY_MYEGOV], ids=lambda one: one.provider)
def test_a_social_account_is_never_joined_with_a_government_one_whatever_they_share(government: Identity) -> None:
    alike = replace(BY_GOOGLE, email=government.email, name=government.name)
    official, plain = Account("1", (government,)), Account("2", (alike,))
    refused = Refuse(Refusal.SOCIAL_NEVER_MERGES)
    assert decide(alike, owner=None, current=official, same_person=None) == refused
    assert decide(government, owner=None, current=plain, same_person=None) == refused
    assert isinstance(decide(alike, owner=None, current=None, same_person=None), Acknowledge)


@proves(104)
@pytest.mark.parametrize(("kind", "counts"), [(Kind.CIVIL_SERVANT, True), (Kind.GENERAL, False)])
def test_civil_status_counts_only_with_an_official_account(kind: Kind, counts: bool) -> None:
    assert assess([replace(BY_MYEGOV, kind=kind)], [LIFELONG])["lifelong"].uploadable is counts


@proves(104)
def test_an_ecpa_account_is_always_an_official_one() -> None:
    claims = Claims("ecpa", "https://ecpa.example.gov.tw", "1", datetime(2026, 3, 1, tzinfo=UTC), {})
    assert {one.identify(claims).kind for one in PRESETS["ecpa"].values()} == {Kind.CIVIL_SERVANT}


@pytest.fixture
def outcome(portal_with_links: Flask) -> Callable[[Identity, dict[str, str]], Sheet]:
    """The page after a sign-in with this identity, for a learner who gave these answers."""

    def open_it(identity: Identity, answers: dict[str, str]) -> Sheet:
        accounts = portal_with_links.extensions["first_login"].accounts
        client = portal_with_links.test_client()
        with client.session_transaction() as session:
            session["first_login_account"] = accounts.carry_out(Create(), identity)
        return Sheet(client.get(f"{PREFIX}/outcome", query_string=answers))

    return open_it


@proves(108, 110)
def test_a_civil_servant_with_a_general_account_is_shown_how_to_convert_it(
    outcome: Callable[[Identity, dict[str, str]], Sheet],
) -> None:
    page = outcome(replace(BY_MYEGOV, subject="108", national_id=None), {"identity": "civil-servant"})
    assert page.link("轉換公務帳號說明").url == LINKS["convert_official"]
    assert "約需2~5分鐘進行帳號同步" in page.words


@proves(62)
def test_who_needs_proof_and_came_with_a_social_account_is_told_that_it_earns_none(
    outcome: Callable[[Identity, dict[str, str]], Sheet],
) -> None:
    page = outcome(replace(BY_GOOGLE, subject="62"), {"identity": "public", "certificate": "yes"})
    assert "您表示需要學習時數，但這個帳號無法取得" in page.words


@proves(111)
def test_the_minutes_of_waiting_are_a_setting() -> None:
    client = portal(sync_minutes=(10, 20)).test_client()
    assert "成功約需10~20分鐘進行帳號同步" in read(client, EGOV_OFFICIAL).words


@proves(111)
def test_the_kind_of_an_account_is_the_one_of_its_last_sign_in(portal_with_links: Flask) -> None:
    accounts = portal_with_links.extensions["first_login"].accounts
    before = replace(BY_MYEGOV, subject="111", national_id=None)
    account_id = accounts.carry_out(Create(), before)
    accounts.carry_out(SignIn(account_id), replace(before, kind=Kind.CIVIL_SERVANT))
    assert accounts.get(account_id).identities[0].kind is Kind.CIVIL_SERVANT


@proves(12, 16)
def test_google_is_one_provider_whose_label_a_host_may_change() -> None:
    button = {"en": "Sign in with Google+", "zh": "使用Google+帳號登入"}
    client = portal({**PROVIDERS, "google": {**PROVIDERS["google"], "button": button}}).test_client()
    assert read(client, LOGIN).words.count("使用Google+帳號登入") == 2
    assert set(NAMES) == PRESETS.keys()

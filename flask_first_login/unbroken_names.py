"""Names and dates that no line may break: Chinese has no blanks, so a browser breaks a name as it breaks any word.

A list, since what cuts Chinese into words by statistics cuts these wrongly.
"""

from __future__ import annotations

import re

from markupsafe import Markup, escape

NAMES = (
    # services, their buttons and their desks
    "人事服務網eCPA",
    "我的e政府",
    "人事資訊系統客服",
    "個人資料維護",
    "常見登入Q&A",
    "首次使用須知",
    "登入注意事項",
    # accounts and those who have one
    "公務帳號",
    "公務人員",
    "約聘雇人員",
    "一般民眾",
    "一般會員",
    "社群帳號",
    # what identifies a person
    "身分證字號",
    "統一證號",
    "自然人憑證",
    # hours and who accredits them
    "「我的學習時數」",
    "我的學習時數",
    "學習時數證明",
    "學習時數",
    "學習紀錄",
    "學習證明",
    "終身學習",
    "環境教育",
    "教師研習",
    "無法取得時數",
    "可取得時數",
    # what would be cut in two beside a name
    "也請登出",
    "先去上課",
    # parts of headings that read as one word
    "第一次登入",
    "請確認您的身分",
    "您已完成",
    "但這個帳號",
    "帳號登入",
    "您的帳號類別不適用",
    "2項任一項",
    "任一項",
    "還差一項：",
    "須更正一項：",
    "須更新一項：",
    "還在同步",
    "差在哪裡",
    "目前無法登入",
    "不接受",
    "未接受Cookie",
    "可以合併",
)
DATE = r"\d{4}年\d{1,2}月\d{1,2}日"
#: The longest first: one name may begin as another does. Compiled by `re` when it is first needed, and kept.
ANY_NAME = "|".join([*(str(escape(name)) for name in sorted(NAMES, key=len, reverse=True)), DATE])


def unbroken(words: Markup) -> Markup:
    """Return words with each name and each date in an element that keeps it on one line."""
    return Markup(re.sub(ANY_NAME, r'<span class="fl-n">\g<0></span>', str(words)))  # noqa: S704  # the words are safe

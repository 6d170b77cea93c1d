"""The words of the login page, which stands before the wizard (seed items 2, 5-8, 18-22)."""

from __future__ import annotations

from ..text import Text
from .shared_texts import FOREIGN_RESIDENTS as FOREIGN_RESIDENTS
from .shared_texts import NEEDS_ONE_OF as NEEDS_ONE_OF
from .shared_texts import SOCIAL_WARNING as SOCIAL_WARNING  # the page shows it below its columns
from .shared_texts import WAYS as WAYS

LOGIN_TITLE = Text("Sign in", "會員登入")

BANNER_TITLE = Text("First-time user notice", "首次使用須知")
BANNER = Text(
    "Lifelong learning hours, environmental education hours, teacher training hours and the like are all accredited "
    "by national ID number. If you need any of them to be accredited, please read this guide in full before you sign "
    "in, so that your own entitlements are not affected.",
    "由於終身學習時數、環境教育學習時數及教師研習時數認證等均以身分證字號為認證基礎，若您需要相關學習時數認證，"
    "請詳讀說明再進行登入作業，避免影響您的自身權益。",
)
FIRST_TIME = Text(
    "To sign in for the first time, choose “New members: start here to sign in for the first time”.",
    "首次登入請點選【新會員第一次登入請看此】",
)
#: The same where its button stands right below: the words of the button are read once.
CHOOSE_FIRST_TIME = Text("To sign in for the first time, choose", "首次登入請點選")
GUIDE_LINK = Text("New members: start here to sign in for the first time", "新會員第一次登入請看此")
FAQ_LINK = Text("Sign-in questions and answers", "常見登入Q&A")

CIVIL_COLUMN = Text("Civil servants: sign in", "公務人員登入")
PUBLIC_COLUMN = Text("Members of the public: sign in", "一般民眾登入")
EARNS_HOURS = Text("Earns learning hours", "可取得時數")
NO_HOURS = Text("Earns no learning hours", "無法取得時數")
#: Beside every social button, and said of each by a screen reader: what it costs, and that it is for good.
COST = Text(
    "Your hours can never be uploaded, and your records never merged, even later.",
    "時數永遠不會上傳，日後也無法補上傳或合併紀錄。",
)

PUBLIC_NOTE = Text(
    "Members of the public who need learning hours must register and sign in with MyEGov (and enter their correct "
    "national ID number).",
    "一般民眾如需要學習時數，請務必使用我的e政府進行註冊登入（請填寫正確身分證字號）。",
)
#: The second sentence of the same note: the whole of it is the link to the questions and answers.
PUBLIC_NOTE_LINK = Text("For instructions, see the common questions", "操作說明請參考常見問題")

#: Said but not shown after a provider that stands in both columns, so that a list of links is unambiguous.
CIVIL_SUFFIX = Text("(civil servants)", "（公務人員）")
PUBLIC_SUFFIX = Text("(members of the public)", "（一般民眾）")

"""The words that templates say themselves, which they know as ``fl.texts``; the JSON interface says some of them too.

What one page alone says in Python stands beside that page.
"""

from __future__ import annotations

from types import MappingProxyType

from ..flow.login_page import FAQ_LINK as FAQ_LINK
from ..flow.login_page import GUIDE_LINK as GUIDE_LINK
from ..flow.login_page import LOGIN_TITLE as LOGIN_TITLE
from ..flow.notices import NOTICES
from ..text import Text

# --- around every page ---

SKIP = Text("Skip to main content", "跳到主要內容")
TOP_PART = Text("Top of the page: name and languages (Alt+{key})", "上方功能區塊：網站名稱、語言（快捷鍵Alt+{key}）")
MAIN_PART = Text("Main content (Alt+{key})", "中央內容區塊（快捷鍵Alt+{key}）")
LOWER_PART = Text("End of the page: help and contacts (Alt+{key})", "下方功能區塊：協助與客服（快捷鍵Alt+{key}）")
LANGUAGE = Text("Language", "語言")
HELP = Text("Need help?", "需要協助？")
NOTICES_LINK = NOTICES.title
PHONE = Text("Phone", "客服專線")
OPENING_HOURS = Text("Opening hours", "服務時間")
EMAIL = Text("Email", "客服信箱")

# --- parts that pages share ---

BACK = Text("Back", "返回前一頁")
CANCEL = Text("Cancel", "取消")
CONTINUE = Text("Continue", "下一步")
CONTINUE_TO_PORTAL = Text("Continue to the portal", "繼續前往平臺")
START_AGAIN = Text("Start again", "重新開始")
WARNING = Text("Warning:", "注意：")
ERROR = Text("Error:", "錯誤：")
PROBLEM = Text("There is a problem", "請修正下列問題")
NEW_WINDOW = Text("(opens in a new window)", "（另開新視窗）")
FILE = Text("({format})", "（{format}）")
NOT_AVAILABLE = Text("This is not available at the moment. Please contact us.", "目前暫不提供這項服務，請洽客服人員。")

# --- the guide and the Q&A ---

ANSWERS = Text("Your answers", "您的選擇")
ON_PHONE = Text("Continue on your phone", "用手機繼續")
ON_PHONE_CODE = Text("QR code: open this page on your phone", "QR Code：在手機上開啟這一頁")
ON_PHONE_HOW = Text("Scan this to open the page on your phone.", "用手機掃描，就會在手機上開啟這一頁。")
PREPARE = Text("Have this ready before you sign in", "登入前請準備")
CHANGE = Text("Change", "變更")
CONTENTS = Text("On this page", "本頁內容")

# --- before a sign-in ---

SENT_BY_ANOTHER_SITE = Text(
    "Another website sent you here. Continue only if you meant to sign in.",
    "您是從其他網站來到這裡。如果您原本就要登入，請繼續。",
)
CONTINUE_TO_SIGN_IN = Text("Continue to sign in", "繼續登入")
GOING_ON = Text("On to {provider}", "正在前往{provider}")
GOING_ON_HOW = Text(
    "You go there by yourself in a moment. If nothing happens, use the button.",
    "即將自動前往。如果畫面沒有變化，請點選下方按鈕。",
)
SIGNING_IN_WITH = Text("You are signing in with", "您正要使用")
BEFORE_GOING_ON = Text("Before you go on, please read:", "繼續之前，請先看清楚：")
EARN_HOURS_TOO = Text("These keep your hours too:", "下列登入方式也可取得時數：")
WITHOUT_HOURS = Text("If you are sure that you need no learning hours", "如果您確定不需要學習時數")
NOTHING_YET = Text("No account exists yet, and nothing is stored.", "還沒有建立任何帳號，也沒有儲存資料。")
TICK = Text("Tick the box if you understand and want to go on", "如要繼續，請勾選「我已瞭解，仍要繼續」")

# --- after a sign-in ---

SIGNED_IN_AT = Text("Signed in: {when}", "登入時間：{when}")
AGAIN = Text("When you have done that", "完成之後")
AGAIN_WHY = Text("Sign in once more: only then do we receive the new details.", "請再登入一次，我們才會收到新資料。")
MY_HOURS = Text("My learning hours", "我的學習時數")
VERIFY = Text("Verify your identity", "驗證您的身分")
VERIFY_HOW = Text(
    "Sign in once more with your Citizen Digital Certificate to have your identity verified.",
    "請再次以自然人憑證登入，完成身分驗證。",
)
NOT_CONVERTED = Text("No official account yet?", "還沒有公務帳號？")
ANY_OF = Text("Any one of these {count} is enough", "處理方式（{count}項任一項）")
WHAT_TO_DO = Text("What to do", "處理方式")
NO_WAIT = Text(
    "If you have an account there, sign in with it: all hours can be uploaded at once.",
    "如有下列帳號，可以直接用它登入，時數馬上可以上傳。",
)
KEEP_PAGE = Text("Keep this page", "留存這一頁")
KEEP_PAGE_HOW = Text(
    "You can print it: the date and the support desks are on it. You will also find it under “My learning hours”.",
    "這一頁可以列印，上面有日期和客服電話。之後也能在「我的學習時數」看到。",
)
PRINTS = Text("You can print it: the support desks are on it.", "這一頁可以列印，上面有客服電話。")
SHARED_COMPUTER = Text("On a shared computer?", "在共用電腦上？")
SIGN_IN_ACCOUNTS = Text("Your ways to sign in", "您的登入方式")
REMOVING = Text("Removing a way to sign in", "移除登入方式")
REMOVING_HOW = Text(
    "You are asked once more first. Your learning records stay, and what can be uploaded today still can. The last way "
    "to sign in cannot be removed.",
    "移除前會再問您一次。學習紀錄會保留，目前可以上傳的時數不受影響；最後一個登入方式不能移除。",
)
ADD_SIGN_IN = Text("Add another way to sign in", "加入另一個登入方式")
SAME_NUMBER = Text(
    "It must carry the same ID number (foreign residents: the ARC number) as this account.",
    "必須與這個帳號的身分證字號（外籍人士為居留證統一證號）相同。",
)

# --- when a sign-in fails ---

ANOTHER_WAY = Text("Or sign in another way", "或改用其他方式登入")
SUPPORT_CODE = Text("Support code", "支援代碼")
GIVE_CODE = Text(
    "If you contact us, please give this code. It contains nothing about you.",
    "洽詢客服時請提供這組代碼，代碼不含您的個人資料。",
)

# --- the test sign-in ---

NOTHING_SAVED = Text(
    "Nothing was saved: no account, no session and no token. This page is shown once.",
    "未儲存任何資料：未建立帳號與登入狀態，也未保留權杖。本頁僅顯示一次。",
)
WHAT_FAILED = Text("What failed", "發生問題的步驟")
STATED = Text("What the provider stated", "登入服務提供的資料")
RULES = Text("What each rule of “claims” found in it:", "各項「claims」規則的判讀結果：")
IDENTITY = Text("The identity that this becomes", "辨識出的身分")
DECISION = Text("What the portal would do", "平臺的處理方式")
HOURS_TO_FOLLOW = Text("The hours that would follow", "時數認證結果")

#: The same by their English: a template that a host copied from ours before they had names asks for them by that.
BY_ENGLISH = MappingProxyType({text.en: text for text in [*vars().values()] if isinstance(text, Text)})

"""What a receipt says: its titles by what is missing, its sentences, and the words on its buttons."""

from __future__ import annotations

from ... import reasons
from ...identity import Kind
from ...text import Text

KINDS = {
    Kind.CIVIL_SERVANT: Text("Civil servant account", "公務帳號"),
    Kind.GENERAL: Text("General member", "一般會員"),
    Kind.UNKNOWN: Text("Kind of account not known", "帳號類別未知"),
}
NO_NUMBER = Text("no ID number", "沒有身分證字號")
WRONG_NUMBER = Text("ID number not correct", "身分證字號不正確")
DISPUTED_NUMBER = Text("ID number being checked", "身分證字號待確認")
NOT_YOU = Text("Not you? Sign out", "不是您？登出")
WELCOME = Text("Welcome, your first sign-in is complete", "歡迎，您已完成第一次登入")
WELCOME_BACK = Text("You are signed in", "您已登入")
GOOD = Text("Your learning hours are uploaded as follows.", "您的學習時數會依下列方式上傳。")
TITLES = {
    reasons.NO_NATIONAL_ID: Text("Still missing: your ID number", "還差一項：身分證字號"),
    reasons.INVALID_NATIONAL_ID: Text("To correct: your ID number", "須更正一項：身分證字號"),
    reasons.NO_NAME: Text("Still missing: your full name", "還差一項：完整姓名"),
    reasons.NO_BIRTH_DATE: Text("Still missing: your date of birth", "還差一項：出生日期"),
    reasons.ASSURANCE_TOO_LOW: Text("Still missing: proof of who you are", "還差一項：身分驗證"),
    reasons.ID_KIND_NOT_ACCEPTED: Text("To update: your ID number", "須更新一項：證號"),
    reasons.KIND_UNCONFIRMED: Text("Still open: the kind of your account", "尚待確認：帳號類別"),
    reasons.NUMBER_DISPUTED: Text("Your ID number must be checked first", "您的字號須先確認"),
    reasons.NATIONAL_ID_UNDER_REVIEW: Text("Your ID number must be checked first", "您的字號須先確認"),
}
SEVERAL = Text("Some of your details are missing", "還差幾項資料")
SOME_WAIT = Text("You are signed in; some hours have to wait", "您已登入，部分時數須稍後上傳")
KEPT = Text(
    "What you learn now is kept; its hours are uploaded once it is added.",
    "您現在學的都會保留。補上後，時數就會上傳。",
)
KEPT_UNTIL_DONE = Text(
    "What you learn now is kept; its hours are uploaded once that is done.",
    "您現在學的都會保留。完成後，時數就會上傳。",
)
KEPT_MEANWHILE = Text(
    "What you learn now is kept; its hours are uploaded once that is settled.",
    "您現在學的都會保留。確認後，時數就會上傳。",
)
NEVER_TITLE = Text("This account cannot earn hours", "您已登入，但這個帳號無法取得時數")
NEVER = Text("To earn hours, start again with {provider}.", "要取得時數，請改用{provider}重新開始。")
NEVER_ALONE = Text("To earn hours you need a government account.", "要取得時數，須使用政府帳號登入。")
STAYS = Text(
    "What you learned with {provider} stays in this account and does not come with you.",
    "以{provider}學習的紀錄會留在這個帳號，不會跟著過去。",
)
SIGN_OUT_FIRST = Text(
    "First sign out of this platform; then sign in with the government account.",
    "請先登出本平臺，再使用政府帳號登入。",
)
SAID_OTHERWISE = Text(
    "You said that you need learning hours, but this account cannot earn any.",
    "您表示需要學習時數，但這個帳號無法取得。",
)
NOT_HERE_YET = Text("Your official account is not here yet", "還沒收到您的公務帳號")
NOT_CONFIRMED = Text("It is not confirmed yet that you are a civil servant", "還無法確認您是公務人員")
COME_BACK = Text(
    "If you have just applied for an official account or converted yours, sign in again from {time}. What you learn "
    "now is kept.",
    "若您剛申請或轉換公務帳號，請從{time}起再登入一次。您現在學的都會保留。",
)
SYNC = Text(  # seed item 110
    "After you apply or convert, it takes about {sync} minutes until the account is synchronised. Please wait, then "
    "sign in here again.",
    "申請或轉換帳號成功約需{sync}分鐘進行帳號同步，請稍等待再登入本學習平臺，造成不便，敬請見諒。",
)
EARLY = Text(
    "Pressing early does no harm: until it is there, you see this page again.",
    "提早按也沒關係：還沒同步好，就會再看到這一頁。",
)
SAID_CIVIL_SERVANT = Text(
    "You said that you are a civil servant, but you signed in with a general account.",
    "您選擇的身分別為公務人員，但您使用的是一般民眾帳號。",
)
SAID_UNCONFIRMED = Text(
    "You said that you are a civil servant, but the service did not confirm it.",
    "您選擇的身分別為公務人員，但登入服務未確認您的公務人員身分。",
)
YOU_SIGNED_IN = Text("You signed in", "您登入")
EARLIEST = Text("At the earliest", "最快完成")
SIGN_IN_AGAIN = Text("Sign in again", "請再登入")
FROM_THEN = Text("From {time}: sign in again with {provider}", "{time}起，再登入{provider}")
AGAIN_NOW = Text("Sign in again with {provider}", "再登入{provider}")
DONE_AGAIN = Text("Done: sign in again with {provider}", "補好了，重新登入{provider}")
ONCE_DONE = Text("Once that is done: sign in again with {provider}", "完成後，重新登入{provider}")
GO_AND_ADD = Text("Go to MyEGov and add it", "前往我的e政府補資料")
SIGN_OUT_AND_USE = Text("Sign out and use {provider} instead", "登出，改用{provider}登入")
OTHERS = Text("Use this account instead", "改用這個帳號")
NO_WAIT = Text("Rather not wait?", "不想等？")
LATER = Text("Take courses first, add it later", "先去上課，之後再補")
MEANWHILE = Text("Take courses meanwhile", "先去上課")
GO_ON_WITHOUT = Text("Continue without learning hours", "不取得時數，繼續前往平臺")
NO_HOURS_NEEDED = Text("I need no hours: continue to the portal", "我不需要時數，繼續前往平臺")

"""Words that several screens share, so that a rule is worded once and never drifts apart."""

from __future__ import annotations

from ..text import Text
from .model import Contact, Item, Items, Need, Needs, Paragraph, See, Visit

#: Seed item 1: the title of the whole guide.
GUIDE_TITLE = Text(
    "First-time user notice and guide to your first sign-in",
    "首次使用須知暨新會員第一次登入平臺引導說明",
)

#: Seed item 74. The source words this four ways; the strictest contains the other three, so it is the one we show.
#: ``{social}`` names the social providers that are enabled: Apple has a button too.
SOCIAL_WARNING = Text(
    "If you sign in to this platform with {social}, we cannot identify you. Your certificates will not show your "
    "national ID number, your learning hours will not be uploaded, and your learning records cannot be merged with "
    "a MyEGov account.",
    "於本平臺以{social}帳號登入，因無法識別身分，證書不會有身分證字號，時數亦不會上傳，且學習紀錄無法與我的e政府帳號進行合併。",
)

#: Wherever the number is first asked for: nobody who has another kind of number takes it for one they lack.
FOREIGN_RESIDENTS = Text(
    "National ID number: for foreign residents, the ARC number on your resident certificate (ARC or APRC).",
    "身分證字號：外籍人士為居留證統一證號。",
)

# --- before a learner leaves for a provider ---

_NUMBER = Need(
    "person-card",
    Text(
        "Your ID number (foreign residents: the ARC number)",
        "身分證字號（外籍人士為居留證統一證號）",
    ),
)
_THEN = (
    Need("clock", Text("About 3 minutes", "約3分鐘")),
    Need("return", Text("You are brought back here automatically", "完成後會自動回到這裡")),
)
NEEDS = Needs(
    (
        Need(
            "key",
            Text(
                "Your password, or your Citizen Digital Certificate and a reader",
                "帳號密碼，或自然人憑證和讀卡機",
            ),
        ),
        _NUMBER,
        *_THEN,
    )
)

# --- seed items 69-73, 79-82, 92-94, 100-102: what earns hours, and what does without ---

NEEDS_ONE_OF = Text(
    "If you need proof of learning hours, complete either of these two",
    "如需學習時數證明，須完成以下2項任一項",
)
WAYS = Items(
    (
        Item(Text("Upload your Citizen Digital Certificate on MyEGov.", "於我的e政府上傳自然人憑證。")),
        Item(
            Text(
                "Enter your full name and national ID number when you register as a member on MyEGov.",
                "於我的e政府註冊會員時，務必填寫完整姓名跟身分證字號。",
            )
        ),
    ),
    ordered=True,
)
ANY_MEMBER_ACCOUNT = Text(
    "If you do not need proof of learning hours, you can sign in with a general member account.",
    "如不需學習時數證明，可使用一般會員帳號登入。",
)
AFTER_REGISTERING = Text(
    "After you register, also complete either of these two",
    "註冊完畢亦請完成下述任一項資料",
)

#: The second way in the words of who has an account already: they cannot register again.
_ADD_LATER = Text(
    "If you have registered already, add them on MyEGov, under “Personal details” (個人資料維護).",
    "已註冊者，請至我的e政府「個人資料維護」補填。",
)
ADD_LATER = Items(
    (
        Item(
            _ADD_LATER,
            (Visit("myegov_profile", Text("Go to “Personal details” on MyEGov", "前往我的e政府個人資料維護")),),
            unlinked=_ADD_LATER,
        ),
    )
)

# --- seed items 103-115: the notes ---

CIVIL_NOTES = Text("Notes for civil servants", "公務人員-注意事項")
PUBLIC_NOTES = Text("Notes for members of the public", "一般民眾-注意事項")
OFFICIAL_ACCOUNT = Text(
    "Civil servants must sign in with an official account (of MyEGov or of eCPA, as you like).",
    "公務人員，請使用公務帳號登入。（自行選用「我的e政府之公務帳號」或「人事服務網eCPA帳號」）",
)
APPLY = Item(
    Text(
        "If you do not have a MyEGov official account, read how to apply for one, then apply.",
        "若無「e政府公務帳號」，請點選「如何申請公務帳號說明」，瞭解申請流程後進行申請。",
    ),
    (Visit("apply_official", Text("How to apply for an official account", "如何申請公務帳號說明"), new_window=True),),
    Text(
        "If you do not have a MyEGov official account, look up how to apply for one on the MyEGov website, then apply.",
        "若無「e政府公務帳號」，請至我的e政府網站查閱「如何申請公務帳號說明」，瞭解申請流程後進行申請。",
    ),
)
CONVERT = Item(
    Text(
        "If the account you applied for is a general public account, read how to convert it, then sign in to MyEGov "
        "and convert the account there.",
        "若原先申請的帳號為「一般民眾身分帳號」，請點選「轉換公務帳號說明」，瞭解轉換流程後登入e政府平臺進行帳號轉換。",
    ),
    (
        Visit(
            "convert_official",
            Text("How to convert to an official account", "轉換公務帳號說明"),
            new_window=True,
        ),
    ),
    Text(
        "If the account you applied for is a general public account, look up how to convert it on the MyEGov website, "
        "then sign in to MyEGov and convert the account there.",
        "若原先申請的帳號為「一般民眾身分帳號」，請至我的e政府網站查閱「轉換公務帳號說明」，"
        "瞭解轉換流程後登入e政府平臺進行帳號轉換。",
    ),
)
SYNC_WAIT = Text(
    "After you apply for or convert an account, it takes about {sync} minutes to be synchronised. Please wait before "
    "you sign in to this learning platform again. We apologise for the inconvenience.",
    "申請或轉換帳號成功約需{sync}分鐘進行帳號同步，請稍等待再登入本學習平臺，造成不便，敬請見諒。",
)

# --- where to read more, and whom to ask ---

SEE_CIVIL_NOTES = See("notices", CIVIL_NOTES)
SEE_PUBLIC_NOTES = See("notices", PUBLIC_NOTES)
MYEGOV_DETAILS = Visit("myegov_help", Text("See MyEGov for details", "詳細說明請見我的e政府"))

#: Seed items 86-88, 96, 97, 118-120. Phone and mail are the contact's own lines; the link's words also make sense
#: as the plain text they are where no address is set.
ASK_MYEGOV = (
    Paragraph(
        Text(
            "For other questions about MyEGov accounts, call MyEGov support. If the lines are busy, write to the "
            "support mailbox instead.",
            "如尚有其他我的e政府帳號相關問題，請洽詢【我的e政府】客服專線，如滿線無法接通，請多利用客服信箱。",
        )
    ),
    Contact("myegov"),
    Visit(
        "myegov",
        Text("For more about MyEGov accounts, see the MyEGov website", "我的e政府帳號相關說明，請見我的e政府網站"),
    ),
)

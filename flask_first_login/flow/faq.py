"""The entries of the sign-in questions and answers; a host may replace them by setting.

No phone number of a support desk stands here: those are settings, and every page lists them in its help block.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ..text import Text
from .shared_texts import FOREIGN_RESIDENTS, SOCIAL_WARNING, SYNC_WAIT


@dataclass(frozen=True, slots=True)
class Entry:
    """One question with its answer, a paragraph a text. ``id`` is the anchor of its heading."""

    id: str
    question: Text
    answers: tuple[Text, ...]


FAQ: tuple[Entry, ...] = (
    Entry(
        "which-account",
        Text("Which account should I use if I need learning hours?", "需要時數認證，該使用哪個帳號登入？"),
        (
            Text(
                "Civil servants and contract staff: an eCPA account or a MyEGov official account.",
                "公務人員及約聘雇人員：請使用人事服務網eCPA帳號或我的e政府公務帳號。",
            ),
            Text("Members of the public: a MyEGov account.", "一般民眾：請使用我的e政府帳號。"),
            Text(
                "Teachers without an eCPA account: choose “Member of the public”. Teacher training hours do not "
                "depend on being a civil servant.",
                "教師如無人事服務網eCPA帳號，請選擇「一般民眾」；教師研習時數不以公務人員身分為條件。",
            ),
        ),
    ),
    Entry(
        "why-national-id",
        Text("Why is my national ID number needed?", "為什麼需要身分證字號？"),
        (
            Text(
                "Lifelong learning hours, environmental education hours and teacher training hours are all accredited "
                "by national ID number. Without it no hours can be uploaded.",
                "終身學習時數、環境教育學習時數及教師研習時數認證，均以身分證字號為認證基礎；沒有身分證字號，時數就無法上傳。",
            ),
            FOREIGN_RESIDENTS,
        ),
    ),
    Entry(
        "social-records",
        Text(
            "Can records made with {social} be merged later?",
            "以{social}帳號登入的學習紀錄，日後可以合併嗎？",
        ),
        (Text("No, they cannot.", "不可以。"), SOCIAL_WARNING),
    ),
    Entry(
        "hours-when",
        Text("When will my hours appear?", "學習時數何時會上傳？"),
        (
            Text(
                "The time depends on this platform; see its announcements.",
                "上傳時間依本平臺的作業時程而定，請參閱本平臺公告。",
            ),
        ),
    ),
    Entry(
        "rare-character",
        Text("My name has a rare character. Does that matter?", "姓名含有罕用字，會影響時數上傳嗎？"),
        (
            Text(
                "It may: the accreditation websites cannot show every character, so a person may have to upload your "
                "hours.",
                "可能會。部分認證網站無法處理罕用字，時數上傳可能需由專人協助。",
            ),
        ),
    ),
    Entry(
        "no-national-id",
        Text("My MyEGov account has no national ID number. What should I do?", "我的e政府帳號沒有身分證字號，怎麼辦？"),
        (
            Text(
                "On MyEGov, open “Personal details” (個人資料維護) and add your full name and national ID number, or "
                "bind your Citizen Digital Certificate. Then sign in here again.",
                "請至我的e政府「個人資料維護」填寫完整姓名及身分證字號，或綁定自然人憑證，再重新登入本平臺。",
            ),
        ),
    ),
    Entry(
        "apply-official",
        Text("How do I apply for a MyEGov official account?", "如何申請我的e政府公務帳號？"),
        (
            Text(
                "Register as a “General member” (一般會員) first, then convert that account to an official account.",
                "請先註冊為「一般會員」，註冊後再轉換為公務帳號。",
            ),
        ),
    ),
    Entry(
        "convert-account",
        Text("How do I convert a general account to an official account?", "一般民眾帳號如何轉換為公務帳號？"),
        (
            Text(
                "Sign in to MyEGov and fill in your date of birth, national ID number, address and phone number. Then "
                "choose “My area” (我的專區), “Apply for an official account” (申請公務帳號) and “Citizen to civil "
                "servant” (自然人轉公務員), and enter the OID of your agency.",
                "請登入我的e政府，填妥出生日期、身分證字號、地址及電話，再依序選擇「我的專區」、「申請公務帳號」、"
                "「自然人轉公務員」，並填入服務機關的OID。",
            ),
        ),
    ),
    Entry(
        "sync-time",
        Text("How soon can I sign in after applying for or converting an account?", "申請或轉換帳號後，多久才能登入？"),
        (SYNC_WAIT,),
    ),
    Entry(
        "application-sent",
        Text(
            "MyEGov says “Application sent” (已送出申請). What do I do next?",
            "我的e政府顯示「已送出申請」，接下來該怎麼做？",
        ),
        (
            Text(
                "Print the application, attach the documents it asks for and fax it to (02)2192-7186, or call MyEGov "
                "support.",
                "請列印申請資料並檢附所需文件，傳真至（02）2192-7186，或致電我的e政府客服專線。",
            ),
        ),
    ),
    Entry(
        "no-ecpa-account",
        Text(
            "I am a civil servant but have no eCPA account. What should I do?",
            "我是公務人員，但沒有人事服務網eCPA帳號，怎麼辦？",
        ),
        (
            Text(
                "Every civil servant has a default eCPA account. On eCPA, choose “Reset verification” (重設驗證) to "
                "get an initial password.",
                "公務人員在人事服務網eCPA皆有預設帳號，請於人事服務網eCPA點按【重設驗證】鈕取得初始密碼。",
            ),
        ),
    ),
    Entry(
        "ecpa-password",
        Text("Who can help me with my eCPA password?", "人事服務網eCPA的密碼有問題，該找誰？"),
        (
            Text(
                "Ask the personnel office of your agency first. If the problem remains, contact support for the "
                "personnel information systems during its opening hours.",
                "請先洽服務機關的人事單位；如仍無法解決，請於服務時間洽人事資訊系統客服。",
            ),
        ),
    ),
    Entry(
        "citizen-certificate",
        Text("How do I sign in with a Citizen Digital Certificate?", "如何使用自然人憑證登入？"),
        (
            Text(
                "First bind the certificate to your account on MyEGov, or upload it to eCPA. Then sign in with the "
                "account it belongs to.",
                "請先於我的e政府綁定自然人憑證，或於人事服務網eCPA上傳自然人憑證，再以該帳號登入。",
            ),
        ),
    ),
    Entry(
        "new-resident-number",
        Text("I have a new resident ID number. What should I do?", "換發新式統一證號後，該怎麼做？"),
        (
            Text(
                "Update it at MyEGov or eCPA, then sign in here again. Old numbers are accepted until 1 January 2031.",
                "請先於我的e政府或人事服務網eCPA更新統一證號，再重新登入本平臺。舊式統一證號於2031年1月1日前仍可使用。",
            ),
        ),
    ),
    Entry(
        "verification-failed",
        Text(
            "I come back from signing in and see “Verification failed” (驗證失敗). What should I do?",
            "登入後返回本平臺，顯示「驗證失敗」，怎麼辦？",
        ),
        (
            Text(
                "Allow cookies in your browser and start again on this platform. Do not use the Back button of your "
                "browser while you sign in.",
                "請允許瀏覽器使用Cookie，並從本平臺重新開始登入；登入過程中請勿使用瀏覽器的「上一頁」。",
            ),
        ),
    ),
    Entry(
        "google-plus",
        Text("I used to sign in with Google+. What now?", "以前使用Google+登入，現在該怎麼登入？"),
        (
            Text(
                "Google+ closed on 7 March 2019. Use Google instead.",
                "Google+已於2019年3月7日停止服務，請改用Google登入。",
            ),
        ),
    ),
    Entry(
        "support",
        Text("Whom can I call or write to?", "客服電話與信箱"),
        (
            Text(
                "For MyEGov accounts, MyEGov support; for eCPA accounts, support for the personnel information "
                "systems. Their phone numbers and mailboxes stand at the foot of this page.",
                "我的e政府帳號問題，請洽我的e政府客服；人事服務網eCPA帳號問題，請洽人事資訊系統客服。"
                "專線與信箱列於本頁下方。",
            ),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Group:
    """Questions of one subject; those of a host that has its own are of no subject, so that ``title`` is None."""

    title: Text | None
    entries: tuple[Entry, ...]


#: The subjects of our questions, by what the anchors of their first ones are.
SUBJECTS: Mapping[str, Text] = MappingProxyType(
    {
        "which-account": Text("Learning hours and accounts", "時數與帳號"),
        "no-national-id": Text("MyEGov accounts", "我的e政府帳號"),
        "no-ecpa-account": Text("eCPA accounts", "人事服務網eCPA帳號"),
        "citizen-certificate": Text("Signing in", "登入問題"),
    }
)


def by_subject(entries: tuple[Entry, ...]) -> list[Group]:
    """Put questions under their subjects: ours, while they are as we ship them; a host's own stand as one group."""
    if entries != FAQ:
        return [Group(None, entries)]
    starts = [at for at, entry in enumerate(entries) if entry.id in SUBJECTS]
    ends = [*starts[1:], len(entries)]
    return [Group(SUBJECTS[entries[at].id], entries[at:end]) for at, end in zip(starts, ends, strict=True)]

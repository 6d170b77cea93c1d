"""Why learning hours cannot be sent, and what a learner can do about it; the wording is reviewed here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from .text import Text


@dataclass(frozen=True, slots=True)
class Remedy:
    """One thing a learner can do. ``link`` is a key of the links setting, ``screen`` the key of a wizard screen, and
    ``provider`` the provider whose accounts it mends, None for any."""

    text: Text
    link: str | None = None
    screen: str | None = None
    provider: str | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why hours cannot be sent. ``code`` is stable; ``remedies`` are alternatives: any one of them is enough.

    ``not_applicable``: the hours are not meant for accounts of this kind, so that nothing is missing.
    """

    code: str
    text: Text
    remedies: tuple[Remedy, ...] = ()
    not_applicable: bool = False


_ADD_CERTIFICATE = Remedy(  # seed item 70
    Text("Upload your Citizen Digital Certificate on MyEGov.", "於我的e政府上傳自然人憑證。"),
    link="myegov",
    provider="myegov",
)
#: Who works for an agency has an account that the agency keeps.
_ASK_THE_AGENCY = Remedy(
    Text(
        "eCPA account: ask the personnel officer of your agency to add it.",
        "人事服務網eCPA帳號：請洽機關人事人員補齊資料。",
    ),
    provider="ecpa",
)

NO_NATIONAL_ID = Reason(
    "no_national_id",
    Text(
        "Your account has no national ID number (foreign residents: the ARC number).",
        "您的帳號沒有身分證字號（外籍人士為居留證統一證號）。",
    ),
    (
        _ADD_CERTIFICATE,
        Remedy(  # seed item 71
            Text(
                "Enter your full name and national ID number in your MyEGov profile.",
                "於我的e政府會員資料填寫完整姓名跟身分證字號。",
            ),
            link="myegov_profile",
            provider="myegov",
        ),
        _ASK_THE_AGENCY,
    ),
)
INVALID_NATIONAL_ID = Reason(
    "invalid_national_id",
    Text(
        "The national ID number in your account (foreign residents: the ARC number) is not correct.",
        "您帳號內的身分證字號（外籍人士為居留證統一證號）不正確。",
    ),
    (
        Remedy(
            Text(
                "MyEGov account: correct the number in your MyEGov profile.",
                "我的e政府帳號：請於我的e政府會員資料更正身分證字號。",
            ),
            link="myegov_profile",
            provider="myegov",
        ),
        Remedy(
            Text(
                "eCPA account: ask the personnel officer of your agency to correct it.",
                "人事服務網eCPA帳號：請洽機關人事人員更正身分證字號。",
            ),
            provider="ecpa",
        ),
    ),
)
NO_NAME = Reason(
    "no_name",
    Text("Your account does not have your full name.", "您的帳號沒有完整姓名。"),
    (
        Remedy(
            Text(
                "Enter your full name in your MyEGov profile, then sign in here again.",
                "請於我的e政府會員資料填寫完整姓名，再重新登入本平臺。",
            ),
            link="myegov_profile",
            provider="myegov",
        ),
        _ASK_THE_AGENCY,
    ),
)

# Seed items 104 and 108 to 111: civil status counts only with a MyEGov official account or with eCPA.
_CIVIL_SERVANTS_ACCOUNTS = (
    Remedy(
        Text("If you are a civil servant, sign in with eCPA.", "若您為公務人員，請使用人事服務網eCPA帳號登入。"),
        link="ecpa",
        screen="ecpa-login",
    ),
    Remedy(
        Text(
            "If you are a civil servant, convert your MyEGov account to an official account, wait a few minutes, "
            "then sign in here again.",
            "若您為公務人員，請將我的e政府帳號轉換為公務帳號，稍候數分鐘再重新登入本平臺。",
        ),
        link="convert_official",
    ),
)
NOT_CIVIL_SERVANT = Reason(
    "not_civil_servant",
    Text(
        "These hours are for civil servants only, and you signed in with a general public account.",
        "此項時數僅限公務人員，而您登入的是一般民眾身分帳號。",
    ),
    _CIVIL_SERVANTS_ACCOUNTS,
    not_applicable=True,
)
KIND_UNCONFIRMED = Reason(
    "kind_unconfirmed",
    Text(
        "These hours are for civil servants only, and we could not confirm that yours is an official account.",
        "此項時數僅限公務人員，而我們尚無法確認您的帳號是否為公務帳號。",
    ),
    _CIVIL_SERVANTS_ACCOUNTS,
)

# Seed item 74, the strictest of the source's four wordings, for every social provider: Apple has a button too.
SOCIAL_IDENTITY = Reason(
    "social_identity",
    Text(
        "If you sign in to this platform with Google, Facebook or Apple, we cannot identify you. Your certificates "
        "will not show your national ID number, your learning hours will not be uploaded, and your learning records "
        "cannot be merged with a MyEGov account.",
        "於本平臺以Google、Facebook或Apple帳號登入，因無法識別身分，證書不會有身分證字號，時數亦不會上傳，"
        "且學習紀錄無法與我的e政府帳號進行合併。",
    ),
    (
        Remedy(
            Text(
                "If you need learning hours, sign in with MyEGov and start again with a new account. What you learned "
                "with this account cannot be transferred.",
                "若您需要學習時數，請改以我的e政府帳號登入，以新帳號重新開始學習；此帳號的學習紀錄無法移轉。",
            ),
            screen="egov-login",
        ),
    ),
)
ASSURANCE_TOO_LOW = Reason(
    "assurance_too_low",
    Text(
        "For these hours your identity must be verified. A name and a number in your profile are not enough.",
        "此項時數必須驗證您的身分，僅於會員資料填寫姓名跟身分證字號尚不足夠。",
    ),
    (_ADD_CERTIFICATE,),
)
NAME_NOT_ENCODABLE = Reason(
    "name_not_encodable",
    Text(
        "Your name has a character that the authority's files cannot hold, so a person must upload your hours.",
        "您的姓名含有認證機關檔案無法記載的字，須由專人協助上傳時數。",
    ),
    (
        Remedy(
            Text(
                "Contact the support of this platform. You do not need to change your name.",
                "請洽本平臺客服協助處理，您無須更改姓名。",
            )
        ),
    ),
)
ID_KIND_NOT_ACCEPTED = Reason(
    "id_kind_not_accepted",
    Text(
        "The authority for these hours does not accept the kind of number that your account has.",
        "此項時數的認證機關不接受您帳號內的證號種類。",
    ),
    (
        Remedy(
            Text(
                "If you have been given a new resident number, update it in your MyEGov profile, then sign in here "
                "again.",
                "若您已換發新式統一證號，請於我的e政府會員資料更新，再重新登入本平臺。",
            ),
            link="myegov_profile",
            provider="myegov",
        ),
    ),
)
NO_BIRTH_DATE = Reason(
    "no_birth_date",
    Text(
        "The authority for these hours also needs your date of birth, which your account does not have.",
        "此項時數另需您的出生日期，而您的帳號沒有這項資料。",
    ),
    (
        Remedy(
            Text(
                "Enter your date of birth in your MyEGov profile, then sign in here again.",
                "請於我的e政府會員資料填寫出生日期，再重新登入本平臺。",
            ),
            link="myegov_profile",
            provider="myegov",
        ),
        _ASK_THE_AGENCY,
    ),
)
NATIONAL_ID_UNDER_REVIEW = Reason(
    "national_id_under_review",
    Text(
        "Your account now has another national ID number than when you last signed in. A person must review it first.",
        "您帳號內的身分證字號與先前登入時不同，須先由專人確認。",
    ),
    (Remedy(Text("Contact the support of this platform.", "請洽本平臺客服協助處理。")),),
)
NUMBER_DISPUTED = Reason(
    "number_disputed",
    Text(
        "The national ID number that your account brought is held by another account of this platform. Until it is "
        "clear whose number it is, these hours have to wait.",
        "您帳號提供的身分證字號，已由本平臺的另一個帳號使用。在確認字號屬於何人之前，此項時數須暫緩上傳。",
    ),
    (
        Remedy(
            Text(
                "If the number is yours: sign in at MyEGov with your Citizen Digital Certificate to prove it, then "
                "sign in here again.",
                "若這是您本人的字號：請於我的e政府以自然人憑證驗證身分，再重新登入本平臺。",
            ),
            link="myegov",
        ),
        Remedy(
            Text(
                "If you entered a wrong number: correct it in your MyEGov profile, then sign in here again.",
                "若您填寫的字號有誤：請於我的e政府會員資料更正，再重新登入本平臺。",
            ),
            link="myegov_profile",
        ),
        Remedy(Text("Or contact the support of this platform.", "或洽本平臺客服協助處理。")),
    ),
)
HOLD_EXPIRED = Reason(
    "hold_expired",
    Text(
        "What was missing when you completed this course did not arrive in time, so its hours cannot be uploaded any "
        "more.",
        "您完成此課程時所缺的資料未於保留期限內補齊，此課程的時數已無法上傳。",
    ),
    (
        Remedy(
            Text(
                "Hours of courses that you complete from now on are not affected. If you think that this is wrong, "
                "contact the support of this platform.",
                "之後完成的課程時數不受影響。如有疑問，請洽本平臺客服。",
            )
        ),
    ),
)
#: Stands under ``host_rule:rule_failed`` where a rule of the portal raised.
RULE_FAILED = Reason(
    "rule_failed",
    Text(
        "We could not check one of the rules of this platform, so these hours have to wait.",
        "目前無法確認本平臺的一項規定，此項時數須稍後再確認。",
    ),
    (
        Remedy(
            Text(
                "Look again in a few minutes. If it stays so, contact the support of this platform.",
                "請稍候數分鐘再查看。若仍未改變，請洽本平臺客服。",
            )
        ),
    ),
)

#: Every shipped reason by its code.
REASONS: Mapping[str, Reason] = MappingProxyType(
    {
        reason.code: reason
        for reason in (
            NO_NATIONAL_ID,
            INVALID_NATIONAL_ID,
            NO_NAME,
            NOT_CIVIL_SERVANT,
            KIND_UNCONFIRMED,
            SOCIAL_IDENTITY,
            ASSURANCE_TOO_LOW,
            NAME_NOT_ENCODABLE,
            ID_KIND_NOT_ACCEPTED,
            NO_BIRTH_DATE,
            NATIONAL_ID_UNDER_REVIEW,
            NUMBER_DISPUTED,
            HOLD_EXPIRED,
            RULE_FAILED,
        )
    }
)

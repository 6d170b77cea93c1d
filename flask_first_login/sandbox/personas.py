"""Who may sign in at the pretend providers. Every person, number and address here is made up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256

from ..text import Text


class Family(StrEnum):
    """Who knows a person by which facts; MyEGov knows the same ones in both of its protocols."""

    MYEGOV = "myegov"
    ECPA = "ecpa"
    GOOGLE = "google"
    FACEBOOK = "facebook"
    APPLE = "apple"


Facts = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Persona:
    """Somebody to sign in as. ``claims`` holds what each family of providers states about them: one that
    is not in it does not know them. ``methods`` are ``amr`` values (RFC 8176: ``pwd`` password, ``sc``
    smart card). Whoever ``cancels`` goes back without signing in. ``later`` names the persona of whom
    this is a later day: the same person with the same accounts, in which something has changed.
    """

    key: str
    name: Text
    note: Text
    claims: Mapping[Family, Facts] = field(default_factory=dict)
    methods: tuple[str, ...] = ("pwd",)
    cancels: bool = False
    later: str | None = None

    def digest(self, issuer: str) -> str:
        """What the person's subject at ``issuer`` is made of: the same at every start, another one elsewhere."""
        return sha256(f"{issuer}:{self.later or self.key}".encode()).hexdigest()[:32]


def _at_myegov(name: str | None, account: str, birthdate: str, **more: object) -> dict[Family, Facts]:
    """A MyEGov account: ``cn`` is the person's name, ``name`` the account's, ``uid`` the national ID."""
    stated = {
        "cn": name,
        "name": account,
        "preferred_username": account,
        "email": f"{account}@example.com",
        "email_verified": True,
        "birthdate": birthdate,
        "uid_verified": False,
        "account_type": "general",
        **more,
    }
    return {Family.MYEGOV: {key: value for key, value in stated.items() if value is not None}}


def _at_ecpa(name: str, account: str, uid: str) -> dict[Family, Facts]:
    return {Family.ECPA: {"account": account, "uid": uid, "cn": name}}


def _social(name: str, account: str, **more: object) -> dict[Family, Facts]:
    """Accounts at all social providers, with the e-mail address of the MyEGov account of the same name:
    accounts matched by e-mail would show. Apple says "true" in a text.
    """
    told = {"name": name, "email": f"{account}@example.com", **more}
    return {
        Family.GOOGLE: {**told, "email_verified": True},
        Family.FACEBOOK: told,
        Family.APPLE: {**told, "email_verified": "true"},
    }


CERTIFICATE = ("sc",)
PERSONAS = (
    Persona("verified_citizen", Text("Lin Hsiao-ming", "林曉明"),
            Text("Member of the public who uses the Citizen Digital Certificate.",
                 "一般民眾，以自然人憑證登入，身分已驗證。"),
            _at_myegov("林曉明", "hsiaoming", "1980-03-05", uid="A123456789", uid_verified=True)
            | _social("林曉明", "hsiaoming"), CERTIFICATE),
    Persona("declared_citizen", Text("Chen Hsiao-mei", "陳曉美"),
            Text("Member of the public who gave a name and a national ID, not verified.",
                 "一般民眾，已填寫姓名與身分證字號，尚未驗證。"),
            _at_myegov("陳曉美", "hsiaomei", "1992-11-20", uid="A200000003") | _social("陳曉美", "hsiaomei")),
    Persona("citizen_without_id", Text("Wang Wu-hao", "王無號"),
            Text("Member of the public whose account has no national ID.", "一般民眾，帳號中沒有身分證字號。"),
            _at_myegov("王無號", "wuhao", "1975-07-07") | _social("王無號", "wuhao")),
    Persona("citizen_with_added_id", Text("Wang Wu-hao, some days later", "王無號（數日後）"),
            Text("The same person and account as Wang Wu-hao, who has added a national ID since.",
                 "與王無號同一人、同一帳號，之後已補填身分證字號。"),
            _at_myegov("王無號", "wuhao", "1975-07-07", uid="A100000001"), later="citizen_without_id"),
    Persona("citizen_without_name", Text("Somebody without a name", "未填姓名者"),
            Text("Member of the public whose account has a national ID but no full name.",
                 "一般民眾，帳號中有身分證字號，但沒有姓名。"),
            _at_myegov(None, "wuming", "1968-02-29", uid="Z200000004")),
    Persona("civil_servant", Text("Chang Kung-cheng", "張公正"),
            Text("Civil servant with a verified official account.", "公務人員，公務帳號，身分已驗證。"),
            _at_myegov("張公正", "kungcheng", "1970-01-31", uid="A223456781", uid_verified=True,
                       account_type="official")
            | _at_ecpa("張公正", "kungcheng", "A223456781") | _social("張公正", "kungcheng"), CERTIFICATE),
    Persona("converting_account", Text("Hsu Chuan-huan", "許轉換"),
            Text("Civil servant whose general account was converted minutes ago: it is not an official one yet.",
                 "公務人員，數分鐘前剛轉換公務帳號，尚未同步，仍是一般民眾帳號。"),
            _at_myegov("許轉換", "chuanhuan", "1983-04-14", uid="E100000005", uid_verified=True), CERTIFICATE),
    Persona("converted_account", Text("Hsu Chuan-huan, some minutes later", "許轉換（數分鐘後）"),
            Text("The same person and account as Hsu Chuan-huan, which is an official one by now.",
                 "與許轉換同一人、同一帳號，已同步為公務帳號。"),
            _at_myegov("許轉換", "chuanhuan", "1983-04-14", uid="E100000005", uid_verified=True,
                       account_type="official"), CERTIFICATE, later="converting_account"),
    Persona("civil_servant_wrong_id", Text("Ho Tso-hao", "何錯號"),
            Text("Civil servant whose national ID has a wrong check digit.",
                 "公務人員，帳號中的身分證字號檢查碼錯誤。"),
            _at_myegov("何錯號", "tsohao", "1988-08-08", uid="A123456788", account_type="official")
            | _at_ecpa("何錯號", "tsohao", "A123456788")),
    Persona("unconfirmed_kind", Text("Feng Pu-ming", "馮不明"),
            Text("Verified account that does not say whether it is an official one.",
                 "身分已驗證，但帳號未註明是否為公務帳號。"),
            _at_myegov("馮不明", "puming", "1979-12-12", uid="L100000000", uid_verified=True, account_type=None),
            CERTIFICATE),
    Persona("teacher", Text("Lee Hao-hsueh", "李好學"),
            Text("Teacher with a verified general account.", "教師，一般會員帳號，身分已驗證。"),
            _at_myegov("李好學", "haohsueh", "1985-09-28", uid="I100000003", uid_verified=True)
            | _social("李好學", "haohsueh"), CERTIFICATE),
    Persona("foreign_resident", Text("Nguyen Thi Hoa", "阮氏花"),
            Text("Works at an agency and has a resident certificate, so a number that no citizen has.",
                 "服務於機關的外籍人士，持居留證：統一證號不是國民身分證字號。"),
            _at_myegov("阮氏花", "thihoa", "1990-05-19", uid="F800000019", uid_verified=True, account_type="official")
            | _at_ecpa("阮氏花", "thihoa", "F800000019") | _social("阮氏花", "thihoa"), CERTIFICATE),
    Persona("social_user", Text("Chao Tzu-yu", "趙自由"),
            Text("Has only a social account.", "只有社群帳號。"), _social("趙自由", "tzuyu")),
    Persona("social_user_with_id", Text("Chou To-yen", "周多言"),
            Text("Social account that also sends a national ID, which must be ignored.",
                 "社群帳號，另外送出身分證字號；接收端不應採用。"),
            _social("周多言", "toyen", uid="W100000001", uid_verified=True, cn="周多言")),
    Persona("social_user_without_email", Text("Sun Wu-hsin", "孫無信"),
            Text("Social account that has no e-mail address.", "社群帳號，沒有電子郵件地址。"),
            {Family.FACEBOOK: {"name": "孫無信"}}),
    Persona("apple_relay_user", Text("Shen Yin-ming", "沈隱名"),
            Text("Hides the e-mail address behind a relay address.", "隱藏電子郵件地址，改用轉寄地址。"),
            {Family.APPLE: {"name": "沈隱名", "email": "made.up.4x7@privaterelay.appleid.com",
                            "email_verified": "true", "is_private_email": "true"}}),
    Persona("cancels", Text("Cancel", "取消"),
            Text("Goes back without signing in.", "不登入，直接返回。"), cancels=True),
)  # fmt: skip

"""The civil servants' branch of the wizard: eCPA or MyEGov, and help for those who have neither account."""

from __future__ import annotations

from ..text import Text
from .model import (
    Contact,
    Download,
    Go,
    Heading,
    Item,
    Items,
    Option,
    Page,
    Paragraph,
    Question,
    See,
    SignIn,
    Visit,
    Warning,
)
from .shared_texts import APPLY, CONVERT, FOREIGN_RESIDENTS, NEEDS, OFFICIAL_ACCOUNT, SEE_CIVIL_NOTES, SYNC_WAIT

#: Seed items 31-37. Neither provider is preferred, and no social provider is offered here.
ACCOUNT = Question(
    key="account",
    path="civil-servant",
    name="account",
    title=Text("Choose how to sign in", "請選擇登入方式"),
    about=Text("How you sign in", "登入方式"),
    lead=Text(
        "Civil servants must sign in with eCPA or MyEGov.",
        "公務人員必須使用【人事服務網eCPA】或【我的e政府】帳號登入，",
    ),
    ask=Text("Choose how to sign in", "請選擇登入方式"),
    error=Text("Select how you will sign in", "請選擇登入方式，或選擇「我目前尚無上述平臺帳號」"),
    options=(
        Option("ecpa", Text("eCPA (I have an account)", "人事服務網eCPA(已有帳號)"), then="ecpa-login"),
        Option("egov", Text("MyEGov (I have an account)", "我的e政府(已有帳號)"), then="egov-official-login"),
        Option("none", Text("I have neither account", "我目前尚無上述平臺帳號"), then="no-account"),
    ),
)

#: Seed items 39-42. Applying for a MyEGov official account is the second way, so it stands after the button.
NO_ACCOUNT = Page(
    key="no-account",
    path="civil-servant/no-account",
    title=Text("We suggest you sign in with eCPA", "建議您使用人事服務網eCPA登入"),
    blocks=(
        Paragraph(
            Text(
                "You are a civil servant and have neither an eCPA account nor a MyEGov account, so we suggest you "
                "sign in with eCPA.",
                "因您是公務人員，且未有【人事服務網eCPA】或是【我的e政府】帳號，我們建議您使用人事服務網eCPA登入。",
            )
        ),
    ),
    exit=Go(
        "ecpa-guide",
        Text("Go to eCPA to sign in for the first time", "前往人事服務網eCPA進行第一次登入"),
        note=Text("The next page explains how to get your initial password.", "下一頁說明如何取得初始密碼。"),
    ),
    after=(
        Heading(Text("If you would rather use MyEGov", "如欲改用我的e政府")),
        Items((APPLY, CONVERT)),
    ),
)

#: Seed items 43-52. Every civil servant has a default account, so there is nothing to register.
ECPA_GUIDE = Page(
    key="ecpa-guide",
    path="civil-servant/no-account/ecpa-guide",
    title=Text("Civil servants already have a default eCPA account", "公務人員在人事服務網eCPA皆有預設帳號"),
    because=Text("Because you are a civil servant and have neither account yet:", "因為您是公務人員，目前尚無帳號，"),
    blocks=(
        Paragraph(
            Text(
                "First get your initial password, as described below.",
                "首次登入須先取得初始密碼，作法如下方說明。",
            )
        ),
    ),
    exit=SignIn("ecpa", Text("Go straight to sign in", "直接前往登入")),
    after=(
        Download(
            "ecpa_guide",
            Text(
                "Instructions for signing in to eCPA with your account for the first time",
                "第一次使用帳號登入【人事服務網eCPA】操作說明",
            ),
        ),
        Heading(Text("How to activate your account for the first time", "首次啟用帳密的作法")),
        Paragraph(
            Text(
                "To confirm your identity the first time you activate your eCPA account and password:",
                "首次啟用人事服務網eCPA（以下簡稱eCPA）帳密之身分確認作業機制，作法如下：",
            )
        ),
        Items(
            (
                Item(
                    Text(
                        "On eCPA, choose “Reset verification” (重設驗證) to reset your account yourself and get an "
                        "initial password.",
                        "請點按【重設驗證】鈕自行重設取得初始密碼。",
                    ),
                    (
                        Visit(
                            "ecpa",
                            Text(
                                "Go to eCPA, where “Reset verification” (重設驗證) is",
                                "前往人事服務網eCPA（【重設驗證】鈕在該網站）",
                            ),
                        ),
                    ),
                ),
                Item(
                    Text(
                        "If you have a problem, ask the head of personnel of your agency, a personnel officer so "
                        "authorised, or the holder of the agency certificate to reset your initial password in eCPA, "
                        "under “Permissions and concurrent posts” (權限與兼辦管理) \\ “Reset staff password” "
                        "(重設員工密碼).",
                        "如有問題時再請機關人事主管或經授權之人事人員或持機關憑證者進入eCPA"
                        "【權限與兼辦管理】\\【重設員工密碼】處，重設其初始密碼。",
                    )
                ),
            ),
            ordered=True,
        ),
        Paragraph(
            Text(
                "After that, sign in to eCPA with your national ID number and the initial password that was reset. "
                "That confirms your identity for the first time.",
                "此時該使用者僅需以其身分證號及重設後之初始密碼登入eCPA，即可進行首次身分確認作業。",
            )
        ),
        Paragraph(FOREIGN_RESIDENTS),
        Heading(Text("Problems activating your account", "帳號啟用問題")),
        Paragraph(
            Text(
                "For problems activating an eCPA account, contact support for the personnel information systems.",
                "eCPA帳號啟用問題，請洽人事資訊系統客服專線或客服信箱。",
            )
        ),
        Contact("ecpa"),
        SEE_CIVIL_NOTES,
    ),
)

#: Seed item 33, and of 112 the half that concerns eCPA.
ECPA_LOGIN = Page(
    key="ecpa-login",
    path="civil-servant/ecpa",
    title=Text("Sign in with your eCPA account", "使用人事服務網eCPA登入"),
    because=Text("Because you are a civil servant with an eCPA account:", "因為您是公務人員，已有人事服務網eCPA帳號，"),
    blocks=(NEEDS,),
    exit=SignIn("ecpa", Text("Go to eCPA to sign in", "前往人事服務網eCPA登入")),
    after=(
        See("ecpa-guide", Text("No password for your first sign-in?", "首次登入沒有密碼？")),
        Paragraph(
            Text(
                "To sign in with a Citizen Digital Certificate, first upload it to eCPA.",
                "如欲採用自然人憑證登入，需於「人事服務網eCPA」將自然人憑證上傳。",
            )
        ),
        SEE_CIVIL_NOTES,
    ),
    handoff=True,
)

#: Seed item 34 with 104-111, and of 112 the half that concerns MyEGov: the notes come before the sign-in.
EGOV_OFFICIAL_LOGIN = Page(
    key="egov-official-login",
    path="civil-servant/egov",
    title=Text("Sign in with your MyEGov official account", "使用我的e政府公務帳號登入"),
    because=Text("Because you are a civil servant with a MyEGov account:", "因為您是公務人員，已有我的e政府帳號，"),
    blocks=(NEEDS,),
    exit=SignIn("myegov", Text("Sign in to MyEGov", "登入我的e政府")),
    after=(
        Paragraph(OFFICIAL_ACCOUNT),
        Items((APPLY, CONVERT)),
        Warning(SYNC_WAIT),
        Paragraph(
            Text(
                "To sign in with a Citizen Digital Certificate, first bind it to your account on MyEGov.",
                "如欲採用自然人憑證登入，需於「我的e政府」綁定自然人憑證。",
            )
        ),
        SEE_CIVIL_NOTES,
    ),
    handoff=True,
)

"""The public's branch of the wizard: who needs proof of hours signs in with MyEGov, anyone else as they like."""

from __future__ import annotations

from ..text import Text
from .model import Choose, Comparison, Heading, Inset, Option, Page, Paragraph, Question, See, SignIn, Visit, Warning
from .shared_texts import (
    ADD_LATER,
    AFTER_REGISTERING,
    ANY_MEMBER_ACCOUNT,
    ASK_MYEGOV,
    FOREIGN_RESIDENTS,
    MYEGOV_DETAILS,
    NEEDS,
    NEEDS_ONE_OF,
    SEE_PUBLIC_NOTES,
    SOCIAL_WARNING,
    WAYS,
)

#: Seed items 53-60. A certificate one prints oneself counts too: it carries the national ID number.
CERTIFICATE = Question(
    key="certificate",
    path="public",
    name="certificate",
    title=Text("Do you need proof of learning hours?", "您是否需要學習時數證明？"),
    about=Text("Proof of learning hours", "學習時數證明"),
    ask=Text(
        "Do you need proof of online learning hours (for example teacher training hours or environmental education), "
        "or to print a certificate yourself?",
        "您是否需要線上學習時數證明(如教師研習時數、環境教育網)或自行列印學習證明？",
    ),
    error=Text(
        "Select yes if you need a record of learning hours",
        "如果您需要學習時數證明，請選擇「是」；不需要請選擇「否」",
    ),
    options=(
        Option("yes", Text("Yes (we need to check your identity)", "是(需要驗證您的身分)"), then="egov-account"),
        Option("no", Text("No", "否"), then="no-certificate"),
    ),
)

#: Seed items 61-67.
EGOV_ACCOUNT = Question(
    key="egov-account",
    path="public/certificate",
    name="egov",
    title=Text("Do you already have a MyEGov account?", "您是否有【我的e政府】帳號？"),
    about=Text("MyEGov account", "我的e政府帳號"),
    lead=Text(
        "You need proof of learning hours, so your identity must be checked and you need to sign in with MyEGov.",
        "因為您需要時數證明，必須驗證您的身分，您需使用【我的e政府】帳號登入，",
    ),
    ask=Text("Do you have a MyEGov account?", "請問您是否有【我的e政府】帳號？"),
    error=Text("Select yes if you have a MyEGov account", "請選擇您是否有【我的e政府】帳號"),
    options=(
        Option("yes", Text("Yes, I have a MyEGov account", "有【我的e政府】帳號"), then="egov-login"),
        Option("no", Text("No, I do not have a MyEGov account", "沒有【我的e政府】帳號"), then="egov-register"),
    ),
)

BECAUSE = Text(
    "Because you are a member of the public and need proof of hours:", "因為您是一般民眾，需要學習時數證明，"
)

#: Seed items 68-88.
EGOV_LOGIN = Page(
    key="egov-login",
    path="public/certificate/egov-login",
    title=Text("Sign in with your MyEGov account", "使用我的e政府帳號登入"),
    because=BECAUSE,
    blocks=(Paragraph(Text("If you have an account, simply sign in.", "若有帳號直接登入即可。")), NEEDS),
    exit=SignIn("myegov", Text("Sign in to MyEGov", "登入我的e政府")),
    after=(
        Heading(NEEDS_ONE_OF),
        WAYS,
        ADD_LATER,
        Paragraph(ANY_MEMBER_ACCOUNT),
        Warning(SOCIAL_WARNING),
        *ASK_MYEGOV,
        SEE_PUBLIC_NOTES,
    ),
)

#: Seed items 89-102. What to do once registered stands after the button, and registration opens beside
#: this page, so that the learner who comes back finds the reminder and the way on.
EGOV_REGISTER = Page(
    key="egov-register",
    path="public/certificate/egov-register",
    title=Text("Register as a general member on MyEGov", "請前往我的e政府加入會員"),
    because=BECAUSE,
    blocks=(
        Paragraph(
            Text(
                "Go to MyEGov to join, and choose “General member” (一般會員) to register.",
                "請前往【我的e政府】加入會員，並選擇「一般會員」進行註冊。",
            )
        ),
        Inset(
            Text(
                "If you need proof of learning hours, be sure to enter your full name and national ID number when you "
                "register.",
                "如需學習時數證明，註冊會員時務必填寫完整姓名跟身分證字號。",
            )
        ),
        Paragraph(FOREIGN_RESIDENTS),
    ),
    exit=Visit("myegov_register", Text("Go to MyEGov to register", "前往我的e政府註冊"), new_window=True),
    after=(
        Heading(AFTER_REGISTERING),
        Paragraph(
            Text(
                "You must do this if you need proof of learning hours. One of the two is enough.",
                "如需學習時數證明，須完成以下2項任一項。",
            )
        ),
        WAYS,
        See("egov-login", Text("I have registered: sign in to MyEGov", "已完成註冊，登入我的e政府")),
        MYEGOV_DETAILS,
        Warning(SOCIAL_WARNING),
        *ASK_MYEGOV,
    ),
)

#: Seed items 58 and 73; the source does not draw where the answer "No" leads.
NO_CERTIFICATE = Page(
    key="no-certificate",
    path="public/no-certificate",
    title=Text("You can sign in with a general member account", "可使用一般會員帳號登入"),
    because=Text(
        "Because you are a member of the public, if you do not need proof of learning hours:",
        "因為您是一般民眾，如不需學習時數證明，",
    ),
    blocks=(
        Paragraph(
            Text(
                "Should you change your mind later: with MyEGov, add your national ID number (foreign residents: the "
                "ARC number), and what you learn now can be uploaded too.",
                "日後改變主意，使用我的e政府者補上身分證字號（外籍人士為居留證統一證號），現在學的也能上傳。",
            )
        ),
    ),
    exit=Choose(("myegov", "facebook", "google", "apple")),
    after=(
        Warning(SOCIAL_WARNING),
        See(
            "certificate", Text("Will you need proof of hours later? Change your answer", "之後需要時數證明？變更選擇")
        ),
        Comparison(),
    ),
)

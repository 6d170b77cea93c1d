"""The notices page: what to know before signing in, and the manual's own account of the first sign-in.

The questions of the wizard say the same in fewer words; where the two differ the stricter meaning rules.
"""

from __future__ import annotations

from ..text import Text
from .login_page import BANNER, FIRST_TIME, GUIDE_LINK
from .model import Comparison, Heading, Item, Items, Page, Paragraph, See, Warning
from .shared_texts import (
    ANY_MEMBER_ACCOUNT,
    APPLY,
    ASK_MYEGOV,
    CIVIL_NOTES,
    CONVERT,
    FOREIGN_RESIDENTS,
    GUIDE_TITLE,
    MYEGOV_DETAILS,
    OFFICIAL_ACCOUNT,
    PUBLIC_NOTES,
    SOCIAL_WARNING,
    SYNC_WAIT,
    WAYS,
)

#: Seed items 103-114. The source prints the item about certificates twice; once is enough.
CIVIL = Items(
    (
        Item(OFFICIAL_ACCOUNT, (Items((APPLY, CONVERT, Item(SYNC_WAIT))),)),
        Item(
            Text(
                "To sign in with a Citizen Digital Certificate, first bind it to one of these accounts:",
                "如欲採用自然人憑證登入，需於以下其中一組帳號綁定自然人憑證：",
            ),
            (
                Items(
                    (
                        Item(
                            Text(
                                "bind your Citizen Digital Certificate on MyEGov; or",
                                "需於「我的e政府」綁定自然人憑證。",
                            )
                        ),
                        Item(
                            Text(
                                "upload your Citizen Digital Certificate to eCPA.",
                                "需於「人事服務網eCPA」將自然人憑證上傳。",
                            )
                        ),
                    ),
                    ordered=True,
                ),
            ),
        ),
    ),
    ordered=True,
)

#: Seed items 115-117.
PUBLIC = Items(
    (
        Item(
            Text(
                "If you need environmental education hours, sign in with a MyEGov account to learn.",
                "如需取得環教網時數，請使用【我的e政府】帳號登入學習。",
            )
        ),
        Item(
            Text(
                "If you sign in with {social}, your learning hours cannot be uploaded to the accreditation websites "
                "and your learning records cannot be merged.",
                "若您以{social}帳號登入，學習時數無法上傳認證網站，學習紀錄亦無法合併。",
            ),
            (Warning(SOCIAL_WARNING),),
        ),
    ),
    ordered=True,
)

#: Seed items 23, 29-31, 38, 53, 61, 62, 68-73, 78, 89, 90, 100-102: the narrative layer of the source.
STEPS = Items(
    (
        Item(
            Text(
                "This platform will guide you through your first sign-in. First choose your status. If you are a "
                "civil servant, or employed by an agency on contract, choose “Civil servant”; otherwise choose "
                "“Member of the public”.",
                "本平臺將引導您進行第1次登入，請先選擇身分別。若為公務人員及約聘雇人員，請選擇「公務人員」；"
                "其餘請選擇「一般民眾」。",
            )
        ),
        Item(
            Text(
                "Civil servants are free to sign in with either an eCPA account or a MyEGov account.",
                "公務人員請自由選擇【人事服務網eCPA】或【我的e政府】帳號登入。",
            ),
            (
                Items(
                    (
                        Item(
                            Text(
                                "If you are a civil servant and have neither an eCPA account nor a MyEGov account, "
                                "we suggest you sign in with eCPA.",
                                "若都無上述平臺帳號，因您是公務人員，且未有【人事服務網eCPA】或是【我的e政府】帳號，"
                                "我們建議您使用人事服務網eCPA登入。",
                            )
                        ),
                    )
                ),
            ),
        ),
        Item(
            Text(
                "If you are a member of the public, first decide whether you need proof of online learning hours (for "
                "example teacher training hours or environmental education), or to print a certificate yourself.",
                "若您為【一般民眾】，請先確認您是否需要線上學習時數證明（如教師研習時數、環境教育網）或自行列印學習證明。",
            ),
            (Items((Item(ANY_MEMBER_ACCOUNT),)),),
        ),
        Item(
            Text(
                "If you need proof of learning hours, your identity must be checked and you can only sign in with a "
                "MyEGov account. Do you have a MyEGov account?",
                "若需要時數證明，必須驗證您的身分，僅可使用【我的e政府】帳號登入，請問您是否有【我的e政府】帳號？",
            ),
            (
                Items(
                    (
                        Item(
                            Text(
                                "If you have an account, simply sign in to MyEGov.",
                                "若有帳號直接登入即可，請點選【登入我的e政府】。",
                            ),
                            (See("egov-login", Text("Sign in to MyEGov", "登入我的e政府")),),
                        ),
                        Item(
                            Text(
                                "If you do not have a MyEGov account, we will take you to MyEGov to join: choose "
                                "“General member” (一般會員) to register.",
                                "若沒有【我的e政府】帳號，將引導您至【我的e政府】加入會員，並選擇「一般會員」進行註冊。",
                            ),
                            (MYEGOV_DETAILS,),
                        ),
                    )
                ),
            ),
        ),
        Item(
            Text(
                "Remember: once you have registered, if you need proof of learning hours you must complete either of "
                "these two:",
                "提醒您，帳號註冊完畢後，如需學習時數證明，須完成以下2項任一項：",
            ),
            (WAYS,),
        ),
    ),
    ordered=True,
)

NOTICES = Page(
    key="notices",
    path="notices",
    title=Text("Sign-in notices", "登入注意事項"),
    blocks=(
        Heading(GUIDE_TITLE, id="guide"),
        Warning(BANNER),
        Paragraph(FOREIGN_RESIDENTS),
        Paragraph(FIRST_TIME),
        See("identity", GUIDE_LINK),
        Heading(CIVIL_NOTES, id="civil-servant"),
        CIVIL,
        Heading(PUBLIC_NOTES, id="public"),
        PUBLIC,
        Heading(Text("First sign-in, step by step", "第一次登入步驟"), id="steps"),
        STEPS,
        Comparison(),
    ),
    after=ASK_MYEGOV,
)

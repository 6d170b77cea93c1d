"""The wizard as shipped: eleven screens that take a first-time learner to the right provider.

Questions, options and buttons are the source's own words, its half-width brackets included;
running text has one name for each provider and each thing.
"""

from __future__ import annotations

from ..text import Text
from . import civil_servant, public
from .check import Flow
from .model import Aside, Option, Question
from .notices import NOTICES

#: Seed items 23-29. Contract and hired staff count as civil servants.
IDENTITY = Question(
    key="identity",
    path="",
    name="identity",
    title=Text("Which are you?", "請問您的身分別？"),
    about=Text("Your status", "身分別"),
    lead=Text("We will guide you through your first sign-in.", "本平臺將引導您進行第1次登入，"),
    ask=Text("Which are you?", "請問您的身分別？"),
    hint=Text(
        "Choose “Civil servant” if you are a civil servant or employed by an agency on contract.",
        "若為公務人員及約聘雇人員，請選擇「公務人員」",
    ),
    error=Text("Select if you are a civil servant or a member of the public", "請選擇您是公務人員或一般民眾"),
    options=(
        Option(
            "civil-servant",
            Text("Civil servant (including contract staff)", "公務人員"),
            then="account",
            hint=Text(
                "Also public school staff with an eCPA or official account.",
                "含有人事服務網eCPA或公務帳號的公立學校人員。",
            ),
        ),
        Option(
            "public",
            Text("Member of the public", "一般民眾"),
            then="certificate",
            hint=Text(
                "Most teachers: with MyEGov your hours can be uploaded just the same.",
                "多數教師選這一項：用我的e政府登入，研習時數一樣可以上傳。",
            ),
        ),
    ),
    asides=(
        Aside(
            "person-card",
            Text("Why do we ask who you are?", "為什麼先問身分？"),
            Text(
                "Hours are accredited by national ID number (foreign residents: the ARC number). "
                "With the right account from the start, your hours can be uploaded.",
                "學習時數以身分證字號（外籍人士為居留證統一證號）認證。先選對帳號，時數才會上傳。",
            ),
        ),
        Aside(
            "clock",
            Text("About a minute", "約1分鐘"),
            Text("One to three questions. Your answers are not stored.", "1到3個問題。您的回答不會被儲存。"),
        ),
    ),
)

STANDARD = Flow(
    start="identity",
    screens=(
        IDENTITY,
        civil_servant.ACCOUNT,
        civil_servant.NO_ACCOUNT,
        civil_servant.ECPA_GUIDE,
        civil_servant.ECPA_LOGIN,
        civil_servant.EGOV_OFFICIAL_LOGIN,
        public.CERTIFICATE,
        public.EGOV_ACCOUNT,
        public.EGOV_LOGIN,
        public.EGOV_REGISTER,
        public.NO_CERTIFICATE,
    ),
    providers=frozenset({"ecpa", "myegov", "facebook", "google", "apple"}),
    links=frozenset(
        {
            "ecpa",
            "ecpa_guide",
            "myegov",
            "myegov_register",
            "myegov_help",
            "myegov_profile",
            "apply_official",
            "convert_official",
            "faq",
        }
    ),
    contacts=frozenset({"ecpa", "myegov"}),
    references=(NOTICES,),
)

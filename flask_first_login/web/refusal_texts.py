"""Why an identity does not get the account it asked for, or does not leave the one it has: each with its words."""

from __future__ import annotations

from ..leaving import Staying
from ..linking import Refusal
from ..text import Text
from .failure_kinds import Action, Failure, Fault

CANNOT_LEAVE = Text("This way to sign in cannot be removed", "無法移除這個登入方式")
CANNOT_JOIN = Text("This sign-in cannot be added to your account", "無法將這個登入方式加入您的帳號")

REFUSALS = (
    Failure(
        Refusal.BELONGS_TO_ANOTHER,
        Text("Another account uses this sign-in", "這個登入方式屬於另一個帳號"),
        Text(
            "You are signed in, and the identity you just used belongs to another account of this portal.",
            "您目前已登入，而剛才使用的登入方式屬於本平臺的另一個帳號。",
        ),
        Text(
            "Stay with the account you are signed in with, or sign out and start again with the other one.",
            "您可以繼續使用目前登入的帳號，或登出後改用另一個帳號。",
        ),
        action=Action.STAY_OR_RESTART,
    ),
    Failure(
        Refusal.SOCIAL_NEVER_MERGES,
        CANNOT_JOIN,
        Text(
            "Accounts of {social} cannot show who you are, so their learning records can never be merged with "
            "records of a government account.",
            "{social}帳號無法識別身分，學習紀錄無法與政府帳號的紀錄進行合併。",
        ),
        Text(
            "Only a government account earns learning hours. If you sign out and start again with one, it is a new "
            "account of its own, and what you learned with the other one stays there.",
            "只有政府帳號可以取得學習時數。若登出並以政府帳號重新開始，將會是一個新的帳號，原帳號的學習紀錄不會移轉。",
        ),
        action=Action.STAY_OR_RESTART,
    ),
    Failure(
        Refusal.CONFLICTING_FACTS,
        CANNOT_JOIN,
        Text(
            "An account with the same national ID already exists, but the name or the date of birth differs.",
            "已有使用相同身分證字號的帳號，但姓名或出生日期不一致。",
        ),
        Text(
            "Check your details at the service you signed in with, or contact the support desk "
            "and quote the support code.",
            "請至登入服務確認您的個人資料，或聯絡客服並提供下方的支援代碼。",
        ),
        own_status=409,  # nothing of the portal is down, and trying again does not help
        fault=Fault.PORTAL,
        action=Action.CONTACT,
    ),
    Failure(
        Refusal.DIFFERENT_PERSON,
        CANNOT_JOIN,
        Text("The two sign-ins carry different national IDs.", "兩個登入方式的身分證字號不同。"),
        Text(
            "Stay with the account you are signed in with, or sign out and start again with the other one.",
            "您可以繼續使用目前登入的帳號，或登出後改用另一個帳號。",
        ),
        action=Action.STAY_OR_RESTART,
    ),
    Failure(
        Refusal.NO_SHARED_ID,
        CANNOT_JOIN,
        Text(
            "Two sign-ins can be joined only when both carry the same national ID, and one of them carries none.",
            "兩個登入方式須有相同的身分證字號才能合併，而其中一個沒有身分證字號。",
        ),
        Text(
            "Add your full name and national ID at the service, then sign in here again.",
            "請先於該登入服務填寫完整姓名及身分證字號，再重新登入本平臺。",
        ),
        action=Action.STAY_OR_RESTART,
    ),
    Failure(
        Refusal.NOT_FRESH,
        Text("This way to sign in is not part of your account yet", "這個登入方式尚未加入您的帳號"),
        Text(
            "You are signed in, and the identity you just used carries the same national ID number. It is added to "
            "your account only when you ask for it.",
            "您目前已登入，而剛才使用的登入方式有相同的身分證字號。須由您提出要求，才會加入您的帳號。",
        ),
        Text(
            "Open “My learning hours” and choose it under “Add another way to sign in”.",
            "請至「我的學習時數」，於「加入另一個登入方式」選擇它。",
        ),
        action=Action.OPEN_HOURS,
    ),
    Failure(
        Refusal.NOT_ASKED,
        Text("This way to sign in is not part of your account yet", "這個登入方式尚未加入您的帳號"),
        Text(
            "You are signed in to this platform with an account that has no way to sign in of this kind yet. One is "
            "added only when you ask for it.",
            "您目前已登入本平臺，而這個帳號尚未加入此類登入方式。須由您提出要求，才會加入您的帳號。",
        ),
        Text(
            "Open “My learning hours” and choose there how you sign in.",
            "請至「我的學習時數」選擇您的登入方式。",
        ),
        action=Action.OPEN_HOURS,
    ),
    Failure(
        Refusal.NUMBER_HELD,
        CANNOT_JOIN,
        Text(
            "Another account of this platform has this national ID number already, and one number belongs to one "
            "account.",
            "本平臺的另一個帳號已有這個身分證字號，而一個字號只能屬於一個帳號。",
        ),
        Text(
            "Stay with the account you are signed in with, or sign out and sign in to the other one. If the other one "
            "is not yours, contact the support desk.",
            "您可以繼續使用目前登入的帳號，或登出後改用另一個帳號。若另一個帳號不是您的，請聯絡客服。",
        ),
        action=Action.STAY_OR_RESTART,
    ),
    Failure(
        Staying.LAST_IDENTITY,
        CANNOT_LEAVE,
        Text(
            "It is the only way to sign in to your account. Without it nobody could sign in to it any more.",
            "這是您帳號唯一的登入方式，移除後將無法再登入。",
        ),
        Text("Add another way to sign in first, then remove this one.", "請先加入另一個登入方式，再移除這一個。"),
        action=Action.OPEN_HOURS,
    ),
    Failure(
        Staying.CARRIES_HOURS,
        CANNOT_LEAVE,
        Text(
            "Your learning hours can be uploaded because of it: no other way to sign in of your account shows the same "
            "about you.",
            "您的學習時數須以它為依據才能上傳，帳號內沒有其他登入方式可以提供相同的身分資料。",
        ),
        Text(
            "Complete your details at the service of another way to sign in and sign in here with that one first.",
            "請先於另一個登入方式的服務補齊您的資料，並以該方式重新登入本平臺。",
        ),
        action=Action.OPEN_HOURS,
    ),
    Failure(
        Staying.NOT_OF_THIS_ACCOUNT,
        CANNOT_LEAVE,
        Text("It is not part of your account, or no longer.", "它不屬於您的帳號，或已經移除。"),
        Text("Open “My learning hours” to see how you can sign in.", "請至「我的學習時數」查看您的登入方式。"),
        action=Action.OPEN_HOURS,
    ),
    Failure(
        Refusal.NOT_VERIFIED,
        Text("You already have an account", "您已有帳號"),
        Text(
            "An account of this portal already holds your national ID, and the two sign-ins are not both verified.",
            "本平臺已有使用您身分證字號的帳號，但兩個登入方式未全部完成身分驗證。",
        ),
        Text(
            "Sign in the way you did the first time, then add this way to sign in under “My learning hours”; "
            "or sign in here with your Citizen Digital Certificate.",
            "請先使用您第一次登入時的方式登入，再於「我的學習時數」加入這個登入方式；或以自然人憑證登入。",
        ),
        now_alone=Text(
            "Sign in the way you did the first time, then add this way to sign in under “My learning hours”.",
            "請先使用您第一次登入時的方式登入，再於「我的學習時數」加入這個登入方式。",
        ),
        action=Action.VERIFY,
        elsewhere=True,
    ),
    Failure(
        Refusal.PROVIDER_MOVED,
        Text("Your account is still there", "您原有的帳號仍在"),
        Text(
            "The sign-in service has moved, and it calls you by another key than before. Your account with your "
            "learning records is kept under the old one.",
            "登入服務已更換系統，您在該服務的識別碼與先前不同。您原有的帳號與學習紀錄仍保存在原識別碼之下。",
        ),
        Text(
            "Sign in once with your Citizen Digital Certificate: that shows that the account is yours. If you cannot, "
            "contact the support desk, who can move it.",
            "請以自然人憑證登入一次，即可確認帳號為您所有；若無法以憑證登入，請聯絡客服協助移轉。",
        ),
        now_alone=Text(
            "Contact the support desk of this platform, who can move the account to your new key.",
            "請聯絡本平臺客服，協助將帳號移轉至新的識別碼。",
        ),
        action=Action.VERIFY,
        elsewhere=True,
    ),
    Failure(
        Refusal.KEPT_SEPARATE,
        Text("You already have an account", "您已有帳號"),
        Text(
            "An account of this portal already holds your national ID, with another way to sign in.",
            "本平臺已有使用您身分證字號的帳號，但登入方式不同。",
        ),
        Text("Sign in the way you did the first time.", "請使用您第一次登入時的方式登入。"),
        action=Action.VERIFY,
        elsewhere=True,
    ),
)

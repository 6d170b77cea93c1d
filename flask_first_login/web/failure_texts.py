"""Every way in which a sign-in can fail: a stable code, whose fault it is, what happened, what to do now."""

from __future__ import annotations

from ..text import Text
from .failure_kinds import Action, Failure, Fault

START_AGAIN = Text("Sign in from the beginning.", "請從頭再登入一次。")
TRY_LATER = Text(
    "Try again from the time below. If it keeps happening, contact the support desk and quote the support code.",
    "請於下列時間起再試一次。若仍無法登入，請聯絡客服並提供下方的支援代碼。",
)
NOT_COMPLETED = Text("We could not complete your sign-in", "無法完成登入")
PROVIDER_TROUBLE = Text("The sign-in service has a problem", "登入服務發生問題")


def _not_completed(code: str, what: Text, now: Text = START_AGAIN) -> Failure:
    """An answer with which the sign-in cannot go on, whoever made it so."""
    return Failure(code, NOT_COMPLETED, what, now, Fault.FLOW, action=Action.START_ANEW)


def _provider_trouble(
    code: str, what: Text, now: Text = TRY_LATER, *, counted: bool = False, action: Action = Action.WAIT
) -> Failure:
    """An answer of the provider itself that helps nobody in."""
    return Failure(code, PROVIDER_TROUBLE, what, now, Fault.PROVIDER, counted=counted, action=action, elsewhere=True)


SIGN_IN_FAILURES = (
    Failure(
        "cancelled",
        Text("You cancelled the sign-in", "您已取消登入"),
        Text(
            "You stopped before the sign-in was complete. Nothing was saved.",
            "您在完成前取消了登入，我們沒有儲存任何資料。",
        ),
        Text(
            "You can try again, choose another way to sign in, or let the guide help you choose.",
            "您可以再試一次、改用其他登入方式，或由首次登入引導協助您選擇。",
        ),
        now_alone=Text(
            "You can try again, or let the guide help you choose.", "您可以再試一次，或由首次登入引導協助您選擇。"
        ),
        title_of=Text("You cancelled the sign-in with {provider}", "您取消了{provider}登入"),
        elsewhere=True,
    ),
    Failure(
        "expired",
        Text("This sign-in took too long", "這次登入已逾時"),
        Text(
            "A sign-in has to be completed within 10 minutes, in the browser in which it was started.",
            "登入必須在10分鐘內，於開始登入的同一個瀏覽器完成。",
        ),
        START_AGAIN,
        fault=Fault.FLOW,
        action=Action.START_ANEW,
    ),
    Failure(
        "cookies_blocked",
        Text("Your browser does not accept cookies", "您的瀏覽器未接受Cookie"),
        Text(
            "To sign you in, this site needs a cookie for a few minutes. It set one, and your browser did not keep it. "
            "Nothing was saved.",
            "登入過程需要使用Cookie數分鐘，但您的瀏覽器未保留本網站設定的Cookie。我們沒有儲存任何資料。",
        ),
        Text(
            "Allow cookies for this site in the settings of your browser, then try again. "
            "You can also open this page in another browser.",
            "請在瀏覽器設定中允許本網站使用Cookie，再試一次；您也可以改用其他瀏覽器開啟本頁。",
        ),
    ),
    _not_completed(
        "unknown_sign_in",
        Text(
            "This answer does not belong to a sign-in that was started in this browser. "
            "It may have expired, or the browser may not accept cookies.",
            "這個回應不屬於此瀏覽器開始的登入。登入可能已逾時，或瀏覽器未允許Cookie。",
        ),
        Text("Allow cookies for this site and start again.", "請允許本網站使用Cookie後重新開始。"),
    ),
    _not_completed(
        "already_used",
        Text(
            "This sign-in was already used once. Each can be used only once.",
            "這次登入的回應已使用過，每次登入只能使用一次。",
        ),
    ),
    _not_completed(
        "ticket_reused",
        Text(
            "The proof of this sign-in was already used once. Each can be used only once.",
            "這次登入的憑證已使用過，每個登入憑證只能使用一次。",
        ),
    ),
    _provider_trouble(
        "ticket_refused",
        Text("The proof of this sign-in could not be verified.", "無法驗證這次登入的憑證。"),
        now=START_AGAIN,
        counted=True,
        action=Action.START_ANEW,
    ),
    Failure(
        "step_up_not_met",
        Text("Your identity is not verified yet", "尚未完成身分驗證"),
        Text(
            "You asked to verify your identity, but the service says that no certificate was used.",
            "您要求驗證身分，但登入服務表示未使用自然人憑證。",
        ),
        Text(
            "Sign in once more, this time with your Citizen Digital Certificate.",
            "請再登入一次，並使用自然人憑證。",
        ),
    ),
    Failure(
        "too_many",
        Text("Too many failed sign-ins", "登入失敗次數過多"),
        Text(
            "Too many sign-ins have just failed from your network. For everybody's safety we wait a little.",
            "您所在的網路剛才有太多次登入失敗。為保護大家的帳號，請稍候再試。",
        ),
        Text("Sign in again from the time below.", "請於下列時間起再登入。"),
        own_status=429,
        action=Action.WAIT,
        minutes=1,
        fault=Fault.FLOW,
    ),
    Failure(
        "account_not_accepted",
        Text("This account is not accepted here", "本平臺不接受這個帳號"),
        Text(
            "At the service you chose, this portal accepts accounts of certain organisations only, "
            "and the one you used is of none of them.",
            "您選擇的登入服務僅開放特定機關、學校或組織的帳號登入本平臺，您使用的帳號不在其中。",
        ),
        Text(
            "Sign in with the account that your organisation gave you, or choose another way to sign in.",
            "請改用您所屬機關、學校或組織的帳號，或選擇其他登入方式。",
        ),
        now_alone=Text(
            "Sign in with the account that your organisation gave you.", "請改用您所屬機關、學校或組織的帳號。"
        ),
        elsewhere=True,
    ),
    _not_completed(
        "bad_request",
        Text("The answer that reached us was not complete or not well formed.", "收到的登入回應不完整或格式不正確。"),
    ),
    _not_completed(
        "wrong_issuer",
        Text("The answer came from another service than the one you chose.", "回應並非來自您選擇的登入服務。"),
    ),
    Failure(
        "in_app_browser",
        Text("Please open this page in a real browser", "請改用瀏覽器開啟本頁"),
        Text(
            "You opened this page inside another app, such as a chat. This sign-in service does not accept that.",
            "您是在其他應用程式（例如聊天軟體）內開啟本頁，這個登入服務不接受這種方式。",
        ),
        Text(
            "Choose “Open in browser” in the app's menu, or copy the address into Chrome, Safari or Edge; "
            "or sign in another way.",
            "請在該應用程式的選單選擇「以瀏覽器開啟」，或將網址複製到Chrome、Safari或Edge；您也可以改用其他登入方式。",
        ),
        now_alone=Text(
            "Choose “Open in browser” in the app's menu, or copy the address into Chrome, Safari or Edge.",
            "請在該應用程式的選單選擇「以瀏覽器開啟」，或將網址複製到Chrome、Safari或Edge。",
        ),
        action=Action.CHANGE_BROWSER,
        elsewhere=True,
    ),
    Failure(
        "not_available",
        Text("This way to sign in is not available now", "目前無法使用這個登入方式"),
        Text("This portal does not offer this way to sign in at the moment.", "本平臺目前未提供這個登入方式。"),
        Text("Choose another way to sign in.", "請選擇其他登入方式。"),
        now_alone=Text("Go back to the guide to see how you can sign in.", "請回到首次登入引導，查看可用的登入方式。"),
        action=Action.CHANGE_PROVIDER,
        elsewhere=True,
        fault=Fault.PORTAL,
    ),
    Failure(
        "provider_down",
        PROVIDER_TROUBLE,
        Text(
            "The service you chose does not answer at the moment. This is not your fault: your account, your learning "
            "records and your hours are not affected.",
            "您選擇的登入服務目前沒有回應。這不是您的問題，您的帳號、學習紀錄和時數都不受影響。",
        ),
        TRY_LATER,
        Fault.PROVIDER,
        action=Action.WAIT,
        title_of=Text("Nobody can sign in with {provider} at the moment", "{provider}目前無法登入"),
        elsewhere=True,
        minutes=15,
    ),
    _provider_trouble(
        "provider_error",
        Text("The service you chose gave an answer that we cannot use.", "您選擇的登入服務傳回無法使用的回應。"),
    ),
    _provider_trouble(
        "code_refused",
        Text("The service you chose did not confirm this sign-in.", "您選擇的登入服務未確認這次登入。"),
        counted=True,
    ),
    _provider_trouble(
        "id_token_missing",
        Text("The service you chose did not say who signed in.", "您選擇的登入服務未提供登入者的身分。"),
    ),
    _provider_trouble(
        "id_token_invalid",
        Text("We could not verify what the service you chose told us.", "無法驗證您選擇的登入服務所提供的身分資料。"),
    ),
    _provider_trouble(
        "userinfo_mismatch",
        Text(
            "The service you chose gave answers about two different people.",
            "您選擇的登入服務提供了互相矛盾的身分資料。",
        ),
    ),
    Failure(
        "portal_error",
        Text("The portal has a problem", "平臺發生問題"),
        Text(
            "We could not complete what you asked for. Nothing of it was done by halves, and you can safely try again.",
            "無法完成您的要求。系統沒有留下不完整的資料，您可以放心再試一次。",
        ),
        TRY_LATER,
        fault=Fault.PORTAL,
        action=Action.WAIT,
    ),
    Failure(
        "refused_by_portal",
        Text("This platform did not accept the sign-in", "本平臺未接受這次登入"),
        Text(
            "This platform has a reason not to accept this sign-in. Nothing was saved.",
            "本平臺因故未接受這次登入，我們沒有儲存任何資料。",
        ),
        Text(
            "If you do not know what to do, contact the support desk and quote the support code.",
            "若不清楚如何處理，請聯絡客服並提供下方的支援代碼。",
        ),
        own_status=403,
        action=Action.CONTACT,
        fault=Fault.PORTAL,
    ),
    Failure(
        "record_unreadable",
        Text("The portal has a problem", "平臺發生問題"),
        Text(
            "We cannot read what is stored about your account, so we cannot let you in. Your records are still there.",
            "無法讀取您帳號的資料，因此無法登入。您的紀錄仍然保留。",
        ),
        Text(
            "Trying again will not help. Contact the support desk and quote the support code.",
            "重試無法解決此問題，請聯絡客服並提供下方的支援代碼。",
        ),
        action=Action.CONTACT,
        fault=Fault.PORTAL,
    ),
)

"""The page of a test sign-in: what the provider stated, masked, whom that makes, and what the portal would do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from werkzeug.wrappers import Response

from ...errors import Phase, SignInError
from ...hours import HoursReport
from ...identity import Assurance, Identity, Standing
from ...linking import Acknowledge, Create, Decision, IdChange, Link, Refuse, SignIn
from ...masking import mask, plain
from ...national_id import ID_TITLES, IdKind
from ...providers import Claims, Provider, government
from ...providers.claim_names import Found, found_by
from ...pseudonyms import holds_number
from ...text import Text
from ..failures import FAILURES
from ..headers import private
from ..learner.causes import causes
from ..learner.receipt_texts import KINDS
from ..navigation import Here
from ..pages import provider_title, render

MOST_CLAIMS = 60
LONGEST_NAME = 60
STARS = 8
SHOWS_ITS_FIRST = 4  # characters: of a shorter text, the first one would tell too much

FOUND = {
    Found.READ: Text("read", "已讀取"),
    Found.UNREAD: Text("sent, but not what this rule takes for an answer", "已提供，但無法依此規則判讀"),
    Found.NOTHING: Text("nothing is there", "沒有內容"),
}
NOT_SENT = Text("not sent", "未提供")
SENT = Text("sent", "已提供")
INVALID = Text("sent, but not a valid number", "已提供，但格式不正確")
AS_PSEUDONYM = Text("holds an ID number: it is kept as a pseudonym", "含有身分證字號，將以代碼保存")
STANDINGS = {
    Standing.GOVERNMENT: Text("Government: may state a national ID", "政府服務：可提供身分證字號"),
    Standing.SOCIAL: Text("Social: never states a national ID", "社群帳號：不可提供身分證字號"),
}
ASSURANCES = {
    Assurance.NONE: Text("not proven", "未驗證"),
    Assurance.DECLARED: Text("declared in the profile", "個人資料已填寫姓名及身分證字號"),
    Assurance.VERIFIED: Text("verified", "已驗證身分"),
}
#: Where a test sign-in can fail; it asks for no consent and removes nothing.
PHASES: Mapping[str, Text] = {
    Phase.BEGIN: Text("Before the way to the provider", "前往登入服務之前"),
    Phase.DISCOVERY: Text("Reading what the provider publishes (discovery)", "讀取登入服務公布的設定（discovery）"),
    Phase.JWKS: Text("Reading the provider's keys (JWKS)", "讀取登入服務的金鑰（JWKS）"),
    Phase.CALLBACK: Text("The answer that the browser brought back", "瀏覽器帶回的回應"),
    Phase.TOKEN: Text("Exchanging the code for a token", "以授權碼換取權杖（token）"),
    Phase.ID_TOKEN: Text("Checking the ID token", "檢查ID token"),
    Phase.USERINFO: Text("Reading the profile (userinfo)", "讀取個人資料（userinfo）"),
    Phase.TICKET: Text("Verifying the ticket", "驗證登入憑證（ticket）"),
    Phase.IDENTIFY: Text("Reading the identity from the claims", "由提供的資料辨識身分"),
    Phase.ACCOUNT: Text("Finding the account", "尋找帳號"),
}
WORKS = Text("This sign-in works.", "這個登入方式可以使用。")
FAILS = Text("This sign-in fails.", "這個登入方式無法使用。")
TAKES = Text(
    "Another account has this national ID and never proved it: that account loses it.",
    "另一個帳號持有相同的身分證字號但未經驗證：該帳號將失去此字號。",
)
ANOTHER_NAME = Text(
    "Its name is another one than the account's: the journal says so, for an operator to look at.",
    "姓名與該帳號不同：日誌會記錄此事，供管理人員查看。",
)
DECISIONS: Mapping[type[Decision], Text] = {
    SignIn: Text("Sign in the account that has this identity.", "登入擁有這個身分的帳號。"),
    Create: Text("Make a new account.", "建立新帳號。"),
    Link: Text(
        "Add this identity to the account that holds the same national ID.",
        "將這個身分加入擁有相同身分證字號的帳號。",
    ),
    Acknowledge: Text(
        "Ask the learner to accept what a social account costs, then make a new account.",
        "請使用者確認社群帳號的限制後，建立新帳號。",
    ),
    Refuse: Text("Refuse the sign-in:", "拒絕登入："),
}
ID_CHANGES = {
    IdChange.REVIEW: Text(
        "The national ID differs from the stored one: that one stays, its hours are held, and an operator has to "
        "review it.",
        "身分證字號與原有的不同：保留原有的字號，時數暫緩上傳，並由管理人員審核。",
    ),
    IdChange.DISPUTE: Text(
        "Another account has this national ID, and nothing proves it here: the account gets no number, and its hours "
        "are held.",
        "另一個帳號持有相同的身分證字號，而此處未經驗證：此帳號不會有字號，時數暫緩上傳。",
    ),
}


@dataclass(slots=True)
class Tried:
    """How far a test sign-in came: each is None until it was reached; ``error`` is what ended it before its time."""

    claims: Claims | None = None
    identity: Identity | None = None
    decision: Decision | None = None
    report: HoursReport | None = None
    error: SignInError | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One line: a name, or words; and what stands for the value, or words for it."""

    name: str | Text
    value: str | Text


def draw(at: Here, name: str, tried: Tried) -> Response:
    """Draw the page; it is shown once, since it is kept nowhere."""
    provider, error = at.state.registrations[name].provider, tried.error
    response = render(
        "trial.html",
        title_of(at, name),
        guide=False,
        result=FAILS if error is not None else WORKS,
        error_rows=[*_error(error)] if error is not None else [],
        failure=FAILURES.get(error.code, FAILURES["provider_error"]) if error is not None else None,
        claims=[*_claims(provider, tried.claims)] if tried.claims is not None else [],
        rules=[*_rules(provider, tried.claims)] if tried.claims is not None else [],
        identity=[*_identity(tried.identity)] if tried.identity is not None else [],
        decision=_decision(tried.decision) if tried.decision is not None else [],
        decision_name=type(tried.decision).__name__,
        causes=causes(at, [tried.identity], tried.report) if tried.identity and tried.report else [],
        phase=error.phase if error is not None else None,
        code=error.code if error is not None else None,
    )
    return private(response)


def title_of(at: Here, name: str) -> Text:
    return Text("Test sign-in: {provider}", "測試登入：{provider}").fill(provider=provider_title(at, name))


def _error(error: SignInError) -> Iterator[Row]:
    yield Row(Text("Step", "步驟"), PHASES.get(error.phase, error.phase))
    yield Row(Text("Code", "代碼"), error.code)
    if error.detail:
        yield Row(Text("Details", "詳細資訊"), mask(plain(error.detail))[:200])


def _claims(provider: Provider, claims: Claims) -> Iterator[Row]:
    """List each claim by its name, masked unless it says nothing of a person: true, false, a kind that is known."""
    known = provider.identify.names.kinds if isinstance(provider.identify, government) else {}
    for name, value in [*claims.values.items()][:MOST_CLAIMS]:
        shown = str(value) if isinstance(value, str) and value in known else masked(value)
        yield Row(mask(plain(str(name)))[:LONGEST_NAME], shown)


def _rules(provider: Provider, claims: Claims) -> Iterator[Row]:
    """List what each rule of the provider's ``claims`` reads and whether it finds what it looks for."""
    if isinstance(provider.identify, government):
        for rule, path, found in found_by(provider.identify.names, claims):
            yield Row(f"{rule}: {path}", FOUND[found])


def masked(value: object) -> str | Text:
    """Mask a value: tell its form and its length, and of a longer text the first character."""
    match value:
        case bool() | None:
            return str(value).lower()
        case str() if len(value) >= SHOWS_ITS_FIRST:
            return _lengthy(plain(value[0]) + "*" * min(len(value) - 1, STARS), len(value))
        case str():
            return _lengthy("*" * len(value), len(value))
        case int() | float():
            return Text("a number of {count} digits", "{count}位數字").fill(count=len(str(value)))
        case list() | tuple():
            return Text("a list of {count}", "{count}項的清單").fill(count=len(value))
        case dict():
            return Text("a mapping of {count}", "{count}項的對照").fill(count=len(value))
        case _:
            return type(value).__name__


def _lengthy(shown: str, length: int) -> Text:
    return Text("{shown} ({count} characters)", "{shown}（{count}個字元）").fill(shown=shown, count=length)


def _identity(identity: Identity) -> Iterator[Row]:
    number = identity.national_id
    yield Row(Text("Kind of service", "服務類別"), STANDINGS[identity.standing])
    yield Row(Text("Issuer", "簽發者"), identity.issuer)
    holds = holds_number(identity.subject, identity)
    yield Row(Text("Subject", "識別碼"), AS_PSEUDONYM if holds else masked(identity.subject))
    if not identity.is_social:
        yield Row(Text("Kind of account", "帳號類別"), KINDS[identity.kind])
        yield Row(Text("Proof of identity", "身分驗證程度"), ASSURANCES[identity.assurance])
        missing = INVALID if identity.national_id_invalid else NOT_SENT
        title = number.title if number is not None else ID_TITLES[IdKind.CITIZEN]
        yield Row(title, number.masked if number is not None else missing)
        yield Row(Text("Date of birth", "出生日期"), SENT if identity.birth_date is not None else NOT_SENT)
    yield Row(Text("Name", "姓名"), _named(identity.name))
    yield Row(Text("Email address", "電子郵件"), SENT if identity.email is not None else NOT_SENT)
    yield Row(Text("Way of signing in", "登入方法"), mask(identity.method))


def _named(name: str | None) -> str | Text:
    """Mask a name but for its first character: enough to see that it is not the account's name."""
    return NOT_SENT if name is None else f"{name[0]}{'*' * min(len(name) - 1, STARS)}"


def _decision(decision: Decision) -> list[Text]:
    """Say what would be done with the identity, and with numbers and accounts beside it."""
    told = [DECISIONS[type(decision)]]
    if isinstance(decision, Refuse):
        told.append(FAILURES[decision.why].title)
    if isinstance(decision, Link) and decision.another_name:
        told.append(ANOTHER_NAME)
    if isinstance(decision, SignIn) and decision.id_change in ID_CHANGES:
        told.append(ID_CHANGES[decision.id_change])
    if isinstance(decision, SignIn | Create) and decision.takes_from is not None:
        told.append(TAKES)
    return told

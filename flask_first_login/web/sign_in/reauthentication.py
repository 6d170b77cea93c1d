"""Whether who asks proved themself a moment ago, in this very browser: what changes an account demands it.

The account alone cannot tell: its owner may have signed in elsewhere just now, while this browser
holds a session of last week that somebody else found open. Nor can the answer of a provider: the
wish to ask the person again stands in an address that the browser may change, and a session with the
provider answers as well as a person. Only a time that the provider states tells (OpenID Connect Core 1.0,
3.1.2.1: with ``max_age``, ``auth_time`` is required).
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from werkzeug.wrappers import Response

from ...errors import SealError
from ...identity import Account
from ...linking import Refusal
from ...providers import OAuth2
from ...text import Text
from ..api.problem_details import problem_details, provider_of
from ..navigation import Here, by_json
from ..pages import Button, provider_title, render
from .sealed_cookies import OF_PROOF, PROOF

logger = logging.getLogger("flask_first_login")
FRESH = timedelta(seconds=PROOF.seconds)
CLOCKS_APART = timedelta(seconds=60)
TITLE = Text("Please sign in once more first", "請先重新登入一次")
WHY = Text(
    "You are about to change how you sign in. So that nobody else can do that, sign in once more with this account. "
    "You then come back to “My learning hours”, where you can press the button again.",
    "您即將變更登入方式。為避免他人擅自變更，請以此帳號重新登入一次，完成後會回到「我的學習時數」，您可以再按一次按鈕。",
)
TITLE_NO_WAY = Text("This change cannot be made here", "無法在此進行這項變更")
UNTOLD = Text(
    "{provider} does not tell us when you proved who you are, so this change cannot be made with it: nobody else who "
    "finds a browser open may change how you sign in.",
    "{provider}沒有告訴我們您是何時驗證身分的。為避免他人以未登出的瀏覽器擅自變更您的登入方式，無法以它進行這項變更。",
)
STALE = Text(
    "{provider} did not ask you to prove yourself again: it let you in with a sign-in of earlier. Sign out at "
    "{provider} itself first, then sign in with it once more here.",
    "{provider}沒有請您重新驗證身分，而是沿用您先前的登入。請先至{provider}登出，再回到這裡以它重新登入一次。",
)
ANOTHER = Text("Sign in once more with another of your ways to sign in.", "請改以您帳號的其他登入方式重新登入一次。")
NO_OTHER = Text(
    "Your account has no other way to sign in that could prove it. Contact the support desk if you need this change. "
    "You can go on using the portal as before.",
    "您的帳號沒有其他可以證明的登入方式。如需這項變更，請聯絡客服；您仍可照常使用本平臺。",
)
BACK = Text("Back to “My learning hours”", "回到「我的學習時數」")


class Unproven(StrEnum):
    """Why a provider that was asked to have the person prove themself again proved nothing."""

    UNTOLD = "untold"  # it states no time
    STALE = "stale"  # it states a time before it was asked


@dataclass(frozen=True, slots=True)
class Proof:
    """What one sign-in proves. ``stated_at`` is when the person proved themself, as far as their provider states it;
    ``asked_at`` since when the provider was asked to have them do so, if it was."""

    stated_at: datetime | None = None
    asked_at: datetime | None = None

    @property
    def at(self) -> datetime | None:
        """When the person proved themself; None when nothing tells, and for a time of the future."""
        now = datetime.now(UTC)
        if self.stated_at is None or self.stated_at > now + CLOCKS_APART or self.unproven is Unproven.STALE:
            return None
        return min(self.stated_at, now)

    @property
    def unproven(self) -> Unproven | None:
        """Why the wish for a new proof was not met; None when it was, or there was none."""
        if self.asked_at is None:
            return None
        if self.stated_at is None or self.stated_at > datetime.now(UTC) + CLOCKS_APART:
            return Unproven.UNTOLD
        return Unproven.STALE if self.stated_at < self.asked_at - CLOCKS_APART else None


NO_PROOF = Proof()


@dataclass(frozen=True, slots=True)
class _Noted:
    """What this browser holds of one account: when it was proven last, and which providers could not prove it."""

    at: datetime | None = None
    unproven: Mapping[str, Unproven] = field(default_factory=dict)


def note_proof(response: Response, account_id: str, provider: str, proof: Proof, *, joined: bool) -> None:
    """Remember in this browser when the account's owner proved themself at a provider, as their last sign-in tells it.

    A sign-in that proves nothing takes an earlier proof away, but for the one ``joined`` by it: the earlier proof is
    what allowed that.
    """
    before, failing = _noted(account_id), proof.unproven
    proved_at = proof.at or (before.at if joined else None)
    unproven = {name: why for name, why in before.unproven.items() if name != provider or proof.at is None}
    if failing is not None:
        logger.info("a new proof was asked for and not given provider=%s why=%s", provider, failing)
        unproven[provider] = failing
    if proved_at is None and not unproven:
        PROOF.forget(response)
        return
    stated = int(proved_at.timestamp()) if proved_at is not None else None
    last = dict([*unproven.items()][-1:])
    fewer: tuple[dict[str, Unproven], ...] = (unproven, last, {})  # the others are asked again
    token = PROOF.fitting(([_short(account_id), stated, known] for known in fewer), OF_PROOF)
    if token is not None:
        PROOF.put(response, token)


def _short(account_id: str) -> str:
    """Make what stands for an account in the cookie: a host's ids may be of any length."""
    return hashlib.sha256(account_id.encode()).hexdigest()[:32]


def is_fresh(account: Account) -> bool:
    """Whether this browser's sign-in to the account was proven less than `FRESH` ago."""
    proved_at = _noted(account.id).at
    return proved_at is not None and -CLOCKS_APART <= datetime.now(UTC) - proved_at < FRESH


def _noted(account_id: str) -> _Noted:
    try:
        noted = PROOF.get()
    except SealError:
        return _Noted()
    match noted:
        case [str(account), None | int() as stated, dict(unproven)] if account == _short(account_id):
            known = {str(name): Unproven(why) for name, why in unproven.items() if why in set(Unproven)}
            return _Noted(datetime.fromtimestamp(stated, UTC) if stated is not None else None, known)
        case _:
            return _Noted()


def ask_for_proof(at: Here, account: Account) -> Response:
    """Draw the page that leads to a new sign-in with the same account, and back to the learner's own page.

    In a walk by JSON it leads back to the front end, if the address says where that is. Of a provider that was asked
    already and could not prove anything, it says so, and leads to the account's others, or to the support desk.
    """
    back = (at.next if by_json() else None) or at.url("hours", answers={}, next=None)
    ways_in, unproven = _ways_in(at, account), _noted(account.id).unproven
    names = [name for name in ways_in if _may_tell(at, name) and unproven.get(name) is not Unproven.UNTOLD]
    buttons = [_fresh_start(at, name, back) for name in names]
    title, why = TITLE if buttons else TITLE_NO_WAY, _why(at, ways_in, names, unproven)
    if by_json():
        return problem_details(
            403, Refusal.NOT_FRESH, title, why, providers=[provider_of(button) for button in buttons]
        )
    page = {"endpoint": "hours"}
    response = render(
        "prove.html", title, guide=False, page_url=page, why=why, providers=buttons, back_url=back, back_label=BACK
    )
    response.status_code = 403
    return response


def _ways_in(at: Here, account: Account) -> list[str]:
    """List the providers of the account that this portal is registered with."""
    names = dict.fromkeys(identity.provider for identity in account.identities)
    return [name for name in names if name in at.state.registrations]


def _fresh_start(at: Here, name: str, back: str) -> Button:
    """Offer a sign-in in which the provider is to have the person prove themself again."""
    url = at.url("start", answers={}, name=name, fresh="1", next=back)
    return Button(url, at.state.registrations[name].provider.button, name)


def _may_tell(at: Here, name: str) -> bool:
    """Whether a provider could state when the person proved themself: one without ID tokens and tickets cannot."""
    return not isinstance(at.state.registrations[name].provider.protocol, OAuth2)


def _why(at: Here, ways_in: list[str], names: list[str], unproven: Mapping[str, Unproven]) -> str:
    """Say why a proof is asked for, or, of ``ways_in`` that gave none, why, and what to do instead."""
    say = at.words.plain
    told = {name: STALE if unproven.get(name) is Unproven.STALE else UNTOLD for name in ways_in}
    if names:
        told = {name: words for name, words in told.items() if name in unproven}
    if not told:
        return say(WHY)
    sentences = [say(words, provider=say(provider_title(at, name))) for name, words in told.items()]
    if not names:
        sentences.append(say(NO_OTHER))
    elif set(names) - set(unproven):
        sentences.append(say(ANOTHER))
    return at.words.language.gap.join(sentences)

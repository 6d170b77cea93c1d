"""Whether who asks proved themself a moment ago, in this very browser: what changes an account demands it.

The account alone cannot tell: its owner may have signed in elsewhere just now, while this browser
holds a session of last week that somebody else found open.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from werkzeug.wrappers import Response

from ..errors import SealError
from ..identity import Account, Identity
from ..linking import Refusal
from ..text import Text
from .here import Here, by_json
from .pages import Button, render
from .problems import problem_details, way_in
from .transaction import sealed, set_sealed

PURPOSE = "fresh"
NAME = "fl-fresh"
FRESH = timedelta(minutes=15)
SECONDS = int(FRESH.total_seconds())
TITLE = Text("Please sign in once more first", "請先重新登入一次")
WHY = Text(
    "You are about to change how you sign in. So that nobody else can do that, sign in once more with this account. "
    "You then come back to “My learning hours”, where you can press the button again.",
    "您即將變更登入方式。為避免他人擅自變更，請以此帳號重新登入一次，完成後會回到「我的學習時數認證」，您可以再按一次按鈕。",
)
BACK = Text("Back to “My learning hours”", "回到「我的學習時數認證」")


def note_proof(response: Response, at: Here, account_id: str, identity: Identity) -> None:
    """Remember in this browser when the account's owner proved themself at a provider."""
    proved = {"account": account_id, "at": identity.signed_in_at.isoformat()}
    try:
        set_sealed(response, NAME, at.state.seal(PURPOSE).seal(proved), SECONDS)
    except SealError:  # an account id of that length: whoever has it signs in once more, which is no reason to fail
        return


def is_fresh(at: Here, account: Account) -> bool:
    """Whether this browser's sign-in to the account was proven less than `FRESH` ago."""
    try:
        proof = at.state.seal(PURPOSE).open(sealed(NAME) or "", max_age=SECONDS)
    except SealError:
        return False
    return proof["account"] == account.id and datetime.now(UTC) - datetime.fromisoformat(str(proof["at"])) < FRESH


def ask_for_proof(at: Here, account: Account) -> Response:
    """The page that leads to a new sign-in with the same account, and back to the learner's own page.

    In a walk by JSON it leads back to the front end, if the address says where that is.
    """
    names = dict.fromkeys(one.provider for one in account.identities)
    back = (at.next if by_json() else None) or at.url("hours", answers={}, next=None)
    registered = (at.state.registrations[name].provider for name in names if name in at.state.registrations)
    buttons = [
        Button(at.url("start", answers={}, name=one.name, fresh="1", next=back), one.button, one.name)
        for one in registered
    ]
    if by_json():
        return problem_details(403, Refusal.NOT_FRESH, TITLE, WHY, providers=[way_in(at, one) for one in buttons])
    page = {"endpoint": "hours"}
    response = render(
        "prove.html", TITLE, guide=False, page_url=page, why=WHY, providers=buttons, back_url=back, back_label=BACK
    )
    response.status_code = 403
    return response

"""What may have stopped a learner at a government provider, and the way on from each, for who cancelled a sign-in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ..text import Text
from .failure_kinds import Failure
from .navigation import Here
from .next_steps import ASK_THE_DESK, DESKS
from .provider_offers import is_government

TITLE = Text("What stopped you?", "是哪裡卡住了？")
NO_ACCOUNT = Text("You have no account yet:", "還沒有帳號：")
NO_WAY_IN = Text("You forgot your password, or your certificate cannot be read:", "忘記密碼，或讀不到自然人憑證：")
#: The screen for who has no account there, by provider.
WITHOUT_AN_ACCOUNT: Mapping[str, str] = MappingProxyType({"ecpa": "ecpa-guide", "myegov": "egov-register"})


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What may have stopped a learner; ``label`` and ``url`` are those of the link to what helps."""

    text: Text
    label: Text
    url: str


def obstacles(at: Here, failure: Failure, provider: str) -> list[Obstacle]:
    """List what may have stopped a learner at a provider; none of any failure that says itself what stopped them.

    No obstacle leads away from hours: who needs none any more changes their answer beside it.
    """
    if failure.code != "cancelled" or not is_government(at, provider):
        return []
    desk = Obstacle(NO_WAY_IN, ASK_THE_DESK, DESKS)
    screen = at.state.flow.by_key.get(WITHOUT_AN_ACCOUNT.get(provider, ""))
    if screen is None:
        return [desk]
    return [Obstacle(NO_ACCOUNT, screen.title, at.screen_url(screen.path)), desk]

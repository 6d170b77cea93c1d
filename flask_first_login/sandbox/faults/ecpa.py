"""How the pretend eCPA can err."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ...text import Text
from .making import WELL, Change, Fields, PostFault, drop, put, unchanged


@dataclass(frozen=True, slots=True)
class EcpaFault(PostFault):
    """``stated`` changes what the ticket says before it is signed. ``forged``: somebody else signed it. ``repeats``:
    the first ticket made under this fault is posted again and again.
    """

    stated: Change = unchanged
    forged: bool = False
    repeats: bool = False


def _shift(seconds: int) -> Change:
    return lambda fields: {**fields, "time": fields["time"] + seconds}


def _alter(fields: Fields) -> Fields:
    """Signed for one account, then changed to name another one."""
    ticket = bytes.fromhex(fields["APReqEncodedData"])
    return {**fields, "APReqEncodedData": ticket.replace(b'"account":"', b'"account":"x').hex()}


NO_FAULT = EcpaFault(WELL)
FAULTS: Mapping[str, EcpaFault] = MappingProxyType(
    {
        "forged_ticket": EcpaFault(
            Text("The ticket is signed with somebody else's key.", "票證以他人的金鑰簽章。"), forged=True
        ),
        "altered_ticket": EcpaFault(
            Text("The ticket names another account than it was signed for.", "票證的帳號在簽章後遭竄改。"),
            posted=_alter,
        ),
        "stale_ticket": EcpaFault(Text("The ticket is 10 minutes old.", "票證是10分鐘前的。"), stated=_shift(-600)),
        "future_ticket": EcpaFault(
            Text("The ticket was made 10 minutes in the future.", "票證的時間在10分鐘後。"), stated=_shift(600)
        ),
        "replayed_ticket": EcpaFault(
            Text(
                "The same ticket is posted at every sign-in: it must work once only.",
                "每次登入都送出同一張票證；只有第一次應該有效。",
            ),
            repeats=True,
        ),
        "missing_field": EcpaFault(
            Text("The ticket is not posted.", "沒有送出票證（APReqEncodedData）。"), posted=drop("APReqEncodedData")
        ),
        "not_hex": EcpaFault(
            Text("The ticket is not a hexadecimal number.", "票證不是十六進位文字。"),
            posted=put(APReqEncodedData="票證"),
        ),
        "huge_ticket": EcpaFault(
            Text("The ticket is 48,000 characters long.", "票證長達48,000字元。"),
            posted=put(APReqEncodedData="00" * 24_000),
        ),
        "no_account": EcpaFault(Text("The ticket names no account.", "票證沒有帳號。"), stated=drop("account")),
        "no_national_id": EcpaFault(Text("The ticket has no national ID.", "票證沒有身分證字號。"), stated=drop("uid")),
    }
)

"""How the pretend Facebook can err."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from flask import jsonify
from flask.typing import ResponseReturnValue

from ...text import Text
from .making import (
    HUGE,
    WELL,
    Change,
    CodeFault,
    Deliver,
    Fields,
    crash,
    drop,
    maintenance_page,
    only,
    put,
    slow_json,
    unchanged,
)


@dataclass(frozen=True, slots=True)
class GraphFault(CodeFault):
    """``profile`` changes what the profile says, ``deliver_profile`` how it travels."""

    profile: Change = unchanged
    deliver_profile: Deliver = jsonify


def graph_error(message: str, code: int, kind: str = "OAuthException") -> Fields:
    """An error as the Graph API wraps it."""
    return {"error": {"message": message, "type": kind, "code": code, "fbtrace_id": "sandbox"}}


def _refuse(_: Fields) -> ResponseReturnValue:
    return graph_error("This authorization code has been used.", 100), 400


_BUSY = graph_error("An unexpected error has occurred. Please retry your request later.", 2)

NO_FAULT = GraphFault(WELL)
FAULTS: Mapping[str, GraphFault] = MappingProxyType(
    {
        "graph_error_in_200": GraphFault(
            Text("The profile answer is an error, with HTTP 200.", "以HTTP 200回應錯誤訊息。"), profile=lambda _: _BUSY
        ),
        "no_id": GraphFault(Text("The profile has no id.", "個人資料沒有id。"), profile=drop("id")),
        "no_state": GraphFault(Text("The answer has no state.", "返回時沒有state。"), callback=drop("state")),
        "no_code": GraphFault(Text("The answer has no code.", "返回時沒有code。"), callback=drop("code")),
        "server_error": GraphFault(
            Text("Instead of a code, an error comes back.", "返回的是錯誤而不是code。"),
            callback=only(error="server_error"),
        ),
        "token_error": GraphFault(Text("The code is refused.", "code遭拒。"), deliver=_refuse),
        "no_access_token": GraphFault(
            Text("The token answer has no access token.", "回應中沒有access token。"), token=drop("access_token")
        ),
        "token_500": GraphFault(
            Text("The token endpoint breaks down (HTTP 500).", "token服務故障（HTTP 500）。"), deliver=crash
        ),
        "not_json": GraphFault(
            Text("Instead of a profile, a maintenance page comes.", "回應的是維護公告網頁。"),
            deliver_profile=maintenance_page,
        ),
        "huge_answer": GraphFault(Text("The profile is huge.", "個人資料過大。"), profile=put(padding="x" * HUGE)),
        "slow": GraphFault(
            Text("The profile takes half a minute.", "個人資料需時半分鐘才回應。"), deliver_profile=slow_json
        ),
    }
)

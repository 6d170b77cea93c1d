"""How the pretend Apple can err: as an OpenID provider, and in ways of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType

from flask.typing import ResponseReturnValue

from ...text import Text
from .making import Fields, put
from .openid import FAULTS as OPENID
from .openid import OpenIdFault


def _refuse_client(_: Fields) -> ResponseReturnValue:
    return {"error": "invalid_client"}, 400


_FORGED_USER = {"name": {"firstName": "<b>曉明</b>", "lastName": "\u202e林"}, "email": "hsiaoming@example.com"}

FAULTS: Mapping[str, OpenIdFault] = MappingProxyType(
    {
        **{name: fault for name, fault in OPENID.items() if name != "userinfo_other_subject"},  # it has no userinfo
        "client_refused": OpenIdFault(
            Text("The client secret is refused.", "用戶端密鑰（client secret）遭拒。"), deliver=_refuse_client
        ),
        "forged_user": OpenIdFault(
            Text(
                "The unsigned form field 'user' carries somebody else's e-mail address and a hostile name.",
                "未簽章的表單欄位user帶有他人的電子郵件地址與惡意姓名。",
            ),
            callback=put(user=json.dumps(_FORGED_USER)),
        ),
    }
)

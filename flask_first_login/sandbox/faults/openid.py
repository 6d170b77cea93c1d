"""How a pretend OpenID provider can err."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ...text import Text
from .. import signing
from .making import (
    ELSEWHERE,
    HUGE,
    WELL,
    Change,
    CodeFault,
    Fields,
    crash,
    drop,
    maintenance_page,
    only,
    put,
    refuse,
    slow_json,
    unchanged,
)


@dataclass(frozen=True, slots=True)
class OpenIdFault(CodeFault):
    """``discovery``, ``id_token`` and ``userinfo`` change what is said, ``sign`` how the ID token is signed.
    ``rotated``: the issuer has changed its key. ``moved``: the token endpoint redirects.
    """

    discovery: Change = unchanged
    id_token: Change = unchanged
    sign: signing.Sign = signing.rs256
    userinfo: Change = unchanged
    rotated: bool = False
    moved: bool = False


def _shift(seconds: int) -> Change:
    """Issued that much later, and as long valid."""
    return lambda fields: {**fields, "iat": fields["iat"] + seconds, "exp": fields["exp"] + seconds}


def _for_another_client(fields: Fields) -> Fields:
    """Meant for somebody else, with ``azp`` ours: a check of ``azp`` alone lets it pass."""
    return {**fields, "aud": "another-client", "azp": fields["aud"]}


def _advertise(algorithm: str) -> Change:
    return put(id_token_signing_alg_values_supported=["RS256", algorithm])


NO_FAULT = OpenIdFault(WELL)

_WRONG_ID_TOKENS = {
    "wrong_nonce": OpenIdFault(
        Text("The ID token answers another request (nonce).", "ID token回應的是另一次請求（nonce不符）。"),
        id_token=put(nonce="another-nonce"),
    ),
    "wrong_audience": OpenIdFault(
        Text("The ID token is meant for another client (aud).", "ID token是給其他網站的（aud不符）。"),
        id_token=_for_another_client,
    ),
    "foreign_azp": OpenIdFault(
        Text("The ID token was asked for by another client (azp).", "ID token是其他網站要求的（azp不符）。"),
        id_token=put(azp="another-client"),
    ),
    "wrong_issuer": OpenIdFault(
        Text("The ID token comes from another issuer (iss).", "ID token是其他機構簽發的（iss不符）。"),
        id_token=put(iss=ELSEWHERE),
    ),
    "expired": OpenIdFault(Text("The ID token has expired.", "ID token已過期。"), id_token=_shift(-7200)),
    "issued_in_future": OpenIdFault(
        Text("The ID token was issued in the future.", "ID token的簽發時間在未來。"), id_token=_shift(7200)
    ),
    "missing_sub": OpenIdFault(Text("The ID token has no subject.", "ID token沒有sub。"), id_token=drop("sub")),
    "missing_exp": OpenIdFault(Text("The ID token never expires.", "ID token沒有exp。"), id_token=drop("exp")),
    "wrong_at_hash": OpenIdFault(
        Text("The ID token belongs to another access token.", "ID token屬於另一個access token（at_hash不符）。"),
        id_token=put(at_hash=signing.left_half_hash("another-token")),
    ),
}
_WRONG_SIGNATURES = {
    "alg_none": OpenIdFault(
        Text("The ID token is not signed (alg none).", "ID token沒有簽章（alg為none）。"),
        sign=signing.unsigned,
        discovery=_advertise("none"),
    ),
    "hs256_with_public_key": OpenIdFault(
        Text("The ID token is signed with the public key as an HMAC secret.", "ID token以公鑰當作HMAC密鑰簽章。"),
        sign=signing.hs256_with_public_key,
        discovery=_advertise("HS256"),
    ),
    "unknown_kid": OpenIdFault(
        Text("The ID token names a key that is not published.", "ID token指明的金鑰未公布。"),
        sign=signing.with_unknown_kid,
    ),
    "no_kid": OpenIdFault(
        Text(
            "The ID token names no key; with one published key this is allowed.",
            "ID token未指明金鑰；只公布一把時允許。",
        ),
        sign=signing.without_kid,
    ),
    "bad_signature": OpenIdFault(
        Text("The ID token is signed with somebody else's key.", "ID token以他人的金鑰簽章。"),
        sign=signing.with_a_foreign_key,
    ),
    "rotated_key": OpenIdFault(
        Text("The provider has changed its key, which is allowed.", "已更換簽章金鑰，這是允許的。"), rotated=True
    ),
}
_WRONG_ANSWERS = {
    "no_id_token": OpenIdFault(
        Text("The token answer has no ID token.", "回應中沒有ID token。"), token=drop("id_token")
    ),
    "userinfo_other_subject": OpenIdFault(
        Text("The profile is about somebody else.", "使用者資料屬於另一個人。"), userinfo=put(sub="another-subject")
    ),
    "discovery_wrong_issuer": OpenIdFault(
        Text("The metadata names another issuer.", "服務說明文件屬於其他機構。"), discovery=put(issuer=ELSEWHERE)
    ),
    "no_state": OpenIdFault(Text("The answer has no state.", "返回時沒有state。"), callback=drop("state")),
    "no_code": OpenIdFault(Text("The answer has no code.", "返回時沒有code。"), callback=drop("code")),
    "server_error": OpenIdFault(
        Text("Instead of a code, an error comes back.", "返回的是錯誤而不是code。"), callback=only(error="server_error")
    ),
    "wrong_iss_parameter": OpenIdFault(
        Text("The answer names another issuer (mix-up attack).", "返回時指明的是其他機構（混淆攻擊）。"),
        callback=put(iss=ELSEWHERE),
    ),
}
_WRONG_DELIVERIES = {
    "token_error": OpenIdFault(Text("The code is refused.", "code遭拒。"), deliver=refuse),
    "token_500": OpenIdFault(
        Text("The token endpoint breaks down (HTTP 500).", "token服務故障（HTTP 500）。"), deliver=crash
    ),
    "not_json": OpenIdFault(
        Text("Instead of tokens, a maintenance page comes.", "回應的是維護公告網頁。"), deliver=maintenance_page
    ),
    "huge_answer": OpenIdFault(Text("The token answer is huge.", "token回應過大。"), token=put(padding="x" * HUGE)),
    "slow": OpenIdFault(Text("The token answer takes half a minute.", "token回應需時半分鐘。"), deliver=slow_json),
    "redirecting_token": OpenIdFault(Text("The token endpoint redirects.", "token服務轉址。"), moved=True),
}

FAULTS: Mapping[str, OpenIdFault] = MappingProxyType(
    {**_WRONG_ID_TOKENS, **_WRONG_SIGNATURES, **_WRONG_ANSWERS, **_WRONG_DELIVERIES}
)

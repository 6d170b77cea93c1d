"""A provider's answers in a few values of our own, and each of its refusals as a code of ours.

What is null was not said, a list of one is its member, and what nobody uses is not looked at. Texts of a provider are
compared with those in the tables here and go no further: no page and no log repeats them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeGuard

from ..errors import SignInError
from .claims import single

if TYPE_CHECKING:  # slow to load, and a sign-in is begun without it
    from .http_client import Answer

#: What a refusal means that the browser brings back, by its ``error`` in small letters (RFC 6749, 4.1.2.1; OpenID
#: Connect Core 1.0, 3.1.2.6, and its specification of ``unmet_authentication_requirements``). LinkedIn and Apple have
#: words of their own for who gave up; LINE writes in capitals. What else a provider writes is its own affair.
REFUSALS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("access_denied", "user_cancelled_authorize", "user_cancelled_login"), "cancelled"),
        **dict.fromkeys(("consent_required", "login_required", "interaction_required"), "cancelled"),
        "account_selection_required": "cancelled",
        **dict.fromkeys(("temporarily_unavailable", "server_error"), "provider_down"),
        "sessionexpired": "expired",  # of DfE Sign-in, the schools' in England
        "unmet_authentication_requirements": "step_up_not_met",
        # the portal asks for what it was not given at registration: no learner can mend that, nor does waiting
        **dict.fromkeys(("invalid_scope", "unauthorized_client", "unsupported_response_type"), "not_available"),
        **dict.fromkeys(("invalid_client", "redirect_uri_mismatch", "application_suspended"), "not_available"),
    }
)
#: What may stand beside an ``error`` and tell more than it; of each, so many characters are read.
BESIDE_ERROR, LONGEST_BESIDE = ("error_description", "error_reason", "error_message"), 300
#: What stands beside an ``error`` and tells more than it, as a part of it in small letters; the first found counts.
EVIDENCE: Mapping[str, str] = MappingProxyType(
    {
        "authentication_expired": "expired",  # Keycloak, with temporarily_unavailable: "OIDC errors" of its manual
        "aadb2c90091": "cancelled",  # Azure AD B2C, with access_denied or server_error
        "aadsts65004": "cancelled",  # Microsoft Entra, with invalid_client: who declines to consent
        "aadsts50105": "account_not_accepted",  # Microsoft Entra: who was not assigned to the application
        "user is not assigned to the client": "account_not_accepted",  # Okta, with access_denied
        "user_denied": "cancelled",  # Facebook, as error_reason
        "available right now": "provider_down",  # Facebook, as error_message without an error
        "app not set": "not_available",  # likewise
        "sandbox mode": "not_available",  # likewise
    }
)
#: What refuses the portal itself at a token endpoint, whatever the code is (RFC 6749, 5.2; the last two are GitHub's).
WRONG_ADDRESS = "redirect_uri_mismatch"
OF_PORTAL = ("invalid_client", "unauthorized_client", "incorrect_client_credentials", WRONG_ADDRESS)
#: What refuses the code, or how it was asked for.
OF_CODE = ("invalid_grant", "invalid_request", "invalid_scope", "unsupported_grant_type")
#: Facebook's numbers of an error: too busy or not there for now; an app that it does not know. A secret that is wrong
#: has the number of what is not known at all, so its words tell.
GRAPH_DOWN, GRAPH_OF_PORTAL, GRAPH_WRONG_SECRET = (2, 4, 17, 341), (101,), "error validating client secret"
#: Apigee writes the second.
BEARER = ("bearer", "bearertoken")


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a token endpoint gave; what it did not give is None."""

    access_token: str | None = field(repr=False)
    id_token: str | None = field(repr=False)


def said(document: Mapping[str, object]) -> dict[str, object]:
    """Leave out what is null."""
    return {name: value for name, value in document.items() if value is not None}


def read_json(content: bytes) -> dict[str, object] | None:
    """Read a JSON object, without what is null in it; None when it is none."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return said(value) if isinstance(value, dict) else None


def refusal_in(answer: Mapping[str, str]) -> tuple[str, str] | None:
    """Give the code of a refusal that the browser brought back, and words for the log; None when it brought none.

    An ``error`` counts also beside a code; what else tells of a refusal does in the place of a code alone.
    """
    error = answer.get("error", "").strip().lower()
    beside = " ".join(answer.get(name, "").lower() for name in BESIDE_ERROR).strip()
    if not error and (answer.get("code") or not beside):
        return None
    for evidence, code in EVIDENCE.items():
        if evidence in beside:
            return code, f"refused there: {evidence}"
    if error in REFUSALS:
        return REFUSALS[error], f"refused there: {error}"
    return "provider_error", "refused there, in words that we do not know"


def error_in(document: Mapping[str, object]) -> object | None:
    """Give the ``error`` of a JSON answer. An empty one, or false, is none: some write it beside what was asked for, as
    PHP does by ``[]``; TikTok writes one whose code is ``ok``."""
    error = document.get("error")
    return None if not error or (isinstance(error, dict) and error.get("code") == "ok") else error


def read_tokens(answer: Answer, provider: str) -> Tokens:
    """Read what a token endpoint answered (RFC 6749, 5.1 and 5.2).

    :raises SignInError: ``provider_down``, ``code_refused`` or ``provider_error``.
    """
    status, document = answer.status_code, read_json(answer.content) or {}
    if status >= 500 or status == 429:
        raise SignInError("provider_down", provider=provider, phase="token", detail=f"HTTP {status}")
    if (error := error_in(document)) is not None or status == 401:
        raise _code_refused("invalid_client" if error is None else error, provider)
    if not document or not 200 <= status < 300:
        detail = "not a JSON object" if status == 200 else f"HTTP {status}"
        raise SignInError("provider_error", provider=provider, phase="token", detail=detail)
    kind = single(document.get("token_type", ""))
    if not isinstance(kind, str) or (kind and kind.lower() not in BEARER):
        raise SignInError("provider_error", provider=provider, phase="token", detail="token_type is not Bearer")
    access_token, id_token = (single(document.get(name)) for name in ("access_token", "id_token"))
    if access_token is not None and not _is_bearer(access_token):
        raise SignInError("provider_error", provider=provider, phase="token", detail="the access token is no text")
    return Tokens(access_token, id_token if isinstance(id_token, str) else None)


def _code_refused(error: object, provider: str) -> SignInError:
    """Say of an ``error`` of a token endpoint what it means. Facebook's is an object, with a number."""
    number, message = (error.get("code"), error.get("message")) if isinstance(error, dict) else (None, None)
    if number in GRAPH_DOWN or error in ("temporarily_unavailable", "server_error"):
        return SignInError("provider_down", provider=provider, phase="token", detail="says that it is busy")
    of_portal = number in GRAPH_OF_PORTAL or error in OF_PORTAL or GRAPH_WRONG_SECRET in str(message).lower()
    portals_own = "return address" if error == WRONG_ADDRESS else "client_id or its secret"
    what = f"the portal itself: its {portals_own}" if of_portal else "the code"
    known = f" ({error})" if error in (*OF_PORTAL, *OF_CODE) else ""
    detail = f"refused {what}{known}"
    return SignInError("code_refused", provider=provider, phase="token", detail=detail, of_portal=of_portal)


def _is_bearer(token: object) -> TypeGuard[str]:
    """Admit what a header can carry: visible ASCII (RFC 6750, 2.1)."""
    return isinstance(token, str) and token != "" and all(" " < character <= "~" for character in token)

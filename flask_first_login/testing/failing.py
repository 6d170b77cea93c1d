"""The ways in which a pretend provider can fail, by our own codes of failures and by the sandbox's faults."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from ..sandbox import apple, ecpa, facebook, myegov, openid

#: Somebody goes back without signing in: a persona, and no fault of anybody.
CANCELLED = "cancelled"

_OPENID = {
    "bad_request": "no_code",
    "code_refused": "token_error",
    "id_token_invalid": "bad_signature",
    "id_token_missing": "no_id_token",
    "provider_down": "token_500",
    "provider_error": "not_json",
    "unknown_sign_in": "no_state",
    "userinfo_mismatch": "userinfo_other_subject",
    "wrong_issuer": "wrong_iss_parameter",
}
_FACEBOOK = {
    "bad_request": "no_code",
    "code_refused": "token_error",
    "provider_down": "token_500",
    "provider_error": "not_json",
    "unknown_sign_in": "no_state",
}
_TICKET = {
    "bad_request": "no_token",
    "provider_down": "http_500",
    "provider_error": "malformed_xml",
    "ticket_refused": "token_reused",
}
_ECPA = {"bad_request": "missing_field", "expired": "stale_ticket", "ticket_refused": "forged_ticket"}

#: By pretend provider: which of its faults ends a sign-in with which of our codes, and all of its faults.
BY_CODE: Mapping[str, Mapping[str, str]] = {
    "myegov": _OPENID,
    "myegov-ticket": _TICKET,
    "ecpa": _ECPA,
    "google": _OPENID,
    "facebook": _FACEBOOK,
    "apple": {code: fault for code, fault in _OPENID.items() if code != "userinfo_mismatch"},  # it has no userinfo
}
FAULTS: Mapping[str, frozenset[str]] = {
    "myegov": frozenset(openid.FAULTS),
    "myegov-ticket": frozenset(myegov.FAULTS),
    "ecpa": frozenset(ecpa.FAULTS),
    "google": frozenset(openid.FAULTS),
    "facebook": frozenset(facebook.FAULTS),
    "apple": frozenset(apple.FAULTS),
}
CANCELLABLE = frozenset({"myegov", "google", "facebook", "apple"})


def faults(provider: str, how: str) -> dict[str, str]:
    """The fault to switch on at each pretend provider that is meant: MyEGov is two, one a protocol.

    :raises LookupError: there is no such provider, or it has no such way to fail; with the names that there are.
    """
    meant = [name for name in FAULTS if name in {provider, f"{provider}-ticket"}]
    if not meant:
        raise LookupError(f"There is no pretend provider {provider!r}. {known(provider, FAULTS)}")
    fitting = {name: BY_CODE[name].get(how, how) for name in meant if how in ways(name)}
    if not fitting:
        there = {way for name in meant for way in ways(name)}
        raise LookupError(f"{provider} has no way to fail that is named {how!r}. {known(how, there)}")
    return fitting


def ways(name: str) -> frozenset[str]:
    """Every name that `faults` takes for a pretend provider; a code of ours wins over a fault of the same name."""
    return FAULTS[name] | BY_CODE[name].keys() | ({CANCELLED} if name in CANCELLABLE else set())


def known(given: str, names: Mapping[str, object] | set[str]) -> str:
    """The names that there are, the nearest one first."""
    near = get_close_matches(given, names, n=1)
    return f"{f'Did you mean {near[0]!r}? ' if near else ''}Known: {', '.join(sorted(names))}."

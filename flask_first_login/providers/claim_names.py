"""The names of a government provider's claims, as a portal's settings give them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import fields
from types import MappingProxyType

from ..identity import Kind
from ..setting_fields import Given
from ..setting_readers import Unfit, texts
from .base import CHECKED_CLAIMS, Oidc, ProviderProtocol
from .claims import cleaned
from .claims_to_identity import ClaimNames

CLAIMS = tuple(each.name for each in fields(ClaimNames) if each.name != "kinds")
#: Claims of an ID token that say nothing of the person.
NO_TEXTS = CHECKED_CLAIMS | {"azp"}


def kinds_of_claims(value: object) -> Mapping[str, Kind]:
    """a mapping of texts to `civil_servant` or `general`"""
    said = texts()(value)
    if not set(said.values()) <= set(Kind):
        raise Unfit("names a kind that is none.", f"Known: {', '.join(Kind)}.")
    return MappingProxyType({claim: Kind(kind) for claim, kind in said.items()})


def check_claim_names(given: Given, names: ClaimNames, protocol: ProviderProtocol, *, named: Collection[str]) -> None:
    """Note what the names of claims, of which the setting ``named`` some over the design's, can never say."""
    _check_kinds(given, names, named="kind" in named)
    if named:
        _check_claims(given, names, protocol)


def _check_kinds(given: Given, names: ClaimNames, *, named: bool) -> None:
    """Refuse the claim of the kind, whether ``named`` by the setting or not, without what its values mean, and the
    other way round: one without the other says nothing."""
    if names.kind is None and given.has("kinds"):
        what = "has no effect: no claim says what kind an account is."
        given.problem("kinds", what, 'Name the claim: "claims": {"kind": "..."}.')
    elif names.kind is not None and not names.kinds and (named or given.has("kinds")):
        what = "names a claim of the kind, but nothing says what its values mean."
        key, what = ("claims", what) if named else ("kinds", "is empty, so no value of the claim would mean anything.")
        given.problem(key, what, 'Say it: "kinds": {"...": "civil_servant", "...": "general"}.')
    if any(cleaned(value) != value for value in names.kinds):
        given.problem("kinds", "has a value that no claim can have.", "Remove blanks at its ends and what is not seen.")


def _check_claims(given: Given, names: ClaimNames, protocol: ProviderProtocol) -> None:
    """Refuse a claim that can never say what the setting wants of it: it would be passed over in silence."""
    claims = {name: claim for name in CLAIMS if (claim := getattr(names, name)) is not None}
    verified = claims.pop("verified", None)
    flags = {"certificate"} if given.has("soap_url") else {verified}
    never_text = {*flags, *(NO_TEXTS if isinstance(protocol, Oidc) else ())}
    never_true = {*claims.values(), *((NO_TEXTS | {"sub"}) if isinstance(protocol, Oidc) else ())}
    wrong = [name for name, claim in claims.items() if claim in never_text or claim != claim.strip()]
    if verified is not None and (verified in never_true or verified not in flags or verified != verified.strip()):
        wrong.append("verified")
    if wrong:
        what = f"names for {', '.join(wrong)} a claim that can never say that."
        given.problem("claims", what, "Look at what comes: flask first-login try.")

"""The names of a government provider's claims, as a portal's settings give them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from ..identity import Kind
from ..setting_fields import Given
from ..setting_readers import Unfit, texts
from .claims import Claims, cleaned
from .claims_to_identity import UNKNOWN_METHOD, ClaimNames, government, head_of
from .protocols import CHECKED_CLAIMS, Oidc, ProviderProtocol


class Found(StrEnum):
    """What a rule of ``claims`` found in a provider's claims; ``UNREAD`` is what it does not take for an answer."""

    READ = "read"
    UNREAD = "unread"
    NOTHING = "nothing"


CLAIMS = tuple(each.name for each in fields(ClaimNames) if each.name not in {"kinds", "years_of_republic"})
#: Claims of an ID token that say nothing of the person, and those that prove nothing of them.
NO_TEXTS = CHECKED_CLAIMS | {"azp"}
NO_PROOFS = NO_TEXTS | {"sub"}
OF_THE_PERSON = frozenset({"national_id", "name", "birth_date", "email"})
#: Claims that hold nothing within (OpenID Connect Core 1.0, 5.1).
STANDARD_TEXTS = frozenset({"sub", "name", "given_name", "family_name", "birthdate", "email", "email_verified"})
_A_TEXT_EACH = texts(*CLAIMS)


def claims_of_setting(value: object) -> Mapping[str, Any]:
    name = value.get("name") if isinstance(value, Mapping) else None
    if not isinstance(value, Mapping) or not isinstance(name, list | tuple):
        return _A_TEXT_EACH(value)
    if len(name) != 2 or not all(isinstance(part, str) and part.strip() for part in name):
        raise Unfit("has for name a list that is not two claims.", 'Write ["family_name", "given_name"].')
    return MappingProxyType({**_A_TEXT_EACH({**value, "name": "of two"}), "name": tuple(name)})


claims_of_setting.__doc__ = _A_TEXT_EACH.__doc__  # what messages say of its form


def kinds_of_claims(value: object) -> Mapping[str, Kind]:
    """a mapping of texts to `civil_servant` or `general`"""
    said = texts()(value)
    if not set(said.values()) <= set(Kind):
        raise Unfit("names a kind that is none.", f"Known: {', '.join(Kind)}.")
    return MappingProxyType({claim: Kind(kind) for claim, kind in said.items()})


def found_by(names: ClaimNames, claims: Claims) -> Iterator[tuple[str, str, Found]]:
    """Tell of each rule which claim it reads and what it found there; nothing of the values."""
    who = government(names)(claims)
    read = {
        "national_id": who.national_id is not None,
        "name": who.name is not None,
        "verified": names.vouches(claims),
        "kind": who.kind is not Kind.UNKNOWN,
        "birth_date": who.birth_date is not None,
        "email": who.email is not None,
        "method": who.method != UNKNOWN_METHOD,
    }
    for rule, paths in names.paths().items():
        is_sent = any(claims.value(path) not in (None, "") for path in paths)
        yield rule, " + ".join(paths), Found.READ if read[rule] else Found.UNREAD if is_sent else Found.NOTHING


def check_claim_names(given: Given, names: ClaimNames, protocol: ProviderProtocol, *, named: Collection[str]) -> None:
    """Note what the names of claims, of which the setting ``named`` some over the design's, can never say."""
    _check_kinds(given, names, named="kind" in named)
    if names.years_of_republic and names.birth_date is None:
        given.problem("years_of_republic", "has no effect: no claim says the birth date.")
    if named:
        _check_claims(given, names, protocol)
        _check_sent(given, names, protocol, named)


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
    paths, is_token = names.paths(), isinstance(protocol, Oidc)
    verified, has_text, text = (names.verified or "").partition("=")
    flags = {"certificate"} if given.has("soap_url") else {verified}
    never_text = {*(() if has_text else flags), *(NO_TEXTS if is_token else ())}
    wrong = [
        rule
        for rule, read in paths.items()
        if rule != "verified" and any({path, head_of(path)} & never_text or not _leads(path, is_token) for path in read)
    ]
    # What a person may write themself proves nothing, whatever text is set; and a claim that is a text is no `true`.
    rules = OF_THE_PERSON if has_text else paths.keys() - {"verified"}
    never_proof = {path for rule in rules for path in paths.get(rule, ())} | (NO_PROOFS if is_token else set())
    is_said = text == text.strip() != "" if has_text else verified in flags
    if names.verified is not None:
        is_proof = not {verified, head_of(verified)} & never_proof
        wrong += ["verified"] if not (is_said and is_proof and _leads(verified, is_token)) else []
    if wrong:
        what = f"names for {', '.join(wrong)} a claim that can never say that."
        given.problem("claims", what, "Look at what comes: flask first-login try.")


def _check_sent(given: Given, names: ClaimNames, protocol: ProviderProtocol, named: Collection[str]) -> None:
    """Refuse a claim of which it is known that it is never sent, where no function of the portal's adds any."""
    sent: Collection[str] | None = getattr(getattr(protocol, "verify", None), "claims_given", None)
    if sent is None or given.has("enrich"):
        return
    never = [rule for rule, paths in names.paths().items() if rule in named and not {*paths} <= {*sent}]
    if never:
        what = f"names for {', '.join(never)} a claim that no ticket has: it says {' and '.join(sorted(sent))} alone."
        given.problem("claims", what, "Let a function of yours say the rest: enrich.")


def _leads(path: str, is_token: bool) -> bool:
    """Tell whether a path can lead anywhere: each of its steps has a name, and the first is no text by its standard."""
    steps = [path] if ":" in path else path.split(".")
    return path == path.strip() and all(steps) and not (is_token and len(steps) > 1 and steps[0] in STANDARD_TEXTS)

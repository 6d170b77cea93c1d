"""From the providers setting to registrations: presets, declared providers, and everything that is wrong at once."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, replace
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from ..errors import Problem
from ..identity import Kind, Standing
from ..text import Text
from .base import Identify, OAuth2, Oidc, Posted, Provider, ProviderProtocol, Registration, cleaned
from .claims_to_identity import ClaimNames, government, social
from .presets import PRESETS
from .protocols import CHECKED_CLAIMS, read_oauth2, read_oidc, read_secret, read_ticket
from .reader import Reader

WHERE = "FIRST_LOGIN_PROVIDERS"
NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
READ: Mapping[str, Callable[[Reader, Any], ProviderProtocol]] = MappingProxyType(
    {"oidc": read_oidc, "oauth2": read_oauth2, "ticket": read_ticket}
)

#: Claims of an ID token that say nothing of the person.
NO_TEXTS = CHECKED_CLAIMS | {"azp"}

#: Where the social presets live.
SOCIAL_HOSTS = frozenset(
    urlsplit(url).hostname
    for spoken in PRESETS.values()
    for provider in spoken.values()
    if provider.standing is Standing.SOCIAL
    for url in (provider.protocol.issuer, provider.protocol.begins_at)
)


def register(
    setting: Mapping[str, object],
    declared: Iterable[Provider] = (),
    *,
    reader: Callable[[str, Mapping[str, object]], Reader] = Reader,
) -> tuple[dict[str, Registration], list[Problem]]:
    """Make the registrations of one app.

    ``declared`` are an integrator's own providers; they and the presets are the designs that the
    setting completes, each under its own name or, as ``preset``, under any other. A name without a
    design must bring standing, title and addresses itself.
    ``reader`` makes what reads the settings of one provider.
    """
    designs = {**PRESETS, **{one.name: {protocol_name(one.protocol): one} for one in declared}}
    made: dict[str, Registration] = {}
    problems: list[Problem] = []
    for name, given in setting.items():
        where = f"{WHERE}[{name!r}]"
        if not isinstance(given, Mapping):
            problems.append(Problem(where, "is not a mapping.", 'Write {"client_id": "...", "client_secret": "..."}.'))
            continue
        settings = reader(where, given)
        registration = _registration(name, settings, designs)
        problems += settings.finish()
        if not settings.problems:
            made[name] = registration
        if not NAME.fullmatch(name):
            problems.append(Problem(where, "is no good name.", "Use small letters, digits, '-' and '_', for URLs."))
    return made, [*problems, *_torn(made)]


def _torn(made: Mapping[str, Registration]) -> Iterator[Problem]:
    """Issuer and subject are a person's key, so what is social under one name cannot be government under another."""
    social = {one.provider.protocol.issuer: name for name, one in made.items() if one.provider.is_social}
    for name, one in made.items():
        if not one.provider.is_social and (other := social.get(one.provider.protocol.issuer)):
            what = f"is government, but {other!r} of the same issuer is social."
            yield Problem(f"{WHERE}[{name!r}]['standing']", what, "Give both the same standing.")


def protocol_name(protocol: ProviderProtocol) -> str:
    """What the ``protocol`` key calls it."""
    match protocol:
        case Oidc():
            return "oidc"
        case OAuth2():
            return "oauth2"
        case Posted():
            return "ticket"


def _registration(name: str, reader: Reader, designs: Mapping[str, Mapping[str, Provider]]) -> Registration:
    like = reader.one_of("preset", designs, name)
    variants = designs.get(like, {})
    spoken = reader.one_of("protocol", READ, next(iter(variants), "oidc"))
    design = variants.get(spoken)
    words = design or next(iter(variants.values()), None)
    near = difflib.get_close_matches(name, designs, n=1, cutoff=0.7)
    hint = f" Or did you mean {near[0]!r}?" if near and not words else ""
    standing = _standing(reader, words, hint)
    own = words if like == name else None  # two buttons that say the same could not be told apart
    title = reader.words("title", own.title if own else None, hint)
    button = reader.words("button", own.button if own else _button(title))
    protocol = READ[spoken](reader, design.protocol if design else None)
    _check_standing(reader, standing, protocol)
    identify = _identify(reader, words, standing, protocol)
    _check_step_up(reader, standing, protocol)
    embedded = words.refuses_embedded if words else False
    provider = Provider(name, title, button, standing, protocol, identify, embedded)
    private = reader.flag("allow_private", False)
    if isinstance(protocol, Posted):
        if private and reader.has("verify"):
            reader.problem("allow_private", "has no effect: `verify` makes its calls itself.", "Remove it.")
        return Registration(provider, allow_private=private)
    client_id = reader.text("client_id")
    return Registration(provider, client_id, read_secret(reader, protocol, client_id), private)


def _button(title: Text) -> Text:
    return Text(f"Sign in with {title.en}", f"使用{title.zh}登入")


def _standing(reader: Reader, words: Provider | None, hint: str) -> Standing:
    """No setting lifts a social provider to a government one."""
    given = Standing(reader.one_of("standing", tuple(Standing), words.standing if words else None, hint))
    if words is not None and given is not words.standing:
        reader.problem("standing", f"cannot be changed: it is {words.standing}.", "Remove it.")
    return given


def _check_standing(reader: Reader, standing: Standing, protocol: ProviderProtocol) -> None:
    """Under another name a social provider is still one: whoever may choose their name there may choose a number."""
    if reader.problems or standing is Standing.SOCIAL:
        return
    for url in dict.fromkeys((protocol.issuer, protocol.begins_at)):  # an OpenID issuer names its endpoints itself
        if (host := urlsplit(url).hostname) in SOCIAL_HOSTS:
            reader.problem("standing", f"cannot be government at {host}.", "Write 'social'.")


def _check_step_up(reader: Reader, standing: Standing, protocol: ProviderProtocol) -> None:
    """A learner is offered a stronger sign-in where there is one; at a social provider it could prove nobody."""
    if standing is Standing.SOCIAL and protocol.step_up_params and not reader.problems:
        what = "has no effect: at a social provider no sign-in proves who somebody is."
        reader.problem("step_up_params", what, "Remove it.")


def _identify(reader: Reader, design: Provider | None, standing: Standing, protocol: ProviderProtocol) -> Identify:
    """The provider's function; a government one reads the claims under the names that the setting gives."""
    default = government(ClaimNames()) if standing is Standing.GOVERNMENT else social
    identify = design.identify if design else default
    identify = reader.function("identify", identify) or identify
    if not isinstance(identify, government):
        reader.no_effect("claims", "kinds")
        return identify
    named = {one.name for one in fields(ClaimNames)} - {"kinds"}
    claims: dict[str, Any] = {**reader.mapping("claims", {}, named)}
    kinds = reader.mapping("kinds", {})
    if not set(kinds.values()) <= set(Kind):
        reader.problem("kinds", "names a kind that is none.", f"Known: {', '.join(Kind)}.")
    elif reader.has("kinds"):
        claims["kinds"] = MappingProxyType({value: Kind(kind) for value, kind in kinds.items()})
    names = replace(identify.names, **claims)
    if not reader.problems:
        _check_kinds(reader, names, named="kind" in claims)
        _check_claims(reader, names, protocol)
    return replace(identify, names=names)


def _check_kinds(reader: Reader, names: ClaimNames, *, named: bool) -> None:
    """The claim of the kind, whether ``named`` by the setting or not, and what its values mean: one without the other
    says nothing."""
    if names.kind is None and reader.has("kinds"):
        what = "has no effect: no claim says what kind an account is."
        reader.problem("kinds", what, 'Name the claim: "claims": {"kind": "..."}.')
    elif names.kind is not None and not names.kinds and (named or reader.has("kinds")):
        what = "names a claim of the kind, but nothing says what its values mean."
        key, what = ("claims", what) if named else ("kinds", "is empty, so no value of the claim would mean anything.")
        reader.problem(key, what, 'Say it: "kinds": {"...": "civil_servant", "...": "general"}.')
    if any(cleaned(value) != value for value in names.kinds):
        reader.problem(
            "kinds", "has a value that no claim can have.", "Remove blanks at its ends and what is not seen."
        )


def _check_claims(reader: Reader, names: ClaimNames, protocol: ProviderProtocol) -> None:
    """Whether each claim can ever say what the setting wants of it: one that cannot would be passed over in silence."""
    if not reader.has("claims"):
        return
    texts = {one.name: getattr(names, one.name) for one in fields(ClaimNames) if one.name not in {"kinds", "verified"}}
    by_soap = isinstance(protocol, Posted) and not reader.has("verify")
    flags = {"certificate"} if by_soap else {names.verified}
    never_true = {*texts.values(), *((NO_TEXTS | {"sub"}) if isinstance(protocol, Oidc) else ())}
    never_text = {*flags, *(NO_TEXTS if isinstance(protocol, Oidc) else ())}
    wrong = [name for name, claim in texts.items() if claim is not None and claim in never_text]
    if names.verified is not None and (names.verified in never_true or names.verified not in flags):
        wrong.append("verified")
    wrong += [name for name, claim in {**texts, "verified": names.verified}.items() if claim and claim != claim.strip()]
    if wrong:
        what = f"names for {', '.join(dict.fromkeys(wrong))} a claim that can never say that."
        reader.problem("claims", what, "Look at what comes: flask first-login try.")

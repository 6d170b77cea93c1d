"""From the providers setting to registrations: presets, declared providers, and everything that is wrong at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import MISSING, fields, replace
from typing import Any
from urllib.parse import urlsplit

from ..errors import Problem
from ..identity import Standing
from ..setting_fields import Given
from ..setting_readers import nearest
from ..text import Text
from .base import AppleKey, CallsProvider, Client, ClientSecret, Provider, Registration
from .claim_names import check_claim_names
from .claims import Identify
from .claims_to_identity import ClaimNames, government, social
from .network import Network
from .presets import PRESETS, no_verifier
from .protocols import BASIC, OAuth2, Oidc, Posted, ProviderProtocol
from .provider_keys import PROTOCOLS, ProviderKeys
from .ticket_verifiers import read_verifier

WHERE = "FIRST_LOGIN_PROVIDERS"
NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")

#: Where the presets of each standing live.
HOSTS: Mapping[Standing, frozenset[str | None]] = {
    standing: frozenset(
        urlsplit(url).hostname
        for spoken in PRESETS.values()
        for provider in spoken.values()
        if provider.standing is standing
        for url in (provider.protocol.issuer, provider.protocol.begins_at)
        if url
    )
    for standing in Standing
}


def register(
    setting: Mapping[str, object], declared: Iterable[Provider] = ()
) -> tuple[dict[str, Registration], list[Problem]]:
    """Make the registrations of one app.

    ``declared`` are an integrator's own providers; they and the presets are the designs that the
    setting completes, each under its own name or, as ``preset``, under any other. A name without a
    design must bring standing, title and addresses itself.
    """
    designs = {**PRESETS, **{provider.name: {_protocol_name(provider.protocol): provider} for provider in declared}}
    made: dict[str, Registration] = {}
    problems: list[Problem] = []
    for name, settings in setting.items():
        where = f"{WHERE}[{name!r}]"
        if not isinstance(settings, Mapping):
            problems.append(Problem(where, "is not a mapping.", 'Write {"client_id": "...", "client_secret": "..."}.'))
            continue
        if name.isupper() or any(str(key).isupper() for key in settings):
            what = "is written in capitals, as Windows writes every variable of the environment."
            problems.append(
                Problem(where, what, f"Set FLASK_{WHERE} to all providers, as JSON, or set them in Python.")
            )
            continue
        given = Given({key: value for key, value in settings.items() if value is not None}, f"{where}[{{!r}}]".format)
        registration = _registration(name, given, designs)
        problems += given.finish()
        if registration and not given.problems:
            made[name] = registration
        if not NAME.fullmatch(name):
            problems.append(Problem(where, "is no good name.", "Use small letters, digits, '-' and '_', for URLs."))
    return made, [*problems, *_torn(made)]


def _torn(made: Mapping[str, Registration]) -> Iterator[Problem]:
    """Refuse what would make one key of two people: with the subject, the issuer is a person's key under any name.

    One issuer is not social and government, and what an issuer was before is nobody else's now or then: else a provider
    that anybody may join would claim the identities of another.
    """
    providers = [registration.provider for registration in made.values()]
    social = {provider.protocol.issuer: provider.name for provider in providers if provider.is_social}
    for provider in providers:
        where, issuer = f"{WHERE}[{provider.name!r}]", provider.protocol.issuer
        if not provider.is_social and (other := social.get(issuer)):
            what = f"is government, but {other!r} of the same issuer is social."
            yield Problem(f"{where}['standing']", what, "Give both the same standing.")
        others = [known for known in providers if known.protocol.issuer != issuer]
        for former in provider.former_issuers:
            whose = [repr(known.name) for known in others if former in (known.protocol.issuer, *known.former_issuers)]
            whose += ["its own issuer of today"] if former == issuer else []
            if whose:
                what = f"names {former}, which is {whose[0]}."
                yield Problem(f"{where}['former_issuers']", what, "A person's key belongs to one provider.")


def _protocol_name(protocol: ProviderProtocol) -> str:
    return next(name for name, kind in PROTOCOLS.items() if isinstance(protocol, kind))


def _registration(name: str, given: Given, designs: Mapping[str, Mapping[str, Provider]]) -> Registration | None:
    """Read the keys of one provider over its design; once each is good by itself, see whether they agree."""
    like = given.read_key(ProviderKeys, "preset", name)
    if given.has("preset") and like not in designs and not given.problems:
        given.problem("preset", "is not known.", f"Known: {', '.join(sorted(designs))}.")
        like = name
    variants = designs.get(like, {})
    near = nearest(name, designs, 0.7)
    given.hint = f" Or did you mean {near}?" if near and not variants else ""
    spoken = given.read_key(ProviderKeys, "protocol", next(iter(variants), "oidc"))
    kind, spoken_design = PROTOCOLS[spoken], variants.get(spoken)
    design = spoken_design or next(iter(variants.values()), None)
    keys = given.read(ProviderKeys, _known(design, own=like == name), but=("preset", "protocol"))
    read = _read_protocol(given, kind, spoken_design)
    client = _read_client(given, kind)
    if given.problems:
        return None
    protocol = kind(**_agreeing(given, kind, read))
    return _made(name, given, ProviderKeys(preset=like, protocol=spoken, **keys), design, protocol, client)


def _known(design: Provider | None, *, own: bool) -> dict[str, object]:
    """Return what a design says of every provider's keys; its words under its ``own`` name alone, since nobody could
    tell two buttons apart that say the same."""
    always = ("standing", "refuses_embedded")
    names = () if design is None else (*always, "title", "button") if own else always
    return {name: getattr(design, name) for name in names}


def _read_protocol(given: Given, kind: type[ProviderProtocol], design: Provider | None) -> dict[str, Any]:
    said = {each.name: getattr(design.protocol, each.name) for each in fields(kind)} if design else {}
    known = {name: value for name, value in said.items() if value not in ("", no_verifier)}
    if kind is not Posted:
        return {**known, **given.read(kind, known)}
    read = given.read(Posted, {"answer_fields": ("ticket",), **known}, but=("verify",))
    return {**read, "verify": read_verifier(given, read, known.get("verify", MISSING))}


def _read_client(given: Given, kind: type[ProviderProtocol]) -> dict[str, Any]:
    """Read what the provider gave at registration: nothing, a secret, or the key that signs Apple's."""
    if kind is Posted:
        return {}
    if kind is not Oidc or not any(given.has(name) for name in ("team_id", "key_id", "private_key")):
        return given.read(ClientSecret)
    given.no_effect("client_secret")
    return given.read(AppleKey)


def _agreeing(given: Given, kind: type[ProviderProtocol], read: dict[str, Any]) -> dict[str, Any]:
    """Return what was read of a protocol, once its keys agree with one another."""
    if given.has("basic_as_is") and read.get("token_auth") != BASIC:
        given.problem("basic_as_is", "has no effect: the secret travels in the body.")
    if kind is Oidc and "hd" in read["authorize_params"]:
        # A browser may drop the parameter from its address: whoever it then signs in as is told in the token alone.
        return {**read, "required_claims": {"hd": read["authorize_params"]["hd"], **read["required_claims"]}}
    if kind is OAuth2:
        versioned = {name: url for name, url in read.items() if isinstance(url, str) and "{version}" in url}
        if given.has("graph_version") and not versioned:
            given.problem("graph_version", "has no effect: no address says {version}.", "Remove it, or the addresses.")
        return {**read, **{name: url.replace("{version}", read["graph_version"]) for name, url in versioned.items()}}
    if kind is Posted:
        _check_fields(given, read)
    return read


def _check_fields(given: Given, read: Mapping[str, Any]) -> None:
    if not set(read["single_use"]) <= set(read["answer_fields"]):
        known = ", ".join(read["answer_fields"])
        given.problem("single_use", "names a field that does not come back.", f"Known: {known}.")
    for name in ("login_params", "step_up_params", "choose_account_params"):
        if read["return_param"] in read[name]:
            given.problem(name, f"names {read['return_param']}, which each sign-in sets itself.")


def _made(
    name: str,
    given: Given,
    keys: ProviderKeys,
    design: Provider | None,
    protocol: ProviderProtocol,
    client: Mapping[str, Any],
) -> Registration:
    _check_standing(given, keys, design, protocol)
    if isinstance(protocol, Posted) and not isinstance(protocol.verify, CallsProvider):
        for way in ("allow_private", "proxy", "ca_bundle"):
            if getattr(keys, way):
                given.problem(way, "has no effect: `verify` makes its calls itself.")
    button = keys.button or Text("Sign in with {provider}", "使用{provider}登入").fill(provider=keys.title)
    identify = _identify(given, keys, design, protocol)
    enrich = keys.enrich or (design.enrich if design else None)
    provider = Provider(
        name, keys.title, button, keys.standing, protocol, identify, keys.refuses_embedded, enrich, keys.former_issuers
    )
    secret = _secret(given, client, protocol.issuer) if client else str
    client_id = client.get("client_id", "")
    return Registration(provider, client_id, secret, keys.allow_private, keys.proxy, keys.ca_bundle)


def _secret(given: Given, client: Mapping[str, Any], issuer: str) -> Callable[[], str]:
    if "private_key" not in client:
        return ClientSecret(**client)
    from .apple import AppleSecret  # brings the cryptography, which is slow to import

    try:
        return AppleSecret(**client, audience=issuer)
    except ValueError:
        given.problem("private_key", "is not a private EC key of curve P-256 in PEM.", "Paste the whole .p8 file.")
        return str


def _check_standing(given: Given, keys: ProviderKeys, design: Provider | None, protocol: ProviderProtocol) -> None:
    """Keep a social provider a social one under any name: whoever may choose their name there may choose a number."""
    standing, hosts = keys.standing, HOSTS[keys.standing]
    if design and standing is not design.standing:
        return given.problem("standing", f"cannot be changed: it is {design.standing}.")
    if standing is Standing.SOCIAL and protocol.step_up_params:
        given.problem("step_up_params", "has no effect: at a social provider no sign-in proves who somebody is.")
    for url in dict.fromkeys((protocol.issuer, protocol.begins_at)):  # an OpenID issuer names its endpoints itself
        if standing is Standing.GOVERNMENT and (host := urlsplit(url).hostname) in HOSTS[Standing.SOCIAL] - hosts:
            given.problem("standing", f"cannot be government at {host}.", "Write 'social'.")
    for other in {*Standing} - {standing}:
        if strange := [url for url in keys.former_issuers if urlsplit(url).hostname in HOSTS[other] - hosts]:
            given.problem("former_issuers", f"names {strange[0]}, which is {other}, and this provider is {standing}.")
    return None


def _identify(given: Given, keys: ProviderKeys, design: Provider | None, protocol: ProviderProtocol) -> Identify:
    """Choose the provider's function; a government one reads the claims under the names that the setting gives."""
    default = government(ClaimNames()) if keys.standing is Standing.GOVERNMENT else social
    identify = keys.identify or (design.identify if design else default)
    if not isinstance(identify, government):
        given.no_effect("claims", "kinds", "years_of_republic")
        return identify
    named: dict[str, Any] = {name: getattr(keys, name) for name in ("kinds", "years_of_republic") if given.has(name)}
    names = replace(identify.names, **keys.claims, **named)
    check_claim_names(given, names, protocol, named=keys.claims)
    return replace(identify, names=names)


def client_for(registration: Registration, network: Network | None = None) -> Client:
    """Make the client that speaks the registration's protocol; imported here, since it is slow to load."""
    from .http_client import Wire

    wire = Wire(network, **registration.way)
    match registration.provider.protocol:
        case Oidc() as protocol:
            from .oidc import OpenIdClient

            return OpenIdClient(registration, protocol, wire)
        case OAuth2() as protocol:
            from .oauth2 import OAuth2Client

            return OAuth2Client(registration, protocol, wire)
        case Posted() as protocol:
            from .ticket import TicketClient

            verify: object = protocol.verify
            if isinstance(verify, CallsProvider):
                protocol = replace(protocol, verify=verify.over(wire))
            return TicketClient(registration, protocol)

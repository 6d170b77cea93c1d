"""The providers, asked as a sign-in asks them: do they answer, do they know us, do we understand each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

from ..errors import SignInError
from ..providers import OAuth2, Oidc, Posted, Registration
from ..providers.addresses import origin_of
from ..providers.http import failure, get_json
from ..providers.metadata import Endpoints, endpoints, signing_keys
from ..providers.myegov import SoapVerifier
from .asking import Line, line_to, mend
from .finding import Finding, error, note, warning
from .registered import place
from .token_endpoint import check_token_endpoint

AT_ONCE = 8
SLOW_CLOCK = 10.0  # seconds: some of the leeway is gone
WRONG_CLOCK = 60.0  # seconds: `client.LEEWAY`, beyond which an ID token is refused


def check_online(registrations: Iterable[Registration], uris: Mapping[str, str]) -> Iterator[Finding]:
    """Ask all providers at once, since each may take its whole deadline; findings come in the order of the settings."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        asked = [pool.submit(_asked, one, uris[one.provider.name]) for one in registrations]
        for found in asked:
            yield from found.result()


def _asked(registration: Registration, uri: str) -> list[Finding]:
    with line_to(registration) as line:
        match registration.provider.protocol:
            case Oidc() as protocol:
                found = [*_openid(line, registration, protocol, uri)]
            case OAuth2() as protocol:
                found = [*check_token_endpoint(line, registration, protocol.token_url, protocol.token_auth, uri)]
                found += _reached(line, "profile_url", protocol.profile_url)
            case Posted(verify=SoapVerifier(url=url)):
                found = [*_reached(line, "soap_url", url)]
            case Posted():
                found = []  # verified by a function of the integrator's, which knows what it calls
        return [*found, *_clock(line)]


def _openid(line: Line, registration: Registration, protocol: Oidc, uri: str) -> Iterator[Finding]:
    where = place(line.name)
    try:
        document = get_json(line, protocol.discovery_url, provider=line.name, phase="discovery")
        known = endpoints(document, protocol, line.name)
    except SignInError as wrong:
        what = f"publishes nothing usable at {protocol.discovery_url}: {wrong.detail}."
        yield error("discovery_failed", f"{where}['issuer']", what, mend(wrong.detail))
        return
    try:
        signing_keys(get_json(line, known.jwks, provider=line.name, phase="jwks"), line.name)
    except SignInError as wrong:
        what = f"publishes no usable keys at {known.jwks}: {wrong.detail}."
        yield error("jwks_failed", where, what, mend(wrong.detail))
    yield from _advertised(where, protocol, known, document)
    yield from check_token_endpoint(line, registration, known.token, protocol.token_auth, uri)


def _advertised(where: str, protocol: Oidc, known: Endpoints, document: Mapping[str, object]) -> Iterator[Finding]:
    """What the provider says that it does, against what we ask of it."""
    if origin_of(known.authorization) != origin_of(protocol.begins_at):
        what = f"sends browsers to {origin_of(known.authorization)}, where the forms of our pages may not lead."
        fix = f"Set authorization_origin to {origin_of(known.authorization)}."
        yield error("authorization_elsewhere", f"{where}['authorization_origin']", what, fix)
    if known.algorithms is not None and not known.algorithms & {*protocol.algorithms}:
        what = f"signs ID tokens with none of {', '.join(protocol.algorithms)}: every sign-in is refused."
        fix = "Set algorithms to those that the provider signs with; none and HS... are never taken."
        yield error("algorithms_differ", f"{where}['algorithms']", what, fix)
    if "S256" not in _listed(document, "code_challenge_methods_supported", []):
        what = "does not say that it checks PKCE (S256); it is sent all the same."
        yield note("pkce_unadvertised", where, what, "Ask the provider; state and nonce still protect each sign-in.")
    if protocol.token_auth not in _listed(document, "token_endpoint_auth_methods_supported", ["client_secret_basic"]):
        what = f"does not take the secret by {protocol.token_auth}."
        yield warning("token_auth_differs", f"{where}['token_auth']", what, "Set it to one that the provider takes.")
    if protocol.form_post and "form_post" not in _listed(document, "response_modes_supported", ["query", "fragment"]):
        what = "does not post answers (form_post)."
        yield warning("form_post_differs", f"{where}['form_post']", what, "Set form_post to False.")
    scopes = _listed(document, "scopes_supported", protocol.scope.split())
    if unknown := [one for one in protocol.scope.split() if one not in scopes]:
        what = f"does not list {', '.join(unknown)}; it may know it all the same, or not send what that would bring."
        yield note("scope_unlisted", f"{where}['scope']", what, "Ask the provider, and only for what is needed.")


def _listed(document: Mapping[str, object], name: str, otherwise: list[str]) -> list[object]:
    value = document.get(name, otherwise)
    return value if isinstance(value, list) else [*otherwise]


def _reached(line: Line, key: str, url: str) -> Iterator[Finding]:
    """Whether anybody answers there; without a token, no answer is a good one."""
    try:
        line.get(url)
    except (OSError, ValueError) as wrong:
        detail = failure(wrong, provider=line.name, phase="userinfo").detail
        what = f"does not answer at {url}: {detail}."
        yield error("endpoint_unreachable", f"{place(line.name)}[{key!r}]", what, mend(detail))


def _clock(line: Line) -> Iterator[Finding]:
    if line.ahead is None or abs(line.ahead) < SLOW_CLOCK:
        return
    side = "ahead of" if line.ahead > 0 else "behind"
    what = f"has a clock that is {abs(line.ahead):.0f} seconds {side} this machine's"
    fix = "Set this machine's clock by NTP. If other providers agree with it, tell the provider."
    if abs(line.ahead) > WRONG_CLOCK:
        yield error("clock_skew", place(line.name), f"{what}: its ID tokens are refused.", fix)
    else:
        yield warning("clock_skew", place(line.name), f"{what}; beyond {WRONG_CLOCK:.0f} its tokens are refused.", fix)

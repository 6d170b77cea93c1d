"""The providers, asked as a sign-in asks them: do they answer, do they know us, do we understand each other."""

from __future__ import annotations

import secrets
import ssl
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from os.path import exists
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509

from ..errors import SignInError
from ..providers import OAuth2, Oidc, Posted, Registration
from ..providers.answers import WRONG_ADDRESS, read_tokens
from ..providers.claims import cleaned
from ..providers.code_flow import ask_for_token
from ..providers.discovery_and_keys import Endpoints, endpoints, signing_keys
from ..providers.ecpa import ServiceVerifier
from ..providers.http_client import Answer, Asked, Wire, failure, get_json
from ..providers.myegov import SoapVerifier
from ..providers.network import Network, Refused, Unreached
from ..state import AppState
from .findings import ERROR, NOTE, WARNING, Finding, error, found, note, place, warning

AT_ONCE = 8
SHOWN_SECONDS = 3.0
SLOW_CLOCK = 10.0  # seconds: some of the leeway is gone
WRONG_CLOCK = 60.0  # seconds: `client.LEEWAY`, beyond which an ID token is refused
UNKNOWN_ROOT = "certificate: it comes from a root that is not trusted"
IN_ITS_PLACE = "a filter or a captive page on the way may answer in its place: look with a browser on this server."
#: How what went wrong begins, in the wire's words, and what mends it.
MENDS = {
    "a host without an address that may be called": "Correct the host; in a private network, set allow_private.",
    "a redirect": f"Write the address that it redirects to; or {IN_ITS_PLACE}",
    "a page": f"Correct the address; or {IN_ITS_PLACE}",
    "not a JSON object": f"Correct the address; or {IN_ITS_PLACE}",
    "a URL that is not safe": "Write an https address.",
    "another issuer": "Write the issuer exactly as the provider's own document does, its last '/' included.",
    "HTTP 404": "Correct the address: there is nothing.",
    "HTTP 511": "The network wants somebody to sign in first: ask who runs it.",
    "DNS": "Correct the host, or this machine's name servers; where only a proxy knows names, set FIRST_LOGIN_PROXY.",
    "refused": "See that it runs at this port, and that no firewall refuses the call.",
    "no route": "See that this machine has a way there; where only a proxy has one, set FIRST_LOGIN_PROXY.",
    "timeout": "See that it runs, and that no firewall drops the call; if a proxy is the way, set FIRST_LOGIN_PROXY.",
    "proxy": "Correct FIRST_LOGIN_PROXY (or the provider's proxy, or HTTPS_PROXY), its name and password, or ask who "
    "runs the proxy; what needs none belongs to NO_PROXY.",
    UNKNOWN_ROOT: "If the root is the agency's own, or that of a proxy which opens TLS, give it by ca_bundle or "
    "FIRST_LOGIN_CA_BUNDLE; else let the provider serve its whole chain.",
    "certificate: a file of roots": "Look at the provider's ca_bundle and FIRST_LOGIN_CA_BUNDLE; without that one, at "
    "SSL_CERT_FILE and REQUESTS_CA_BUNDLE.",
    "certificate: it is not valid yet": "Set this machine's clock by NTP; if it is right, tell the provider.",
    "certificate: it belongs": f"Correct the host; or {IN_ITS_PLACE}",
    "certificate": "Tell the provider: its certificate is to be renewed.",
    "TLS: what answers": f"Correct scheme and port; or {IN_ITS_PLACE}",
    "TLS": "Tell the provider; what is older or weaker is not safe to sign in by.",
}


def check_endpoints(state: AppState, uris: Mapping[str, str]) -> Iterator[Finding]:
    """Ask all providers at once, since each may take its whole deadline; findings come in the order of the settings."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        asked = [
            pool.submit(_ask, Line(registration, state.network), registration, uris[name])
            for name, registration in state.registrations.items()
        ]
        for findings in asked:
            yield from findings.result()


def check_way_out(state: AppState) -> Iterator[Finding]:
    """Tell by which way providers are called: what no setting says, the environment may."""
    network = state.network
    try:
        if (proxy := network.proxy()) is not None:
            but = f", but for {network.not_by_proxy} (NO_PROXY)" if network.not_by_proxy else ""
            what = f"has providers called through the forward proxy {proxy.address}{but}."
            yield note("proxy_used", network.proxy_by, what, "What is to be called directly belongs to NO_PROXY.")
    except Unreached:
        what = "is no address of a forward proxy by HTTP, so that no provider can be called."
        yield error(
            "proxy_unfit", network.proxy_by, what, "Correct it, or set FIRST_LOGIN_PROXY, which goes before it."
        )
    for name, path in network.roots_by.items():
        yield from found(
            ("roots_added", NOTE, name, exists(path),
             f"has the root certificates of {path} trusted beside the public ones.", ""),
            ("roots_missing", WARNING, name, not exists(path),
             f"names {path}, which is not there: no root of it is trusted.", "Correct the path, or remove it."),
        )  # fmt: skip


class Line(Wire):
    """Calls to one provider. ``ahead`` is by how many seconds its clock was ahead of ours, by its last answer."""

    def __init__(self, registration: Registration, network: Network) -> None:
        super().__init__(network, **registration.way)
        self.name = registration.provider.name
        self.ahead: float | None = None

    def send(self, asked: Asked) -> Answer:
        """Compare its ``Date``, whole seconds, with ours in the middle of the call; a cached answer's says nothing."""
        began = datetime.now(UTC)
        answer = super().send(asked)
        at = began + (datetime.now(UTC) - began) / 2
        if "Age" not in answer.headers:
            with suppress(ValueError, TypeError):
                self.ahead = (parsedate_to_datetime(answer.headers.get("Date", "")) - at).total_seconds()
        return answer

    def issuer(self, url: str) -> str:
        """Name who issued the certificate that is shown there; nothing is sent, so nobody need be trusted for it."""
        parts = urlsplit(url)
        pool: Any = self._pool((parts.scheme, str(parts.hostname), parts.port))
        shown = pool._new_conn()
        shown.timeout, shown.ssl_context = SHOWN_SECONDS, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        shown.ssl_context.check_hostname, shown.ssl_context.verify_mode = False, ssl.CERT_NONE
        try:
            pool._prepare_proxy(shown) if pool.proxy else shown.connect()
            issuer = x509.load_der_x509_certificate(shown.sock.getpeercert(binary_form=True)).issuer
        except (Refused, Unreached, OSError, ValueError):
            return ""
        finally:
            shown.close()
        return (cleaned(issuer.rfc4514_string()) or "")[:100]


def _ask(line: Line, registration: Registration, uri: str) -> list[Finding]:
    with closing(line):
        match registration.provider.protocol:
            case Oidc() as protocol:
                findings = [*_openid(line, registration, protocol, uri)]
            case OAuth2() as protocol:
                findings = [*_token_endpoint(line, registration, protocol.token_url, protocol.token_auth, uri)]
                findings += _reached(line, "profile_url", protocol.profile_url)
            case Posted(verify=SoapVerifier(url=url)):
                findings = [*_reached(line, "soap_url", url)]
            case Posted(verify=ServiceVerifier(verify_url=url)):
                findings = [*_reached(line, "verify_url", url)]
            case Posted():
                findings = []  # verified by a key, or by a function of the integrator's, which knows what it calls
        return [*findings, *_clock(line)]


def _openid(line: Line, registration: Registration, protocol: Oidc, uri: str) -> Iterator[Finding]:
    where = place(line.name)
    try:
        document = get_json(line, protocol.discovery_url, provider=line.name, phase="discovery")
        known = endpoints(document, protocol, line.name)
    except SignInError as wrong:
        why, fix = _why(line, protocol.discovery_url, wrong.detail)
        yield error("discovery_failed", f"{where}['issuer']", f"publishes nothing usable at {why}", fix)
        return
    try:
        signing_keys(get_json(line, known.jwks, provider=line.name, phase="jwks"), line.name)
    except SignInError as wrong:
        why, fix = _why(line, known.jwks, wrong.detail)
        yield error("jwks_failed", where, f"publishes no usable keys at {why}", fix)
    yield from _advertised(where, protocol, known, document)
    yield from _token_endpoint(line, registration, known.token, protocol.token_auth, uri)


def _advertised(where: str, protocol: Oidc, known: Endpoints, document: Mapping[str, object]) -> Iterator[Finding]:
    """Compare what the provider says that it does with what we ask of it."""

    def listed(name: str, *otherwise: str) -> list[object]:
        value = document.get(name, otherwise)
        return value if isinstance(value, list) else [*otherwise]

    scopes = protocol.scope.split()
    unknown = [scope for scope in scopes if scope not in listed("scopes_supported", *scopes)]
    methods = listed("token_endpoint_auth_methods_supported", "client_secret_basic")
    yield from found(
        ("algorithms_differ", ERROR, f"{where}['algorithms']",
         known.algorithms is not None and not known.algorithms & {*protocol.algorithms},
         f"signs ID tokens with none of {', '.join(protocol.algorithms)}: every sign-in is refused.",
         "Set algorithms to those that the provider signs with; none and HS... are never taken."),
        ("pkce_unadvertised", NOTE, where, "S256" not in listed("code_challenge_methods_supported"),
         "does not say that it checks PKCE (S256); it is sent all the same.",
         "Ask the provider; state and nonce still protect each sign-in."),
        ("token_auth_differs", WARNING, f"{where}['token_auth']", protocol.token_auth not in methods,
         f"does not take the secret by {protocol.token_auth}.", "Set it to one that the provider takes."),
        ("form_post_differs", WARNING, f"{where}['form_post']",
         protocol.form_post and "form_post" not in listed("response_modes_supported", "query", "fragment"),
         "does not post answers (form_post).", "Set form_post to False."),
        ("scope_unlisted", NOTE, f"{where}['scope']", unknown,
         f"does not list {', '.join(unknown)}; it may know it all the same, or not send what that would bring.",
         "Ask the provider, and only for what is needed."),
    )  # fmt: skip


def _token_endpoint(line: Line, registration: Registration, url: str, auth: str, uri: str) -> Iterator[Finding]:
    """Ask for a token with a code that nobody was given.

    A provider proves the client before the code (RFC 6749, 4.1.3), so its refusal tells whether the secret is right.
    The secret goes where every sign-in sends it, and nowhere else.
    """
    where = place(line.name)
    code, verifier = f"doctor-{secrets.token_urlsafe(16)}", secrets.token_urlsafe(32)
    try:
        response = ask_for_token(line, registration, url, auth, code=code, verifier=verifier, redirect_uri=uri)
    except (OSError, ValueError) as wrong:
        detail = failure(wrong, provider=line.name, phase="token").detail
        why, fix = _why(line, url, detail)
        yield error("token_endpoint_unreachable", where, f"gives no token at {why}", fix)
        return
    yield from _token_answer(where, url, response, uri)


def _token_answer(where: str, url: str, response: Answer, uri: str) -> Iterator[Finding]:
    """Judge an answer to that code as a sign-in does: GitHub, for one, refuses with HTTP 200."""
    status = response.status_code
    try:
        tokens = read_tokens(response, where)
    except SignInError as refused:
        if status >= 500 or status == 404 or (status == 200 and refused.code == "provider_error"):
            detail = refused.detail if status == 200 else f"HTTP {status}"
            yield error("token_endpoint_broken", where, f"answers at {url} with {detail}.", _fix(detail))
        elif refused.of_portal and WRONG_ADDRESS in refused.detail:
            what = "does not know the redirect URI: every sign-in is refused at the last step."
            yield error("redirect_uri_refused", where, what, f"Register {uri} there, to the letter.")
        elif refused.of_portal:
            what = "does not know this client_id with this secret: every sign-in is refused at the last step."
            fix = "Copy both again from the registration; look whether the secret ran out, and at token_auth."
            yield error("client_refused", f"{where}['client_secret']", what, fix)
        return
    if tokens.access_token or tokens.id_token:
        fix = "Tell the provider: at such a one, anybody is anybody."
        yield warning("code_unchecked", where, "took a code that it never gave.", fix)


def _reached(line: Line, key: str, url: str) -> Iterator[Finding]:
    """Ask whether anybody answers there; without a token, no answer is a good one."""
    try:
        line.get(url)
    except (OSError, ValueError) as wrong:
        detail = failure(wrong, provider=line.name, phase="userinfo").detail
        why, fix = _why(line, url, detail)
        yield error("endpoint_unreachable", f"{place(line.name)}[{key!r}]", f"does not answer at {why}", fix)


def _clock(line: Line) -> Iterator[Finding]:
    ahead = abs(line.ahead or 0)
    what = f"has a clock that is {ahead:.0f} seconds {'ahead of' if (line.ahead or 0) > 0 else 'behind'} this machine's"
    fix = "Set this machine's clock by NTP. If other providers agree with it, tell the provider."
    yield from found(
        ("clock_skew", ERROR, place(line.name), ahead > WRONG_CLOCK, f"{what}: its ID tokens are refused.", fix),
        ("clock_skew", WARNING, place(line.name), SLOW_CLOCK <= ahead <= WRONG_CLOCK,
         f"{what}; beyond {WRONG_CLOCK:.0f} its tokens are refused.", fix),
    )  # fmt: skip


def _why(line: Line, url: str, detail: str) -> tuple[str, str]:
    """Say why a call failed, and what to do about it, by the words it failed with."""
    issuer = line.issuer(url) if detail == UNKNOWN_ROOT else ""
    return f"{url}: {detail}{f' (issued by {issuer})' if issuer else ''}.", _fix(detail)


def _fix(detail: str) -> str:
    return next(
        (fix for beginning, fix in MENDS.items() if detail.startswith(beginning)), "See what it logs of the call."
    )

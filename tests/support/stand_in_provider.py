"""Providers in this very process, over real HTTP: honest, until a test decides what one of them says."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qsl, urlencode, urlsplit
from xml.sax.saxutils import escape

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import RSAKey
from werkzeug.test import TestResponse

from support.learner import Learner

CLIENT = {"client_id": "portal", "client_secret": "secret-of-the-portal"}
NAMES = ("gov", "apple", "facebook", "myegov")
POSTING = ("apple", "myegov")
PERSON: dict[str, object] = {"uid": "I100000003", "cn": "李好學", "name": "haohsueh", "uid_verified": True}
COLUMNS = {
    "account": "kungcheng",
    "uid": "A223456781",
    "CN": "張公正",
    "UserType": "公務員",
    "SecureLevel": "IDPassword",
}
SOAP_ANSWER = (
    '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">'
    '<soap:Body><GetProfileColumnsResponse xmlns="http://cp.gov.tw/gsp2"><GetProfileColumnsResult>'
    "<Code>{code}</Code><Message>{message}</Message><Result><ProfileColumns>{items}</ProfileColumns></Result>"
    "</GetProfileColumnsResult></GetProfileColumnsResponse></soap:Body></soap:Envelope>"
)


def soap(columns: Mapping[str, str], code: str = "0", message: str = "") -> bytes:
    """What MyEGov's profile service answers."""
    items = "".join(
        f"<Item><Key>{escape(key)}</Key><Value>{escape(value)}</Value></Item>" for key, value in columns.items()
    )
    return SOAP_ANSWER.format(code=escape(code), message=escape(message), items=items).encode()


@cache
def private_key() -> str:
    """A key of the kind that Apple hands out."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@cache
def signing_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)


def signed(header: Mapping[str, Any], payload: bytes, key: RSAKey | None = None) -> str:
    """A compact JWS with an RS256 signature of the published key, whatever it says; a None leaves a header out."""
    given = {"alg": "RS256", "kid": signing_key().kid, **header}
    head = json.dumps({name: value for name, value in given.items() if value is not None}).encode()
    text = f"{base64url(head)}.{base64url(payload)}"
    private = cast("rsa.RSAPrivateKey", (key or signing_key()).raw_value)
    return f"{text}.{base64url(private.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


@dataclass(frozen=True)
class Asked:
    """One request that reached a provider."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


class StandIn:
    """``says`` maps each path to its answer (status and body); ``asked`` and ``connections`` tell what came.

    Four providers: ``gov`` and ``apple`` speak OpenID Connect, ``facebook`` OAuth 2.0, ``myegov`` posts tickets.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[Asked] = []
        self.connections = 0
        self.says: dict[str, tuple[int, bytes]] = {}
        self.be_honest()

    def be_honest(self) -> None:
        """Say again what is right; forget what was asked. A token is said when a sign-in needs it."""
        self.says.clear()
        self.asked.clear()
        self.connections = 0
        for name in ("gov", "apple"):
            self.say(f"/{name}/.well-known/openid-configuration", self.discovery(name))
            self.say(f"/{name}/jwks", {"keys": [signing_key().as_dict(private=False)]})
            self.say(f"/{name}/userinfo", {"sub": "person", **PERSON})
        self.say("/facebook/token", {"access_token": "token-of-facebook", "token_type": "Bearer"})
        self.say("/facebook/me", {"id": "1234567890", "name": "趙自由"})
        self.say("/myegov/soap", soap(COLUMNS))

    def say(self, path: str, value: object, status: int = 200) -> None:
        """Answer ``path`` with these bytes, or with this as JSON."""
        self.says[path] = (status, value if isinstance(value, bytes) else json.dumps(value).encode())

    def discovery(self, name: str) -> dict[str, object]:
        issuer = f"{self.url}/{name}"
        return {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "userinfo_endpoint": f"{issuer}/userinfo",
            "jwks_uri": f"{issuer}/jwks",
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def settings(self) -> dict[str, dict[str, object]]:
        """What a portal sets to sign in here."""
        gov = {"standing": "government", "title": {"en": "Agency", "zh": "機關"}, "claims": {"name": "cn"}}
        apple = {"client_id": "portal", "team_id": "TEAM", "key_id": "KEY", "private_key": private_key()}
        urls = {"authorize_url": "dialog", "token_url": "token", "profile_url": "me"}
        ticket = {"protocol": "ticket", "login_url": f"{self.url}/myegov/login", "service_id": "portal"}
        return {
            "gov": {**CLIENT, **gov, "issuer": f"{self.url}/gov"},
            "apple": {**apple, "issuer": f"{self.url}/apple"},
            "facebook": {**CLIENT, **{key: f"{self.url}/facebook/{path}" for key, path in urls.items()}},
            "myegov": {**ticket, "soap_url": f"{self.url}/myegov/soap"},
        }

    def claims(self, name: str, nonce: str) -> dict[str, object]:
        """What an ID token of this moment says."""
        now = int(time.time())
        issuer = f"{self.url}/{name}"
        return {"iss": issuer, "aud": "portal", "sub": "person", "nonce": nonce, "iat": now, "exp": now + 300}

    def say_token(self, name: str, id_token: str) -> None:
        self.say(f"/{name}/token", {"access_token": "a-token", "token_type": "Bearer", "id_token": id_token})

    def answer(self, name: str, sent_to: str) -> dict[str, str]:
        """The fields of the honest answer to a browser that was sent to this address."""
        query = dict(parse_qsl(urlsplit(sent_to).query))
        once = secrets.token_urlsafe(16)
        if name == "myegov":
            return {"twGovT1": once}
        if name != "facebook":
            self.say_token(name, signed({}, json.dumps(self.claims(name, query["nonce"])).encode()))
        return {"code": once, "state": query["state"]}


def return_path(sent_to: str) -> str:
    """Where a browser that was sent to this address is to come back."""
    query = dict(parse_qsl(urlsplit(sent_to).query))
    return urlsplit(query.get("redirect_uri") or query["ReturnUrl"]).path


def post_across(learner: Learner, path: str, fields: Mapping[str, str]) -> TestResponse:
    """A form that another site posts: the browser sends no Lax cookie along, and keeps those that come."""
    stranger = Learner.at(learner.app)
    response = stranger.post(path, dict(fields))
    for name, value in stranger.cookies().items():
        learner.client.set_cookie(name, value)
    return response


def come_back(learner: Learner, name: str, sent_to: str, fields: Mapping[str, str]) -> TestResponse:
    """Bring these fields to the portal as a browser does; gives the portal's answer at its callback."""
    if name in POSTING:
        response = post_across(learner, return_path(sent_to), fields)
        return learner.follow(response) if response.status_code == 303 else response
    return learner.get(f"{return_path(sent_to)}?{urlencode(fields)}")


def sign_in(learner: Learner, stand_in: StandIn, name: str) -> TestResponse:
    """The whole way, with everybody honest."""
    sent_to = learner.start(name)
    return come_back(learner, name, sent_to, stand_in.answer(name, sent_to))


def base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


def left_half_hash(token: str) -> str:
    """The ``at_hash`` of an access token."""
    return base64url(hashlib.sha256(token.encode()).digest()[:16])


@contextmanager
def standing_in() -> Iterator[StandIn]:
    """The providers, on a port of their own."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        timeout = 5  # of a connection that nobody uses any more

        def setup(self) -> None:
            super().setup()
            providers.connections += 1

        def reply(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            providers.asked.append(Asked(self.command, parts.path, query, dict(self.headers), body))
            status, content = providers.says.get(parts.path, (404, b"{}"))
            content = b"" if status == 204 else content
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = reply  # noqa: N815  # the names that http.server looks for

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    providers = StandIn(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield providers
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

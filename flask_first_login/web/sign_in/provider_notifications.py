"""What Facebook and Apple require of an app: to be told that a person left, or wants to be forgotten."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from datetime import UTC, datetime

from flask import jsonify, request, url_for
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response

from ... import signals
from ...providers import OAuth2, Oidc
from ...providers.facebook import subject_of
from ...text import Text
from ..failures import handles_sign_in_errors
from ..headers import private
from ..navigation import here, told_address
from ..pages import render

logger = logging.getLogger("flask_first_login")
TITLE = Text("We have received the request to delete data", "已收到刪除資料的要求")
WHAT = Text(
    "The portal was told to delete what this sign-in gave it. Keep the code in this page's address if you want to ask "
    "about it.",
    "平臺已收到通知，將刪除由這個登入方式取得的資料。如需查詢，請保留本頁網址中的代碼。",
)


@handles_sign_in_errors
def deauthorise(name: str) -> Response:
    """Tell the host that a person removed this portal at the provider."""
    _tell(name, deletion=False)
    return Response(status=204)


@handles_sign_in_errors
def data_deletion(name: str) -> Response:
    """Tell the host that a person asked the provider to have their data deleted here; answer where to look.

    The provider shows that address to the person: a Host header never chooses it. Where the portal does not know its
    own, the path alone is said.
    """
    code = _tell(name, deletion=True)
    url = told_address(here(), "deletion_status", name=name, code=code)
    path = url_for("first_login.deletion_status", name=name, code=code)
    return jsonify(url=url or path, confirmation_code=code)


def deletion_status(name: str, code: str) -> Response:
    """Draw the page that a person may open to see that the request arrived. It says nothing about anybody."""
    if not isinstance(_protocol(name), OAuth2) or len(code) != 16 or not code.isalnum():
        raise NotFound
    return private(render("not_found.html", TITLE, what=WHAT))


def _tell(name: str, *, deletion: bool) -> str:
    """Tell the host what the provider signed; give the code of this notice.

    :raises NotFound: the provider sends no such notices.
    :raises BadRequest: the notice does not bear the provider's signature.
    """
    state, protocol = here().state, _protocol(name)
    if not isinstance(protocol, OAuth2) or not protocol.proof:
        raise NotFound
    subject = subject_of(request.form.get("signed_request", ""), state.registrations[name].secret())
    if subject is None:
        raise BadRequest
    code = _code_of(name, subject, state.registrations[name].secret())
    _tell_host(name, protocol.issuer, subject, deletion=deletion, code=code)
    return code


@handles_sign_in_errors
def notified(name: str) -> Response:
    """Tell the host what Apple says of people who left: that they no longer use it here, or deleted their account.

    :raises NotFound: the provider sends no such notices.
    :raises BadRequest: the provider did not sign the notice, or not for this portal and this day.
    """
    from ...providers.apple import read_notice  # brings the cryptography, which is slow to import
    from ...providers.id_token import NotVerified
    from ...providers.oidc import OpenIdClient

    state, protocol = here().state, _protocol(name)
    client = state.client(name) if isinstance(protocol, Oidc) and protocol.posts_events else None
    if not isinstance(protocol, Oidc) or not isinstance(client, OpenIdClient):
        raise NotFound
    try:
        audiences = {state.registrations[name].client_id, *protocol.trusted_audiences}
        notice = read_notice(client.signed(_posted()), issuer=protocol.issuer, audiences=audiences)
    except NotVerified as error:
        logger.warning("a notice that was posted for %s counts for nothing: %s", name, error)
        raise BadRequest from None
    digest = hashlib.sha256(f"notice\0{protocol.issuer}\0{notice.jti}".encode()).digest()
    if state.accounts.use_once(digest, datetime.fromtimestamp(notice.until, UTC)):  # it is repeated where we are slow
        for subject, deletion in notice.ended:
            _tell_host(name, protocol.issuer, subject, deletion=deletion, code=_code_of(name, subject, notice.jti))
    return Response(status=200)


def _posted() -> str:
    body = request.get_json(silent=True) if request.is_json else request.form
    payload = body.get("payload") if isinstance(body, Mapping) else None
    return payload if isinstance(payload, str) else ""


def _code_of(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _tell_host(name: str, issuer: str, subject: str, *, deletion: bool, code: str) -> None:
    owner = here().state.owner_of(issuer, subject)
    account = owner.id if owner is not None else None
    signals.tell(signals.identity_revoked, provider=name, account=account, deletion=deletion, confirmation_code=code)


def _protocol(name: str) -> object:
    registration = here().state.registrations.get(name)
    return registration.provider.protocol if registration is not None else None

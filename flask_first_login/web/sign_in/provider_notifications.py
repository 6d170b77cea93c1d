"""What Facebook requires of an app before it goes live: to be told that a person left, or wants to be forgotten."""

from __future__ import annotations

import hashlib

from flask import jsonify, request, url_for
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response

from ... import signals
from ...providers import OAuth2
from ...providers.facebook import subject_of
from ...text import Text
from ..failures import handles_sign_in_errors
from ..headers import private
from ..navigation import here
from ..pages import render

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
    """Tell the host that a person asked the provider to have their data deleted here; answer where to look."""
    code = _tell(name, deletion=True)
    origin = here().state.settings.external_url or request.host_url.rstrip("/")
    url = origin + url_for("first_login.deletion_status", name=name, code=code)
    return jsonify(url=url, confirmation_code=code)


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
    code = hashlib.sha256(f"{name}\0{subject}\0{state.registrations[name].secret()}".encode()).hexdigest()[:16]
    owner = state.owner_of(protocol.issuer, subject)
    account = owner.id if owner is not None else None
    signals.tell(signals.identity_revoked, provider=name, account=account, deletion=deletion, confirmation_code=code)
    return code


def _protocol(name: str) -> object:
    registration = here().state.registrations.get(name)
    return registration.provider.protocol if registration is not None else None

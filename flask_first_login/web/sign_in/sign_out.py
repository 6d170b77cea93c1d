"""Sign out: for whoever reads somebody else's name on a page of ours, and before a start with another account."""

from __future__ import annotations

from flask import redirect
from werkzeug.wrappers import Response

from ...errors import SignInError
from ...host_session import SignsOut, renew_session
from ..failures import handles_sign_in_errors
from ..forms import ButtonForm
from ..navigation import Here, here
from .repeated_answer import forget_ended


@handles_sign_in_errors
def sign_out() -> Response:
    """Sign out here, and show the login page. By a link, any page elsewhere could sign a learner out."""
    return leave_session(here(), ButtonForm())


def leave_session(at: Here, form: ButtonForm) -> Response:
    """Sign out, and send the browser to the login page; ``form`` brings the token.

    Who presses twice is signed out by the first of the two.

    :raises SignInError: as `end_session`.
    """
    if at.state.session.signed_in() is not None:
        end_session(at, "", form)
    return redirect(at.url("login"), 303)


def end_session(at: Here, name: str, form: ButtonForm) -> None:
    """Sign out whoever is signed in in this browser, before a sign-in at the provider ``name`` or for good.

    :raises SignInError: ``expired``, when the token is not of this session, or the host's session signs nobody out.
    """
    if not isinstance(at.state.session, SignsOut):
        raise SignInError("expired", provider=name, phase="begin", detail="the host's session signs nobody out")
    if not form.validate():
        raise SignInError("expired", provider=name, phase="begin", detail="token of the form")
    renew_session()
    at.state.session.sign_out()
    forget_ended()

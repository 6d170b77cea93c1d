"""The page to which a sign-in leads: its receipt."""

from __future__ import annotations

from flask import redirect
from werkzeug.wrappers import Response

from ..failures import handles_page_errors
from ..forms import ButtonForm
from ..headers import private
from ..navigation import here
from ..pages import render
from .receipt import receipt_of


@handles_page_errors
def outcome() -> Response:
    """Show the verdicts, and whatever the facts say otherwise than the answers."""
    at = here()
    account = at.state.signed_in()
    if account is None:
        return private(redirect(at.url("login"), 303))
    receipt = receipt_of(at, account, at.state.hours(account))
    response = render(
        "outcome.html",
        receipt.title,
        receipt=receipt,
        causes=receipt.causes,
        form=ButtonForm(),
    )
    return private(response)

"""The front page: every pretend provider, who may sign in there, and the switches of its faults."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from .faults.making import Fault
from .provider import Provider, plain


class FrontPage:
    """For people; tests set faults by JSON. ``_token`` stands in the forms: no foreign page knows it, so none can
    switch a fault.
    """

    def __init__(self, providers: Sequence[Provider[Fault]]) -> None:
        self._providers = {provider.issuer.name: provider for provider in providers}
        self._token = secrets.token_urlsafe(16)

    def blueprint(self) -> Blueprint:
        routes = Blueprint("front", __name__)
        routes.get("/")(self.show)
        routes.post("/")(self.switch)
        return routes

    def show(self) -> ResponseReturnValue:
        return render_template("front.html", providers=self._providers.values(), token=self._token)

    def switch(self) -> ResponseReturnValue:
        """Make one provider err, or none when ``fault`` is empty, and show that it does."""
        if not hmac.compare_digest(request.form.get("token", "").encode(), self._token.encode()):
            return plain("This form is not from this sandbox, or from before its last start. Open the page again.")
        provider = self._providers.get(request.form.get("provider", ""))
        if provider is None or not provider.err(request.form.get("fault") or None):
            return plain("There is no such fault.")
        return redirect(f"/#{provider.issuer.name}", 303)

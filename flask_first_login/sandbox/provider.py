"""What all pretend providers have: people to choose from, forms that lead back, and one fault at most."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

from flask import Blueprint, Response, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue

from .faults.making import Fault
from .issuers import Issuer
from .personas import Persona

F_co = TypeVar("F_co", bound=Fault, covariant=True)


class Provider(Generic[F_co]):
    """A pretend provider. Its ``faults`` are the ways in which it can be made to err; ``well`` changes nothing."""

    def __init__(self, issuer: Issuer, faults: Mapping[str, F_co], well: F_co) -> None:
        self.issuer, self.faults, self._well = issuer, faults, well
        self.fault_name: str | None = None

    @property
    def fault(self) -> F_co:
        """How it errs now."""
        return self.faults[self.fault_name] if self.fault_name else self._well

    @property
    def url(self) -> str:
        """Where it is, as the request sees it."""
        return request.host_url + self.issuer.name

    def blueprint(self) -> Blueprint:
        """Its addresses, all below its name."""
        routes = Blueprint(self.issuer.name, __name__, url_prefix=f"/{self.issuer.name}")
        routes.post("/_fault")(self.set_fault)
        return routes

    def subject(self, persona: Persona) -> str:
        """What ``persona`` is called here, and nowhere else."""
        return persona.digest(self.issuer.name)

    def err(self, name: str | None) -> bool:
        """Err in this way from now on; None makes it as it was at the start. False when there is no such way."""
        if name is not None and name not in self.faults:
            return False
        self.fault_name = name
        return True

    def set_fault(self) -> ResponseReturnValue:
        """For tests. Only as ``application/json``, which no foreign page can post here unasked."""
        wish = request.get_json()
        match wish:
            case {"fault": None | str() as name} if self.err(name):
                return jsonify(wish)
            case _:
                return {"error": "unknown fault", "known": sorted(self.faults)}, 400

    # --- what the person sees ---

    def hinted(self) -> Persona | None:
        """Whom a test without a browser signs in as."""
        return self.issuer.personas.get(request.args.get("login_hint", ""))

    def chosen(self) -> Persona | None:
        """Whom the person picked on the page."""
        return self.issuer.personas.get(request.form.get("persona", ""))

    def chooser(self, hidden: Mapping[str, str], returns_to: str) -> ResponseReturnValue:
        """The page to choose from; its form carries ``hidden`` along."""
        return render_template("chooser.html", issuer=self.issuer, hidden=hidden, returns_to=returns_to)

    def hand_over(self, returns_to: str, fields: Mapping[str, str]) -> Response:
        """A page whose one button posts ``fields`` to the portal, from here: a cross-site POST."""
        return make_response(render_template("handover.html", issuer=self.issuer, fields=fields, returns_to=returns_to))


def plain(text: str) -> Response:
    """A refusal that goes nowhere: sending it back would make this an open redirector (RFC 9700 section 4.11)."""
    return Response(f"{text}\n", status=400, mimetype="text/plain")

"""The POST forms, each with a token against forged requests. A question is a GET form of its template: it changes
nothing, and has no token."""

from __future__ import annotations

from typing import Any

from flask import current_app, g, request
from flask_wtf import FlaskForm
from flask_wtf.csrf import generate_csrf, validate_csrf
from werkzeug.urls import iri_to_uri
from werkzeug.wrappers import Response
from wtforms import BooleanField, Field, HiddenField
from wtforms.csrf.core import CSRF
from wtforms.validators import DataRequired

from ..secret_key import OF_FORMS
from ..text import Text
from .navigation import Here
from .pages import provider_title, render
from .template_texts import CONTINUE_TO_SIGN_IN

#: What a box sends when it is ticked: ours, one that names no value, and one of a page of the host's own.
TICKED = frozenset({"y", "yes", "on", "true", "1"})
#: The headers in which the script of a page may send the token.
HEADERS = ("X-CSRFToken", "X-CSRF-Token")


def token() -> str:
    """Make the token against forged requests (CSRF) for the session of this request.

    Flask-WTF keeps it in ``g``, where an outer app context gives the second request the token of the first one's
    session; so it is taken out before, and after.
    """
    name = current_app.config.get("WTF_CSRF_FIELD_NAME", "csrf_token")
    g.pop(name, None)
    made: str = generate_csrf(_secret(), name)
    g.pop(name, None)
    return made


def _secret() -> Any:
    """Return what tokens are signed with. A name that stands in the settings without a key, as one that is read from an
    environment which does not have it, is as if it were not there: Flask-WTF itself would fail at it."""
    return current_app.config.get(OF_FORMS) or current_app.secret_key


class _Token(CSRF):  # type: ignore[misc]  # WTForms is not typed
    """Check the token of this very request: what ``g`` says of a valid one may be another request's."""

    def setup_form(self, form: FlaskForm) -> object:
        self.meta = form.meta
        return super().setup_form(form)

    def generate_csrf_token(self, csrf_token_field: Field) -> str:
        return token()

    def validate_csrf_token(self, form: FlaskForm, field: Field) -> None:
        given = field.data or next(filter(None, map(request.headers.get, HEADERS)), None)
        validate_csrf(given, self.meta.csrf_secret, self.meta.csrf_time_limit, self.meta.csrf_field_name)


class ButtonForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF is not typed
    """One button: go on to a provider, add a way to sign in, or sign out and start again."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]  # as above
        #: Whatever a host's ``WTF_CSRF_ENABLED`` says: by a form without a token, any page elsewhere could add an
        #: attacker's identity to the account of a learner who is signed in.
        csrf = True
        csrf_class = _Token

        @property
        def csrf_secret(self) -> Any:
            return _secret()

        def get_translations(self, form: object) -> None:
            """Return None: every message is ours, so the catalogs of WTForms need not be read."""

    @property
    def token(self) -> Field:
        """The field of the token, whose name is the host's to set (``WTF_CSRF_FIELD_NAME``)."""
        return self[self.meta.csrf_field_name]


class Box(BooleanField):  # type: ignore[misc]  # WTForms is not typed
    """A box that is ticked or not: "false", "0", "null" and whatever else another page sends count as not ticked."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = bool(valuelist) and TICKED.issuperset(valuelist)


class LeaveForm(ButtonForm):
    """One button: give up a way to sign in; pressed on the learner's page, then once more on the page that asks."""

    which = HiddenField()
    confirmed = Box()


class AcknowledgeForm(ButtonForm):
    """The learner accepts what a social identity costs."""

    acknowledged = Box(validators=[DataRequired()])
    waiting = HiddenField()
    version = HiddenField()


def lead_away(at: Here, name: str, url: str, *, label: Text = CONTINUE_TO_SIGN_IN) -> Response:
    """Answer a form with a page that leads on by itself, to where this provider goes on.

    Browsers hold the ``form-action`` of a page against every redirect in answer to its forms, and a provider may hand
    on to hosts that nobody knows. What a page leads to is held against nothing, needs no script and leaves no entry in
    the history. So no policy needs to name a provider, and a form can post nothing elsewhere.
    """
    title, page, url = provider_title(at, name), {"endpoint": "login"}, iri_to_uri(url)
    response = render("leading_on.html", title, guide=False, page_url=page, url=url, label=label)
    response.headers["Refresh"] = f"0; url={url}"
    return response

"""The forms: questions as GET forms that change nothing, and the few POST forms that do, with a CSRF token."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from flask import current_app, g, request
from flask_wtf import FlaskForm
from flask_wtf.csrf import generate_csrf, validate_csrf
from wtforms import BooleanField, Field, HiddenField, RadioField
from wtforms.csrf.core import CSRF
from wtforms.validators import DataRequired, InputRequired

from ..flow import Flow, Question

#: What a box sends when it is ticked: ours, one that names no value, and one of a page of the host's own.
TICKED = frozenset({"y", "yes", "on", "true", "1"})


#: By which scripts of a page send the token.
HEADERS = ("X-CSRFToken", "X-CSRF-Token")


def token() -> str:
    """The token against forged requests: of the session of this request.

    Flask-WTF keeps it in ``g``, where an outer app context gives the second request the token of the first one's
    session; so it is taken out before, and after.
    """
    name = current_app.config.get("WTF_CSRF_FIELD_NAME", "csrf_token")
    g.pop(name, None)
    made: str = generate_csrf()
    g.pop(name, None)
    return made


class _Token(CSRF):  # type: ignore[misc]  # WTForms is not typed
    """Asks each request for a token of its own; what ``g`` says of one that was valid may be another request's."""

    def setup_form(self, form: FlaskForm) -> object:
        self.meta = form.meta
        return super().setup_form(form)

    def generate_csrf_token(self, csrf_token_field: Field) -> str:
        return token()

    def validate_csrf_token(self, form: FlaskForm, field: Field) -> None:
        given = field.data or next(filter(None, map(request.headers.get, HEADERS)), None)
        validate_csrf(given, self.meta.csrf_secret, self.meta.csrf_time_limit, self.meta.csrf_field_name)


class _Form(FlaskForm):  # type: ignore[misc]  # Flask-WTF is not typed
    class Meta(FlaskForm.Meta):  # type: ignore[misc]  # as above
        #: Whatever a host's ``WTF_CSRF_ENABLED`` says: by a form without a token, any page elsewhere could add an
        #: attacker's identity to the account of a learner who is signed in.
        csrf = True
        csrf_class = _Token

        def get_translations(self, form: object) -> None:
            """None: every message is ours, so the catalogs of WTForms need not be read."""


class Box(BooleanField):  # type: ignore[misc]  # WTForms is not typed
    """A box that is ticked, or not: "false", "0", "null" and whatever else a page of another make sends is no."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = bool(valuelist) and TICKED.issuperset(valuelist)


class AnswerForm(_Form):
    """One question. Answering changes nothing on the server, so there is no token (and no cookie)."""

    class Meta(_Form.Meta):
        csrf = False


class HandOffForm(_Form):
    """One button: go on to the provider, although another site caused this visit."""


class JoinForm(_Form):
    """One button: add another way to sign in to the account that is signed in."""


class AnewForm(_Form):
    """One button: sign out here, and sign in with another account."""


class LeaveForm(_Form):
    """One button: give up a way to sign in; pressed on the learner's page, then once more on the page that asks."""

    which = HiddenField()
    confirmed = Box()


class AcknowledgeForm(_Form):
    """The learner accepts what a social identity costs."""

    acknowledged = Box(validators=[DataRequired()])
    waiting = HiddenField()
    version = HiddenField()


def answer_forms(flow: Flow) -> Mapping[str, type[AnswerForm]]:
    """The form of every question of a flow, by the question's key; made once, when the app starts."""
    return MappingProxyType({q.key: _answer_form(q) for q in flow.screens if isinstance(q, Question)})


def _answer_form(question: Question) -> type[AnswerForm]:
    field = RadioField(choices=[option.value for option in question.options], validators=[InputRequired()])
    return type("AnswerForm", (AnswerForm,), {question.name: field})

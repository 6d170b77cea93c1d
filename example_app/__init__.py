"""A small learning portal with a first sign-in: Flask-Login, Flask-SQLAlchemy, and pages in two languages.

``python -m example_app`` runs it together with pretend providers. Everything else goes by Flask's own command::

    flask --app example_app init-db
    flask --app example_app make-operator MEMBER_ID
    flask --app example_app first-login paths
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, current_app, render_template, request, session
from flask_babel import Babel, get_locale
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf import CSRFProtect
from werkzeug.exceptions import HTTPException, SecurityError

from flask_first_login import Text, hours_changed, identity_left, signed_in

from .commands import add_commands
from .completions import release_held
from .configuration import configure
from .database import open_database
from .members import end_sessions, first_login, login_manager, remember_sign_in
from .operator import operator
from .views import THEMES, portal

LANGUAGES = {"zh-Hant-TW": "中文", "en": "English"}
LOCALES = {"zh": "zh_Hant_TW", "en": "en"}
#: What a visitor chooses by an address and keeps in a cookie.
CHOICES = {"lang": LANGUAGES, "theme": THEMES}
A_YEAR = 365 * 24 * 60 * 60
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """The portal. ``config`` wins over the environment; ``INSTANCE_PATH`` in either says where its files are kept."""
    own = config or {}
    app = Flask(__name__, instance_path=own.get("INSTANCE_PATH") or os.environ.get("FLASK_INSTANCE_PATH"))
    configure(app, own)
    open_database(app)
    login_manager.init_app(app)
    CSRFProtect(app)
    Babel(app, locale_selector=choose_locale)
    first_login.init_app(app)
    signed_in.connect(remember_sign_in, app)
    hours_changed.connect(release_held, app)
    identity_left.connect(end_sessions, app)
    # Where a form of the first login may end, beside this site: browsers hold redirects against the policy too.
    app.register_blueprint(portal)
    app.register_blueprint(operator)
    app.register_error_handler(HTTPException, error_page)
    app.after_request(finish)
    app.context_processor(lambda: {"page_language": page_language(), "languages": LANGUAGES, "theme": chosen_theme()})
    app.add_template_filter(in_page_language)
    add_commands(app)
    return app


def choose_locale() -> str | None:
    """The language the address asks for, else the one chosen before, else the browser's; the first login asks too."""
    asked = (request.args.get("lang", ""), request.cookies.get("lang", ""), *request.accept_languages.values())
    return next((LOCALES[tag[:2].lower()] for tag in asked if tag[:2].lower() in LOCALES), None)


def page_language() -> str:
    """The language of the page, as HTML names it."""
    return str(get_locale()).replace("_", "-")


def chosen_theme() -> str:
    """The colours that the address asks for, else those chosen before."""
    asked = (request.args.get("theme", ""), request.cookies.get("theme", ""))
    return next((theme for theme in asked if theme in THEMES), next(iter(THEMES)))


def in_page_language(text: Text) -> str:
    """A text of the first login, for a page of the portal."""
    return text.en if page_language() == "en" else text.zh


def error_page(error: HTTPException) -> HTTPException | tuple[str, int]:
    """In plain words, in the portal's layout."""
    if isinstance(error, SecurityError):
        return error  # a Host header that is not ours: no address of ours can be made from it
    code = error.code or 500
    told = {
        400: (_("This page is too old"), _("You may have signed out, or waited too long. Please try once more.")),
        404: (_("Page not found"), _("The address may be incomplete, or the page may have moved.")),
    }
    other = (_("This did not work"), _("Please try again later."))
    title, text = told.get(code, other)
    return render_template("portal/error.html", title=title, text=text), code


def finish(response: Response) -> Response:
    """The headers of every answer, the first login's included."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", f"max-age={A_YEAR}")
    if request.endpoint in {"static", "first_login.static"}:
        return response
    response.vary.update({"Cookie", "Accept-Language"})
    response.cache_control.private = response.cache_control.no_cache = True
    if current_user.is_authenticated:
        response.cache_control.no_store = True  # the header of the page names a person
        session.modified = True  # signed anew: the idle time begins again
    for name, values in CHOICES.items():
        if (chosen := request.args.get(name)) in values:
            secure = current_app.config["SESSION_COOKIE_SECURE"]
            response.set_cookie(name, chosen, max_age=A_YEAR, secure=secure, httponly=True, samesite="Lax")
    return response

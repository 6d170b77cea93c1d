"""What a page of the wizard costs, beside a bare Flask answer and the same page made plainly: ``make bench``."""

from __future__ import annotations

import tempfile
from pathlib import Path

from flask import Flask, render_template
from flask_babel import Babel
from flask_wtf import CSRFProtect, FlaskForm
from jinja2 import DictLoader
from wtforms import RadioField
from wtforms.validators import InputRequired

from benchmarks.missed import Goal, Missed, profiles, tell
from benchmarks.ratios import Call, etag, measure, request, show
from flask_first_login import FirstLogin
from flask_first_login.accounts.memory import MemoryAccounts
from internals import page_cache
from support.pages import PREFIX, PROVIDERS, SECRET, portal
from test_languages import catalog

HELLO, PLAIN = "bare Flask answer", "the same page made plainly"
STRINGS = {
    f"Sentence number {number} of this page.": f"這是本頁的第{number}句話，長度與實際文字相當。" for number in range(40)
}
PAGE = """{% extends "layout.html" %}{% block content %}
<form method="post" novalidate>{{ form.hidden_tag() }}
<fieldset><legend><h1>{{ form.identity.label }}</h1></legend>
{% for option in form.identity %}<div class="fl-radio">{{ option(class="fl-input") }}{{ option.label }}</div>
{% endfor %}</fieldset><button class="fl-btn" type="submit">{{ _("Sentence number 0 of this page.") }}</button></form>
{% for words in strings %}<p class="fl-paragraph"><a class="fl-link" href="/first-login/faq">{{ _(words) }}</a></p>
{% endfor %}{% endblock %}"""
LAYOUT = """<!doctype html><html lang="zh-Hant-TW"><head><meta charset="utf-8">
<title>{% block title %}{{ _("Sentence number 1 of this page.") }}{% endblock %}</title>
{% block head %}<link rel="stylesheet" href="{{ url_for("static", filename="portal.css") }}">{% endblock %}</head>
<body><header><nav>{% for n in range(6) %}<a href="/courses/{{ n }}">{{ n }}</a>{% endfor %}</nav></header>
<main>{% block content %}{% endblock %}</main></body></html>"""


class Question(FlaskForm):  # type: ignore[misc]  # Flask-WTF is not typed
    identity = RadioField(
        "身分別",
        choices=[("civil-servant", "公務人員"), ("public", "一般民眾"), ("none", "其他")],
        validators=[InputRequired()],
    )


def hello() -> Flask:
    app = Flask("hello")
    app.config["SECRET_KEY"] = SECRET
    app.add_url_rule("/", view_func=lambda: "Hello")
    return app


def plain(folder: Path) -> Flask:
    """A page of our size, with a form and forty sentences, as the libraries' own documentation says to write it."""
    app = Flask("plain")
    app.config.update(
        SECRET_KEY=SECRET, BABEL_TRANSLATION_DIRECTORIES=str(catalog(folder, "zh_Hant_TW", STRINGS, domain="messages"))
    )
    app.jinja_loader = DictLoader({"layout.html": LAYOUT, "page.html": PAGE})
    Babel(app, locale_selector=lambda: "zh_Hant_TW")
    CSRFProtect(app)
    app.add_url_rule("/", view_func=lambda: render_template("page.html", form=Question(), strings=STRINGS))
    return app


def in_layout(folder: Path) -> Flask:
    """The first login in a layout of the host, which is drawn anew for each of its members."""
    app = Flask("host")
    app.config.update(
        SECRET_KEY=SECRET,
        BABEL_TRANSLATION_DIRECTORIES=str(catalog(folder, "zh_Hant_TW", STRINGS, domain="messages")),
        FIRST_LOGIN_PROVIDERS=PROVIDERS,
        FIRST_LOGIN_BASE_TEMPLATE="layout.html",
    )
    app.jinja_loader = DictLoader({"layout.html": LAYOUT})
    Babel(app, locale_selector=lambda: "zh_Hant_TW")
    CSRFProtect(app)
    FirstLogin(app, accounts=MemoryAccounts())
    return app


def rows(folder: Path) -> dict[str, Call]:
    ours, host = portal(), in_layout(folder / "host")
    return {
        HELLO: request(hello(), "/"),
        "the same, once more (what noise there is)": request(hello(), "/"),
        PLAIN: request(plain(folder / "plain"), "/"),
        "a question": request(ours, f"{PREFIX}/"),
        "an advice page": request(ours, f"{PREFIX}/public/certificate/egov-login"),
        "the login page": request(ours, f"{PREFIX}/login"),
        "a page that the browser has already": request(ours, f"{PREFIX}/", If_None_Match=etag(ours, f"{PREFIX}/")),
        "an answered question": request(ours, f"{PREFIX}/?submitted=1&identity=public"),
        "a page that is not kept (the login page with next)": request(ours, f"{PREFIX}/login?next=/courses"),
        "a question in a host's layout": request(host, f"{PREFIX}/"),
    }


GOALS = [
    Goal("a question", HELLO, 2.5),
    Goal("an advice page", HELLO, 2.5),
    Goal("the login page", HELLO, 2.5),
    Goal("a question", PLAIN, 0.15),
    Goal("a page that the browser has already", HELLO, 2.5),
    Goal("an answered question", HELLO, 3.0),
    Goal("a question in a host's layout", PLAIN, 0.60),
]


def main() -> list[Missed]:
    with tempfile.TemporaryDirectory() as folder:
        measured = rows(Path(folder))
        missed = show("Pages", measure(measured), GOALS, profiles(measured))
    print(f"  A portal keeps at most {page_cache.MOST} pages.")
    return missed


if __name__ == "__main__":
    tell(main())

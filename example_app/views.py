"""The pages of the portal."""

from __future__ import annotations

from collections import Counter

from flask import Blueprint, abort, redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

from flask_first_login import Text, Verdict, hours_required

from .completions import Record, groups, record_of, records
from .completions import complete as complete_course
from .courses import COURSES
from .members import account_of, first_login, identity_of_session

portal = Blueprint("portal", __name__)

AUTHORITIES = {authority.key: authority.title for authority in first_login.authorities}
VERDICTS = {
    Verdict.UPLOADABLE: _l("These hours can be sent"),
    Verdict.HELD: _l("Kept, and sent when the missing part arrives"),
    Verdict.REFUSED: _l("These hours cannot be sent"),
    Verdict.NOT_APPLICABLE: _l("Not for your kind of account"),
}
IN_SHORT = {
    Verdict.UPLOADABLE: _l("Can be sent"),
    Verdict.HELD: _l("Kept for now"),
    Verdict.REFUSED: _l("Cannot be sent"),
    Verdict.NOT_APPLICABLE: _l("Not for your kind of account"),
}
PROVIDERS = {
    "ecpa": _l("eCPA"),
    "myegov": _l("MyEGov"),
    "google": "Google",
    "facebook": "Facebook",
    "apple": "Apple",
}
THEMES = {"river": _l("Riverside green"), "harbour": _l("Harbour violet")}


@portal.get("/theme")
def theme() -> str:
    """The same pages in another agency's colours."""
    return render_template("portal/theme.html", themes=THEMES)


@portal.get("/")
def home() -> str:
    hours: Counter[Verdict] = Counter()
    for record in _mine():
        hours[record.verdict] += record.course.hours
    return render_template("portal/home.html", hours=hours, in_short=IN_SHORT)


@portal.get("/courses")
def courses() -> str:
    done = {record.course.slug for record in _mine()}
    return render_template("portal/courses.html", courses=COURSES.values(), authorities=AUTHORITIES, done=done)


@portal.get("/courses/<slug>")
def course(slug: str) -> str:
    """What it is, and, before somebody spends an evening on it, whether their hours of it could be sent."""
    found = COURSES.get(slug) or abort(404)
    record = verdict = None
    if current_user.is_authenticated:
        record = record_of(current_user.id, found)
        verdict = record.verdict if record else first_login.hours(current_user.id)[found.authority].verdict
    return render_template(
        "portal/course.html",
        course=found,
        authority=AUTHORITIES[found.authority],
        record=record,
        verdict=verdict,
        verdicts=VERDICTS,
    )


@portal.post("/courses/<slug>/complete")
def complete(slug: str) -> Response:
    """Record a completion; a second one of the same course changes nothing."""
    found = COURSES.get(slug) or abort(404)
    if not current_user.is_authenticated:  # their session ended meanwhile; after signing in they find the button again
        return redirect(url_for("first_login.login", next=url_for("portal.course", slug=slug)), 303)
    complete_course(current_user.id, found, identity_of_session(account_of(current_user.id)))
    return redirect(url_for("portal.my_hours"), 303)


@portal.get("/my-hours")
@login_required  # type: ignore[untyped-decorator]  # Flask-Login is not typed
def my_hours() -> str:
    return render_template(
        "portal/my_hours.html",
        groups=groups(records(current_user.id)),
        is_social=account_of(current_user.id).is_social,
        report=first_login.hours(current_user.id),
        verdicts=VERDICTS,
        in_short=IN_SHORT,
        authorities=AUTHORITIES,
        providers=PROVIDERS,
    )


@portal.get("/environmental-hours")
@hours_required("environmental", title=Text("Environmental education hours", "環境教育時數證明"))
def environmental_hours() -> str:
    """A record to print: of what may be sent. Who may not have one never gets here, and is told why instead."""
    account = account_of(current_user.id)
    can_be_sent = [record for record in records(current_user.id) if record.verdict is Verdict.UPLOADABLE]
    environmental = [record for record in can_be_sent if record.course.authority == "environmental"]
    return render_template(
        "portal/environmental_hours.html",
        records=environmental,
        total=sum(record.course.hours for record in environmental),
        national_id=next((known.national_id.masked for known in account.identities if known.national_id), None),
    )


def _mine() -> list[Record]:
    return records(current_user.id) if current_user.is_authenticated else []

"""The pages of the portal."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from flask_first_login import Verdict, hours_required

from .courses import COURSES, Course
from .members import Completion, account_of, db, first_login, identity_of_session, sign_out

portal = Blueprint("portal", __name__)

AUTHORITIES = {authority.key: authority.title for authority in first_login.authorities}
VERDICTS = {
    Verdict.UPLOADABLE: _l("These hours can be sent"),
    Verdict.HELD: _l("Not yet: something is missing"),
    Verdict.REFUSED: _l("These hours cannot be sent"),
}
PROVIDERS = {
    "ecpa": _l("eCPA"),
    "myegov": _l("MyEGov"),
    "google": "Google",
    "facebook": "Facebook",
    "apple": "Apple",
}


@portal.get("/")
def home() -> str:
    return render_template("portal/home.html")


@portal.get("/courses")
def courses() -> str:
    return render_template("portal/courses.html", courses=COURSES.values(), authorities=AUTHORITIES)


@portal.get("/courses/<slug>")
def course(slug: str) -> str:
    found = COURSES.get(slug) or abort(404)
    return render_template(
        "portal/course.html", course=found, authority=AUTHORITIES[found.authority], completion=_completion(found)
    )


@portal.post("/courses/<slug>/complete")
def complete(slug: str) -> Response:
    """Record a completion; a second one of the same course changes nothing."""
    if slug not in COURSES:
        abort(404)
    if not current_user.is_authenticated:  # their session ended meanwhile; after signing in they find the button again
        return redirect(url_for("first_login.login", next=url_for("portal.course", slug=slug)), 303)
    one = identity_of_session(account_of(current_user.id))
    who = {"provider": one.provider, "issuer": one.issuer, "subject": one.subject}
    db.session.add(Completion(member_id=current_user.id, course=slug, **who))
    try:
        db.session.commit()
    except IntegrityError:  # it was completed before, perhaps in this very moment: the first record stays
        db.session.rollback()
    return redirect(url_for("portal.my_hours"), 303)


@portal.get("/my-hours")
@login_required  # type: ignore[untyped-decorator]  # Flask-Login is not typed
def my_hours() -> str:
    return render_template(
        "portal/my_hours.html",
        completions=_completions(),
        report=first_login.hours(current_user.id),
        verdicts=VERDICTS,
        authorities=AUTHORITIES,
        providers=PROVIDERS,
    )


@portal.get("/environmental-hours")
@hours_required("environmental")
def environmental_hours() -> str:
    """A record to print. Who may not have one never gets here, and is told why instead."""
    account = account_of(current_user.id)
    completions = [pair for pair in _completions() if pair[1].authority == "environmental"]
    return render_template(
        "portal/environmental_hours.html",
        completions=completions,
        total=sum(found.hours for _, found in completions),
        national_id=next((one.national_id.masked for one in account.identities if one.national_id), None),
    )


@portal.post("/sign-out")
def leave() -> Response:
    if current_user.is_authenticated:
        sign_out()
    return redirect(url_for("portal.home"), 303)


def _completion(found: Course) -> Completion | None:
    if not current_user.is_authenticated:
        return None
    return db.session.get(Completion, (current_user.id, found.slug))


def _completions() -> list[tuple[Completion, Course]]:
    mine = select(Completion).where(Completion.member_id == current_user.id).order_by(Completion.completed_at.desc())
    return [(one, COURSES[one.course]) for one in db.session.scalars(mine) if one.course in COURSES]

"""The courses of the portal; all of them are made up. Each is accredited by one authority."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class Course:
    """One course. ``authority`` is the key of who accredits its ``hours``."""

    slug: str
    authority: str
    hours: int
    title: LazyString
    summary: LazyString


COURSES = {
    course.slug: course
    for course in (
        Course(
            "wetlands",
            "environmental",
            2,
            _l("Wetlands of Taiwan"),
            _l("Why mudflats, mangroves and rice paddies clean our water, and who lives in them."),
        ),
        Course(
            "clear-writing",
            "lifelong",
            3,
            _l("Clear writing for public service"),
            _l("Write letters and notices that people understand the first time they read them."),
        ),
        Course(
            "media-literacy",
            "teacher",
            2,
            _l("Media literacy in the classroom"),
            _l("Lesson plans that help pupils ask who says so, and how they know."),
        ),
        Course(
            "saving-energy",
            "environmental",
            1,
            _l("Saving energy at home"),
            _l("Read your electricity bill, find what uses the most, and change one thing a week."),
        ),
    )
}

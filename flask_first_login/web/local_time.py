"""Times as a clock on the learner's wall shows them: in the portal's time zone, and otherwise in Taiwan's."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from babel.dates import format_date, format_time

from ..errors import place_of
from ..languages import babel_of_host
from ..national_id import TAIPEI
from ..text import Text
from ..traces import leave_trace
from .navigation import Here

DAY_AND_TIME = Text("{day}, {time}", "{day} {time}")


def zone() -> tzinfo:
    """Return the time zone of the host's pages (Flask-Babel), or Taiwan's where it names none but UTC."""
    try:
        babel = babel_of_host()
        found: tzinfo | None = babel.get_timezone() if babel is not None else None
    except Exception as error:  # of the host's selector, which is not needed here
        leave_trace(error, "the host's choice of a time zone failed: %s", place_of(error))
        return TAIPEI
    return TAIPEI if found is None or str(found) == "UTC" else found


def now() -> datetime:
    """Return the time of this moment, with its zone."""
    return datetime.now(UTC)


def clock(at: Here, moment: datetime) -> str:
    """Return the hour and the minute of a moment, such as ``10:07``."""
    return format_time(moment, "HH:mm", tzinfo=zone(), locale=at.words.locale)


def day(at: Here, moment: datetime) -> str:
    """Return the day of a moment in words of the learner's language."""
    return format_date(moment.astimezone(zone()).date(), "long", locale=at.words.locale)


def day_and_time(at: Here, moment: datetime) -> Text:
    """Return the day of a moment and its time."""
    return DAY_AND_TIME.fill(day=day(at, moment), time=clock(at, moment))

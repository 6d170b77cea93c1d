"""The operator's page: how many accounts each authority takes, holds, refuses or does not concern, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from flask import Blueprint, render_template
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from flask_first_login import Text, Verdict
from flask_first_login.hours import UnknownKind
from flask_first_login.report import UNREADABLE, Count, summary
from flask_first_login.state import state_of

from .members import accounts

operator = Blueprint("operator", __name__, url_prefix="/operator")

VERDICTS: dict[str, LazyString] = {
    Verdict.UPLOADABLE: _l("Can be sent"),
    Verdict.HELD: _l("Held"),
    Verdict.REFUSED: _l("Refused"),
    Verdict.NOT_APPLICABLE: _l("Not meant for this kind of account"),
    UNREADABLE: _l("Cannot be read"),
}
#: In an operator's words; the learner's own are longer and say what to do. A portal's own rule is shown by its code.
REASONS: dict[str, LazyString] = {
    "no_national_id": _l("No national ID number"),
    "invalid_national_id": _l("Wrong national ID number"),
    "no_name": _l("No full name"),
    "number_disputed": _l("Number held by another account"),
    "national_id_under_review": _l("Changed number awaits review"),
    "assurance_too_low": _l("Identity not verified"),
    "id_kind_not_accepted": _l("Kind of ID not accepted"),
    "not_civil_servant": _l("Not a civil servant"),
    "kind_unconfirmed": _l("Civil servant or not: unknown"),
    "no_birth_date": _l("No date of birth"),
    "name_not_encodable": _l("Name that Big5 cannot hold"),
    "social_identity": _l("Social account"),
    "unknown_value": _l("Unknown value in the database"),
    "lost_key": _l("Key of the ID number is lost"),
}


@dataclass(frozen=True, slots=True)
class Bar:
    """So many ``accounts``; ``share`` is what part of all of them, from 0 to 1. ``of``: a reason for that verdict."""

    verdict: str
    label: LazyString | str
    accounts: int
    share: float
    of: LazyString | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """What one authority makes of all ``accounts``: each verdict, and below it its reasons, the most frequent first."""

    key: str
    title: Text
    accounts: int
    bars: Sequence[Bar]


@operator.get("/hours")
def hours() -> str | tuple[str, int]:
    """Counted by the database: no account is loaded and no ID number opened, however many there are."""
    if not (current_user.is_authenticated and current_user.operator):
        return render_template("operator/operators_only.html"), 403
    state = state_of()
    kind = UnknownKind(state.settings.unknown_kind)
    with accounts.transaction() as session:
        counts = summary(session, state.authorities, state.rules, unknown_kind=kind, vault=state.vault)
    titles = {authority.key: authority.title for authority in state.authorities}
    return render_template("operator/hours.html", charts=[*charts(titles, counts)])


def charts(titles: Mapping[str, Text], counts: Sequence[Count]) -> Iterator[Chart]:
    """One for each authority of which anything was counted; the four verdicts are in it also where they are 0."""
    for key, of_authority in groupby(counts, key=lambda count: count.authority):
        found = [*of_authority]
        total = sum(count.accounts for count in found if count.reason is None)
        yield Chart(key, titles[key], total, [*_bars(found, total)])


def _bars(counts: Sequence[Count], total: int) -> Iterator[Bar]:
    for verdict, label in VERDICTS.items():
        found = {count.reason: count.accounts for count in counts if count.verdict == verdict}
        if found or verdict != UNREADABLE:
            whole = found.pop(None, 0)
            yield Bar(verdict, label, whole, whole / total)
        for code, some in found.items():
            yield Bar(verdict, REASONS.get(str(code), str(code)), some, some / total, of=label)

"""What the doctor found: where, what, how bad it is, and how to mend it, under a code that stays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """``ERROR``: sign-ins fail, or people are not safe. ``WARNING``: mend it before going live. ``NOTE``: to know."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. ``where`` is a setting, a provider or a table; no text ever holds a secret or a person's datum."""

    code: str
    severity: Severity
    where: str
    what: str
    fix: str


def error(code: str, where: str, what: str, fix: str) -> Finding:
    return Finding(code, Severity.ERROR, where, what, fix)


def warning(code: str, where: str, what: str, fix: str) -> Finding:
    return Finding(code, Severity.WARNING, where, what, fix)


def note(code: str, where: str, what: str, fix: str = "") -> Finding:
    return Finding(code, Severity.NOTE, where, what, fix)


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Errors, then warnings, then notes; within each as they were found."""
    order = [*Severity]
    return sorted(findings, key=lambda one: order.index(one.severity))


def counted(findings: Iterable[Finding]) -> dict[Severity, int]:
    """How many there are of each severity."""
    found = [one.severity for one in findings]
    return {one: found.count(one) for one in Severity}


def verdict(findings: Iterable[Finding]) -> str:
    """One line: may this portal go live."""
    count = counted(findings)
    said = ", ".join(f"{number} {one}{'' if number == 1 else 's'}" for one, number in count.items())
    if count[Severity.ERROR]:
        return f"{said}. Mend the errors first: sign-ins fail, or are not safe."
    if count[Severity.WARNING]:
        return f"{said}. Sign-ins work; mend the warnings before learners come."
    return f"{said}. This portal is ready for sign-ins."

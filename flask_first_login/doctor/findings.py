"""What the doctor found: where, what, how bad it is, and how to mend it, under a code that stays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """``ERROR``: sign-ins fail, or people are not safe. ``WARNING``: mend it before going live. ``NOTE``: to know."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


ERROR, WARNING, NOTE = Severity


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. ``where`` is a setting, a provider or a table; no text ever holds a secret or a person's datum."""

    code: str
    severity: Severity
    where: str
    what: str
    fix: str


#: What may be wrong: its code, severity and place, whether it holds, what is wrong and how to mend it.
Row = tuple[str, Severity, str, object, str, str]


def error(code: str, where: str, what: str, fix: str) -> Finding:
    return Finding(code, ERROR, where, what, fix)


def warning(code: str, where: str, what: str, fix: str) -> Finding:
    return Finding(code, WARNING, where, what, fix)


def note(code: str, where: str, what: str, fix: str = "") -> Finding:
    return Finding(code, NOTE, where, what, fix)


def found(*rows: Row) -> Iterator[Finding]:
    """Yield a finding for each row that holds."""
    for code, severity, where, holds, what, fix in rows:
        if holds:
            yield Finding(code, severity, where, what, fix)


def place(provider: str) -> str:
    """Name where the settings of a provider stand."""
    return f"FIRST_LOGIN_PROVIDERS[{provider!r}]"


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Put errors before warnings and warnings before notes, and keep the order in which each kind was found."""
    order = [*Severity]
    return sorted(findings, key=lambda finding: order.index(finding.severity))


def counted(findings: Iterable[Finding]) -> dict[Severity, int]:
    """Count the findings of each severity."""
    severities = [finding.severity for finding in findings]
    return {severity: severities.count(severity) for severity in Severity}


def verdict(findings: Iterable[Finding]) -> str:
    """Say in one line whether this portal may go live."""
    count = counted(findings)
    said = ", ".join(f"{number} {severity}{'' if number == 1 else 's'}" for severity, number in count.items())
    if count[ERROR]:
        return f"{said}. Mend the errors first: sign-ins fail, or are not safe."
    if count[WARNING]:
        return f"{said}. Sign-ins work; mend the warnings before learners come."
    return f"{said}. This portal is ready for sign-ins."

"""Where a sign-in of a test arrived."""

from __future__ import annotations

from dataclasses import dataclass, field

from werkzeug.test import TestResponse

from ..hours import HoursReport


@dataclass(frozen=True, slots=True)
class Arrival:
    """What came of one sign-in: an account and its hours, or a failure and its code.

    ``response`` is the last page and ``url`` its address on this site; ``account`` the id of the account that is
    signed in now, ``first`` whether it is new, ``report`` whether its hours may be uploaded. Of a sign-in that
    failed, ``code`` and ``support_code`` are those of its page.
    """

    response: TestResponse = field(repr=False)
    url: str
    account: str | None = None
    first: bool = False
    report: HoursReport | None = field(default=None, repr=False)
    code: str | None = None
    support_code: str | None = field(default=None, repr=False)

    @property
    def verdicts(self) -> dict[str, str]:
        """The verdict of each authority by its key: ``uploadable``, ``held`` or ``refused``; empty after a failure."""
        return {key: str(one.verdict) for key, one in (self.report or {}).items()}

    @property
    def reasons(self) -> dict[str, tuple[str, ...]]:
        """The codes of the reasons of each authority against an upload."""
        return {key: tuple(reason.code for reason in one.reasons) for key, one in (self.report or {}).items()}

    @property
    def text(self) -> str:
        """The last page."""
        return self.response.get_data(as_text=True)

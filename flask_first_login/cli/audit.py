"""Who took national IDs out of the portal, or erased somebody: a line that says so, when it happens."""

from __future__ import annotations

import getpass
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ParamSpec, TypeVar

import click

from ..national_id import NationalId

logger = logging.getLogger("flask_first_login.audit")
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(slots=True)
class Disclosure:
    """National IDs that leave in clear, counted."""

    count: int = 0

    def reveal(self, national_id: NationalId) -> str:
        self.count += 1
        return national_id.reveal()


@contextmanager
def disclosure(what: str, why: str | None, *, ids: bool) -> Iterator[Disclosure]:
    """Around what may show national IDs: with ``ids`` a line before the first, and one with their number at the end.

    The first is there even if the process is killed between them.
    """
    shown = Disclosure()
    if ids:
        note(f"{what} begins to show national IDs", why=why)
    try:
        yield shown
    finally:
        if ids:
            note(f"{what} ends", why=why, count=shown.count)


def note(what: str, *, why: str | None = None, count: int | None = None, by: str | None = None) -> None:
    """Write one audit line, of what ``by`` or the user of this process did.

    As a warning, so that a portal which never configured its logging has it on stderr.
    """
    at = datetime.now(UTC).isoformat(timespec="seconds")
    logger.warning("audit what=%r by=%r at=%s count=%s why=%r", what, _operator(by), at, count, why)


def _operator(by: str | None) -> str:
    """Who is named, and all the same who runs the process: a name that is given is nobody's proof."""
    return os_user() if by is None or not by.strip() else f"{by.strip()} (as {os_user()})"


def os_user() -> str:
    """Who runs this process, by its user id: LOGNAME and USER say whatever they are set to."""
    if sys.platform == "win32":
        return getpass.getuser()
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # as in a container that runs under a number alone
        return f"uid {os.getuid()}"


def reveal_options(command: Callable[P, R]) -> Callable[P, R]:
    """``--reveal`` and the ``--reason`` that it demands."""
    reason = click.option("--reason", help="Why they must be shown; it is written to the audit log.")
    return click.option("--reveal", is_flag=True, help="Show national IDs in clear; demands --reason.")(reason(command))


def check_reveal(reveal: bool, reason: str | None) -> None:
    """:raises click.UsageError: one of the two was given without the other."""
    if reveal and not (reason or "").strip():
        raise click.UsageError("--reveal shows national IDs in clear. Say why: --reason '...'.")
    if reason is not None and not reveal:
        raise click.UsageError("--reason belongs to --reveal, and nothing is revealed without it.")

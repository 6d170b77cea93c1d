"""An exception in the log: its frames and its kind, and nothing that it says.

What an exception of the host says, the values in its frames and the lines of its source may hold anything: a number, a
token, an address, the parameters of a statement. A place is enough to find what to mend.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from traceback import walk_tb

from .errors import FirstLoginError
from .masking import mask

logger = logging.getLogger("flask_first_login")
MOST_LINKS = 8
MOST_FRAMES = 60


def log_exception(error: Exception, message: str, *args: object) -> None:
    """One line at level ERROR, with the frames where a formatter puts a traceback.

    They are its text alone: by ``exc_info``, every formatter would write what the exception says.
    """
    if logger.isEnabledFor(logging.ERROR):
        file, line, function, _ = logger.findCaller(stacklevel=2)
        record = logger.makeRecord(logger.name, logging.ERROR, file, line, message, args, None, function)
        record.exc_text = trace_of(error)
        logger.handle(record)


def trace_of(error: BaseException) -> str:
    """The frames and the kind of an exception, and of those that led to it, the first one first."""
    chain = list(_chain(error))
    return mask("\n\nwhich led to\n\n".join("\n".join(_lines(one)) for one in reversed(chain)))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    for _ in range(MOST_LINKS):
        if error is None:
            return
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _lines(error: BaseException) -> Iterator[str]:
    yield "Traceback (most recent call last):"
    frames = [
        f'  File "{frame.f_code.co_filename}", line {number}, in {frame.f_code.co_qualname}'
        for frame, number in walk_tb(error.__traceback__)
    ]
    left_out = len(frames) - MOST_FRAMES
    if left_out > 0:
        frames = [*frames[: MOST_FRAMES // 2], f"  ({left_out} frames left out)", *frames[-MOST_FRAMES // 2 :]]
    yield from map(_plain, frames)
    kind = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    ours = f": {error}" if isinstance(error, FirstLoginError) else ""  # in words of ours, which hold nothing of anybody
    yield _plain(kind + ours)


def _plain(text: str) -> str:
    """The text without what would make a line of its own."""
    return "".join(character if character.isprintable() else "?" for character in text)

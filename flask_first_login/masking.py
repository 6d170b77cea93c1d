"""What may stand in a log: no national ID, and of an exception its kind and its frames alone.

Whatever is shaped like a national ID is masked in every record. What an exception of the host says, the values in its
frames and the lines of its source may hold anything: a number, a token, an address, the parameters of a statement. The
places are enough to find what to mend.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from datetime import date
from traceback import walk_tb

from .errors import FirstLoginError, InvalidNationalId
from .national_id import FULL_WIDTH, NationalId

logger = logging.getLogger("flask_first_login")
MOST_LINKS = 8
MOST_FRAMES = 60
_GAP = r"[\s.\-\u00B7\u2010-\u2015\u30FB\uFF0D\uFF0E]{0,3}"
#: A letter, then 1, 2, 8, 9 or A to D, then eight digits; full-width forms count too, and so do blanks, dashes and dots
#: between.
#: Where a letter or a digit stands beside it, it is part of something longer, such as a hash; unless that letter or
#: digit ends an escape, of a URL or of a ``repr``.
#: A text, which `re` compiles when it is first needed, and keeps: so wide a range takes it a millisecond.
_SHAPED = (
    r"(?:(?<![0-9A-Za-z０-９Ａ-Ｚａ-ｚ])|(?<=%[0-9A-Fa-f]{2})|(?<=\\[nrt])|(?<=\\x[0-9a-f]{2})|(?<=\\u[0-9a-f]{4}))"
    rf"[A-Za-zＡ-Ｚａ-ｚ]{_GAP}[1289A-Da-d１２８９Ａ-Ｄａ-ｄ](?:{_GAP}[0-9０-９]){{8}}"
    r"(?![0-9A-Za-z０-９Ａ-Ｚａ-ｚ])"
)
_FORMATTER = logging.Formatter()
_OF_EVERY_RECORD = frozenset(vars(logging.makeLogRecord({})))


def mask(text: str) -> str:
    """Hide the last four characters of every national ID in a text: ``A12345****``.

    What is written in one piece is masked for its shape alone: a number with a slip in it is still somebody's. With
    blanks or dashes in it, its check digit must fit: dates and times would be masked too.
    """
    return re.sub(_SHAPED, _masked, text)


def _masked(found: re.Match[str]) -> str:
    text = found[0].translate(FULL_WIDTH)
    number = "".join(c for c in text if c.isalnum()).upper()
    if len(text) > len(number):
        try:
            NationalId.parse(number, on=date.min)
        except InvalidNationalId:
            return found[0]
    return number[:6] + "****"


class MaskNationalIds(logging.Filter):
    """Mask what is shaped like a national ID in a record's message, arguments, extras, traceback and stack.

    `FirstLogin.init_app` puts one on our own loggers. A logger's filter sees only what is logged by that very logger;
    put one on each handler of the portal, and it sees what every library logs. A record without such a number is left
    as it is; one whose arguments do not fit its message loses them.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        _mask_message(record)
        for name, value in vars(record).items():
            if isinstance(value, str) and (name == "stack_info" or name not in _OF_EVERY_RECORD):
                setattr(record, name, mask(value))
        if record.exc_info and (masked := mask(text := _FORMATTER.formatException(record.exc_info))) != text:
            record.exc_info, record.exc_text = None, masked
        return True


def mask_logs(logger: logging.Logger) -> None:
    """Put the filter on a logger that has none yet."""
    if not any(isinstance(known, MaskNationalIds) for known in logger.filters):
        logger.addFilter(MaskNationalIds())


def _mask_message(record: logging.LogRecord) -> None:
    args = record.args or ()
    try:
        message = record.getMessage()
        given = [str(value) for value in (args.values() if isinstance(args, Mapping) else args)]
    except Exception:  # whatever an argument raises: a line for the log must never end a sign-in
        record.msg, record.args = f"{mask(str(record.msg))} (with arguments that do not fit)", ()
        return
    if any(mask(text) != text for text in (message, *given)):
        record.msg, record.args = mask(message), ()


# --- an exception in a log ---


def log_exception(error: Exception, message: str, *args: object) -> None:
    """Log one line at level ERROR, with the frames where a formatter puts a traceback.

    The frames are given as text: from ``exc_info``, every formatter would write what the exception says.
    """
    if logger.isEnabledFor(logging.ERROR):
        file, line, function, _ = logger.findCaller(stacklevel=2)
        record = logger.makeRecord(logger.name, logging.ERROR, file, line, message, args, None, function)
        record.exc_text = trace_of(error)
        logger.handle(record)


def trace_of(error: BaseException) -> str:
    """Write the frames and the kind of an exception, and of those that led to it, the first cause first."""
    chain = list(_chain(error))
    return mask("\n\nwhich led to\n\n".join("\n".join(_lines(cause)) for cause in reversed(chain)))


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
    yield from map(plain, frames)
    kind = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    ours = f": {error}" if isinstance(error, FirstLoginError) else ""  # in words of ours, which hold nothing of anybody
    yield plain(kind + ours)


def plain(text: str) -> str:
    """Replace what would begin a line of its own, so that no exception can forge a line of the log."""
    return "".join(character if character.isprintable() else "?" for character in text)

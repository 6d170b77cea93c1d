"""No national ID in a log: what is shaped like one is masked in every record, whoever wrote it there."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from datetime import date

from .errors import InvalidNationalId
from .national_id import NationalId

_FULL_WIDTH = {0xFEE0 + code: code for code in range(0x21, 0x7F)}
_GAP = r"[\s.\-\u00B7\u2010-\u2015\u30FB\uFF0D\uFF0E]{0,3}"
#: A letter, then 1, 2, 8, 9 or A to D, then eight digits; full-width forms count too, and so do blanks, dashes and dots
#: between.
#: Where a letter or a digit stands beside it, it is part of something longer, such as a hash; unless that letter or
#: digit ends an escape, of a URL or of a ``repr``.
_SHAPED = re.compile(
    r"(?:(?<![0-9A-Za-z０-９Ａ-Ｚａ-ｚ])|(?<=%[0-9A-Fa-f]{2})|(?<=\\[nrt])|(?<=\\x[0-9a-f]{2})|(?<=\\u[0-9a-f]{4}))"
    rf"[A-Za-zＡ-Ｚａ-ｚ]{_GAP}[1289A-Da-d１２８９Ａ-Ｄａ-ｄ](?:{_GAP}[0-9０-９]){{8}}"
    r"(?![0-9A-Za-z０-９Ａ-Ｚａ-ｚ])"
)
_FORMATTER = logging.Formatter()
_OF_EVERY_RECORD = frozenset(vars(logging.makeLogRecord({})))


def mask(text: str) -> str:
    """The text with the last four characters of every national ID in it hidden: ``A12345****``.

    What is written in one piece is masked for its shape alone: a number with a slip in it is still
    somebody's. With blanks or dashes in it, its check digit must fit, or dates and times would go too.
    """
    return _SHAPED.sub(_masked, text)


def _masked(found: re.Match[str]) -> str:
    text = found[0].translate(_FULL_WIDTH)
    number = "".join(c for c in text if c.isalnum()).upper()
    if len(text) > len(number):
        try:
            NationalId.parse(number, on=date.min)
        except InvalidNationalId:
            return found[0]
    return number[:6] + "****"


class MaskNationalIds(logging.Filter):
    """Masks what is shaped like a national ID in a record's message, arguments, extras, traceback and stack.

    `FirstLogin.init_app` puts one on our own loggers. A logger's filter sees only what is logged by that
    very logger; put one on each handler of the portal, and it sees what every library logs. A record
    without such a number goes on as it came; one whose arguments do not fit its message, without them.
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
    if not any(isinstance(one, MaskNationalIds) for one in logger.filters):
        logger.addFilter(MaskNationalIds())


def _mask_message(record: logging.LogRecord) -> None:
    args = record.args or ()
    try:
        message = record.getMessage()
        given = [str(one) for one in (args.values() if isinstance(args, Mapping) else args)]
    except Exception:  # whatever an argument raises: a line for the log must never end a sign-in
        record.msg, record.args = f"{mask(str(record.msg))} (with arguments that do not fit)", ()
        return
    if any(mask(text) != text for text in (message, *given)):
        record.msg, record.args = mask(message), ()

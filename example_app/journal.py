"""The journal of sign-ins as JSON lines: one object a line, for whatever collects the portal's logs."""

from __future__ import annotations

import json
import logging
import socket
import sys
from pathlib import Path

from flask_first_login.events import KEYS


class JsonLines(logging.Formatter):
    """One event as one line of JSON, in ASCII, with the machine on which it happened."""

    def format(self, record: logging.LogRecord) -> str:
        told = {key: getattr(record, key, None) for key in KEYS}
        return json.dumps({**told, "host": socket.gethostname()})


def keep_journal(where: str) -> logging.Handler:
    """Write every event of a sign-in to this file, which its owner alone may read; ``-`` is the standard error."""
    if where == "-":
        handler: logging.Handler = logging.StreamHandler(sys.stderr)
    else:
        Path(where).touch(mode=0o600)
        handler = logging.FileHandler(where, encoding="ascii")
    handler.setFormatter(JsonLines())
    journal = logging.getLogger("flask_first_login.events")
    journal.setLevel(logging.INFO)
    journal.propagate = False  # the portal's other logs need not repeat it
    journal.addHandler(handler)
    return handler

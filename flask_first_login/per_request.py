"""What is worked out once in a request, and ends with it."""

from __future__ import annotations

from typing import Any

from flask import request


def per_request() -> dict[str, Any]:
    """Return what is kept for this request alone, by name.

    It hangs on the request itself and not on ``g``: an app context that a fixture or a script has pushed gives all of
    its requests one ``g``, and the second would be answered in the language, and by the answers, of the first.
    """
    kept: dict[str, Any] = request.__dict__.setdefault("_first_login", {})
    return kept

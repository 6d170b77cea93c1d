"""What is kept of a page: the whole answer, or the parts of it that are ours, for a host's layout to go around."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, request
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from .headers import complete
from .pages import apart, frame

#: What an answer without a body says of the page it stands for (RFC 9110, section 15.4.5).
OF_NOT_MODIFIED = frozenset({"cache-control", "content-security-policy", "etag", "vary"})
#: Between two parts of a page; no text of ours or of a host holds it.
BREAK = "\0"


class KeptResponse(Response):
    """An answer that has all its headers already."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """An answer as it goes out, to everybody the same. ``etag`` is "" where there is none."""

    status: int
    body: bytes
    headers: list[tuple[str, str]]
    etag: str
    unchanged: list[tuple[str, str]]

    @classmethod
    def of(cls, view: Callable[[], AnyResponse]) -> Drawn:
        """What is to be kept of the answer of ``view``."""
        response = complete(view())
        headers = [*response.headers]
        unchanged = [one for one in headers if one[0].lower() in OF_NOT_MODIFIED]
        return cls(response.status_code, response.get_data(), headers, response.headers.get("ETag", ""), unchanged)

    def answer(self) -> AnyResponse:
        """The page, or that its reader has it already."""
        if self.etag and self.etag in request.environ.get("HTTP_IF_NONE_MATCH", ""):
            return KeptResponse(status=304, headers=self.unchanged)
        return KeptResponse(self.body, self.status, self.headers)


@dataclass(frozen=True, slots=True)
class Framed:
    """A page without its layout: its parts, and what the layout is told of the page."""

    robots: Markup
    language: Markup
    main: Markup
    help: Markup
    around: Mapping[str, Any]

    @classmethod
    def of(cls, view: Callable[[], AnyResponse]) -> Drawn | Framed:
        """What is to be kept of the answer of ``view``; of one that only leads on, all of it."""
        with apart() as around:
            response = view()
        if response.status_code != 200:
            return Drawn.of(lambda: response)
        # Markup, because the templates that drew them escape.
        robots, language, main, help_ = map(Markup, response.get_data(as_text=True).split(BREAK))
        return cls(robots, language, main, help_, around)

    def answer(self) -> AnyResponse:
        """The page in the host's layout, as that is for this reader."""
        return frame(self.around, self)

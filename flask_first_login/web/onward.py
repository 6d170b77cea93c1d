"""The way to a provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from flask import Response
from werkzeug.datastructures import Headers
from werkzeug.urls import iri_to_uri

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class Onward(Response):
    """The redirect to a provider. Its address is a URI as it stands, and all its headers are there: Werkzeug would
    parse and write it once more, and look through the headers for what is missing."""

    @classmethod
    def to(cls, url: str) -> Self:
        at = url if url.isascii() else iri_to_uri(url)
        return cls(status=303, headers={"Location": at, "Content-Length": "0"})

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        return self.headers

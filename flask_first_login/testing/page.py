"""The forms of a page, as a browser would send them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass(frozen=True, slots=True)
class Form:
    """Where a form leads, and its fields by name, hidden ones and boxes to tick alike."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)


def form_with(html: str, name: str | None = None) -> Form:
    """The first form of the page, or the first that has a field of this name.

    :raises LookupError: there is none.
    """
    reader = _Forms()
    reader.feed(html)
    for form in reader.found:
        if name is None or name in form.fields:
            return form
    raise LookupError(f"The page has no form{f' with the field {name!r}' if name else ''}.")


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(given.get("action", "")))
        elif tag == "input" and self.found and "name" in given:
            self.found[-1].fields[given["name"]] = given.get("value", "")

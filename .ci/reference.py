#!/usr/bin/env python
"""Write the tables of `docs/settings.md`, of every setting and of every key of a provider, or check that they are so.

Names, forms, defaults and meanings are what the fields of the code's own dataclasses say. What stands around the tables
is written by hand.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field
from pathlib import Path
from typing import Any

from flask_first_login.providers.base import AppleKey, ClientSecret
from flask_first_login.providers.protocols import OAuth2, Oidc, Posted
from flask_first_login.providers.provider_keys import ProviderKeys
from flask_first_login.providers.ticket_verifiers import ServiceKey, SoapService, VerifyService
from flask_first_login.setting_fields import default_of, settings_of
from flask_first_login.setting_readers import form_of, listed
from flask_first_login.settings import PREFIX, Settings
from flask_first_login.text import Text

PLACE = Path(__file__).resolve().parent.parent / "docs" / "settings.md"
#: The title of each table of keys, and the dataclasses whose fields they are.
KINDS: Mapping[str, tuple[type, ...]] = {
    "Every provider": (ProviderKeys,),
    "OpenID Connect (`oidc`)": (Oidc, ClientSecret, AppleKey),
    "OAuth 2.0 with a profile call (`oauth2`)": (OAuth2, ClientSecret),
    "Posted tickets (`ticket`)": (Posted, SoapService, ServiceKey, VerifyService),
}


def shown(field: Field[Any]) -> str:
    """A default as a reader of the page knows it."""
    if words := field.metadata["shown"]:
        return str(words)
    match default_of(field):
        case default if default is MISSING:
            return "required"
        case None:
            return "not set"
        case Text(en=en, zh=zh):
            return f"{en} / {zh}"
        case tuple() | list() as several if several:
            return listed(several, ", ")
        case bool() | int() | str() as value if value != "":
            return f"`{value}`"
        case _:
            return "none"


def row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |\n"


def table(first: str, settings: Mapping[str, Field[Any]]) -> str:
    rows = [
        row(
            f"`{name}`{' 🔒' if field.metadata['secret'] else ''}",
            form_of(field.metadata["read"]),
            shown(field),
            field.metadata["meaning"],
        )
        for name, field in settings.items()
    ]
    return row(first, "Type", "Default", "Meaning") + "|---|---|---|---|\n" + "".join(rows)


def provider_keys() -> dict[str, dict[str, Field[Any]]]:
    """The keys of every provider, then those of each protocol, by the title of their table."""
    return {
        title: {name: field for kind in kinds for name, field in settings_of(kind).items()}
        for title, kinds in KINDS.items()
    }


def page() -> str:
    """The page with the tables of the code, each under the heading that stands there for it."""
    portal = {f"{PREFIX}{name.upper()}": field for name, field in settings_of(Settings).items()}
    tables = [table("Setting", portal), *(table("Key", found) for found in provider_keys().values())]
    around = re.split(r"^(?:\|.*\n)+", PLACE.read_text("utf-8"), flags=re.MULTILINE)
    return "".join(text + rows for text, rows in zip(around, [*tables, ""], strict=True))


def main(arguments: Iterable[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the page says something else")
    parser.add_argument("--page", type=Path, default=PLACE, help="the page to write (default: %(default)s)")
    options = parser.parse_args(list(arguments))
    wanted = page()
    if not options.check:
        options.page.parent.mkdir(exist_ok=True)
        options.page.write_text(wanted, "utf-8")
        return 0
    if options.page.exists() and options.page.read_text("utf-8") == wanted:
        return 0
    print(f"{options.page} does not say what the code says: run `make reference`.")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

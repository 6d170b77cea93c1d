#!/usr/bin/env python
"""Write `docs/settings.md`, the table of every setting and of every key of a provider, or check that it is so.

Names, types and defaults are the code's own: those of `Settings`, and what the readers of a provider's settings ask
for when one of each kind is declared.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import Field, dataclass, fields
from pathlib import Path
from typing import Any

from flask_first_login.flow import FAQ
from flask_first_login.providers.keys import MEANINGS
from flask_first_login.providers.reader import Reader
from flask_first_login.providers.registrations import register
from flask_first_login.sandbox.issuers import settings as pretend
from flask_first_login.settings import PREFIX, Settings
from flask_first_login.support_desks import DESKS
from flask_first_login.text import Text

PLACE = Path(__file__).resolve().parent.parent / "docs" / "settings.md"
HEAD = """# Settings

<!-- Written by `make reference` from the code. Change the code, not this page. -->

Settings stand in `app.config` and are read once, by `init_app`; everything that is wrong with them is said at once.
After `app.config.from_prefixed_env()` each may be a variable of the environment, its name with `FLASK_` before it: what
is JSON there is read as JSON, and `__` goes into a mapping.

```sh
FLASK_FIRST_LOGIN_EXTERNAL_URL=https://learn.example.gov.tw
FLASK_FIRST_LOGIN_SERVICE_NAME='{"en": "Riverside Learning", "zh": "河畔學習網"}'
FLASK_FIRST_LOGIN_PUBLIC_PROVIDERS='["myegov", "google"]'
FLASK_FIRST_LOGIN_PROVIDERS__google__client_id=1234.apps.googleusercontent.com
FLASK_FIRST_LOGIN_PROVIDERS__google__client_secret=...
```

`flask first-login doctor` checks what `init_app` cannot see: see [doctor.md](doctor.md).

## The portal

A setting marked 🔒 is a secret: it is never shown, in no message, no log and no `repr`.

"""
PROVIDERS = """
## A provider

`FIRST_LOGIN_PROVIDERS` maps names to these keys. `ecpa`, `myegov`, `facebook`, `google` and `apple` are presets: they
bring everything but what the provider gave the portal at registration, and any key changes what a preset says. Any
other name is a new provider; the defaults below are such a one's. A name stands in addresses: small letters, digits,
`-` and `_`.

"""
TITLE = Text("A", "甲")
NEW: Mapping[str, object] = {"standing": "government", "title": TITLE, "client_id": "a", "client_secret": "b"}
AT = "https://a.example.gov.tw"
LOGIN = {"protocol": "ticket", "standing": "government", "title": TITLE, "issuer": AT, "login_url": AT, "verify": print}
OAUTH2 = {"protocol": "oauth2", "issuer": AT, "authorize_url": AT, "token_url": AT, "profile_url": AT, **NEW}
#: One declaration of each kind, by the name of the preset or of a new provider; the title is its table's.
KINDS: Mapping[str, tuple[tuple[str, Mapping[str, object]], ...]] = {
    "OpenID Connect (`oidc`)": (("new", {"issuer": AT, **NEW}), ("apple", pretend("http://127.0.0.1")["apple"])),
    "OAuth 2.0 with a profile call (`oauth2`)": (
        ("new", OAUTH2),
        ("facebook", {"client_id": "a", "client_secret": "b"}),
    ),
    "Posted tickets (`ticket`)": (("new", LOGIN), ("myegov", pretend("http://127.0.0.1", myegov="ticket")["myegov"])),
}


@dataclass(frozen=True, slots=True)
class Key:
    """One key as the readers ask for it: its form, and its default as it is shown."""

    form: str
    default: str


class Noting(Reader):
    """Notes every key that is asked for."""

    def __init__(self, where: str, given: Mapping[str, object]) -> None:
        super().__init__(where, given)
        self.asked: dict[str, Key] = {}

    def _note(self, key: str, form: str, default: object) -> None:
        self.asked[key] = Key(form, "required" if default in (None, "") else shown(default))

    def text(self, key: str, default: str | None = None, **more: Any) -> str:
        self._note(key, "a text", "" if default is None else default.strip() or "none")
        return super().text(key, default, **more)

    def url(self, key: str, default: str | None = None, *, optional: bool = False) -> str:
        value = super().url(key, default, optional=optional)
        self._note(key, "an https address", default or ("none" if optional else default))
        return value

    def flag(self, key: str, default: bool) -> bool:
        self._note(key, "`True` or `False`", default)
        return super().flag(key, default)

    def one_of(self, key: str, known: Collection[str], default: str | None = None, hint: str = "") -> str:
        self._note(key, listed(known, " or "), default)
        return super().one_of(key, known, default, hint)

    def some_of(self, key: str, known: Collection[str], default: tuple[str, ...]) -> tuple[str, ...]:
        self._note(key, f"a list of {listed(known, ', ')}", default)
        return super().some_of(key, known, default)

    def names(self, key: str, default: tuple[str, ...]) -> tuple[str, ...]:
        self._note(key, "a list of names", default)
        return super().names(key, default)

    def mapping(self, key: str, default: Mapping[str, str], known: Collection[str] | None = None) -> Mapping[str, str]:
        self._note(key, "a mapping of texts", default)
        return super().mapping(key, default, known)

    def words(self, key: str, default: Text | None = None, hint: str = "") -> Text:
        self._note(key, '`{"en": "...", "zh": "..."}`', default)
        return super().words(key, default, hint)

    def function(self, key: str, default: Callable[..., Any] | None = None) -> Callable[..., Any] | None:
        self._note(key, "a function, or its place `package.module:function`", default)
        return super().function(key, default)


def shown(value: object) -> str:
    """A default as a reader of the page knows it."""
    match value:
        case None:
            return "not set"
        case "none":
            return "none"
        case bool() | int():
            return f"`{value}`"
        case Text(en=en, zh=zh):
            return f"{en} / {zh}"
        case str() as text:
            return f"`{text}`"
        case _ if value in (FAQ, DESKS):
            return "the shipped ones"
        case tuple() | list():
            return listed([str(one) for one in value], ", ") or "none"
        case _:
            return "none"


def listed(names: Iterable[str], comma: str) -> str:
    return comma.join(f"`{one}`" for one in names)


def row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |\n"


def table(keys: Mapping[str, Key]) -> str:
    lines = [row(f"`{name}`", key.form, key.default, MEANINGS[name]) for name, key in keys.items()]
    return row("Key", "Type", "Default", "Meaning") + "|---|---|---|---|\n" + "".join(lines)


def setting(one: Field[Any]) -> str:
    form = (one.metadata["read"].__doc__ or "").strip().partition("\n")[0]
    lock = " 🔒" if one.metadata["secret"] else ""
    return row(
        f"`{PREFIX}{one.name.upper()}`{lock}", form, shown(getattr(Settings(), one.name)), one.metadata["meaning"]
    )


def asked_for(name: str, given: Mapping[str, object]) -> dict[str, Key]:
    """Every key that is asked for when this provider is declared."""
    made: list[Noting] = []

    def noting(where: str, given: Mapping[str, object]) -> Noting:
        made.append(Noting(where, given))
        return made[0]

    _, problems = register({name: given}, reader=noting)
    if problems:
        raise AssertionError(f"the declaration of {name} is wrong: {problems}")
    others = {"preset": "its own name", "button": "made of the title", "identify": "reads the `claims`"}
    return {key: Key(one.form, others.get(key, one.default)) for key, one in made[0].asked.items()}


def provider_keys() -> dict[str, dict[str, Key]]:
    """The keys of every provider, then those of each protocol, by the title of their table."""
    kinds = {title: [asked_for(*one) for one in declared] for title, declared in KINDS.items()}
    everywhere = set.intersection(*({*new} for new, *_ in kinds.values()))
    common = {key: one for key, one in next(iter(kinds.values()))[0].items() if key in everywhere}
    of_each = {title: {**special, **new} for title, (new, special) in kinds.items()}
    own = {title: {key: one for key, one in keys.items() if key not in common} for title, keys in of_each.items()}
    return {"Every provider": common, **own}


def page() -> str:
    settings = row("Setting", "Type", "Default", "Meaning") + "|---|---|---|---|\n"
    settings += "".join(setting(one) for one in fields(Settings))
    keys = "\n".join(f"### {title}\n\n{table(found)}" for title, found in provider_keys().items())
    return HEAD + settings + PROVIDERS + keys


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

"""Every ``FIRST_LOGIN_`` setting: its name, default, meaning, and what makes a value good."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from os.path import isfile  # unlike Path.is_file, False also for a name that is too long
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from .errors import Problem
from .flow.faq import FAQ, Entry
from .hours import UnknownKind
from .linking import SameNationalId
from .providers.metadata import is_safe_endpoint
from .text import Text

PREFIX = "FIRST_LOGIN_"
LOCALES = ("zh_Hant_TW", "en")
CATALOG = "flask_first_login.mo"
LONGEST_DAYS = 36_500
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SupportDesk:
    """Where a learner can ask: ``phone`` as it is printed, ``hours`` None when not announced."""

    key: str
    title: Text
    phone: str
    email: str
    hours: Text | None = None

    @property
    def tel(self) -> str:
        """The phone as a ``tel:`` number, E.164; one that begins with 0 is in Taiwan, and 1999 stays as it is."""
        digits = "".join(c for c in self.phone if c.isascii() and c.isdigit())
        if self.phone.startswith("+"):
            return f"+{digits}"
        return f"+886{digits[1:]}" if digits.startswith("0") else digits


def _text(value: object) -> Text:
    match value:
        case Text():
            return value
        case str() if value.strip():
            return Text(value, value)
        case {"en": str(en), "zh": str(zh)} if en.strip() and zh.strip():
            return Text(en, zh)
        case _:
            raise ValueError('must be a text, or {"en": "...", "zh": "..."}.')


def _prefix(value: object) -> str:
    if isinstance(value, str) and re.fullmatch(r"(/[\w.~-]+)+", value, re.ASCII):
        return value
    raise ValueError("must be '/' and a name of letters and digits, such as '/first-login', and not end with '/'.")


def _word(value: object) -> str:
    if isinstance(value, str) and value.strip():
        return value
    raise ValueError("must be a text that is not empty.")


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise ValueError("must be True or False.")


def _one_of(*choices: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if value in choices:
            return str(value)
        raise ValueError(f"must be one of {', '.join(choices)}.")

    return read


def _path(value: object) -> str:
    if isinstance(value, str) and _is_local_address(value):
        return value
    raise ValueError("must be a path of this site, such as '/'.")


def _external(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, str) and is_safe_endpoint(value) and value.count("/") == 2 and "?" not in value:
        return value
    raise ValueError("must be scheme and host alone, such as 'https://portal.example.gov.tw' (http on loopback only).")


def _selector(value: object) -> Callable[[], str | None] | None:
    if value is None or callable(value):
        return value
    raise ValueError("must be a function that returns 'zh_Hant_TW', 'en' or None.")


def _folder(value: object) -> Path | None:
    if value is None:
        return None
    if isinstance(value, str | Path) and any(isfile(Path(value, one, "LC_MESSAGES", CATALOG)) for one in LOCALES):
        return Path(value)
    raise ValueError(f"must be a folder that holds <locale>/LC_MESSAGES/{CATALOG}, <locale> {' or '.join(LOCALES)}.")


def _links(value: object) -> Mapping[str, str]:
    if isinstance(value, Mapping) and all(isinstance(name, str) and _is_web_address(value[name]) for name in value):
        return MappingProxyType(dict(value))
    raise ValueError("must map link names to web addresses that start with https://, http:// or '/'.")


def _is_web_address(url: object) -> bool:
    if not isinstance(url, str) or not url.isprintable() or " " in url:
        return False
    return _is_local_address(url) or url.startswith(("https://", "http://"))


def _is_local_address(url: str) -> bool:
    """A path of this site, as a browser reads it: ``//evil`` and ``/\\evil`` are another site."""
    return url.startswith("/") and url[1:2] not in {"/", "\\"} and url.isprintable() and " " not in url


def _names(value: object) -> tuple[str, ...]:
    if isinstance(value, Sequence) and not isinstance(value, str) and all(isinstance(one, str) for one in value):
        return tuple(value)
    raise ValueError("must be a list of provider names.")


def _minutes(value: object) -> tuple[int, int]:
    match value:
        case (int(low), int(high)) | [int(low), int(high)] if 0 < low <= high:
            return low, high
        case _:
            raise ValueError("must be two whole numbers of minutes, such as (2, 5).")


def _days(value: object) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LONGEST_DAYS):
        return value
    raise ValueError(f"must be a whole number of days up to {LONGEST_DAYS}, or None.")


def _desks(value: object) -> tuple[SupportDesk, ...]:
    if not isinstance(value, Mapping):
        raise ValueError("must map a desk's name to its title, phone, email and, if announced, hours.")
    desks = []
    for key, one in value.items():
        match one:
            case SupportDesk():
                desks.append(one)
            case {"title": title, "phone": str(phone), "email": str(email), **rest} if (
                rest.keys() <= {"hours"} and re.search(r"\d", phone) and re.fullmatch(r"\S+@\S+", email)
            ):
                hours = _text(rest["hours"]) if "hours" in rest else None
                desks.append(SupportDesk(str(key), _text(title), phone, email, hours))
            case _:
                raise ValueError(f"has the desk {key!r} without title, phone and email (and nothing else but hours).")
    return tuple(desks)


def _entries(value: object) -> tuple[Entry, ...]:
    if (
        isinstance(value, Sequence)
        and all(isinstance(one, Entry) for one in value)
        and len({one.id for one in value}) == len(value)
        and not isinstance(value, str)
    ):
        return tuple(value)
    raise ValueError("must be a list of flask_first_login.flow.Entry, each with an id of its own.")


def _secrets(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,) if value else ()
    if isinstance(value, Sequence) and all(isinstance(one, str) for one in value):
        return tuple(value)
    raise ValueError("must be a list of keys, newest first.")


def _secret(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise ValueError("must be a text.")


def _mapping(value: object) -> Mapping[str, object]:
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return MappingProxyType(dict(value))
    raise ValueError('must map provider names to their settings, such as {"google": {"client_id": "...", ...}}.')


def _setting(default: T, read: Callable[[object], T], meaning: str, *, secret: bool = False) -> T:
    made = {"repr": not secret, "metadata": {"read": read, "meaning": meaning, "secret": secret}}
    value: Any = field(default_factory=lambda: default, **made)  # type: ignore[call-overload]  # a mapping is no `default`
    return value  # type: ignore[no-any-return]  # what dataclasses.field is for a type checker


DESKS = (
    SupportDesk("myegov", Text("MyEGov support", "我的e政府客服"), phone="02-2192-7111", email="egov@service.gov.tw"),
    SupportDesk(
        "ecpa",
        Text("eCPA support (personnel information systems)", "人事資訊系統客服（人事服務網eCPA）"),
        phone="02-23979108",
        email="pemis@dgpa.gov.tw",
        hours=Text("9:00 to 12:00 and 14:00 to 17:00", "9:00~12:00、14:00~17:00"),
    ),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one app, read once by ``init_app``; later changes of ``app.config`` have no effect."""

    url_prefix: str = _setting("/first-login", _prefix, "Where the pages are mounted.")
    service_name: Text = _setting(
        Text("Learning portal", "學習平臺"), _text, "The portal's name, in titles and on the header."
    )
    base_template: str = _setting("first_login/base.html", _word, "The layout the pages extend.")
    home_url: str = _setting("/", _path, "Where a learner goes after signing in when nothing else was asked for.")
    external_url: str | None = _setting(
        None, _external, "Scheme and host under which learners reach the portal; redirect URIs are made from it."
    )
    default_locale: str = _setting("zh_Hant_TW", _one_of(*LOCALES), "The language when nothing else decides.")
    locale_selector: Callable[[], str | None] | None = _setting(
        None, _selector, "A function that answers the learner's language; without one the host's Flask-Babel is asked."
    )
    translations: Path | None = _setting(None, _folder, "A folder of catalogs whose words win over ours.")
    links: Mapping[str, str] = _setting(
        MappingProxyType({}), _links, "Web addresses by link name; a link that is not set is not shown as a link."
    )
    contacts: tuple[SupportDesk, ...] = _setting(DESKS, _desks, "The support desks of the help block.")
    qa: tuple[Entry, ...] = _setting(FAQ, _entries, "The entries of the sign-in Q&A.")
    icons: Mapping[str, str] = _setting(MappingProxyType({}), _links, "An image address for a provider's button.")
    civil_servant_providers: tuple[str, ...] = _setting(
        ("ecpa", "myegov", "facebook", "google", "apple"), _names, "The civil servants' column, in order."
    )
    public_providers: tuple[str, ...] = _setting(
        ("myegov", "facebook", "google", "apple"), _names, "The public's column, in order."
    )
    civil_social_login: bool = _setting(
        True, _flag, "Whether the login page offers civil servants the social providers too."
    )
    sync_minutes: tuple[int, int] = _setting((2, 5), _minutes, "How long a converted account takes to arrive.")
    handoff: str = _setting(
        "page", _one_of("page", "redirect"), "Whether an answer with an account leads to a page or to the provider."
    )
    unknown_kind: str = _setting(
        "ask", _one_of(*UnknownKind), "What a civil-servant rule makes of an account whose kind is unknown."
    )
    same_national_id: str = _setting(
        "link", _one_of(*SameNationalId), "Whether a second government identity with a known national ID is linked."
    )
    national_id_keys: tuple[str, ...] = _setting(
        (), _secrets, "Keys that seal national IDs at rest, newest first.", secret=True
    )
    national_id_index_key: str | None = _setting(
        None, _secret, "The separate key of the look-up index of national IDs.", secret=True
    )
    acknowledgement_days: int | None = _setting(
        None, _days, "After how many days `prune` forgets that a learner accepted a warning; None: with the account."
    )
    verdict_days: int | None = _setting(
        None, _days, "After how many days `prune` forgets a verdict that another replaced; None: with the account."
    )
    hold_days: int | None = _setting(
        None, _days, "For how many days what a completion lacked may still be supplied; None: for ever."
    )
    providers: Mapping[str, object] = _setting(
        MappingProxyType({}), _mapping, "The providers of this portal by name.", secret=True
    )


def read_settings(config: Mapping[str, object]) -> tuple[Settings, list[Problem]]:
    """Read every ``FIRST_LOGIN_`` key of ``config``; a key that is wrong keeps its default and adds a problem."""
    known = {PREFIX + one.name.upper(): one for one in fields(Settings)}
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for key in sorted(key for key in config if key.startswith(PREFIX)):
        if key not in known:
            problems.append(unknown_key(key, known))
            continue
        try:
            values[known[key].name] = known[key].metadata["read"](config[key])
        except ValueError as error:
            shown = "" if known[key].metadata["secret"] else f" (it is {str(config[key])[:60]!r})"
            problems.append(Problem(key, f"{error}"[:200], f"Change the setting{shown}."))
    return Settings(**values), problems


def unknown_key(key: str, known: Mapping[str, object] | Sequence[str]) -> Problem:
    """The problem of a key that nobody knows, with the nearest one that somebody does."""
    near = difflib.get_close_matches(key, list(known), n=1, cutoff=0.6)
    return Problem(key, "is not a known setting.", f"Did you mean {near[0]}?" if near else "Remove it.")

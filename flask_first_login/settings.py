"""Every ``FIRST_LOGIN_`` setting: its name, default, meaning, and what makes a value good."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from . import setting_readers
from .errors import Problem
from .flow.faq import FAQ, Entry
from .hours import UnknownKind
from .linking import SameNationalId
from .setting_readers import LOCALES as LOCALES
from .support_desks import DESKS, desks
from .support_desks import SupportDesk as SupportDesk
from .text import Text

PREFIX = "FIRST_LOGIN_"
T = TypeVar("T")


def _setting(default: T, read: Callable[[object], T], meaning: str, *, secret: bool = False) -> T:
    made = {"repr": not secret, "metadata": {"read": read, "meaning": meaning, "secret": secret}}
    value: Any = field(default_factory=lambda: default, **made)  # type: ignore[call-overload]  # a mapping is no `default`
    return value  # type: ignore[no-any-return]  # what dataclasses.field is for a type checker


_MANY: int | None = 60


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one app, read once by ``init_app``; later changes of ``app.config`` have no effect."""

    url_prefix: str = _setting("/first-login", setting_readers.prefix, "Where the pages are mounted.")
    service_name: Text = _setting(
        Text("Learning portal", "學習平臺"), setting_readers.text, "The portal's name, in titles and on the header."
    )
    base_template: str = _setting("first_login/base.html", setting_readers.word, "The layout the pages extend.")
    home_url: str = _setting(
        "/", setting_readers.path, "Where a learner goes after signing in when nothing else was asked for."
    )
    external_url: str | None = _setting(
        None,
        setting_readers.external,
        "Scheme and host under which learners reach the portal; redirect URIs are made from it.",
    )
    default_locale: str = _setting(
        "zh_Hant_TW", setting_readers.one_of(*LOCALES), "The language when nothing else decides."
    )
    locale_selector: Callable[[], object] | None = _setting(
        None,
        setting_readers.selector,
        "A function that answers the learner's language; without one the host's Flask-Babel is asked.",
    )
    translations: Path | None = _setting(
        None, setting_readers.folder, "A folder of catalogs whose words win over ours."
    )
    links: Mapping[str, str] = _setting(
        MappingProxyType({}),
        setting_readers.links,
        "Web addresses by link name; a link that is not set is not shown as a link.",
    )
    contacts: tuple[SupportDesk, ...] = _setting(DESKS, desks, "The support desks of the help block.")
    qa: tuple[Entry, ...] = _setting(FAQ, setting_readers.entries, "The entries of the sign-in Q&A.")
    icons: Mapping[str, str] = _setting(
        MappingProxyType({}), setting_readers.links, "An image address for a provider's button."
    )
    civil_servant_providers: tuple[str, ...] = _setting(
        ("ecpa", "myegov", "facebook", "google", "apple"),
        setting_readers.names,
        "The civil servants' column, in order.",
    )
    public_providers: tuple[str, ...] = _setting(
        ("myegov", "facebook", "google", "apple"), setting_readers.names, "The public's column, in order."
    )
    civil_social_login: bool = _setting(
        True, setting_readers.flag, "Whether the login page offers civil servants the social providers too."
    )
    sync_minutes: tuple[int, int] = _setting(
        (2, 5), setting_readers.minutes, "How long a converted account takes to arrive."
    )
    handoff: str = _setting(
        "page",
        setting_readers.one_of("page", "redirect"),
        "Whether an answer with an account leads to a page or to the provider.",
    )
    unknown_kind: str = _setting(
        "ask",
        setting_readers.one_of(*UnknownKind),
        "What a civil-servant rule makes of an account whose kind is unknown.",
    )
    same_national_id: str = _setting(
        "link",
        setting_readers.one_of(*SameNationalId),
        "Whether a second government identity with a known national ID is linked.",
    )
    national_id_keys: tuple[str, ...] = _setting(
        (), setting_readers.keys, "Keys that seal national IDs at rest, newest first.", secret=True
    )
    national_id_index_key: str | None = _setting(
        None, setting_readers.key, "The separate key of the look-up index of national IDs.", secret=True
    )
    acknowledgement_days: int | None = _setting(
        None,
        setting_readers.days,
        "After how many days `prune` forgets that a learner accepted a warning; None: with the account.",
    )
    verdict_days: int | None = _setting(
        None,
        setting_readers.days,
        "After how many days `prune` forgets a verdict that another replaced; None: with the account.",
    )
    failures_per_minute: int | None = _setting(
        _MANY,
        setting_readers.count,
        "How many codes and tickets a minute one public address (of IPv6, a /64) may bring that the provider refuses "
        "before it must wait to begin another sign-in, so that no provider loses its patience with the portal; None: "
        "any number.",
    )
    hold_days: int | None = _setting(
        None, setting_readers.days, "For how many days what a completion lacked may still be supplied; None: for ever."
    )
    request_id_header: str | None = _setting(
        None,
        setting_readers.header,
        "The header in which the proxy in front of the portal names each request, for the log; without one we name it.",
    )
    providers: Mapping[str, object] = _setting(
        MappingProxyType({}), setting_readers.mapping, "The providers of this portal by name.", secret=True
    )


def read_settings(config: Mapping[str, object]) -> tuple[Settings, list[Problem]]:
    """Read every ``FIRST_LOGIN_`` key of ``config``; a key that is wrong keeps its default and adds a problem."""
    known = {PREFIX + one.name.upper(): one for one in fields(Settings)}
    read: dict[str, Any] = {}
    problems: list[Problem] = []
    for key in sorted(key for key in config if key.startswith(PREFIX)):
        if key not in known:
            problems.append(unknown_key(key, known))
            continue
        try:
            read[known[key].name] = known[key].metadata["read"](config[key])
        except ValueError as error:
            shown = "" if known[key].metadata["secret"] else f" (it is {str(config[key])[:60]!r})"
            problems.append(Problem(key, f"{error}"[:200], f"Change the setting{shown}."))
    return Settings(**read), problems


def unknown_key(key: str, known: Mapping[str, object] | Sequence[str]) -> Problem:
    """The problem of a key that nobody knows, with the nearest one that somebody does."""
    near = difflib.get_close_matches(key, list(known), n=1, cutoff=0.6)
    return Problem(key, "is not a known setting.", f"Did you mean {near[0]}?" if near else "Remove it.")

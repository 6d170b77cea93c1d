"""Every ``FIRST_LOGIN_`` setting: its name, default, meaning, and what makes a value good."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import setting_readers as read
from .errors import Problem
from .flow.faq import FAQ, Entry
from .hours import UnknownKind
from .linking import SameNationalId
from .outbound_settings import proxy, roots
from .setting_fields import NOTHING, Given, setting
from .support_desks import DESKS, desks, own_desk
from .support_desks import SupportDesk as SupportDesk
from .text import CHINESE, Text

PREFIX = "FIRST_LOGIN_"
MANY: int | None = 60
COUNT = read.optional(read.whole(1))
DAYS = read.optional(read.whole(0, 36_500))


def entries(value: object) -> tuple[Entry, ...]:
    """a list of `Entry`, or of `{"id": "...", "question": ..., "answers": [...]}`, each with an id of its own"""
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise read.Unfit
    found = tuple(_entry(given) for given in value)
    if len({entry.id for entry in found}) < len(found):
        raise read.Unfit
    return found


def _entry(value: object) -> Entry:
    match value:
        case Entry():
            return value
        case {"id": str(anchor), "question": question, "answers": list(answers), **more} if (
            re.fullmatch(r"[\w-]+", anchor) and not more
        ):
            return Entry(anchor, read.words(question), tuple(read.words(answer) for answer in answers))
        case _:
            raise read.Unfit


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one app, read once by ``init_app``; later changes of ``app.config`` have no effect."""

    url_prefix: str = setting("/first-login", read.prefix, "Where the pages are mounted.")
    subdomain: str | None = setting(
        None,
        read.optional(read.matching("the name of a sub-domain, such as `learn`", r"[a-z0-9-]+(\.[a-z0-9-]+)*")),
        "The sub-domain of `SERVER_NAME` that the pages are on, in an app with `subdomain_matching`.",
    )
    service_name: Text = setting(
        Text("Learning portal", "學習平臺"), read.words, "The portal's name, in titles and on the header."
    )
    base_template: str = setting("first_login/base.html", read.text, "The layout the pages extend.")
    access_keys: bool = setting(
        False,
        read.flag,
        "Whether our own layout marks its parts by `:::`, with the access keys U, C and Z, as sites of Taiwan's "
        "government do.",
    )
    home_url: str = setting(
        "/",
        read.path,
        "Where a learner goes after signing in when nothing else was asked for; `/` is the portal's front page, also "
        "where its server mounts it below a path.",
    )
    external_url: str | None = setting(
        None,
        read.optional(read.external),
        "Scheme and host under which learners reach the portal; redirect URIs are made from it.",
    )
    default_locale: str = setting(CHINESE, read.locale, "The language when nothing else decides.")
    languages: tuple[str, ...] = setting(
        (),
        read.locales,
        "The languages of the pages, in the order of the switch; without it those that are shipped, then those of "
        "which `FIRST_LOGIN_TRANSLATIONS` has a catalog.",
    )
    locale_selector: Callable[[], object] | None = setting(
        None,
        read.optional(read.function),
        "A function that answers the learner's language, or None to leave it to the browser; without one the host's "
        "Flask-Babel or Flask-BabelPlus is asked, whose default counts as the host's choice.",
    )
    translations: Path | None = setting(
        None, read.optional(read.folder), "A folder of catalogs: their words win over ours, and each adds its language."
    )
    links: Mapping[str, str] = setting(
        NOTHING, read.links, "Web addresses by link name; a link that is not set is not shown as a link."
    )
    contacts: tuple[SupportDesk, ...] = setting(
        DESKS, desks, "The support desks of the help block.", shown="the shipped ones"
    )
    desk: SupportDesk | None = setting(
        None, read.optional(own_desk), "The support desk of the portal itself, which stands before the others."
    )
    qa: tuple[Entry, ...] = setting(FAQ, entries, "The entries of the sign-in Q&A.", shown="the shipped ones")
    icons: Mapping[str, str] = setting(NOTHING, read.links, "An image address for a provider's button.")
    civil_servant_providers: tuple[str, ...] = setting(
        ("ecpa", "myegov", "facebook", "google", "apple"),
        read.names,
        "The providers of the civil servants' column, in order.",
    )
    public_providers: tuple[str, ...] = setting(
        ("myegov", "facebook", "google", "apple"), read.names, "The providers of the public's column, in order."
    )
    civil_social_login: bool = setting(
        True, read.flag, "Whether the login page offers civil servants the social providers too."
    )
    sync_minutes: tuple[int, int] = setting((2, 5), read.minutes, "How long a converted account takes to arrive.")
    handoff: str = setting(
        "page", read.one_of("page", "redirect"), "Whether an answer with an account leads to a page or to the provider."
    )
    unknown_kind: str = setting(
        "ask", read.one_of(*UnknownKind), "What a civil-servant rule makes of an account whose kind is unknown."
    )
    same_national_id: str = setting(
        "link", read.one_of(*SameNationalId), "Whether a second government identity with a known national ID is linked."
    )
    national_id_keys: tuple[str, ...] = setting(
        (), read.keys, "Keys that seal national IDs at rest, newest first.", secret=True
    )
    national_id_index_key: str | None = setting(
        None, read.optional(read.key), "The separate key of the look-up index of national IDs.", secret=True
    )
    acknowledgement_days: int | None = setting(
        None, DAYS, "After how many days `prune` forgets that a learner accepted a warning; None: with the account."
    )
    verdict_days: int | None = setting(
        None, DAYS, "After how many days `prune` forgets a verdict that another replaced; None: with the account."
    )
    failures_per_minute: int | None = setting(
        MANY,
        COUNT,
        "How many codes and tickets a minute one public address (of IPv6, a /64) may bring that the provider refuses "
        "before it must wait to begin another sign-in, so that no provider loses its patience with the portal; None: "
        "any number.",
    )
    hold_days: int | None = setting(
        None, DAYS, "For how many days what a completion lacked may still be supplied; None: for ever."
    )
    request_id_header: str | None = setting(
        None,
        read.optional(read.header),
        "The header in which the proxy in front of the portal names each request, for the log; without one we name it.",
    )
    proxy: str | None = setting(
        None,
        read.optional(proxy),
        "The forward proxy through which providers are called; without one, HTTPS_PROXY of the environment says. "
        "Hosts that NO_PROXY names are called directly.",
        secret=True,
    )
    ca_bundle: Path | None = setting(
        None,
        read.optional(roots),
        "Root certificates that are trusted beside the public ones; without it, SSL_CERT_FILE and REQUESTS_CA_BUNDLE "
        "of the environment add theirs.",
    )
    providers: Mapping[str, object] = setting(
        NOTHING, read.mapping, "The providers of this portal by name.", secret=True
    )


def read_settings(config: Mapping[str, object]) -> tuple[Settings, list[Problem]]:
    """Read every ``FIRST_LOGIN_`` key of ``config``; a key that is wrong keeps its default and adds a problem."""
    given = Given({key: value for key, value in config.items() if key.startswith(PREFIX)}, shows=True)
    settings = Settings(**given.read(Settings, prefix=PREFIX))
    return settings, given.finish()

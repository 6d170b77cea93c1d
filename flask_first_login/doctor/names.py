"""Names that must meet: links and desks that pages want, icons that a browser may load, authorities."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from difflib import get_close_matches

from ..hours import REASONS
from ..state import AppState
from ..web.headers import OWN_BASE
from .finding import Finding, error, note, warning

LINKS = "FIRST_LOGIN_LINKS"
OWN_PAGE = "faq"  # its page is ours when no other is set


def check_names(state: AppState) -> Iterator[Finding]:
    yield from _links(state)
    yield from _desks(state)
    yield from _icons(state)
    for key, count in Counter(one.key for one in state.authorities).items():
        if count > 1:
            what = f"names {key!r} {count} times: one verdict hides the other."
            yield error("authority_twice", "FirstLogin(authorities=...)", what, "Give each a key of its own.")


def _links(state: AppState) -> Iterator[Finding]:
    wanted = dict.fromkeys(state.flow.links - {OWN_PAGE}, "the guide")
    for reason in REASONS.values():
        for remedy in reason.remedies:
            if remedy.link is not None:
                wanted.setdefault(remedy.link, f"the remedy for {reason.code}")
    for name in sorted(wanted.keys() - state.settings.links.keys()):
        yield warning(
            "link_unset",
            f"{LINKS}[{name!r}]",
            f"is not set, and {wanted[name]} wants it: learners are told to go there and get no link.",
            "Set it to the page's address.",
        )
    for name in sorted(state.settings.links.keys() - wanted.keys() - {OWN_PAGE}):
        near = get_close_matches(name, [*wanted, OWN_PAGE], n=1, cutoff=0.6)
        fix = f"Did you mean {near[0]!r}?" if near else "Remove it, unless a template of yours asks for it."
        yield warning("link_unknown", f"{LINKS}[{name!r}]", "is a link that no page of ours has.", fix)


def _desks(state: AppState) -> Iterator[Finding]:
    for key in sorted(state.flow.contacts - {one.key for one in state.settings.contacts}):
        yield warning(
            "desk_missing",
            "FIRST_LOGIN_CONTACTS",
            f"has no desk {key!r}, which a page of the guide names: its lines are left out there.",
            "Add it, with title, phone and email.",
        )


def _icons(state: AppState) -> Iterator[Finding]:
    """Our own layout's policy lets a page load images of this site alone."""
    for name, url in state.settings.icons.items():
        where = f"FIRST_LOGIN_ICONS[{name!r}]"
        if not url.startswith("/") and state.settings.base_template == OWN_BASE:
            what = "is on another site, and the page's policy forbids to load it: the button shows no icon."
            yield warning("icon_blocked", where, what, "Serve the image from this site, as /static/....")
        if name not in state.registrations:
            yield note("icon_unused", where, "is for a provider that is not set.", "Set the provider, or remove it.")

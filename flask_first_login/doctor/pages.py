"""What the pages are made of: links and desks that they want, icons that a browser may load, the layout, the words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path

from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from jinja2 import TemplateNotFound, TemplateSyntaxError, nodes

from ..hours import REASONS
from ..setting_readers import CATALOG
from ..settings import Settings
from ..state import AppState
from ..support_desks import DESKS
from ..web.headers import OWN_BASE
from .findings import NOTE, WARNING, Finding, error, found, note, warning

OWN_PAGE = "faq"  # its page is ours when no other is set
BASE = "FIRST_LOGIN_BASE_TEMPLATE"
#: What is lost without each block of the layout.
LOST = {
    "head": "our style sheet is not loaded, and search engines are not kept out",
    "title": "every page has the same title",
}
WORDS = "FIRST_LOGIN_TRANSLATIONS"
#: What a host begins a catalog of its own with.
SENTENCES = Path(__file__).parent.parent / "web" / "translations" / "flask_first_login.pot"
COMPILE = "Compile the catalogs: pybabel compile -D flask_first_login -d"


def check_names(state: AppState) -> Iterator[Finding]:
    """Find names that two places should share and only one has."""
    yield from _links(state)
    for key in sorted(state.flow.contacts - {desk.key for desk in state.settings.contacts}):
        what = f"has no desk {key!r}, which a page of the guide names: its lines are left out there."
        yield warning("desk_missing", "FIRST_LOGIN_CONTACTS", what, "Add it, with title, phone and email.")
    if state.settings.desk is None and {desk.key for desk in state.settings.contacts} <= {desk.key for desk in DESKS}:
        what = "is not set: a learner with a question about this portal finds the providers' desks alone."
        yield note("desk_of_portal_missing", "FIRST_LOGIN_DESK", what, "Set it, with title, phone and email.")
    for name, url in state.settings.icons.items():
        where = f"FIRST_LOGIN_ICONS[{name!r}]"
        is_ours = state.settings.base_template == OWN_BASE  # whose policy loads images of this site alone
        yield from found(
            ("icon_blocked", WARNING, where, is_ours and not url.startswith("/"),
             "is on another site, and the page's policy forbids to load it: the button shows no icon.",
             "Serve the image from this site, as /static/...."),
            ("icon_unused", NOTE, where, name not in state.registrations,
             "is for a provider that is not set.", "Set the provider, or remove it."),
        )  # fmt: skip
    for key, count in Counter(authority.key for authority in state.authorities).items():
        if count > 1:
            what = f"names {key!r} {count} times: one verdict hides the other."
            yield error("authority_twice", "FirstLogin(authorities=...)", what, "Give each a key of its own.")


def _links(state: AppState) -> Iterator[Finding]:
    wanted = dict.fromkeys(state.flow.links - {OWN_PAGE}, "the guide")
    for reason in REASONS.values():
        for remedy in reason.remedies:
            if remedy.link is not None:
                wanted.setdefault(remedy.link, f"the remedy for {reason.code}")
    links = state.settings.links
    for name in sorted(wanted.keys() - links.keys()):
        what = f"is not set, and {wanted[name]} wants it: learners are told to go there and get no link."
        yield warning("link_unset", f"FIRST_LOGIN_LINKS[{name!r}]", what, "Set it to the page's address.")
    for name in sorted(links.keys() - wanted.keys() - {OWN_PAGE}):
        near = get_close_matches(name, [*wanted, OWN_PAGE], n=1, cutoff=0.6)
        fix = f"Did you mean {near[0]!r}?" if near else "Remove it, unless a template of yours asks for it."
        yield warning("link_unknown", f"FIRST_LOGIN_LINKS[{name!r}]", "is a link that no page of ours has.", fix)


def check_layout(state: AppState) -> Iterator[Finding]:
    """Find whether the host's base template is there, and offers the blocks that our pages fill."""
    layout = state.settings.base_template
    try:
        blocks = _blocks(state)
    except TemplateNotFound as missing:
        what = f"is {layout!r}, and there is no template {missing.name!r}: every page fails."
        yield error("base_template_missing", BASE, what, "Correct the name, or put the file into a templates folder.")
        return
    except TemplateSyntaxError as broken:
        what = f"is {layout!r}, and line {broken.lineno} of {broken.name!r} cannot be read."
        yield error("base_template_broken", BASE, what, "Mend the template.")
        return
    if blocks is None:
        return
    if not blocks & {"content", "fl_main"}:
        what, fix = "has no block content: our pages stay empty.", "Add {% block content %}{% endblock %} to its main."
        yield error("base_template_without_content", BASE, what, fix)
    for name, lost in LOST.items():
        if name not in blocks:
            fix = f"Add {{% block {name} %}}{{% endblock %}}."
            yield warning(f"base_template_without_{name}", BASE, f"has no block {name}: {lost}.", fix)


def _blocks(state: AppState) -> set[str] | None:
    """List the blocks of a template and of all that it extends; None when only a request tells what that is.

    :raises jinja2.TemplateNotFound: one of them is not there.
    :raises jinja2.TemplateSyntaxError: one of them cannot be read.
    """
    blocks, seen, name = set[str](), set[str](), state.settings.base_template
    while name not in seen:
        seen.add(name)
        environment = state.environment_of(name)
        if environment.loader is None:
            return None
        source, path, _ = environment.loader.get_source(environment, name)
        tree = environment.parse(source, name, path)
        blocks |= {block.name for block in tree.find_all(nodes.Block)}
        parent = next(iter(tree.find_all(nodes.Extends)), None)
        if parent is None:
            return blocks
        if not isinstance(parent.template, nodes.Const):
            return None
        name = parent.template.value
    return blocks


def check_words(settings: Settings) -> Iterator[Finding]:
    """Find whether a host's own folder of catalogs says what it means to say."""
    if settings.translations is None:
        return
    if not (known := _sentences()):
        what = f"cannot be compared with our sentences: {SENTENCES} is missing or cannot be read."
        yield warning("catalog_incomplete", WORDS, what, "Install the package again.")
        return
    for folder in sorted({path.parent for path in settings.translations.glob("*/LC_MESSAGES/flask_first_login.[mp]o")}):
        yield from _own_words(folder, settings.translations, known)


def _sentences() -> set[str]:
    """Read every sentence of ours in English, as the template of catalogs names it; none where it is not whole."""
    try:
        with SENTENCES.open("rb") as file:
            return {message.id for message in read_po(file) if isinstance(message.id, str) and message.id}
    except (OSError, ValueError):
        return set()


def _own_words(folder: Path, root: Path, known: set[str]) -> Iterator[Finding]:
    mo, locale = folder / CATALOG, folder.parent.name
    po = mo.with_suffix(".po")
    if po.is_file() and (not mo.is_file() or po.stat().st_mtime > mo.stat().st_mtime):
        what = f"has {po.relative_to(root)}, which was changed after it was compiled: the change is not shown."
        yield warning("catalog_not_compiled", WORDS, what, f"{COMPILE} {root}")
    if mo.is_file() and (unknown := sorted(_messages(mo).keys() - known)):
        what = f"{locale} translates {len(unknown)} sentences that we do not say, such as {unknown[0][:80]!r}."
        fix = "Copy each msgid from flask_first_login.pot, to the letter; words may have changed with the version."
        yield warning("catalog_message_unknown", WORDS, what, fix)


def _messages(path: Path) -> Mapping[str, str]:
    """Read each sentence of a compiled catalog with its translation; none of a file that is missing or no catalog."""
    try:
        with path.open("rb") as file:
            return {entry.id: str(entry.string) for entry in read_mo(file) if isinstance(entry.id, str) and entry.id}
    except (OSError, ValueError, KeyError):
        return {}

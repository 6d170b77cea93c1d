"""The host's base template: whether it is there, and offers the blocks that our pages fill."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Flask
from jinja2 import TemplateNotFound, TemplateSyntaxError, nodes

from ..settings import Settings
from .finding import Finding, error, warning

WHERE = "FIRST_LOGIN_BASE_TEMPLATE"
#: What is lost without each block.
LOST = {
    "head": "our style sheet is not loaded, and search engines are not kept out",
    "title": "every page has the same title",
}


def check_layout(app: Flask, settings: Settings) -> Iterator[Finding]:
    try:
        blocks = _blocks(app, settings.base_template)
    except TemplateNotFound as missing:
        what = f"is {settings.base_template!r}, and there is no template {missing.name!r}: every page fails."
        yield error("base_template_missing", WHERE, what, "Correct the name, or put the file into a templates folder.")
    except TemplateSyntaxError as broken:
        what = f"is {settings.base_template!r}, and line {broken.lineno} of {broken.name!r} cannot be read."
        yield error("base_template_broken", WHERE, what, "Mend the template.")
    else:
        yield from _missing(blocks) if blocks is not None else ()


def _missing(blocks: set[str]) -> Iterator[Finding]:
    if not blocks & {"content", "fl_main"}:
        what = "has no block content: our pages stay empty."
        yield error("base_template_without_content", WHERE, what, "Add {% block content %}{% endblock %} to its main.")
    for name, lost in LOST.items():
        if name not in blocks:
            fix = f"Add {{% block {name} %}}{{% endblock %}}."
            yield warning(f"base_template_without_{name}", WHERE, f"has no block {name}: {lost}.", fix)


def _blocks(app: Flask, name: str) -> set[str] | None:
    """The blocks of a template and of all that it extends; None when only a request could tell what that is.

    :raises jinja2.TemplateNotFound: one of them is not there.
    :raises jinja2.TemplateSyntaxError: one of them cannot be read.
    """
    blocks, seen = set[str](), set[str]()
    while name not in seen:
        seen.add(name)
        environment = app.jinja_env
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

"""Our templates, drawn as they are written whatever a host's own are written with: other delimiters, line statements,
no escaping. A template that a host put in the place of ours, and its layout, are drawn as the host's."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from functools import cached_property
from pathlib import Path
from typing import Any

from flask import Flask
from jinja2 import BaseLoader, Environment, Template, TemplateNotFound, Undefined, defaults

TEMPLATES = Path(__file__).parent / "templates"


class OwnTemplates(BaseLoader):
    """The templates of one app as our pages need them. Several threads may use it."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._environments: dict[str, Environment] = {}

    @cached_property
    def _ours(self) -> Environment:
        """Return the host's environment with Jinja's own syntax: its filters, globals and extensions are shared."""
        return self._app.jinja_env.overlay(
            block_start_string=defaults.BLOCK_START_STRING,
            block_end_string=defaults.BLOCK_END_STRING,
            variable_start_string=defaults.VARIABLE_START_STRING,
            variable_end_string=defaults.VARIABLE_END_STRING,
            comment_start_string=defaults.COMMENT_START_STRING,
            comment_end_string=defaults.COMMENT_END_STRING,
            line_statement_prefix=defaults.LINE_STATEMENT_PREFIX,
            line_comment_prefix=defaults.LINE_COMMENT_PREFIX,
            trim_blocks=defaults.TRIM_BLOCKS,
            lstrip_blocks=defaults.LSTRIP_BLOCKS,
            undefined=Undefined,
            autoescape=True,
            loader=self,
        )

    @cached_property
    def _of_the_host(self) -> Environment:
        """Return the host's environment, by which its templates find ours, each in its own syntax."""
        return self._app.jinja_env.overlay(loader=self)

    def environment_of(self, name: str) -> Environment:
        """Return the environment in whose syntax a template is written.

        Its file is read for that once, as Jinja compiles it once, unless the host wants its templates reloaded.
        """
        host = self._app.jinja_env
        if name not in self._environments or host.auto_reload:
            self._environments[name] = self._ours if is_ours(host, name) else self._of_the_host
        return self._environments[name]

    def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, Callable[[], bool] | None]:
        """Return the source of a template wherever the host finds it.

        :raises TemplateNotFound: it does not.
        """
        host = self._app.jinja_env
        if host.loader is None:
            raise TemplateNotFound(template)
        return host.loader.get_source(host, template)

    def load(self, environment: Environment, name: str, globals: MutableMapping[str, Any] | None = None) -> Template:
        """Load a template in its own syntax, whatever the one that asks for it is written in."""
        return super().load(self.environment_of(name), name, globals)


def is_ours(host: Environment, name: str) -> bool:
    """Say whether a template of ours is the one that is drawn; ask the loader, so that none is compiled."""
    try:
        file = host.loader.get_source(host, name)[1] if host.loader is not None else None
    except TemplateNotFound:
        return False
    return file is not None and Path(file).is_relative_to(TEMPLATES)

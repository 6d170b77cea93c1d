"""The wizard on the command line: its paths, its picture, its proof, and providers to try it with."""

from __future__ import annotations

import importlib

import click
from flask.cli import with_appcontext

from ..errors import FlowError
from ..flow import Flow, diagram, paths
from ..state import state_of


@click.command("paths")
@with_appcontext
def show_paths() -> None:
    """Print every path through the wizard, one a line."""
    for line in paths(state_of().flow):
        click.echo(line)


@click.command("diagram")
@click.option("--language", type=click.Choice(["en", "zh"]), default="en", help="The language of the labels.")
@with_appcontext
def show_diagram(language: str) -> None:
    """Print the wizard as a Mermaid graph."""
    click.echo(diagram(state_of().flow, language), nl=False)


@click.command("sandbox")
@click.option("--port", type=click.IntRange(0, 65535), default=5001, help="0 picks one that is free.")
@with_appcontext
def run_sandbox(port: int) -> None:
    """Run the pretend providers on this machine, for development and tests."""
    from .. import sandbox  # not needed by any other command

    sandbox.run(port=port)


@click.command("check")
@click.argument("place", required=False)
@with_appcontext
def show_check(place: str | None) -> None:
    """Prove the wizard of this app, or the flow at PLACE ("package.module:NAME"), before an app uses it.

    Every path ends, nothing dangles, every text has both languages; otherwise every problem is printed.
    """
    try:
        flow = _flow_at(place) if place is not None else state_of().flow
    except FlowError as error:
        for problem in error.problems:
            click.echo(str(problem))
        raise SystemExit(1) from None
    click.echo(f"{len(flow.screens)} screens, {len(paths(flow))} paths, no problem found.")


def _flow_at(place: str) -> Flow:
    """The flow of a module; a flow proves itself when it is constructed, so importing a broken one raises."""
    module, _, name = place.partition(":")
    try:
        flow = getattr(importlib.import_module(module), name, None)
    except (ImportError, ValueError):
        raise click.BadParameter(f"{module!r} cannot be imported.", param_hint="PLACE") from None
    if not isinstance(flow, Flow):
        raise click.BadParameter(f"{place!r} is no flow.", param_hint="PLACE")
    return flow

"""What whoever runs the portal can do on the command line, beside ``flask first-login``."""

from __future__ import annotations

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from flask_first_login import ConfigError

from .completions import members_with_held, release_held
from .database import create_all
from .members import Member, db


def add_commands(app: Flask) -> None:
    for command in (init_db, make_operator, release_held_hours):
        app.cli.add_command(command)


@click.command()
@with_appcontext
def init_db() -> None:
    """Create the tables that are not there yet."""
    try:
        create_all()
    except ConfigError as error:
        raise click.ClickException(str(error)) from None


@click.command()
@click.argument("member_id")
@click.option("--remove", is_flag=True, help="Make the member an ordinary one again.")
@with_appcontext
def make_operator(member_id: str, remove: bool) -> None:
    """Let a member open the operator's pages. The page that keeps others out shows them their MEMBER_ID."""
    member = db.session.get(Member, member_id)
    if member is None:
        raise click.ClickException("There is no such member. Whoever opens /operator/hours is shown their number.")
    member.operator = not remove
    db.session.commit()
    click.echo("This member is no operator any more." if remove else "This member is an operator now.")


@click.command("release-held")
@with_appcontext
def release_held_hours() -> None:
    """Release held completions for which everything has arrived, also those of which no sign-in told."""
    for member_id in members_with_held():
        release_held(current_app, account=member_id)
    click.echo(f"Members with held completions: {len(members_with_held())}")

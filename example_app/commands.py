"""What whoever runs the portal can do on the command line, beside ``flask first-login``."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import with_appcontext

from flask_first_login import ConfigError

from .database import create_all
from .members import Member, db


def add_commands(app: Flask) -> None:
    for command in (init_db, make_operator):
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

"""``flask first-login keys``: the keys that seal national IDs at rest."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from .output import bar
from .store import database

keys_commands = AppGroup("keys", help="The keys that seal national IDs at rest.")


@keys_commands.command("rotate")
def rotate() -> None:
    """Seal every stored national ID under the newest key.

    Put a new key first in FIRST_LOGIN_NATIONAL_ID_KEYS, restart the portal, run this; when none is
    left that no key opens, the old key can go. It may be interrupted and run again, while the portal
    is in use.
    """
    from ..accounts.key_rotation import count_numbers

    store = database()
    with store.transaction() as session:
        total = count_numbers(session)
    with bar(total) as progress:
        done = store.reseal(progress)
    click.echo(f"{done.moved} re-encrypted, {done.kept} were under the newest key already.")
    if done.lost:
        click.echo(f"{done.lost} open under none of the keys: put back the key that sealed them, last.", err=True)
        click.get_current_context().exit(1)

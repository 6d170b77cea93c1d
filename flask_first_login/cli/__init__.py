"""``flask first-login``: what an operator or a policy owner can ask on the command line."""

from __future__ import annotations

from flask.cli import AppGroup

from .doctor import show_doctor
from .hours import hours_commands
from .keys import keys_commands
from .personal import erase, export, prune
from .trial import try_provider
from .wizard import run_sandbox, show_check, show_diagram, show_paths

commands = AppGroup("first-login", help="The first sign-in guide of this portal.")
for _command in (
    show_paths,
    show_diagram,
    show_check,
    show_doctor,
    try_provider,
    run_sandbox,
    hours_commands,
    keys_commands,
    export,
    erase,
    prune,
):
    commands.add_command(_command)

"""``flask first-login``: what an operator or a policy owner can ask on the command line.

A command says what it does and prints it; what is decided, stored or judged is done by the packages it asks.
"""

from __future__ import annotations

from traceback import walk_tb
from typing import Any

from click import ClickException, Command, Context
from flask.cli import AppGroup, NoAppException, ScriptInfo
from werkzeug.utils import import_string

from ..errors import ConfigError, NotSetUp, place_of

#: Each command, and where it is written: it is loaded when it is asked for, so no process that serves pages loads any.
COMMANDS = {
    "check": "wizard:show_check",
    "diagram": "wizard:show_diagram",
    "dispute": "number_cases:dispute_commands",
    "doctor": "portal_checks:show_doctor",
    "erase": "accounts:erase",
    "export": "accounts:export",
    "hours": "hours:hours_commands",
    "identities": "identities:identities_commands",
    "import": "members:import_file",
    "keys": "accounts:keys_commands",
    "paths": "wizard:show_paths",
    "prune": "accounts:prune",
    "review": "number_cases:review_commands",
    "sandbox": "wizard:run_sandbox",
    "try": "portal_checks:try_provider",
}


class _Commands(AppGroup):
    def list_commands(self, ctx: Context) -> list[str]:
        return sorted({*COMMANDS, *super().list_commands(ctx)})

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        if (own := super().get_command(ctx, cmd_name)) is not None or cmd_name not in COMMANDS:
            return own  # one that a host added
        command: Command = import_string(f"{__name__}.{COMMANDS[cmd_name]}")
        return command

    def invoke(self, ctx: Context) -> Any:
        """Run a command; of an app that does not load, or has no first login or a wrong one, say so in a sentence."""
        try:
            return super().invoke(ctx)
        except (ConfigError, NotSetUp) as error:
            raise ClickException(str(error)) from None
        except Exception as error:
            if (what := _not_loaded(error)) is None:
                raise
            raise ClickException(what) from None


def _not_loaded(error: Exception) -> str | None:
    """Say where the app failed while it was loaded; None of what failed later, or of what Flask says in a sentence."""
    missing = error.__context__ if isinstance(error, NoAppException) else None
    cause = missing if isinstance(missing, ImportError) else error
    by_flask = isinstance(cause, ClickException)
    if by_flask or not any(frame.f_code is ScriptInfo.load_app.__code__ for frame, _ in walk_tb(error.__traceback__)):
        return None
    what = f": {cause}" if isinstance(cause, ImportError) else ""  # any other message may hold a secret
    return f"The app cannot be loaded ({place_of(cause)}{what}). For the whole traceback: flask routes."


commands = _Commands("first-login", help="The first sign-in guide of this portal.")

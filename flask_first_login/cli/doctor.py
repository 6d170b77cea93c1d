"""``flask first-login doctor``: everything that is wrong with this portal, before a learner finds it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, TextIO

import click
from flask.cli import ScriptInfo

from ..errors import ConfigError
from .output import stdout

if TYPE_CHECKING:
    from ..doctor import Finding

INDENT = " " * 9
WIDTH = 100


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for a program.")
@click.option("--offline", is_flag=True, help="Ask no provider anything.")
@click.pass_context
def show_doctor(context: click.Context, as_json: bool, offline: bool) -> None:
    """Look for everything that breaks sign-ins or endangers learners, and say how to mend it.

    Ends with status 1 when there is an error. Without --offline, providers are asked over the network,
    their token endpoints also with the client secret, as in every sign-in.
    """
    from .. import doctor  # it needs what no other command does

    try:
        app = context.ensure_object(ScriptInfo).load_app()
    except ConfigError as error:
        findings = doctor.refused(error.problems)
    else:
        with app.app_context():
            findings = doctor.examine(app, offline=offline)
    (_print_json if as_json else _print)(findings, stdout())
    context.exit(1 if doctor.counted(findings)[doctor.Severity.ERROR] else 0)


def _print_json(findings: Sequence[Finding], to: TextIO) -> None:
    from ..doctor import counted, verdict

    told = {
        "verdict": verdict(findings),
        "counts": counted(findings),
        "findings": [asdict(found) for found in findings],
    }
    to.write(json.dumps(told, indent=2, ensure_ascii=False) + "\n")


def _print(findings: Sequence[Finding], to: TextIO) -> None:
    from ..doctor import verdict

    for found in findings:
        to.write(f"{found.severity.upper():<8} {found.where} {found.what}\n".replace("\ufffd", "?"))
        for line in (found.fix, f"[{found.code}]"):
            if line:
                to.write(f"{INDENT}{line}\n")
        to.write("\n")
    to.write(f"{verdict(findings)}\n")

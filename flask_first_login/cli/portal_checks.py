"""``flask first-login doctor`` and ``try``: whether this portal works, before a learner finds out that it does not."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, TextIO
from urllib.parse import urlsplit

import click
from flask import current_app
from flask.cli import ScriptInfo, with_appcontext

from ..addresses import LOOPBACK, is_safe_endpoint
from ..errors import ConfigError
from ..languages import serves
from ..state import state_of
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

    told = {"verdict": verdict(findings), "counts": counted(findings), "findings": [*map(asdict, findings)]}
    to.write(json.dumps(told, indent=2, ensure_ascii=False) + "\n")


def _print(findings: Sequence[Finding], to: TextIO) -> None:
    from ..doctor import verdict

    for finding in findings:
        to.write(f"{finding.severity.upper():<8} {finding.where} {finding.what}\n".replace("\ufffd", "?"))
        for line in (finding.fix, f"[{finding.code}]"):
            if line:
                to.write(f"{INDENT}{line}\n")
        to.write("\n")
    to.write(f"{verdict(findings)}\n")


# --- one test sign-in, which shows an operator how it goes and creates nothing ---


@click.command("try")
@click.argument("provider")
@click.option("--url", help="Where the portal runs on this machine, when FIRST_LOGIN_EXTERNAL_URL is not set.")
@click.option("--language", help="The language of the page; else the browser's.")
@with_appcontext
def try_provider(provider: str, url: str | None, language: str | None) -> None:
    """Print a link for one test sign-in at PROVIDER.

    Open it in a browser and sign in there. A page then shows what the provider stated, masked, whom
    that makes, what the portal would do, and the hours that would follow; or the step that failed.
    No account, no session and no token is made or kept. The link is good once, for ten minutes.
    """
    from ..doctor.portal import address, external_url
    from ..web.sign_in.trial_sign_in import new_key

    state, app = state_of(), current_app._get_current_object()  # type: ignore[attr-defined]  # the app itself
    if provider not in state.registrations:
        known = ", ".join(state.registrations) or "none is set"
        raise click.BadParameter(f"{provider!r} is not one of this portal's: {known}.", param_hint="PROVIDER")
    if url is not None and (state.settings.external_url is not None or not _is_here(url)):
        raise click.BadParameter("must be http://127.0.0.1:PORT, and no external URL set.", param_hint="--url")
    locale = serves(language, state.words)
    if language is not None and locale is None:
        known = ", ".join(words.tag for words in state.words.values())
        raise click.BadParameter(f"{language!r} is not one of this portal's: {known}.", param_hint="--language")
    values = {"name": provider, "key": new_key(provider), **({"lang": state.words[locale].tag} if locale else {})}
    click.echo(address(app, url or external_url(state), "test", **values))
    click.echo("Open it once, within ten minutes. It shows what you state there; send it to nobody.", err=True)


def _is_here(url: str) -> bool:
    """Scheme and host of this machine, and no more: without an external URL, sign-ins work nowhere else."""
    return is_safe_endpoint(url) and url.count("/") == 2 and urlsplit(url).hostname in LOOPBACK

"""The example portal's journal: one line of JSON for each phase of a sign-in, for its owner alone."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import takewhile
from pathlib import Path

import pytest
import requests
from flask.testing import FlaskClient

from example_app.journal import keep_journal
from flask_first_login.testing import SignInAs
from internals import KEYS

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
Keep = Callable[[str], logging.Handler]


@pytest.fixture
def keep() -> Iterator[Keep]:
    """Keeps the journal, and leaves logging as it was."""
    logger, handlers = logging.getLogger("flask_first_login.events"), []

    def keep(where: str) -> logging.Handler:
        handlers.append(keep_journal(where))
        return handlers[-1]

    yield keep
    for handler in handlers:
        logger.removeHandler(handler)
        handler.close()
    logger.setLevel(logging.NOTSET)
    logger.propagate = True


def test_a_sign_in_leaves_a_line_of_json_for_each_phase(
    client: FlaskClient, sign_in_as: SignInAs, keep: Keep, tmp_path: Path
) -> None:
    path = tmp_path / "sign-ins.jsonl"
    keep(str(path))
    account = sign_in_as(client, "civil_servant").account
    told = [json.loads(line) for line in path.read_text("ascii").splitlines()]
    phases = ["begin", "callback", "verify", "identify", "decide", "account", "outcome"]
    assert [one["event"] for one in told] == phases
    assert all([*one] == [*KEYS, "host"] for one in told)
    assert told[-1]["account"] == account
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_journal_may_go_to_the_standard_error(
    client: FlaskClient, sign_in_as: SignInAs, keep: Keep, capsys: pytest.CaptureFixture[str]
) -> None:
    keep("-")
    arrived = sign_in_as(client, "cancels", "google")
    last = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert (last["event"], last["support_code"]) == ("failure", arrived.support_code)


def test_the_demonstration_keeps_its_journal_in_its_instance_folder(tmp_path: Path) -> None:
    env = {**os.environ, "FLASK_INSTANCE_PATH": str(tmp_path), "PORT": "0", "SANDBOX_PORT": "0"}
    command = [sys.executable, "-m", "example_app"]
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = "".join(takewhile(lambda line: "Ctrl-C" not in line, process.stdout))
        portal = re.findall(r"http://127\.0\.0\.1:\d+", said)[0]
        begin = f"{portal}/first-login/sign-in/google"
        begun = requests.get(begin, headers={"Sec-Fetch-Site": "none"}, allow_redirects=False, timeout=10)
        process.terminate()
    assert begun.status_code == 303
    (line,) = (tmp_path / "sign-ins.jsonl").read_text("ascii").splitlines()
    assert json.loads(line)["event"] == "begin"
    assert str(tmp_path / "sign-ins.jsonl") in said

"""What a sign-in costs beside plain Authlib, in instructions: ``PYTHONPATH=.:tests python -m benchmarks.instructions``.

CPU time depends on what a machine does while a process waits for a provider: where the memory has gone cold by then,
as in a virtual machine, the same work takes several times as long. The instructions are the same on every machine. It
needs valgrind, and takes a quarter of an hour.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

from benchmarks.kept_alive import sandbox_kept_alive
from benchmarks.missed import tell
from benchmarks.party import Party
from benchmarks.ratios import Call, request, show
from benchmarks.sign_in import AUTHLIB, HTTP, OURS, PATH, START

PARTIES = {kind.name: kind for kind in (OURS, AUTHLIB)}
TIMES = 10


def work(party: Party, what: str) -> list[Call]:
    """Twice as many calls as are counted; what comes before them is the same however many are made."""
    if what == "start":
        return [request(party.app, PATH)] * (2 * TIMES)
    return [party.arrive() for _ in range(2 * TIMES)]


def counted(name: str, what: str, base: str) -> float:
    """Instructions of one call: what a process takes that makes more of them, less what one takes that makes fewer."""
    fewer, more = (_instructions(name, what, base, times) for times in (TIMES, 2 * TIMES))
    return (more - fewer) / TIMES


def _instructions(name: str, what: str, base: str, times: int) -> int:
    valgrind = shutil.which("valgrind")
    assert valgrind is not None, "There is no `valgrind` on the PATH: install it as your system does."
    counting = [valgrind, "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    child = [sys.executable, "-m", "benchmarks.instructions", name, what, base, str(times)]
    seeded = os.environ | {"PYTHONHASHSEED": "0"}  # so that every run counts the same
    ended = subprocess.run([*counting, *child], env=seeded, capture_output=True, text=True, check=True)
    (found,) = re.findall(r"Collected : (\d+)", ended.stderr)
    return int(found)


def main() -> None:
    with sandbox_kept_alive() as base:
        found = {f"{name}: {what}": counted(name, what, base) for what in ("start", "callback") for name in PARTIES}
    tell(show("Sign-in at MyEGov, warm, over http", found, [START, HTTP], unit="instructions"))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        party_name, what_is_done, url, how_often = sys.argv[1:]
        for call in work(Party.at(url, PARTIES[party_name]), what_is_done)[: int(how_often)]:
            call()
    else:
        main()

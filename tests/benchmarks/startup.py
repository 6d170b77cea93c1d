"""What a worker pays before it serves its first page, beyond Flask with its forms and its languages: ``make bench``."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from statistics import median

from benchmarks.missed import Goal, Missed, tell
from benchmarks.ratios import show

TIMES = 11
BASE = "import flask, flask_babel, flask_wtf, wtforms"
OURS = f"""{BASE}
from flask_first_login import FirstLogin
from flask_first_login.accounts.memory import MemoryAccounts
app = flask.Flask("portal")
app.config["SECRET_KEY"] = "of this benchmark and of nothing else"
app.config["FIRST_LOGIN_PROVIDERS"] = {{
    name: {{"client_id": "a", "client_secret": "b", "protocol": "oidc", "issuer": "http://127.0.0.1:9/" + name}}
    for name in ("myegov", "google")
}}
FirstLogin(app, accounts=MemoryAccounts())"""
AUTHLIB = f"""{BASE}
from authlib.integrations.flask_client import OAuth
app = flask.Flask("portal")
app.config["SECRET_KEY"] = "of this benchmark and of nothing else"
oauth = OAuth(app)
for name in ("myegov", "google"):
    oauth.register(name, client_id="a", client_secret="b", server_metadata_url="http://127.0.0.1:9/" + name)
    oauth.create_client(name)"""
COST = """
import time
resident = next(line for line in open("/proc/self/status") if line.startswith("VmRSS"))
print(time.process_time(), resident.split()[1])"""
WHERE = f"""{BASE}
from benchmarks.missed import where_memory_goes, where_time_goes
print(*%s, sep="\\n")"""
ADDED = "import and init of ours, before the first sign-in"
PEER = "import and init of Authlib's own client"
WHY = (
    "half of it is Python writing and compiling the methods of 95 frozen dataclasses, a fifth is Werkzeug's, which "
    "compiles two functions for each of our 33 addresses; the rest reads modules, and proves the guide"
)
GOALS = [
    ("ms", Goal(ADDED, PEER, 1.0, WHY), "where_time_goes"),
    ("MiB", Goal(ADDED, PEER, 0.5), "where_memory_goes"),
]


def cost(code: str) -> tuple[float, float]:
    """CPU milliseconds and mebibytes of a new process that runs the code, with its modules compiled before."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run([sys.executable, "-c", code + COST], env=kept, capture_output=True, text=True, check=True)
    seconds, kibibytes = map(float, done.stdout.split())
    return seconds * 1000, kibibytes / 1024


def where(asked: str) -> list[str]:
    """What is behind it, found out in a process of its own that has imported nothing of ours yet."""
    code = WHERE % f"{asked}(lambda: exec({OURS!r}, {{}}))"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.splitlines()


def main() -> list[Missed]:
    runs = [(cost(BASE), cost(OURS), cost(AUTHLIB)) for _ in range(TIMES + 1)][1:]  # the first compiles
    missed = []
    for part, (unit, goal, asked) in enumerate(GOALS):
        found = {
            "Flask, Flask-WTF and Flask-Babel": median(base[part] for base, _, _ in runs),
            ADDED: median(ours[part] - base[part] for base, ours, _ in runs),
            PEER: median(peer[part] - base[part] for base, _, peer in runs),
        }
        missed += show(f"Import and init, {unit}", found, [goal], {ADDED: partial(where, asked)}, unit)
    return missed


if __name__ == "__main__":
    tell(main())

"""What a worker pays before it serves its first page, beyond Flask with its forms and its languages: ``make bench``."""

from __future__ import annotations

import os
import subprocess
import sys
from statistics import median

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
COST = """
import time
resident = next(line for line in open("/proc/self/status") if line.startswith("VmRSS"))
print(time.process_time(), resident.split()[1])"""
MILLISECONDS, MEBIBYTES = 25, 4


def cost(code: str) -> tuple[float, float]:
    """CPU milliseconds and mebibytes of a new process that runs the code, with its modules compiled before."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run([sys.executable, "-c", code + COST], env=kept, capture_output=True, text=True, check=True)
    seconds, kibibytes = map(float, done.stdout.split())
    return seconds * 1000, kibibytes / 1024


def main() -> list[str]:
    runs = [(cost(BASE), cost(OURS)) for _ in range(TIMES + 1)][1:]  # the first compiles
    base_ms, base_mib = (median(base[part] for base, _ in runs) for part in (0, 1))
    milliseconds, mebibytes = (median(ours[part] - base[part] for base, ours in runs) for part in (0, 1))
    print("\nImport and init, beyond Flask, Flask-WTF and Flask-Babel")
    print(f"  {base_ms:.0f} ms and {base_mib:.1f} MiB for those; ours adds")
    missed = []
    for what, found, goal in (("ms", milliseconds, MILLISECONDS), ("MiB", mebibytes, MEBIBYTES)):
        print(f"  {found:.1f} {what} (goal {goal}) {'met' if found <= goal else 'MISSED'}")
        missed += [f"import and init: {found:.1f} {what}, goal {goal}"] if found > goal else []
    return missed


if __name__ == "__main__":
    main()

"""Mount the first login into portals of other people's frameworks, each in an environment of its own: `make hosts`.

Each gets what pip brings by name, and our wheel beside it; nothing is pinned, so that it meets what an integrator
would.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[2]
#: By name: the module of the portal, and what its integrator had installed before us.
HOSTS = {
    "appbuilder": ("appbuilder", "Flask-AppBuilder~=5.0"),
    "security_too": ("security_too", "Flask-Security-Too[common]~=5.9", "Flask-SQLAlchemy"),
    "admin": ("admin", "Flask-Admin~=2.0", "Flask-Login", "Flask-SQLAlchemy"),
    "sqlalchemy_1": ("admin", "Flask-Admin~=2.0", "Flask-Login", "Flask-SQLAlchemy<3.1", "SQLAlchemy<2"),
}
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
#: Of our own environment nothing may reach into the new one, its measurement of coverage included.
OUTSIDE = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTHON", "FLASK"))}


def run(*command: str | Path, at: Path, **environment: str) -> str:
    """Run a command and give what it says.

    :raises AssertionError: it fails; with what it said.
    """
    ended = subprocess.run(
        command, cwd=at, env=OUTSIDE | environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def built(folder: Path) -> Path:
    """Build our wheel."""
    run(sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", folder, ROOT, at=folder)
    (wheel,) = folder.glob("*.whl")
    return wheel


def lived_through(name: str, wheel: Path, folder: Path) -> str:
    """Install a host's framework, then our wheel beside it, and live through its first day; give what it printed.

    :raises AssertionError: it cannot be installed, or something of that day does not hold.
    """
    module, *before = HOSTS[name]
    run(sys.executable, "-m", "venv", "--without-pip", folder, at=folder)
    python = folder / "bin" / "python"
    run(*PIP, "--python", python, "install", *before, at=folder)
    run(*PIP, "--python", python, "install", *before, f"{wheel}[sqlalchemy]", "pytest", at=folder)
    run(*PIP, "--python", python, "check", at=folder)
    return run(python, "-m", f"hosts.{module}", at=folder, PYTHONPATH=str(ROOT / "tests"))


def main(names: Sequence[str]) -> None:
    """Live through the first day of these hosts, or of all."""
    with TemporaryDirectory() as temporary:
        wheel = built(Path(temporary))
        for name in names or HOSTS:
            folder, began = Path(temporary) / name, time.monotonic()
            folder.mkdir()
            said = lived_through(name, wheel, folder).splitlines()[-1]
            print(f"{name}: {said}, {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])

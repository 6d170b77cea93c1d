"""What is given away: a wheel that works alone, with the oldest and the newest of what it needs, and an sdist."""

from __future__ import annotations

import email
import json
import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

from support.from_the_wheel import LANGUAGES, PATHS

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
PINS = {"oldest": ROOT / ".ci" / "constraints-oldest.txt", "newest": ROOT / ".ci" / "constraints.txt"}
REQUIRES: list[str] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")
#: Of our own environment nothing may reach into the new one, its measurement of coverage included.
OUTSIDE = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTHON", "FLASK"))}
APP = """
from flask import Flask
from flask_first_login import FirstLogin
from flask_first_login.accounts.memory import MemoryAccounts

app = Flask("portal")
app.config["SECRET_KEY"] = "of this smoke test alone"
FirstLogin(app, accounts=MemoryAccounts())
"""


def run(*command: str | Path, at: Path) -> str:
    ended = subprocess.run(command, cwd=at, env=OUTSIDE, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def name_of(requirement: str) -> str:
    return re.split(r"[=><!~;\[ ]", requirement.strip())[0].lower().replace("_", "-")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The wheel and the sdist, the wheel made from the sdist as everybody else would make it."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT, at=folder)
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return wheel, sdist


class Alone:
    """An environment that has the wheel and what it requires, and nothing else."""

    def __init__(self, folder: Path, wheel: Path, pins: Path) -> None:
        self.folder, self.pins = folder, pins
        run(sys.executable, "-m", "venv", "--without-pip", folder / "venv", at=folder)
        self.bin = folder / "venv" / "bin"
        self.install(str(wheel))

    def install(self, *what: str) -> None:
        self.pip("install", "--quiet", "--constraint", str(self.pins), *what)

    def pip(self, *arguments: str) -> str:
        return run(*PIP, "--python", self.bin / "python", *arguments, at=self.folder)

    def does(self, what: str) -> Any:
        return json.loads(
            run(self.bin / "python", "-W", "error", ROOT / "tests/support/from_the_wheel.py", what, at=self.folder)
        )


@pytest.fixture(scope="module", params=PINS)
def alone(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, built: tuple[Path, Path]) -> Alone:
    return Alone(tmp_path_factory.mktemp(request.param), built[0], PINS[request.param])


# --- what is in them ---


def test_the_wheel_holds_the_package_and_nothing_beside_it(built: tuple[Path, Path]) -> None:
    names = zipfile.ZipFile(built[0]).namelist()
    assert {re.sub(r"-[\d.]+\.dist-info$", ".dist-info", name.partition("/")[0]) for name in names} == {
        "flask_first_login",
        "flask_first_login.dist-info",
    }
    below = {path.relative_to(ROOT).as_posix() for path in (ROOT / "flask_first_login").rglob("*.*") if path.is_file()}
    assert {name for name in names if name.startswith("flask_first_login/")} == {
        name for name in below if "__pycache__" not in name
    }
    assert "flask_first_login/py.typed" in names
    catalogs = [name for name in names if name.endswith((".po", ".pot", ".mo"))]
    folder, name = "flask_first_login/web/translations", "flask_first_login"
    assert catalogs == [f"{folder}/{name}.pot", *(f"{folder}/vi/LC_MESSAGES/{name}.{end}" for end in ("mo", "po"))]


def test_a_package_index_is_told_what_it_shows_and_no_link_that_it_lacks(built: tuple[Path, Path]) -> None:
    with zipfile.ZipFile(built[0]) as wheel:
        (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
        told = email.message_from_bytes(wheel.read(name))
    pythons = {name.rpartition(" ")[2] for name in told.get_all("Classifier", []) if ":: Python :: 3." in name}
    assert (told["Requires-Python"], pythons) == (">=3.11", {"3.11", "3.12", "3.13"})
    assert {"flask", "taiwan"} <= {*told["Keywords"].split(",")}
    page = told.get_payload(decode=True)
    assert isinstance(page, bytes)
    shown = page.decode()
    assert "docs/accounts.md" in shown
    assert [link for link in re.findall(r"\]\(([^)]*)\)", shown) if not link.startswith(("https://", "#"))] == []
    assert "![" not in shown


def test_the_sdist_holds_what_the_tests_need_and_what_readers_read(built: tuple[Path, Path]) -> None:
    with tarfile.open(built[1]) as packed:
        names = {name.partition("/")[2] for name in packed.getnames()}
    kept = {"tests/conftest.py", "tests/test_distribution.py", "tests/paths.txt", "tests/browser/facts.js"}
    read = {
        "README.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "LICENSE",
        "docs/settings.md",
        "pyproject.toml",
        "Makefile",
    }
    pins = {".ci/constraints.txt", ".ci/constraints-oldest.txt"}
    assert kept | read | pins | {"example_app/__init__.py"} <= names


# --- the wheel, alone ---


def test_everything_that_it_requires_agrees(alone: Alone) -> None:
    assert alone.pip("check").strip() == "No broken requirements found."
    assert "sqlalchemy" not in alone.pip("list").lower()


def test_every_page_is_there_in_both_languages_with_its_style(alone: Alone) -> None:
    pages = alone.does("pages")
    assert [*pages] == [*LANGUAGES]
    for language, answers in pages.items():
        assert [*answers] == [*PATHS]
        assert {(status, tag) for status, tag, _, _ in [*answers.values()][:-1]} == {(200, language)}
        assert answers["/nowhere"][0] == 404
        assert min(sheet for _, _, _, sheet in answers.values()) > 1000
        headings = "".join(words for _, _, words, _ in answers.values())
        assert bool(re.search(r"[\u4e00-\u9fff]", re.sub(r"<[^>]+>|\s", "", headings))) is (language != "en")


def test_its_command_prints_every_path(alone: Alone) -> None:
    (alone.folder / "portal.py").write_text(APP, "utf-8")
    paths = run(alone.bin / "flask", "--app", "portal.py", "first-login", "paths", at=alone.folder)
    assert paths == (ROOT / "tests" / "paths.txt").read_text("utf-8")


def test_people_sign_in_at_every_provider_and_hear_whose_hours_count(alone: Alone) -> None:
    alone.install("pytest", "SQLAlchemy>=1.4.50")  # flask_first_login.testing is for those who have pytest
    counted, lost = ("ecpa", "myegov"), ("google", "facebook", "apple")
    assert alone.does("people") == dict.fromkeys(counted, "uploadable") | dict.fromkeys(lost, "refused")


# --- the pins ---


@pytest.mark.parametrize("requirement", [each for each in REQUIRES if ">=" in each])
def test_the_oldest_pins_are_the_lower_bounds(requirement: str) -> None:
    lines = PINS["oldest"].read_text("utf-8").splitlines()
    pinned = {name_of(line): line.partition("==")[2] for line in lines if "==" in line}
    bound = [*map(int, requirement.partition(">=")[2].split("."))]
    found = [*map(int, pinned[name_of(requirement)].split("."))]
    assert found[: len(bound)] == bound
    assert not any(found[len(bound) :])

"""Our pages under the style sheets that hosts have, as npm has them: Bootstrap, Tailwind, Bulma, Foundation, Pico."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from browser.screens import SCREENS, Visitor
from browser.test_colours import CSS

pytestmark = pytest.mark.browser

PACKAGES = {
    "bootstrap-4": "npm:bootstrap@4.6.2",
    "bootstrap-5": "npm:bootstrap@5.3.8",
    "tailwindcss": "4.3.3",
    "bulma": "1.0.4",
    "foundation-sites": "6.9.0",
    "@picocss/pico": "2.1.1",
}
SHEETS = {
    "bootstrap-4": "dist/css/bootstrap.css",
    "bootstrap-5": "dist/css/bootstrap.css",
    "tailwindcss": "preflight.css",  # outside of its layer, as Tailwind 3 has it, it is stronger
    "bulma": "css/bulma.css",
    "foundation-sites": "dist/css/foundation.css",
    "@picocss/pico": "css/pico.css",
}
WHERE = (
    "login",
    "identity, not answered",
    "egov-login",
    "acknowledge",
    "faq",
    "outcome of a civil servant",
    "hours of a learner with two accounts",
    "failure cancelled",
)
#: Some make the reader's letters larger, and all that is measured in them, and let a colour change slowly: that is the
#: host's to say.
OF_THE_HOST = "html { font-size: 100% !important; } * { transition: none !important; }"
#: How each element that shows looks; of what is pressed also how it looks to whom the keyboard has led there.
LOOKS = """() => [...document.querySelectorAll(".fl, .fl *")].filter(one => one.getClientRects().length).map(one => {
  const found = [one.tagName, one.className, one.textContent.trim().slice(0, 20)];
  const add = names => { const look = getComputedStyle(one); for (const name of names) found.push(look[name]); };
  add(["display", "color", "backgroundColor", "borderTopWidth", "borderTopColor", "borderTopLeftRadius", "fontSize",
    "fontFamily", "fontWeight", "lineHeight", "listStyleType", "textDecorationLine", "textTransform", "appearance",
    "paddingTop", "paddingLeft", "marginTop", "marginLeft", "boxShadow", "cursor", "opacity"]);
  const box = one.getBoundingClientRect();
  found.push(Math.round(box.width), Math.round(box.height));
  if (!one.matches("a, button, input, summary")) return found.join(" ");
  one.focus({ preventScroll: true });
  add(["color", "backgroundColor", "outlineStyle", "outlineWidth", "outlineColor", "boxShadow", "borderTopColor"]);
  one.blur();
  return found.join(" ");
})"""


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which npm put the frameworks; it runs none of their scripts."""
    npm = shutil.which("npm")
    assert npm is not None, "There is no `npm` on the PATH. Run `make test`: it installs what these tests need."
    folder = tmp_path_factory.mktemp("frameworks")
    (folder / "package.json").write_text('{"private": true}', "utf-8")
    options = ("--ignore-scripts", "--no-audit", "--no-fund", "--legacy-peer-deps")
    named = [f"{name}@{version}" for name, version in PACKAGES.items()]
    ended = subprocess.run(
        [npm, "install", *options, *named], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return folder / "node_modules"


def looks(visitor: Visitor, sheet: str) -> dict[str, list[str]]:
    """How everything looks on each of these pages, with a framework's sheet after ours."""
    body = f"{CSS.read_text()}\n{sheet}\n{OF_THE_HOST}"
    visitor.page.route("**/first_login.css", lambda route: route.fulfill(content_type="text/css", body=body))
    found: dict[str, Any] = {}
    for screen in (each for each in SCREENS if each.name in WHERE):
        visitor.open(screen)
        found[screen.name] = visitor.page.evaluate(LOOKS)
    visitor.page.unroute_all()
    return found


def test_no_framework_changes_what_is_read_or_pressed_or_reached_by_keyboard(visitor: Visitor, modules: Path) -> None:
    plain = looks(visitor, "")
    assert min(len(found) for found in plain.values()) > 40
    for name, sheet in SHEETS.items():
        framed = looks(visitor, (modules / name / sheet).read_text("utf-8"))
        for screen, found in plain.items():
            pairs = zip(found, framed[screen], strict=True)
            assert [f"{was} -> {now}" for was, now in pairs if was != now] == [], f"{name}: {screen}"

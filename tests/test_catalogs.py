"""The message catalogs say what the source says, in both languages."""

from __future__ import annotations

import re
from gettext import translation
from pathlib import Path

import pytest

import catalogs

TEXTS = """
from .text import Text

CONTINUE = Text("Continue", "下一步")
WAIT = Text(
    "Wait {sync} minutes, "
    "then sign in again.",
    zh="請等待{sync}分鐘後，再重新登入。",
)
TITLE = N_("Sign in")


def shown(words, host):
    pairs = Text(host["en"], host["zh"]), Text(f"Sign in with {host}", f"使用{host}登入")
    return pairs, words._fl(CONTINUE.en), words._fl(host.title("Sign in"))
"""
PAGE = """<h1>{{ _fl(page.title) }}{{ _fl(titles["short"]) }}</h1>
<a href="/">{{ _fl('Go back') }}</a>{{ _fl("Sign in") }}"""
CHINESE = {"Sign in": "登入", "Go back": "返回"}
PO = Path("web/translations/zh_Hant_TW/LC_MESSAGES/flask_first_login.po")


def run(package: Path, *options: str) -> int:
    return catalogs.main(["--package", str(package), *options])


def reword(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A small package whose catalogs are up to date."""
    templates = tmp_path / "web" / "templates" / "first_login"
    templates.mkdir(parents=True)
    (tmp_path / "texts.py").write_text(TEXTS, "utf-8")
    (templates / "page.html").write_text(PAGE, "utf-8")
    run(tmp_path)
    for english, chinese in CHINESE.items():
        reword(tmp_path / PO, f'msgid "{english}"\nmsgstr ""', f'msgid "{english}"\nmsgstr "{chinese}"')
    assert run(tmp_path) == 0
    return tmp_path


def test_the_shipped_catalogs_say_what_the_source_says(capsys: pytest.CaptureFixture[str]) -> None:
    status = catalogs.main(["--check"])
    assert status == 0, capsys.readouterr().out


def test_fresh_catalogs_pass_the_check_and_say_how_many_sentences_they_hold(
    package: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert run(package, "--check") == 0
    assert capsys.readouterr().out == "4 messages\n"


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("Continue", "下一步"),
        ("Wait {sync} minutes, then sign in again.", "請等待{sync}分鐘後，再重新登入。"),
        ("Sign in", "登入"),
        ("Go back", "返回"),
    ],
)
def test_every_sentence_is_found_in_both_languages(package: Path, english: str, chinese: str) -> None:
    folder = package / "web" / "translations"
    assert translation("flask_first_login", folder, ["zh_Hant_TW"]).gettext(english) == chinese
    assert translation("flask_first_login", folder, ["en"]).gettext(english) == english


def test_writing_twice_changes_no_byte(package: Path) -> None:
    held = {path: path.read_bytes() for path in package.rglob("web/translations/**/*.*")}
    assert len(held) == 5
    run(package)
    assert {path: path.read_bytes() for path in held} == held


def test_a_catalog_holds_what_changes_with_the_words_alone(package: Path) -> None:
    text = (package / PO).read_text("utf-8")
    assert "#: web/templates/first_login/page.html\n" in text
    assert "Date" not in text
    assert "fuzzy" not in text
    assert re.findall(r'^msgid "(.+)"', text, re.MULTILINE) == sorted(catalogs.translated(text.encode()))


def test_the_english_catalog_says_the_english(package: Path) -> None:
    held = catalogs.translated((package / "web/translations/en/LC_MESSAGES/flask_first_login.po").read_bytes())
    assert held
    assert list(held) == list(held.values())


STALE = [
    ("texts.py", '"下一步"', '"繼續"', f"{PO}: stale 'Continue': '下一步'"),
    ("texts.py", '"Continue"', '"Go on"', f"{PO}: missing 'Go on'"),
    ("texts.py", '"Continue"', '"Go on"', f"{PO}: obsolete 'Continue'"),
    ("texts.py", '"Continue"', '"Go on"', "web/translations/flask_first_login.pot: missing 'Go on'"),
    (str(PO), '"返回"', '"回上頁"', f"{PO.with_suffix('.mo')}: differs from its .po"),
    (str(PO), '"返回"', '""', f"'Go back' has no Chinese. Write it into {PO}."),
    (str(PO), "#: texts.py", "#: other.py", f"{PO}: its comments, header or order differ"),
    ("texts.py", '"Sign in")\n', '"Sign out")\n', f"texts.py:10: 'Sign out' has no Chinese. Write it into {PO}."),
]


@pytest.mark.parametrize(("file", "old", "new", "told"), STALE)
def test_a_change_that_did_not_reach_the_catalogs_is_told_by_name(
    package: Path, capsys: pytest.CaptureFixture[str], file: str, old: str, new: str, told: str
) -> None:
    reword(package / file, old, new)
    held = {path: path.read_bytes() for path in package.rglob("*.*")}
    assert run(package, "--check") == 1
    assert told in capsys.readouterr().out
    assert {path: path.read_bytes() for path in held} == held


def test_a_missing_catalog_file_is_told(package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (package / PO.with_suffix(".mo")).unlink()
    assert run(package, "--check") == 1
    assert f"{PO.with_suffix('.mo')}: missing file" in capsys.readouterr().out


def test_writing_carries_the_chinese_of_a_pair_and_keeps_what_was_written_by_hand(package: Path) -> None:
    reword(package / "texts.py", '"下一步"', '"繼續"')
    assert run(package) == 0
    text = (package / PO).read_text("utf-8")
    assert 'msgid "Continue"\nmsgstr "繼續"' in text
    assert 'msgid "Go back"\nmsgstr "返回"' in text


REFUSED = [
    ('Text("Continue", "繼續")', "more.py:1 and texts.py:4: 'Continue' has two Chinese texts, '繼續' and '下一步'."),
    ('Text("Wait {sync}", "請等待")', "more.py:1: 'Wait {sync}' and '請等待' name different placeholders."),
    ('Text("Wait", zh)', "more.py:1: a Text with one language written here and the other not."),
    ('Text(zh="請等待")', "more.py:1: a Text with one language written here and the other not."),
    ('Text("", "")', "more.py:1: an empty sentence."),
    ('Text(f"Wait {minutes}", "請等待")', "more.py:1: a Text with one language written here and the other not."),
    ('Text("Wait", "請等待" + minutes)', "more.py:1: a Text with one language written here and the other not."),
    ('N_(f"Wait {minutes}")', "more.py:1: a sentence put together from parts."),
    ('words._fl("Wait " + minutes)', "more.py:1: a sentence put together from parts."),
    ('N_("Wait {}".format(minutes))', "more.py:1: a sentence put together from parts."),
    ('_fl("Wait" if slow else "Go")', "more.py:1: a sentence put together from parts."),
    ('N_({"slow": "Wait"}[speed])', "more.py:1: a sentence put together from parts."),
]


@pytest.mark.parametrize(("line", "told"), REFUSED)
def test_words_that_no_catalog_can_carry_are_refused_in_python(
    package: Path, capsys: pytest.CaptureFixture[str], line: str, told: str
) -> None:
    (package / "more.py").write_text(line, "utf-8")
    assert run(package) == 1
    assert told in capsys.readouterr().out


@pytest.mark.parametrize(
    ("markup", "told"),
    [
        ('{{ _("Go back") }}', "_() looks in the host's catalog. Write _fl() instead."),
        ('{{ gettext("Go back") }}', "gettext() looks in the host's catalog. Write _fl() instead."),
        ('{{ _fl("Go " ~ place) }}', "a sentence put together from parts."),
        ('{{ _fl("Go" if quick else "Wait") }}', "a sentence put together from parts."),
        ('{{ _fl("Go %s".replace("%s", place)) }}', "a sentence put together from parts."),
    ],
)
def test_words_that_no_catalog_can_carry_are_refused_in_a_template(
    package: Path, capsys: pytest.CaptureFixture[str], markup: str, told: str
) -> None:
    (package / "web/templates/first_login/more.html").write_text(f"<p>\n{markup}", "utf-8")
    assert run(package) == 1
    assert f"web/templates/first_login/more.html:2: {told}" in capsys.readouterr().out


def test_the_words_of_the_pretend_providers_are_in_no_catalog(package: Path) -> None:
    (package / "sandbox").mkdir()
    (package / "sandbox" / "personas.py").write_text('Text("A made-up person", "虛構的人")', "utf-8")
    assert run(package, "--check") == 0

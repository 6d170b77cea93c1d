"""The template of message catalogs says what the source says, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.mofile import read_mo

import catalogs

TEXTS = """
from .text import Text

CONTINUE = Text("Continue", "下一步")
WAIT = Text(
    "Wait {sync} minutes, "
    "then sign in again.",
    zh="請等待{sync}分鐘後，再重新登入。",
)
NO_WORDS = Text("-", "-")


def shown(words, host):
    return Text(host["en"], host["zh"]), Text(f"Sign in with {host}", f"使用{host}登入"), text.Text("Sign in", "登入")
"""
PAGE = """<h1>{{ _fl(page.title) }}{{ _fl(titles["short"]) }}</h1>
<a title="{{ _fl_plain(fl.texts.BACK) }}" href="/">{{ _fl(fl.texts.SIGN_IN, name="王") }}</a>"""
POT = catalogs.TEMPLATE


def run(package: Path, *options: str) -> int:
    return catalogs.main(["--package", str(package), *options])


def reword(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A small package whose template is up to date."""
    templates = tmp_path / "web" / "templates" / "first_login"
    templates.mkdir(parents=True)
    (tmp_path / "texts.py").write_text(TEXTS, "utf-8")
    (templates / "page.html").write_text(PAGE, "utf-8")
    assert run(tmp_path) == 0
    return tmp_path


def test_the_shipped_template_says_what_the_source_says(capsys: pytest.CaptureFixture[str]) -> None:
    status = catalogs.main(["--check"])
    assert status == 0, capsys.readouterr().out


def test_a_fresh_template_passes_the_check_and_says_how_many_sentences_it_holds(
    package: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert run(package, "--check") == 0
    assert capsys.readouterr().out == "3 messages\n"


def test_every_sentence_stands_there_in_both_languages_in_order_and_nothing_beside_it(package: Path) -> None:
    assert [*catalogs.held((package / POT).read_bytes()).items()] == [
        ("Continue", "下一步"),
        ("Sign in", "登入"),
        ("Wait {sync} minutes, then sign in again.", "請等待{sync}分鐘後，再重新登入。"),
    ]


def test_writing_twice_changes_no_byte(package: Path) -> None:
    held = (package / POT).read_bytes()
    assert [path.name for path in (package / "web" / "translations").iterdir()] == [POT.name]
    run(package)
    assert (package / POT).read_bytes() == held


def test_the_template_holds_what_changes_with_the_words_alone(package: Path) -> None:
    text = (package / POT).read_text("utf-8")
    assert re.findall("Date|fuzzy|texts.py|:[0-9]+", text) == []


STALE = [
    ("texts.py", '"下一步"', '"繼續"', f"{POT}: stale 'Continue': '下一步'"),
    ("texts.py", '"Continue"', '"Go on"', f"{POT}: missing 'Go on'"),
    ("texts.py", '"Continue"', '"Go on"', f"{POT}: obsolete 'Continue'"),
    (str(POT), "#. 登入", "#. 進入", f"{POT}: stale 'Sign in': '進入'"),
    (str(POT), "MIME-Version: 1.0", "MIME-Version: 1.1", f"{POT}: its comments, header or order differ"),
]


@pytest.mark.parametrize(("file", "old", "new", "told"), STALE)
def test_a_change_that_did_not_reach_the_template_is_told_by_name(
    package: Path, capsys: pytest.CaptureFixture[str], file: str, old: str, new: str, told: str
) -> None:
    reword(package / file, old, new)
    held = {path: path.read_bytes() for path in package.rglob("*.*")}
    assert run(package, "--check") == 1
    assert told in capsys.readouterr().out
    assert {path: path.read_bytes() for path in held} == held


def test_a_missing_template_is_told(package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (package / POT).unlink()
    assert run(package, "--check") == 1
    assert f"{POT}: missing file" in capsys.readouterr().out


PO = POT.parent / "vi" / "LC_MESSAGES" / "flask_first_login.po"
VIETNAMESE = """# Not yet reviewed.
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8"

msgid "Continue"
msgstr "Tiếp tục"

msgid "Said no longer"
msgstr "Không còn"
"""


def in_vietnamese(package: Path, text: str = VIETNAMESE) -> Path:
    (package / PO).parent.mkdir(parents=True)
    (package / PO).write_text(text, "utf-8")
    return package / PO


def test_what_we_ship_of_a_further_language_is_nearly_all_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    catalogs.main(["--check"])
    coverage = re.findall(r"(\w+): (\d+) of (\d+) translated", capsys.readouterr().out)
    assert [locale for locale, _, _ in coverage] == ["vi"]
    few = [locale for locale, known, all_ in coverage if int(known) < 0.95 * int(all_)]
    assert few == [], "translate what was worded anew: it is said in English meanwhile"


def test_a_further_language_gets_the_sentences_of_today_and_is_compiled(
    package: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    po = in_vietnamese(package)
    assert run(package, "--check") == 1
    told = capsys.readouterr().out
    assert f"{PO} does not hold the sentences of the source" in told
    assert f"{PO.with_suffix('.mo')}: missing file" in told
    assert run(package) == 0
    assert "vi: 1 of 3 translated" in capsys.readouterr().out
    assert run(package, "--check") == 0
    text = po.read_text("utf-8")
    assert text.startswith("# Not yet reviewed.")
    assert '#. 下一步\nmsgid "Continue"\nmsgstr "Tiếp tục"' in text
    assert "Said no longer" not in text
    with po.with_suffix(".mo").open("rb") as file:
        assert [(message.id, message.string) for message in read_mo(file) if message.id] == [("Continue", "Tiếp tục")]


def test_a_translation_that_loses_a_placeholder_is_refused(package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = "Wait {sync} minutes, then sign in again."
    in_vietnamese(package, VIETNAMESE + f'\nmsgid "{said}"\nmsgstr "Đợi vài phút."\n')
    assert run(package) == 1
    assert f"vi: {said!r} and 'Đợi vài phút.' name different placeholders." in capsys.readouterr().out


@pytest.mark.parametrize("options", [(), ("--check",)])
def test_a_file_that_nothing_reads_is_told(
    package: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...]
) -> None:
    stray = package / "web" / "translations" / "en" / "LC_MESSAGES" / "flask_first_login.po.bak"
    stray.parent.mkdir(parents=True)
    stray.write_bytes((package / POT).read_bytes())
    assert run(package, *options) == 1
    assert f"{stray.relative_to(package)}: nothing reads it. Remove it." in capsys.readouterr().out


def test_writing_carries_a_changed_chinese_into_the_template(package: Path) -> None:
    reword(package / "texts.py", '"下一步"', '"繼續"')
    assert run(package) == 0
    assert '#. 繼續\nmsgid "Continue"' in (package / POT).read_text("utf-8")


REFUSED = [
    ('Text("Continue", "繼續")', "more.py:1 and texts.py:4: 'Continue' has two Chinese texts, '繼續' and '下一步'."),
    ('Text("Wait {sync}", "請等待")', "more.py:1: 'Wait {sync}' and '請等待' name different placeholders."),
    ('Text("Wait", zh)', "more.py:1: a Text with one language written here and the other not."),
    ('Text(zh="請等待")', "more.py:1: a Text with one language written here and the other not."),
    ('Text("", "")', "more.py:1: no English."),
    ('Text("Wait", " ")', "more.py:1: no Chinese."),
    ('Text(f"Wait {minutes}", "請等待")', "more.py:1: a Text with one language written here and the other not."),
    ('Text("Wait", "請等待" + minutes)', "more.py:1: a Text with one language written here and the other not."),
]


@pytest.mark.parametrize(("line", "told"), REFUSED)
def test_words_that_no_template_can_carry_are_refused_in_python(
    package: Path, capsys: pytest.CaptureFixture[str], line: str, told: str
) -> None:
    (package / "more.py").write_text(line, "utf-8")
    assert run(package) == 1
    assert told in capsys.readouterr().out


UNNAMED = "a sentence without its Chinese. Give it a name in web/template_texts.py."


@pytest.mark.parametrize(
    ("markup", "told"),
    [
        ('{{ _("Go back") }}', "_() looks in the host's catalog. Write _fl() instead."),
        ('{{ gettext("Go back") }}', "gettext() looks in the host's catalog. Write _fl() instead."),
        ('{{ _fl("Go back") }}', UNNAMED),
        ("{{ _fl_plain('Go back') }}", UNNAMED),
        ('{{ _fl("Go " ~ place) }}', UNNAMED),
        ('{{ _fl("Go" if quick else "Wait") }}', UNNAMED),
        ('{{ _fl("Go %s".replace("%s", place)) }}', UNNAMED),
    ],
)
def test_words_without_their_chinese_are_refused_in_a_template(
    package: Path, capsys: pytest.CaptureFixture[str], markup: str, told: str
) -> None:
    (package / "web/templates/first_login/more.html").write_text(f"<p>\n{markup}", "utf-8")
    assert run(package) == 1
    assert f"web/templates/first_login/more.html:2: {told}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("markup", "told"),
    [
        ("<p>Go\n back</p>", "3: 'Go back' is in one language alone."),
        ("{% if fl %}<b>返回{{ fl.x }}</b>{% endif %}", "3: '返回' is in one language alone."),
        ('<a {% if fl %}aria-label="Language"{% endif %} href="/x">', "3: 'Language' is in one language alone."),
        ('<img alt="A card {{ fl.x }}" src="/x">', "3: 'A card' is in one language alone."),
    ],
)
def test_words_of_one_language_alone_are_refused_in_a_template(
    package: Path, capsys: pytest.CaptureFixture[str], markup: str, told: str
) -> None:
    spared = '<!-- Not said --><svg class="Mark"><path d="M1 2"/></svg>'
    spared += "{# Nor this #}{% set a %}fl-a fl-b{% endset %} – &amp; 1 "
    (package / "web/templates/first_login/more.html").write_text(f"{spared}\n<p>\n{markup}", "utf-8")
    assert run(package) == 1
    assert f"web/templates/first_login/more.html:{told}" in capsys.readouterr().out


def test_the_words_of_the_pretend_providers_are_in_no_template(package: Path) -> None:
    (package / "sandbox").mkdir()
    (package / "sandbox" / "personas.py").write_text('Text("A made-up person", "虛構的人")', "utf-8")
    assert run(package, "--check") == 0

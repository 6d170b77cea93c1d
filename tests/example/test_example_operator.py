"""The operator's page of the example portal: who may open it, what it counts, and that it shows no person."""

from __future__ import annotations

import re
from dataclasses import replace

import html5lib
import pytest
from flask import Flask

from example.pages import Portal, press, sign_in_with_google, text
from example_app.members import Member, account_of, accounts, db
from flask_first_login import Reason, Text, current_vault
from flask_first_login.report import Row, rows
from internals import EXTENSION, state_of
from support.crowd import crowd, write
from support.learner import Learner

pytestmark = pytest.mark.slow

PAGE = "/operator/hours"
SVG = "{http://www.w3.org/2000/svg}"
COMMAND = re.compile(r"make-operator (\w+)")


def member_number(learner: Learner) -> str:
    """The number that the page shows to whom it does not let in."""
    found = COMMAND.search(text(learner.client, PAGE))
    assert found is not None
    return found[1]


@pytest.fixture
def operator(app: Flask, citizen: Learner) -> Learner:
    done = app.test_cli_runner().invoke(args=["make-operator", member_number(citizen)])
    assert (done.exit_code, done.output) == (0, "This member is an operator now.\n")
    return citizen


def tables(page: str) -> dict[str, list[list[str]]]:
    """The rows of each authority's table, by its caption."""
    found = html5lib.parse(page, namespaceHTMLElements=False)
    return {
        "".join(table.find("caption").itertext()): [
            [" ".join("".join(cell.itertext()).split()) for cell in row] for row in table.iterfind(".//tr")
        ]
        for table in found.iter("table")
    }


def bars(page: str) -> dict[str, list[tuple[str, str, str]]]:
    """The bars of each authority's chart: label, number, width."""
    found = {}
    for section in html5lib.parse(page, namespaceHTMLElements=False).iter("section"):
        chart = section.find(f".//{SVG}svg")
        words = ["".join(one.itertext()) for one in chart.iter(f"{SVG}text")]
        widths = [one.get("width") for one in chart.iter(f"{SVG}rect")]
        found[section.get("aria-labelledby")] = [*zip(words[::2], words[1::2], widths[1::2], strict=True)]
    return found


# --- who may open it ---


def test_whoever_is_not_signed_in_is_kept_out_and_finds_the_way_in(portal: Portal) -> None:
    refused = portal().test_client().get(f"{PAGE}?lang=en")
    page = refused.get_data(as_text=True)
    assert refused.status_code == 403
    assert "Riverside Learning" in page
    assert 'href="/first-login/login?next=/operator/hours"' in page
    assert "make-operator" not in page


@pytest.mark.parametrize("lang", ["en", "zh-Hant-TW"])
def test_an_ordinary_member_is_kept_out_and_told_how_an_operator_is_made(citizen: Learner, lang: str) -> None:
    refused = citizen.client.get(f"{PAGE}?lang={lang}")
    assert refused.status_code == 403
    assert "<svg" not in refused.get_data(as_text=True)
    assert f'href="{PAGE}"' in refused.get_data(as_text=True)
    assert PAGE not in text(citizen.client, "/")


def test_an_operator_gets_in_and_finds_the_page_in_the_menu(operator: Learner) -> None:
    assert operator.client.get(PAGE).status_code == 200
    assert f'href="{PAGE}"' in text(operator.client, "/")


def test_who_was_an_operator_is_kept_out_at_once(app: Flask, operator: Learner) -> None:
    with app.app_context():
        (member,) = db.session.scalars(db.select(Member))
    done = app.test_cli_runner().invoke(args=["make-operator", member.id, "--remove"])
    assert (done.exit_code, done.output) == (0, "This member is no operator any more.\n")
    assert operator.client.get(PAGE).status_code == 403


def test_nobody_is_made_an_operator_by_a_number_that_is_none(portal: Portal) -> None:
    done = portal().test_cli_runner().invoke(args=["make-operator", "nobody"])
    assert done.exit_code == 1
    assert "There is no such member." in done.output


def test_no_form_of_the_portal_makes_an_operator(app: Flask, citizen: Learner) -> None:
    press(citizen.client, "/courses/wetlands", "/courses/wetlands/complete", operator="1", member="1")
    assert citizen.client.post(PAGE).status_code == 405
    assert citizen.client.get(PAGE).status_code == 403


# --- what it counts ---


def test_each_authority_counts_its_verdicts_and_their_reasons(app: Flask, operator: Learner) -> None:
    for persona in ("citizen_without_id", "teacher"):
        learner = Learner.at(app)
        learner.follow(learner.sign_in("myegov", persona))
    sign_in_with_google(Learner.at(app))
    page = text(operator.client, f"{PAGE}?lang=en")
    assert tables(page)["Lifelong learning"] == [
        ["Verdict and reasons", "Accounts", "Share"],
        ["Can be sent", "0", "0%"],
        ["Held", "0", "0%"],
        ["Refused", "1", "25%"],
        ["Refused Social account", "1", "25%"],
        ["Not meant for this kind of account", "3", "75%"],
        ["Not meant for this kind of account Not a civil servant", "3", "75%"],
        ["All accounts", "4", "100%"],
    ]
    assert bars(page)["teacher"] == [
        ("Can be sent", "2", "50.0%"),
        ("Held", "1", "25.0%"),
        ("No national ID number", "1", "25.0%"),
        ("Refused", "1", "25.0%"),
        ("Social account", "1", "25.0%"),
        ("Not meant for this kind of account", "0", "0.0%"),
    ]


def test_the_page_agrees_with_the_report_and_says_so_in_both_languages(app: Flask, operator: Learner) -> None:
    with app.app_context():
        write(db.engine, crowd(1500), current_vault())
        with accounts.transaction() as session:
            found: list[Row] = [*rows(session)]
    whole = {key: [row.verdict for row in found if row.authority == key] for key in ("lifelong", "teacher")}
    chinese, english = tables(text(operator.client, PAGE)), tables(text(operator.client, f"{PAGE}?lang=en"))
    for key, zh, en in (("lifelong", "終身學習", "Lifelong learning"), ("teacher", "教師研習", "Teacher training")):
        counted = {label: number for label, number, _ in english[en]}
        assert [number for _, number, _ in chinese[zh]][1:] == [number for _, number, _ in english[en]][1:]
        assert counted["All accounts"] == f"{len(whole[key]):,}" == "1,501"
        said = ("Can be sent", "Held", "Refused", "Not meant for this kind of account")
        for label, verdict in zip(said, ("uploadable", "held", "refused", "not_applicable"), strict=True):
            assert counted[label] == f"{whole[key].count(verdict):,}"
    assert {row[0] for row in chinese["終身學習"]} >= {"可以上傳", "暫緩上傳", "無法上傳", "所有帳號"}


def test_a_row_that_cannot_be_read_is_counted_as_such(app: Flask, operator: Learner) -> None:
    with app.app_context():
        db.session.execute(db.text("UPDATE first_login_identities SET kind = 'of a later version'"))
        db.session.commit()
    found = tables(text(operator.client, f"{PAGE}?lang=en"))["Lifelong learning"]
    assert ["Cannot be read", "1", "100%"] in found
    assert ["Cannot be read Unknown value in the database", "1", "100%"] in found


def test_a_rule_of_the_portal_is_shown_by_its_code(
    app: Flask, operator: Learner, monkeypatch: pytest.MonkeyPatch
) -> None:
    licence = Reason("licence", Text("A licence is missing.", "缺少證照。"))
    with app.app_context():
        monkeypatch.setitem(app.extensions, EXTENSION, replace(state_of(), rules=(lambda learner: licence,)))
    found = tables(text(operator.client, f"{PAGE}?lang=en"))["Teacher training"]
    assert ["Held host_rule:licence", "1", "100%"] in found


def test_the_page_shows_no_person(app: Flask, operator: Learner) -> None:
    page = text(operator.client, f"{PAGE}?lang=en")
    main = page.partition("<main")[2].partition("</main>")[0]
    with app.app_context():
        (member,) = db.session.scalars(db.select(Member))
        (identity,) = account_of(member.id).identities
    assert identity.name is not None
    assert identity.national_id is not None
    for told in (
        identity.name,
        identity.subject,
        identity.national_id.reveal(),
        identity.national_id.masked,
        member.id,
    ):
        assert told not in main


def test_the_page_has_neither_script_nor_inline_style(operator: Learner) -> None:
    assert re.search(r"<script|<style|\sstyle=|\son[a-z]+=|javascript:", text(operator.client, PAGE)) is None

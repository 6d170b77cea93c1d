"""The table of accounts: what it says is what the rules of hours say, for the accounts of this portal."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from flask_first_login import Assurance, Authority, FirstLogin, Identity, Kind, NationalId, Requirements, Standing, Text
from flask_first_login.accounts.memory import MemoryAccounts
from internals import AUTHORITIES, assess
from support.documents import API, fetch
from support.pages import PROVIDERS, SECRET, portal, read, said, squeezed

GOVERNMENT = {
    "civil": (Kind.CIVIL_SERVANT, Assurance.VERIFIED),
    "general": (Kind.GENERAL, Assurance.VERIFIED),
}
NURSING = Authority("nursing", Text("Nursing", "護理"), Requirements(civil_servant=True, birth_date=True))


def somebody(kind: str) -> Identity:
    """A person with such an account, of whom nothing is missing."""
    known = {"national_id": NationalId("A123456789"), "birth_date": date(1980, 2, 3), "name": "陳文"}
    standing = Standing.GOVERNMENT if kind in GOVERNMENT else Standing.SOCIAL
    of_kind, assurance = GOVERNMENT.get(kind, (Kind.UNKNOWN, Assurance.NONE))
    facts: dict[str, Any] = known if kind in GOVERNMENT else {}
    return Identity("p", "i", "s", standing, of_kind, assurance, datetime.now(UTC), **facts)


def table_of(client: FlaskClient, lang: str = "zh-Hant-TW") -> dict[str, list[str]]:
    """The rows of the table on the login page: each title with its cells."""
    page = read(client, "/login", lang=lang)
    rows = [[squeezed(said(cell)) for cell in row] for row in page.one("tbody")]
    return {title: cells for title, *cells in rows}


def test_every_cell_is_the_verdict_of_the_rules() -> None:
    app = portal()
    table = fetch(app.test_client(), f"{API}/login")["comparison"]
    kinds = [account["key"] for account in table["accounts"]]
    assert kinds == ["civil", "general", "social"]
    for number, kind in enumerate(kinds):
        report = assess([somebody(kind)])
        found = {row["key"]: row["cells"][number]["verdict"] for row in table["rows"]}
        assert {key: found[key] for key in report} == {key: line.verdict for key, line in report.items()}
        assert (found["id_on_certificate"] == "uploadable") is report.certificate_shows_id


def test_the_table_reads_as_the_source_says() -> None:
    assert table_of(portal().test_client()) == {
        "終身學習": ["可以", "限公務人員", "永遠不行"],
        "環境教育": ["可以", "可以", "永遠不行"],
        "教師研習": ["可以", "可以", "永遠不行"],
        "證書上的身分證字號": ["有", "有", "沒有"],
        "紀錄可以合併": ["可以", "可以", "永遠不行"],
    }


def test_authorities_and_providers_of_the_host_stand_in_it_by_themselves_and_those_it_has_not_do_not() -> None:
    app = Flask("host")
    agency: dict[str, object] = {
        **PROVIDERS["myegov"],
        "title": "機關單一登入",
        "standing": "government",
        "claims": {"national_id": "idn"},
    }
    app.config.update(
        SECRET_KEY=SECRET,
        FIRST_LOGIN_PROVIDERS={"agency": agency, "google": PROVIDERS["google"]},
        FIRST_LOGIN_CIVIL_SERVANT_PROVIDERS=["agency"],
        FIRST_LOGIN_PUBLIC_PROVIDERS=["google"],
        FIRST_LOGIN_SAME_NATIONAL_ID="separate",
    )
    FirstLogin(app, accounts=MemoryAccounts(), authorities=(*AUTHORITIES, NURSING))
    client = app.test_client()
    heads = [squeezed(said(head)) for head in read(client, "/login").all("th", scope="col")]
    assert heads == ["公務帳號機關單一登入", "社群帳號Google"]
    rows = table_of(client)
    assert rows["護理"] == ["可以", "永遠不行"]
    assert rows["紀錄可以合併"] == ["不行", "永遠不行"]


def test_a_portal_of_one_kind_of_account_compares_nothing() -> None:
    client = portal({"ecpa": PROVIDERS["ecpa"]}).test_client()
    assert read(client, "/login").all("table") == []
    assert fetch(client, f"{API}/login")["comparison"] is None


@pytest.mark.parametrize("lang", ["zh-Hant-TW", "en"])
@pytest.mark.parametrize(("path", "key"), [("/public/no-certificate", "no-certificate"), ("/notices", "notices")])
def test_it_stands_on_the_pages_that_choose_and_a_screen_reader_and_the_keyboard_can_use_it(
    path: str, key: str, lang: str
) -> None:
    client = portal().test_client()
    page = read(client, path, lang=lang)
    (box,) = page.all("div", class_="fl-table-box")
    assert (box.get("tabindex"), box.get("role")) == ("0", "region")
    assert [len(row) for row in page.one("tbody")] == [4] * 5
    assert all(row[0].get("scope") == "row" for row in page.one("tbody"))
    screen = fetch(client, f"{API}/screens/{key}?lang={lang}")
    (table,) = [block for block in [*screen["blocks"], *screen["after"]] if block["type"] == "comparison"]
    said_there = {row["title"]: [cell["label"] for cell in row["cells"]] for row in table["rows"]}
    assert {squeezed(title): [*map(squeezed, cells)] for title, cells in said_there.items()} == table_of(client, lang)


def test_a_page_says_which_hours_its_way_on_earns_this_learner() -> None:
    client = portal().test_client()
    citizen = fetch(client, f"{API}/screens/egov-login")["earns"]
    civil_servant = fetch(client, f"{API}/screens/egov-official-login")["earns"]
    assert citizen["authorities"] == ["環境教育", "教師研習"]
    assert civil_servant["authorities"] == ["終身學習", "環境教育", "教師研習"]
    assert "可取得時數：環境教育、教師研習" in read(client, "/public/certificate/egov-login").words

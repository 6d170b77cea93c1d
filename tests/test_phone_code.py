"""Continue on the phone: a picture that holds the address of one of our pages, and no other."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
import segno

from support.documents import API, fetch
from support.pages import PREFIX, portal, read, said

ORIGIN = "https://learn.example.gov.tw"


def modules(svg: str) -> list[list[bool]]:
    """The dark squares of a drawn code."""
    size = int(re.findall(r'viewBox="0 0 (\d+) ', svg)[0])
    dark = [[False] * size for _ in range(size)]
    (line,) = re.findall(r'<path[^>]* stroke="[^"]*" d="([^"]*)"', svg)
    x = y = 0.0
    for kind, values in re.findall(r"([Mmh])([^Mmh]*)", line):
        numbers = [float(value) for value in re.findall(r"-?[\d.]+", values)]
        if kind == "h":
            for at in range(int(numbers[0])):
                dark[int(y)][int(x) + at] = True
            x += numbers[0]
        else:
            x, y = (numbers[0], numbers[1]) if kind == "M" else (x + numbers[0], y + numbers[1])
    return dark


def holds(svg: str, address: str) -> bool:
    """Say whether a picture is the code of this very address."""
    expected = [[bool(square) for square in row] for row in segno.make_qr(address, error="m").matrix_iter(border=4)]
    return modules(svg) == expected


@pytest.mark.parametrize(
    ("page", "address"), [("login", "/login"), ("egov-login", "/public/certificate/egov-login"), ("identity", "/")]
)
def test_a_code_holds_the_address_of_its_page_with_the_answers_and_the_language(page: str, address: str) -> None:
    client = portal(external_url=ORIGIN).test_client()
    query = "lang=en&next=/courses/7&identity=public"
    found = client.get(f"{PREFIX}/phone/{page}.svg?{query}", headers={"Host": "evil.example"})
    assert (found.status_code, found.mimetype) == (200, "image/svg+xml")
    assert holds(found.text, f"{ORIGIN}{PREFIX}{address}?identity=public&lang=en&next=/courses/7")
    assert "<script" not in found.text
    assert "style=" not in found.text


def test_without_an_address_of_the_portal_it_is_the_one_that_the_browser_knows() -> None:
    found = portal().test_client().get(f"{PREFIX}/phone/login.svg", base_url="https://portal.example.gov.tw")
    assert holds(found.text, f"https://portal.example.gov.tw{PREFIX}/login")


@pytest.mark.parametrize("page", ["nowhere", "https%3A%2F%2Fevil.example", "..%2Fhours", "hours", "outcome", "Login"])
def test_nothing_else_becomes_a_code(page: str) -> None:
    assert portal().test_client().get(f"{PREFIX}/phone/{page}.svg").status_code == 404


@pytest.mark.parametrize("next", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_a_code_leads_to_no_other_site(next: str) -> None:
    client = portal(external_url=ORIGIN).test_client()
    found = client.get(f"{PREFIX}/phone/login.svg?next={quote(next)}&url=https://evil.example")
    assert holds(found.text, f"{ORIGIN}{PREFIX}/login")


def test_the_login_page_and_the_pages_before_a_sign_in_show_it_with_its_words() -> None:
    client = portal().test_client()
    for path in ("/login", "/civil-servant/ecpa", "/public/certificate/egov-login"):
        page = read(client, path)
        (picture,) = page.all("section", class_="fl-qr")
        (image,) = picture.iter("img")
        assert image.get("alt") == "QR Code：在手機上開啟這一頁"
        assert "用手機掃描" in said(picture)
        assert client.get(image.get("src", "")).mimetype == "image/svg+xml"
    assert client.get(fetch(client, f"{API}/login")["phone_url"]).status_code == 200
    assert read(client, "/").all("section", class_="fl-qr") == []

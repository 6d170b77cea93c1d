"""Where `next` may lead: pages of this site, whatever a browser makes of the text."""

from __future__ import annotations

import re
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from flask.testing import FlaskClient
from hypothesis import example, given
from hypothesis import strategies as st

from internals import LONGEST, safe_next
from support.pages import PREFIX, portal, read

SITE = "https://portal.example.gov.tw"

ELSEWHERE = [
    # another site, plainly
    "https://evil.example",
    "http://evil.example/",
    "HTTPS://evil.example",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "//evil.example/%2e%2e",
    "ftp://evil.example",
    # slashes and backslashes, which browsers take for slashes
    "\\\\evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "/\\/evil.example",
    "/\\\\evil.example",
    "//\\evil.example",
    "\\\\\\evil.example",
    "https:\\\\evil.example",
    "/a\\evil",
    "/a/\\evil.example",
    # a scheme without slashes, or with one
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "http:evil.example",
    ":https://evil.example",
    "evil.example",
    "www.evil.example/",
    ".evil.example",
    "@evil.example",
    "portal.example.gov.tw.evil.example",
    # user info and look-alikes
    "https://portal.example.gov.tw@evil.example",
    "//portal.example.gov.tw@evil.example",
    "https://portal.example.gov.tw.evil.example/",
    "//portal.example.gov.tw:80@evil.example/",
    "https://portal.example.gov.tw%2eevil.example",
    "https://portal.example.gov.tw\\@evil.example",
    # full-width and ideographic characters that a host name folds
    "//evil。example",
    "//ｅｖｉｌ.example",
    "／／evil.example",
    "/／evil.example/\\",
    "https://evil．example",
    # controls and blanks anywhere: browsers drop tabs and line breaks, and trim the ends
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    "/\r\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "\x00//evil.example",
    "/\x00/evil.example",
    "/\x0b/evil.example",
    "/\x1f/evil.example",
    "/\x7f/evil.example",
    "/\x85/evil.example",
    "/ /evil.example",
    " /a",
    "/a ",
    "/a\n",
    "/a\r\nSet-Cookie: a=b",
    "/a\r\nLocation: https://evil.example",
    "/\u2028/evil.example",
    "/\u00a0/evil.example",
    "/\u3000/evil.example",
    "/\u200b/evil.example",
    "/\u202e/evil.example",
    "/\ufeff/evil.example",
    "/\u00ad/evil.example",
    "/\ud800",
    "/\udc80evil",
    "/\ufffdevil",
    # the same, percent-encoded: something behind us may decode it once more
    "/%2f/evil.example",
    "/%2F/evil.example",
    "/%2fevil.example",
    "%2f%2fevil.example",
    "/%5cevil.example",
    "/%5C/evil.example",
    "/%5c%5cevil.example",
    "/%09/evil.example",
    "/%0a/evil.example",
    "/%0d%0aSet-Cookie:%20a=b",
    "/a%0d%0aLocation:%20https://evil.example",
    "/%00/evil.example",
    "/%e2%80%a8/evil.example",
    "/%ff",
    "/%ed%a0%80",
    "/a?q=\r\nSet-Cookie: a=b",
    "/a?q=\x00",
    "/%E2%80%8B/evil.example",
    "/%E2%80%8D%5Cevil.example",
    "/%C2%AD%2Fevil.example",
    "/a%0Ab",
    # dot segments, which a browser resolves before it looks
    "/.//evil.example",
    "/..//evil.example",
    "/%2e//evil.example",
    "/%2e%2e//evil.example",
    "/./%2fevil.example",
    "/a/..//evil.example",
    "/a/..%2f%2fevil.example",
    "../evil",
    "./evil",
    # script and data
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "java\tscript:alert(1)",
    "\x01javascript:alert(1)",
    " javascript:alert(1)",
    "javascript://portal.example.gov.tw/%0aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "blob:https://evil.example/1",
    "file:///etc/passwd",
    "about:blank",
    # brackets that break parsers
    "//[evil.example",
    "//[::1]",
    "http://[",
    "/a//[",
    # nothing, or too much of it
    "",
    "?",
    "?next=//evil.example",
    "#",
    "#//evil.example",
    "a",
    "/" + "a" * LONGEST,
    "/a#" + "a" * LONGEST,
    "/" + "中" * (LONGEST // 3),
    '/"' * (LONGEST // 2),
]

HERE = [
    ("/", "/"),
    ("/courses", "/courses"),
    ("/courses/3/claim", "/courses/3/claim"),
    ("/courses/?page=2&sort=date", "/courses/?page=2&sort=date"),
    ("/search?q=a+b", "/search?q=a+b"),
    ("/課程?類別=自然", "/%E8%AA%B2%E7%A8%8B?%E9%A1%9E%E5%88%A5=%E8%87%AA%E7%84%B6"),
    ("/%E8%AA%B2%E7%A8%8B", "/%E8%AA%B2%E7%A8%8B"),
    ("/a?", "/a"),
    ("/a#part", "/a"),
    ("/a#//evil.example", "/a"),
    ("/a/../b", "/a/../b"),
    ("/a%2fb", "/a%2fb"),
    ("/100%", "/100%"),
    ("/a;b=1,2", "/a;b=1,2"),
    ("/~name/@me:1", "/~name/@me:1"),
    ("/a?to=https://elsewhere.example/", "/a?to=https://elsewhere.example/"),
    ("/a?next=/b", "/a?next=/b"),
    ('/<a>"x"', "/%3Ca%3E%22x%22"),
    ("/javascript:alert(1)", "/javascript:alert(1)"),
    ("/" + "a" * (LONGEST - 1), "/" + "a" * (LONGEST - 1)),
    ("/%EF%BD%81", "/%EF%BD%81"),
    ("/\ue000", "/%EE%80%80"),
    # a blank leads nowhere else: encoded it stays, and as it is it becomes encoded
    ("/a b", "/a%20b"),
    ("/a\u3000b?c=d\u3000e", "/a%E3%80%80b?c=d%E3%80%80e"),
    ("/a?q=b\\c", "/a?q=b%5Cc"),
    ("/a\u200db", "/a%E2%80%8Db"),
    ('/<a href="x">', "/%3Ca%20href=%22x%22%3E"),
    ("/%20/evil.example", "/%20/evil.example"),
]  # fmt: skip
#: What comes back octet for octet.
ENCODED = [
    "/a%20b",
    "/a%23b",
    "/a%3Fb",
    "/a%E3%80%80b",
    "/a%25b",
    "/a%2520b",
    "/a%e3%80%80b",
    "/%20",
    "/a%20",
    "/a%C2%A0b",
    "/course/python%20101/part%231?q=a%20b&r=%23%3F%25%E3%80%80%26&s=a+b",
    "/a?q=it's",
    "/list?filter[a]=1|2&sort={b}",
    "/a%2Fb",
    "/a?next=%2Fb%3Fc%3Dd",
    # what a query encodes leads nowhere: joiners, line breaks, backslashes, what is not UTF-8 (Big5, here)
    "/a?q=%F0%9F%91%A8%E2%80%8D%F0%9F%91%A9&r=%E2%80%8C%EF%BB%BF",
    "/a?q=%0Aone%0D%0Atwo%09three%00",
    "/a?path=C:%5Cnew%5C%5Ctable&share=%2F%2Fserver",
    "/a?q=%A4%A4%A4%E5%ff",
    "/a?q=%E2%80%A8",
    "/course/%F0%9F%91%A8%E2%80%8D%F0%9F%91%A9",
    "/a%E2%80%8Db",
]


@pytest.fixture(scope="module")
def wizard() -> FlaskClient:
    return portal().test_client()


@pytest.mark.parametrize("value", ELSEWHERE, ids=repr)
def test_what_a_browser_may_take_for_another_site_is_no_next_page(value: str) -> None:
    assert safe_next(value) is None


@pytest.mark.parametrize(("value", "path"), HERE)
def test_a_path_of_this_site_is_kept_and_rebuilt(value: str, path: str) -> None:
    assert safe_next(value) == path


@pytest.mark.parametrize("value", ENCODED)
def test_what_is_encoded_comes_back_octet_for_octet(value: str) -> None:
    assert safe_next(value) == value


def test_no_value_is_no_next_page() -> None:
    assert safe_next(None) is None


def in_a_browser(address: str) -> str:
    """Where a browser goes from a page of this site, by the rules of the WHATWG URL Standard that matter here.

    Control characters and blanks at the ends are trimmed, tabs and line breaks are dropped wherever
    they stand, and a backslash is a slash.
    """
    text = re.sub(r"[\t\n\r]", "", address.strip("".join(map(chr, range(0x21)))))
    scheme = re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:", text)
    path = text.replace("\\", "/")
    return text if scheme else urljoin(SITE, "https:" + path if path.startswith("//") else path)


ANY_TEXT = st.text(max_size=60)
PIECES = [
    *["/", "\\", "//", ".", "..", ":", "@", "?", "#", "&", "[", "]", "https:", "javascript:", "evil.example", "a"],
    *["%", "%2f", "%5c", "%09", "%2e", "%25", "中", "／", "。", " ", "\t", "\n", "\r", "\x00", "\u3000", "\ud800"],
]
TRICKS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


@given(st.one_of(ANY_TEXT, TRICKS, TRICKS.map(lambda tricks: "/" + tricks)))
@example("/%252f/evil.example")
@example("/a?b#c//d")
@example("/%")
@example("/%20//evil.example")
@example("/.%20./")
def test_whatever_is_kept_is_a_path_of_this_site(value: str) -> None:
    kept = safe_next(value) or "/"
    assert re.fullmatch(r"/[!-~]*", kept)
    assert len(kept) <= LONGEST
    for address in (kept, unquote(kept)):
        parts = urlsplit(address)
        assert (parts.scheme, parts.netloc) == ("", "")
        assert not re.match(r"[/\\]{2}", address)
        assert in_a_browser(address).startswith(f"{SITE}/")
    assert safe_next(kept) == kept


@given(st.one_of(ANY_TEXT, TRICKS))
def test_any_text_at_all_is_answered_without_an_error(value: str) -> None:
    safe_next(value)


@pytest.mark.parametrize("value", [one for one in ELSEWHERE if one.isprintable()], ids=repr)
def test_no_page_of_the_wizard_names_such_an_address(wizard: FlaskClient, value: str) -> None:
    for path in ("/", "/public/no-certificate"):
        page = read(wizard, path, next=value)
        assert "next=" not in page.html
        assert page.hidden.get("next") is None


@pytest.mark.parametrize("query", ["next=/a&next=/b", "next=/a&next=//evil.example", "next=&next=/a"])
def test_a_next_page_that_is_named_twice_is_not_taken(client: FlaskClient, query: str) -> None:
    response = client.get(f"{PREFIX}/?submitted=1&identity=public&{query}")
    assert response.headers["Location"] == f"{PREFIX}/public?identity=public"


def test_a_safe_next_page_is_carried_through_the_whole_wizard(client: FlaskClient) -> None:
    page = read(client, "/public/no-certificate", next="/courses/3?tab=1")
    carried = [link for link in page.links if link.path.startswith(PREFIX)]
    assert len(carried) >= 8
    assert {link.query["next"] for link in carried} == {"/courses/3?tab=1"}

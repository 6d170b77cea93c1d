"""Where a call to a provider may go."""

from __future__ import annotations

import pytest

from internals import is_admitted, is_safe_endpoint, origin_of

PUBLIC = ["8.8.8.8", "210.69.1.1", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"]
LOOPBACK = ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"]
INNER = [
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",  # of a carrier
    "169.254.169.254",  # a cloud's metadata
    "0.0.0.0",  # noqa: S104  # an address to refuse, not one to listen on
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "fe80::1%eth0",
    "fec0::1",
    "fd00::1",
    "ff02::1",
    "::",
    "::10.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::10.0.0.1",
    "2002:a00:1::1",  # 6to4 of 10.0.0.1
]


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_called_over_tls_and_never_without(address: str) -> None:
    assert is_admitted(address, plain=False, allow_private=False)
    assert not is_admitted(address, plain=True, allow_private=True)


@pytest.mark.parametrize("address", INNER)
def test_an_address_of_an_inner_network_may_be_called_over_tls_where_the_portal_allows_it(address: str) -> None:
    assert not is_admitted(address, plain=False, allow_private=False)
    assert is_admitted(address, plain=False, allow_private=True)
    assert not is_admitted(address, plain=True, allow_private=True)


@pytest.mark.parametrize("address", LOOPBACK)
def test_this_machine_may_be_called_by_plain_http_and_over_tls_only_where_the_portal_allows_it(address: str) -> None:
    assert is_admitted(address, plain=True, allow_private=False)
    assert not is_admitted(address, plain=False, allow_private=False)
    assert is_admitted(address, plain=False, allow_private=True)


@pytest.mark.parametrize(
    "url",
    [
        "https://accounts.google.com",
        "https://login.example.gov.tw:8443/token?a=b",
        "http://127.0.0.1:5001/token",
        "http://localhost/token",
        "http://[::1]:5001/token",
        "HTTPS://EXAMPLE.TW/",
    ],
)
def test_https_and_http_on_this_machine_are_safe(url: str) -> None:
    assert is_safe_endpoint(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://",
        "https:///token",
        "example.tw/token",
        "//example.tw/token",
        "http://example.tw/token",
        "http://127.0.0.1.example.tw/token",
        "http://localhost:80@example.tw/token",
        "https://user:word@example.tw/token",
        "https://@example.tw/token",
        "https://example.tw\\@evil.tw/token",
        "https://example.tw\\.evil.tw/token",
        "https://example.tw/token#part",
        "https://example.tw/to ken",
        "https://example.tw/to\nken",
        "https://example.tw/\u202etoken",
        "https://example.tw:port/",
        "https://example.tw:99999/",
        "https://[::1/",
        "file:///etc/passwd",
        "ftp://example.tw/",
        "javascript:alert(1)",
    ],
)
def test_anything_else_is_not(url: str) -> None:
    assert not is_safe_endpoint(url)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Login.Example:443/authorize?a=1", "https://login.example"),
        ("https://login.example:8443", "https://login.example:8443"),
        ("http://127.0.0.1:80/", "http://127.0.0.1"),
        ("http://127.0.0.1:443/", "http://127.0.0.1:443"),
    ],
)
def test_an_origin_has_one_spelling(url: str, origin: str) -> None:
    assert origin_of(url) == origin

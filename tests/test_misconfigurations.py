"""Misconfigurations, each planted in a portal without another: the message names the setting, the fault and the fix."""

from __future__ import annotations

import base64
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from flask import Flask
from jinja2 import DictLoader

from flask_first_login import ConfigError
from internals import DESKS, Finding, Severity, examine
from support.healthy_portal import CONFIG, INDEX_KEY, KEY, PROVIDERS, healthy, provider
from support.pages import LINKS

Change = Callable[[Flask], object]
P = "FIRST_LOGIN_PROVIDERS"


class Planted(NamedTuple):
    """One fault. ``settings`` are put over the healthy ones (None takes one away), ``change`` is done to the app."""

    name: str
    settings: dict[str, Any]
    where: str
    what: str
    fix: str
    code: str = ""
    change: Change = lambda app: None

    def __str__(self) -> str:
        return self.name


#: What `init_app` refuses: the portal does not start.
REFUSED = [
    Planted("a setting that nobody knows", {"FIRST_LOGIN_EXTERNAL_URI": "https://a.example"},
            "FIRST_LOGIN_EXTERNAL_URI", "is not a known setting", "Did you mean FIRST_LOGIN_EXTERNAL_URL?"),
    Planted("an external URL with a path", {"FIRST_LOGIN_EXTERNAL_URL": "https://a.example/portal"},
            "FIRST_LOGIN_EXTERNAL_URL", "scheme and host alone", "it is 'https://a.example/portal'"),
    Planted("an external URL over plain http", {"FIRST_LOGIN_EXTERNAL_URL": "http://learn.example.gov.tw"},
            "FIRST_LOGIN_EXTERNAL_URL", "http on loopback only", "Change the setting"),
    Planted("no secret key", {"SECRET_KEY": None}, "SECRET_KEY", "is not set", "secrets.token_hex(32)"),
    Planted("a provider without its secret", {P: provider("google", client_secret=None)},
            f"{P}['google']['client_secret']", "is missing", "Copy it from the registration"),
    Planted("a provider's key that nobody knows", {P: provider("google", client_secrets="x")},
            f"{P}['google']['client_secrets']", "is not a known setting", "Did you mean client_secret?"),
    Planted("a provider under a name that is nearly one", {P: provider("gogle", client_id="1", client_secret="2")},
            f"{P}['gogle']['standing']", "is missing", "Or did you mean google?"),
    Planted("a column that names a provider twice", {"FIRST_LOGIN_PUBLIC_PROVIDERS": ["google", "google"]},
            "FIRST_LOGIN_PUBLIC_PROVIDERS", "google stands there twice", "Change the setting"),
    Planted("a column that names a provider of nobody", {"FIRST_LOGIN_PUBLIC_PROVIDERS": ["tanet"]},
            "FIRST_LOGIN_PUBLIC_PROVIDERS", "'tanet', which nobody declared", "Known: apple, ecpa"),
    Planted("a flag as a text", {"FIRST_LOGIN_CIVIL_SOCIAL_LOGIN": "yes"},
            "FIRST_LOGIN_CIVIL_SOCIAL_LOGIN", "must be True or False", "it is 'yes'"),
    Planted("an Apple key that is none", {P: provider("apple", private_key="-----BEGIN PRIVATE KEY-----")},
            f"{P}['apple']['private_key']", "is not a private EC key", "Paste the whole .p8 file"),
    Planted("national IDs without keys", {"FIRST_LOGIN_NATIONAL_ID_KEYS": None},
            "FIRST_LOGIN_NATIONAL_ID_KEYS", "is not a list of at least one key", "Make a key with"),
    Planted("one key for sealing and for the index", {"FIRST_LOGIN_NATIONAL_ID_INDEX_KEY": KEY},
            "FIRST_LOGIN_NATIONAL_ID_INDEX_KEY", "is also one of FIRST_LOGIN_NATIONAL_ID_KEYS", "Make a key with"),
    Planted("a social provider that asserts national IDs", {P: provider("google", standing="government")},
            f"{P}['google']['standing']", "cannot be changed: it is social", "Remove it"),
    Planted("symmetric signatures", {P: provider("google", algorithms=["HS256"])},
            f"{P}['google']['algorithms']", "must be a list of ES256", "Change the setting"),
    Planted("a fixed state", {P: provider("google", authorize_params={"state": "fixed"})},
            f"{P}['google']['authorize_params']", "names state, which each sign-in sets itself", "Remove it"),
]  # fmt: skip


def jwt(**claims: object) -> str:
    """A token as somebody makes it by hand; nobody here looks at its signature."""
    made = {"iss": "ABCDE12345", "sub": "tw.example.learn", "aud": "https://appleid.apple.com", **claims}
    return ".".join(base64.urlsafe_b64encode(json.dumps(one).encode()).decode() for one in ({"alg": "ES256"}, made, ""))


def pasted(secret: str) -> dict[str, Any]:
    """Apple with a client secret that was made beforehand."""
    return {P: {**PROVIDERS, "apple": {"client_id": "tw.example.learn", "client_secret": secret}}}


def layout(source: str) -> Change:
    def change(app: Flask) -> None:
        app.jinja_loader = DictLoader({"layout.html": source, "other.html": "{% block content %}{% endblock %}"})

    return change


def bare_wsgi(app: Flask) -> None:
    app.wsgi_app = app.wsgi_app.app  # type: ignore[method-assign, attr-defined]  # the middleware taken off again


def without_scheme(app: Flask) -> None:
    app.wsgi_app.x_proto = 0  # type: ignore[attr-defined]  # it is ProxyFix


def debugged(app: Flask) -> None:
    app.debug = True


NOW = int(time.time())
DAY = 86400
LAYOUT = {"FIRST_LOGIN_BASE_TEMPLATE": "layout.html"}
WHOLE = "{% block head %}{% endblock %}{% block content %}{% endblock %}{% block title %}{% endblock %}"
FAR = {"FIRST_LOGIN_EXTERNAL_URL": "https://learn.example.gov.tw"}
#: What only the doctor finds: the portal starts, and a learner would be the first to notice.
FOUND = [
    Planted("no external URL", {"FIRST_LOGIN_EXTERNAL_URL": None},
            "FIRST_LOGIN_EXTERNAL_URL", "sign-ins work on this machine only", "https://", "external_url_missing"),
    Planted("no provider at all", {P: {}}, P, "nobody can sign in", "Add one", "no_provider"),
    Planted("a provider on offer without keys",
            {P: {"myegov": PROVIDERS["myegov"]}, "FIRST_LOGIN_PUBLIC_PROVIDERS": ["myegov", "google"]},
            f"{P}['google']", "cannot offer google", "Set the keys", "provider_hidden"),
    Planted("one issuer under two names",
            {P: provider("again", issuer="https://accounts.google.com", client_id="2", client_secret="other",
                         standing="social", title={"en": "Again", "zh": "再"})},
            f"{P}['google']", "has the issuer of again", "Keep one of them", "issuer_twice"),
    Planted("a client_id copied from another provider", {P: provider("google", client_id="portal-at-myegov")},
            f"{P}['myegov']['client_id']", "is the client_id of google too", "what that provider gave",
            "client_id_twice"),
    Planted("a secret used twice", {P: provider("google", client_secret=PROVIDERS["myegov"]["client_secret"])},
            f"{P}['myegov']", "is the same secret as FIRST_LOGIN_PROVIDERS['google']", "Make a new one",
            "secret_shared"),
    Planted("the sandbox on a portal that is not on this machine",
            {P: provider("google", issuer="http://127.0.0.1:5001/google")},
            f"{P}['google']", "is on this very machine", "Set the real provider's addresses", "provider_on_loopback"),
    Planted("a short secret key", {"SECRET_KEY": "dev"}, "SECRET_KEY", "has 3 characters", "token_hex",
            "secret_key_weak"),
    Planted("a secret key that everybody tries", {"SECRET_KEY": "change-me-in-production"}, "SECRET_KEY",
            "a word that everybody tries", "token_hex", "secret_key_weak"),
    Planted("an old secret key that is weak", {"SECRET_KEY_FALLBACKS": ["a" * 40]}, "SECRET_KEY_FALLBACKS",
            "repeats a few characters", "token_hex", "secret_key_weak"),
    Planted("debug mode", {}, "FLASK_DEBUG", "is on", "Unset it", "debug_on", debugged),
    Planted("testing mode", {"TESTING": True}, "TESTING", "is on", "Remove it", "testing_on"),
    Planted("forms without tokens", {"WTF_CSRF_ENABLED": False}, "WTF_CSRF_ENABLED", "is False", "Remove it",
            "csrf_off"),
    Planted("a Strict session", {"SESSION_COOKIE_SAMESITE": "Strict"}, "SESSION_COOKIE_SAMESITE",
            "arrives without the session", "Lax", "samesite_strict"),
    Planted("a session for all sites", {"SESSION_COOKIE_SAMESITE": "None"}, "SESSION_COOKIE_SAMESITE",
            "every other site's requests", "Lax", "samesite_none"),
    Planted("a session for all sites over http",
            {"SESSION_COOKIE_SAMESITE": "None", "SESSION_COOKIE_SECURE": False, "SESSION_COOKIE_NAME": "portal"},
            "SESSION_COOKIE_SAMESITE", "browsers drop the session", "Lax", "samesite_none_insecure"),
    Planted("SameSite left to the browser", {"SESSION_COOKIE_SAMESITE": None}, "SESSION_COOKIE_SAMESITE",
            "each browser decides", "Lax", "samesite_unset"),
    Planted("a session over http too", {"SESSION_COOKIE_SECURE": False, "SESSION_COOKIE_NAME": "portal"},
            "SESSION_COOKIE_SECURE", "in clear", "Set it to True", "session_not_secure"),
    Planted("Secure without https", {"FIRST_LOGIN_EXTERNAL_URL": "http://127.0.0.1:5000", "TRUSTED_HOSTS": None},
            "SESSION_COOKIE_SECURE", "is not https", "Serve https", "secure_without_https"),
    Planted("a session that scripts read", {"SESSION_COOKIE_HTTPONLY": False}, "SESSION_COOKIE_HTTPONLY",
            "any script", "Remove the setting", "session_readable"),
    Planted("a __Host- cookie with a domain", {"SESSION_COOKIE_DOMAIN": "example.gov.tw"}, "SESSION_COOKIE_NAME",
            "SESSION_COOKIE_DOMAIN is set: browsers drop", "take the prefix off", "cookie_prefix_broken"),
    Planted("a cookie of another domain",
            {"SESSION_COOKIE_DOMAIN": ".example.org.tw", "SESSION_COOKIE_NAME": "__Secure-portal"},
            "SESSION_COOKIE_DOMAIN", "does not belong to", "Remove it", "session_domain"),
    Planted("a cookie of another path", {"SESSION_COOKIE_PATH": "/admin", "SESSION_COOKIE_NAME": "portal"},
            "SESSION_COOKIE_PATH", "is not sent there", "Set it to '/'", "session_path"),
    Planted("a cookie without a prefix", {"SESSION_COOKIE_NAME": "portal"}, "SESSION_COOKIE_NAME",
            "could plant a session", "__Host-", "cookie_unprefixed"),
    Planted("a proxy that nobody believes", {}, "ProxyFix", "is not there", "ProxyFix(app.wsgi_app", "proxy_fix_absent",
            bare_wsgi),
    Planted("a proxy whose scheme is not taken", {}, "ProxyFix", "does not take the scheme", "x_proto=1",
            "proxy_fix_scheme", without_scheme),
    Planted("any host", {"TRUSTED_HOSTS": None}, "TRUSTED_HOSTS", "whatever Host header",
            "['learn.example.gov.tw']", "trusted_hosts_unset"),
    Planted("another host", {"TRUSTED_HOSTS": ["www.example.gov.tw"]}, "TRUSTED_HOSTS",
            "every request is refused", "Add it", "trusted_hosts_exclude"),
    Planted("another scheme", {"PREFERRED_URL_SCHEME": "http"}, "PREFERRED_URL_SCHEME", "begin wrongly", "https",
            "preferred_scheme"),
    Planted("another server name", {"SERVER_NAME": "www.example.gov.tw"}, "SERVER_NAME", "lead elsewhere",
            "'learn.example.gov.tw'", "server_name_differs"),
    Planted("a mount point", {"APPLICATION_ROOT": "/learn", "SESSION_COOKIE_NAME": "portal"}, "APPLICATION_ROOT",
            "part of every address", "SCRIPT_NAME=/learn", "application_root"),
    Planted("an Apple secret that ran out", pasted(jwt(exp=NOW - 3 * DAY - 60)),
            f"{P}['apple']['client_secret']", "ran out 3 days ago", "private_key", "apple_secret_expired"),
    Planted("an Apple secret that runs out soon", pasted(jwt(exp=NOW + DAY + DAY // 2)),
            f"{P}['apple']['client_secret']", "runs out in 1 day.", "private_key", "apple_secret_ends"),
    Planted("an Apple secret for a year", pasted(jwt(exp=NOW + 365 * DAY)),
            f"{P}['apple']['client_secret']", "longer than six months", "private_key", "apple_secret_too_long"),
    Planted("an Apple secret of another app", pasted(jwt(exp=NOW + 90 * DAY, sub="tw.example.other")),
            f"{P}['apple']['client_secret']", "another client_id", "private_key", "apple_secret_of_another"),
    Planted("an Apple secret that is a word", pasted("hunter2-hunter2"),
            f"{P}['apple']['client_secret']", "is not a signed token", "private_key", "apple_secret_malformed"),
    Planted("an Apple team that is none", {P: provider("apple", team_id="my team")},
            f"{P}['apple']['team_id']", "ten capital letters", "Copy it", "apple_identifier"),
    Planted("Apple over http", {"FIRST_LOGIN_EXTERNAL_URL": "http://127.0.0.1:5000"}, f"{P}['apple']",
            "takes no redirect URI that is http", "the sandbox takes http", "apple_needs_https"),
    Planted("a link that the guide wants", {"FIRST_LOGIN_LINKS": {**LINKS, "convert_official": None}},
            "FIRST_LOGIN_LINKS['convert_official']", "the guide wants it", "Set it", "link_unset"),
    Planted("a link that no page has", {"FIRST_LOGIN_LINKS": {**LINKS, "myegov_halp": "/help"}},
            "FIRST_LOGIN_LINKS['myegov_halp']", "no page of ours has", "Did you mean 'myegov_help'?", "link_unknown"),
    Planted("a support desk that a page names", {"FIRST_LOGIN_CONTACTS": {"myegov": DESKS[0]}},
            "FIRST_LOGIN_CONTACTS", "has no desk 'ecpa'", "Add it", "desk_missing"),
    Planted("no support desk of the portal itself", {"FIRST_LOGIN_DESK": None}, "FIRST_LOGIN_DESK",
            "the providers' desks alone", "Set it", "desk_of_portal_missing"),
    Planted("an icon of another site", {"FIRST_LOGIN_ICONS": {"google": "https://cdn.example/g.svg"}},
            "FIRST_LOGIN_ICONS['google']", "forbids to load it", "Serve the image from this site", "icon_blocked"),
    Planted("an icon of no provider",
            {"FIRST_LOGIN_ICONS": {"google": "/g.svg"}, P: {"myegov": PROVIDERS["myegov"]}},
            "FIRST_LOGIN_ICONS['google']", "that is not set", "Set the provider", "icon_unused"),
    Planted("a layout that is not there", LAYOUT, "FIRST_LOGIN_BASE_TEMPLATE", "there is no template 'layout.html'",
            "Correct the name", "base_template_missing"),
    Planted("a layout that cannot be read", LAYOUT, "FIRST_LOGIN_BASE_TEMPLATE", "line 1 of 'layout.html'", "Mend",
            "base_template_broken", layout("{% block %}")),
    Planted("a layout without a place for our pages", LAYOUT, "FIRST_LOGIN_BASE_TEMPLATE", "our pages stay empty",
            "{% block content %}", "base_template_without_content", layout(WHOLE.replace("content", "main"))),
    Planted("a layout without a head", LAYOUT, "FIRST_LOGIN_BASE_TEMPLATE", "our style sheet is not loaded",
            "{% block head %}", "base_template_without_head", layout('{% extends "other.html" %}')),
]  # fmt: skip


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One database for all: no fault that is planted here writes into it."""
    return tmp_path_factory.mktemp("healthy") / "accounts.db"


def settings_of(planted: Planted) -> dict[str, Any]:
    """A link of None is one that is not set."""
    changed = dict(planted.settings)
    if "FIRST_LOGIN_LINKS" in changed:
        changed["FIRST_LOGIN_LINKS"] = {key: url for key, url in changed["FIRST_LOGIN_LINKS"].items() if url}
    return changed


def findings(app: Flask) -> Iterator[Finding]:
    with app.app_context():
        yield from examine(app, offline=True)


def test_nothing_is_wrong_with_the_portal_that_the_faults_are_planted_in(path: Path) -> None:
    assert [one for one in findings(healthy(path=path)) if one.severity is not Severity.NOTE] == []


@pytest.mark.parametrize("planted", REFUSED, ids=str)
def test_a_portal_does_not_start_with_what_can_be_seen_at_the_start(planted: Planted, path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        healthy(path=path, **settings_of(planted))
    (problem,) = [one for one in raised.value.problems if one.where == planted.where]
    assert planted.what in problem.what
    assert planted.fix in problem.fix


@pytest.mark.slow
@pytest.mark.parametrize("planted", FOUND, ids=str)
def test_the_doctor_finds_what_cannot_be_seen_at_the_start(planted: Planted, path: Path) -> None:
    """And finds little beside it: whoever mistakes one cookie setting may break a promise of another."""
    all_found = [*findings(healthy(planted.change, path=path, **settings_of(planted)))]
    (found,) = [one for one in all_found if (one.code, one.where) == (planted.code, planted.where)]
    assert planted.what in found.what
    assert planted.fix in found.fix
    assert len({one.code for one in all_found if one.severity is not Severity.NOTE}) <= 4


def test_every_fault_is_another_one() -> None:
    assert len({one.name for one in [*REFUSED, *FOUND]}) == len([*REFUSED, *FOUND]) >= 25


def test_no_secret_stands_in_any_finding(path: Path) -> None:
    weak = {"SECRET_KEY": "hunter2", "SECRET_KEY_FALLBACKS": ["hunter3"], **pasted("hunter4-hunter4")}
    told = "".join(f"{one.where}{one.what}{one.fix}" for one in findings(healthy(path=path, **weak)))
    secrets = ["hunter", KEY, INDEX_KEY, *(str(one.get("client_secret", "?!")) for one in PROVIDERS.values())]
    assert [secret for secret in secrets if secret in told] == []
    assert CONFIG["SECRET_KEY"] not in told


# --- a host's own words ---


def catalog(folder: Path, locale: str, **messages: str) -> Path:
    """A compiled catalog of a host."""
    made, place = Catalog(locale), folder / locale / "LC_MESSAGES"
    for english, words in messages.items():
        made.add(english, words)
    place.mkdir(parents=True)
    with (place / "flask_first_login.mo").open("wb") as file:
        write_mo(file, made)
    return place


def codes(app: Flask) -> set[str]:
    return {one.code for one in findings(app) if one.where == "FIRST_LOGIN_TRANSLATIONS"}


def test_a_catalog_that_says_what_it_means_is_left_alone(path: Path, tmp_path: Path) -> None:
    for locale in ("en", "zh_Hant_TW"):
        catalog(tmp_path / "words", locale, Continue="Go on")
    assert codes(healthy(path=path, FIRST_LOGIN_TRANSLATIONS=tmp_path / "words")) == set()


def test_a_catalog_that_cannot_be_compared_with_our_sentences_is_told(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog(tmp_path / "words", "en", Continue="Go on")
    app = healthy(path=path, FIRST_LOGIN_TRANSLATIONS=tmp_path / "words")
    for sentences in (tmp_path, tmp_path / "gone.pot"):
        monkeypatch.setattr("flask_first_login.doctor.pages.SENTENCES", sentences)
        assert codes(app) == {"catalog_incomplete"}


def test_words_that_change_nothing_or_were_not_compiled_are_told(path: Path, tmp_path: Path) -> None:
    place = catalog(tmp_path / "words", "zh_Hant_TW", **{"Nobody says this": "沒有"})
    po = place / "flask_first_login.po"
    po.write_text("")
    later = (place / "flask_first_login.mo").stat().st_mtime + 5
    os.utime(po, (later, later))
    app = healthy(path=path, FIRST_LOGIN_TRANSLATIONS=tmp_path / "words")
    assert codes(app) == {
        "catalog_message_unknown",
        "catalog_not_compiled",
    }

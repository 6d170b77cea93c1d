"""Settings: read once, checked as a whole, and every mistake named at once with its place and its remedy."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from types import MappingProxyType

import certifi
import pytest
from cryptography.fernet import Fernet
from flask import Flask

from flask_first_login import ConfigError, FirstLogin, Text
from flask_first_login.accounts.memory import MemoryAccounts
from flask_first_login.flow import FAQ, STANDARD, Entry
from flask_first_login.providers import Provider
from internals import DESKS, Problem, Settings, SupportDesk, read_settings, state_of
from internals import PREFIX as KEYS
from internals import PRESETS_GOOGLE as GOOGLE
from support.pages import PREFIX, PROVIDERS, SECRET, portal, read
from test_languages import catalog

ENTRY = Entry("one", Text("One?", "一？"), (Text("Yes.", "是。"),))
DESK = {"title": "Help", "phone": "02-1234-5678", "email": "help@example.gov.tw"}
HELP = SupportDesk("help", Text("Help", "Help"), "02-1234-5678", "help@example.gov.tw")
MORNINGS = Text("Mornings", "上午")


def problems_of(app: Flask, first_login: FirstLogin | None = None) -> tuple[Problem, ...]:
    with pytest.raises(ConfigError) as raised:
        (first_login or FirstLogin(accounts=MemoryAccounts())).init_app(app)
    assert "first_login" not in app.extensions
    return raised.value.problems


def configured(**settings: object) -> Flask:
    app = Flask("portal")
    app.config.update({KEYS + name.upper(): value for name, value in settings.items()})
    return app


# --- one setting ---


def test_an_app_that_sets_nothing_has_the_defaults_of_the_source() -> None:
    settings, problems = read_settings({"SECRET_KEY": "x", "SESSION_COOKIE_NAME": "y"})
    assert problems == []
    assert settings == Settings()
    assert settings.url_prefix == "/first-login"
    assert settings.civil_servant_providers == ("ecpa", "myegov", "facebook", "google", "apple")
    assert settings.public_providers == ("myegov", "facebook", "google", "apple")
    assert settings.civil_social_login is True
    assert settings.sync_minutes == (2, 5)
    assert (settings.handoff, settings.unknown_kind, settings.same_national_id) == ("page", "ask", "link")
    assert settings.contacts == DESKS
    assert settings.qa == FAQ


GOOD: list[tuple[str, object, object]] = [
    ("url_prefix", "/account/first_login.2", "/account/first_login.2"),
    ("service_name", "Portal", Text("Portal", "Portal")),
    ("service_name", {"en": "Portal", "zh": "學習網"}, Text("Portal", "學習網")),
    ("service_name", Text("Portal", "學習網"), Text("Portal", "學習網")),
    ("subdomain", "learn", "learn"),
    ("base_template", "layout.html", "layout.html"),
    ("home_url", "/my/courses?all=1", "/my/courses?all=1"),
    ("external_url", "https://portal.example.gov.tw", "https://portal.example.gov.tw"),
    ("external_url", "https://portal.example.gov.tw:8443", "https://portal.example.gov.tw:8443"),
    ("external_url", "http://127.0.0.1:5000", "http://127.0.0.1:5000"),
    ("external_url", "HTTPS://Learn.Example.gov.tw:8443", "https://learn.example.gov.tw:8443"),
    ("external_url", "https://學習.台灣", "https://xn--n9sw95f.xn--kpry57d"),
    ("external_url", "https://學習。台灣:8443", "https://xn--n9sw95f.xn--kpry57d:8443"),
    ("external_url", "http://[::1]:5000", "http://[::1]:5000"),
    ("external_url", None, None),
    ("default_locale", "en", "en"),
    ("default_locale", "zh-Hant-TW", "zh_Hant_TW"),
    ("languages", ["en", "zh-Hant-TW"], ("en", "zh_Hant_TW")),
    ("locale_selector", str, str),
    ("links", {"faq": "/help", "myegov": "https://a.example/"}, {"faq": "/help", "myegov": "https://a.example/"}),
    ("contacts", {"help": DESK}, (HELP,)),
    ("contacts", {"help": {**DESK, "hours": {"en": "Mornings", "zh": "上午"}}}, (replace(HELP, hours=MORNINGS),)),
    ("contacts", {"myegov": DESKS[0]}, (DESKS[0],)),
    ("contacts", {}, ()),
    ("desk", DESK, replace(HELP, key="portal")),
    ("qa", [ENTRY], (ENTRY,)),
    ("qa", [], ()),
    ("service_name", 2030, Text("2030", "2030")),
    ("locale_selector", "builtins:str", str),
    ("contacts", {"help": {**DESK, "phone": 1999}}, (replace(HELP, phone="1999"),)),
    ("qa", [{"id": "one", "question": {"en": "One?", "zh": "一？"}, "answers": [Text("Yes.", "是。")]}], (ENTRY,)),
    ("icons", {"google": "/static/g.svg"}, {"google": "/static/g.svg"}),
    ("public_providers", ["myegov"], ("myegov",)),
    ("civil_social_login", False, False),
    ("failures_per_minute", 1, 1),
    ("failures_per_minute", None, None),
    ("hold_days", 0, 0),
    ("hold_days", 36_500, 36_500),
    ("hold_days", None, None),
    ("sync_minutes", [5, 10], (5, 10)),
    ("handoff", "redirect", "redirect"),
    ("request_id_header", "X-Request-ID", "X-Request-ID"),
    ("request_id_header", None, None),
    ("unknown_kind", "deny", "deny"),
    ("same_national_id", "separate", "separate"),
    ("national_id_keys", "one", ("one",)),
    ("national_id_keys", ["one", "two"], ("one", "two")),
    ("national_id_index_key", "other", "other"),
    ("providers", {"google": {}}, {"google": {}}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "given", "value"), GOOD)
def test_a_good_value_is_read(name: str, given: object, value: object) -> None:
    settings, problems = read_settings({KEYS + name.upper(): given})
    assert problems == []
    assert getattr(settings, name) == value


BAD: list[tuple[str, object]] = [
    ("url_prefix", ""),
    ("url_prefix", "/"),
    ("url_prefix", "first-login"),
    ("url_prefix", "/first-login/"),
    ("url_prefix", "//evil.example"),
    ("url_prefix", "/a//b"),
    ("url_prefix", "/a b"),
    ("url_prefix", "/a\n/b"),
    ("url_prefix", "/<name>"),
    ("url_prefix", "/a?b"),
    ("url_prefix", None),
    ("service_name", ""),
    ("service_name", "  "),
    ("service_name", None),
    ("service_name", {"en": "Portal"}),
    ("service_name", {"en": "Portal", "zh": ""}),
    ("service_name", {"en": "Portal", "zh": 5}),
    ("subdomain", "learn.example.tw."),
    ("base_template", ""),
    ("base_template", None),
    ("home_url", "https://elsewhere.example/"),
    ("home_url", "//elsewhere.example"),
    ("home_url", "/\\elsewhere.example"),
    ("home_url", "courses"),
    ("home_url", "/a\r\nSet-Cookie: a=b"),
    ("home_url", ""),
    ("external_url", "portal.example.gov.tw"),
    ("external_url", "http://portal.example.gov.tw"),
    ("external_url", "https://portal.example.gov.tw/"),
    ("external_url", "https://portal.example.gov.tw/portal"),
    ("external_url", "https://portal.example.gov.tw?a=b"),
    ("external_url", "https://portal.example.gov.tw#a"),
    ("external_url", "https://user@portal.example.gov.tw"),
    ("external_url", "http://localhost:80@evil.example"),
    ("external_url", "https://"),
    ("external_url", f"https://{'學' * 70}.tw"),
    ("external_url", "https://學習.台灣@evil.example"),
    ("external_url", ""),
    ("default_locale", ["en"]),
    ("languages", "en"),
    ("languages", ["en", "en"]),
    ("languages", [5]),
    ("locale_selector", "en"),
    ("locale_selector", "builtins:nothing"),
    ("locale_selector", "sys:path"),
    ("locale_selector", 5),
    ("translations", "/no/such/folder"),
    ("translations", "a" * 5000),
    ("translations", "a\0b"),
    ("translations", Path(__file__).parent),
    ("translations", Path(__file__)),
    ("translations", 5),
    ("links", ["https://myegov.example.gov.tw/"]),
    ("links", {"myegov": "myegov.example.gov.tw"}),
    ("links", {"myegov": "javascript:alert(1)"}),
    ("links", {"myegov": "//myegov.example.gov.tw"}),
    ("links", {"myegov": "https://myegov.example.gov.tw/ "}),
    ("links", {"myegov": "https://myegov.example.gov.tw/\u202e"}),
    ("links", {"myegov": "#"}),
    ("links", {"myegov": ""}),
    ("links", {"myegov": None}),
    ("links", {5: "https://myegov.example.gov.tw/"}),
    ("contacts", {"one": DESKS[0], "two": DESKS[0]}),
    ("contacts", {"help": {**DESK, "phone": True}}),
    ("contacts", [DESK]),
    ("contacts", {"help": "02-1234-5678"}),
    ("contacts", {"help": {"title": "Help", "phone": "02-1234-5678"}}),
    ("contacts", {"help": {**DESK, "fax": "02-1234-5678"}}),
    ("contacts", {"help": {**DESK, "phone": "call us"}}),
    ("contacts", {"help": {**DESK, "email": "write to us"}}),
    ("contacts", {"help": {**DESK, "title": ""}}),
    ("contacts", {"help": {**DESK, "hours": []}}),
    ("qa", "text"),
    ("qa", [("One?", "Yes.")]),
    ("qa", [ENTRY, ENTRY]),
    ("qa", [{"id": "one", "question": "One?"}]),
    ("qa", [{"id": "one two", "question": "One?", "answers": ["Yes."]}]),
    ("qa", [{"id": "one", "question": "", "answers": ["Yes."]}]),
    ("qa", [{"id": "one", "question": "One?", "answers": ["Yes."], "more": 1}]),
    ("icons", {"google": "data:image/svg+xml,<svg/>"}),
    ("civil_servant_providers", "ecpa"),
    ("civil_servant_providers", [5]),
    ("public_providers", None),
    ("public_providers", ["google", "myegov", "google"]),
    ("civil_social_login", "no"),
    ("civil_social_login", 0),
    *(("failures_per_minute", one) for one in (0, -1, True, 1.5, "30")),
    ("hold_days", -1),
    ("hold_days", 36_501),
    ("hold_days", True),
    ("hold_days", "30"),
    ("sync_minutes", 5),
    ("sync_minutes", (5, 2)),
    ("sync_minutes", (0, 2)),
    ("sync_minutes", ("2", "5")),
    ("sync_minutes", (2, 5, 7)),
    ("handoff", "yes"),
    ("request_id_header", "X Request"),
    ("request_id_header", 7),
    ("unknown_kind", "perhaps"),
    ("unknown_kind", None),
    ("same_national_id", "merge"),
    ("national_id_keys", 5),
    ("national_id_keys", [5]),
    ("national_id_index_key", b"bytes"),
    ("providers", ["google"]),
    ("providers", {5: {}}),
    ("providers", None),
]


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_wrong_value_is_refused_with_its_place_what_it_must_be_and_the_default_stays(
    name: str, value: object
) -> None:
    settings, problems = read_settings({KEYS + name.upper(): value})
    (problem,) = problems
    assert problem.where == KEYS + name.upper()
    assert problem.what.startswith(("must ", "has the desk "))
    assert problem.fix.startswith("Change the setting")
    assert len(str(problem)) < 400
    assert getattr(settings, name) == getattr(Settings(), name)
    assert problem in problems_of(configured(**{name: value}))


@pytest.mark.parametrize(
    ("key", "fix"),
    [
        ("FIRST_LOGIN_PROVIDER", "Did you mean FIRST_LOGIN_PROVIDERS?"),
        ("FIRST_LOGIN_URLPREFIX", "Did you mean FIRST_LOGIN_URL_PREFIX?"),
        ("FIRST_LOGIN_SERVICENAME", "Did you mean FIRST_LOGIN_SERVICE_NAME?"),
        ("FIRST_LOGIN_CIVIL_SOCIAL", "Did you mean FIRST_LOGIN_CIVIL_SOCIAL_LOGIN?"),
        ("FIRST_LOGIN_NATIONAL_ID_KEY", "Did you mean FIRST_LOGIN_NATIONAL_ID_KEYS?"),
        ("FIRST_LOGIN_faq", "Did you mean FIRST_LOGIN_QA?"),
        ("FIRST_LOGIN_ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ", "Remove it."),
    ],
)
def test_a_setting_that_nobody_knows_is_named_with_the_nearest_one_that_somebody_does(key: str, fix: str) -> None:
    app = Flask("portal")
    app.config[key] = "x"
    assert problems_of(app) == (Problem(key, "is not a known setting.", fix),)


# --- all settings together ---


def test_everything_that_is_wrong_is_said_at_once_each_on_a_line_of_its_own() -> None:
    app = configured(
        url_prefix="x",
        sync_minutes="soon",
        nonsense=1,
        providers={"google": {"client_id": "id"}, "tanet": {}},
        public_providers=["gogle"],
        national_id_keys=["short"],
    )
    with pytest.raises(ConfigError) as raised:
        FirstLogin(accounts=MemoryAccounts()).init_app(app)
    lines = str(raised.value).splitlines()
    places = [problem.where for problem in raised.value.problems]
    assert lines[0] == f"The first-login configuration has {len(places)} problems:"
    assert lines[1:] == [f"- {problem}" for problem in raised.value.problems]
    assert {
        "FIRST_LOGIN_URL_PREFIX",
        "FIRST_LOGIN_SYNC_MINUTES",
        "FIRST_LOGIN_NONSENSE",
        "FIRST_LOGIN_PROVIDERS['google']['client_secret']",
        "FIRST_LOGIN_PROVIDERS['tanet']['standing']",
        "FIRST_LOGIN_PUBLIC_PROVIDERS",
        "FIRST_LOGIN_NATIONAL_ID_KEYS[0]",
        "FIRST_LOGIN_NATIONAL_ID_INDEX_KEY",
        "SECRET_KEY",
    } <= set(places)


@pytest.mark.parametrize("secret", [None, ""])
def test_a_provider_needs_the_secret_key_that_seals_its_sign_ins(secret: str | None) -> None:
    app = configured(providers=PROVIDERS)
    app.config["SECRET_KEY"] = secret
    (problem,) = problems_of(app)
    assert problem.where == "SECRET_KEY"
    assert "secrets.token_hex(32)" in problem.fix


NO_KEYS = [
    ("SECRET_KEY", 12345678, "SECRET_KEY", "is a number"),
    ("SECRET_KEY", 0, "SECRET_KEY", "is a number"),
    ("SECRET_KEY", ["hunter2-of-a-list"], "SECRET_KEY", "is a list"),
    ("SECRET_KEY", bytearray(b"hunter2"), "SECRET_KEY", "is a bytearray"),
    ("SECRET_KEY", "hunter2\udcff", "SECRET_KEY", "not valid in UTF-8"),
    ("SECRET_KEY_FALLBACKS", "hunter2-of-last-year", "SECRET_KEY_FALLBACKS", "each of its letters would be a key"),
    ("SECRET_KEY_FALLBACKS", b"hunter2-of-last-year", "SECRET_KEY_FALLBACKS", "each of its letters would be a key"),
    ("SECRET_KEY_FALLBACKS", {"hunter2": "old"}, "SECRET_KEY_FALLBACKS", "is no list of keys but a dict"),
    ("SECRET_KEY_FALLBACKS", 12345678, "SECRET_KEY_FALLBACKS", "is no list of keys but a int"),
    ("SECRET_KEY_FALLBACKS", ["old", 12345678], "SECRET_KEY_FALLBACKS[1]", "is a number"),
    ("SECRET_KEY_FALLBACKS", ["old", ""], "SECRET_KEY_FALLBACKS[1]", "is empty: anybody could seal with it"),
    ("SECRET_KEY_FALLBACKS", (b"", "old"), "SECRET_KEY_FALLBACKS[0]", "is empty: anybody could seal with it"),
    ("SECRET_KEY_FALLBACKS", [None], "SECRET_KEY_FALLBACKS[0]", "is a NoneType"),
    ("WTF_CSRF_SECRET_KEY", 12345678, "WTF_CSRF_SECRET_KEY", "is a number"),
]


@pytest.mark.parametrize("providers", [PROVIDERS, {}], ids=["with providers", "a guide alone"])
@pytest.mark.parametrize(("setting", "value", "where", "what"), NO_KEYS)
def test_what_cannot_be_a_secret_key_is_refused_whoever_uses_it(
    setting: str, value: object, where: str, what: str, providers: dict[str, object]
) -> None:
    app = configured(providers=providers)
    app.config.update({"SECRET_KEY": SECRET, setting: value})
    (problem,) = problems_of(app)
    assert (problem.where, what in problem.what) == (where, True)
    assert "hunter2" not in str(problem)


@pytest.mark.parametrize("fallbacks", [None, [], (), "", ["old"], ("old", b"older"), {"old"}])
def test_older_secret_keys_are_a_list_or_none(fallbacks: object) -> None:
    app = configured(providers=PROVIDERS)
    app.config.update(SECRET_KEY=SECRET.encode(), SECRET_KEY_FALLBACKS=fallbacks)
    FirstLogin(app, accounts=MemoryAccounts())
    assert app.test_client().get(f"{PREFIX}/login").status_code == 200


def test_fallbacks_that_became_one_text_after_the_start_open_nothing() -> None:
    app = configured(providers=PROVIDERS)
    app.config.update(SECRET_KEY=SECRET)
    FirstLogin(app, accounts=MemoryAccounts())
    app.config["SECRET_KEY_FALLBACKS"] = "an-old-secret"
    with app.app_context(), pytest.raises(ConfigError, match="each of its letters would be a key"):
        state_of().seal("fresh")


def test_a_secret_key_of_the_environment_that_looks_like_a_number_is_named_with_its_cause(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FLASK_SECRET_KEY", "1234567890123456")
    monkeypatch.setenv("FLASK_SECRET_KEY_FALLBACKS", "the-old-one")
    app = configured(providers=PROVIDERS)
    app.config.from_prefixed_env()
    number, text = problems_of(app)
    assert "unless it stands in quotes" in number.what
    assert '["the-old-key"]' in text.fix


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("civil_servant_providers", ["ecpa", "tanet"]),
        ("public_providers", ["tanet"]),
        ("icons", {"tanet": "/static/tanet.svg"}),
    ],
)
def test_a_provider_that_nobody_declared_cannot_be_shown(setting: str, value: object) -> None:
    (problem,) = problems_of(configured(**{setting: value}))
    assert problem.where == KEYS + setting.upper()
    assert problem.what == "names the provider 'tanet', which nobody declared."
    assert problem.fix == "Known: apple, ecpa, facebook, google, myegov."


def test_a_provider_that_the_integrator_declared_may_be_shown() -> None:
    own = Provider("tanet", GOOGLE.title, GOOGLE.button, GOOGLE.standing, GOOGLE.protocol, GOOGLE.identify)
    app = configured(public_providers=["tanet"])
    FirstLogin(app, accounts=MemoryAccounts(), providers=[own])
    assert "first_login" in app.extensions


def test_a_flow_that_leads_to_a_provider_that_nobody_declared_is_refused() -> None:
    flow = replace(STANDARD, providers=STANDARD.providers | {"tanet"})
    (problem,) = problems_of(configured(), FirstLogin(accounts=MemoryAccounts(), flow=flow))
    assert (problem.where, problem.what) == ("the flow", "names the provider 'tanet', which nobody declared.")


@pytest.mark.parametrize(
    ("settings", "where"),
    [
        ({"national_id_keys": ["short"], "national_id_index_key": Fernet.generate_key().decode()}, "KEYS[0]"),
        ({"national_id_keys": [Fernet.generate_key().decode()]}, "INDEX_KEY"),
        ({"national_id_index_key": Fernet.generate_key().decode()}, "KEYS"),
    ],
)
def test_keys_of_national_ids_that_cannot_work_are_refused_and_never_shown(
    settings: dict[str, object], where: str
) -> None:
    (problem,) = problems_of(configured(**settings))
    assert problem.where == f"FIRST_LOGIN_NATIONAL_ID_{where}"
    assert not [value for value in settings.values() if str(value) in str(problem)]


def test_no_wrong_secret_is_repeated_in_a_problem() -> None:
    app = configured(
        national_id_index_key=b"a-secret-value", national_id_keys={"a-secret-value"}, providers="a-secret-value"
    )
    assert "a-secret-value" not in "".join(map(str, problems_of(app)))


def test_no_secret_stands_in_the_repr_of_what_was_configured() -> None:
    key, index_key = (Fernet.generate_key().decode() for _ in range(2))
    app = portal(national_id_keys=[key], national_id_index_key=index_key)
    state = app.extensions["first_login"]
    shown = repr(state) + repr(state.settings) + repr(dict(state.registrations))
    assert not [secret for secret in (key, index_key, SECRET, "'secret'") if secret in shown]


def test_settings_are_read_once() -> None:
    links = {"faq": "/help"}
    app = portal(links=links)
    app.config["FIRST_LOGIN_LINKS"] = {}
    app.config["FIRST_LOGIN_SERVICE_NAME"] = "Another name"
    links["faq"] = "/elsewhere"
    page = read(app.test_client(), "/")
    assert page.title.endswith("學習平臺")
    assert page.link("常見登入Q&A").url == "/help"
    assert isinstance(app.extensions["first_login"].settings.links, MappingProxyType)


def test_a_second_first_login_on_one_app_is_refused_with_what_to_do() -> None:
    app = portal()
    with pytest.raises(RuntimeError, match="Call it once, where the app is made"):
        FirstLogin(accounts=MemoryAccounts()).init_app(app)


def test_everything_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "SECRET_KEY": SECRET,
        "FIRST_LOGIN_SERVICE_NAME__en": "Portal",
        "FIRST_LOGIN_SERVICE_NAME__zh": "環境學習網",
        "FIRST_LOGIN_SYNC_MINUTES": "[3, 9]",
        "FIRST_LOGIN_CIVIL_SOCIAL_LOGIN": "false",
        "FIRST_LOGIN_LINKS__convert_official": "https://myegov.example.gov.tw/convert",
        "FIRST_LOGIN_PROVIDERS__google__client_id": "1234567890",
        "FIRST_LOGIN_PROVIDERS__google__client_secret": "word",
        "FIRST_LOGIN_PROVIDERS__myegov__client_id": "portal",
        "FIRST_LOGIN_PROVIDERS__myegov__client_secret": "0042",
    }.items():
        monkeypatch.setenv(f"FLASK_{name}", value)
    app = Flask("portal")
    app.config.from_prefixed_env()
    FirstLogin(app, accounts=MemoryAccounts())
    client = app.test_client()
    login = read(client, "/login")
    assert login.title == "會員登入－環境學習網"
    assert [link.path for link in login.links_of("fl-provider")] == [
        f"{PREFIX}/sign-in/{name}" for name in ("myegov", "myegov", "google")
    ]
    page = read(client, "/civil-servant/egov")
    assert "約需3~9分鐘" in page.words
    assert page.link("轉換公務帳號說明（另開新視窗）").url == "https://myegov.example.gov.tw/convert"
    assert app.extensions["first_login"].registrations["google"].client_id == "1234567890"


#: A variable (or several) of the environment for each setting, and the value it has.
ENVIRONMENT: dict[str, tuple[dict[str, str], object]] = {
    "url_prefix": ({"": "/account"}, "/account"),
    "service_name": ({"": "2030"}, Text("2030", "2030")),
    "subdomain": ({"": "learn"}, "learn"),
    "base_template": ({"": "layout.html"}, "layout.html"),
    "access_keys": ({"": "true"}, True),
    "home_url": ({"": "/courses"}, "/courses"),
    "external_url": ({"": "https://portal.example.gov.tw"}, "https://portal.example.gov.tw"),
    "default_locale": ({"": "en"}, "en"),
    "languages": ({"": '["en", "zh_Hant_TW"]'}, ("en", "zh_Hant_TW")),
    "locale_selector": ({"": "builtins:str"}, str),
    "translations": ({"": "words"}, Path("words")),
    "links": ({"__ecpa": "https://a.example.gov.tw/"}, {"ecpa": "https://a.example.gov.tw/"}),
    "contacts": (
        {"__help__title": "Help", "__help__phone": "1999", "__help__email": "help@example.gov.tw"},
        (replace(HELP, phone="1999"),),
    ),
    "desk": (
        {"__title": "Help", "__phone": "1999", "__email": "help@example.gov.tw"},
        replace(HELP, key="portal", phone="1999"),
    ),
    "qa": (
        {"": '[{"id": "one", "question": {"en": "One?", "zh": "一？"}, "answers": ["2"]}]'},
        (Entry("one", Text("One?", "一？"), (Text("2", "2"),)),),
    ),
    "icons": ({"__google": "/g.svg"}, {"google": "/g.svg"}),
    "civil_servant_providers": ({"": '["ecpa"]'}, ("ecpa",)),
    "public_providers": ({"": '["myegov", "google"]'}, ("myegov", "google")),
    "civil_social_login": ({"": "false"}, False),
    "sync_minutes": ({"": "[3, 9]"}, (3, 9)),
    "handoff": ({"": "redirect"}, "redirect"),
    "request_id_header": ({"": "X-Request-ID"}, "X-Request-ID"),
    "unknown_kind": ({"": "deny"}, "deny"),
    "same_national_id": ({"": "separate"}, "separate"),
    "national_id_keys": ({"": '["new", "old"]'}, ("new", "old")),
    "national_id_index_key": ({"": "index"}, "index"),
    "acknowledgement_days": ({"": "365"}, 365),
    "verdict_days": ({"": "null"}, None),
    "failures_per_minute": ({"": "30"}, 30),
    "hold_days": ({"": "180"}, 180),
    "proxy": ({"": "proxy.example.gov.tw:3128"}, "http://proxy.example.gov.tw:3128"),
    "ca_bundle": ({"": certifi.where()}, Path(certifi.where())),
    "providers": ({"__google__client_id": "1"}, {"google": {"client_id": 1}}),
}


@pytest.mark.parametrize("setting", [one.name for one in fields(Settings)])
def test_every_setting_may_be_a_variable_of_the_environment(
    setting: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    catalog(tmp_path / "words", "en", {})
    monkeypatch.chdir(tmp_path)
    variables, value = ENVIRONMENT[setting]
    for rest, text in variables.items():
        monkeypatch.setenv(f"FLASK_FIRST_LOGIN_{setting.upper()}{rest}", text)
    app = Flask("portal")
    app.config.from_prefixed_env()
    settings, problems = read_settings(app.config)
    assert problems == []
    assert getattr(settings, setting) == value


def test_a_number_of_the_environment_is_a_text_in_a_providers_parameters_too(monkeypatch: pytest.MonkeyPatch) -> None:
    for key, text in {"client_id": "1", "client_secret": "2", "authorize_params__max_age": "3600"}.items():
        monkeypatch.setenv(f"FLASK_FIRST_LOGIN_PROVIDERS__google__{key}", text)
    app = Flask("portal")
    app.config["SECRET_KEY"] = SECRET
    app.config.from_prefixed_env()
    FirstLogin(app, accounts=MemoryAccounts())
    google = app.extensions["first_login"].registrations["google"]
    assert google.provider.protocol.authorize_params == {"max_age": "3600"}


# --- what a phone number is to a telephone ---


@pytest.mark.parametrize(
    ("phone", "number"),
    [
        ("02-2192-7111", "+886221927111"),
        ("02-23979108", "+886223979108"),
        ("(07) 123-4567", "+88671234567"),
        ("0800-000-123", "+886800000123"),
        ("1999", "1999"),
        ("+886 2 2192 7111", "+886221927111"),
        ("02-2192-7111 分機 123", "+886221927111;ext=123"),
        ("02-2192-7111轉123、124", "+886221927111;ext=123"),
        ("（０２）２１９２－７１１１＃１２３", "+886221927111;ext=123"),
        ("+886 2 2192 7111 ext. 12", "+886221927111;ext=12"),
        ("(02)2192-7111 x9", "+886221927111;ext=9"),
        ("1999 轉 2", "1999;ext=2"),
        ("02-2192-7111、02-2192-7112", "+886221927111"),
        ("請轉 1999", "1999"),
        ("02-2192-7111 轉 總機", "+886221927111"),
    ],
)
def test_a_phone_number_can_be_called_from_anywhere(phone: str, number: str) -> None:
    assert SupportDesk("a", Text("A", "甲"), phone, "a@example.gov.tw").tel == number


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("proxy.example:3128", "http://proxy.example:3128"),
        (" http://proxy.example:3128/\r\n", "http://proxy.example:3128/"),
        ("https://proxy.example", "https://proxy.example"),
        ("http://AGENCY%5Cportal:p%40ss@[2001:db8::1]:3128", "http://AGENCY%5Cportal:p%40ss@[2001:db8::1]:3128"),
    ],
)
def test_a_proxy_is_read_as_it_is_written_in_an_environment(given: str, read: str) -> None:
    settings, problems = read_settings({"FIRST_LOGIN_PROXY": given})
    assert (settings.proxy, problems) == (read, [])
    assert "p%40ss" not in repr(settings)


@pytest.mark.parametrize(
    "given",
    [
        "",
        "socks5://proxy.example:1080",
        "http://",
        "http://name:s3cret@",
        "http://name:s3cret@proxy.example:99999",
        "http://name:s3#cret@proxy.example",
        "http://name:s3cret@proxy.example/path",
        "http://name:s3cret@proxy.example?query",
        "http://name:s3 cret@proxy.example",
        "http://name:s3cret@proxy.example\r\nX-Header: a",
        "http://name:s3cret@proxy.example:3128\x00",
        True,
        ["http://proxy.example"],
    ],
)
def test_what_is_no_proxy_is_refused_and_its_password_is_not_told(given: object) -> None:
    settings, (problem,) = read_settings({"FIRST_LOGIN_PROXY": given})
    assert settings.proxy is None
    assert problem.where == "FIRST_LOGIN_PROXY"
    assert "the address of a forward proxy" in problem.what
    assert "s3" not in str(problem)
    assert not isinstance(given, str) or not given or "@ as %40" in problem.fix


def test_roots_that_cannot_be_read_are_refused_with_what_makes_them_readable(tmp_path: Path) -> None:
    (tmp_path / "root.cer").write_bytes(b"0\x82\x05\x10 as an agency publishes it")
    for given in (tmp_path / "nothing.pem", tmp_path, str(tmp_path / "root.cer"), 5, "a\0b", "x" * 5000):
        _, (problem,) = read_settings({"FIRST_LOGIN_CA_BUNDLE": given})
        assert "no file of certificates in PEM" in problem.what
        assert "openssl x509 -inform der" in problem.fix
    assert read_settings({"FIRST_LOGIN_CA_BUNDLE": f"{certifi.where()}\n"})[0].ca_bundle == Path(certifi.where())

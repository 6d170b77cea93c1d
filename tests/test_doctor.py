"""`flask first-login doctor`: what it prints and ends with, and what it asks of databases and of providers."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import certifi
import pytest
import requests
from click.testing import CliRunner, Result
from cryptography.fernet import Fernet
from flask import Flask
from flask.cli import ScriptInfo
from sqlalchemy import create_engine, text
from sqlalchemy.orm import sessionmaker

from flask_first_login import FirstLogin, current_vault, sandbox
from flask_first_login.accounts import tables
from flask_first_login.accounts.sqlalchemy import SQLAlchemyAccounts
from flask_first_login.providers import Claims
from flask_first_login.testing import BY_ECPA
from internals import LOST, Create, Finding, commands, doctor, examine
from support.healthy_portal import CONFIG, INDEX_KEY, KEY, accounts_in, healthy, provider
from support.kerberos_tickets import AES256, RC4, entry, keytab
from support.loopback_servers import answer, answering, serve
from support.pages import PROVIDERS as NOWHERE
from support.pages import portal
from support.stand_in_provider import StandIn, standing_in

HERE = {"external_url": "http://127.0.0.1:5000"}
CLIENT = {"client_id": "portal", "client_secret": "secret-of-the-portal"}


@pytest.fixture(autouse=True)
def nothing_around(monkeypatch: pytest.MonkeyPatch) -> None:
    """No way out that only this machine has."""
    for name in ("HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def run(make: Callable[[], Flask], *options: str) -> Result:
    return CliRunner().invoke(commands, ["doctor", *options], obj=ScriptInfo(create_app=make))


# --- libraries that a host has pinned ---


@pytest.mark.parametrize(
    ("library", "old", "new"),
    [
        ("certifi", "2023.11.17", "2024.7.4"),
        ("certifi", "2024.7.3.post1", "2026.10.19.post1"),
        ("cryptography", "45.0.1", "46.0.7"),
        ("cryptography", "46.0.6", "100.0"),
        ("urllib3", "2.0.2", "2.7.0"),
        ("urllib3", "2.6.3", "2.10.0rc1"),
    ],
)
def test_a_library_with_a_known_hole_is_told(monkeypatch: pytest.MonkeyPatch, library: str, old: str, new: str) -> None:
    def findings(version: str) -> list[Finding]:
        monkeypatch.setattr(
            "flask_first_login.doctor.portal.version", lambda name: version if name == library else "9999"
        )
        return [each for each in examine(portal(), offline=True) if each.code == "library_has_hole"]

    assert findings(new) == []
    (told,) = findings(old)
    assert (told.severity, told.where) == ("warning", library)
    assert old in told.what
    assert re.search(rf"Install {library} [\d.]+ or newer", told.fix)


def test_a_library_of_which_nobody_knows_the_version_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("flask_first_login.doctor.portal.version", unknown)
    assert {each.code for each in examine(portal(), offline=True)}.isdisjoint({"library_has_hole", "check_failed"})


# --- what is printed ---


def test_a_healthy_portal_ends_well_and_is_told_what_to_register(tmp_path: Path) -> None:
    result = run(lambda: healthy(path=tmp_path / "a.db"), "--offline")
    assert result.exit_code == 0
    assert re.fullmatch(r"0 errors, 0 warnings, \d+ notes\. This portal is ready .*", result.output.splitlines()[-1])
    assert "comes back to https://learn.example.gov.tw/first-login/sign-in/google/callback\n" in result.output
    assert "data deletion callback https://learn.example.gov.tw/first-login/sign-in/facebook/data-deletion" in (
        result.output
    )
    assert "notifications is https://learn.example.gov.tw/first-login/sign-in/apple/notifications" in result.output


def test_the_worst_comes_first_and_an_error_is_the_status(tmp_path: Path) -> None:
    result = run(lambda: healthy(path=tmp_path / "a.db", SECRET_KEY="dev", TRUSTED_HOSTS=None), "--offline")
    heads = [line.split()[0] for line in result.output.splitlines() if line[:1].isupper()]
    assert (result.exit_code, [*dict.fromkeys(heads)]) == (1, ["ERROR", "WARNING", "NOTE"])
    assert heads == sorted(heads, key=["ERROR", "WARNING", "NOTE"].index)
    assert "Mend the errors first" in result.output.splitlines()[-1]


def test_warnings_alone_are_no_failure(tmp_path: Path) -> None:
    result = run(lambda: healthy(path=tmp_path / "a.db", TRUSTED_HOSTS=None), "--offline")
    assert result.exit_code == 0
    assert re.fullmatch(r"0 errors, 1 warning, \d+ notes\. Sign-ins work;.*", result.output.splitlines()[-1])


def test_a_program_gets_the_same_as_one_object(tmp_path: Path) -> None:
    result = run(lambda: healthy(path=tmp_path / "a.db", SECRET_KEY="dev"), "--offline", "--json")
    told = json.loads(result.output)
    assert result.exit_code == 1
    severities = [finding["severity"] for finding in told["findings"]]
    assert told["counts"] == {name: severities.count(name) for name in ("error", "warning", "note")}
    assert told["verdict"].startswith("1 error, 0 warnings, ")
    first = told["findings"][0]
    assert (first["code"], first["severity"], first["where"]) == ("secret_key_weak", "error", "SECRET_KEY")
    assert [*first] == ["code", "severity", "where", "what", "fix"]
    assert all(isinstance(text, str) and text for text in first.values())


def test_a_portal_that_does_not_start_is_told_why_all_at_once() -> None:
    result = run(lambda: portal(secret=None, url_prefix="x", nonsense=1))
    assert result.exit_code == 1
    assert result.output.count("[setting_refused]") == 3
    assert result.output.splitlines()[-1].startswith("3 errors")


@pytest.mark.slow
def test_flasks_own_command_finds_the_doctor_although_the_app_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text(
        "from flask import Flask\n"
        "from flask_first_login import FirstLogin\n"
        "from flask_first_login.accounts.memory import MemoryAccounts\n"
        "app = Flask(__name__)\n"
        "app.config.from_prefixed_env()\n"
        "FirstLogin(app, accounts=MemoryAccounts())\n"
    )
    command = [str(Path(sys.executable).with_name("flask")), "--app", "broken", "first-login", "doctor", "--json"]
    environment = {**os.environ, "FLASK_FIRST_LOGIN_PROVIDERS__google__client_id": "1"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
    told = json.loads(done.stdout)
    assert done.returncode == 1
    assert {one["where"] for one in told["findings"]} == {
        "SECRET_KEY",
        "FIRST_LOGIN_PROVIDERS['google']['client_secret']",
    }


def _codes_in(source: str) -> set[str]:
    """Every code that this source gives a finding."""
    firsts = list[ast.expr]()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=func, args=[code, *_]) if re.search(r"\b(error|warning|note)\b", ast.unparse(func)):
                firsts.append(code)
            case ast.Tuple(elts=[code, ast.Name(id="ERROR" | "WARNING" | "NOTE"), *_]):
                firsts.append(code)
            case _:
                pass
    return {code.value for code in firsts if isinstance(code, ast.Constant) and isinstance(code.value, str)}


def test_every_code_stands_in_the_docs_and_no_other() -> None:
    source = Path(doctor.__file__).parent
    given = set[str]().union(*(_codes_in(path.read_text("utf-8")) for path in source.glob("*.py")))
    given |= {f"base_template_without_{name}" for name in LOST}
    listed = (Path(__file__).parents[1] / "docs" / "doctor.md").read_text("utf-8").partition("## What it looks at")[2]
    told = {*re.findall(r"`([a-z]+(?:_[a-z]+)+)`", listed.partition("## ")[0])}
    assert len(given) > 60
    assert told - {"init_app", "client_id", "client_secret"} == given


# --- where learners come back to ---


def test_the_addresses_to_register_are_those_that_a_sign_in_sends(
    sandbox_url: str, tmp_path: Path, found_in: Callable[..., list[Finding]]
) -> None:
    app = at_sandbox(sandbox_url, tmp_path, external_url="http://localhost:5000", url_prefix="/account/first")
    told = {one.where: one.what.split()[3] for one in found_in(app, offline=True) if one.code == "redirect_uri"}
    client = app.test_client()
    for name in ("google", "facebook", "apple"):
        response = client.get(f"/account/first/sign-in/{name}", headers={"Sec-Fetch-Site": "none"})
        sent = unquote(response.headers["Location"])
        assert f"redirect_uri={told[f'FIRST_LOGIN_PROVIDERS[{name!r}]']}&" in sent


@pytest.mark.parametrize(("root", "path"), [("/", "/first-login"), ("/learn", "/learn/first-login")])
def test_a_portal_below_a_path_has_it_in_every_address(tmp_path: Path, root: str, path: str) -> None:
    app = healthy(path=tmp_path / "a.db", APPLICATION_ROOT=root, SESSION_COOKIE_NAME="portal")
    result = run(lambda: app, "--offline")
    assert f"https://learn.example.gov.tw{path}/sign-in/google/callback\n" in result.output


# --- where accounts are kept ---


@pytest.fixture
def found_in() -> Callable[..., list[Finding]]:
    def found(app: Flask, *, offline: bool = True) -> list[Finding]:
        with app.app_context():
            return examine(app, offline=offline)

    return found


def codes(found: list[Finding]) -> set[str]:
    return {one.code for one in found}


def altered(path: Path, *statements: str) -> Flask:
    """The healthy portal after somebody has been at its database."""
    app = healthy(path=path)
    with create_engine(f"sqlite:///{path}").begin() as connection:
        for one in statements:
            connection.execute(text(one))
    return app


@pytest.mark.parametrize(
    ("statement", "code", "where", "what"),
    [
        (
            "DROP TABLE first_login_used_digests",
            "table_missing",
            "first_login_used_digests",
            "cannot be found in the database",
        ),
        (
            "ALTER TABLE first_login_identities DROP COLUMN email",
            "column_missing",
            "first_login_identities",
            "has no column email",
        ),
        (
            "DROP TABLE first_login_used_digests; CREATE TABLE first_login_used_digests (digest BLOB, until TEXT)",
            "key_missing",
            "first_login_used_digests",
            "another primary key than digest",
        ),
    ],
)
def test_tables_of_an_earlier_version_are_told(
    tmp_path: Path, found_in: Callable[..., list[Finding]], statement: str, code: str, where: str, what: str
) -> None:
    found = found_in(altered(tmp_path / "a.db", *statement.split("; ")))
    (one,) = [one for one in found if one.code == code]
    assert (one.where, one.severity) == (where, "error")
    assert what in one.what
    assert "metadata to your migrations" in one.fix


def test_a_trigger_that_a_generated_migration_did_not_make_is_told(
    tmp_path: Path, found_in: Callable[..., list[Finding]]
) -> None:
    dropped = "first_login_standing_of_an_identity"
    found = found_in(altered(tmp_path / "a.db", f"DROP TRIGGER {dropped}"))
    (one,) = [one for one in found if one.code == "trigger_missing"]
    assert (one.where, one.severity) == (dropped, "error")
    assert "SQLITE_TRIGGERS" in one.fix


def test_a_database_that_cannot_be_asked_is_told_without_its_address(
    tmp_path: Path, found_in: Callable[..., list[Finding]]
) -> None:
    app = Flask("learn")
    app.config.update(CONFIG)
    engine = create_engine(f"sqlite:///{tmp_path}/no-such-folder/password.db")
    FirstLogin(app, accounts=SQLAlchemyAccounts(sessionmaker(engine), current_vault))
    (one,) = [one for one in found_in(app) if one.code == "database_unreachable"]
    assert "OperationalError" in one.what
    assert "password" not in f"{one}"


def test_a_database_on_which_nothing_is_proven_is_told(
    tmp_path: Path, found_in: Callable[..., list[Finding]], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = healthy(path=tmp_path / "a.db")
    monkeypatch.delitem(tables._BYTE_BY_BYTE, "sqlite")
    (one,) = [one for one in found_in(app) if one.code.startswith("database_")]
    assert (one.code, one.severity) == ("database_unsupported", "error")
    assert "sqlite may take two subjects for one" in one.what


def test_accounts_in_memory_are_told() -> None:
    assert "[accounts_in_memory]" in run(portal, "--offline").output


def with_a_number(tmp_path: Path) -> None:
    """Somebody with a national ID has signed in."""
    app = healthy(path=tmp_path / "a.db")
    with app.app_context():
        accounts_in(tmp_path / "a.db").carry_out(Create(), BY_ECPA)


@pytest.mark.parametrize(
    ("keys", "index_key", "code"),
    [
        ([KEY], INDEX_KEY, None),
        ([Fernet.generate_key().decode(), KEY], INDEX_KEY, "number_under_old_key"),
        ([Fernet.generate_key().decode()], INDEX_KEY, "number_unreadable"),
        ([KEY], Fernet.generate_key().decode(), "number_unreadable"),
    ],
    ids=["the same keys", "a newer key", "a lost key", "a lost index key"],
)
def test_stored_numbers_are_tried_under_the_keys_of_today(
    tmp_path: Path, found_in: Callable[..., list[Finding]], keys: list[str], index_key: str, code: str | None
) -> None:
    with_a_number(tmp_path)
    app = healthy(
        path=tmp_path / "a.db", FIRST_LOGIN_NATIONAL_ID_KEYS=keys, FIRST_LOGIN_NATIONAL_ID_INDEX_KEY=index_key
    )
    found = found_in(app)
    assert {one for one in codes(found) if one.startswith("number_")} == {code} - {None}
    assert "A123456789" not in f"{found}"


class Unwell(SQLAlchemyAccounts):
    """A store of a host that raises what nobody expects."""

    def transaction(self) -> Any:
        raise RuntimeError("postgresql://portal:password@db")


def test_a_check_that_fails_hides_nothing_that_the_others_find(found_in: Callable[..., list[Finding]]) -> None:
    app = Flask("learn")
    app.config.update({**CONFIG, "SECRET_KEY": "dev"})
    FirstLogin(app, accounts=Unwell(sessionmaker(), current_vault))
    found = found_in(app)
    assert {"check_failed", "secret_key_weak", "redirect_uri"} <= codes(found)
    assert "RuntimeError at test_doctor.py:" in next(one.what for one in found if one.code == "check_failed")
    assert "password" not in f"{found}"


def enrich(claims: Claims) -> dict[str, object]:
    return {}


def test_a_keytab_is_told_by_its_versions_and_never_by_a_key(
    tmp_path: Path, found_in: Callable[..., list[Finding]]
) -> None:
    path, keys = tmp_path / "ecpa.keytab", [os.urandom(32), os.urandom(32), os.urandom(16)]
    kinds = [(14, AES256, keys[0]), (15, AES256, keys[1]), (14, RC4, keys[2])]
    path.write_bytes(keytab(*(entry("CrossHRD", "A.ECPA", *kind) for kind in kinds)))
    least = {"verify": "keytab", "keytab": str(path), "service": "CrossHRD", "realm": "A.ECPA"}
    own = {**least, "claims": {"national_id": "account"}}
    for mode, more, codes_found in (
        (0o600, own, {"keytab_keys"}),
        (0o640, {**least, "enrich": enrich}, {"keytab_keys"}),
        (0o600, least, {"keytab_keys", "keytab_numberless"}),
        (0o644, own, {"keytab_keys", "keytab_open"}),
        (0o600, {**own, "etypes": ["aes256-cts-hmac-sha1-96", "rc4-hmac"]}, {"keytab_keys", "keytab_weak"}),
    ):
        path.chmod(mode)
        app = healthy(path=tmp_path / "a.db", FIRST_LOGIN_PROVIDERS=provider("ecpa", **more))
        found = of(found_in(app), "ecpa")
        assert {*found} == codes_found
        said = "".join(f"{one.where} {one.what} {one.fix}" for one in found.values())
        assert "CrossHRD@A.ECPA by the key of version 15 (aes256-cts-hmac-sha1-96), version 14" in said
        assert not any(key.hex() in said or repr(key) in said for key in keys)


# --- the providers, over real HTTP ---


@pytest.fixture
def fault(sandbox_url: str) -> Iterator[Callable[[str, str], None]]:
    """Plants a fault at a provider of the sandbox until the test is over."""
    planted = set[str]()

    def plant(name: str, what: str | None) -> None:
        planted.add(name)
        assert requests.post(f"{sandbox_url}/{name}/_fault", json={"fault": what}, timeout=10).status_code == 200

    yield plant
    for name in sorted(planted):
        plant(name, None)


def at_sandbox(url: str, tmp_path: Path, change: dict[str, dict[str, Any]] | None = None, **settings: object) -> Flask:
    """A portal that is healthy but for being on this machine, and signs in at the sandbox."""
    made: dict[str, dict[str, Any]] = {**sandbox.settings(url, myegov="ticket")}
    for name, keys in (change or {}).items():
        made[name] = {**made.get(name, {}), **keys}
    config = {f"FIRST_LOGIN_{name.upper()}": value for name, value in {**HERE, **settings}.items()}
    plain: dict[str, Any] = {"SESSION_COOKIE_SECURE": False, "SESSION_COOKIE_NAME": "portal", "TRUSTED_HOSTS": None}
    return healthy(path=tmp_path / "a.db", **{**plain, "FIRST_LOGIN_PROVIDERS": made, **config})


def of(found: list[Finding], name: str) -> dict[str, Finding]:
    """The findings on one provider but the address to register."""
    here = [one for one in found if f"[{name!r}]" in one.where and one.code != "redirect_uri"]
    return {one.code: one for one in here}


def test_providers_that_answer_are_found_well(
    sandbox_url: str, tmp_path: Path, found_in: Callable[..., list[Finding]]
) -> None:
    found = found_in(at_sandbox(sandbox_url, tmp_path), offline=False)
    assert [one for one in found if one.severity != "note"] == []
    assert codes(found) == {"redirect_uri", "external_url_loopback", "preferred_scheme", "pkce_unadvertised"}
    assert {one.where for one in found if one.code == "pkce_unadvertised"} == {"FIRST_LOGIN_PROVIDERS['apple']"}


@pytest.mark.parametrize(
    ("name", "planted", "code", "fix"),
    [
        ("google", "discovery_wrong_issuer", "discovery_failed", "exactly as the provider's own document"),
        ("google", "redirecting_token", "token_endpoint_unreachable", "the address that it redirects to"),
    ],
)
def test_a_provider_that_errs_is_told_with_what_to_do(
    sandbox_url: str,
    tmp_path: Path,
    found_in: Callable[..., list[Finding]],
    fault: Callable[[str, str], None],
    name: str,
    planted: str,
    code: str,
    fix: str,
) -> None:
    fault(name, planted)
    found = of(found_in(at_sandbox(sandbox_url, tmp_path), offline=False), name)
    assert found[code].severity == "error"
    assert fix in found[code].fix


CLOSED = "http://127.0.0.1:9/nothing"


@pytest.mark.parametrize(
    ("name", "keys", "code", "where"),
    [
        ("google", {"client_secret": "copied wrongly"}, "client_refused", "['client_secret']"),
        ("google", {"client_id": "copied wrongly"}, "client_refused", "['client_secret']"),
        ("google", {"client_secret": "wrong", "token_auth": "client_secret_post"}, "client_refused", ""),
        ("apple", {"key_id": "OTHER"}, "client_refused", ""),
        ("google", {"issuer": "{url}/google/"}, "discovery_failed", "['issuer']"),
        ("google", {"issuer": "{url}/gogle"}, "discovery_failed", "['issuer']"),
        ("google", {"algorithms": ["ES256"]}, "algorithms_differ", "['algorithms']"),
        ("google", {"scope": "openid profile gov"}, "scope_unlisted", "['scope']"),
        ("google", {"form_post": True}, "form_post_differs", "['form_post']"),
        ("apple", {"token_auth": "client_secret_basic"}, "token_auth_differs", "['token_auth']"),
        ("facebook", {"token_url": "{url}/facebook/nothing"}, "token_endpoint_broken", ""),
        ("facebook", {"profile_url": "http://127.0.0.1:9/me"}, "endpoint_unreachable", "['profile_url']"),
        ("facebook", {"token_url": "http://127.0.0.1:9/token"}, "token_endpoint_unreachable", ""),
        ("myegov", {"soap_url": CLOSED}, "endpoint_unreachable", "['soap_url']"),
        ("ecpa", {"verify": "service", "verify_url": CLOSED, "apid": "a"}, "endpoint_unreachable", "['verify_url']"),
    ],
)
def test_what_a_provider_does_not_take_is_told(
    sandbox_url: str,
    tmp_path: Path,
    found_in: Callable[..., list[Finding]],
    name: str,
    keys: dict[str, Any],
    code: str,
    where: str,
) -> None:
    filled = json.loads(json.dumps(keys).replace("{url}", sandbox_url))
    found = of(found_in(at_sandbox(sandbox_url, tmp_path, {name: filled}), offline=False), name)
    assert where in found[code].where
    assert found[code].fix


def test_without_a_network_nothing_is_asked(found_in: Callable[..., list[Finding]]) -> None:
    app = portal(NOWHERE, **HERE)
    assert not codes(found_in(app, offline=True)) & {"discovery_failed"}
    assert "discovery_failed" in codes(found_in(app, offline=False))


# --- a provider that says what a test decides ---


@pytest.fixture(scope="module")
def stand_in() -> Iterator[StandIn]:
    with standing_in() as running:
        yield running


@pytest.fixture
def gov(stand_in: StandIn) -> StandIn:
    stand_in.be_honest()
    stand_in.say("/gov/token", {"error": "invalid_grant"}, 400)
    return stand_in


def at_gov(gov: StandIn) -> Flask:
    return portal({"gov": gov.settings()["gov"]}, **HERE)


@pytest.mark.parametrize(
    ("path", "value", "status", "code"),
    [
        ("/gov/.well-known/openid-configuration", b"<h1>Maintenance</h1>", 200, "discovery_failed"),
        ("/gov/.well-known/openid-configuration", b"", 503, "discovery_failed"),
        ("/gov/jwks", {"keys": []}, 200, "jwks_failed"),
        ("/gov/jwks", b"", 404, "jwks_failed"),
        ("/gov/token", b"", 500, "token_endpoint_broken"),
        ("/gov/token", b"not json", 401, "client_refused"),
        ("/gov/token", ["invalid_client"], 400, None),
        ("/gov/token", b"not json", 400, None),
        ("/gov/token", {"access_token": "x"}, 200, "code_unchecked"),
        ("/gov/token", {"id_token": "x"}, 200, "code_unchecked"),
        ("/gov/token", {"error": "bad_verification_code"}, 200, None),  # GitHub
        ("/gov/token", {"error": "incorrect_client_credentials"}, 200, "client_refused"),  # likewise
        ("/gov/token", {"error": "redirect_uri_mismatch"}, 200, "redirect_uri_refused"),  # likewise
        ("/gov/token", {"errcode": 40029}, 200, None),  # WeChat
        ("/gov/token", {"error": "unauthorized_client"}, 400, "client_refused"),  # Keycloak
        ("/gov/token", {"error": {"message": "Error validating client secret.", "code": 1}}, 400, "client_refused"),
        ("/gov/token", {"error": {"message": "Invalid verification code", "code": 100}}, 400, None),  # Facebook
        ("/gov/token", b"<h1>Maintenance</h1>", 200, "token_endpoint_broken"),
    ],
)
def test_an_endpoint_is_judged_by_what_it_answers(
    gov: StandIn, found_in: Callable[..., list[Finding]], path: str, value: object, status: int, code: str | None
) -> None:
    gov.say(path, value, status)
    found = of(found_in(at_gov(gov), offline=False), "gov")
    assert {*found} - {"pkce_unadvertised"} == {code} - {None}
    assert code is None or found[code].fix


@pytest.mark.parametrize(
    ("settings", "around", "told"),
    [
        ({}, {}, {}),
        (
            {"proxy": "http://name:w0rd@proxy.example:3128"},
            {"HTTPS_PROXY": "http://other.example"},
            {"proxy_used": ("note", "FIRST_LOGIN_PROXY", "through the forward proxy http://proxy.example:3128.")},
        ),
        (
            {},
            {"https_proxy": "proxy.example:3128", "NO_PROXY": ".example.gov.tw"},
            {"proxy_used": ("note", "HTTPS_PROXY", "http://proxy.example:3128, but for .example.gov.tw (NO_PROXY).")},
        ),
        (
            {},
            {"ALL_PROXY": "socks5://name:w0rd@proxy.example"},
            {"proxy_unfit": ("error", "ALL_PROXY", "is no address of a forward proxy")},
        ),
        (
            {"ca_bundle": certifi.where()},
            {"SSL_CERT_FILE": "/nothing"},
            {"roots_added": ("note", "FIRST_LOGIN_CA_BUNDLE", certifi.where())},
        ),
        (
            {},
            {"SSL_CERT_FILE": "/nothing", "REQUESTS_CA_BUNDLE": certifi.where()},
            {
                "roots_missing": ("warning", "SSL_CERT_FILE", "/nothing, which is not there"),
                "roots_added": ("note", "REQUESTS_CA_BUNDLE", certifi.where()),
            },
        ),
    ],
)
def test_the_way_out_is_told_whoever_set_it(
    monkeypatch: pytest.MonkeyPatch,
    found_in: Callable[..., list[Finding]],
    settings: dict[str, str],
    around: dict[str, str],
    told: dict[str, tuple[str, str, str]],
) -> None:
    for name, value in around.items():
        monkeypatch.setenv(name, value)
    found = {each.code: each for each in found_in(portal(NOWHERE, **HERE, **settings), offline=True)}
    assert {code for code in found if code.startswith(("proxy_u", "roots_"))} == {*told}
    for code, (severity, where, what) in told.items():
        assert (found[code].severity, found[code].where) == (severity, where)
        assert what in found[code].what
    assert "w0rd" not in str(found)


def test_a_list_that_is_none_is_read_as_if_it_were_not_there(
    gov: StandIn, found_in: Callable[..., list[Finding]]
) -> None:
    gov.say("/gov/.well-known/openid-configuration", {**gov.discovery("gov"), "scopes_supported": "openid"})
    assert {*of(found_in(at_gov(gov), offline=False), "gov")} == {"pkce_unadvertised"}


def test_the_secret_goes_to_the_token_endpoint_alone_and_the_code_is_nobodys(
    gov: StandIn, found_in: Callable[..., list[Finding]]
) -> None:
    found_in(at_gov(gov), offline=False)
    (asked,) = [one for one in gov.asked if "Authorization" in one.headers]
    assert (asked.path, asked.form["code"][:7]) == ("/gov/token", "doctor-")
    assert asked.form["redirect_uri"] == "http://127.0.0.1:5000/first-login/sign-in/gov/callback"
    assert not [one for one in gov.asked if CLIENT["client_secret"] in f"{one.path}{one.query}{one.body!r}"]


@pytest.mark.parametrize(
    ("ahead", "more", "severity", "side"),
    [
        (90, (), "error", "ahead of"),
        (-90, (), "error", "behind"),
        (30, (), "warning", "ahead of"),
        (0, (), None, ""),
        (900, ("Age: 900",), None, ""),
    ],
)
def test_a_clock_that_differs_is_told_before_tokens_are_refused_for_it(
    found_in: Callable[..., list[Finding]], ahead: int, more: tuple[str, ...], severity: str | None, side: str
) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=ahead), usegmt=True)
    with serve(answering(answer(b"{}", f"Date: {date}", *more))) as server:
        keys = {**CLIENT, "issuer": server.url.rstrip("/"), "standing": "social", "title": {"en": "A", "zh": "甲"}}
        found = of(found_in(portal({"slow": keys}, **HERE), offline=False), "slow")
    clock = {one.severity: one.what for code, one in found.items() if code == "clock_skew"}
    assert {*clock} == {severity} - {None}
    assert side in "".join(clock.values())


def test_an_answer_without_a_date_says_nothing_of_a_clock(found_in: Callable[..., list[Finding]]) -> None:
    with serve(answering(answer(b"{}", "Date: yesterday"))) as server:
        keys = {**CLIENT, "issuer": server.url.rstrip("/"), "standing": "social", "title": {"en": "A", "zh": "甲"}}
        assert "clock_skew" not in of(found_in(portal({"slow": keys}, **HERE), offline=False), "slow")

"""An exception of the host's own code: a page for the learner, and a trace for whoever mends it."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from flask import Flask, got_request_exception
from flask_babel import Babel
from jinja2 import DictLoader
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

from flask_first_login import FirstLogin, Identity, Learner, hours_required, signed_in
from flask_first_login.accounts.memory import MemoryAccounts
from flask_first_login.accounts.sqlalchemy import SQLAlchemyAccounts
from flask_first_login.accounts.tables import create_tables
from flask_first_login.masking import trace_of
from flask_first_login.testing import BY_ECPA, BY_GOOGLE, PretendProviders
from internals import SealError
from support.databases import VAULT
from support.host_portal import Host, accept, code_of
from support.learner import Learner as Browser
from support.pages import PROVIDERS, portal

NUMBER, MAIL, TOKEN = "A123456789", "wang@example.com", "planted-token"


class HostFailed(Exception):
    """What a host's own code raises."""


def fail(*_: object, **__: object) -> Any:
    """The function that fails: its frame must be in the log, and nothing of what it says or holds."""
    held = f"{NUMBER} {TOKEN}"
    raise HostFailed(f"王小明 A123456789 wang@example.com planted-token {held}\nforged=line")


class OwnSession:
    """A host's session whose methods fail when they are told to."""

    def __init__(self, *failing: str) -> None:
        self.failing, self.account = failing, None

    def sign_in(self, account_id: str) -> None:
        fail() if "sign_in" in self.failing else None

    def signed_in(self) -> str | None:
        fail() if "signed_in" in self.failing else None
        return None

    def sign_out(self) -> None:
        fail()


@contextmanager
def watching(app: Flask, caplog: pytest.LogCaptureFixture) -> Iterator[list[BaseException]]:
    """What `got_request_exception` tells meanwhile; at the end the log must hold nothing that may not be there."""
    heard: list[BaseException] = []

    def hear(sender: Flask, exception: BaseException, **_: object) -> None:
        assert sender is app
        heard.append(exception)

    caplog.clear()
    with caplog.at_level(logging.INFO), got_request_exception.connected_to(hear, app):
        yield heard
    for secret in (NUMBER, MAIL, TOKEN, "王小明", "forged=line", "[parameters"):
        assert secret not in caplog.text


def errors(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.levelno == logging.ERROR and record.exc_text]


def has_frames(record: logging.LogRecord) -> bool:
    trace = record.exc_text or ""
    return f'  File "{__file__}", line ' in trace and ", in fail\n" in trace and trace.endswith("HostFailed")


def told_once(caplog: pytest.LogCaptureFixture, heard: list[BaseException], line: str) -> None:
    (record,) = errors(caplog)
    assert line in record.getMessage()
    assert has_frames(record)
    assert [type(one) for one in heard] == [HostFailed]


def is_a_page_with_a_code(page: TestResponse) -> bool:
    return (
        (page.status_code, code_of(page)) == (503, "portal_error")
        and "Traceback" not in page.text
        and "HostFailed" not in page.text
    )


# --- a sign-in ---


def broken_store(method: str) -> MemoryAccounts:
    store = MemoryAccounts()
    setattr(store, method, fail)
    return store


@pytest.mark.parametrize(
    "host",
    [
        pytest.param(lambda: Host(MemoryAccounts(), session=OwnSession("sign_in")), id="session signs in"),
        pytest.param(lambda: Host(MemoryAccounts(), session=OwnSession("signed_in")), id="session tells who"),
        pytest.param(lambda: Host(broken_store("owner_of")), id="store is asked"),
        pytest.param(lambda: Host(broken_store("carry_out")), id="store writes"),
        pytest.param(lambda: Host(broken_store("get")), id="store reads back"),
    ],
)
def test_what_fails_at_a_sign_in_leaves_a_trace_with_provider_and_phase(
    host: Callable[[], Host], caplog: pytest.LogCaptureFixture
) -> None:
    mounted = host().mounted()
    with watching(mounted.app, caplog) as heard:
        page = mounted.arrives(BY_ECPA)
    assert is_a_page_with_a_code(page)
    told_once(caplog, heard, "sign-in failed code=portal_error provider=ecpa phase=account support_code=")
    code = errors(caplog)[0].getMessage().partition("support_code=")[2][:8]
    assert code in page.text


def test_a_hosts_account_that_cannot_be_made_is_told_through_the_database(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'accounts.db'}")  # which says its parameters, by default
    create_tables(engine)

    def create_account(session: Session, identity: Identity) -> str:
        try:
            session.execute(text("INSERT INTO members VALUES (:mail)"), {"mail": MAIL})
        except Exception:
            fail()
        return ""

    host = Host(SQLAlchemyAccounts(sessionmaker(engine), lambda: VAULT, create_account=create_account)).mounted()
    with watching(host.app, caplog) as heard:
        assert is_a_page_with_a_code(host.arrives(BY_ECPA))
    told_once(caplog, heard, "code=portal_error provider=ecpa phase=account")
    trace = errors(caplog)[0].exc_text or ""
    first, second, last = trace.split("\n\nwhich led to\n\n")
    assert (first.endswith("sqlite3.OperationalError"), second.endswith("OperationalError")) == (True, True)
    assert "create_account" in last
    engine.dispose()


def test_an_id_that_a_database_gives_out_twice_opens_nobodys_account(
    sqlite: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    """SQLite does so once its highest row is deleted; and a host may look its users up by e-mail."""
    store = SQLAlchemyAccounts(sessionmaker(sqlite), lambda: VAULT, create_account=lambda session, identity: "7")
    host = Host(store).mounted()
    assert host.arrives(BY_ECPA).status_code == 303
    with watching(host.app, caplog):
        assert is_a_page_with_a_code(host.arrives(replace(BY_ECPA, subject="another", national_id=None)))
    (told,) = errors(caplog)
    assert "code=portal_error provider=ecpa phase=account" in told.getMessage()
    assert "AccountIdTaken: create_account gave an id that an account has already." in (told.exc_text or "")
    assert store.owner_of(BY_ECPA.issuer, "another") is None
    assert host.owner(BY_ECPA) == "7"


@pytest.mark.parametrize(
    ("provider", "function", "phase"), [("myegov", "identify", "identify"), ("ecpa", "verify", "ticket")]
)
def test_a_function_of_the_integrator_that_fails_is_told_with_provider_and_phase(
    first_login_sandbox: PretendProviders,
    caplog: pytest.LogCaptureFixture,
    provider: str,
    function: str,
    phase: str,
) -> None:
    settings = first_login_sandbox.settings()
    key, index_key = (Fernet.generate_key().decode() for _ in "ab")
    app = portal(
        {provider: {**settings[provider], function: fail}}, national_id_keys=[key], national_id_index_key=index_key
    )
    with watching(app, caplog) as heard:
        arrived = first_login_sandbox.sign_in_as(app.test_client(), "civil_servant", provider)
    assert (arrived.code, "Traceback" in arrived.text) == ("portal_error", False)
    told_once(caplog, heard, f"code=portal_error provider={provider} phase={phase}")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/first-login/sign-in/google/callback?code=1&state=2", "sign-in failed code=unknown_sign_in"),
        ("/first-login/sign-in/google/try?key=x", "sign-in failed code=expired"),
    ],
)
def test_a_failure_of_the_flow_has_no_trace(caplog: pytest.LogCaptureFixture, path: str, said: str) -> None:
    app = portal()
    with watching(app, caplog) as heard:
        app.test_client().get(path, headers={"Sec-Fetch-Site": "none"})
    assert (errors(caplog), heard) == ([], [])
    assert said in caplog.text


def test_a_store_that_fails_before_the_answer_is_looked_at_is_told_at_the_callback(
    first_login_sandbox: PretendProviders, caplog: pytest.LogCaptureFixture
) -> None:
    app = Flask("portal")
    app.config.update(SECRET_KEY="of this test", FIRST_LOGIN_PROVIDERS=first_login_sandbox.settings())
    FirstLogin(app, accounts=broken_store("use_once"))
    with watching(app, caplog) as heard:
        arrived = first_login_sandbox.sign_in_as(app.test_client(), "social_user", "google")
    assert arrived.code == "portal_error"
    told_once(caplog, heard, "code=portal_error provider=google phase=callback")


@pytest.mark.parametrize("by_json", [False, True])
def test_a_store_that_fails_when_a_learner_accepts_is_told_with_their_provider(
    caplog: pytest.LogCaptureFixture, by_json: bool
) -> None:
    host = Host(MemoryAccounts()).mounted()
    learner = host.learner()
    host.arrives(BY_GOOGLE, learner)
    host.accounts.carry_out = fail  # type: ignore[method-assign]  # a store that breaks
    with watching(host.app, caplog) as heard:
        if by_json:
            asked = learner.get("/first-login/api/v1/acknowledgement").json or {}
            body = {"acknowledged": True, "waiting": asked["waiting"], "version": asked["version"]}
            headers = {"X-CSRFToken": asked["csrf_token"]}
            page = learner.client.post("/first-login/api/v1/acknowledgement", json=body, headers=headers)
            assert (page.json or {})["code"] == "portal_error"
        else:
            page = accept(learner)
            assert code_of(page) == "portal_error"
    assert page.status_code == 503
    assert "HostFailed" not in page.text
    told_once(caplog, heard, "code=portal_error provider=google phase=account")


# --- pages about a person ---


@pytest.mark.parametrize("path", ["/claim", "/first-login/hours", "/first-login/outcome", "/first-login/api/v1/hours"])
def test_a_page_that_cannot_be_drawn_leaves_a_trace(caplog: pytest.LogCaptureFixture, path: str) -> None:
    host = Host(MemoryAccounts(), session=OwnSession("signed_in")).mounted()

    @host.app.get("/claim")
    @hours_required("teacher")
    def claim() -> str:
        return "claimed"

    with watching(host.app, caplog) as heard:
        page = host.learner().get(path)
    assert page.status_code == 503
    assert "HostFailed" not in page.text
    told_once(caplog, heard, "page failed code=portal_error provider= phase=page support_code=")


def test_a_page_of_a_failure_asks_a_broken_session_too_and_tells_it(
    first_login_sandbox: PretendProviders, caplog: pytest.LogCaptureFixture
) -> None:
    host = Host(MemoryAccounts(), session=OwnSession("signed_in")).mounted()
    with watching(host.app, caplog) as heard:
        page = host.learner().get("/first-login/sign-in/google/problem/belongs_to_another")
    assert page.status_code == 200
    told_once(caplog, heard, "who is signed in is not known: HostFailed at test_traces.py:")


PAGES = ["/login", "/", "/acknowledge", "/sign-in/google/callback?code=a&state=b", "/nowhere", "/api/v1/portal"]


@pytest.mark.parametrize("lang", ["", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_a_choice_of_the_language_that_fails_is_told_and_stops_no_page(
    caplog: pytest.LogCaptureFixture, path: str, lang: str
) -> None:
    by_setting = portal(locale_selector=fail)
    by_babel = Flask("a host with Flask-Babel")
    Babel(by_babel, locale_selector=fail)
    by_babel.config.update(SECRET_KEY="a-secret-of-this-test", FIRST_LOGIN_PROVIDERS=PROVIDERS)
    FirstLogin(by_babel, accounts=MemoryAccounts())
    for app in (by_setting, by_babel):
        with watching(app, caplog) as heard:
            page = app.test_client().get(f"/first-login{path}{'&' if '?' in path else '?'}lang={lang}")
        assert page.status_code in {200, 400, 404}
        assert 'lang="en"' in page.text or '"lang":"' in page.text or not lang
        if not lang:
            told_once(caplog, heard, "the host's choice of a language failed: HostFailed at test_traces.py:")


@pytest.mark.parametrize("path", [path for path in PAGES if "api" not in path])
@pytest.mark.parametrize("broken", ["context processor", "layout"])
def test_where_the_hosts_layout_fails_the_learner_reads_so_without_it(broken: str, path: str) -> None:
    app = portal(base_template="layout.html") if broken == "layout" else portal()
    if broken == "layout":
        app.jinja_loader = DictLoader({"layout.html": "{{ nothing.at.all }}{% block first_login %}{% endblock %}"})
    else:
        app.context_processor(fail)
    page = app.test_client().get(f"/first-login{path}", headers={"Accept-Language": "en"})
    assert page.status_code == 500
    assert "<h1>The portal has a problem</h1>" in page.text
    assert not {NUMBER, MAIL, "HostFailed", "UndefinedError"} & {*re.findall(r"[\w@.]+", page.text)}


# --- what stops nobody ---


def test_a_rule_that_fails_holds_the_hours_and_is_told_once_a_request(caplog: pytest.LogCaptureFixture) -> None:
    host = Host(MemoryAccounts())
    host.first_login.hours_rule(fail)
    host.mounted()
    learner = host.learner()
    with watching(host.app, caplog) as heard:
        assert host.arrives(BY_ECPA, learner).status_code == 303
    told_once(caplog, heard, "a rule of the hours failed: HostFailed at test_traces.py:")
    with watching(host.app, caplog) as heard:
        assert learner.get("/first-login/hours").status_code == 200
    told_once(caplog, heard, "a rule of the hours failed: HostFailed at test_traces.py:")


def test_a_rule_that_fails_outside_of_any_request_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    host = Host(MemoryAccounts())
    host.first_login.hours_rule(fail)
    host.mounted()
    host.arrives(BY_ECPA)
    host.app.testing = True
    with watching(host.app, caplog) as heard, host.app.app_context():
        report = host.first_login.hours(host.owner(BY_ECPA))
    assert report.uploadable == ()
    assert all(has_frames(record) for record in errors(caplog))
    assert (len(errors(caplog)) >= 1, heard) == (True, [])


@pytest.mark.parametrize("testing", [False, True])
def test_a_receiver_that_fails_is_told_and_never_stops_a_sign_in(
    caplog: pytest.LogCaptureFixture, testing: bool
) -> None:
    host = Host(MemoryAccounts()).mounted()
    host.app.testing = testing
    with watching(host.app, caplog) as heard, signed_in.connected_to(fail, host.app):
        assert host.arrives(BY_ECPA).status_code == 303
    told_once(caplog, heard, "a receiver of first-login-signed-in failed: HostFailed")


def test_verdicts_that_cannot_be_remembered_are_told_and_the_learner_is_signed_in(
    caplog: pytest.LogCaptureFixture,
) -> None:
    host = Host(broken_store("remember")).mounted()
    with watching(host.app, caplog) as heard:
        assert host.arrives(BY_ECPA).status_code == 303
    told_once(caplog, heard, "the verdicts were not remembered: HostFailed at test_traces.py:")


# --- where Flask raises ---

RAISES: list[tuple[dict[str, Any], bool]] = [
    ({"TESTING": True}, True),
    ({"DEBUG": True}, True),
    ({"PROPAGATE_EXCEPTIONS": True}, True),
    ({"PROPAGATE_EXCEPTIONS": False, "TESTING": True}, False),
    ({"PROPAGATE_EXCEPTIONS": False, "DEBUG": True}, False),
    ({}, False),
]


def breaks_a_sign_in(host: Host) -> TestResponse:
    return host.arrives(BY_ECPA)


def breaks_a_page(host: Host) -> TestResponse:
    return host.learner().get("/first-login/hours")


def breaks_a_document(host: Host) -> TestResponse:
    return host.learner().get("/first-login/api/v1/account")


def breaks_a_guard(host: Host) -> TestResponse:
    return host.learner().get("/claim")


@pytest.mark.parametrize("breaks", [breaks_a_sign_in, breaks_a_page, breaks_a_document, breaks_a_guard])
@pytest.mark.parametrize(("config", "raises"), RAISES)
def test_an_exception_of_the_host_is_raised_where_flask_raises_one(
    caplog: pytest.LogCaptureFixture, breaks: Callable[[Host], TestResponse], config: dict[str, Any], raises: bool
) -> None:
    host = Host(MemoryAccounts(), session=OwnSession("signed_in"), **config).mounted()
    host.app.add_url_rule("/claim", "claim", hours_required("teacher")(breaks_a_guard))
    with watching(host.app, caplog) as heard:
        if raises:
            with pytest.raises(HostFailed) as caught:
                breaks(host)
            assert caught.traceback[-1].name == "fail"
        else:
            assert breaks(host).status_code == 503
    assert [type(one) for one in heard] == [HostFailed]
    (record,) = errors(caplog)
    assert has_frames(record)


def test_a_rule_that_fails_is_raised_in_tests(caplog: pytest.LogCaptureFixture) -> None:
    host = Host(MemoryAccounts())
    host.first_login.hours_rule(fail)
    host.mounted()
    host.app.testing = True
    with watching(host.app, caplog) as heard, pytest.raises(HostFailed):
        host.arrives(BY_ECPA)
    assert len(heard) == 1
    first, *others = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert has_frames(first)
    assert all(record.exc_text is None for record in others)


def test_a_receiver_of_flask_that_fails_takes_nobodys_page(caplog: pytest.LogCaptureFixture) -> None:
    host = Host(MemoryAccounts(), session=OwnSession("sign_in")).mounted()
    with caplog.at_level(logging.ERROR), got_request_exception.connected_to(fail, host.app):
        assert is_a_page_with_a_code(host.arrives(BY_ECPA))
    assert "a receiver of got_request_exception failed: HostFailed" in caplog.text


# --- what a trace says ---


def raised(function: Callable[[], object]) -> Exception:
    try:
        function()
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


def test_a_trace_ends_though_a_function_calls_itself_for_ever() -> None:
    def deeper() -> Any:
        return deeper()

    lines = trace_of(raised(deeper)).splitlines()
    assert len(lines) < 80
    assert any("frames left out" in line for line in lines)
    assert lines[-1] == "RecursionError"


def test_an_exception_of_ours_says_what_it_says_without_a_number_and_without_a_line_of_its_own() -> None:
    def seal() -> None:
        raise SealError(f"what was to be sealed\nfor {NUMBER}")

    assert trace_of(raised(seal)).splitlines()[-1] == (
        "flask_first_login.errors.SealError: what was to be sealed?for A12345****"
    )


def test_a_context_that_was_left_out_on_purpose_stays_left_out() -> None:
    def replaced() -> None:
        try:
            fail()
        except HostFailed:
            raise KeyError("another") from None

    assert "HostFailed" not in trace_of(raised(replaced))


def test_the_next_request_is_told_anew(caplog: pytest.LogCaptureFixture) -> None:
    host = Host(MemoryAccounts(), session=OwnSession("signed_in")).mounted()
    browser: Browser = host.learner()
    with watching(host.app, caplog) as heard:
        for _ in range(2):
            browser.get("/first-login/hours")
    assert (len(errors(caplog)), len(heard)) == (2, 2)


def test_a_rule_that_fails_for_one_learner_only_names_its_own_frame(caplog: pytest.LogCaptureFixture) -> None:
    host = Host(MemoryAccounts())

    @host.first_login.hours_rule
    def picky(learner: Learner) -> None:
        if learner.authority.key == "teacher":
            fail(learner)

    host.mounted()
    with watching(host.app, caplog):
        host.arrives(replace(BY_ECPA, subject="another"))
    (record,) = errors(caplog)
    assert "picky" in (record.exc_text or "")

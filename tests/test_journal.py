"""The journal: one event for each phase of a sign-in, in one form, with nothing in it that is anybody's secret."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from flask.testing import FlaskClient

from flask_first_login import FirstLogin, SignInError
from flask_first_login.accounts.memory import MemoryAccounts
from flask_first_login.testing import PretendProviders, ProviderFails, SignInAs
from internals import BY_CODE, CANCELLABLE, FAILURES, KEYS, Event, Phase, Result, failed, state_of
from internals import journal as journal_module

Facts = dict[str, str | None]
MakePortal = Callable[..., Flask]
BEGUN, ANSWERED = ["begin"], ["begin", "callback"]
ADMITTED = [*ANSWERED, "verify", "identify", "decide", "account", "outcome"]
PERSONAL = (
    *("A123456789", "A200000003", "A223456781", "A123456788", "I100000003", "W100000001"),
    *("example.com", "hsiaoming", "林曉明", "張公正", "kungcheng"),
)


class Journal(logging.Handler):
    """What a host's own handler gets to see."""

    def __init__(self) -> None:
        super().__init__()
        self.facts: list[Facts] = []
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.facts.append({key: getattr(record, key) for key in KEYS})
        self.lines.append(self.format(record))

    def of(self, key: str) -> list[str | None]:
        return [facts[key] for facts in self.facts]


@pytest.fixture
def journal() -> Iterator[Journal]:
    logger, journal = logging.getLogger("flask_first_login.events"), Journal()
    logger.addHandler(journal)
    logger.setLevel(logging.INFO)
    yield journal
    logger.removeHandler(journal)
    logger.setLevel(logging.NOTSET)


@pytest.fixture
def portal(first_login_sandbox: PretendProviders) -> MakePortal:
    def make(accounts: MemoryAccounts | None = None, **config: object) -> Flask:
        app = Flask("portal")
        app.config.update(
            SECRET_KEY="a-secret-of-this-test",
            FIRST_LOGIN_PROVIDERS=first_login_sandbox.settings(),
            FIRST_LOGIN_NATIONAL_ID_KEYS=[Fernet.generate_key().decode()],
            FIRST_LOGIN_NATIONAL_ID_INDEX_KEY=Fernet.generate_key().decode(),
        )
        app.config.update(config)
        FirstLogin(app, accounts=accounts or MemoryAccounts())
        return app

    return make


@pytest.fixture
def app(portal: MakePortal) -> Flask:
    return portal()


# --- one event a phase ---


def test_every_phase_of_a_first_sign_in_is_an_event(
    client: FlaskClient, journal: Journal, sign_in_as: SignInAs
) -> None:
    account = sign_in_as(client, "civil_servant", "ecpa").account
    assert journal.of("event") == ADMITTED
    assert journal.of("result") == ["ok", "ok", "ok", "ok", "create", "ok", "ok"]
    assert journal.of("account") == [None, None, None, None, None, account, account]
    assert set(journal.of("provider")) == {"ecpa"}
    assert {*journal.of("phase"), *journal.of("code"), *journal.of("support_code")} == {None}


def test_the_decision_is_the_result_of_its_event(app: Flask, journal: Journal, sign_in_as: SignInAs) -> None:
    client = app.test_client()
    for provider in ("ecpa", "myegov", "ecpa"):
        sign_in_as(app.test_client(), "civil_servant", provider)
    sign_in_as(client, "social_user")
    sign_in_as(client, "teacher")
    decisions = [facts["result"] for facts in journal.facts if facts["event"] == "decide"]
    assert decisions == ["create", "link", "sign_in", "acknowledge", "create", "refuse"]
    assert {*decisions, "ok", "failed"} == {*Result}


def test_a_social_sign_in_waits_for_its_learner_and_then_goes_on(
    client: FlaskClient, journal: Journal, sign_in_as: SignInAs
) -> None:
    sign_in_as(client, "social_user", acknowledge=False)
    assert journal.of("event") == [*ANSWERED, "verify", "identify", "decide"]
    sign_in_as(client, "social_user")
    assert journal.of("event")[5:] == [*ANSWERED, "verify", "identify", "decide", "decide", "account", "outcome"]


def test_a_refused_identity_is_a_decision_and_a_failure(app: Flask, journal: Journal, sign_in_as: SignInAs) -> None:
    client = app.test_client()
    sign_in_as(client, "teacher")
    refused = sign_in_as(client, "social_user")
    assert journal.of("event")[-2:] == ["decide", "failure"]
    last = journal.facts[-1]
    assert (last["result"], last["phase"], last["code"]) == ("failed", "account", "social_never_merges")
    assert last["support_code"] == refused.support_code
    assert last["account"] is None


ENDS = {"bad_request": ANSWERED, "wrong_issuer": ANSWERED, "unknown_sign_in": BEGUN}


@pytest.mark.slow
@pytest.mark.parametrize(("provider", "code"), [(name, one) for name, codes in BY_CODE.items() for one in codes])
def test_a_sign_in_that_fails_ends_with_a_failure_that_carries_the_codes_of_its_page(
    portal: MakePortal,
    first_login_sandbox: PretendProviders,
    journal: Journal,
    sign_in_as: SignInAs,
    provider_fails: ProviderFails,
    provider: str,
    code: str,
) -> None:
    protocol, name = ("ticket" if provider == "myegov-ticket" else "oidc"), provider.removesuffix("-ticket")
    app = portal(FIRST_LOGIN_PROVIDERS=first_login_sandbox.settings(myegov=protocol))  # type: ignore[arg-type]  # one of
    provider_fails(name, code)
    arrived = sign_in_as(app.test_client(), "civil_servant", name)
    assert journal.of("event") == [*ENDS.get(code, ANSWERED), "failure"]
    last = journal.facts[-1]
    assert (last["result"], last["provider"], last["code"]) == ("failed", name, code)
    assert last["phase"] in {*Phase}
    assert last["support_code"]
    assert last["support_code"] in arrived.text


@pytest.mark.parametrize("provider", sorted(CANCELLABLE))
def test_whoever_cancels_is_a_failure_in_the_callback(
    client: FlaskClient, journal: Journal, sign_in_as: SignInAs, provider: str
) -> None:
    sign_in_as(client, "cancels", provider)
    assert journal.of("event") == [*ANSWERED, "failure"]
    assert (journal.facts[-1]["phase"], journal.facts[-1]["code"]) == ("callback", "cancelled")


def test_a_sign_in_that_cannot_begin_is_a_failure(portal: MakePortal, journal: Journal) -> None:
    client = portal().test_client()
    client.get("/first-login/sign-in/google", headers={"Sec-Fetch-Site": "none", "Host": "portal.example"})
    assert journal.of("event") == ["failure"]
    assert (journal.facts[0]["phase"], journal.facts[0]["code"]) == ("begin", "not_available")


def test_a_store_that_breaks_down_is_a_failure_too(portal: MakePortal, journal: Journal, sign_in_as: SignInAs) -> None:
    class Broken(MemoryAccounts):
        def carry_out(self, *_: object) -> str:
            raise RuntimeError("張公正 A223456781")

    sign_in_as(portal(Broken()).test_client(), "civil_servant")
    assert journal.of("event") == [*ANSWERED, "verify", "identify", "decide", "failure"]
    assert journal.facts[-1]["code"] == "portal_error"
    assert "A223456781" not in "".join(journal.lines)


def test_every_code_of_a_failure_may_stand_in_an_event(app: Flask, journal: Journal) -> None:
    for code in FAILURES:
        with app.test_request_context("/first-login/login"):
            failed(SignInError(code, provider="google", phase="token"))
    assert journal.of("code") == [*FAILURES]


def test_no_event_is_written_when_nobody_wants_it(client: FlaskClient, journal: Journal, sign_in_as: SignInAs) -> None:
    logging.getLogger("flask_first_login.events").setLevel(logging.WARNING)
    sign_in_as(client, "teacher")
    assert journal.facts == []


# --- what an event says ---


def test_the_time_is_in_utc_to_the_millisecond(client: FlaskClient, journal: Journal, sign_in_as: SignInAs) -> None:
    sign_in_as(client, "teacher")
    times = [str(time) for time in journal.of("time")]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", time) for time in times)
    assert times == sorted(times)
    assert datetime.now(UTC) - datetime.fromisoformat(times[-1]) < timedelta(minutes=1)


def test_all_events_of_one_request_have_its_id_and_those_of_another_have_another(
    client: FlaskClient, journal: Journal, sign_in_as: SignInAs
) -> None:
    sign_in_as(client, "teacher")
    begun, *answered = journal.of("request_id")
    assert len({*answered}) == 1
    assert begun != answered[0]
    assert re.fullmatch("[0-9a-f]{32}", str(begun))


@pytest.mark.parametrize("given", ["4bf92f3577b34da6a3ce929d0e0e4736", "Root=1-67891233-abcdef012345678912345678", "a"])
def test_the_request_keeps_the_name_that_the_proxy_gave_it(portal: MakePortal, journal: Journal, given: str) -> None:
    client = portal(FIRST_LOGIN_REQUEST_ID_HEADER="X-Request-ID").test_client()
    client.get("/first-login/sign-in/google", headers={"Sec-Fetch-Site": "none", "X-Request-ID": given})
    assert journal.of("request_id") == [given]


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, "林", "a@example.com", '"', "<b>", "a,b", "a\u202eb", "a\tb"])
def test_a_name_that_is_not_well_formed_is_not_taken(portal: MakePortal, journal: Journal, given: str) -> None:
    client = portal(FIRST_LOGIN_REQUEST_ID_HEADER="X-Request-ID").test_client()
    headers = {"Sec-Fetch-Site": "none", "X-Request-ID": given.encode().decode("latin-1")}
    client.get("/first-login/sign-in/google", headers=headers)
    assert re.fullmatch("[0-9a-f]{32}", str(journal.of("request_id")[0]))


def test_a_header_that_no_setting_names_is_not_looked_at(client: FlaskClient, journal: Journal) -> None:
    client.get("/first-login/sign-in/google", headers={"Sec-Fetch-Site": "none", "X-Request-ID": "planted"})
    assert journal.of("request_id") != ["planted"]


@pytest.mark.parametrize(
    "hostile", ["a\r\nevent=outcome", "\u202egoogle", "a\u2028b", "a b=c", "\x1b[31m", "x" * 4000, ""]
)
def test_whatever_an_integrator_names_stays_one_word_on_one_line(app: Flask, journal: Journal, hostile: str) -> None:
    with app.test_request_context("/first-login/login"):
        failed(SignInError("expired", provider=hostile, phase=hostile))
        journal_module.record(Event.OUTCOME, "google", account=hostile)
    assert journal.facts[0]["phase"] == "other"


def test_a_failed_removal_of_a_way_to_sign_in_has_its_own_phase(app: Flask, journal: Journal) -> None:
    with app.test_request_context("/"):
        failed(SignInError("last_identity", provider="google", phase="leave"))
    assert journal.facts[0]["phase"] == "leave"
    for line, facts in zip(journal.lines, journal.facts, strict=True):
        assert line.isprintable()
        assert len(line) < 500
        assert [word.partition("=")[0] for word in line.removeprefix("sign-in ").split(" ")] == [*KEYS]
        assert all(value is None or value.isprintable() for value in facts.values())


def test_an_account_that_is_named_by_a_national_id_is_masked(app: Flask, journal: Journal) -> None:
    with app.test_request_context("/first-login/login"):
        journal_module.record(Event.OUTCOME, "google", account="A123456789")
    assert journal.of("account") == ["A12345****"]
    assert "A123456789" not in journal.lines[0]


def test_nothing_personal_and_no_secret_is_in_the_journal(app: Flask, journal: Journal, sign_in_as: SignInAs) -> None:
    for provider, persona in [
        *(("myegov", one) for one in ("verified_citizen", "declared_citizen", "civil_servant", "teacher")),
        *(("ecpa", "civil_servant"), ("ecpa", "civil_servant_wrong_id"), ("google", "social_user_with_id")),
        *(("apple", "social_user"), ("facebook", "social_user")),
    ]:
        sign_in_as(app.test_client(), persona, provider)
    everything = "\n".join([*journal.lines, *(str(facts) for facts in journal.facts)])
    assert len(journal.facts) > 60
    assert [word for word in PERSONAL if word in everything] == []
    accounts = [state_of(app).accounts.get(str(one)) for one in {*journal.of("account")} - {None}]
    subjects = {one.subject for account in accounts if account is not None for one in account.identities}
    assert len(subjects) > 7
    assert [subject for subject in subjects if subject in everything] == []

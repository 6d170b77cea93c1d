"""What a host is told after a sign-in: every verdict that changed, once, and nothing that an error made up."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from blinker import NamedSignal
from sqlalchemy import update
from sqlalchemy.engine import Engine
from sqlalchemy.orm import sessionmaker

from flask_first_login import (
    Assurance,
    HoursReport,
    Kind,
    Learner,
    Reason,
    Text,
    Verdict,
    VerdictChange,
    hours_assessed,
    hours_changed,
    identity_linked,
    signed_in,
)
from flask_first_login.accounts.sqlalchemy import SQLAlchemyAccounts
from flask_first_login.accounts.tables import verdicts
from flask_first_login.testing import BY_ECPA, BY_GOOGLE, BY_MYEGOV
from internals import ACCEPTED, AUTHORITIES, ENVIRONMENTAL, LEAD, POINTS, version_of
from support.databases import VAULT
from support.host_portal import Host, accept, code_of, fields_of
from test_languages import catalog

WITHOUT_ID = replace(BY_MYEGOV, national_id=None, assurance=Assurance.NONE)
OFFICIAL = replace(BY_MYEGOV, kind=Kind.CIVIL_SERVANT)
HELD, UPLOADABLE = Verdict.HELD, Verdict.UPLOADABLE


class Heard:
    """Everything that a host's receivers heard, in order."""

    def __init__(self) -> None:
        self.facts: list[tuple[str, dict[str, Any]]] = []

    def by(self, signal: NamedSignal) -> Callable[..., None]:
        def note(app: object, **facts: Any) -> None:
            self.facts.append((signal.name.removeprefix("first-login-"), facts))

        return note

    def of(self, name: str) -> list[dict[str, Any]]:
        return [facts for heard, facts in self.facts if heard == name]


@pytest.fixture
def host(store: SQLAlchemyAccounts) -> Host:
    return Host(store).mounted()


@pytest.fixture
def heard(host: Host) -> Heard:
    heard = Heard()
    for signal in (signed_in, identity_linked, hours_assessed, hours_changed):
        signal.connect_via(host.app)(heard.by(signal))
    return heard


# --- verdicts that change ---


def test_the_first_verdicts_are_no_change_and_the_same_ones_are_none(host: Host, heard: Heard) -> None:
    for _ in range(3):
        assert host.arrives(WITHOUT_ID).status_code == 303
    assert [name for name, _ in heard.facts] == ["signed-in", "hours-assessed"] * 3


def test_an_id_that_arrives_is_told_with_the_account_the_report_and_every_change(host: Host, heard: Heard) -> None:
    host.arrives(WITHOUT_ID)
    host.arrives(BY_MYEGOV)
    (told,) = heard.of("hours-changed")
    assert told["account"] == host.owner(BY_MYEGOV)
    assert told["report"] == heard.of("hours-assessed")[1]["report"]
    assert told["report"].uploadable == ("environmental", "teacher")
    assert told["changes"] == tuple(VerdictChange(key, HELD, UPLOADABLE) for key in ("environmental", "teacher"))
    assert BY_MYEGOV.national_id is not None
    assert BY_MYEGOV.national_id.reveal() not in repr(heard.facts)


def test_a_change_is_told_once_and_a_change_back_again(host: Host, heard: Heard) -> None:
    for identity in (WITHOUT_ID, BY_MYEGOV, BY_MYEGOV, WITHOUT_ID, WITHOUT_ID, OFFICIAL):
        host.arrives(identity)
    assert [len(one["changes"]) for one in heard.of("hours-changed")] == [2, 2, 3]


def test_hours_that_are_not_meant_for_an_account_are_told_as_such_and_not_as_a_change_of_what_was_recorded_before(
    host: Host, store: SQLAlchemyAccounts, heard: Heard
) -> None:
    host.arrives(BY_MYEGOV)
    of_before = update(verdicts).where(verdicts.c.authority == "lifelong").values(verdict="held")
    with store.transaction() as session:
        session.execute(of_before)
    host.arrives(BY_MYEGOV)
    host.arrives(OFFICIAL)
    (told,) = heard.of("hours-changed")
    assert told["changes"] == (VerdictChange("lifelong", Verdict.NOT_APPLICABLE, UPLOADABLE),)
    kept: Any = store.export(host.owner(BY_MYEGOV))["verdicts"]
    history = [one["verdict"] for one in kept if one["authority"] == "lifelong"]
    assert history == ["held", "not_applicable", "uploadable"]


def test_an_identity_that_is_joined_and_brings_the_hours_is_told_as_a_change(host: Host, heard: Heard) -> None:
    verified = replace(BY_MYEGOV, assurance=Assurance.VERIFIED)
    host.arrives(verified)
    host.arrives(BY_ECPA)
    assert len(heard.of("identity-linked")) == 1
    (told,) = heard.of("hours-changed")
    assert told["changes"] == (VerdictChange("lifelong", Verdict.NOT_APPLICABLE, UPLOADABLE),)


@pytest.mark.slow
def test_the_receiver_of_the_documentation_hears_although_it_is_defined_inside_a_function(host: Host) -> None:
    released: list[tuple[str, bool]] = []

    def create_app() -> Callable[[], None]:
        @hours_changed.connect
        def release_held(app: object, *, account: str, report: HoursReport) -> None:
            released.append((account, report["environmental"].uploadable))

        return lambda: hours_changed.disconnect(release_held)

    forget = create_app()
    gc.collect()
    host.arrives(WITHOUT_ID)
    host.arrives(BY_MYEGOV)
    forget()
    assert released == [(host.owner(BY_MYEGOV), True)]


# --- what must not break a sign-in that is complete ---


def test_a_store_that_cannot_remember_verdicts_breaks_no_sign_in_and_the_next_one_tells(
    host: Host, heard: Heard, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    host.arrives(WITHOUT_ID)
    with monkeypatch.context() as patch, caplog.at_level(logging.ERROR):
        patch.setattr(host.accounts, "remember", lambda account_id, report: 1 / 0)
        learner = host.learner()
        assert host.arrives(BY_MYEGOV, learner).status_code == 303
        assert learner.get("/first-login/hours").status_code == 200
    assert "the verdicts were not remembered: ZeroDivisionError at test_told.py" in caplog.text
    assert heard.of("hours-changed") == []
    host.arrives(BY_MYEGOV)
    assert len(heard.of("hours-changed")) == 1


def test_a_receiver_that_raises_breaks_no_sign_in_and_the_others_hear(host: Host, heard: Heard) -> None:
    def break_down(app: object) -> None:
        raise RuntimeError("a receiver of the host")

    signals = (signed_in, hours_assessed, hours_changed)
    for signal in signals:
        signal.connect(break_down, host.app)
    statuses = [host.arrives(identity).status_code for identity in (WITHOUT_ID, BY_MYEGOV)]
    for signal in signals:
        signal.disconnect(break_down)
    assert statuses == [303, 303]
    assert len(heard.of("hours-changed")) == 1


@pytest.mark.parametrize("answer", ["raises", "held", True, Text("No.", "不。")], ids=str)
def test_a_rule_of_the_host_that_fails_holds_the_hours_and_is_recorded_nowhere(
    store: SQLAlchemyAccounts, answer: object, caplog: pytest.LogCaptureFixture
) -> None:
    host = Host(store)
    broken = [False]
    told: list[object] = []

    @host.first_login.hours_rule
    def licence(learner: Learner) -> Reason | None:
        answers: dict[bool, Callable[[], Any]] = {False: lambda: None, True: lambda: _answered(answer)}
        return answers[broken[0]]()  # type: ignore[no-any-return]  # what it gives is what a host may get wrong

    host.mounted()
    hours_changed.connect_via(host.app)(lambda app: told.append(app))
    host.arrives(BY_ECPA)
    broken[0] = True
    learner = host.learner()
    with caplog.at_level(logging.ERROR):
        assert host.arrives(BY_ECPA, learner).status_code == 303
        page = learner.get("/first-login/hours").text
    assert 'data-reason="host_rule:rule_failed"' in page
    assert 'data-verdict="uploadable"' not in page
    assert "a rule of the hours failed: " in caplog.text
    assert "A123456789" not in caplog.text
    broken[0] = False
    host.arrives(BY_ECPA)
    assert told == []
    kept: dict[str, Any] = store.export(host.owner(BY_ECPA))
    assert len(kept["verdicts"]) == len(AUTHORITIES)


def _answered(answer: object) -> object:
    return {"raises": lambda: 1 / 0}.get(str(answer), lambda: answer)()


# --- what a social learner accepted ---

IN_CHINESE = version_of(*(said.zh for said in (LEAD, *POINTS, ACCEPTED)))
IN_ENGLISH = version_of(*(said.en for said in (LEAD, *POINTS, ACCEPTED)))


def test_the_words_that_a_social_learner_accepted_are_stored(host: Host, store: SQLAlchemyAccounts) -> None:
    learner = host.learner()
    host.arrives(BY_GOOGLE, learner)
    assert accept(learner).status_code == 303
    kept: dict[str, Any] = store.export(host.owner(BY_GOOGLE))
    assert [one["text_version"] for one in kept["acknowledgements"]] == [IN_CHINESE]
    assert kept["acknowledgements"][0]["at"] >= kept["account"]["created_at"][:19]


def test_the_words_are_those_of_the_language_in_which_they_were_read(host: Host, store: SQLAlchemyAccounts) -> None:
    learner = host.learner()
    host.arrives(BY_GOOGLE, learner, "?lang=en")
    fields = fields_of(learner.get("/first-login/acknowledge?lang=en"), "csrf_token", "waiting", "version")
    assert fields["version"] == IN_ENGLISH != IN_CHINESE
    learner.post("/first-login/acknowledge?lang=zh-Hant-TW", fields | {"acknowledged": "yes"})
    kept: dict[str, Any] = store.export(host.owner(BY_GOOGLE))
    assert [one["text_version"] for one in kept["acknowledgements"]] == [IN_ENGLISH]


def test_who_came_by_a_government_account_accepted_nothing(host: Host, store: SQLAlchemyAccounts) -> None:
    host.arrives(BY_ECPA)
    assert store.export(host.owner(BY_ECPA))["acknowledgements"] == []


def test_words_that_the_host_changed_have_a_version_of_their_own(
    sqlite: Engine, tmp_path_factory: pytest.TempPathFactory
) -> None:
    store = SQLAlchemyAccounts(sessionmaker(sqlite), lambda: VAULT)
    own = catalog(tmp_path_factory.mktemp("words"), "zh_Hant_TW", {ACCEPTED.en: "我知道了"})
    host = Host(store, FIRST_LOGIN_TRANSLATIONS=own).mounted()
    learner = host.learner()
    host.arrives(BY_GOOGLE, learner)
    accept(learner)
    kept: dict[str, Any] = store.export(host.owner(BY_GOOGLE))
    own_words = replace(ACCEPTED, zh="我知道了")
    assert [one["text_version"] for one in kept["acknowledgements"]] == [
        version_of(*(said.zh for said in (LEAD, *POINTS, own_words)))
    ]


def test_words_that_changed_while_the_page_was_open_are_not_the_ones_that_were_accepted(host: Host) -> None:
    learner = host.learner()
    host.arrives(BY_GOOGLE, learner)
    assert code_of(accept(learner, version="0123456789ab")) == "expired"
    assert host.accounts.owner_of(BY_GOOGLE.issuer, BY_GOOGLE.subject) is None
    assert fields_of(learner.get("/first-login/acknowledge"), "version") == {"version": IN_CHINESE}


def test_what_is_told_of_an_authority_says_what_it_said_before_and_after(host: Host, heard: Heard) -> None:
    host.arrives(BY_MYEGOV)
    host.arrives(replace(BY_MYEGOV, name=None))
    (change,) = [one for one in heard.of("hours-changed")[0]["changes"] if one.authority == ENVIRONMENTAL.key]
    assert (change.before, change.after) == (UPLOADABLE, HELD)

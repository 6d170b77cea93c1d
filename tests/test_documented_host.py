"""A host that was written by the documentation of version 0.1.0: what it imports, defines and hears still holds."""

from __future__ import annotations

from importlib import import_module

import pytest
from flask import Flask, session
from sqlalchemy import create_engine
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import StaticPool

from flask_first_login import (
    FirstLogin,
    HoursReport,
    Identity,
    Learner,
    Reason,
    Text,
    current_vault,
    hours_changed,
    hours_required,
    identity_left,
    signed_in,
)
from flask_first_login.accounts.sqlalchemy import SQLAlchemyAccounts
from flask_first_login.accounts.tables import create_tables
from flask_first_login.testing import PretendProviders, SignInAs

CHANGED, HEARD = list[str](), list[tuple[str, str, bool]]()


class PortalSession:
    """A port as it was written before sessions were renewed by us: it clears, and knows nothing of ids."""

    def sign_in(self, account_id: str) -> None:
        session.clear()
        session["member"] = account_id

    def signed_in(self) -> str | None:
        return session.get("member")

    def sign_out(self) -> None:
        session.clear()


def licence(learner: Learner) -> Reason | None:
    return Reason("licence", Text("No licence.", "沒有執照。")) if learner.authority.key == "teacher" else None


def hears_changes(app: Flask, *, account: str, report: HoursReport) -> None:
    CHANGED.append(account)


def hears_sign_ins(app: Flask, *, account: str, provider: str, first: bool) -> None:
    HEARD.append((account, provider, first))


def hears_of_leaving(app: Flask, *, account: str, provider: str) -> None: ...


@pytest.fixture
def portal(first_login_sandbox: PretendProviders) -> Flask:
    engine = create_engine("sqlite://", hide_parameters=True, poolclass=StaticPool)
    members: list[str] = []

    def create_account(_: Session, identity: Identity) -> str:
        members.append(f"member-{len(members) + 1}")
        return members[-1]

    accounts = SQLAlchemyAccounts(sessionmaker(engine), current_vault, create_account=create_account)
    first_login = FirstLogin(accounts=accounts, session=PortalSession())
    create_tables(engine)
    first_login.hours_rule(licence)
    app = Flask("portal")
    app.config.from_mapping(
        SECRET_KEY="only-for-tests" * 3,
        FIRST_LOGIN_NATIONAL_ID_KEYS=["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="],
        FIRST_LOGIN_NATIONAL_ID_INDEX_KEY="MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=",
        FIRST_LOGIN_SAME_NATIONAL_ID="link",
        FIRST_LOGIN_HOLD_DAYS=365,
        FIRST_LOGIN_PROVIDERS=first_login_sandbox.settings(),
    )
    first_login.init_app(app)
    hours_changed.connect_via(app)(hears_changes)
    signed_in.connect_via(app)(hears_sign_ins)
    identity_left.connect_via(app)(hears_of_leaving)

    @app.get("/course")
    @hours_required("environmental")
    def course() -> str:
        return "a course"

    return app


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("flask_first_login", "Account"),
        ("flask_first_login", "Assurance"),
        ("flask_first_login", "ConfigError"),
        ("flask_first_login", "FirstLogin"),
        ("flask_first_login", "HoursReport"),
        ("flask_first_login", "Identity"),
        ("flask_first_login", "Kind"),
        ("flask_first_login", "Learner"),
        ("flask_first_login", "Reason"),
        ("flask_first_login", "Standing"),
        ("flask_first_login", "Text"),
        ("flask_first_login", "Verdict"),
        ("flask_first_login", "current_vault"),
        ("flask_first_login", "hours_changed"),
        ("flask_first_login", "hours_required"),
        ("flask_first_login", "identity_left"),
        ("flask_first_login", "sandbox"),
        ("flask_first_login", "signed_in"),
        ("flask_first_login.accounts.memory", "MemoryAccounts"),
        ("flask_first_login.accounts.sqlalchemy", "SQLAlchemyAccounts"),
        ("flask_first_login.accounts.tables", "Moment"),
        ("flask_first_login.accounts.tables", "create_tables"),
        ("flask_first_login.accounts.tables", "metadata"),
        ("flask_first_login.errors", "Problem"),
        ("flask_first_login.errors", "SignInError"),
        ("flask_first_login.events", "KEYS"),
        ("flask_first_login.hours", "UnknownKind"),
        ("flask_first_login.linking", "Create"),
        ("flask_first_login.linking", "SignIn"),
        ("flask_first_login.providers", "ClaimNames"),
        ("flask_first_login.providers", "Claims"),
        ("flask_first_login.providers", "Ticket"),
        ("flask_first_login.providers", "government"),
        ("flask_first_login.report", "Count"),
        ("flask_first_login.report", "UNREADABLE"),
        ("flask_first_login.report", "summary"),
        ("flask_first_login.state", "state_of"),
        ("flask_first_login.testing", "AccountsContract"),
        ("flask_first_login.testing", "BY_MYEGOV"),
        ("flask_first_login.testing", "PretendProviders"),
    ],
)
def test_what_the_documentation_told_hosts_to_import_is_there(module: str, name: str) -> None:
    found = import_module(module)
    assert getattr(found, name, None) is not None or import_module(f"{module}.{name}")


def test_a_host_of_the_first_documentation_signs_its_learners_in(portal: Flask, sign_in_as: SignInAs) -> None:
    client = portal.test_client()
    assert client.get("/course").headers["Location"] == "/first-login/login?next=/course"
    arrival = sign_in_as(client, "verified_citizen", next="/course")
    assert [*arrival.verdicts.values()] == ["not_applicable", "uploadable", "held"]
    assert client.get("/course").text == "a course"
    assert HEARD[-1] == ("member-1", "myegov", True)
    sign_in_as(client, "verified_citizen")
    assert HEARD[-1] == ("member-1", "myegov", False)


def test_its_commands_and_addresses_are_there(portal: Flask) -> None:
    commands = portal.test_cli_runner().invoke(args=["first-login", "--help"]).output
    for command in (
        "check",
        "diagram",
        "doctor",
        "erase",
        "export",
        "hours",
        "keys",
        "paths",
        "prune",
        "sandbox",
        "try",
    ):
        assert f"  {command} " in commands
    for path in ("", "login", "faq", "civil-servant", "api/v1/portal", "api/v1/login", "api/v1/openapi.json"):
        assert portal.test_client().get(f"/first-login/{path}").status_code == 200

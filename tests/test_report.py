"""The report of all accounts: Python and the database judge alike, and no single row stops it."""

from __future__ import annotations

import time
import tracemalloc
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import count, islice, product
from typing import Any

import pytest
from cryptography.fernet import Fernet
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, delete, event, func, insert, select, text, update
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import StaticPool

from flask_first_login import Assurance, Authority, Identity, Kind, Learner, Reason, Requirements, Text, Verdict
from flask_first_login.accounts.sqlalchemy import SQLAlchemyAccounts
from flask_first_login.accounts.tables import accounts, create_tables, identities, metadata, national_ids
from flask_first_login.report import UNREADABLE, Count, Row, count_accounts, needs_python, rows, summary
from flask_first_login.testing import BY_ECPA, BY_GOOGLE, BY_MYEGOV, NATIONAL_ID, OTHER_NATIONAL_ID
from internals import AUTHORITIES, LIFELONG, TEACHER, IdKind, NumberState, UnknownKind, Vault, assess
from support.crowd import crowd, numbers, write
from support.databases import INDEX_KEY, VAULT

People = dict[str, list[Identity]]
Judged = dict[tuple[str, str], tuple[str, tuple[str, ...]]]

NAMES = (None, " \u3000\u00a0", "王小明", "𠮷田")
NUMBERS = ("none", "invalid", *IdKind)


def keyed(people: Sequence[Sequence[dict[str, object]]]) -> People:
    """Accounts named by their place; every identity with a subject, and where it has a number, one of its own."""
    subjects, given_out = count(), {kind: numbers(kind) for kind in IdKind}

    def identity(number: str, **facts: object) -> Identity:
        national_id = next(given_out[IdKind(number)]) if number in set(IdKind) else None
        by = BY_GOOGLE if number == "social" else BY_MYEGOV
        key = {"subject": f"s{next(subjects)}", "national_id_invalid": number == "invalid"}
        return replace(by, **key, national_id=national_id, **facts)  # type: ignore[arg-type]  # facts by their names

    return {f"{place:05}": [identity(**one) for one in known] for place, known in enumerate(people)}  # type: ignore[arg-type]  # likewise


FACTS = [
    {
        "number": number,
        "kind": kind,
        "assurance": assurance,
        "name": name,
        "birth_date": birth_date,
        "number_state": state,
    }
    for number, kind, assurance, name, birth_date, state in product(
        NUMBERS, Kind, Assurance, NAMES, (None, date(1980, 2, 29)), NumberState
    )
    if state is not NumberState.DISPUTED or number in {"none", "invalid"}
]
UNKNOWN = [fact for fact in FACTS if fact["kind"] is Kind.UNKNOWN]
SOCIAL = [{"number": "social", "name": name} for name in NAMES]
REQUIREMENTS = [
    Requirements(*asked)
    for asked in product(
        (True, False),
        (True, False),
        Assurance,
        (frozenset(IdKind), frozenset({IdKind.CITIZEN}), frozenset[IdKind]()),
        (True, False),
        (True, False),
        (None, "CP950"),
    )
]


def one_account(known: Sequence[dict[str, object]]) -> bool:
    """Whether these identities may share an account: a social one shares it with nothing."""
    return len(known) == 1 or all(one["number"] != "social" for one in known)


def authorities(requirements: Sequence[Requirements]) -> list[Authority]:
    return [Authority(f"a{n}", Text("An authority", "認證機關"), one) for n, one in enumerate(requirements)]


def assessed(people: People, before: Sequence[Authority], unknown_kind: UnknownKind) -> Judged:
    return {
        (account, key): (one.verdict, tuple(reason.code for reason in one.reasons))
        for account, known in people.items()
        for key, one in assess(known, before, unknown_kind=unknown_kind).items()
    }


def reported(engine: Engine, before: Sequence[Authority], unknown_kind: UnknownKind) -> Judged:
    with Session(engine) as session:
        found = rows(session, before, unknown_kind=unknown_kind)
        return {(row.account, row.authority): (row.verdict, row.reasons) for row in found}


# --- Python and the database agree ---


@pytest.mark.slow
@pytest.mark.parametrize("unknown_kind", UnknownKind)
def test_the_database_judges_every_combination_of_facts_as_python_does(
    sqlite: Engine, unknown_kind: UnknownKind
) -> None:
    # What an unknown kind means is asked of those whose kind is unknown; of the others one in 29 may tell.
    facts = [*FACTS, *SOCIAL] if unknown_kind is UnknownKind.ASK else [*UNKNOWN, *FACTS[::29], *SOCIAL]
    everybody = keyed([[fact] for fact in facts])
    write(sqlite, everybody.items(), VAULT)
    before = authorities(REQUIREMENTS)
    assert len(before) == 288
    for some in (before[:100], before[100:200], before[200:]):
        assert reported(sqlite, some, unknown_kind) == assessed(everybody, some, unknown_kind)


@pytest.mark.parametrize(("which", "every"), [("postgresql", 19), ("mariadb", 61)])
def test_other_databases_judge_them_likewise(request: pytest.FixtureRequest, which: str, every: int) -> None:
    engine: Engine = request.getfixturevalue(which)
    everybody = keyed([[one] for one in (*FACTS, *SOCIAL)])
    write(engine, everybody.items(), VAULT)
    before = authorities(REQUIREMENTS[::every])
    for unknown_kind in UnknownKind:
        assert reported(engine, before, unknown_kind) == assessed(everybody, before, unknown_kind)


@pytest.mark.slow
def test_of_any_two_identities_in_either_order_the_database_takes_the_one_that_python_takes() -> None:
    """One identity for each set of reasons that the strictest authority can give; of more than two, see below."""
    strict = authorities(
        [Requirements(id_kinds=frozenset({IdKind.CITIZEN}), civil_servant=True, birth_date=True, name_encoding="CP950")]
    )
    of_each = keyed([[one] for one in (*FACTS, *SOCIAL)])
    judged = assessed(of_each, strict, UnknownKind.ASK)
    different = {found: int(account) for (account, _), found in judged.items()}
    facts = [[*FACTS, *SOCIAL][place] for place in different.values()]
    assert len(facts) > 60
    engine = create_engine("sqlite://", poolclass=StaticPool)
    create_tables(engine)
    pairs = keyed([pair for pair in product(facts, repeat=2) if one_account(pair)])
    write(engine, pairs.items(), VAULT)
    assert reported(engine, strict, UnknownKind.ASK) == assessed(pairs, strict, UnknownKind.ASK)
    engine.dispose()


def agree(engine: Engine, examples: int) -> None:
    """Draw accounts of several identities, and compare everything that the report says of them with `assess`."""

    @settings(max_examples=examples, deadline=None)
    @given(
        st.lists(st.lists(st.sampled_from([*FACTS, *SOCIAL]), min_size=1, max_size=4).filter(one_account), max_size=6),
        st.lists(st.sampled_from(REQUIREMENTS), min_size=1, max_size=3),
        st.sampled_from(UnknownKind),
    )
    def compare(facts: list[list[dict[str, object]]], asked: list[Requirements], unknown_kind: UnknownKind) -> None:
        with engine.begin() as connection:
            for table in reversed(metadata.sorted_tables):
                connection.execute(delete(table))
        people, before = keyed(facts), authorities(asked)
        write(engine, people.items(), VAULT)
        expected = assessed(people, before, unknown_kind)
        assert reported(engine, before, unknown_kind) == expected
        with Session(engine) as session:
            counts = summary(session, before, unknown_kind=unknown_kind)
        by_verdict = {one[:2]: one.accounts for one in counts if one.reason is None}
        by_reason = {one[:3]: one.accounts for one in counts if one.reason is not None}
        assert by_verdict == Counter((key, verdict) for (_, key), (verdict, _) in expected.items())
        assert by_reason == Counter(
            (key, verdict, code) for (_, key), (verdict, codes) in expected.items() for code in codes
        )

    compare()


@pytest.mark.slow
def test_of_several_identities_the_database_takes_the_one_that_python_takes() -> None:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    create_tables(engine)
    agree(engine, examples=60)
    engine.dispose()


@pytest.mark.parametrize(("which", "examples"), [("postgresql", 15), ("mariadb", 8)])
def test_other_databases_take_it_too(request: pytest.FixtureRequest, which: str, examples: int) -> None:
    agree(request.getfixturevalue(which), examples)


# --- what a row says, and which rows there are ---

KNOWN: People = {
    "a": [BY_ECPA],
    "b": [replace(BY_MYEGOV, subject="b", national_id=None, assurance=Assurance.NONE)],
    "c": [replace(BY_GOOGLE, subject="c", signed_in_at=datetime(2026, 5, 1, tzinfo=UTC))],
    "d": [
        replace(BY_MYEGOV, subject="d1", national_id=None, assurance=Assurance.NONE),
        replace(BY_ECPA, subject="d2", national_id=OTHER_NATIONAL_ID, signed_in_at=datetime(2026, 4, 1, tzinfo=UTC)),
    ],
}
ALL_OF_THEM = [(account, authority.key) for account in KNOWN for authority in AUTHORITIES]


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def known(request: pytest.FixtureRequest) -> Engine:
    engine: Engine = request.getfixturevalue(request.param)
    write(engine, KNOWN.items(), VAULT)
    return engine


def report(engine: Engine, *asked: Authority, **options: Any) -> list[Row]:
    with Session(engine) as session:
        return [*rows(session, asked or AUTHORITIES, **options)]


def test_each_account_has_a_row_of_each_authority_in_their_order(known: Engine) -> None:
    assert [(row.account, row.authority) for row in report(known)] == ALL_OF_THEM


def test_a_row_says_what_came_of_which_identity_and_when_the_account_last_signed_in(known: Engine) -> None:
    last = datetime(2026, 4, 1, tzinfo=UTC)
    assert report(known, TEACHER, vault=VAULT)[-1] == Row(
        "d", "teacher", Verdict.UPLOADABLE, (), "ecpa", OTHER_NATIONAL_ID, last
    )
    assert report(known, LIFELONG)[1] == Row(
        "b",
        "lifelong",
        Verdict.NOT_APPLICABLE,
        ("not_civil_servant",),
        "myegov",
        None,
        BY_MYEGOV.signed_in_at,
    )


def test_a_time_that_is_kept_without_a_zone_is_one_of_utc_wherever_the_process_is(
    known: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Taipei")
    time.tzset()
    try:
        assert report(known, LIFELONG)[1].signed_in_at == BY_MYEGOV.signed_in_at
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_number_in_a_row_shows_itself_masked_and_without_a_vault_not_at_all(known: Engine) -> None:
    assert "A12345****" in str(report(known, TEACHER, vault=VAULT)[0])
    assert {row.national_id for row in report(known)} == {None}


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        (Verdict.UPLOADABLE, ["a", "d"]),
        (Verdict.HELD, ["b"]),
        (Verdict.REFUSED, ["c"]),
        (UNREADABLE, []),
        ("no such verdict", []),
    ],
)
def test_the_rows_of_one_verdict_can_be_asked_for(known: Engine, verdict: str, expected: list[str]) -> None:
    assert [row.account for row in report(known, TEACHER, verdict=verdict)] == expected
    in_python = [lambda learner: None]
    assert [row.account for row in report(known, TEACHER, verdict=verdict, rules=in_python, vault=VAULT)] == expected


def test_of_an_account_only_the_authorities_with_that_verdict_are_told(known: Engine) -> None:
    with known.begin() as connection:
        connection.execute(update(identities).where(identities.c.account_id == "a").values(kind="general"))
    assert [row.authority for row in report(known, verdict="not_applicable") if row.account == "a"] == ["lifelong"]
    assert [row.account for row in report(known, LIFELONG, verdict="held")] == []
    uploadable = [row.authority for row in report(known, verdict="uploadable") if row.account == "a"]
    assert uploadable == ["environmental", "teacher"]


def test_the_accounts_that_signed_in_since_a_day_can_be_asked_for_with_all_their_identities(known: Engine) -> None:
    since = datetime(2026, 4, 1, tzinfo=UTC)
    assert [row.account for row in report(known, TEACHER, since=since)] == ["c", "d"]
    assert report(known, TEACHER, since=since)[-1].provider == "ecpa"
    with Session(known) as session:
        assert [count_accounts(session), count_accounts(session, since)] == [4, 2]
        assert {one.accounts for one in summary(session, [TEACHER], since=since)} == {1}


def test_the_summary_counts_accounts_by_verdict_and_each_of_its_reasons(known: Engine) -> None:
    with Session(known) as session:
        assert summary(session, [LIFELONG]) == [
            Count("lifelong", "uploadable", None, 2),
            Count("lifelong", "not_applicable", None, 1),
            Count("lifelong", "not_applicable", "not_civil_servant", 1),
            Count("lifelong", "refused", None, 1),
            Count("lifelong", "refused", "social_identity", 1),
        ]
        assert summary(session, []) == []


def test_of_two_identities_linked_at_the_same_moment_the_key_decides_in_python_and_in_the_database(
    known: Engine,
) -> None:
    both = [replace(BY_ECPA, subject=subject, national_id=None) for subject in ("z", "y")]
    write(known, {"e": [both[0], replace(both[1], national_id_invalid=True)]}.items(), VAULT)
    with known.begin() as connection:
        connection.execute(update(identities).values(linked_at=BY_ECPA.signed_in_at))
    store = SQLAlchemyAccounts(sessionmaker(known), lambda: VAULT)
    account = store.get("e")
    assert account is not None
    expected = assess(account.identities, [TEACHER])["teacher"].reasons[0].code
    assert report(known, TEACHER)[-1].reasons == (expected,) == ("invalid_national_id",)
    with Session(known) as session:
        assert Count("teacher", "held", "invalid_national_id", 1) in summary(session)


def test_nobody_at_all_is_an_empty_report(sqlite: Engine) -> None:
    assert report(sqlite) == []
    with Session(sqlite) as session:
        assert summary(session) == []


# --- where only Python can judge ---

LICENCE = Reason("no_licence", Text("You have no licence.", "您沒有執照。"))
ASCII = Authority("ascii", Text("An old authority", "舊認證機關"), Requirements(name_encoding="ascii"))


def licence(learner: Learner) -> Reason | None:
    return None if learner.identity.name == "王小明" else LICENCE


def test_a_rule_of_the_host_is_asked_about_every_account(known: Engine) -> None:
    with known.begin() as connection:
        connection.execute(update(identities).where(identities.c.account_id == "a").values(name="李大華"))
    found = report(known, TEACHER, rules=[licence], vault=VAULT)
    assert [(row.verdict, row.reasons) for row in found] == [
        ("held", ("host_rule:no_licence",)),
        ("held", ("no_national_id",)),
        ("refused", ("social_identity",)),
        ("uploadable", ()),
    ]
    with Session(known) as session:
        counts = summary(session, [TEACHER], [licence], vault=VAULT)
    assert Count("teacher", "held", "host_rule:no_licence", 1) in counts
    assert Count("teacher", "held", None, 2) in counts


def test_an_encoding_that_the_database_does_not_know_is_judged_in_python_and_the_others_are_not(
    known: Engine,
) -> None:
    found = report(known, ASCII, TEACHER, vault=VAULT)
    assert [(row.account, row.authority, row.reasons) for row in found][:2] == [
        ("a", "teacher", ()),
        ("a", "ascii", ("name_not_encodable",)),
    ]
    with Session(known) as session:
        counts = summary(session, [ASCII, TEACHER], vault=VAULT)
    assert [one.authority for one in counts] == ["ascii"] * 5 + ["teacher"] * 5


def test_it_is_said_why_python_must_judge() -> None:
    assert [needs_python(one, []) for one in AUTHORITIES] == [None, None, None]
    assert needs_python(TEACHER, [licence]) == "the portal has rules of its own"
    assert needs_python(ASCII, []) == "only Python knows which names ascii can hold"


def test_without_a_vault_python_cannot_judge(known: Engine) -> None:
    with pytest.raises(ValueError, match="Python must judge for 'teacher', by whole identities: give a vault"):
        report(known, TEACHER, rules=[licence])


# --- one bad row never stops it ---

SQL: dict[str, Any] = {}
PYTHON: dict[str, Any] = {"rules": [lambda learner: None]}


def bad(found: list[Row]) -> list[tuple[str, tuple[str, ...]]]:
    """What could not be read; and the others must all be there."""
    assert [(row.account, row.authority) for row in found] == ALL_OF_THEM
    assert all(row.national_id is None for row in found if row.verdict == UNREADABLE)
    return [(row.account, row.reasons) for row in found if row.verdict == UNREADABLE]


@pytest.mark.slow
@pytest.mark.parametrize("judge", [SQL, PYTHON], ids=["in the database", "in Python"])
@pytest.mark.parametrize(
    "values", [{"standing": "martian"}, {"kind": "martian"}, {"assurance": 7}, {"assurance": -1}], ids=str
)
def test_a_row_of_a_later_version_is_listed_and_the_others_follow(
    known: Engine, values: dict[str, object], judge: dict[str, Any]
) -> None:
    with known.begin() as connection:
        (row,) = connection.execute(select(identities).where(identities.c.subject == "b")).mappings()
        (account,) = connection.execute(select(accounts).where(accounts.c.id == "b")).mappings()
        connection.execute(delete(identities).where(identities.c.subject == "b"))
        connection.execute(delete(accounts).where(accounts.c.id == "b"))
        of_account = {key: value for key, value in values.items() if key == "standing"}
        connection.execute(insert(accounts).values(**{**account, **of_account}))
        connection.execute(insert(identities).values(**{**row, **values}))
    assert bad(report(known, vault=VAULT, **judge)) == [("b", ("unknown_value",))] * 3
    with Session(known) as session:
        assert Count("teacher", UNREADABLE, "unknown_value", 1) in summary(session, vault=VAULT, **judge)


def test_a_kind_of_number_of_a_later_version_is_listed_by_the_database(known: Engine) -> None:
    with known.begin() as connection:
        connection.execute(update(identities).where(identities.c.account_id == "a").values(id_kind="passport"))
    assert bad(report(known)) == [("a", ("unknown_value",))] * 3


@pytest.mark.parametrize("judge", [SQL, PYTHON], ids=["in the database", "in Python"])
@pytest.mark.parametrize("value", ["yesterday", 5, b"\x00"], ids=str)
def test_a_time_that_only_sqlite_would_hold_is_listed(sqlite: Engine, value: object, judge: dict[str, Any]) -> None:
    write(sqlite, KNOWN.items(), VAULT)
    with sqlite.begin() as connection:
        changing = "UPDATE first_login_identities SET signed_in_at = ? WHERE account_id = 'c'"
        connection.exec_driver_sql(changing, (value,))
    assert bad(report(sqlite, vault=VAULT, **judge)) == [("c", ("unknown_value",))] * 3


def test_a_birth_date_that_is_none_is_listed_where_python_reads_it(sqlite: Engine) -> None:
    write(sqlite, KNOWN.items(), VAULT)
    with sqlite.begin() as connection:
        connection.exec_driver_sql("UPDATE first_login_identities SET birth_date = 'once' WHERE account_id = 'a'")
    assert bad(report(sqlite, vault=VAULT, **PYTHON)) == [("a", ("unknown_value",))] * 3


@pytest.mark.parametrize("judge", [SQL, PYTHON], ids=["in the database", "in Python"])
@pytest.mark.parametrize(
    "values",
    [
        {"sealed": Vault([Fernet.generate_key().decode()], INDEX_KEY).encrypt(NATIONAL_ID)},
        {"sealed": VAULT.encrypt(OTHER_NATIONAL_ID)},
        {"sealed": b"not sealed"},
    ],
    ids=["under a lost key", "of another person", "garbage"],
)
def test_a_number_that_does_not_open_is_listed(known: Engine, values: dict[str, bytes], judge: dict[str, Any]) -> None:
    of_a = national_ids.c.account_id == "a"
    with known.begin() as connection:
        connection.execute(update(national_ids).where(of_a).values(**values))
    assert bad(report(known, vault=VAULT, **judge)) == [("a", ("lost_key",))] * 3


@pytest.mark.parametrize("judge", [SQL, PYTHON], ids=["in the database", "in Python"])
def test_a_number_whose_row_is_gone_is_listed(sqlite: Engine, judge: dict[str, Any]) -> None:
    write(sqlite, KNOWN.items(), VAULT)
    with sqlite.begin() as connection:
        connection.execute(delete(national_ids).where(national_ids.c.account_id == "a"))
    assert bad(report(sqlite, vault=VAULT, **judge)) == [("a", ("lost_key",))] * 3


def test_a_rule_of_the_host_that_fails_for_one_learner_is_listed_and_its_place_logged_once(
    known: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(learner: Learner) -> Reason | None:
        return {"ecpa": None}[learner.identity.provider]

    found = bad(report(known, rules=[fails], vault=VAULT))
    assert found == [("b", ("host_rule_failed",))] * 3 + [("d", ("host_rule_failed",))] * 3
    (record,) = caplog.records
    assert record.getMessage().startswith("a rule of the hours failed: KeyError at test_report.py:")
    assert ".fails" in (record.exc_text or "").splitlines()[-2]


def test_what_cannot_be_read_can_be_asked_for_alone(known: Engine) -> None:
    with known.begin() as connection:
        connection.execute(update(national_ids).where(national_ids.c.account_id == "a").values(sealed=b""))
        connection.execute(update(identities).where(identities.c.subject == "b").values(kind="martian"))
    found = report(known, TEACHER, vault=VAULT, verdict=UNREADABLE)
    assert [(row.account, row.reasons) for row in found] == [("a", ("lost_key",)), ("b", ("unknown_value",))]


# --- however many there are ---


def test_the_database_is_asked_once(known: Engine) -> None:
    asked: list[str] = []
    event.listen(known, "before_cursor_execute", lambda *call: asked.append(call[2]))
    report(known, vault=VAULT)
    assert len([statement for statement in asked if identities.name in statement]) == 1


@pytest.mark.parametrize(("given", "work_mem"), [("4MB", "256MB"), ("1GB", "1GB")])
def test_postgresql_may_sort_in_memory_until_the_end_of_the_transaction(
    postgresql: Engine, given: str, work_mem: str
) -> None:
    write(postgresql, crowd(3), VAULT)
    with Session(postgresql) as session:
        session.execute(text(f"SET work_mem = '{given}'"))
        session.commit()
        assert len([*rows(session)]) == 3 * len(AUTHORITIES)
        assert settings_of(session) == (work_mem, "1")
        session.rollback()
        assert settings_of(session) == (given, "0.1")


def settings_of(session: Session) -> tuple[str, str]:
    names = ("work_mem", "cursor_tuple_fraction")
    work_mem, fraction = session.execute(select(*map(func.current_setting, names))).one()
    return work_mem, fraction


def test_postgresql_is_asked_with_a_cursor_of_its_own(postgresql: Engine) -> None:
    write(postgresql, KNOWN.items(), VAULT)
    with Session(postgresql) as session:
        found = rows(session)
        next(found)
        assert session.connection().exec_driver_sql("SELECT count(*) FROM pg_cursors").scalar_one() == 1
        found.close()


@pytest.mark.slow
@pytest.mark.scale
@pytest.mark.parametrize(("which", "learners"), [("sqlite", 4_000), ("postgresql", 4_000), ("mariadb", 4_000)])
def test_ten_times_the_learners_take_no_more_memory(request: pytest.FixtureRequest, which: str, learners: int) -> None:
    engine: Engine = request.getfixturevalue(which)
    write(engine, crowd(learners), VAULT)
    with Session(engine) as session:
        peaks = [peak_of(islice(rows(session, vault=VAULT), 3 * some)) for some in (learners // 10, learners)]
    assert peaks[1] < 1.2 * peaks[0] + 100_000


def peak_of(found: Iterable[Row]) -> int:
    """The bytes that Python held at most while it went through the rows."""
    tracemalloc.start()
    for _ in found:
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak

"""Whose account an identity gets: the whole table, every refusal, and what no set of facts can bring about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_first_login import Account, Assurance, Identity, Kind, NationalId, Standing
from internals import (
    Acknowledge,
    Create,
    Decision,
    IdChange,
    Link,
    NumberState,
    Refusal,
    Refuse,
    SameNationalId,
    SignIn,
    decide,
    kept_as,
)

X = NationalId.parse("A123456789")
Y = NationalId.parse("A223456781")
OLD = NationalId.parse("AC12345679", on=date(2026, 1, 1))
OTHER_OLD = NationalId.parse("AA12345675", on=date(2026, 1, 1))
NEW = NationalId.parse("A800000014")
OTHER_NEW = NationalId.parse("A900000016")


def government(subject: str = "new", **facts: Any) -> Identity:
    return Identity(
        **{
            "provider": "myegov",
            "issuer": "https://myegov.example",
            "subject": subject,
            "standing": Standing.GOVERNMENT,
            "kind": Kind.GENERAL,
            "assurance": Assurance.VERIFIED,
            "signed_in_at": datetime(2026, 9, 1, tzinfo=UTC),
            "name": "王小明",
            "national_id": X,
            "birth_date": date(1990, 1, 1),
            **facts,
        }
    )


def social(subject: str = "new", **facts: Any) -> Identity:
    return Identity(
        **{
            "provider": "google",
            "issuer": "https://google.example",
            "subject": subject,
            "standing": Standing.SOCIAL,
            "kind": Kind.UNKNOWN,
            "assurance": Assurance.NONE,
            "signed_in_at": datetime(2026, 9, 1, tzinfo=UTC),
            "name": "王小明",
            "email": "wang@example.com",
            **facts,
        }
    )


def account(
    key: str,
    *identities: Identity,
    claimed: tuple[NationalId, ...] = (),
    proven: frozenset[NationalId] = frozenset(),
) -> Account:
    return Account(key, identities, claimed, proven=proven)


A = account("a", government("a"))
B = account("b", government("b", national_id=Y))
TYPED = account("a", government("a", assurance=Assurance.DECLARED))
#: Who proved the number at some time, and signed in by password since, or at a provider that sends it no more.
ONCE = account("a", government("a", assurance=Assurance.DECLARED), claimed=(X,), proven=frozenset({X}))
SENT_NO_MORE = account("a", government("a", national_id=None), claimed=(X,), proven=frozenset({X}))
NO_ID = account("a", government("a", national_id=None))
SOCIAL = account("s", social("s"))
MIXED = account("m", government("m"), social("m"))
EMPTY = account("e")

Facts = dict[str, Any]
NOBODY: Facts = {"owner": None, "current": None, "same_person": None}

# --- the table, row by row ---


@pytest.mark.parametrize(
    ("identity", "facts", "decision"),
    [
        pytest.param(government("a"), {"owner": A}, SignIn("a"), id="owned by A, nobody signed in"),
        pytest.param(government("a"), {"owner": A, "current": A}, SignIn("a"), id="owned by A, A signed in"),
        pytest.param(social("s"), {"owner": SOCIAL}, SignIn("s"), id="social, owned"),
        pytest.param(social("s"), {"owner": SOCIAL, "current": SOCIAL}, SignIn("s"), id="social, owner signed in"),
        pytest.param(
            government("a"),
            {"owner": A, "current": B},
            Refuse(Refusal.BELONGS_TO_ANOTHER),
            id="owned by A, B signed in",
        ),
        pytest.param(
            social("s"),
            {"owner": SOCIAL, "current": A},
            Refuse(Refusal.BELONGS_TO_ANOTHER),
            id="social, owned, another signed in",
        ),
        pytest.param(
            social("s", issuer="https://myegov.example"),
            {"owner": account("a", government("s", national_id=None))},
            Refuse(Refusal.SOCIAL_NEVER_MERGES),
            id="of a provider that was one of the government when A was made",
        ),
        pytest.param(social(), {}, Acknowledge(), id="new social, not acknowledged"),
        pytest.param(social(), {"acknowledged": True}, Create(), id="new social, acknowledged"),
        pytest.param(
            social(), {"current": A}, Refuse(Refusal.SOCIAL_NEVER_MERGES), id="new social, government account signed in"
        ),
        pytest.param(
            social(),
            {"current": SOCIAL, "acknowledged": True, "fresh": True},
            Refuse(Refusal.SOCIAL_NEVER_MERGES),
            id="new social, social account signed in",
        ),
        pytest.param(government(), {}, Create(), id="new government, no account with this ID"),
        pytest.param(government(national_id=None), {}, Create(), id="new government without an ID"),
        pytest.param(government(), {"same_person": A}, Link("a"), id="new government, A holds the ID"),
        pytest.param(
            government(),
            {"same_person": A, "same_national_id": SameNationalId.SEPARATE},
            Refuse(Refusal.KEPT_SEPARATE),
            id="new government, A holds the ID, accounts are kept separate",
        ),
        pytest.param(
            government(assurance=Assurance.DECLARED),
            {"same_person": A},
            Refuse(Refusal.NOT_VERIFIED),
            id="new government that only typed the ID which A proved",
        ),
        pytest.param(
            government(assurance=Assurance.NONE, name=None),
            {"same_person": A},
            Refuse(Refusal.NOT_VERIFIED),
            id="new government with an ID and nothing else",
        ),
        pytest.param(
            government(),
            {"same_person": TYPED},
            Create(takes_from="a"),
            id="new government that proved the ID which A only typed",
        ),
        pytest.param(
            government(birth_date=date(1991, 1, 2), name="陳大文"),
            {"same_person": TYPED},
            Create(takes_from="a"),
            id="the same, and A's birth date and name are not looked at",
        ),
        pytest.param(
            government(),
            {"same_person": TYPED, "same_national_id": SameNationalId.SEPARATE},
            Create(takes_from="a"),
            id="the same where accounts are kept separate",
        ),
        pytest.param(
            government(),
            {
                "same_person": account(
                    "a", government("a", assurance=Assurance.DECLARED), government("a2", national_id=Y)
                )
            },
            Create(takes_from="a"),
            id="new government that proved the ID which A typed, and A proved another one",
        ),
        pytest.param(
            government(),
            {"same_person": account("a", government("a", assurance=Assurance.DECLARED), government("a2"))},
            Link("a"),
            id="new government that proved the ID which A typed and proved",
        ),
        pytest.param(
            government(), {"same_person": ONCE}, Link("a"), id="new government that proved what A once proved"
        ),
        pytest.param(
            government(), {"same_person": SENT_NO_MORE}, Link("a"), id="the same, and A's provider sends it no more"
        ),
        pytest.param(
            government(),
            {"same_person": ONCE, "may_take": False},
            Link("a"),
            id="the same in a store that cannot move a number",
        ),
        pytest.param(
            government(),
            {"same_person": ONCE, "same_national_id": SameNationalId.SEPARATE},
            Refuse(Refusal.KEPT_SEPARATE),
            id="once proved, where accounts are kept separate",
        ),
        pytest.param(
            government(birth_date=date(1990, 1, 2)),
            {"same_person": ONCE},
            Refuse(Refusal.CONFLICTING_FACTS),
            id="the same, other birth date: what was once proven is not taken for it",
        ),
        pytest.param(
            government(assurance=Assurance.DECLARED),
            {"same_person": ONCE},
            Refuse(Refusal.NOT_VERIFIED),
            id="new government that only typed what A once proved",
        ),
        pytest.param(
            government(),
            {"same_person": account("a", government("a", assurance=Assurance.DECLARED), proven=frozenset({Y}))},
            Create(takes_from="a"),
            id="new government that proved the ID which A typed, and A once proved another one",
        ),
        pytest.param(
            government(),
            {"same_person": TYPED, "may_take": False},
            Refuse(Refusal.NOT_VERIFIED),
            id="new government that proved the ID which A only typed, in a store that cannot move it",
        ),
        pytest.param(
            government(),
            {"current": B, "same_person": TYPED},
            Refuse(Refusal.DIFFERENT_PERSON),
            id="who is signed in takes nothing for another",
        ),
        pytest.param(
            government(assurance=Assurance.DECLARED),
            {"same_person": TYPED},
            Refuse(Refusal.NOT_VERIFIED),
            id="new government that only typed the ID which A only typed",
        ),
        pytest.param(
            government(assurance=Assurance.DECLARED),
            {"current": TYPED, "same_person": TYPED, "fresh": True},
            Link("a"),
            id="new government that only typed the ID, joined by A itself",
        ),
        pytest.param(
            government(birth_date=date(1990, 1, 2)),
            {"same_person": A},
            Refuse(Refusal.CONFLICTING_FACTS),
            id="new government, A holds the ID, other birth date",
        ),
        pytest.param(
            government(name="陳大文"),
            {"same_person": A},
            Refuse(Refusal.CONFLICTING_FACTS),
            id="new government, A holds the ID, other name",
        ),
        pytest.param(
            government(name="陳大文"),
            {"same_person": A, "same_national_id": SameNationalId.SEPARATE},
            Refuse(Refusal.CONFLICTING_FACTS),
            id="a conflict is told even where accounts are kept separate",
        ),
        pytest.param(
            government(),
            {"current": SOCIAL, "fresh": True},
            Refuse(Refusal.SOCIAL_NEVER_MERGES),
            id="new government, social account signed in",
        ),
        pytest.param(
            government(),
            {"current": SOCIAL, "same_person": A, "fresh": True},
            Refuse(Refusal.SOCIAL_NEVER_MERGES),
            id="new government, social account signed in, A holds the ID",
        ),
        pytest.param(
            government(),
            {"current": A, "same_person": A, "fresh": True},
            Link("a"),
            id="new government, A signed in freshly, same ID",
        ),
        pytest.param(
            government(),
            {"current": A, "same_person": A},
            Refuse(Refusal.NOT_FRESH),
            id="new government, A signed in long ago, same ID",
        ),
        pytest.param(
            government(),
            {"current": A, "same_person": A, "fresh": True, "same_national_id": SameNationalId.SEPARATE},
            Link("a"),
            id="who asks to join is joined, also where accounts are kept separate",
        ),
        pytest.param(
            government(),
            {"current": B, "fresh": True},
            Refuse(Refusal.DIFFERENT_PERSON),
            id="new government, B signed in, other ID",
        ),
        pytest.param(
            government(),
            {"current": B, "same_person": A, "fresh": True},
            Refuse(Refusal.DIFFERENT_PERSON),
            id="new government, B signed in, A holds the ID",
        ),
        pytest.param(
            government(national_id=None),
            {"current": A, "fresh": True},
            Refuse(Refusal.NO_SHARED_ID),
            id="new government without an ID, A signed in",
        ),
        pytest.param(
            government(),
            {"current": NO_ID, "fresh": True},
            Refuse(Refusal.NO_SHARED_ID),
            id="new government, an account without an ID signed in",
        ),
        pytest.param(
            government(),
            {"current": EMPTY, "fresh": True},
            Create(account_id="e"),
            id="new government, a member without identities asks for it freshly",
        ),
        pytest.param(
            government(national_id=None),
            {"current": EMPTY, "fresh": True},
            Create(account_id="e"),
            id="new government without an ID, a member without identities asks for it freshly",
        ),
        pytest.param(
            government(),
            {"current": EMPTY},
            Refuse(Refusal.NOT_ASKED),
            id="new government, a member without identities did not ask",
        ),
        pytest.param(
            government(),
            {"current": EMPTY, "fresh": True, "same_person": A},
            Refuse(Refusal.NUMBER_HELD),
            id="new government, asked by a member without identities, A has proven the ID",
        ),
        pytest.param(
            government(assurance=Assurance.DECLARED),
            {"current": EMPTY, "fresh": True, "same_person": TYPED},
            Refuse(Refusal.NUMBER_HELD),
            id="new government that only typed the ID, asked by a member, A typed it first",
        ),
        pytest.param(
            government(),
            {"current": EMPTY, "fresh": True, "same_person": TYPED},
            Create(takes_from="a", account_id="e"),
            id="new government that proved the ID which A only typed, asked by a member",
        ),
        pytest.param(
            government(),
            {"current": EMPTY, "fresh": True, "same_person": TYPED, "may_take": False},
            Refuse(Refusal.NUMBER_HELD),
            id="the same in a store that cannot move a number",
        ),
        pytest.param(
            government(),
            {"current": EMPTY, "same_person": TYPED},
            Refuse(Refusal.NOT_ASKED),
            id="who did not ask takes nothing either",
        ),
        pytest.param(
            government(),
            {"current": EMPTY, "fresh": True, "same_person": EMPTY},
            Create(account_id="e"),
            id="new government, asked by a member who has the ID already",
        ),
        pytest.param(
            government(),
            {"current": EMPTY, "fresh": True, "owner": A, "same_person": A},
            Refuse(Refusal.BELONGS_TO_ANOTHER),
            id="an identity of A, asked by a member without identities",
        ),
        pytest.param(
            social(),
            {"current": EMPTY},
            Refuse(Refusal.NOT_ASKED),
            id="new social, a member without identities did not ask",
        ),
        pytest.param(
            social(),
            {"current": EMPTY, "fresh": True},
            Acknowledge(),
            id="new social, asked by a member who does not know what it costs",
        ),
        pytest.param(
            social(),
            {"current": EMPTY, "fresh": True, "acknowledged": True},
            Create(account_id="e"),
            id="new social, asked by a member who accepted what it costs",
        ),
        pytest.param(
            social(),
            {"current": EMPTY, "acknowledged": True},
            Refuse(Refusal.NOT_ASKED),
            id="who accepts what it costs has not asked by that",
        ),
        pytest.param(
            government(),
            {"current": EMPTY, "fresh": True, "may_make_for": False},
            Refuse(Refusal.NO_SHARED_ID),
            id="a member without identities, in a store that makes no account for one",
        ),
        pytest.param(
            social(),
            {"current": EMPTY, "fresh": True, "acknowledged": True, "may_make_for": False},
            Refuse(Refusal.SOCIAL_NEVER_MERGES),
            id="new social, in a store that makes no account for a member",
        ),
        pytest.param(
            government(birth_date=date(1990, 1, 2)),
            {"current": A, "same_person": A, "fresh": True},
            Refuse(Refusal.CONFLICTING_FACTS),
            id="new government, A signed in freshly, same ID, other birth date",
        ),
        pytest.param(
            government(),
            {"same_person": MIXED},
            Refuse(Refusal.SOCIAL_NEVER_MERGES),
            id="new government, an account with a social identity holds the ID",
        ),
        pytest.param(
            government(),
            {"current": MIXED, "same_person": MIXED, "fresh": True},
            Refuse(Refusal.SOCIAL_NEVER_MERGES),
            id="new government, an account with a social identity signed in, same ID",
        ),
    ],
)
def test_the_facts_decide(identity: Identity, facts: Facts, decision: Decision) -> None:
    assert decide(identity, **{**NOBODY, **facts}) == decision


def test_without_an_id_no_account_is_joined_whichever_is_named_as_the_same_person() -> None:
    assert decide(government(national_id=None), owner=None, current=None, same_person=A) == Create()


def test_a_key_of_a_provider_that_moved_is_told_as_such_and_links_like_any_other() -> None:
    typed = government("new", assurance=Assurance.DECLARED)
    moved: Facts = {**NOBODY, "same_person": A, "former_issuers": ("https://myegov.example",)}

    assert decide(typed, **moved) == Refuse(Refusal.PROVIDER_MOVED)
    assert decide(typed, **{**moved, "former_issuers": ("https://other.example",)}) == Refuse(Refusal.NOT_VERIFIED)
    assert decide(government("new"), **moved) == Link("a")
    assert decide(government("new", national_id=None), **moved) == Create()
    assert decide(typed, **{**moved, "same_person": SOCIAL}) == Refuse(Refusal.SOCIAL_NEVER_MERGES)


def test_an_id_that_the_account_once_held_joins_who_is_signed_in_alone() -> None:
    once = account("a", government("a", national_id=None), claimed=(X,))

    assert decide(government(), owner=None, current=once, same_person=once, fresh=True) == Link("a")
    assert decide(government(), owner=None, current=None, same_person=once) == Create(takes_from="a")
    proven = replace(once, proven=frozenset({X}))
    assert decide(government(), owner=None, current=None, same_person=proven) == Link("a")


@pytest.mark.parametrize("twin", [social(), government(national_id=None, email="wang@example.com")])
def test_the_same_email_and_name_join_nothing(twin: Identity) -> None:
    known = account("a", government("a", email="wang@example.com"))

    assert decide(twin, owner=None, current=None, same_person=known, acknowledged=True, fresh=True) == Create()


# --- which names and birth dates conflict ---


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("王小明", "王 小 明"),
        ("王小明", "王\u3000小明"),
        ("NGUYEN VAN AN", "Nguyen Van An"),
        ("NGUYEN VAN AN", "ＮＧＵＹＥＮ　ＶＡＮ　ＡＮ"),
        ("瓦歷斯‧諾幹", "瓦歷斯·諾幹"),
        ("瓦歷斯‧諾幹", "瓦歷斯．諾幹"),
        ("瓦歷斯‧諾幹", "瓦歷斯•諾幹"),
        ("O'Brien Ann", "O\u2019BRIEN, ANN"),
        ("樂小明", "\uf914小明"),
        ("王小明", None),
        (None, "王小明"),
        (None, None),
        ("王小明", "  "),
    ],
)
def test_names_that_two_providers_spell_alike_or_do_not_send_are_no_conflict(
    one: str | None, other: str | None
) -> None:
    known = account("a", government("a", name=one))

    assert decide(government(name=other), **{**NOBODY, "same_person": known}) == Link("a")


@pytest.mark.parametrize(("one", "other"), [("王小明", "王小民"), ("王小明", "王明"), ("Ann Lee", "Anne Lee")])
def test_a_changed_name_is_a_conflict_where_a_number_was_only_typed_and_noted_where_both_proved_it(
    one: str, other: str
) -> None:
    known, typed = (
        account("a", government("a", name=one, assurance=level)) for level in (Assurance.VERIFIED, DECLARED)
    )
    by_hand = {**NOBODY, "current": typed, "fresh": True}

    assert decide(government(name=other), **by_hand) == Refuse(Refusal.CONFLICTING_FACTS)
    assert decide(government(name=other, assurance=DECLARED), **{**by_hand, "current": known}) == Refuse(
        Refusal.CONFLICTING_FACTS
    )
    for facts in ({"same_person": known}, {"current": known, "fresh": True}):
        assert decide(government(name=other), **{**NOBODY, **facts}) == Link("a", another_name=True)


def test_another_persons_name_is_a_conflict_however_well_the_number_is_proven() -> None:
    known = account("a", government("a", name="陳大文"))

    for facts in ({"same_person": known}, {"current": known, "fresh": True}):
        decision = decide(government(name="李小美"), **{**NOBODY, **facts})
        assert decision == Refuse(Refusal.CONFLICTING_FACTS)


@pytest.mark.parametrize(("one", "other"), [(None, date(1990, 1, 1)), (date(1990, 1, 1), None), (None, None)])
def test_a_birth_date_that_is_not_sent_is_no_conflict(one: date | None, other: date | None) -> None:
    known = account("a", government("a", birth_date=one))

    assert decide(government(birth_date=other), **{**NOBODY, "same_person": known}) == Link("a")


def test_a_conflict_with_any_one_identity_of_the_account_is_a_conflict() -> None:
    known = account("a", government("a"), government("a2", birth_date=date(1991, 1, 1)))

    assert decide(government(), **{**NOBODY, "same_person": known}) == Refuse(Refusal.CONFLICTING_FACTS)


# --- the number of a known identity changes ---


@pytest.mark.parametrize(
    ("stored", "sent", "change"),
    [
        pytest.param((None,), None, IdChange.ACCEPT, id="none before, none now"),
        pytest.param((X,), None, IdChange.ACCEPT, id="not sent any more"),
        pytest.param((None,), X, IdChange.ACCEPT, id="the first number"),
        pytest.param((X,), X, IdChange.ACCEPT, id="the same number"),
        pytest.param((OLD,), NEW, IdChange.ACCEPT, id="old resident to new resident number"),
        pytest.param((OLD, OTHER_OLD), NEW, IdChange.ACCEPT, id="two old resident numbers to a new one"),
        pytest.param((OLD, NEW), NEW, IdChange.ACCEPT, id="the second provider follows"),
        pytest.param((OLD, NEW), OLD, IdChange.ACCEPT, id="the second provider does not follow yet"),
        pytest.param((X,), Y, IdChange.REVIEW, id="another citizen number"),
        pytest.param((OLD,), OTHER_OLD, IdChange.REVIEW, id="another old resident number"),
        pytest.param((NEW,), OTHER_NEW, IdChange.REVIEW, id="another new resident number"),
        pytest.param((NEW,), OLD, IdChange.REVIEW, id="new resident back to old"),
        pytest.param((OLD,), X, IdChange.REVIEW, id="resident to citizen"),
        pytest.param((X,), NEW, IdChange.REVIEW, id="citizen to resident"),
        pytest.param((OLD, NEW), OTHER_NEW, IdChange.REVIEW, id="a second change after the lawful one"),
        pytest.param((None, X), Y, IdChange.REVIEW, id="another than that of the account's other identity"),
    ],
)
def test_a_number_changes_only_where_the_law_changes_it(
    stored: tuple[NationalId | None, ...], sent: NationalId | None, change: IdChange
) -> None:
    owner = account("a", *(government(str(at), national_id=number) for at, number in enumerate(stored)))

    decision = decide(government("0", national_id=sent), owner=owner, current=None, same_person=None)

    assert decision == SignIn("a", change)


def test_a_number_that_is_not_sent_for_a_while_does_not_open_the_account_to_another_one() -> None:
    owner = account("a", government("a", national_id=None), claimed=(X,))

    assert decide(government("a"), owner=owner, current=None, same_person=owner) == SignIn("a", IdChange.ACCEPT)
    assert decide(government("a", national_id=Y), owner=owner, current=None, same_person=None) == SignIn(
        "a", IdChange.REVIEW
    )


PROVEN, DECLARED = Assurance.VERIFIED, Assurance.DECLARED
REVIEW, DISPUTE = IdChange.REVIEW, IdChange.DISPUTE


@pytest.mark.parametrize(
    ("stored", "brings", "held", "decision"),
    [
        pytest.param(None, PROVEN, DECLARED, SignIn("a", takes_from="b"), id="the first number is taken"),
        pytest.param(OLD, PROVEN, DECLARED, SignIn("a", takes_from="b"), id="the law explains it, so it is taken"),
        pytest.param(X, PROVEN, DECLARED, SignIn("a", REVIEW), id="nothing explains it"),
        pytest.param(None, PROVEN, PROVEN, SignIn("a", REVIEW), id="both proved the first number"),
        pytest.param(OLD, PROVEN, PROVEN, SignIn("a", REVIEW), id="both proved it, whatever the law says"),
        pytest.param(X, PROVEN, PROVEN, SignIn("a", REVIEW), id="both proved it, and nothing explains it"),
        *(
            pytest.param(stored, brings, held, SignIn("a", DISPUTE), id=f"only typed: {stored}, {brings}, {held}")
            for stored in (None, X, OLD)
            for brings in (Assurance.NONE, DECLARED)
            for held in (DECLARED, PROVEN)
        ),
    ],
)
def test_a_number_that_another_account_holds(
    stored: NationalId | None, brings: Assurance, held: Assurance, decision: SignIn
) -> None:
    owner = account("a", government("a", national_id=stored))
    holder = account("b", government("b", national_id=NEW, assurance=held))
    facts: Facts = {"owner": owner, "current": None, "same_person": holder}

    assert decide(government("a", national_id=NEW, assurance=brings), **facts) == decision
    assert decide(government("a", national_id=NEW, assurance=brings), **facts, may_take=False) == SignIn("a", REVIEW)


@pytest.mark.parametrize("stored", [None, X, OLD])
@pytest.mark.parametrize("now", [NEW, None], ids=["and types it now", "and does not bring it now"])
def test_a_number_that_another_account_once_proved_is_never_taken(
    stored: NationalId | None, now: NationalId | None
) -> None:
    owner = account("a", government("a", national_id=stored))
    known = government("b", national_id=now, assurance=DECLARED)
    facts: Facts = {
        "owner": owner,
        "current": None,
        "same_person": account("b", known, claimed=(NEW,), proven=frozenset({NEW})),
    }

    assert decide(government("a", national_id=NEW), **facts) == SignIn("a", REVIEW)
    assert decide(government("a", national_id=NEW, assurance=DECLARED), **facts) == SignIn("a", DISPUTE)


@pytest.mark.parametrize(
    ("state", "stored", "sent", "change"),
    [
        pytest.param(NumberState.DISPUTED, None, None, DISPUTE, id="disputed, and none is sent"),
        pytest.param(NumberState.DISPUTED, None, Y, IdChange.ACCEPT, id="disputed, and another one is free"),
        pytest.param(NumberState.UNDER_REVIEW, X, None, REVIEW, id="under review, and none is sent"),
        pytest.param(NumberState.UNDER_REVIEW, X, Y, REVIEW, id="under review, and the other one again"),
        pytest.param(NumberState.UNDER_REVIEW, X, X, IdChange.ACCEPT, id="under review, and the old one again"),
        pytest.param(NumberState.UNDER_REVIEW, OLD, NEW, IdChange.ACCEPT, id="under review, and the lawful one"),
        pytest.param(NumberState.UNDER_REVIEW, NEW, X, REVIEW, id="a resident is naturalised"),
    ],
)
def test_what_is_in_doubt_stays_so_until_something_settles_it(
    state: NumberState, stored: NationalId | None, sent: NationalId | None, change: IdChange
) -> None:
    owner = account("a", government("a", national_id=stored, number_state=state))

    assert decide(government("a", national_id=sent), owner=owner, current=None, same_person=None) == SignIn("a", change)


def test_as_it_is_kept_a_disputed_identity_has_no_number_and_a_reviewed_one_is_the_person_it_was() -> None:
    stored, sent = government("a"), government("a", national_id=Y, name="陳大文", assurance=DECLARED, kind=Kind.UNKNOWN)

    assert kept_as(sent, stored, IdChange.ACCEPT) == sent
    assert kept_as(sent, stored, DISPUTE) == replace(sent, national_id=None, number_state=NumberState.DISPUTED)
    reviewed = replace(stored, kind=Kind.UNKNOWN, number_state=NumberState.UNDER_REVIEW)
    assert kept_as(sent, stored, REVIEW) == reviewed


def test_a_number_that_the_account_itself_holds_is_accepted() -> None:
    assert decide(government("a"), owner=A, current=A, same_person=A) == SignIn("a", IdChange.ACCEPT)


# --- what no set of facts can bring about ---

governments = st.builds(
    government,
    st.sampled_from("abc"),
    national_id=st.sampled_from([None, X, Y, OLD, NEW]),
    assurance=st.sampled_from(Assurance),
    name=st.sampled_from([None, "王小明", "陳大文"]),
    birth_date=st.sampled_from([None, date(1990, 1, 1)]),
)
socials = st.builds(social, st.sampled_from("abc"), name=st.sampled_from([None, "王小明"]))
worlds = st.fixed_dictionaries(
    {
        key: st.builds(
            lambda key, identities, claimed, proven: account(
                key, *identities, claimed=tuple(claimed), proven=frozenset(claimed[:proven])
            ),
            st.just(key),
            st.lists(governments | socials, max_size=3),
            st.lists(st.sampled_from([X, Y, OLD, NEW]), max_size=2),
            st.integers(0, 2),
        )
        for key in "abc"
    }
)
some_facts = worlds.flatmap(
    lambda world: st.fixed_dictionaries(
        {
            **dict.fromkeys(("owner", "current", "same_person"), st.none() | st.sampled_from([*world.values()])),
            "acknowledged": st.booleans(),
            "fresh": st.booleans(),
            "may_take": st.booleans(),
            "may_make_for": st.booleans(),
            "same_national_id": st.sampled_from(SameNationalId),
        }
    )
)
UNOWNED: Facts = {"owner": None}


@given(socials, some_facts)
def test_a_social_identity_is_never_linked(identity: Identity, facts: Facts) -> None:
    assert not isinstance(decide(identity, **facts), Link)


@given(socials, some_facts)
def test_a_new_social_identity_gets_an_account_only_of_its_own_and_only_acknowledged(
    identity: Identity, facts: Facts
) -> None:
    decision, current = decide(identity, **{**facts, **UNOWNED}), facts["current"]
    is_member = current is not None and not current.identities and facts["may_make_for"]

    assert (decision == Create()) == (facts["acknowledged"] and current is None)
    assert isinstance(decision, Create) <= facts["acknowledged"]
    if is_member:
        assert decision in (Create(account_id=current.id), Acknowledge(), Refuse(Refusal.NOT_ASKED))
        assert isinstance(decision, Refuse) == (not facts["fresh"])
    else:
        assert decision in (Create(), Acknowledge(), Refuse(Refusal.SOCIAL_NEVER_MERGES))


@given(socials | governments, some_facts)
def test_an_account_is_made_for_a_member_only_when_they_asked_and_have_no_identity(
    identity: Identity, facts: Facts
) -> None:
    decision, current = decide(identity, **facts), facts["current"]
    if isinstance(decision, Create) and decision.account_id is not None:
        assert facts["owner"] is None
        assert (current.id, current.identities, facts["fresh"], facts["may_make_for"]) == (
            decision.account_id,
            (),
            True,
            True,
        )


@given(governments, some_facts)
def test_a_government_identity_is_never_linked_into_an_account_with_a_social_identity(
    identity: Identity, facts: Facts
) -> None:
    decision = decide(identity, **facts)
    joined = [one for one in (facts["current"], facts["same_person"]) if one and decision == Link(one.id)]

    assert not [known for one in joined for known in one.identities if known.standing is Standing.SOCIAL]


@given(governments, some_facts, st.sampled_from(["current", "same_person"]), st.permutations([0, 1]))
def test_a_national_id_beside_the_social_identity_changes_nothing_of_that(
    identity: Identity, facts: Facts, place: str, order: list[int]
) -> None:
    pair = (social("s"), government("m", national_id=identity.national_id, name=identity.name))
    mixed = account("mixed", *(pair[at] for at in order))

    assert decide(identity, **{**facts, **UNOWNED, place: mixed}) != Link("mixed")


@given(governments, some_facts)
def test_an_identity_without_a_national_id_is_never_linked(identity: Identity, facts: Facts) -> None:
    bare = government(identity.subject, national_id=None, name=identity.name)

    assert not isinstance(decide(bare, **facts), Link)


@given(governments | socials, some_facts)
def test_who_is_signed_in_is_never_switched_to_another_account(identity: Identity, facts: Facts) -> None:
    """Login CSRF: a foreign callback must not swap the account under a learner who is signed in."""
    current = facts["current"] or A

    decision = decide(identity, **{**facts, "current": current})

    assert getattr(decision, "account_id", current.id) == current.id
    assert not isinstance(decision, Create) or (current.identities, facts["fresh"]) == ((), True)


@given(governments, some_facts)
def test_a_decision_asks_for_an_acknowledgement_of_social_identities_only(identity: Identity, facts: Facts) -> None:
    assert decide(identity, **facts) != Acknowledge()


@given(governments, some_facts)
def test_a_number_is_taken_only_by_who_proves_it_from_another_account_that_does_not(
    identity: Identity, facts: Facts
) -> None:
    decision = decide(identity, **facts)
    loser = getattr(decision, "takes_from", None)

    if loser is not None:
        holder = facts["same_person"]
        proven = {known.national_id for known in holder.identities if known.assurance is Assurance.VERIFIED}
        assert loser == holder.id != getattr(decision, "account_id", None)
        assert identity.assurance is Assurance.VERIFIED
        assert identity.national_id not in proven | holder.proven
        assert facts["may_take"]


@given(governments, some_facts)
def test_who_proves_a_number_that_nobody_else_proved_is_never_refused_for_it(identity: Identity, facts: Facts) -> None:
    holder = facts["same_person"]
    proven = replace(identity, assurance=Assurance.VERIFIED)
    facts = {**facts, **UNOWNED, "current": None, "may_take": True}
    others = (
        [known.assurance for known in holder.identities if known.national_id == proven.national_id] if holder else []
    )
    by_another = Assurance.VERIFIED in others or (holder is not None and proven.national_id in holder.proven)

    if proven.national_id is not None and not by_another:
        assert decide(proven, **facts) == Create(takes_from=holder.id if holder else None)

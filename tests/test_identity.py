"""Who a provider says this is: what an identity can and cannot be."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from flask_first_login import Account, Assurance, Identity, Kind, NationalId, Standing
from internals import NumberState

GOVERNMENT = Identity(
    provider="myegov",
    issuer="https://login.example",
    subject="subject-1",
    standing=Standing.GOVERNMENT,
    kind=Kind.GENERAL,
    assurance=Assurance.DECLARED,
    signed_in_at=datetime(2026, 9, 1, tzinfo=UTC),
    name="王小明",
    national_id=NationalId.parse("A123456789"),
    birth_date=date(1990, 1, 31),
    email="wang@example.com",
)
SOCIAL = Identity(
    provider="google",
    issuer="https://google.example",
    subject="subject-2",
    standing=Standing.SOCIAL,
    kind=Kind.UNKNOWN,
    assurance=Assurance.NONE,
    signed_in_at=datetime(2026, 9, 1, tzinfo=UTC),
)


@pytest.mark.parametrize("facts", [{"issuer": ""}, {"subject": ""}])
def test_an_identity_without_its_key_is_refused(facts: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="issuer and a subject"):
        replace(GOVERNMENT, **facts)


def test_a_sign_in_at_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        replace(GOVERNMENT, signed_in_at=datetime(2026, 9, 1))  # noqa: DTZ001  # the missing zone is the test


@pytest.mark.parametrize(
    "facts",
    [
        {"national_id": NationalId.parse("A123456789")},
        {"assurance": Assurance.DECLARED},
        {"assurance": Assurance.VERIFIED},
        {"kind": Kind.CIVIL_SERVANT},
        {"kind": Kind.GENERAL},
        {"number_state": NumberState.UNDER_REVIEW},
        {"standing": "social", "assurance": Assurance.VERIFIED},
    ],
)
def test_a_social_identity_with_an_id_an_assurance_or_a_kind_cannot_be_made(facts: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="social identity"):
        replace(SOCIAL, **facts)


def test_a_government_identity_cannot_be_turned_into_a_social_one_that_keeps_its_id() -> None:
    with pytest.raises(ValueError, match="social identity"):
        replace(GOVERNMENT, standing=Standing.SOCIAL)


def test_a_refused_identity_never_shows_the_number() -> None:
    with pytest.raises(ValueError, match="social identity") as refused:
        replace(SOCIAL, national_id=NationalId.parse("A123456789"))
    assert "A12345" not in str(refused.value)


def test_an_identity_whose_number_is_disputed_cannot_keep_it() -> None:
    with pytest.raises(ValueError, match="disputed number"):
        replace(GOVERNMENT, number_state=NumberState.DISPUTED)


@pytest.mark.parametrize(
    ("name", "has_name", "fits"),
    [("王小明", True, True), ("𠮷田", True, False), ("Ann", True, True), (" \u3000", False, True), (None, False, True)],
)
def test_a_name_of_blanks_is_none_and_no_name_is_no_obstacle_to_a_file(
    name: str | None, has_name: bool, fits: bool
) -> None:
    known = replace(GOVERNMENT, name=name)
    assert (known.has_name, known.name_fits("cp950")) == (has_name, fits)


def test_an_identity_never_changes() -> None:
    with pytest.raises(FrozenInstanceError):
        GOVERNMENT.national_id = None  # type: ignore[misc]  # that it is frozen is the test


def test_an_identity_shows_its_provider_and_the_mask_and_nothing_else_of_the_person() -> None:
    shown = repr(GOVERNMENT) + str(GOVERNMENT) + f"{GOVERNMENT}" + repr(Account("1", (GOVERNMENT,)))

    assert "myegov" in shown
    assert "A12345****" in shown
    assert not [one for one in ("6789", "subject-1", "王小明", "wang@example.com", "1990") if one in shown]


@pytest.mark.parametrize("kept", [GOVERNMENT, Account("1", (GOVERNMENT,))])
def test_an_identity_with_a_number_is_not_pickled_into_a_session(kept: object) -> None:
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(kept)


def test_assurance_is_ordered() -> None:
    assert Assurance.NONE < Assurance.DECLARED < Assurance.VERIFIED


@pytest.mark.parametrize(
    ("identities", "social"),
    [
        ((SOCIAL,), True),
        ((GOVERNMENT,), False),
        ((GOVERNMENT, SOCIAL), True),
        ((SOCIAL, GOVERNMENT), True),
        ((), False),
    ],
)
def test_one_social_identity_makes_an_account_social(identities: tuple[Identity, ...], social: bool) -> None:
    assert Account("1", identities).is_social is social

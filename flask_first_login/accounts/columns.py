"""An identity as its row keeps it, and back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Row

from ..identity import Assurance, Identity, Kind, NumberState, Standing
from ..national_id import NationalId

#: The encoding of the files that the lifelong-learning portal takes; the one that a report asks the database about.
CP950 = "cp950"


def of_the_sign_in(identity: Identity) -> dict[str, object]:
    """What every sign-in refreshes."""
    return {
        "provider": identity.provider,
        "standing": identity.standing.value,
        "kind": identity.kind.value,
        "signed_in_at": identity.signed_in_at,
        "method": identity.method,
        "email": identity.email,
    }


def of_the_person(identity: Identity, keyed_index: bytes | None) -> dict[str, object]:
    """A number and the name and the proof it came with: they change together, or await review together."""
    number = identity.national_id
    return {
        "assurance": identity.assurance.value,
        "name": identity.name,
        "name_given": identity.has_name,
        "name_in_cp950": identity.name_fits(CP950),
        "national_id_index": keyed_index,
        "id_kind": number.kind.value if number is not None else None,
        "national_id_invalid": identity.national_id_invalid,
        "birth_date": identity.birth_date,
        "number_state": identity.number_state.value,
    }


def identity_of(row: Row[Any], national_id: NationalId | None) -> Identity:
    """The identity of a row, with its number opened.

    :raises ValueError: the row holds what this version does not know, such as a kind of a later one.
    """
    return Identity(
        provider=row.provider,
        issuer=row.issuer,
        subject=row.subject,
        standing=Standing(row.standing),
        kind=Kind(row.kind),
        assurance=Assurance(row.assurance),
        signed_in_at=moment_of(row.signed_in_at),
        method=row.method,
        name=row.name,
        national_id=national_id,
        national_id_invalid=bool(row.national_id_invalid),
        birth_date=_date_of(row.birth_date),
        email=row.email,
        number_state=NumberState(row.number_state),
    )


def moment_of(stored: object) -> datetime:
    """An aware UTC time, of what the driver gives for it: SQLite keeps a text without a zone.

    :raises ValueError: what is stored is no time.
    """
    if isinstance(stored, datetime):
        return stored.astimezone(UTC)
    return datetime.fromisoformat(f"{stored}+00:00")


def _date_of(stored: object) -> date | None:
    if stored is None or isinstance(stored, date):
        return stored
    return date.fromisoformat(str(stored))

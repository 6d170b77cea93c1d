"""What of an identity a verdict rests on: facts that many share, and nothing that tells whose they are."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable
from typing import NamedTuple

from .identity import Assurance, Identity, Kind, NumberState, Standing
from .national_id import IdKind

#: The encodings that a name is asked to fit in, each with what writes it in them.
Encoders = tuple[tuple[str, Callable[[str], object]], ...]


class Facts(NamedTuple):
    """One identity before authorities. ``unfit``: the encodings, of those they ask for, that cannot hold the name."""

    standing: Standing
    id_kind: IdKind | None
    national_id_invalid: bool
    has_name: bool
    assurance: Assurance
    kind: Kind
    has_birth_date: bool
    unfit: tuple[str, ...]
    number_state: NumberState


#: The same as a plain tuple, which is made in a tenth of the time.
PlainFacts = tuple[Standing, IdKind | None, bool, bool, Assurance, Kind, bool, tuple[str, ...], NumberState]


def facts_of(identity: Identity, encoders: Encoders) -> PlainFacts:
    """The `Facts` of an identity."""
    number, name = identity.national_id, identity.name or ""
    unfit: tuple[str, ...] = ()
    for encoding, encode in encoders:
        try:
            encode(name)
        except UnicodeEncodeError:
            unfit += (encoding,)
    return (
        identity.standing,
        None if number is None else number.kind,
        identity.national_id_invalid,
        has_name(identity),
        identity.assurance,
        identity.kind,
        identity.birth_date is not None,
        unfit,
        identity.number_state,
    )


def encoders(encodings: Iterable[str | None]) -> Encoders:
    """What writes a name in these encodings; None is no encoding."""
    return tuple((one, codecs.getencoder(one)) for one in encodings if one is not None)


def has_name(identity: Identity) -> bool:
    """Whether there is a name to print; one of blanks alone is none."""
    return identity.name is not None and identity.name.strip() != ""


def encodes(name: str | None, encoding: str) -> bool:
    """Whether a file in this encoding can hold the name; no name is no obstacle."""
    try:
        (name or "").encode(encoding)
    except UnicodeEncodeError:
        return False
    return True

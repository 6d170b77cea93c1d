"""What members completed, and may its hours be sent: the verdict belongs to the moment of learning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Flask
from sqlalchemy import ForeignKey, LargeBinary, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from flask_first_login import Account, Assurance, Identity, Kind, Reason, Standing, Verdict, current_vault
from flask_first_login.accounts.tables import Moment
from flask_first_login.identity import NumberState

from .courses import COURSES, Course
from .members import Base, Member, account_of, db, first_login

#: What holds also hours that were released: nothing may be sent while one of these stands.
IN_DOUBT = frozenset({"number_disputed", "national_id_under_review"})
_ORDER = (Verdict.HELD, Verdict.UPLOADABLE, Verdict.REFUSED, Verdict.NOT_APPLICABLE)


class Completion(Base):
    """A course that a member completed, with the identity under which they did so, as it was at that moment.

    ``national_id_index`` says by the first login's keyed index which of the account's numbers it had: the
    number itself is kept once, sealed, and not here. ``number_state`` says whether it counted then.
    ``released_at`` is since when the hours can be sent: the moment of completion, or the later one in which
    what they were held for arrived; None while there is neither.
    """

    __tablename__ = "completions"
    member_id: Mapped[str] = mapped_column(ForeignKey(Member.id), primary_key=True)
    course: Mapped[str] = mapped_column(primary_key=True)
    completed_at: Mapped[datetime] = mapped_column(Moment)
    provider: Mapped[str]
    issuer: Mapped[str]
    subject: Mapped[str]
    standing: Mapped[str]
    kind: Mapped[str]
    assurance: Mapped[int]
    national_id_index: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    number_state: Mapped[str]
    released_at: Mapped[datetime | None] = mapped_column(Moment)


@dataclass(frozen=True, slots=True)
class Record:
    """A completion as its member may see it: may its hours be sent, and if not, why."""

    completion: Completion
    course: Course
    verdict: Verdict
    reasons: tuple[Reason, ...] = ()

    @property
    def was_held(self) -> bool:
        """Its hours can be sent, and could not be when it was completed."""
        released_at = self.completion.released_at
        return released_at is not None and released_at > self.completion.completed_at


@dataclass(frozen=True, slots=True)
class Group:
    """Records of which the same is to be said."""

    verdict: Verdict
    reasons: tuple[Reason, ...]
    records: Sequence[Record]

    @property
    def hours(self) -> int:
        return sum(record.course.hours for record in self.records)


def complete(member_id: str, course: Course, identity: Identity) -> None:
    """Record that the member completed the course as ``identity``; a second completion of it changes nothing."""
    now = datetime.now(UTC)
    report = first_login.completion(identity, member_id, course.authority, now)
    done = Completion(
        member_id=member_id,
        course=course.slug,
        completed_at=now,
        provider=identity.provider,
        issuer=identity.issuer,
        subject=identity.subject,
        standing=identity.standing.value,
        kind=identity.kind.value,
        assurance=identity.assurance.value,
        national_id_index=current_vault().index(identity.national_id) if identity.national_id is not None else None,
        number_state=identity.number_state.value,
        released_at=now if report.uploadable else None,
    )
    db.session.add(done)
    try:
        db.session.commit()
    except IntegrityError:  # it was completed before, perhaps in this very moment: the first record stays
        db.session.rollback()


def record_of(member_id: str, course: Course) -> Record | None:
    done = db.session.get(Completion, (member_id, course.slug))
    return _record(done, account_of(member_id)) if done is not None else None


def records(member_id: str) -> list[Record]:
    """What the member completed, the newest first."""
    theirs = select(Completion).where(Completion.member_id == member_id).order_by(Completion.completed_at.desc())
    account = account_of(member_id)
    return [_record(completion, account) for completion in db.session.scalars(theirs) if completion.course in COURSES]


def groups(found: Sequence[Record]) -> list[Group]:
    """Those of one verdict and the same reasons together; first what is held, because there is something to do."""
    together: dict[tuple[int, tuple[Reason, ...]], list[Record]] = {}
    for record in found:
        together.setdefault((_ORDER.index(record.verdict), record.reasons), []).append(record)
    return [
        Group(_ORDER[place], reasons, some)
        for (place, reasons), some in sorted(together.items(), key=lambda group: group[0][0])
    ]


def release_held(app: Flask, *, account: str) -> None:
    """Told when an authority's verdict on a member changed: release what was held for want of what has arrived.

    It runs after the sign-in was stored. Told twice, or in two processes at once, it releases each
    completion once: the first moment stays. What it missed, ``flask release-held`` finds.
    """
    for record in records(account):
        if record.verdict is Verdict.UPLOADABLE and record.completion.released_at is None:
            is_this = (Completion.member_id == account, Completion.course == record.course.slug)
            held = update(Completion).where(*is_this, Completion.released_at.is_(None))
            db.session.execute(held.values(released_at=datetime.now(UTC)))
    db.session.commit()


def members_with_held() -> Sequence[str]:
    """The ids of the members of whom some completion was not released."""
    return db.session.scalars(select(Completion.member_id).where(Completion.released_at.is_(None)).distinct()).all()


def _record(done: Completion, account: Account) -> Record:
    """What was released counts for ever, unless it is in doubt by now whose number it was released under."""
    course, is_released = COURSES[done.course], done.released_at is not None
    held_since = datetime.now(UTC) if is_released else done.completed_at
    report = first_login.completion(_then(done, account), account.id, course.authority, held_since)
    if is_released and IN_DOUBT.isdisjoint(reason.code for reason in report.reasons):
        return Record(done, course, Verdict.UPLOADABLE)
    return Record(done, course, report.verdict, report.reasons)


def _then(done: Completion, account: Account) -> Identity:
    """Who completed it. Name, birth date and address are not kept: what is still held is judged by today's."""
    known = (*account.claimed, *account.lost)
    numbers = (number for number in known if current_vault().index(number) == done.national_id_index)
    return Identity(
        provider=done.provider,
        issuer=done.issuer,
        subject=done.subject,
        standing=Standing(done.standing),
        kind=Kind(done.kind),
        assurance=Assurance(done.assurance),
        signed_in_at=done.completed_at,
        national_id=next(numbers, None),
        number_state=NumberState(done.number_state),
    )

"""The tables in which accounts are kept; a host adds `metadata` to its migrations, or calls `create_tables` once.

One account has identities and national IDs. A national ID stands once, under its keyed index, with
the account that was the first to bring it: the primary key is what makes it belong to at most one
account. An identity points at the number its provider sent last, and can only point at a number of
its own account. A social identity shares its account with nothing: an account has a standing, its
identities have the same one, and a social account has one identity. What a report asks of numbers
and names that a database cannot know by itself (a number is sealed, a codec is Python's) stands
beside them as facts, written together with them.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.engine import Dialect, Engine
from sqlalchemy.types import TypeDecorator, TypeEngine

from ..errors import FirstLoginError
from .mariadb import LONGEST_KEY, MARIADB, text_type
from .standing_constraints import ONE_SOCIAL_IDENTITY, make_triggers
from .standing_constraints import SQLITE_TRIGGERS as SQLITE_TRIGGERS

if TYPE_CHECKING:
    _TextDecorator = TypeDecorator[str]
    _TimeDecorator = TypeDecorator[datetime]
    _BytesDecorator = TypeDecorator[bytes]
else:
    _TextDecorator = _TimeDecorator = _BytesDecorator = TypeDecorator  # SQLAlchemy 1.4 cannot be subscripted

_BYTE_BY_BYTE = {"sqlite": "BINARY", "postgresql": "C"}


class Exact(_TextDecorator):
    """A text compared byte for byte, whatever the database's own collation (CVE-2024-32879).

    In MariaDB it may have `LONGEST_KEY` characters, and more is refused here: a server that is not strict would cut
    it, and take two subjects for one.
    """

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        """:raises FirstLoginError: the database is one on which exact comparison was never proven."""
        if dialect.name in MARIADB:
            return text_type(dialect, LONGEST_KEY)
        if dialect.name not in _BYTE_BY_BYTE:
            raise FirstLoginError(
                f"first_login tables: {dialect.name} may take two subjects for one, by case or trailing blanks. "
                "Use sqlite, postgresql or mariadb, or write an Accounts of your own and run AccountsContract on it."
            )
        return Text(collation=_BYTE_BY_BYTE[dialect.name])

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is not None and len(value) > LONGEST_KEY and dialect.name in MARIADB:
            raise ValueError(f"a key of {len(value)} characters: the database can keep {LONGEST_KEY}")
        return value


class Label(_TextDecorator):
    """A word of ours, such as a standing: in MariaDB one that an index can hold."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        return text_type(dialect, 64) if dialect.name in MARIADB else Text()


class Words(_TextDecorator):
    """A text of any length and language, whatever the character set that a database of MariaDB was made with."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        return text_type(dialect, None) if dialect.name in MARIADB else Text()


class Digest(_BytesDecorator):
    """32 octets that are a key."""

    impl = LargeBinary(32)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[bytes]:
        return mysql.VARBINARY(32) if dialect.name in MARIADB else LargeBinary(32)


class Moment(_TimeDecorator):
    """An aware UTC time, in databases that keep a time zone and in those that do not."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[datetime]:
        return mysql.DATETIME(fsp=6) if dialect.name in MARIADB else DateTime(timezone=True)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without a time zone could be any of 24 hours")
        utc = value and value.astimezone(UTC)
        return utc and utc.replace(tzinfo=None) if dialect.name in MARIADB else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and (value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC))


metadata = MetaData()

#: ``signed_in_at`` is the last sign-in: what a retention rule asks. ``id`` is the host's own where it gives one.
#: ``standing`` is that of its identities, so that a social one and one of the government never share an account.
accounts = Table(
    "first_login_accounts",
    metadata,
    Column("id", Exact, primary_key=True),
    Column("standing", Label, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("signed_in_at", Moment, nullable=False),
    UniqueConstraint("id", "standing", name="first_login_account_standing"),
)

#: A number stays when its identity brings another or none: the account's history is kept, and the claim with it.
#: ``since`` is when a provider first brought it, ``last_seen`` when one last did. ``proven``: a verified identity of
#: this account brought it once, which stays true of who signs in by password since.
national_ids = Table(
    "first_login_national_ids",
    metadata,
    Column("keyed_index", Digest, primary_key=True),
    Column("account_id", ForeignKey(accounts.c.id, ondelete="CASCADE"), nullable=False, index=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("since", Moment, nullable=False),
    Column("last_seen", Moment, nullable=False),
    Column("proven", Boolean, nullable=False, default=False),
    UniqueConstraint("keyed_index", "account_id"),
)

#: ``id_kind`` (an `IdKind`, with a number only), ``name_given`` and ``name_in_cp950`` are the facts for reports.
identities = Table(
    "first_login_identities",
    metadata,
    Column("issuer", Exact, primary_key=True),
    Column("subject", Exact, primary_key=True),
    Column("account_id", ForeignKey(accounts.c.id, ondelete="CASCADE"), nullable=False, index=True),
    Column("linked_at", Moment, nullable=False),
    Column("provider", Words, nullable=False),
    Column("standing", Label, nullable=False),
    Column("kind", Label, nullable=False),
    Column("assurance", SmallInteger, nullable=False),
    Column("signed_in_at", Moment, nullable=False),
    Column("method", Words, nullable=False),
    Column("name", Words),
    Column("name_given", Boolean, nullable=False),
    Column("name_in_cp950", Boolean, nullable=False),
    Column("national_id_index", Digest),
    Column("id_kind", Label),
    Column("national_id_invalid", Boolean, nullable=False),
    Column("birth_date", Date),
    Column("email", Words),
    Column("number_state", Label, nullable=False),
    ForeignKeyConstraint(
        ["account_id", "standing"],
        [accounts.c.id, accounts.c.standing],
        name="first_login_standing_of_the_account",
        ondelete="CASCADE",
    ),
    ForeignKeyConstraint(["national_id_index", "account_id"], [national_ids.c.keyed_index, national_ids.c.account_id]),
    CheckConstraint("issuer <> '' AND subject <> ''", name="first_login_identity_has_a_key"),
    CheckConstraint("(national_id_index IS NULL) = (id_kind IS NULL)", name="first_login_number_has_a_kind"),
    CheckConstraint(
        "standing <> 'social' OR (national_id_index IS NULL AND assurance = 0 AND kind = 'unknown')",
        name="first_login_social_has_no_national_id",
    ),
    CheckConstraint(
        "number_state IN ('accepted', 'under_review') AND (standing <> 'social' OR number_state = 'accepted') "
        "OR number_state = 'disputed' AND standing <> 'social' AND national_id_index IS NULL",
        name="first_login_state_of_a_number",
    ),
)

_SOCIAL = identities.c.standing == "social"
Index(
    ONE_SOCIAL_IDENTITY,
    identities.c.account_id,
    unique=True,
    sqlite_where=_SOCIAL,
    postgresql_where=_SOCIAL,
)
make_triggers(identities)

#: Another number than the stored one that the provider of an identity sent, and the person as it came with it, until an
#: operator has settled it. One that was rejected stays, so that the same number is not asked about again.
reviews = Table(
    "first_login_reviews",
    metadata,
    Column("id", Exact, primary_key=True),
    Column("account_id", ForeignKey(accounts.c.id, ondelete="CASCADE"), nullable=False, index=True),
    Column("issuer", Exact, nullable=False),
    Column("subject", Exact, nullable=False),
    Column("keyed_index", Digest, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("name", Words),
    Column("birth_date", Date),
    Column("assurance", SmallInteger, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("rejected_at", Moment),
    UniqueConstraint("issuer", "subject", "keyed_index", name="first_login_one_review_of_a_number"),
    ForeignKeyConstraint(
        ["issuer", "subject"],
        [identities.c.issuer, identities.c.subject],
        onupdate="CASCADE",
        ondelete="CASCADE",
    ),
)

#: A number that an account brought and that another account holds: ``closed_at`` is None as long as an operator should
#: know of it. The row stays, since what was learnt under that number is never to be credited to it.
disputes = Table(
    "first_login_disputes",
    metadata,
    Column("id", Exact, primary_key=True),
    Column("account_id", ForeignKey(accounts.c.id, ondelete="CASCADE"), nullable=False),
    Column("keyed_index", Digest, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("closed_at", Moment),
    UniqueConstraint("account_id", "keyed_index", name="first_login_one_dispute_of_a_number"),
)

#: Which version of the warning a learner accepted, and when: `text.version_of` the words they were shown.
acknowledgements = Table(
    "first_login_acknowledgements",
    metadata,
    Column("account_id", ForeignKey(accounts.c.id, ondelete="CASCADE"), primary_key=True),
    Column("text_version", Label, primary_key=True),
    Column("at", Moment, nullable=False, index=True),
)

#: What each authority made of an account, one row whenever that changed: ``number`` counts them from 1. ``reasons``
#: are codes with a blank between them, ``version`` names the rules (`records.rules_version`). Nothing of the person.
verdicts = Table(
    "first_login_verdicts",
    metadata,
    Column("account_id", ForeignKey(accounts.c.id, ondelete="CASCADE"), primary_key=True),
    Column("authority", Exact, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("verdict", Label, nullable=False),
    Column("reasons", Words, nullable=False),
    Column("version", Words, nullable=False),
    Column("at", Moment, nullable=False, index=True),
)

used_digests = Table(
    "first_login_used_digests",
    metadata,
    Column("digest", Digest, primary_key=True),
    Column("until", Moment, nullable=False, index=True),
)


def create_tables(engine: Engine) -> None:
    """Create the tables that are not there yet; nothing is ever created behind the host's back."""
    metadata.create_all(engine)

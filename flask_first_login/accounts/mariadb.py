"""What is different in MariaDB: the types of texts, and how a transaction reads."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

#: Its dialects: an address may call it by either name.
MARIADB = frozenset({"mysql", "mariadb"})
#: As long as a key may be: two of them, of four octets a character, are as much as an index can hold.
LONGEST_KEY = 255


def text_type(dialect: Any, length: int | None) -> TypeEngine[str]:
    """A text in a collation that compares bytes and pads no blanks; MySQL calls its own by another name."""
    collation = "utf8mb4_nopad_bin" if dialect.is_mariadb else "utf8mb4_0900_bin"
    if length is None:
        return mysql.TEXT(charset="utf8mb4", collation=collation)
    return mysql.VARCHAR(length, charset="utf8mb4", collation=collation)


def read_committed(session: Session) -> None:
    """Let what is read after a lock was waited for be what is there by then, in the transaction that begins now.

    MariaDB would go on reading what was there at its first read, beside rows that it has locked since. PostgreSQL does
    not unless an engine asks for it, and then refuses to lock such a row.
    """
    bind = session.get_bind()
    begun = getattr(bind, "in_transaction", None)  # of a connection, which a test may have given to the session
    if bind.dialect.name in MARIADB and not (begun and begun()):
        session.execute(text("SET TRANSACTION ISOLATION LEVEL READ COMMITTED"))

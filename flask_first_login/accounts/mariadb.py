"""What is different in MariaDB: its names, the types of texts, and how long a key may be."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import mysql
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

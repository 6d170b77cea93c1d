"""Where the portal keeps what it knows: the address of its database, and the tables that must be in it."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Flask
from sqlalchemy import event, inspect, make_url
from sqlalchemy.exc import ArgumentError

from flask_first_login import ConfigError
from flask_first_login.accounts.tables import create_tables, metadata
from flask_first_login.errors import Problem

from .members import Base, db

#: SQLAlchemy's names, by those that hosting services and PostgreSQL's own tools write: psycopg 3 speaks to both.
_SPOKEN = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
    "sqlite": "sqlite",
}


def database_uri(address: str) -> str:
    """SQLAlchemy's name for the database at this address.

    :raises ConfigError: the portal cannot be kept there. The message repeats none of it: it may hold a password.
    """
    scheme, _, rest = address.strip().partition("://")
    try:
        return make_url(f"{_SPOKEN[scheme]}://{rest}").render_as_string(hide_password=False)
    except (KeyError, ValueError, ArgumentError):
        what = "is no address of a database that this portal can use."
        how = "Write postgresql://USER:PASSWORD@HOST/DATABASE, or leave it out: then a SQLite file is used."
        raise ConfigError([Problem("DATABASE_URL", what, how)]) from None


def open_database(app: Flask) -> None:
    """Connect the portal to its database."""
    db.init_app(app)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":  # which otherwise lets a foreign key point at nothing
            event.listen(db.engine, "connect", lambda connection, _: connection.execute("PRAGMA foreign_keys=ON"))


def create_all() -> None:
    """Create the tables that are not there yet: the portal's and the first login's.

    :raises ConfigError: one that is there lacks a column. A portal that holds real people migrates, with Alembic.
    """
    db.create_all()
    create_tables(db.engine)
    if missing := ", ".join(_missing_columns()):
        what = f"was made by an earlier version and lacks {missing}."
        raise ConfigError([Problem("The database", what, "Migrate it; one that was only for a trial can be removed.")])


def _missing_columns() -> Iterator[str]:
    found = inspect(db.engine)
    for table in (*Base.metadata.sorted_tables, *metadata.sorted_tables):
        known = {column["name"] for column in found.get_columns(table.name)}
        yield from (f"{table.name}.{column.name}" for column in table.c if column.name not in known)

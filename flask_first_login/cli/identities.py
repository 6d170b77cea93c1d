"""``flask first-login identities move``: a provider has moved, and its identities are kept under their new keys."""

from __future__ import annotations

import csv
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import click
from flask.cli import AppGroup

from ..accounts import KeptAt, Moves, PersonalRecords
from ..errors import AccountConflict
from ..providers import Provider
from ..pseudonyms import holds_number, may_hold_number
from ..state import AppState, state_of
from .audit import note
from .members import read_through
from .output import stdout, writer

LONGEST_SUBJECT = 255
WIDTHS = {"account": 32, "why": 40}
UNNAMED = "not in the file"
PARTLY = "only some of its identities are in the file"
TAKEN = "another identity has the new key: somebody signed in there already"
CHANGED = "it was changed meanwhile: run the command again"

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
identities_commands = AppGroup("identities", help="The keys under which people are known.")


class SubjectMap:
    """The new subject of each old one, as a file says it: on disk, since there may be millions."""

    def __init__(self, lines: TextIO, state: AppState) -> None:
        self._db = sqlite3.connect("")  # a file of its own that goes with it
        self._db.execute("CREATE TABLE renamed (old TEXT PRIMARY KEY, anew TEXT NOT NULL) WITHOUT ROWID")
        self._db.execute("CREATE TABLE used (anew TEXT PRIMARY KEY, line INTEGER) WITHOUT ROWID")
        for number, line in enumerate(lines, 1):  # each by itself, so that an open quote swallows no other
            if not line.strip():
                continue
            try:
                old, anew = map(_subject, next(csv.reader([line], strict=True)))
                self._db.execute("INSERT INTO used VALUES (?, ?)", (anew, number))
                self._db.executemany("INSERT INTO renamed VALUES (?, ?)", [(key, anew) for key in state.keys_of(old)])
            except (ValueError, csv.Error, sqlite3.IntegrityError):
                what = "is not an old and a new subject, or one that stands there already."
                raise click.UsageError(f"--map: line {number} {what} Nothing was moved.") from None

    def get(self, subject: str) -> str | None:
        """Return the new subject of one, under whichever key that is kept."""
        found = self._db.execute("SELECT anew FROM renamed WHERE old = ?", (subject,)).fetchone()
        return found[0] if found is not None else None

    def renames_twice(self) -> bool:
        """Tell whether a new subject is an old one too: at one issuer, who was moved once could be moved again."""
        both = "SELECT 1 FROM renamed JOIN used ON renamed.old = used.anew LIMIT 1"
        return self._db.execute(both).fetchone() is not None


def _subject(text: str) -> str:
    if not 1 <= len(text) <= LONGEST_SUBJECT or not text.isprintable() or text != text.strip():
        raise ValueError
    return text


@dataclass(frozen=True, slots=True)
class Move:
    """One run of the command: where from, where to, what each subject becomes. ``tell`` hears who stays, and why."""

    store: Moves
    state: AppState
    issuer: str
    provider: Provider
    subjects: SubjectMap | None
    tell: Callable[[tuple[str, str]], object]

    @property
    def to(self) -> str:
        return self.provider.protocol.issuer

    def plan(self) -> Counter[str]:
        """Look at every account, and move none: count what can be moved, what cannot, and what the file leaves out."""
        count: Counter[str] = Counter()
        for kept in self._kept():
            anew, why = self._planned(kept)
            count.update(**{why or "accounts": 1}, identities=0 if why else len(anew))
            if why not in {None, UNNAMED}:
                self.tell((kept.account, str(why)))
        return count

    def carry_out(self) -> Counter[str]:
        """Move what can be moved, each account whole or not at all."""
        done: Counter[str] = Counter()
        for kept in self._kept():
            anew, why = self._planned(kept)
            if why is None:
                try:
                    self.store.move(kept.account, self.issuer, self.to, anew, self.provider.name)
                except AccountConflict:
                    self.tell((kept.account, CHANGED))
                    done.update(**{CHANGED: 1})
                else:
                    done.update(accounts=1, identities=len(anew))
        return done

    def _kept(self) -> Iterator[KeptAt]:
        """:raises click.ClickException: what is kept there is of another standing, and may never have the new key."""
        for kept in self.store.kept_at(self.issuer):
            if kept.standing is not self.provider.standing:
                raise click.ClickException(
                    f"What is kept under {self.issuer} is {kept.standing}, and {self.provider.name} is "
                    f"{self.provider.standing}: a key of one never becomes a key of the other."
                )
            yield kept

    def _planned(self, kept: KeptAt) -> tuple[Mapping[str, str], str | None]:
        """Give the new key of each identity of an account, and why they stay, if they do."""
        anew = {old: new for old in kept.subjects if (new := self._anew(old)) is not None}
        if len(anew) < len(kept.subjects):
            return anew, PARTLY if anew else UNNAMED
        return anew, TAKEN if any(self._is_taken(key) for key in anew.values()) else None

    def _is_taken(self, key: str) -> bool:
        accounts = self.state.accounts
        found = (
            accounts.find if isinstance(accounts, PersonalRecords) else accounts.owner_of
        )  # the first opens no number
        return found(self.to, key) is not None

    def _anew(self, old: str) -> str | None:
        """Give the key that an identity gets: as at a sign-in, one that holds a national ID is kept as a pseudonym."""
        new = self.subjects.get(old) if self.subjects is not None else old
        if new is None or new == old or not may_hold_number(new):
            return new
        owner = self.state.accounts.owner_of(self.issuer, old)
        known = (each for each in (owner.identities if owner is not None else ()) if each.key == (self.issuer, old))
        return self.state.pseudonyms(new)[0] if holds_number(new, next(known, None)) else new


@identities_commands.command("move")
@click.option("--from", "issuer", required=True, help="The issuer under which they are kept.")
@click.option("--to", required=True, help="The issuer of a provider of this portal, which is where they belong now.")
@click.option("--map", "file", type=FILE, help="A CSV file of old subjects and their new ones, without a heading.")
@click.option("--dry-run", is_flag=True, help="Tell what would be done, and do nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def move_identities(issuer: str, to: str, file: Path | None, dry_run: bool, yes: bool) -> None:
    """Keep the identities of a provider that has moved under its new issuer.

    Every identity is looked at before any is moved. Those of one account are moved together or not at all.
    """
    move = _prepared(issuer, to, file)
    planned = move.plan()
    stay = planned[PARTLY] + planned[TAKEN]
    click.echo(f"{_said(planned)} can be moved from {issuer} to {to}; {stay} accounts cannot.")
    if planned[UNNAMED]:
        click.echo(f"{planned[UNNAMED]} accounts are not in the file, and stay as they are.")
    done = planned
    if planned["accounts"] and not dry_run:
        if not yes:
            click.confirm("Move them?", abort=True, err=True)
        note(f"identities move from {issuer} to {to} begins", count=planned["accounts"])
        done = move.carry_out()
        note(f"identities move from {issuer} to {to} ends", count=done["accounts"])
        click.echo(f"{_said(done)} moved.")
    if stay or done[CHANGED]:
        click.get_current_context().exit(1)


def _prepared(issuer: str, to: str, file: Path | None) -> Move:
    """:raises click.UsageError: the store cannot, or the two issuers do not fit."""
    state = state_of()
    if not isinstance(state.accounts, Moves):
        raise click.UsageError(f"{type(state.accounts).__name__} has no kept_at and move (see Moves).")
    at = {name: registration.provider for name, registration in state.registrations.items()}
    provider = next((each for each in at.values() if each.protocol.issuer == to), None)
    if provider is None:
        raise click.UsageError(f"--to: no provider of this portal has the issuer {to}.")
    if issuer == to and file is None:
        raise click.UsageError("--from and --to are the same: without --map there is nothing to move.")
    if issuer != to and any(each.protocol.issuer == issuer for each in at.values()):
        raise click.UsageError(
            f"--from: a provider of this portal still signs people in under {issuer}. Remove it first."
        )
    subjects = None
    if file is not None:
        encoding, _ = read_through(file, None, "moved")
        with file.open(encoding=encoding) as lines:
            subjects = SubjectMap(lines, state)
        if issuer == to and subjects.renames_twice():
            raise click.UsageError(
                "--map: a new subject is an old one too. At one issuer, nobody could tell who was moved."
            )
    return Move(state.accounts, state, issuer, provider, subjects, writer("table", WIDTHS, stdout()))


def _said(count: Counter[str]) -> str:
    return f"{count['accounts']} accounts with {count['identities']} identities"

"""What is done with SQLite on the driver's thread: transactions, their foreign keys, and what their errors mean."""

from __future__ import annotations

import re
import sqlite3
from typing import TYPE_CHECKING

from lockgate.dialects.foreign_keys import ForeignKeys
from lockgate.dialects.seam import STAMP_HINT, HistoryMoved, LockBusy, StatementFailed, Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# A COMMIT waits this long for readers to finish; everything else is asked for again by those who wait.
_COMMIT_MILLISECONDS = 5000
_NAME = r"((?:[\w.$]|\"[^\"]*\"|`[^`]*`|\[[^\]]*\])+)"
_DROP = re.compile(rf"\s*DROP\s+TABLE\s+(?:IF\s+EXISTS\s+)?{_NAME}", re.IGNORECASE)
_RENAME = re.compile(rf"\s*ALTER\s+TABLE\s+{_NAME}\s+RENAME\s+TO\s+{_NAME}", re.IGNORECASE)

Submitted = tuple["Sequence[str]", int | None]
"""Statements that wait to be run, and the line of the migration that asked for them."""


class SqliteWork:
    """One sqlite3 connection in autocommit: BEGIN and COMMIT are said here and nowhere else."""

    def __init__(self, connection: Callable[[], sqlite3.Connection]) -> None:
        self._connection = connection
        self._keys = ForeignKeys()
        self._dropped: set[str] = set()
        self._watching = self._steps = False
        self._pragmas = False

    @property
    def raw(self) -> sqlite3.Connection:
        """The sqlite3 connection."""
        return self._connection()

    def pragma(self, name: str) -> int:
        """A pragma's number."""
        return int(self.raw.execute(f"PRAGMA {name}").fetchone()[0])

    def transact(self, units: Sequence[Unit], moved: Callable[[], bool]) -> None:
        """Run each unit in a transaction of its own."""
        for number, unit in enumerate(units):
            try:
                self._transact(number, unit, moved)
            except (LockBusy, HistoryMoved) as error:
                error.units = number
                raise
            except sqlite3.OperationalError as error:
                failure = translated(error, unit=number)
                if isinstance(failure, LockBusy):
                    failure.units = number
                raise failure from error

    def _transact(self, number: int, unit: Unit, moved: Callable[[], bool]) -> None:
        self.begin(moved, unit.goes_on)
        try:
            self.run_all(number, unit.statements)
            self._commit(number, unit.closing, unit.goes_on)
        except BaseException:
            self.rollback(unit.goes_on)
            raise

    def begin(self, moved: Callable[[], bool], goes_on: bool = False) -> None:
        """Take the write lock, and ask whether the history is no longer the one that was planned for.

        In a step of a migration that goes on, foreign keys are enforced or not as the migration has it.
        """
        if not goes_on:
            self._keys.pause(self.raw)
        try:
            self.raw.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            self._keys.resume(self.raw)
            raise translated(error, statement=0) from error
        self._dropped.clear()
        self._watching, self._steps = False, goes_on
        if moved():
            self.rollback()
            raise HistoryMoved

    def watch(self) -> None:
        """Count the violations of foreign keys that are there already, before a statement that could add one."""
        if not self._watching and not self._steps and self.raw.in_transaction:
            self._watching = True
            self._keys.begin(self.raw, self.pragma("data_version"))

    def _commit(self, number: int, closing: Sequence[str], goes_on: bool = False) -> None:
        """Check the foreign keys where they could have been violated, do what is Lockgate's own, commit."""
        broken = self._keys.broken(self.raw) if self._watching else ""
        if broken:
            raise StatementFailed(broken, unit=number)
        self.raw.execute(f"PRAGMA busy_timeout = {_COMMIT_MILLISECONDS}")
        try:
            for statement in (*closing, "COMMIT"):
                self.raw.execute(statement)
        except sqlite3.Error as error:
            raise translated(error, unit=number) from error
        finally:
            self.raw.execute("PRAGMA busy_timeout = 0")
        if not goes_on:
            self._restore()

    def rollback(self, goes_on: bool = False) -> None:
        """Undo what is open."""
        if self.raw.in_transaction:
            self.raw.execute("ROLLBACK")
        self._keys.forget()
        if not goes_on:
            self._restore()

    def _restore(self) -> None:
        # A pragma is not rolled back, and the next migration starts from the session's own settings.
        if self._pragmas:
            self.raw.execute("PRAGMA legacy_alter_table = OFF")
            self._pragmas = False
        self._keys.resume(self.raw)

    def alone(self, statement: str) -> None:
        """Run one statement outside a transaction."""
        self._keys.forget()
        self.run(0, 1, statement)

    def flush(self, submitted: Sequence[Submitted]) -> None:
        """Run what has waited, and be ready for others to speak to the connection."""
        self._run_submitted(submitted)
        self.watch()
        self._keys.unsure()

    def finish(self, submitted: Sequence[Submitted], closing: Sequence[str], goes_on: bool = False) -> None:
        """Run what has waited, and commit."""
        self._run_submitted(submitted)
        self._commit(0, closing, goes_on)

    def _run_submitted(self, submitted: Sequence[Submitted]) -> None:
        for statements, line in submitted:
            self.run_all(0, statements, line)

    def run_all(self, number: int, statements: Sequence[str], line: int | None = None) -> None:
        """Run statements; an error says which of them it was, and which line of a migration asked for them."""
        for ordinal, statement in enumerate(statements, 1):
            self.run(number, ordinal, statement, line)

    def run(self, number: int, ordinal: int, statement: str, line: int | None = None) -> None:
        """Run one statement to its end."""
        word = statement[:6].upper()
        self._pragmas = self._pragmas or word == "PRAGMA"
        if word != "CREATE":
            self.watch()
        self._keys.hear(statement)
        try:
            self._step(statement)
        except (sqlite3.Error, sqlite3.Warning) as error:
            raise translated(error, unit=number, statement=ordinal, line=line) from error
        if dropped := _DROP.match(statement):
            self._dropped.add(_plain(dropped[1]))

    def _step(self, statement: str) -> None:
        try:
            self.raw.execute(statement).fetchall()
        except sqlite3.OperationalError:
            rename = _RENAME.match(statement)
            if rename is None or _plain(rename[2]) not in self._dropped or not self._renamed(statement):
                raise

    def _renamed(self, statement: str) -> bool:
        """Give a rebuilt table its old name while a view or trigger still names it.

        https://www.sqlite.org/pragma.html#pragma_legacy_alter_table
        """
        self.raw.execute("PRAGMA legacy_alter_table = ON")
        try:
            self.raw.execute(statement)
        except sqlite3.OperationalError:
            return False
        finally:
            self.raw.execute("PRAGMA legacy_alter_table = OFF")
        return True


def translated(
    error: sqlite3.Error | sqlite3.Warning, *, unit: int = 0, statement: int | None = None, line: int | None = None
) -> LockBusy | StatementFailed:
    """The driver's error in the seam's terms."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None and code & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return LockBusy(str(error))
    name = getattr(error, "sqlite_errorname", "")
    words = f"{error} ({name})" if name else str(error)
    hint = STAMP_HINT if str(error).endswith("already exists") else ""
    return StatementFailed(words, unit=unit, statement=statement, line=line, hint=hint)


def _plain(name: str) -> str:
    """A table's name without schema and quotes, as SQLite compares it."""
    return re.split(r"\.(?=[^\"`\]]*$|[\"`\[])", name)[-1].strip('"`[]').lower()

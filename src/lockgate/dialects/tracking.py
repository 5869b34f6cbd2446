"""Says the SQL of the tracking table, which differs between engines in its types and its quoting only."""

from __future__ import annotations

import re
from datetime import UTC
from typing import TYPE_CHECKING, NamedTuple, Self

from lockgate.errors import HistoryError
from lockgate.nouns.migrations import Direction

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from lockgate.dialects.seam import Record, Step


class TrackingTable(NamedTuple):
    """The tracking table of one engine.

    Attributes:
        name: its qualified, quoted name.
        id_type, text_type, time_type: the engine's own types.
        now: the engine's expression for this moment, as `applied_at` keeps it.
        escape: what a quoted string begins with, so that backslashes mean what they say.
        options: what stands behind a table's columns.
    """

    name: str
    id_type: str
    text_type: str
    time_type: str
    now: str
    escape: str = ""
    options: str = ""

    def create(self) -> str:
        """Say the table."""
        return (
            f"CREATE TABLE IF NOT EXISTS {self.name} (id {self.id_type}, name {self.text_type} NOT NULL UNIQUE,"
            f" hash {self.text_type} NOT NULL, applied_at {self.time_type} NOT NULL, batch_no INT NOT NULL)"
            f"{self.options}"
        )

    def record(self, record: Record) -> str:
        """Say the change that belongs to a migration."""
        name = self.text(record.name)
        if record.direction is Direction.DOWN:
            return f"DELETE FROM {self.name} WHERE name = {name}"
        if record.again:
            changes = f"hash = {self.text(record.hash)}, applied_at = {self.now}, batch_no = {record.batch_no:d}"
            return f"UPDATE {self.name} SET {changes} WHERE name = {name}"
        moment = self.now if record.applied_at is None else self.moment(record.applied_at)
        values = f"{name}, {self.text(record.hash)}, {moment}, {record.batch_no:d}"
        return f"INSERT INTO {self.name} (name, hash, applied_at, batch_no) VALUES ({values})"

    def rehash(self, name: str, digest: str) -> str:
        """Say that a recorded migration has another hash."""
        return f"UPDATE {self.name} SET hash = {self.text(digest)} WHERE name = {self.text(name)}"

    @property
    def journal(self) -> str:
        """The name of the table beside it that keeps the steps of non-transactional migrations."""
        return f"{self.name[:-1]}_journal{self.name[-1]}"

    def create_journal(self) -> str:
        """Say the journal's table."""
        return (
            f"CREATE TABLE IF NOT EXISTS {self.journal} (name {self.text_type} NOT NULL, direction {self.text_type}"
            f" NOT NULL, step INT NOT NULL, hash {self.text_type} NOT NULL, state {self.text_type} NOT NULL,"
            f" at {self.time_type} NOT NULL, PRIMARY KEY (name, step)){self.options}"
        )

    def read_journal(self, name: str) -> str:
        """Say the query for a migration's steps."""
        return f"SELECT direction, step, hash, state FROM {self.journal} WHERE name = {self.text(name)} ORDER BY step"

    def write_step(self, step: Step) -> str:
        """Say that a step has started, or is done."""
        values = {
            "name": self.text(step.name),
            "direction": self.text(step.direction.value),
            "step": f"{step.number:d}",
            "hash": self.text(step.hash),
            "state": self.text(step.state.value),
            "at": self.now,
        }
        return self._put(self.journal, values, "name, step", ("state", "at"))

    def forget_steps(self, name: str, number: int | None = None) -> str:
        """Say that a migration's steps, or one of them, are struck out."""
        only = "" if number is None else f" AND step = {number:d}"
        return f"DELETE FROM {self.journal} WHERE name = {self.text(name)}{only}"

    @property
    def marks(self) -> str:
        """The name of the table beside it that keeps what is known of the database as a whole."""
        return f"{self.name[:-1]}_marks{self.name[-1]}"

    def create_marks(self) -> str:
        """Say the table of marks."""
        return (
            f"CREATE TABLE IF NOT EXISTS {self.marks} (name {self.text_type} NOT NULL PRIMARY KEY,"
            f" value {self.text_type} NOT NULL){self.options}"
        )

    def read_marks(self) -> str:
        """Say the query for all marks."""
        return f"SELECT name, value FROM {self.marks}"

    def write_mark(self, name: str, value: str) -> str:
        """Say that a mark is set."""
        return self._put(self.marks, {"name": self.text(name), "value": self.text(value)}, "name", ("value",))

    def _put(self, table: str, values: Mapping[str, str], key: str, changes: Sequence[str]) -> str:
        """Say that a row is there with these values, whether one with its key was there before or not."""
        new = ", ".join(f"{one} = excluded.{one}" for one in changes)
        return (
            f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join(values.values())})"
            f" ON CONFLICT ({key}) DO UPDATE SET {new}"
        )

    def ago(self, seconds: float) -> str:
        """The moment so many seconds before this one."""
        return f"{self.now} - interval '{seconds:.3f} seconds'"

    def moment(self, moment: datetime) -> str:
        """A time as `applied_at` keeps it."""
        return self.text(moment.astimezone(UTC).isoformat(" ", "microseconds"))

    def text(self, value: str) -> str:
        """A string literal that no setting of the session reads otherwise."""
        quoted = value.replace("'", "''")
        return f"{self.escape}'{quoted.replace(chr(92), chr(92) * 2) if self.escape else quoted}'"


class MysqlTrackingTable(TrackingTable):
    """The tracking table of MySQL and MariaDB, which have no ON CONFLICT, and read backslashes as a setting says."""

    @classmethod
    def in_database(cls, database: str, table: str) -> Self:
        """The table of a database; always in an engine that has transactions."""
        return cls(
            name=f"{quoted(database, '`')}.{quoted(table, '`')}",
            id_type="INT NOT NULL AUTO_INCREMENT PRIMARY KEY",
            text_type="VARCHAR(512) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
            time_type="DATETIME(6)",
            now="UTC_TIMESTAMP(6)",
            options=" ENGINE = InnoDB",
        )

    def _put(self, table: str, values: Mapping[str, str], key: str, changes: Sequence[str]) -> str:
        return f"REPLACE INTO {table} ({', '.join(values)}) VALUES ({', '.join(values.values())})"

    def ago(self, seconds: float) -> str:
        """The moment so many seconds before this one."""
        return f"{self.now} - INTERVAL {seconds:.3f} SECOND"

    def moment(self, moment: datetime) -> str:
        """A time in UTC, which no zone is written behind."""
        return self.text(moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds"))

    def text(self, value: str) -> str:
        """A string literal that neither sql_mode nor the connection's character set reads otherwise."""
        if re.fullmatch(r"[\w .:,/-]*", value, re.ASCII):
            return f"'{value}'"
        return f"_utf8mb4 X'{value.encode().hex()}'"


def quoted(identifier: str, quote: str = '"') -> str:
    """An identifier in standard quotes, or in the engine's own."""
    return quote + identifier.replace(quote, quote * 2) + quote


def foreign_table(name: str) -> HistoryError:
    """The error for a tracking table that another tool made."""
    return HistoryError(
        f"The table {name} is not Lockgate's: it has other columns (golang-migrate, dbmate, Rails and Ecto use the same"
        " name). It was not touched.",
        hint="`lockgate adopt --table lockgate_migrations` takes its history over into a table of Lockgate's own, which"
        " LOCKGATE_TABLE=lockgate_migrations names from then on; without its history, name another table with LOCKGATE_TABLE.",
    )

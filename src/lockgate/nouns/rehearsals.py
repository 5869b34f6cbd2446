"""What a rehearsal tells: the statements that a run would send, and what each of them locked in a scratch database.

`as_json` of each gives the keys of the command line's JSON.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from lockgate.nouns.layouts import Layout

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lockgate.nouns.flavours import Flavour
    from lockgate.nouns.migrations import Direction
    from lockgate.nouns.schema import Name, Schema
    from lockgate.nouns.schema_reports import Difference


class LockMode(IntEnum):
    """PostgreSQL's table locks, the weakest first: https://www.postgresql.org/docs/current/explicit-locking.html."""

    ACCESS_SHARE = 1
    ROW_SHARE = 2
    ROW_EXCLUSIVE = 3
    SHARE_UPDATE_EXCLUSIVE = 4
    SHARE = 5
    SHARE_ROW_EXCLUSIVE = 6
    EXCLUSIVE = 7
    ACCESS_EXCLUSIVE = 8

    @property
    def words(self) -> str:
        """As the manual writes it: `ACCESS EXCLUSIVE`."""
        return self.name.replace("_", " ")

    @property
    def bars_writing(self) -> bool:
        """Whether nobody else can write to the table meanwhile."""
        return self >= LockMode.SHARE

    @property
    def bars_reading(self) -> bool:
        """Whether nobody else can even read the table meanwhile."""
        return self is LockMode.ACCESS_EXCLUSIVE


class Touch(NamedTuple):
    """What one statement did to one table or other relation that was there before its migration.

    Attributes:
        relation: the name that it had before the migration.
        mode: the strongest lock that the statement took on it itself; None where it had it already, or a stronger one.
        held: the strongest lock on it when the statement was done.
        rewritten: whether the statement made its file anew, which takes as long as the table is big.
        scanned: whether the statement read all of it.
        kind: PostgreSQL's `relkind`: `r` table, `i` index, `p` partitioned table, `v` view, `m` materialized view, `S`
            sequence.
        table: the table that an index belongs to, else the relation itself.
        since: the number, from 0 in the migration, of the statement that first took a lock on it.
    """

    relation: Name
    mode: LockMode | None
    held: LockMode
    rewritten: bool = False
    scanned: bool = False
    kind: str = "r"
    table: Name | None = None
    since: int = 0

    def as_json(self) -> dict[str, Any]:
        """It as JSON."""
        return {
            "relation": str(self.relation),
            "mode": self.mode.words if self.mode else None,
            "held": self.held.words,
            "rewritten": self.rewritten,
            "scanned": self.scanned,
        }


class Sent(NamedTuple):
    """One statement as it would be sent.

    Attributes:
        text: the statement, its parameters written into it, without a semicolon at its end.
        own: whether it is Lockgate's own: a setting, BEGIN, the row of the history, COMMIT.
        line: the line of the migration's file that it stands in, or that asked for it, where that is known.
        seconds: how long it took in the scratch database; None where it did not run.
        started: seconds from the beginning of its migration.
        touches: what it locked; what the run itself has made is not among it.
        in_transaction: whether it ran in a transaction, so that its locks are held until that ends.
    """

    text: str
    own: bool = False
    line: int | None = None
    seconds: float | None = None
    started: float = 0.0
    touches: tuple[Touch, ...] = ()
    in_transaction: bool = True

    def as_json(self) -> dict[str, Any]:
        """It as JSON."""
        return {
            "sql": self.text,
            "own": self.own,
            "line": self.line,
            "seconds": self.seconds,
            "in_transaction": self.in_transaction,
            "locks": [touch.as_json() for touch in self.touches],
        }


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """One migration of a rehearsal.

    Attributes:
        name: of the file.
        path: where the file is, for people.
        text: the file's text.
        direction: up or down.
        transactional: whether it is one transaction.
        reversible: whether it can be rolled back.
        sent: the statements; empty where they could not be known.
        reads: the tables of which it read rows, so that what it sends may be other statements where there are other rows.
        unknown: why the statements could not be known; "" where they are.
        layout: the tool whose rules the file follows.
    """

    name: str
    path: str
    text: str
    direction: Direction
    transactional: bool = True
    reversible: bool = True
    sent: tuple[Sent, ...] = ()
    reads: tuple[str, ...] = ()
    unknown: str = ""
    layout: Layout = Layout.LOCKGATE

    @property
    def seconds(self) -> float | None:
        """How long it took in the scratch database; None where it did not run there."""
        known = [one.seconds for one in self.sent if one.seconds is not None]
        return sum(known) if known else None

    def as_json(self) -> dict[str, Any]:
        """It as JSON."""
        return {
            "name": self.name,
            "direction": self.direction.value,
            "transactional": self.transactional,
            "reversible": self.reversible,
            "reads": list(self.reads),
            "unknown": self.unknown or None,
            "statements": [one.as_json() for one in self.sent],
        }


class TableFacts(NamedTuple):
    """What the target says of one table now.

    Attributes:
        rows: as the server estimates them; None where it has never counted.
        bytes: with indexes and TOAST.
    """

    rows: int | None
    bytes: int


class LongTransaction(NamedTuple):
    """A transaction that is open on the target now: what waits for a lock waits for it.

    Attributes:
        pid: of the server's process.
        application: as the session names itself.
        seconds: since it began.
        state: `active`, `idle in transaction`.
        relations: the tables that it holds locks on, as far as this user may see.
    """

    pid: int
    application: str
    seconds: float
    state: str
    relations: tuple[str, ...] = ()


class Replica(NamedTuple):
    """A standby of the target; what is rewritten is sent to it as well.

    Attributes:
        behind: seconds that it is behind in replaying; None where the server does not say.
    """

    name: str
    state: str
    behind: float | None


@dataclass(frozen=True, slots=True)
class LiveFacts:
    """What was read of the target, and never written."""

    version: str
    tables: Mapping[Name, TableFacts] = field(default_factory=dict)
    transactions: tuple[LongTransaction, ...] = ()
    replicas: tuple[Replica, ...] = ()


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The run that is pending, as it went in a scratch database, or as far as it can be told without one.

    Attributes:
        flavour: whose SQL it is.
        direction: up or down.
        migrations: in the order in which they would run.
        opening: what a run would send before the first migration: the tracking table, the lock.
        closing: what it would send after the last.
        place: what the scratch was made of: `files`, `database`, or "" where there was none.
        unknown: what could not be told, and why, in sentences.
        before: the schema before the run; None without a scratch.
        after: the schema after it.
        unrestored: what rolling the run back in the scratch did not restore; None where that was not tried.
        live: facts about the target; None where it was not asked, or is no PostgreSQL.
        differs: where the target's schema is not what the scratch began with.
        building: seconds that it took to make the scratch.
        version: the version of the server that it ran on, as that says it.
    """

    flavour: Flavour
    direction: Direction
    migrations: tuple[Rehearsed, ...] = ()
    opening: tuple[Sent, ...] = ()
    closing: tuple[Sent, ...] = ()
    place: str = ""
    unknown: tuple[str, ...] = ()
    before: Schema | None = None
    after: Schema | None = None
    unrestored: tuple[Difference, ...] | None = None
    live: LiveFacts | None = None
    differs: tuple[Difference, ...] = ()
    building: float | None = None
    version: str = ""

    @property
    def touched(self) -> set[Name]:
        """The relations that were there before the run, and that it locks."""
        return {touch.relation for one in self.migrations for sent in one.sent for touch in sent.touches}

    def as_json(self) -> dict[str, Any]:
        """The document that `plan --sql --json` prints; the schemas are left out."""
        return {
            "direction": self.direction.value,
            "scratch": self.place or None,
            "opening": [one.as_json() for one in self.opening],
            "migrations": [one.as_json() for one in self.migrations],
            "closing": [one.as_json() for one in self.closing],
            "unknown": list(self.unknown),
            "differs": [one.as_json() for one in self.differs],
        }

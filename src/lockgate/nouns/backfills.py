"""A backfill as it is defined, how it is paced, and how far it has come."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

Key = tuple[Any, ...]
"""The values of a row's key; on PostgreSQL in its own text form."""

Compute = Callable[[Sequence[Mapping[str, Any]]], Awaitable[Sequence[Mapping[str, Any] | None]]]
"""Given rows, gives for each what is to be written, by column; None for a row that stays."""

Lag = Callable[[], Awaitable[float | None]]
"""How many seconds the replicas are behind; None where there are none."""


class Backfill(NamedTuple):
    """What a backfill does: SQL expressions for columns, or what a migration's method computes of rows.

    Attributes:
        table: its name, qualified by `schema` where that is not empty.
        key: the columns of a unique key, none of them nullable; empty for the primary key.
        changes: columns, each with its expression.
        where: which of the rows it is for.
        method: the name of the migration's method that computes rows, where no expressions do.
        columns: what that method reads besides the key; empty for all.
    """

    table: str
    schema: str = ""
    key: tuple[str, ...] = ()
    changes: tuple[tuple[str, str], ...] = ()
    where: str = ""
    method: str = ""
    columns: tuple[str, ...] = ()

    def said(self) -> str:
        """It as text, which is the same for the same work."""
        return json.dumps(self._asdict(), sort_keys=True)

    @classmethod
    def of(cls, said: str) -> Backfill:
        """It again."""
        value = json.loads(said)
        for name in ("key", "columns"):
            value[name] = tuple(value[name])
        value["changes"] = tuple((column, expression) for column, expression in value["changes"])
        return cls(**value)


class Pace(NamedTuple):
    """How a backfill leaves room for others.

    Attributes:
        seconds: the longest that a batch may hold its locks; a batch is broken off there, and tried smaller.
        connections: how many ranges are worked at at once.
        max_lag: how many seconds the replicas may be behind.
    """

    seconds: float = 0.5
    connections: int = 1
    max_lag: float = 10.0


class BackfillState(StrEnum):
    """How far a backfill, or one range of it, has come."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"


class Part(NamedTuple):
    """One range of a backfill, as its row says.

    Attributes:
        name: the backfill's.
        number: which of its ranges, from 0.
        migration: the name of the migration that asked for it.
        definition: the backfill as text.
        reached: the last key that is done; None at the beginning.
        ends: the last key of the range; None where it goes to the table's end.
        rows: how many have been passed.
        batches: counts the changes of the row, so that each batch is committed by one worker only.
        state: how far it has come.
    """

    name: str
    number: int
    migration: str
    definition: str
    reached: Key | None
    ends: Key | None
    rows: int
    batches: int
    state: BackfillState


class BackfillStatus(NamedTuple):
    """One backfill: how many rows are done, of how many by the database's estimate, which is None where there is none."""

    name: str
    table: str
    state: BackfillState
    rows: int
    estimate: int | None
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """A row of what `backfill --json` prints."""
        return {**self._asdict(), "state": self.state.value, "seconds": round(self.seconds, 6)}


class BackfillReport(NamedTuple):
    """What a run of backfills did, or would do."""

    backfills: tuple[BackfillStatus, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Their names, in the order of their migrations."""
        return tuple(one.name for one in self.backfills)

    def as_json(self) -> dict[str, Any]:
        """The document that `backfill --json` prints."""
        return {"backfills": [one.as_json() for one in self.backfills]}


def is_of(name: str, migration: str) -> bool:
    """Whether a backfill of this name is one of a migration's."""
    return name == migration or name.startswith(f"{migration}#")

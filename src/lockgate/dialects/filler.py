"""What a backfill asks of an engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager

    from lockgate.dialects.backfill_table import BackfillTable
    from lockgate.nouns.backfills import Key

    Change = Callable[[Sequence[Mapping[str, Any]]], Awaitable[Sequence["Write"]]]


class TooLong(Exception):
    """A batch took too long, or others were in its way; nothing of it is left."""


class Overtaken(Exception):
    """Another worker has moved the range since it was read; nothing was done."""


class Keyed(NamedTuple):
    """A table and the unique key by which it is gone through.

    Attributes:
        name: its qualified, quoted name.
        key: the key's columns, in the order of its index.
        types: the type of each column of the table.
    """

    name: str
    key: tuple[str, ...]
    types: Mapping[str, str]


class Write(NamedTuple):
    """Columns to be written for one row: by column, and the values of its key."""

    key: tuple[Any, ...]
    values: Mapping[str, Any]


def alike(writes: Sequence[Write]) -> list[tuple[tuple[str, ...], list[Write]]]:
    """Those that write the same columns, together."""
    found: dict[tuple[str, ...], list[Write]] = {}
    for one in writes:
        found.setdefault(tuple(one.values), []).append(one)
    return list(found.items())


class Filler(Protocol):
    """One connection's way through a table, batch by batch."""

    quote: str
    """What stands around an identifier."""
    compares_rows: bool
    """Whether `(a, b) > (1, 2)` is found by an index."""
    locking: str
    """What a query says that keeps its rows from changing until the transaction ends."""
    rest: float
    """How long others are let through after a batch, as a part of the batch's own time."""
    is_concurrent: bool
    """Whether several ranges can be worked at at once."""

    @property
    def table(self) -> BackfillTable:
        """The table that keeps how far each range has come."""

    async def exists(self) -> bool:
        """Whether that has been made."""

    async def fetch(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of a query."""

    async def note(self, statements: Sequence[str]) -> None:
        """Run statements of Lockgate's own in one transaction."""

    async def keyed(self, table: str, schema: str, key: Sequence[str]) -> Keyed:
        """Look a table up, and the unique key of these columns, its primary key where there are none.

        Raises:
            LockgateError: there is no such table, or no such key.
        """

    async def estimate(self, table: str) -> int | None:
        """About how many rows a table has, from what the engine keeps of it."""

    async def cuts(self, keyed: Keyed, ranges: int) -> list[Key]:
        """Keys that cut a table into so many ranges, about equal; fewer where it is small."""

    async def lag(self) -> float | None:
        """How many seconds the replicas are behind; None where the engine does not tell."""

    def literal(self, value: Any) -> str:
        """Say a value of a key."""

    async def apply(self, advance: str, change: str, seconds: float) -> None:
        """Run `advance`, which must change a row, and `change` in one transaction, within so many seconds.

        Raises:
            Overtaken, TooLong: nothing of it is left.
            StatementFailed: the server refused; nothing of it is left.
        """

    async def convert(self, advance: str, query: str, change: Change, keyed: Keyed, seconds: float) -> None:
        """The same, where `change` says what is to be written for the rows of a query.

        Raises:
            Exception: as `apply`, and whatever `change` raises.
        """

    def beside(self) -> AbstractAsyncContextManager[Filler]:
        """Another one on a connection of its own; where the engine gains nothing by one, itself."""

"""The fault matrix: where a runner is hit, how, and on the way to what; a cell is one of each."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Where(StrEnum):
    """The moment in a run."""

    BEFORE_LOCK = "before the lock"
    LOCKED = "after the lock"
    BEFORE_STATEMENT = "before a statement"
    BETWEEN = "between statements"
    DURING = "during a long statement"
    BEFORE_COMMIT = "before COMMIT"
    COMMITTED = "COMMIT without answer"
    RELEASING = "during release"


class How(StrEnum):
    """What happens to the runner, or to what it works with."""

    SIGKILL = "SIGKILL"
    SIGSTOP = "SIGSTOP"
    SIGTERM = "SIGTERM"
    TERMINATED = "terminated"
    CRASH = "server crash"
    CUT = "cut"
    DISK_FULL = "disk full"


class Kind(StrEnum):
    """What the runner was to do; `CALL` holds a step of which nobody can tell what became of it."""

    SQL = "sql"
    FILES = "files"
    PYTHON = "python"
    SQL_STEPS = "sql-steps"
    PYTHON_STEPS = "python-steps"
    CALL = "call"

    @property
    def keeps_steps(self) -> bool:
        """Whether it runs outside a transaction."""
        return self in {Kind.SQL_STEPS, Kind.PYTHON_STEPS, Kind.CALL}


class Cell(NamedTuple):
    """One fault; `place` is the engine, and the way to it."""

    place: str
    kind: Kind
    where: Where
    how: How

    @classmethod
    def told(cls, words: Sequence[str]) -> Self:
        """The cell of plain words, as a worker sends them to the process that prints the table."""
        place, kind, where, how = words
        return cls(place, Kind(kind), Where(where), How(how))

    @property
    def words(self) -> list[str]:
        """The same, the other way."""
        return [self.place, self.kind.value, self.where.value, self.how.value]

    def __str__(self) -> str:
        return "-".join(one.replace(" ", "_") for one in self.words)


def every(place: str, kinds: Sequence[Kind], hows: Sequence[How]) -> list[Cell]:
    """All cells of a place."""
    return [Cell(place, kind, where, how) for kind in kinds for where in Where for how in hows]


# Where most depends on what is done next: they belong to each sample.
_TELLING: Final = {
    (Where.COMMITTED, How.CUT),  # has it come about?
    (Where.DURING, How.SIGKILL),  # is somebody still at it?
    (Where.DURING, How.TERMINATED),  # what is left of it?
}


def sample(cells: Sequence[Cell]) -> list[Cell]:
    """As few as hold each moment and each fault at least once for each kind, of each kind others; and the telling ones."""
    kinds = list(dict.fromkeys(cell.kind for cell in cells))
    chosen = {cell for turn, kind in enumerate(kinds) for cell in _diagonal(cells, kind, turn)}
    return [cell for cell in cells if cell in chosen or (cell.where, cell.how) in _TELLING]


def _diagonal(cells: Sequence[Cell], kind: Kind, turn: int) -> Iterator[Cell]:
    wheres, hows = list(Where), list(dict.fromkeys(cell.how for cell in cells))
    for row, where in enumerate(wheres):
        yield cells[0]._replace(kind=kind, where=where, how=hows[(row + turn) % len(hows)])

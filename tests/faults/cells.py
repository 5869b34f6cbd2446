"""The fault matrix: where a runner is hit, how, and on the way to what; a cell is one of each."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


EVERYTHING: Final = os.environ.get("LOCKGATE_TEST_EVERYTHING", "").lower() not in {"", "0", "false"}
"""Whether nothing is left out, however long it takes."""


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
    SQL_DOWN = "sql-down"
    PYTHON_DOWN = "python-down"
    STEPS_DOWN = "steps-down"

    @property
    def keeps_steps(self) -> bool:
        """Whether it runs outside a transaction."""
        return self in {Kind.SQL_STEPS, Kind.PYTHON_STEPS, Kind.CALL, Kind.STEPS_DOWN}

    @property
    def goes_down(self) -> bool:
        """Whether it was applied before, and the run that is hit rolls it back."""
        return self in {Kind.SQL_DOWN, Kind.PYTHON_DOWN, Kind.STEPS_DOWN}

    @property
    def arguments(self) -> tuple[str, ...]:
        """The command that does it, and does nothing where it is done."""
        return ("down", "--to", "001") if self.goes_down else ("up",)


FORTH: Final = tuple(kind for kind in Kind if not kind.goes_down)


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
    """As few as hold each moment and each fault at least once for each kind, of each kind others; and the telling ones up."""
    kinds = list(dict.fromkeys(cell.kind for cell in cells))
    chosen = {cell for turn, kind in enumerate(kinds) for cell in _diagonal(cells, kind, turn)}
    telling = {cell for cell in cells if (cell.where, cell.how) in _TELLING and not cell.kind.goes_down}
    return [cell for cell in cells if cell in chosen | telling]


# A Python migration is several messages: who stands still between them has its transaction open when another takes over.
_OPEN: Final = {(Kind.PYTHON, where, How.SIGSTOP) for where in (Where.BEFORE_STATEMENT, Where.DURING)}


def few(cells: Sequence[Cell], times: int) -> list[Cell]:
    """Each moment so many times, by turns with each fault and each kind: for a place that is like another one."""
    kinds, hows = list(dict.fromkeys(cell.kind for cell in cells)), list(dict.fromkeys(cell.how for cell in cells))
    chosen = {
        (kinds[(row + 4 * lap) % len(kinds)], where, hows[(row + lap) % len(hows)])
        for row, where in enumerate(Where)
        for lap in range(times)
    }
    return [cell for cell in cells if (cell.kind, cell.where, cell.how) in chosen | _OPEN]


def _diagonal(cells: Sequence[Cell], kind: Kind, turn: int) -> Iterator[Cell]:
    wheres, hows = list(Where), list(dict.fromkeys(cell.how for cell in cells))
    for row, where in enumerate(wheres):
        yield cells[0]._replace(kind=kind, where=where, how=hows[(row + turn) % len(hows)])

"""What a look at the files alone tells, without a database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from lockgate.nouns.plans import Problem


class FileFault(NamedTuple):
    """A file that could not be run as it stands; `line` is None where the fault is about the whole of it."""

    path: str
    line: int | None
    detail: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class FilesReport:
    """The files of the migrations, each by itself and, where a reference of git is named, against those that are there.

    Attributes:
        migrations: how many there are; 0 where the folder as a whole cannot be read.
        faults: the files that are wrong.
        against: the reference.
        problems: what is edited, missing or out of order, taking what is at the reference for applied.
        notes: what else is to be said, a sentence each.
    """

    migrations: int
    faults: tuple[FileFault, ...] = ()
    against: str | None = None
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """The exit status of `check --files`: 2 for a wrong file, 4 for what disagrees with the reference, else 0."""
        if self.faults:
            return 2
        return 4 if self.problems else 0

    def as_json(self) -> dict[str, Any]:
        """The document that `check --files --json` prints."""
        return {
            "migrations": self.migrations,
            "faults": [one._asdict() for one in self.faults],
            "against": self.against,
            "problems": [{"kind": p.kind.value, "name": p.name, "detail": p.detail} for p in self.problems],
            "notes": list(self.notes),
        }

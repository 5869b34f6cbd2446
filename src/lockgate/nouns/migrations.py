"""A migration as it is written down, before anything of it is loaded or run."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Direction(StrEnum):
    """Which way a migration is run."""

    UP = "up"
    DOWN = "down"


class Order(StrEnum):
    """Whether a pending migration may be older than an applied one."""

    STRICT = "strict"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Source:
    """One migration as it is written: a Python file, a SQL file, a pair of SQL files, or a class of an explicit list.

    Attributes:
        name: its identity, suffix and all; for a pair the name of its `.up.sql`.
        number: the digits that its name begins with.
        hash: SHA-256, in hex, of `text` in UTF-8.
        text: the file's text without BOM, CRLF as LF; of a pair, the `.up.sql`'s.
        path: the file, or None where a class was given.
        down_path: the `.down.sql` of a pair.
        migrator: the class of an explicit list.
    """

    name: str
    number: int
    hash: str
    text: str = field(repr=False)
    path: Path | None = None
    down_path: Path | None = None
    migrator: type | None = None

    @property
    def order(self) -> tuple[int, str]:
        """What migrations are sorted by: the number, then the name."""
        return self.number, self.name

    @property
    def origin(self) -> str:
        """Where it stands, for messages."""
        return str(self.path) if self.path else self.name

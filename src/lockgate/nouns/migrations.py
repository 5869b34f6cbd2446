"""A migration as it is written down, before anything of it is loaded or run."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from lockgate.nouns.layouts import Layout

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


class Direction(StrEnum):
    """Which way a migration is run."""

    UP = "up"
    DOWN = "down"


class Order(StrEnum):
    """Whether a pending migration may be older than an applied one."""

    STRICT = "strict"
    ANY = "any"


Place = tuple[bool, tuple[int, ...], str]
"""What migrations are sorted by: whether it is repeatable, its version, its name."""


class Replaced(NamedTuple):
    """One migration that a baseline stands for; `is_baseline` where it stood itself for those that are listed before it."""

    name: str
    hash: str
    is_baseline: bool = False


class Source(NamedTuple):
    """One migration as it is written: a Python file, a SQL file, a pair of SQL files, or a class of an explicit list.

    Attributes:
        name: its identity, suffix and all; for a pair the name of its `.up.sql`.
        number: the digits that its name begins with.
        hash: SHA-256, in hex, of `text` in UTF-8.
        text: the file's text without BOM, CRLF as LF; of a pair, the `.up.sql`'s.
        path: the file's path as text, which costs a check of a thousand files less than a Path; None where a class was given.
        down_path: the path of a pair's `.down.sql`.
        migrator: the class of an explicit list.
        layout: the tool whose rules it follows.
        repeatable: whether it runs again whenever its hash has changed.
        replaces: what a baseline stands for, where it was squashed from others.
        parts: what follows the number in a version of several parts, such as the 2 and 10 of Flyway's 1.2.10.
        after: the names of those that have to be there before it, where a graph says so and no version.
        revision: Alembic's own name for it.
        labels: of the branches of Alembic's that it is on.
        namespace: what its name begins with, before a slash, where it is from a directory with a namespace.
        beside: the folder of its file, where that is a package's resource and not on the disk.
    """

    name: str
    number: int
    hash: str
    text: str
    path: str | None = None
    down_path: str | None = None
    migrator: type | None = None
    layout: Layout = Layout.LOCKGATE
    repeatable: bool = False
    replaces: tuple[Replaced, ...] = ()
    parts: tuple[int, ...] = ()
    after: tuple[str, ...] = ()
    revision: str = ""
    labels: tuple[str, ...] = ()
    namespace: str = ""
    beside: Traversable | None = None

    @property
    def order(self) -> Place:
        """What the migrations of one namespace are sorted by: the version, then the name; what is repeatable comes last."""
        return self.repeatable, (self.number, *self.parts), self.name

    @property
    def origin(self) -> str:
        """Where it stands, for messages."""
        return self.path or self.name

    def __repr__(self) -> str:
        """It without the text."""
        return f"Source({self.name!r}, hash={self.hash[:12]!r}, path={self.path!r})"

"""What a contestant is: a name, an environment of its own, a folder of migrations, and a way to run them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Engine = Literal["postgresql", "sqlite"]
Verb = Literal["up", "status", "help"]


@dataclass(frozen=True, slots=True)
class Command:
    """A whole process: its arguments, the environment variables that it is given, and where it runs."""

    argv: list[str]
    variables: Mapping[str, str] = field(default_factory=dict)
    directory: Path | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """A folder of `count` migrations, and the database to run them on."""

    url: str
    folder: Path
    count: int

    @property
    def engine(self) -> Engine:
        """Which engine the URL leads to."""
        return "sqlite" if self.url.startswith("sqlite:") else "postgresql"

    def driven(self, driver: str) -> str:
        """The URL with a driver's name in its scheme, as SQLAlchemy writes it."""
        scheme, rest = self.url.split(":", 1)
        return f"{scheme}+{driver}:{rest}"


class Opened(Protocol):
    """A contestant in a process of its own, its imports done; each call is timed."""

    def up(self) -> None:
        """Connect, apply all migrations, disconnect."""

    def down(self) -> None:
        """Connect, roll back all migrations, disconnect."""

    def look(self) -> None:
        """Find that nothing is to be done, on a connection that stays open where the contestant can keep one."""

    def close(self) -> None:
        """Let go of what `look` kept open."""


class Peer:
    """A contestant, as the measuring process sees it; it imports nothing of the contestant's own.

    Attributes:
        name: what it is called in the code and in file names.
        title: what it is called in the results.
        environment: the name of its environment, which several may share.
        requirements: the packages of that environment.
        engines: the engines that it runs on.
        rolls_back: whether one call rolls back everything.
        note: what a reader of its numbers must know.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    environment: ClassVar[str]
    requirements: ClassVar[tuple[str, ...]]
    engines: ClassVar[frozenset[Engine]] = frozenset({"postgresql"})
    rolls_back: ClassVar[bool] = True
    note: ClassVar[str] = ""

    def write(self, folder: Path, count: int, bin_directory: Path) -> None:
        """Write `count` migrations; `bin_directory` has the environment's programs."""
        raise NotImplementedError

    def configure(self, job: Job) -> None:
        """Tell the folder's own configuration which database it is for, where it has one."""

    def open(self, job: Job) -> Opened:
        """Import what it needs; called in a process of the contestant's environment."""
        raise NotImplementedError

    def command(self, verb: Verb, job: Job, bin_directory: Path) -> Command | None:
        """The command line that does the same, or None where it has none."""
        return None

"""What a layout has to say of a folder, and what it is given to read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from lockgate.nouns.layouts import Layout

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lockgate.nouns.flavours import Flavour
    from lockgate.nouns.migrations import Source


class Listing(NamedTuple):
    """What stands in a folder, by its names."""

    files: Sequence[str]
    folders: Sequence[str]


class Found(NamedTuple):
    """A migration that a folder's listing shows.

    Attributes:
        name: its identity.
        number, parts: its version; see `Source`.
        entry: the path, from the folder, of the file that is hashed.
        down: that of the file that takes it back, where it has one of its own.
        layout: the tool whose rules the file follows.
        repeatable: whether it runs again whenever it has changed.
    """

    name: str
    number: int
    entry: str
    down: str | None = None
    layout: Layout = Layout.LOCKGATE
    parts: tuple[int, ...] = ()
    repeatable: bool = False


class Disk(Protocol):
    """The folder that is read."""

    def source(self, found: Found) -> Source:
        """Read and hash a migration, unless its file has not changed since.

        Raises:
            MigrationFileError: it cannot be read, or is not UTF-8 text.
        """

    def text(self, entry: str) -> str:
        """A file's text, for who must look into it to know what it is."""

    def below(self, folder: str) -> Sequence[str]:
        """The names of what stands in one of its folders."""

    def inside(self, folder: str) -> Listing:
        """What stands in one of its folders."""

    def path(self, entry: str) -> str:
        """Where an entry stands, for messages."""

    def flavour(self) -> Flavour | None:
        """Whose SQL is wanted where a file is there for each database; None where that is not known."""


class Reading(NamedTuple):
    """A folder's migrations in any order, and what is to be said of it, a sentence each."""

    sources: Iterable[Source]
    notes: tuple[str, ...] = ()


class Reader(Protocol):
    """One layout."""

    def read(self, disk: Disk, listing: Listing) -> Reading:
        """The migrations of a folder, none executed.

        Raises:
            MigrationFileError: a file's name or its text cannot be taken for a migration of this layout.
        """

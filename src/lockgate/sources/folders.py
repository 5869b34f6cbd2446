"""The migrations of a configuration: of a folder, of a package, or of several with a namespace each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from lockgate.errors import MigrationFileError, SettingsError
from lockgate.nouns.directories import Directories, Package
from lockgate.planning.names import LONGEST_NAME
from lockgate.settings.directories import own_of
from lockgate.sources.directory import Folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lockgate.nouns.directories import Directory
    from lockgate.nouns.flavours import Flavour
    from lockgate.nouns.layouts import Layout
    from lockgate.nouns.migrations import Source


class Files(Protocol):
    """Where migrations are read from; see `Folder`, which is most often what does it."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be said of the migrations that were read last, a sentence each."""

    def read(self) -> tuple[Source, ...]:
        """Every migration, in order."""

    def read_if_there(self) -> tuple[Source, ...]:
        """As `read`; nothing of a folder that is not there."""

    def is_there(self) -> bool:
        """Whether there is any of the folders."""

    def helpers(self) -> list[tuple[str, bytes]]:
        """The names and the bytes of the modules that its Python files may import."""


def files_of(directory: Directory, layout: Layout | None, flavour: Callable[[], Flavour | None]) -> Files:
    """What reads the migrations of a directory; nothing is looked at yet.

    Args:
        layout: whose way the application's own is written in; of the others, their content says so.
        flavour: see `Folder`.
    """
    if isinstance(directory, Path):
        return Folder(directory, layout, flavour)
    if isinstance(directory, Package):
        return PackageFiles(directory, layout, flavour)
    return Folders([(name, files_of(place, None if name else layout, flavour)) for name, place in directory.places])


class PackageFiles:
    """A package's migrations; it is looked for when they are first read."""

    def __init__(self, package: Package, layout: Layout | None, flavour: Callable[[], Flavour | None]) -> None:
        self._package, self._layout, self._flavour = package, layout, flavour
        self._found: Folder | None = None

    @property
    def _folder(self) -> Folder:
        from lockgate.sources.packages import package_folder  # noqa: PLC0415 - most migrations are in no package

        self._found = self._found or package_folder(self._package, self._layout, self._flavour)
        return self._found

    @property
    def notes(self) -> tuple[str, ...]:
        """See `Files`."""
        return self._found.notes if self._found else ()

    def read(self) -> tuple[Source, ...]:
        """See `Files`."""
        return self._folder.read()

    def read_if_there(self) -> tuple[Source, ...]:
        """See `Files`; a package that is named has to be there."""
        return self._folder.read()

    def is_there(self) -> bool:
        """See `Files`."""
        return self._folder.is_there()

    def helpers(self) -> list[tuple[str, bytes]]:
        """See `Files`."""
        return self._folder.helpers()


class Folders:
    """Several, each with its namespace: their migrations follow each other in the order that is given."""

    def __init__(self, several: Iterable[tuple[str, Files]]) -> None:
        self._several = tuple(several)

    @property
    def notes(self) -> tuple[str, ...]:
        """See `Files`."""
        return tuple(f"{name}: {note}" if name else note for name, one in self._several for note in one.notes)

    def read(self) -> tuple[Source, ...]:
        """See `Files`."""
        return tuple(_named(source, name) for name, one in self._several for source in one.read())

    def read_if_there(self) -> tuple[Source, ...]:
        """See `Files`."""
        return tuple(_named(source, name) for name, one in self._several for source in one.read_if_there())

    def is_there(self) -> bool:
        """See `Files`."""
        return any(one.is_there() for _, one in self._several)

    def helpers(self) -> list[tuple[str, bytes]]:
        """See `Files`."""
        several = [(name, one) for name, one in self._several if one.is_there()]
        return [(f"{name}/{helper}", data) for name, one in several for helper, data in one.helpers()]


def _named(source: Source, namespace: str) -> Source:
    """A source under its full name, and all names that it speaks of likewise."""
    if not namespace:
        return source
    name = f"{namespace}/{source.name}"
    if len(name) > LONGEST_NAME:
        raise MigrationFileError(
            f"{source.origin}: with its namespace, the name is too long to be recorded.", path=source.origin
        )
    return source._replace(
        name=name,
        namespace=namespace,
        replaces=tuple(one._replace(name=f"{namespace}/{one.name}") for one in source.replaces),
        after=tuple(f"{namespace}/{one}" for one in source.after),
    )


def folder_on_disk(directory: Directory) -> Path | None:
    """The folder of the application's own migrations, those without a namespace; None where there is none on the disk.

    Blocks on the disk where it is a package.

    Raises:
        SettingsError: there is no such package.
    """
    own = own_of(directory)
    return _on_disk(own) if isinstance(own, Package) else own


def own_folder(directory: Directory) -> Path:
    """The folder that commands write into.

    Raises:
        SettingsError: there is none on the disk, or no such package.
    """
    folder = folder_on_disk(directory)
    if folder is not None:
        return folder
    if isinstance(directory, Directories) and own_of(directory) is None:
        raise SettingsError(
            f"Every directory has a namespace ({directory}), and files are written into the one that has none.",
            hint="Name the one that is meant alone, with --directory.",
        )
    raise SettingsError(
        f"{own_of(directory)} is no folder on the disk, so no file can be written there or renamed.",
        hint="Name the folder that it was packed from, with --directory.",
    )


def _on_disk(package: Package) -> Path | None:
    from lockgate.sources.packages import resources_of  # noqa: PLC0415 - as above

    found = resources_of(package)
    return found if isinstance(found, Path) else None

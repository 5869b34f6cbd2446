"""A package's resources as a folder of migrations; they may be in a zip, or wherever else a loader has them."""

from __future__ import annotations

import importlib.resources
import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from lockgate.errors import MigrationFileError, SettingsError
from lockgate.planning.names import normal_text
from lockgate.sources.directory import Folder, decode, source_of
from lockgate.sources.layouts.reader import Listing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from importlib.resources.abc import Traversable

    from lockgate.nouns.directories import Package
    from lockgate.nouns.flavours import Flavour
    from lockgate.nouns.layouts import Layout
    from lockgate.nouns.migrations import Source
    from lockgate.sources.layouts.reader import Found


def resources_of(package: Package) -> Path | Traversable:
    """Where the resources of a package are: a folder of the disk wherever they are on one.

    The packages above it are imported, and nothing of its own. Blocks on the disk.

    Raises:
        SettingsError: there is no such package, or no such folder in it; or a package above it cannot be imported.
    """
    parts = package.name.split(".")
    for count in range(len(parts), 0, -1):
        spec = _spec(package, ".".join(parts[:count]), ".".join(parts[: count - 1]))
        if spec is not None:
            return _within(package, spec, parts[count:])
    raise SettingsError(
        f"There is no package {parts[0]}, of which {package} wants the migrations.",
        hint="Is it installed in this environment, or its folder on sys.path? --directory or LOCKGATE_DIRECTORY names another.",
    )


def _spec(package: Package, name: str, above: str) -> ModuleSpec | None:
    try:
        return find_spec(name)
    except ModuleNotFoundError as error:
        if error.name and f"{above}.".startswith(f"{error.name}."):
            return None
        fault: Exception = error
    except Exception as error:
        fault = error
    raise SettingsError(f"{package}: {above} cannot be imported: {type(fault).__name__}: {fault}") from fault


def _within(package: Package, spec: ModuleSpec, rest: Sequence[str]) -> Path | Traversable:
    """A folder that is no package itself is looked for in the last of those above it that is one."""
    if spec.submodule_search_locations is None:
        raise SettingsError(f"{package}: {spec.name} is a module, and no package with a folder of migrations.")
    found = _root(spec)
    for part in rest:
        found = found.joinpath(part)
    if not found.is_dir():
        raise SettingsError(
            f"The package {spec.name} has no folder {'/'.join(rest)}, of which {package} wants the migrations.",
            hint="Were the files packed? Most build tools have to be told of files that are no modules (package data).",
        )
    return found


def _root(spec: ModuleSpec) -> Path | Traversable:
    places = list(spec.submodule_search_locations or ())
    if len(places) == 1 and Path(places[0]).is_dir():
        return Path(places[0])
    if spec.origin is None and len(places) == 1 and (zipped := _in_zip(Path(places[0]))):
        return zipped
    reader = getattr(spec.loader, "get_resource_reader", lambda _: None)(spec.name)
    files = getattr(reader, "files", None)
    found: Traversable = files() if files else importlib.resources.files(spec.name)
    return found


def _in_zip(place: Path) -> Traversable | None:
    """A folder without an `__init__` in a zip, for which the library's own reader knows folders of the disk only."""
    archive = next((one for one in place.parents if one.is_file()), None)
    if archive is None or not zipfile.is_zipfile(archive):
        return None
    return zipfile.Path(archive, f"{place.relative_to(archive).as_posix()}/")


def package_folder(package: Package, layout: Layout | None, flavour: Callable[[], Flavour | None]) -> Folder:
    """The folder of a package.

    Raises:
        SettingsError: as `resources_of`.
    """
    found = resources_of(package)
    return Folder(found, layout, flavour) if isinstance(found, Path) else Resources(found, package, layout, flavour)


class Resources(Folder):
    """A folder of migrations that is not on the disk; what is packed does not change, but is read at every look."""

    def __init__(
        self, root: Traversable, package: Package, layout: Layout | None, flavour: Callable[[], Flavour | None]
    ) -> None:
        super().__init__(Path(), layout, flavour)
        self._root = root
        self._folder = f"{package}/"

    def is_there(self) -> bool:
        """See `Folder`."""
        return True

    def helpers(self) -> list[tuple[str, bytes]]:
        """See `Folder`."""
        names = sorted(name for name in self.inside("").files if name.startswith("_") and name.endswith(".py"))
        return [(name, self._bytes(name)) for name in names]

    def source(self, found: Found) -> Source:
        """See `Disk`."""
        down = self._folder + found.down if found.down else None
        beside = self._at(found.entry.rpartition("/")[0])
        return source_of(found, normal_text(self._bytes(found.entry)), self.path(found.entry), down, beside)

    def text(self, entry: str) -> str:
        """See `Disk`."""
        return decode(normal_text(self._bytes(entry)), self.path(entry))

    def below(self, folder: str) -> Sequence[str]:
        """See `Disk`."""
        return [entry.name for entry in self._at(folder).iterdir()]

    def inside(self, folder: str) -> Listing:
        """See `Disk`."""
        files, folders = list[str](), list[str]()
        for entry in self._at(folder).iterdir():
            (folders if entry.is_dir() else files).append(entry.name)
        return Listing(files, folders)

    def _at(self, entry: str) -> Traversable:
        found = self._root
        for part in entry.split("/") if entry else ():
            found = found.joinpath(part)
        return found

    def _bytes(self, entry: str) -> bytes:
        try:
            return self._at(entry).read_bytes()
        except OSError as error:
            raise MigrationFileError(f"{self.path(entry)} cannot be read: {error}", path=self.path(entry)) from error

"""Lets migrations that are a package's resources import the helpers beside them, from a zip as from a folder."""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder, SourceLoader
from importlib.util import spec_from_loader
from pathlib import Path
from typing import TYPE_CHECKING

from lockgate.sources.folder_imports import FolderImports

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from importlib.resources.abc import Traversable
    from types import ModuleType


class ResourceImports(FolderImports):
    """The imports of files that are no files of the disk; `place` is what their folder is called."""

    def __init__(self, root: Traversable, place: str) -> None:
        super().__init__(Path())
        names = [entry.name for entry in root.iterdir()]
        self._helpers = {name[:-3] for name in names if name.startswith("_") and name.endswith(".py")}
        self._finder = _Finder(root, place, self.package)

    def _begin(self) -> None:
        sys.meta_path.insert(0, self._finder)

    def _end(self) -> None:
        sys.meta_path.remove(self._finder)

    def _is_from_here(self, module: ModuleType) -> bool:
        loader = getattr(module.__spec__, "loader", None)
        return isinstance(loader, _Loader) and loader.finder is self._finder

    def _package_module(self) -> ModuleType:
        package = super()._package_module()
        package.__path__ = []
        return package


class _Finder(MetaPathFinder):
    """Finds the modules below one folder, by their own names and as parts of the folder's package."""

    def __init__(self, root: Traversable, place: str, package: str) -> None:
        self._root, self._place, self._package = root, place, package

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        parts = fullname.split(".")
        parts = parts[1:] if parts[0] == self._package else parts
        for ending in ("/__init__.py", ".py"):
            entry = "/".join(parts) + ending
            file = self._root
            for part in entry.split("/"):
                file = file.joinpath(part)
            if file.is_file():
                loader = _Loader(self, file, f"{self._place}/{entry}")
                return spec_from_loader(fullname, loader, origin=loader.path, is_package=ending != ".py")
        return None


class _Loader(SourceLoader):
    """Loads one module from its source; nothing is compiled onto the disk."""

    def __init__(self, finder: _Finder, file: Traversable, path: str) -> None:
        self.finder, self.path, self._file = finder, path, file

    def get_filename(self, fullname: str) -> str:
        return self.path

    def get_data(self, path: str | bytes) -> bytes:
        if path != self.path:
            raise OSError(f"{path!r} is not there")  # it asks for what is compiled already
        return self._file.read_bytes()

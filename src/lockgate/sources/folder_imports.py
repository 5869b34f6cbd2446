"""Lets the files of one folder import its helpers, and leaves `sys.path` and `sys.modules` as they were."""

from __future__ import annotations

import builtins
import os
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockgate.nouns.migrations import Source

# sys.path and sys.modules belong to the process: two runners must not lay their folders over each other.
_IMPORTING = threading.RLock()


def imports_of(source: Source, folder: str) -> FolderImports:
    """Those of the folder that a source's file is in."""
    if source.beside is None:
        return FolderImports(Path(folder))
    from lockgate.sources.resource_imports import ResourceImports  # noqa: PLC0415 - most files are on the disk

    return ResourceImports(source.beside, folder)


class FolderImports:
    """The imports of one folder's files: `import _helpers`, and `from ._helpers import …`, at the top or within a function."""

    def __init__(self, folder: Path) -> None:
        self._folder = Path(os.path.abspath(folder))  # noqa: PTH100 - without following links, as imports do not either
        self._helpers = {path.stem for path in folder.glob("_*.py")}
        self._kept: dict[str, ModuleType] = {}
        self.package = f"_lockgate_{id(self):x}"

    @contextmanager
    def importable(self) -> Iterator[None]:
        """Have the folder's own modules be found within the block, and nobody else's of their names."""
        with _IMPORTING:
            if self.package in sys.modules:
                yield
                return
            hidden = {name: sys.modules.pop(name, None) for name in self._helpers}
            before = set(sys.modules)
            sys.modules.update(self._kept)
            sys.modules[self.package] = self._package_module()
            self._begin()
            try:
                yield
            finally:
                self._end()
                self._put_back(before, hidden)

    def _begin(self) -> None:
        sys.path.insert(0, str(self._folder))

    def _end(self) -> None:
        sys.path.remove(str(self._folder))

    def _put_back(self, before: set[str], hidden: dict[str, ModuleType | None]) -> None:
        for name in [name for name in sys.modules if name not in before and self._is_own(name)]:
            self._kept[name] = sys.modules.pop(name)
        del self._kept[self.package]
        sys.modules.update({name: module for name, module in hidden.items() if module})

    def _is_own(self, name: str) -> bool:
        return name.split(".", maxsplit=1)[0] == self.package or self._is_from_here(sys.modules[name])

    def _is_from_here(self, module: ModuleType) -> bool:
        file = getattr(module, "__file__", None)
        return isinstance(file, str) and Path(file).is_relative_to(self._folder)

    def _package_module(self) -> ModuleType:
        package = ModuleType(self.package)
        package.__path__ = [str(self._folder)]
        return package

    def builtins(self) -> dict[str, Any]:
        """The builtins of a migration's module: an import of a helper finds it whenever it is made."""

        def import_(name: str, space: Any = None, local: Any = None, names: Any = (), level: int = 0) -> ModuleType:
            if level == 0 and name.partition(".")[0] not in self._helpers:
                return builtins.__import__(name, space, local, names, level)
            with self.importable():
                return builtins.__import__(name, space, local, names, level)

        return {**vars(builtins), "__import__": import_}

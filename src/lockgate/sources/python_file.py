"""A migration's Python text becomes a class, and leaves no trace in `sys.path` and `sys.modules`."""

from __future__ import annotations

import inspect
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from lockgate.errors import MigrationFileError
from lockgate.migration import Migration

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lockgate.nouns.migrations import Source

# sys.path and sys.modules belong to the process: two runners must not lay their folders over each other.
_IMPORTING = threading.RLock()


def load_classes(sources: Sequence[Source]) -> dict[str, type]:
    """The one migration class that each Python source defines, by name; executes the texts that were hashed.

    Blocks: call it in a worker thread.

    Raises:
        MigrationFileError: one cannot be imported, defines no class or several, or its `up` is not async.
    """
    classes = {source.name: source.migrator for source in sources if source.migrator is not None}
    files = [source for source in sources if source.path is not None]
    for folder in dict.fromkeys(source.path.parent for source in files if source.path):
        with _IMPORTING, _folder_importable(folder):
            for source in files:
                if source.path and source.path.parent == folder:
                    classes[source.name] = _only_class(source, _execute(source, source.path))
    for source in sources:
        _check(source, classes[source.name])
    return classes


def _check(source: Source, migrator: type) -> None:
    for direction in ("up", "down"):
        method = getattr(migrator, direction, None)
        if method is not None and not inspect.iscoroutinefunction(method):
            raise MigrationFileError(f"{source.origin}: {direction} must be `async def`.", path=source.origin)
    if getattr(migrator, "up", None) in {None, Migration.up}:
        raise MigrationFileError(f"{source.origin}: {migrator.__name__} defines no up.", path=source.origin)


def _execute(source: Source, path: Path) -> ModuleType:
    package = _package_name(path.parent)
    module = ModuleType(f"{package}.{path.stem}")
    module.__file__, module.__package__ = str(path), package
    sys.modules[module.__name__] = module
    try:
        exec(compile(source.text, str(path), "exec"), module.__dict__)
    except Exception as error:
        raise _import_error(source, path, error) from error
    return module


def _import_error(source: Source, path: Path, error: Exception) -> MigrationFileError:
    line = error.lineno if isinstance(error, SyntaxError) else _line_in(error, path)
    where = f"{source.origin}:{line}" if line else source.origin
    return MigrationFileError(
        f"{where} cannot be imported: {type(error).__name__}: {error}. Nothing was run.", path=source.origin, line=line
    )


def _line_in(error: BaseException, path: Path) -> int | None:
    traceback, line = error.__traceback__, None
    while traceback:
        if traceback.tb_frame.f_code.co_filename == str(path):
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line


@contextmanager
def _folder_importable(folder: Path) -> Iterator[None]:
    """Let `import _helpers` and `from ._helpers import …` find the folder's own files, then put everything back."""
    package = ModuleType(_package_name(folder))
    package.__path__ = [str(folder)]
    hidden = {path.stem: sys.modules.pop(path.stem, None) for path in folder.glob("_*.py")}
    before = set(sys.modules)
    sys.modules[package.__name__] = package
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for name in set(sys.modules) - before:
            if _is_of(name, folder, package.__name__):
                del sys.modules[name]
        sys.modules.update({name: module for name, module in hidden.items() if module})


def _is_of(name: str, folder: Path, package: str) -> bool:
    file = getattr(sys.modules[name], "__file__", None)
    return name.split(".", maxsplit=1)[0] == package or (isinstance(file, str) and Path(file).is_relative_to(folder))


def _package_name(folder: Path) -> str:
    return f"_lockgate_{abs(hash(str(folder))):x}"


def _only_class(source: Source, module: ModuleType) -> type:
    own = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and value.__module__ == module.__name__ and _migrates(value)
    ]
    leaves = [one for one in own if not any(other is not one and issubclass(other, one) for other in own)]
    if len(leaves) != 1:
        found = ", ".join(sorted(leaf.__name__ for leaf in leaves)) or "none"
        raise MigrationFileError(
            f"{source.origin} must define exactly one migration class; it defines {found}.",
            path=source.origin,
            hint="A migration is a subclass of lockgate.Migration, or a class with `async up` and `async down`.",
        )
    return leaves[0]


def _migrates(value: type) -> bool:
    return issubclass(value, Migration) or (hasattr(value, "up") and not getattr(value, "_is_protocol", False))

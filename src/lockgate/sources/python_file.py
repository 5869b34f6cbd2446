"""A migration's Python text becomes a class."""

from __future__ import annotations

import inspect
import os
import sys
from types import ModuleType
from typing import TYPE_CHECKING

from lockgate.authoring.migration import Migration, Migrator
from lockgate.errors import MigrationFileError
from lockgate.planning.names import stem_of
from lockgate.sources.folder_imports import imports_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockgate.nouns.migrations import Source
    from lockgate.sources.folder_imports import FolderImports


def load_classes(sources: Sequence[Source]) -> dict[str, type]:
    """The one migration class that each Python source defines, by name; executes the texts that were hashed.

    Blocks: call it in a worker thread.

    Raises:
        MigrationFileError: one cannot be imported, defines no class or several, or its `up` is not async.
    """
    classes = {source.name: source.migrator for source in sources if source.migrator is not None}
    for folder, files in _by_folder(sources).items():
        imports = imports_of(files[0], folder)
        with imports.importable():
            for source in files:
                classes[source.name] = _only_class(source, execute(source, source.origin, imports))
    for source in sources:
        _check(source, classes[source.name])
    return classes


def _by_folder(sources: Sequence[Source]) -> dict[str, list[Source]]:
    folders: dict[str, list[Source]] = {}
    for source in sources:
        if source.path is not None:
            folder = os.path.dirname(source.path)  # noqa: PTH120 - a Path for each file is slow
            folders.setdefault(folder, []).append(source)
    return folders


def _check(source: Source, migrator: type) -> None:
    for direction in ("up", "down"):
        method = getattr(migrator, direction, None)
        if method is not None and not inspect.iscoroutinefunction(method):
            raise MigrationFileError(f"{source.origin}: {direction} must be `async def`.", path=source.origin)
    if not defines(migrator, "up"):
        raise MigrationFileError(f"{source.origin}: {migrator.__name__} defines no up.", path=source.origin)


def defines(migrator: type, direction: str) -> bool:
    """Whether a class has a method of its own for a direction; what it inherits from Lockgate's classes is none."""
    own = getattr(migrator, direction, None)
    return own is not None and own not in {getattr(Migrator, direction), getattr(Migration, direction, None)}


def execute(source: Source, path: str, imports: FolderImports) -> ModuleType:
    """Execute a source's text as a module.

    Raises:
        MigrationFileError: it cannot be.
    """
    module = ModuleType(f"{imports.package}.{stem_of(source.name)}")
    module.__file__, module.__package__ = path, imports.package
    module.__dict__["__builtins__"] = imports.builtins()
    sys.modules[module.__name__] = module
    try:
        exec(compile(source.text, path, "exec"), module.__dict__)
    except (Exception, SystemExit) as error:
        raise _import_error(source, path, error) from error
    return module


def _import_error(source: Source, path: str, error: BaseException) -> MigrationFileError:
    line = error.lineno if isinstance(error, SyntaxError) else _line_in(error, path)
    where = f"{source.origin}:{line}" if line else source.origin
    return MigrationFileError(
        f"{where} cannot be imported: {type(error).__name__}: {error}. Nothing was run.", path=source.origin, line=line
    )


def _line_in(error: BaseException, path: str) -> int | None:
    traceback, line = error.__traceback__, None
    while traceback:
        if traceback.tb_frame.f_code.co_filename == path:
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line


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

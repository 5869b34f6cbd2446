"""Files of Alembic's become classes that run them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from lockgate.authoring.alembic_context import Memory, environment_of
from lockgate.authoring.alembic_proxies import Run, working_for
from lockgate.authoring.alembic_revision import revision_class
from lockgate.errors import MigrationFileError
from lockgate.models.metadata import load_models
from lockgate.sources.folder_imports import imports_of
from lockgate.sources.python_file import execute

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockgate.nouns.migrations import Source
    from lockgate.sources.folder_imports import FolderImports


def load_revisions(sources: Sequence[Source], variables: Sequence[tuple[str, str]], models: Any) -> dict[str, type]:
    """The class of each revision, by name; executes the texts that were hashed. `variables` are what Alembic calls `-x`,
    and the `models` its target_metadata.

    Blocks: call it in a worker thread.

    Raises:
        MigrationFileError: one cannot be imported, or has no upgrade.
    """
    classes: dict[str, type] = {}
    options = {"target_metadata": load_models(models).metadatas[0]} if models is not None else {}
    memory = Memory(options)
    imports: dict[str, FolderImports] = {}
    for source in sources:
        path = source.origin
        folder = os.path.dirname(path)  # noqa: PTH120 - a Path for each file is slow
        own = imports.get(folder) or imports.setdefault(folder, imports_of(source, folder))
        environment = environment_of(folder, variables)
        with own.importable(), working_for(Run(environment)):
            module = execute(source, path, own)
        if not callable(getattr(module, "upgrade", None)):
            raise MigrationFileError(f"{path} has no upgrade().", path=path)
        classes[source.name] = revision_class(module, source.text, environment, memory)
    return classes

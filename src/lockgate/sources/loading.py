"""A source becomes something that can be run in one direction; everything that is wrong with it is found here, before a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lockgate.errors import Irreversible
from lockgate.nouns.migrations import Direction
from lockgate.planning.names import normal_text
from lockgate.sources.directory import decode, read_bytes
from lockgate.sources.python_file import defines, load_classes
from lockgate.sql import Section, Shape, Statement, sections, shape, split, steps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockgate.nouns.flavours import Flavour
    from lockgate.nouns.migrations import Source


class SqlMigration(NamedTuple):
    """One direction of a SQL migration, split and understood. `path` and `section` say where its text stands."""

    source: Source
    direction: Direction
    path: str
    section: Section
    statements: Sequence[Statement]
    shape: Shape

    @property
    def transactional(self) -> bool:
        """Whether it runs in the runner's own transaction."""
        said = self.section.transactional
        return self.shape.transactional if said is None else said and self.shape.transactional

    @property
    def note(self) -> str:
        """Why it does not run in the runner's transaction though its file does not ask for that; else empty."""
        return self.shape.reason if self.section.transactional is not False else ""


class PythonMigration(NamedTuple):
    """One direction of a Python migration: its class, and whether DDL commits on the engine that it is loaded for."""

    source: Source
    direction: Direction
    migrator: type
    commits_ddl: bool = False

    @property
    def transactional(self) -> bool:
        """Whether it runs in one transaction, whatever it does."""
        return self._asks_for_one and not self.commits_ddl

    @property
    def in_parts(self) -> bool:
        """Whether what stands between two statements that commit is one transaction."""
        return self._asks_for_one and self.commits_ddl

    @property
    def _asks_for_one(self) -> bool:
        return bool(getattr(self.migrator, "transactional", True))


Loaded = SqlMigration | PythonMigration


def load(sources: Sequence[Source], direction: Direction, flavour: Flavour) -> list[Loaded]:
    """Load each source for one direction. Blocks: call it in a worker thread.

    Raises:
        MigrationFileError: a file cannot be run as it is.
        Irreversible: a migration that is to go down has no down; names all of them.
    """
    classes = load_classes([source for source in sources if not _is_sql(source)])
    loaded = [
        _load_sql(source, direction, flavour)
        if _is_sql(source)
        else _load_class(source, direction, flavour, classes[source.name])
        for source in sources
    ]
    without = [source.name for source, one in zip(sources, loaded, strict=True) if one is None]
    if without:
        raise Irreversible(
            f"No down is defined for {', '.join(without)}; nothing was rolled back.",
            names=without,
            hint="Write a down for it, or roll back only what came after it (`down --to`).",
        )
    return [one for one in loaded if one is not None]


def _is_sql(source: Source) -> bool:
    return source.migrator is None and source.name.lower().endswith(".sql")


def _load_class(source: Source, direction: Direction, flavour: Flavour, migrator: type) -> PythonMigration | None:
    if direction is Direction.DOWN and not defines(migrator, "down"):
        return None
    return PythonMigration(source, direction, migrator, flavour.commits_ddl)


def _load_sql(source: Source, direction: Direction, flavour: Flavour) -> SqlMigration | None:
    path, section = _section(source, direction, flavour)
    if section is None:
        return None
    statements = split(section.text, flavour, path=path, first_line=section.first_line)
    found = SqlMigration(source, direction, path, section, statements, shape(section.text, statements, flavour))
    if not found.transactional:
        steps(statements, flavour, path=path)
    return found


def _section(source: Source, direction: Direction, flavour: Flavour) -> tuple[str, Section | None]:
    """A pair's files are a direction each; a single file has sections."""
    if source.down_path is not None and direction is Direction.DOWN:
        text = decode(normal_text(read_bytes(source.down_path)), source.down_path)
        found = sections(text, flavour, path=source.down_path)
        return source.down_path, found.down or found.up
    found = sections(source.text, flavour, path=source.origin)
    return source.origin, found.up if direction is Direction.UP else found.down

"""A source becomes something that can be run in one direction; everything that is wrong with it is found here, before a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from lockgate.errors import Irreversible
from lockgate.nouns.flavours import Flavour
from lockgate.nouns.layouts import Layout
from lockgate.nouns.migrations import Direction
from lockgate.planning.phases import check_phase
from lockgate.planning.programs import refuse_programs
from lockgate.sources.python_file import defines, load_classes
from lockgate.sources.sql_text import section_of
from lockgate.sql import Section, Shape, Statement, shape, split, steps
from lockgate.sql.outside import stands_alone
from lockgate.sql.routines import whole_routines
from lockgate.sql.strays import without_strays

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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


def load(
    sources: Sequence[Source],
    direction: Direction,
    flavour: Flavour,
    variables: Sequence[tuple[str, str]] = (),
    models: Any = None,
) -> list[Loaded]:
    """Load each source for one direction, with `variables` in its text. Blocks: call it in a worker thread.

    Of the `models`, Alembic's revisions take the naming convention.

    Raises:
        MigrationFileError: a file cannot be run as it is.
        Irreversible: a migration that is to go down has no down; names all of them.
    """
    refuse_programs(sources)
    classes = load_classes([source for source in sources if not _is_sql(source) and not source.revision])
    if revisions := [source for source in sources if source.revision]:
        from lockgate.sources.alembic_loading import load_revisions  # noqa: PLC0415 - no other layout needs Alembic's runtime

        classes |= load_revisions(revisions, variables, models)
    values = dict(variables)
    loaded = [
        _load_sql(source, direction, flavour, values)
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


def is_reversible(loaded: Loaded, flavour: Flavour, variables: Mapping[str, str]) -> bool:
    """Whether a migration has a down as well."""
    if isinstance(loaded, PythonMigration):
        return defines(loaded.migrator, "down")
    return section_of(loaded.source, Direction.DOWN, flavour, variables)[1] is not None


def _is_sql(source: Source) -> bool:
    return source.migrator is None and source.origin.lower().endswith(".sql")


def _load_class(source: Source, direction: Direction, flavour: Flavour, migrator: type) -> PythonMigration | None:
    if direction is Direction.DOWN and not defines(migrator, "down"):
        return None
    if direction is Direction.UP:
        check_phase(source, migrator)
    return PythonMigration(source, direction, migrator, flavour.commits_ddl)


def _load_sql(
    source: Source, direction: Direction, flavour: Flavour, variables: Mapping[str, str]
) -> SqlMigration | None:
    path, section = section_of(source, direction, flavour, variables)
    if section is None:
        return None
    statements = split(section.text, flavour, path=path, first_line=section.first_line)
    if source.layout is not Layout.LOCKGATE:
        section, statements = _as_sent_whole(section, statements, flavour)
    if source.layout in _LOOKS_FOR_ITSELF and section.transactional is None and stands_alone(statements, flavour):
        section = section._replace(transactional=False)
    found = SqlMigration(source, direction, path, section, statements, shape(section.text, statements, flavour))
    if not found.transactional:
        steps(statements, flavour, path=path)
    return found


def _as_sent_whole(section: Section, statements: list[Statement], flavour: Flavour) -> tuple[Section, list[Statement]]:
    """What the tools that send a file in one piece leave to the server, or to the transaction around it."""
    if flavour is Flavour.MYSQL:
        statements = whole_routines(section.text, statements)
    return without_strays(section, statements, flavour)


# golang-migrate sends a file as it is, without a transaction of its own; Flyway looks whether one is refused.
_LOOKS_FOR_ITSELF: Final = (Layout.GOLANG_MIGRATE, Layout.FLYWAY)

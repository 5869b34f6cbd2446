"""What `MetaData.create_all` would say for some models, found without a database.

SQLAlchemy asks the database twice for each statement that it sends (whether it is there, and whether it worked); as texts,
all of them go in one message. SQLAlchemy's own visitor runs over a stand-in for the connection, so order, named types,
sequences, comments, `use_alter` and listeners are its own.
"""

from __future__ import annotations

from copy import copy
from itertools import groupby
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NoReturn, cast

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import AddConstraint, CreateIndex, SetConstraintComment
from sqlalchemy.sql.ddl import SchemaGenerator

from lockgate.errors import SettingsError
from lockgate.models.listeners import asks_code, is_text, items_of, listeners_of
from lockgate.models.metadata import named_types

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from sqlalchemy import MetaData, Table
    from sqlalchemy.engine import Dialect
    from sqlalchemy.schema import ExecutableDDLElement
    from sqlalchemy.sql.sqltypes import SchemaType

    from lockgate.models.metadata import Models

# SQLAlchemy keeps these in sets, so their order is another in every process, and means nothing.
_UNORDERED: Final = (CreateIndex, AddConstraint, SetConstraintComment)
# As SQLAlchemy's compilers call them; to import PostgreSQL's own takes as long as all the rest.
_NAMED: Final = MappingProxyType(
    {"create_enum_type": "type", "create_domain_type": "type", "create_sequence": "sequence"}
)


class NeedsConnection(Exception):
    """Only a real `create_all` can tell: code of the project's own runs when these models are created."""


def create_statements(
    models: Models,
    dialect: Dialect,
    *,
    schemas: Mapping[str | None, str],
    there: Collection[tuple[str | None, str]] = (),
) -> list[str]:
    """What `create_all` says for these models where no table of theirs is, one statement each; the same in every process.

    An index is never made `CONCURRENTLY`, as `create_all` would fail to do in a transaction: its table is new.

    Args:
        models: their tables and views are created, their named types, and all sequences of their metadata.
        dialect: of the server that they are for, its version known (`Session.ddl_dialect()`). Its parameter style may
            not be one that doubles a percent sign.
        schemas: which schema stands for which, None for the connection's default; as SQLAlchemy's `schema_translate_map`,
            it does not reach into texts (`text("'a'::app.mood")`, `DDL(...)`).
        there: schema and name of the types and sequences that exist already.

    Raises:
        NeedsConnection: a listener is a function, or a function decides whether something is created.
        SettingsError: SQLAlchemy cannot say these models to this engine.
    """
    recorder = _Recorder(dialect, schemas, there)
    recorder.leave_out(_unsaid(models))
    for metadata in models.metadatas:
        chosen = {table for table in (*models.tables, *models.views) if table.metadata is metadata}
        # In the metadata's own order, on which the order of its listeners depends.
        tables = [table for table in metadata.tables.values() if table in chosen]
        _refuse_code(metadata, tables)
        _record(recorder, metadata, tables)
    return _in_stable_order(recorder.said)


def _unsaid(models: Models) -> Iterable[SchemaType]:
    """The types of the metadata that are none of the models'."""
    said = {(one.schema, one.name) for one in models.types}
    return (one for one in named_types(models.metadatas) if (one.schema, one.name) not in said)


def _refuse_code(metadata: MetaData, tables: list[Table]) -> None:
    """Refuse beforehand: no part of a project's code may run twice."""
    for item in [*items_of(metadata, tables), *(table._creator_ddl for table in tables)]:
        if asks_code(item) or not all(is_text(listener) for _, listener in listeners_of(item)):
            raise NeedsConnection(type(item).__name__)


def _record(recorder: _Recorder, metadata: MetaData, tables: list[Table]) -> None:
    visitor: Any = SchemaGenerator
    try:
        visitor(recorder.dialect, recorder, tables=tables).traverse_single(metadata)
    except SQLAlchemyError as error:
        raise SettingsError(f"SQLAlchemy cannot create the models on {recorder.dialect.name}: {error}") from error


class _Recorder:
    """Stands for the connection: it says what it was to execute."""

    def __init__(
        self, dialect: Dialect, schemas: Mapping[str | None, str], there: Collection[tuple[str | None, str]]
    ) -> None:
        self.dialect = copy(cast("Any", dialect))
        self.dialect._supports_create_index_concurrently = False
        self.said: list[tuple[ExecutableDDLElement, str]] = []
        # SQLAlchemy writes into the map that it is given.
        self._schemas = dict(schemas)
        self._options: dict[str, Any] = {}
        if schemas:
            self._options = {"schema_translate_map": self._schemas, "render_schema_translate": True}
        self._named = {(kind, *named) for kind in ("type", "sequence") for named in there}

    def schema_for_object(self, item: Any) -> str | None:
        """The schema that stands for an item's own."""
        own: str | None = item.schema
        return self._schemas.get(own, own)

    def leave_out(self, types: Iterable[SchemaType]) -> None:
        """Take down none of these types."""
        self._named |= {("type", self.schema_for_object(one), str(one.name)) for one in types}

    def execute(self, element: ExecutableDDLElement) -> None:
        """Take down what is to be executed."""
        if not self._is_known(element):
            self.said.append((element, str(element.compile(dialect=self.dialect, **self._options)).strip()))

    def _is_known(self, element: Any) -> bool:
        """Whether it makes a type or a sequence that is made already, which `create_all` would have asked the database."""
        kind = _NAMED.get(element.__visit_name__)
        if kind is None:
            return False
        named = (kind, self.schema_for_object(element.element), element.element.name)
        known = named in self._named
        self._named.add(named)
        return known

    def _run_ddl_visitor(self, visitor: Any, element: Any, **options: Any) -> None:
        visitor(self.dialect, self, **{**options, "checkfirst": False}).traverse_single(element)

    def __getattr__(self, name: str) -> NoReturn:
        raise NeedsConnection(name)


def _in_stable_order(said: Iterable[tuple[ExecutableDDLElement, str]]) -> list[str]:
    ordered = list[str]()
    for unordered, run in groupby(said, key=lambda one: type(one[0]) if isinstance(one[0], _UNORDERED) else None):
        texts = [text for _, text in run]
        ordered += sorted(texts) if unordered else texts
    return ordered

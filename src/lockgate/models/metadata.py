"""The application's models as one value: every table, view, sequence and named type that its metadata holds."""

from __future__ import annotations

import inspect
from contextlib import suppress
from dataclasses import dataclass, replace
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Boolean, MetaData, Sequence, Table
from sqlalchemy.exc import InvalidRequestError, NoReferenceError
from sqlalchemy.sql.sqltypes import SchemaType

from lockgate.errors import SettingsError
from lockgate.models.places import find, guarded, told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_TEMPORARY: Final = frozenset({"TEMPORARY", "TEMP"})
_FORMS: Final = (
    "Give a MetaData, a declarative base, a mapped class, a module that has one of them,"
    " or a function without arguments that returns one."
)


@dataclass(frozen=True, slots=True, eq=False)
class Models:
    """What the models say, each in the order of its schema and name, whatever order they were written in.

    The schema of an item is as SQLAlchemy has it: None where it is the connection's default. Temporary tables and views are
    left out: they are gone with the connection that makes them.

    Attributes:
        metadatas: in the order in which they were given.
        tables: without the views, which SQLAlchemy keeps as tables as well.
        views: the tables that `CreateView` makes; `is_view` is true of them, and their `_creator_ddl` is the `CreateView`.
        sequences: those that have a name in a metadata; not those of `serial` and identity columns.
        types: enum types and domains with a name of their own, native or not.
    """

    metadatas: tuple[MetaData, ...]
    tables: tuple[Table, ...]
    views: tuple[Table, ...] = ()
    sequences: tuple[Sequence, ...] = ()
    types: tuple[SchemaType, ...] = ()

    def only(self, keep: Callable[[str | None, str], bool]) -> Models:
        """These models, with the tables, views and sequences whose schema and name `keep` says yes to."""
        return Models(
            self.metadatas,
            tuple(table for table in self.tables if keep(table.schema, table.name)),
            tuple(view for view in self.views if keep(view.schema, view.name)),
            tuple(sequence for sequence in self.sequences if keep(sequence.schema, sequence.name)),
            self.types,
        )


def load_models(models: Any) -> Models:
    """Read what `MigrationConfig.models` holds. Imports the project's modules: call it in a worker thread.

    Args:
        models: `module:attribute`, several of them with commas between, or what stands at such a place: a MetaData, anything
            with a `metadata` (a declarative base, a mapped class, a registry), a module with exactly one of them, a function
            without arguments that returns one; or a list or tuple of all these.

    Raises:
        SettingsError: a place leads nowhere or to something else, a project's module or function fails, two metadata have a
            table of one name, or a foreign key refers to a table that no model has.
    """
    found: dict[MetaData, str] = {}
    for name, place in _places(models):
        value = find(place) if isinstance(place, str) else place
        for metadata in _metadata_of(value, name):
            found.setdefault(metadata, name)
    if not found:
        raise SettingsError("No models were given.", hint=_FORMS)
    tables = _tables_of(found)
    _check_references(tables)
    return _models(tuple(found), tables)


def tables_of(value: Any) -> list[Table]:
    """The table of a mapped class, a table itself, or all tables of what has a metadata.

    Raises:
        SettingsError: it is none of these.
    """
    table = getattr(value, "__table__", value)
    if isinstance(table, Table):
        return [table]
    return [one for metadata in _metadata_of(value, "the model") for one in metadata.tables.values()]


def with_types_of(models: Models, tables: Iterable[Table]) -> Models:
    """The same models, with the types of these tables' columns only."""
    said = [column.type for table in tables for column in table.columns]
    used = {(getattr(one, "schema", None), getattr(one, "name", None)) for type_ in said for one in _with_items(type_)}
    return replace(models, types=tuple(one for one in models.types if (one.schema, one.name) in used))


def _with_items(type_: Any) -> list[Any]:
    return [type_, *(_with_items(type_.item_type) if hasattr(type_, "item_type") else [])]


def _models(metadatas: tuple[MetaData, ...], tables: list[Table]) -> Models:
    kept = [table for table in tables if not _is_temporary(table)]
    sequences = {sequence._key: sequence for metadata in metadatas for sequence in metadata._sequences.values()}
    return Models(
        metadatas,
        tuple(table for table in kept if not table.is_view),
        tuple(table for table in kept if table.is_view),
        tuple(_in_order(sequences.values())),
        named_types(metadatas),
    )


def named_types(metadatas: Iterable[MetaData]) -> tuple[SchemaType, ...]:
    """Each once, though a metadata has a copy for every column that a mixin's column was copied to."""
    distinct: dict[tuple[Any, ...], SchemaType] = {}
    for one in (one for metadata in metadatas for one in metadata._objects):
        if isinstance(one, SchemaType) and one.name is not None and not isinstance(one, Boolean):
            distinct[one.schema or "", one.name, type(one).__name__, tuple(getattr(one, "enums", ()))] = one
    return tuple(distinct[key] for key in sorted(distinct))


def _in_order(items: Iterable[Any]) -> list[Any]:
    return sorted(items, key=lambda item: (item.schema or "", item.name))


def _is_temporary(table: Table) -> bool:
    said = {word for prefix in table._prefixes for word in str(prefix).upper().split()}
    return bool(said & _TEMPORARY) or getattr(table._creator_ddl, "temporary", False)


def _places(models: Any, name: str = "models") -> list[tuple[str, Any]]:
    """Each place or object on its own, with what an error calls it."""
    if isinstance(models, str):
        return [(place.strip(), place.strip()) for place in models.split(",")]
    if isinstance(models, (list, tuple)):
        return [place for index, one in enumerate(models) for place in _places(one, f"{name}[{index}]")]
    return [] if models is None else [(name, models)]


def _metadata_of(value: Any, name: str) -> list[MetaData]:
    own = _own_metadata(value)
    if own is not None:
        return [own]
    if isinstance(value, ModuleType):
        return [_only_one(value, name)]
    if callable(value) and not isinstance(value, type):
        return _returned(value, name)
    raise SettingsError(f"{name} is {_what(value)}, which has no metadata.", hint=_FORMS)


def _own_metadata(value: Any) -> MetaData | None:
    if isinstance(value, MetaData):
        return value
    metadata = getattr(value, "metadata", None)
    return metadata if isinstance(metadata, MetaData) else None


def _only_one(module: ModuleType, name: str) -> MetaData:
    holders: dict[MetaData, str] = {}
    for attribute, value in vars(module).items():
        # A proxy of a framework's raises at any look where there is no request.
        with suppress(Exception):
            metadata = _own_metadata(value)
            if metadata is not None:
                holders.setdefault(metadata, attribute)
    if len(holders) == 1:
        return next(iter(holders))
    several = f"has the metadata of {', '.join(holders.values())}" if holders else "has no metadata"
    raise SettingsError(f"{name} is the module {module.__name__}, which {several}.", hint="Say which attribute of it.")


def _returned(function: Callable[..., Any], name: str) -> list[MetaData]:
    """The metadata that a function returns, or those of a list of them."""
    try:
        inspect.signature(function).bind()
    except (TypeError, ValueError):
        raise SettingsError(f"{name} is {_what(function)}, which wants arguments.", hint=_FORMS) from None
    value = guarded(f"Calling {name}", function)
    several = isinstance(value, (list, tuple)) and value
    return [_given_back(one, name) for one in (value if several else [value])]


def _given_back(value: Any, name: str) -> MetaData:
    metadata = _own_metadata(value)
    if metadata is None:
        if inspect.iscoroutine(value):
            value.close()
        raise SettingsError(f"{name} returned {_what(value)}, which has no metadata.", hint=_FORMS)
    return metadata


def _what(value: Any) -> str:
    """What something is, never what it holds: its repr may show a password."""
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if isinstance(value, ModuleType):
        return f"the module {value.__name__}"
    if inspect.isroutine(value):
        return f"the function {getattr(value, '__name__', 'without a name')}"
    kind = type(value).__name__
    return "None" if value is None else f"{'an' if kind[0] in 'aeiouAEIOU' else 'a'} {kind}"


def _tables_of(found: Mapping[MetaData, str]) -> list[Table]:
    taken: dict[tuple[str | None, str], MetaData] = {}
    tables = [table for metadata in found for table in metadata.tables.values()]
    for table in tables:
        other = taken.setdefault((table.schema, table.name), table.metadata)
        if other is not table.metadata:
            raise SettingsError(
                f"Two metadata have a table {table.key}: that of {found[other]}, and that of {found[table.metadata]}.",
                hint="Give one of the tables another name or schema.",
            )
    return _in_order(tables)


def _check_references(tables: Iterable[Table]) -> None:
    for table in tables:
        for key in table.foreign_keys:
            try:
                key.column  # noqa: B018 - it looks for what it refers to, and raises where that is not there
            except (NoReferenceError, InvalidRequestError) as error:
                raise SettingsError(
                    f"A foreign key of the table {table.key} leads nowhere: {told(error)}",
                    hint="Import the module that defines the other table before the models are read.",
                ) from error

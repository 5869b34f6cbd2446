"""The texts of sqlite_master as a schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lockgate.nouns.schema import Name, Schema
from lockgate.sqlite_tables.parse import parse_table
from lockgate.sqlite_tables.reading import known, read_table, scope_of
from lockgate.sqlite_tables.shadows import is_shadow, virtual_module
from lockgate.sqlite_tables.tokens import fold
from lockgate.sqlite_tables.views import read_index, read_view

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from lockgate.nouns.schema import Index, Table, View
    from lockgate.sqlite_tables.definition import Definition
    from lockgate.sqlite_tables.foreign import Known


class Row(NamedTuple):
    """A row of sqlite_master, and the database that it is of; https://www.sqlite.org/schematab.html."""

    schema: str
    type: str
    name: str
    table: str
    sql: str | None


def schema_of(
    rows: Iterable[Row],
    namespaces: Collection[str] = ("main",),
    *,
    leaving_out: Collection[Name] = (),
    like: Schema | None = None,
) -> Schema:
    """What the rows say, in a normal form: where the meaning is equal, so is the value, however the texts are spelled.

    SQLite compares names without regard to the case of ASCII letters. A noun has the name as it is declared, and so has
    every text that names a column or a table; only a name in an expression that is none of these is folded.

    Args:
        rows: in the order in which sqlite_master has them.
        namespaces: the databases that they are of.
        leaving_out: tables and views to leave out, whatever the case of their names. SQLite's own tables, Lockgate's, virtual
            tables and their own are left out as well.
        like: another schema. Where the name of a table, column, index or view differs from one there in case alone, it is
            spelled as it is there, so that the two compare as SQLite compares them.

    Raises:
        SettingsError: a text is not what SQLite would have kept.
    """
    said = [row for row in rows if row.sql is not None]
    schemas = [_Database(schema, [row for row in said if row.schema == schema], like) for schema in sorted(namespaces)]
    hidden = {_folded(name) for name in leaving_out}
    found = _Found({}, {}, {})
    for database in schemas:
        database.read(hidden, found)
    return Schema(tables=found.tables, views=found.views, namespaces=frozenset(namespaces), texts=found.texts)


def is_own(name: str) -> bool:
    """Whether a name is kept for SQLite itself, or for Lockgate."""
    return fold(name).startswith(("sqlite_", "_lockgate_"))


class _Found(NamedTuple):
    tables: dict[Name, Table]
    views: dict[Name, View]
    texts: dict[Name, tuple[str, ...]]


class _Database:
    """One database's rows on their way to a schema."""

    def __init__(self, schema: str, rows: list[Row], like: Schema | None) -> None:
        self._schema, self._like = schema, like or Schema()
        self._rows = dict[tuple[str, str], list[Row]]()
        for row in rows:
            self._rows.setdefault((row.type, fold(row.table)), []).append(row)
        tables, views = (self._spelled_as(names) for names in (self._like.tables, self._like.views))
        self._names = {fold(row.name): self._name(row, tables) for row in self._of("table")}
        self._views = {fold(row.name): self._name(row, views) for row in self._of("view")}
        self._definitions = self._parsed()
        self._known = {key: self._known_of(key, one) for key, one in self._definitions.items()}

    def read(self, hidden: set[Name], found: _Found) -> None:
        """Add what is not hidden to what was found."""
        for key, definition in self._definitions.items():
            name = self._names[key]
            if _folded(name) not in hidden:
                found.tables[name] = self._table(key, definition)
                found.texts[name] = self._texts(key, "table", "index", "trigger")
        there = {key: self._names[key] for key in self._definitions} | self._views
        for row in self._of("view"):
            name = self._views[fold(row.name)]
            if _folded(name) not in hidden:
                found.views[name] = read_view(row.sql or "", name, there)
                found.texts[name] = self._texts(fold(row.name), "view", "trigger")

    def _of(self, kind: str) -> list[Row]:
        """The tables or the views; there is one of a name."""
        return [row for (type_, _), (row, *_) in self._rows.items() if type_ == kind and not is_own(row.name)]

    def _spelled_as(self, names: Iterable[Name]) -> dict[str, Name]:
        return {fold(name.name): name for name in names if name.schema == self._schema}

    def _name(self, row: Row, spelled: Mapping[str, Name]) -> Name:
        return spelled.get(fold(row.name)) or Name(self._schema, row.name)

    def _parsed(self) -> dict[str, Definition]:
        texts = {fold(row.name): row.sql or "" for row in self._of("table")}
        virtual = [(key, module) for key, text in texts.items() if (module := virtual_module(text))]
        apart = {key for key, _ in virtual} | {key for key in texts if is_shadow(key, virtual)}
        return {key: parse_table(text) for key, text in texts.items() if key not in apart}

    def _known_of(self, key: str, definition: Definition) -> Known:
        name = self._names[key]
        return known(definition, name, self._like.tables.get(name))

    def _table(self, key: str, definition: Definition) -> Table:
        table = read_table(definition, self._known[key], self._known)
        return table._replace(indexes=tuple(sorted(self._indexes(key, definition))))

    def _indexes(self, key: str, definition: Definition) -> list[Index]:
        like = self._like.tables.get(self._names[key])
        spelled = {fold(index.name): index.name for index in like.indexes} if like else {}
        scope = scope_of(definition, self._known[key])
        rows = self._rows.get(("index", key), [])
        return [read_index(row.sql or "", spelled.get(fold(row.name), row.name), scope) for row in rows]

    def _texts(self, key: str, *kinds: str) -> tuple[str, ...]:
        return tuple(row.sql or "" for kind in kinds for row in self._rows.get((kind, key), []))


def _folded(name: Name) -> Name:
    return Name(name.schema, fold(name.name))

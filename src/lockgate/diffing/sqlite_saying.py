"""Says what a schema holds in SQLite's words: in its own text where it has one, else from the noun."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockgate.nouns.schema import ConstraintKind
from lockgate.sqlite_tables.alter import default_text
from lockgate.sqlite_tables.cursor import Cursor
from lockgate.sqlite_tables.header import header, qualified
from lockgate.sqlite_tables.keywords import plain
from lockgate.sqlite_tables.tokens import fold, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lockgate.nouns.schema import Column, Constraint, Index, Name, Schema, Table, View


def drop(what: str, name: Name) -> str:
    """The statement that drops a table, an index or a view."""
    return f"DROP {what} {_qualified(name)}"


def create_table(table: Table, want: Schema) -> list[str]:
    """A table with its indexes, and the triggers of its texts."""
    if texts := want.texts.get(table.name):
        return [qualified(text, table.name.schema) for text in texts]
    return [_table(table), *(_index(table.name, index) for index in table.indexes)]


def create_index(table: Name, index: Index, want: Schema) -> str:
    """An index of a table."""
    text = named(want.texts.get(table, ()), "INDEX").get(fold(index.name))
    return qualified(text, table.schema) if text else _index(table, index)


def create_view(view: View, have: Schema, want: Schema) -> list[str]:
    """A view with its triggers; those that it has already stay with it."""
    text, *wanted = want.texts.get(view.name) or [_view(view)]
    triggers = named(have.texts.get(view.name, ()), "TRIGGER") | named(wanted, "TRIGGER")
    return [qualified(one, view.name.schema) for one in (text, *triggers.values())]


def named(texts: Iterable[str], kind: str) -> dict[str, str]:
    """The CREATE statements of that kind, UNIQUE INDEX among INDEX, by the folded names of what they create."""
    heads = ((header(Cursor(text, "The statement")), text) for text in texts)
    return {fold(head.name.name): text for head, text in heads if head.kind.endswith(kind)}


def said_column(column: Column) -> str:
    """What CREATE TABLE says of a column; its constraints are said apart."""
    said = [plain(column.name), column.type]
    said += [f"COLLATE {column.collation}"] if column.collation else []
    said += [f"DEFAULT {default_text(column.default)}"] if column.default is not None else []
    said += [] if column.nullable else ["NOT NULL"]
    said += [generated] if (generated := said_generated(column)) else []
    return " ".join(word for word in said if word)


def said_generated(column: Column) -> str:
    """The column's expression; "" where it has none."""
    if column.generated is None:
        return ""
    return f"GENERATED ALWAYS AS ({column.generated.expression}){' STORED' if column.generated.stored else ''}"


def said_constraint(constraint: Constraint, *, within_column: bool = False) -> str:
    """What CREATE TABLE says of a constraint; a foreign key of one column can be said within that column."""
    definition = constraint.definition
    if within_column and constraint.kind is ConstraintKind.FOREIGN:
        definition = definition.removeprefix(f"FOREIGN KEY ({plain(constraint.columns[0])}) ")
    return f"CONSTRAINT {plain(constraint.name)} {definition}" if constraint.name else definition


def _table(table: Table) -> str:
    items = [*map(said_column, table.columns), *map(said_constraint, table.constraints)]
    return (
        f"CREATE TABLE {_qualified(table.name)} (\n\t" + ",\n\t".join(items) + f"\n){table.after and ' '}{table.after}"
    )


def _index(table: Name, index: Index) -> str:
    kind = "UNIQUE INDEX" if index.unique else "INDEX"
    return f"CREATE {kind} {quoted(table.schema)}.{plain(index.name)} ON {plain(table.name)} {index.definition}"


def _view(view: View) -> str:
    lead = "" if view.definition.startswith("(") else "AS "
    return f"CREATE VIEW {plain(view.name.name)} {lead}{view.definition}"


def _qualified(name: Name) -> str:
    return f"{quoted(name.schema)}.{quoted(name.name)}"

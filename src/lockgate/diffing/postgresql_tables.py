"""A table and its parts, said for PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockgate.diffing.postgresql_names import qualified, quoted
from lockgate.nouns.schema import ConstraintKind

if TYPE_CHECKING:
    from lockgate.nouns.schema import Column, Constraint, Index, Name, Table


def create_table(table: Table) -> str:
    """CREATE TABLE with all but its foreign keys, which may refer to a table that is not there yet."""
    own = [one for one in table.constraints if one.kind is not ConstraintKind.FOREIGN]
    items = [*map(column_text, table.columns), *map(constraint_text, own)]
    before, after = (f"{table.before} " if table.before else ""), (f" {table.after}" if table.after else "")
    inner = "".join(f"\n    {item}," for item in items).removesuffix(",")
    return f"CREATE {before}TABLE {qualified(table.name)} ({inner}\n){after}"


def column_text(column: Column) -> str:
    """What CREATE TABLE and ADD COLUMN say of a column."""
    parts = [quoted(column.name), column.type]
    if column.collation:
        parts.append(f"COLLATE {column.collation}")
    if column.generated:
        parts.append(f"GENERATED ALWAYS AS ({column.generated.expression})")
        parts.append("STORED" if column.generated.stored else "VIRTUAL")
    if column.identity:
        parts.append(f"GENERATED {column.identity}")
    if column.default is not None:
        parts.append(f"DEFAULT {column.default}")
    if not column.nullable:
        parts.append("NOT NULL")
    return " ".join(parts)


def constraint_text(constraint: Constraint) -> str:
    """What CREATE TABLE and ADD say of a constraint."""
    return f"CONSTRAINT {quoted(constraint.name)} {constraint.definition}"


def add_constraint(owner: Name, constraint: Constraint) -> str:
    """Add it to a table that is there."""
    return f"ALTER TABLE {qualified(owner)} ADD {constraint_text(constraint)}"


def drop_constraint(owner: Name, constraint: Constraint) -> str:
    """Take it away."""
    return f"ALTER TABLE {qualified(owner)} DROP CONSTRAINT {quoted(constraint.name)}"


def create_index(owner: Name, index: Index) -> str:
    """Create it."""
    unique = "UNIQUE " if index.unique else ""
    return f"CREATE {unique}INDEX {quoted(index.name)} ON {qualified(owner)} {index.definition}"


def drop_index(owner: Name, index: Index) -> str:
    """Drop it; an index is in the schema of its table."""
    return f"DROP INDEX {quoted(owner.schema)}.{quoted(index.name)}"


def drop_table(name: Name) -> str:
    """Drop a table; nothing refers to it any more."""
    return f"DROP TABLE {qualified(name)}"


def rename_constraint(owner: Name, before: Constraint, after: Constraint) -> str:
    """Give a constraint, and the index behind it, its other name."""
    return f"ALTER TABLE {qualified(owner)} RENAME CONSTRAINT {quoted(before.name)} TO {quoted(after.name)}"


def rename_index(owner: Name, before: Index, after: Index) -> str:
    """Give an index its other name."""
    return f"ALTER INDEX {quoted(owner.schema)}.{quoted(before.name)} RENAME TO {quoted(after.name)}"

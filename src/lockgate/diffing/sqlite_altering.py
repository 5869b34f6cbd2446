"""The statements that change one table: ALTER TABLE where that is enough, else one rebuild."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lockgate.diffing.sqlite_edits import Aim, by_columns, edited
from lockgate.diffing.sqlite_saying import named
from lockgate.diffing.sqlite_target import same, target
from lockgate.errors import LockgateError
from lockgate.sqlite_tables import TableText, natively
from lockgate.sqlite_tables.constraints import Kind
from lockgate.sqlite_tables.draft import Draft, draft
from lockgate.sqlite_tables.parse import parse_table
from lockgate.sqlite_tables.remake import remake
from lockgate.sqlite_tables.tokens import fold
from lockgate.sqlite_tables.uses import qualifies_itself, uses

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockgate.nouns.changes import Change
    from lockgate.nouns.schema import Name, Schema
    from lockgate.sqlite_tables.definition import Definition


def changed_table(changes: Sequence[Change], indexes: Sequence[Change], have: Schema, want: Schema) -> list[str]:
    """What makes the changes of one table; of all `indexes` that change, those before the change are dropped already.

    Where the table becomes what is wanted in full it takes over the wanted text; else its own text is edited.

    Raises:
        LockgateError: a column is to be dropped that something names which is to stay; or no column would keep its values.
    """
    name = changes[0].owner
    gone = {fold(one.before.name) for one in indexes if one.owner == name and one.before is not None}
    old = draft(_text(name, have, gone))
    aim = Aim(target(have.tables[name], changes), have, want)
    by_alter = by_columns(old, aim) if _keeps_values(old, aim) else None
    statements = natively(old.table, by_alter) if by_alter is not None else None
    if statements is not None:
        return statements
    wanted = want.tables.get(name)
    if wanted is not None and want.texts.get(name) and same(aim.table, wanted):
        return _replaced(old, want.texts[name])
    return remake(old, _filled(old, edited(old, aim).definition))


def _keeps_values(old: Draft, aim: Aim) -> bool:
    """Whether a column stays that stores values; ALTER TABLE drops none but beside such a one."""
    return any(aim.table.column(name) is not None for name in old.stored)


def _text(name: Name, have: Schema, gone: set[str]) -> TableText:
    create, *others = have.texts[name]
    indexes = tuple(text for index, text in named(others, "INDEX").items() if index not in gone)
    return TableText(name.name, create, indexes, tuple(named(others, "TRIGGER").values()), name.schema)


def _replaced(old: Draft, texts: tuple[str, ...]) -> list[str]:
    """A rebuild to another text; a trigger stays as it is unless there is a wanted one of its name."""
    create, *others = texts
    new, wanted = parse_table(create), named(others, "TRIGGER")
    kept = {name: text for name, text in named(old.table.triggers, "TRIGGER").items() if name not in wanted}
    _check_triggers(old, new, tuple(kept.values()))
    there = named(old.table.triggers, "TRIGGER")
    triggers = tuple(wanted.get(name, text) for name, text in there.items())
    return remake(replace(old, table=replace(old.table, triggers=triggers)), _filled(old, new))


def _check_triggers(old: Draft, new: Definition, triggers: tuple[str, ...]) -> None:
    """Refuse to drop a column that a trigger names, as SQLite's own ALTER TABLE does."""
    there = {fold(column.name) for column in new.columns}
    table = replace(old.table, triggers=triggers, indexes=())
    for column in old.definition.columns:
        found = [] if fold(column.name) in there else uses(column, old.definition, table)
        if named_by := [one for one in found if one.startswith("trigger ")]:
            raise LockgateError(
                f"The column {column.name} of {old.definition.name} cannot be dropped: it is used by {'; '.join(named_by)}.",
                hint="Drop or change what uses it first.",
            )


def _filled(old: Draft, new: Definition) -> Draft:
    """The new table with the values of all columns that both have, unless the new one computes them; at the least the rows.

    Raises:
        LockgateError: there is no such column, and the rows have no number by which they could be brought over.
    """
    there = {fold(column.name) for column in old.definition.columns}
    stored = [column for column in new.columns if fold(column.name) in there and not column.having(Kind.GENERATED)]
    if not stored and (
        old.definition.without_rowid or new.without_rowid or qualifies_itself(old.definition, old.table.indexes)
    ):
        raise LockgateError(
            f"No column of {old.definition.name} would keep its values.",
            hint="Drop the table and create it anew instead.",
        )
    return Draft(old.table, new, tuple(column.name for column in stored))

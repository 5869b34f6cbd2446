"""Changes on SQLite as the verbs of a Python migration, which rebuild a table by themselves where they have to."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from lockgate.generating.python_parts import Parts, quoted
from lockgate.generating.python_statements import execute
from lockgate.generating.python_types import python_type
from lockgate.nouns.changes import Change, Kind, Statement
from lockgate.nouns.schema import ConstraintKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lockgate.nouns.schema import Table

_FACETS = (Kind.TYPE, Kind.NULLABLE, Kind.DEFAULT)


class PythonChanges:
    """Says statements by what they change."""

    def __init__(self, default: str) -> None:
        self._default = default
        self._parts = Parts(default)

    def lines(self, statements: Sequence[Statement]) -> list[tuple[tuple[Change, ...], list[str]]]:
        """The lines of each group of statements that make the same changes, with these."""
        said = []
        for changes, group in groupby(statements, key=lambda one: one.changes):
            verbs = self._verbs(changes)
            texts = [plain(one.text, self._default) for one in group]
            said.append((changes, [execute(text) for text in texts] if verbs is None else verbs))
        return said

    def _verbs(self, changes: tuple[Change, ...]) -> list[str] | None:
        lines = list[str]()
        for said in self._ordered(changes):
            if said is None:
                return None
            lines += said
        return lines

    def _ordered(self, changes: tuple[Change, ...]) -> Iterator[list[str] | None]:
        """What names a column goes before it changes, and comes back afterwards."""
        if any(one.kind not in {*_FACETS, Kind.TABLE, Kind.COLUMN, Kind.CONSTRAINT, Kind.INDEX} for one in changes):
            yield None
        constraints = [one for one in changes if one.kind is Kind.CONSTRAINT]
        yield from (self._drop_constraint(one) for one in constraints if one.before)
        columns = {one.part: one.owner for one in changes if one.kind in _FACETS}
        yield from (self._alter([one for one in changes if one.part == part]) for part in columns)
        yield from map(self._whole, (one for one in changes if one.kind in {Kind.TABLE, Kind.COLUMN, Kind.INDEX}))
        yield from (self._parts.add_constraint(one.owner, one.after) for one in constraints if one.after)

    def _call(self, verb: str, change: Change, *arguments: str) -> list[str]:
        said = ", ".join((quoted(change.owner.name), *arguments))
        return [f"await self.db.{verb}({said}{self._parts.schema(change.owner)})"]

    def _whole(self, change: Change) -> list[str] | None:
        if change.kind is Kind.TABLE:
            return self._call("drop_table", change) if change.drops else self._create_table(change.after)
        if change.kind is Kind.INDEX:
            return self._index(change)
        if change.drops:
            return self._call("drop_column", change, quoted(change.part))
        said = self._parts.column(change.after)
        return self._call("add_column", change, said) if said else None

    def _create_table(self, table: Table) -> list[str] | None:
        lines = self._parts.create_table(table, ())
        keys = [self._parts.constraint(one) for one in table.constraints if one.kind is ConstraintKind.FOREIGN]
        if lines is None or None in keys:
            return None
        indexes = [self._parts.create_index(table.name, index) for index in table.indexes]
        if None in indexes:
            return None
        return [*lines[:-1], *(f"    {key}," for key in keys), lines[-1], *(index for index in indexes if index)]

    def _index(self, change: Change) -> list[str] | None:
        if change.drops:
            return [f"await self.db.drop_index({quoted(change.part)}{self._parts.schema(change.owner)})"]
        said = self._parts.create_index(change.owner, change.after) if change.adds else None
        return [said] if said else None

    def _alter(self, changes: Sequence[Change]) -> list[str] | None:
        change, said = changes[0], dict[str, str | None]()
        kinds = {one.kind for one in changes}
        after: Any = change.after
        if Kind.TYPE in kinds:
            said["type_"] = python_type(after.type)
        if Kind.NULLABLE in kinds:
            said["nullable"] = str(after.nullable)
        if Kind.DEFAULT in kinds:
            said["server_default"] = "None" if after.default is None else self._parts.text(after.default)
        if None in said.values() or kinds - set(_FACETS):
            return None
        return self._call(
            "alter_column", change, quoted(change.part), *(f"{key}={value}" for key, value in said.items())
        )

    def _drop_constraint(self, change: Change) -> list[str] | None:
        name = change.before.name
        schema = self._parts.schema(change.owner)
        return [f"await self.db.drop_constraint({quoted(name)}, {quoted(change.owner.name)}{schema})"] if name else None


def plain(text: str, default: str) -> str:
    """A statement without the schema that goes without saying."""
    return text.replace(f'"{default}".', "")

"""Changes on SQLite as the verbs of a Python migration, which rebuild a table by themselves where they have to."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from lockgate.generating.code import Call, Code, Text, call
from lockgate.generating.in_order import in_order, referred
from lockgate.generating.python_parts import Parts
from lockgate.generating.python_statements import execute
from lockgate.generating.python_types import python_type
from lockgate.nouns.changes import Change, Kind, Statement
from lockgate.nouns.schema import ConstraintKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from lockgate.generating.file_text import Body
    from lockgate.nouns.schema import Name, Table

_FACETS = (Kind.TYPE, Kind.NULLABLE, Kind.DEFAULT)
_PARTS = {*_FACETS, Kind.TABLE, Kind.COLUMN, Kind.CONSTRAINT, Kind.INDEX}


class PythonChanges:
    """Says statements by what they change."""

    def __init__(self, default: str) -> None:
        self._default = default
        self._parts = Parts(default)

    def body(self, statements: Sequence[Statement]) -> Body:
        """The calls of each group of statements that make the same changes, with these."""
        body: Body = []
        for changes, texts in grouped(statements):
            verbs = list(self._verbs(changes))
            said = [(own, calls) for own, calls in verbs if calls is not None]
            whole = [(changes, [execute(plain(text, self._default)) for text in texts])]
            body += said if len(said) == len(verbs) else whole
        return body

    def _verbs(self, changes: tuple[Change, ...]) -> Iterator[tuple[tuple[Change, ...], list[Call] | None]]:
        """The calls for some of the changes each, None where no verb says them.

        What names a column goes before it changes, and comes back afterwards.
        """
        if any(one.kind not in _PARTS for one in changes) or _gets_row_numbers(changes):
            yield changes, None
        constraints = [one for one in changes if one.kind is Kind.CONSTRAINT]
        yield from (((one,), self._drop_constraint(one)) for one in constraints if one.before)
        for part in dict.fromkeys(one.part for one in changes if one.kind in _FACETS):
            own = tuple(one for one in changes if one.part == part)
            yield own, self._alter(own)
        wholes = [one for one in changes if one.kind in {Kind.TABLE, Kind.COLUMN, Kind.INDEX}]
        yield from (((one,), self._whole(one)) for one in wholes)
        for one in constraints:
            if one.after:
                added = self._parts.constraints.add(one.owner, one.after)
                yield (one,), [added] if added else None

    def _call(self, verb: str, change: Change, *arguments: Code, **named: Code | None) -> list[Call]:
        made = call(verb, Text(change.owner.name), *arguments, **named)
        return [made.having(schema=self._parts.schema(change.owner))]

    def _whole(self, change: Change) -> list[Call] | None:
        if change.kind is Kind.TABLE:
            return self._call("drop_table", change) if change.drops else self._create_table(change.after)
        if change.kind is Kind.INDEX:
            return self._index(change)
        if change.drops:
            return self._call("drop_column", change, Text(change.part))
        said = self._parts.column(change.after)
        return self._call("add_column", change, said) if said else None

    def _create_table(self, table: Table) -> list[Call] | None:
        keys = [one for one in table.constraints if one.kind is ConstraintKind.FOREIGN]
        made = self._parts.create_table(table, keys, ())
        indexes = [self._parts.create_index(table.name, index, where="sqlite_where") for index in table.indexes]
        calls = [one for one in (made, *indexes) if one is not None]
        return calls if len(calls) == len(indexes) + 1 else None

    def _index(self, change: Change) -> list[Call] | None:
        if change.drops:
            name, table = Text(change.part), Text(change.owner.name)
            return [call("drop_index", name, table, schema=self._parts.schema(change.owner))]
        said = self._parts.create_index(change.owner, change.after, where="sqlite_where") if change.adds else None
        return [said] if said else None

    def _alter(self, changes: Sequence[Change]) -> list[Call] | None:
        change, said = changes[0], dict[str, Code | None]()
        kinds = {one.kind for one in changes}
        after: Any = change.after
        if Kind.TYPE in kinds:
            said["type_"] = python_type(after.type)
        if Kind.NULLABLE in kinds:
            said["nullable"] = str(after.nullable)
        if Kind.DEFAULT in kinds:
            said["server_default"] = "None" if after.default is None else self._parts.default(after)
        if None in said.values() or kinds - set(_FACETS):
            return None
        return self._call("alter_column", change, Text(change.part), **said)

    def _drop_constraint(self, change: Change) -> list[Call] | None:
        name, owner = change.before.name, change.owner
        verb = call("drop_constraint", Text(name), Text(owner.name), schema=self._parts.schema(owner))
        return [verb] if name else None


def grouped(statements: Sequence[Statement]) -> list[tuple[tuple[Change, ...], list[str]]]:
    """SQLite's statements by what they change; tables that come or go in the order of their foreign keys."""
    groups = [
        (changes, [one.text for one in group]) for changes, group in groupby(statements, key=lambda one: one.changes)
    ]
    created = [group for group in groups if _is_whole(group[0]) and group[0][0].adds]
    dropped = [group for group in groups if _is_whole(group[0]) and group[0][0].drops]
    tables: dict[Name, Table] = {group[0][0].owner: group[0][0].before for group in dropped}

    def referring(group: tuple[tuple[Change, ...], list[str]]) -> Collection[int]:
        name = group[0][0].owner
        return [place for place, one in enumerate(dropped) if name in referred(tables[one[0][0].owner])]

    def needed(group: tuple[tuple[Change, ...], list[str]]) -> Collection[int]:
        return [place for place, one in enumerate(created) if one[0][0].owner in referred(group[0][0].after)]

    for several, needs in ((created, needed), (dropped, referring)):
        order = iter([several[place] for place in in_order(range(len(several)), lambda place: needs(several[place]))])  # noqa: B023 - used at once
        groups = [next(order) if group in several else group for group in groups]
    return groups


def _gets_row_numbers(changes: Sequence[Change]) -> bool:
    """Whether a table gets a column for the numbers of its rows: one verb adds the column, and has no values for it yet."""
    added = {(one.part,) for one in changes if one.kind is Kind.COLUMN and one.adds and one.after.type == "INTEGER"}
    keys = [one.after for one in changes if one.kind is Kind.CONSTRAINT and one.after]
    return any(key.kind is ConstraintKind.PRIMARY and key.columns in added for key in keys)


def _is_whole(changes: tuple[Change, ...]) -> bool:
    return len(changes) == 1 and changes[0].kind is Kind.TABLE


def plain(text: str, default: str) -> str:
    """A statement without the schema that goes without saying."""
    return text.replace(f'"{default}".', "")

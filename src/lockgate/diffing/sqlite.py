"""The SQL that makes changes on SQLite.

SQLite's ALTER TABLE does little, so that most changes of a table are one rebuild of it, whatever their number. The statements
belong in one transaction that was begun with foreign keys off (https://www.sqlite.org/lang_altertable.html#otheralter).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockgate.diffing.sqlite_altering import changed_table
from lockgate.diffing.sqlite_saying import create_index, create_table, create_view, drop
from lockgate.nouns.changes import Change, Kind, Statement
from lockgate.nouns.schema import Name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lockgate.nouns.schema import Schema


def statements(changes: Sequence[Change], have: Schema, want: Schema) -> list[Statement]:
    """What makes the changes, which are some of `diff(have, want)`, on a database that is as `have` says.

    Views that are dropped or changed go first and come last, and so do indexes: ALTER TABLE refuses to drop what they name.

    Raises:
        LockgateError: a column is to be dropped that something names which is to stay.
    """
    return list(_statements(changes, have, want))


def _statements(changes: Sequence[Change], have: Schema, want: Schema) -> Iterator[Statement]:
    tables, indexes, views = (_of(kind, changes) for kind in (Kind.TABLE, Kind.INDEX, Kind.VIEW))
    made = {change.owner for change in tables}
    indexes = [change for change in indexes if change.owner not in made]
    yield from (Statement(drop("VIEW", one.owner), (one,)) for one in views if one.before is not None)
    yield from (Statement(drop("INDEX", _index(one)), (one,)) for one in indexes if one.before is not None)
    for _owner, ours in _by_table(changes, made):
        yield from (Statement(text, ours) for text in changed_table(ours, indexes, have, want))
    yield from (Statement(drop("TABLE", one.owner), (one,)) for one in tables if one.after is None)
    for change in tables:
        if change.after is not None:
            yield from (Statement(text, (change,)) for text in create_table(change.after, want))
    yield from (Statement(create_index(one.owner, one.after, want), (one,)) for one in indexes if one.after is not None)
    for change in views:
        if change.after is not None:
            yield from (Statement(text, (change,)) for text in create_view(change.after, have, want))


def _of(kind: Kind, changes: Iterable[Change]) -> list[Change]:
    return [change for change in changes if change.kind is kind]


def _index(change: Change) -> Name:
    return change.owner._replace(name=change.before.name)


def _by_table(changes: Iterable[Change], made: set[Name]) -> list[tuple[Name, tuple[Change, ...]]]:
    """The changes within each table that neither comes nor goes, by the order in which the tables are first named."""
    found = dict[Name, list[Change]]()
    for change in changes:
        if change.kind not in {Kind.TABLE, Kind.INDEX, Kind.VIEW, Kind.NAMESPACE} and change.owner not in made:
            found.setdefault(change.owner, []).append(change)
    return [(owner, tuple(ours)) for owner, ours in found.items()]

"""What looks like a drop and an add, and was perhaps a new name."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lockgate.diffing.words import shown
from lockgate.generating.code import Call, Text, call
from lockgate.nouns.changes import Change, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lockgate.nouns.schema import Name, Table


class Rename(NamedTuple):
    """A table, or with `column` one of its columns, that perhaps has a new name."""

    owner: Name
    column: str
    new: str

    @property
    def old(self) -> str:
        """The name that it has until now."""
        return self.column or self.owner.name

    def as_json(self, default: str) -> dict[str, str]:
        """It as JSON, in the words of the difference that it looks like; `default` is the schema that goes without saying."""
        owner, kind = shown(self.owner, default), Kind.COLUMN if self.column else Kind.TABLE
        name = f"{owner}.{self.column}" if self.column else owner
        return {"kind": kind.value, "owner": owner, "name": name, "new_name": self.new}

    def note(self, instead: str) -> str:
        """What to do `instead` where it is a new name, in words for the head of a migration."""
        what = f"{self.owner.name}.{self.column}" if self.column else self.owner.name
        return f"Is {self.new} only a new name of {what}? Then this loses what it holds: say {instead} instead."


def probable_renames(changes: Iterable[Change]) -> list[Rename]:
    """Those of which all but the name is equal; each name is in one of them at most."""
    changes = list(changes)
    dropped = [one for one in changes if one.drops and one.kind in {Kind.TABLE, Kind.COLUMN}]
    added = [one for one in changes if one.adds and one.kind in {Kind.TABLE, Kind.COLUMN}]
    return list(_pairs(dropped, added))


def _pairs(dropped: list[Change], added: list[Change]) -> Iterator[Rename]:
    for old in dropped:
        new = next((one for one in added if _alike(old, one)), None)
        if new is not None:
            added.remove(new)
            yield Rename(old.owner, old.part, new.part or new.owner.name)


def _alike(old: Change, new: Change) -> bool:
    if old.kind is not new.kind or old.owner.schema != new.owner.schema:
        return False
    if old.kind is Kind.TABLE:
        return _columns(old.before) == _columns(new.after)
    same = old.before._replace(name="", comment=None) == new.after._replace(name="", comment=None)
    return old.owner == new.owner and same


def _columns(table: Table) -> set[tuple[str, str, bool]]:
    """The columns of a table but for their defaults, which may name a sequence that is called after it."""
    return {(column.name, column.type, column.nullable) for column in table.columns}


def statement_of(rename: Rename, *, back: bool = False) -> str:
    """The SQL that gives it the new name, or the old one back."""
    schema, table = (f'"{part.replace(chr(34), chr(34) * 2)}"' for part in rename.owner)
    old, new = (f'"{part.replace(chr(34), chr(34) * 2)}"' for part in _ordered(rename, back=back))
    if rename.column:
        return f"ALTER TABLE {schema}.{table} RENAME COLUMN {old} TO {new}"
    return f"ALTER TABLE {schema}.{old} RENAME TO {new}"


def verb_of(rename: Rename, default: str, *, back: bool = False) -> Call:
    """The same as a verb of a Python migration."""
    schema = None if rename.owner.schema == default else Text(rename.owner.schema)
    names = map(Text, _ordered(rename, back=back))
    if rename.column:
        return call("rename_column", Text(rename.owner.name), *names, schema=schema)
    return call("rename_table", *names, schema=schema)


def _ordered(rename: Rename, *, back: bool) -> tuple[str, str]:
    return (rename.new, rename.old) if back else (rename.old, rename.new)

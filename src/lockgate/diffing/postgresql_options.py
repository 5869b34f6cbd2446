"""What stands around a table's columns: how it is stored, what it inherits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lockgate.diffing.postgresql_names import qualified
from lockgate.errors import LockgateError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockgate.nouns.schema import Table

_CLAUSE = re.compile(r"(PARTITION BY|INHERITS|USING|WITH|TABLESPACE) ?")


def table_options(before: Table, after: Table) -> Iterator[str]:
    """The ALTER TABLEs from one to the other.

    Raises:
        LockgateError: a table that is there cannot be partitioned, or not any more.
    """
    alter = f"ALTER TABLE {qualified(after.name)}"
    if before.before != after.before:
        yield f"{alter} SET {after.before or 'LOGGED'}"
    old, new = _clauses(before.after), _clauses(after.after)
    if old.get("PARTITION BY") != new.get("PARTITION BY"):
        raise LockgateError(
            f"How {after.name} is partitioned cannot be changed in place.",
            hint="Create a partitioned table beside it, copy the rows, and swap the names.",
        )
    if old.get("TABLESPACE") != new.get("TABLESPACE"):
        yield f"{alter} SET TABLESPACE {new.get('TABLESPACE', 'pg_default')}"
    if old.get("USING") != new.get("USING"):
        yield f"{alter} SET ACCESS METHOD {new.get('USING', 'heap')}"
    yield from _parameters(alter, _items(old.get("WITH", "")), _items(new.get("WITH", "")))
    parents, wanted = _items(old.get("INHERITS", "")), _items(new.get("INHERITS", ""))
    yield from (f"{alter} NO INHERIT {parent}" for parent in parents if parent not in wanted)
    yield from (f"{alter} INHERIT {parent}" for parent in wanted if parent not in parents)


def _parameters(alter: str, old: list[str], new: list[str]) -> Iterator[str]:
    if changed := [item for item in new if item not in old]:
        yield f"{alter} SET ({', '.join(changed)})"
    kept = {item.partition("=")[0] for item in new}
    if gone := [item.partition("=")[0] for item in old if item.partition("=")[0] not in kept]:
        yield f"{alter} RESET ({', '.join(gone)})"


def _clauses(text: str) -> dict[str, str]:
    pieces = _CLAUSE.split(text)[1:]
    return {word: rest.strip() for word, rest in zip(pieces[::2], pieces[1::2], strict=True)}


def _items(text: str) -> list[str]:
    inner = text.removeprefix("(").removesuffix(")")
    return [item.strip() for item in inner.split(",")] if inner else []

"""SQLite's pragmas that migrations put around table rebuilds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from lockgate.sql.statements import Statement


def foreign_keys(statement: Statement) -> bool | None:
    """Whether `statement` is a PRAGMA that turns foreign keys on or off; None if it is none such.

    A value may be a number or a word, quoted or not, after `=` or in parentheses; any word that is not true turns them
    off (SQLite's documentation, "PRAGMA Statements", and its sqlite3GetBoolean()).
    """
    if statement.words[:1] != ("PRAGMA",):
        return None
    found = re.fullmatch(_FOREIGN_KEYS, statement.text)
    if found is None:
        return None
    value = found["value"].lower()
    return int(value) != 0 if value.isdecimal() else value in {"on", "yes", "true"}


def stays_around(statement: Statement) -> bool:
    """Whether a PRAGMA may move from outside a block into it: it works there just as well."""
    words = statement.words
    return words[:1] == ("PRAGMA",) and words[1:2] in {("LEGACY_ALTER_TABLE",), ("FOREIGN_KEY_CHECK",)}


def foreign_key_switches(statements: tuple[Statement, ...], kinds: Container[int]) -> tuple[int, ...]:
    """The indexes of a leading pragma that turns foreign keys off and, if there is one, of its trailing counterpart."""
    indexes = range(len(statements))
    off = _first(statements, kinds, indexes, wanted=False)
    if off is None:
        return ()
    on = _first(statements, kinds, reversed(indexes[off + 1 :]), wanted=True)
    return (off,) if on is None else (off, on)


def _first(
    statements: tuple[Statement, ...],
    kinds: Container[int],
    indexes: Iterable[int],
    *,
    wanted: bool,
) -> int | None:
    """The first of `indexes` whose pragma sets foreign keys as wanted, with only such and BEGIN or COMMIT before."""
    for index in indexes:
        setting = foreign_keys(statements[index])
        if setting is wanted:
            return index
        if setting is None and index not in kinds and not stays_around(statements[index]):
            return None
    return None


_FOREIGN_KEYS: Final = (
    r"""(?is)PRAGMA\s+(?:["'`\[]?\w+["'`\]]?\s*\.\s*)?"""
    r"""["'`\[]?foreign_keys["'`\]]?\s*[=(]\s*['"]?(?P<value>\w+)['"]?\s*\)?"""
)

"""Virtual tables, and the tables in which they keep what they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lockgate.sqlite_tables.cursor import Cursor
from lockgate.sqlite_tables.header import header
from lockgate.sqlite_tables.tokens import fold

if TYPE_CHECKING:
    from collections.abc import Iterable


def virtual_module(text: str) -> str | None:
    """The module of a virtual table, folded; None if the statement makes no virtual table."""
    cursor = Cursor(text, "The definition of the table")
    if header(cursor).kind != "VIRTUAL TABLE" or not cursor.accept("USING"):
        return None
    return fold(cursor.name().name)


def is_shadow(name: str, virtual: Iterable[tuple[str, str]]) -> bool:
    """Whether a table belongs to one of the virtual tables, which are given by name and module.

    The names follow from the virtual table's (https://www.sqlite.org/vtab.html#the_xshadowname_method). Of a module that is not
    known here, every table counts that could be one: to pass over a table does less harm than to drop one of those.
    """
    return any(_is_of(fold(name), fold(table), _SUFFIXES.get(module)) for table, module in virtual)


def _is_of(name: str, table: str, suffixes: frozenset[str] | None) -> bool:
    if not name.startswith(f"{table}_"):
        return False
    return suffixes is None or name[len(table) + 1 :] in suffixes


_FTS: Final = frozenset({"content", "segments", "segdir", "docsize", "stat"})
_RTREE: Final = frozenset({"node", "rowid", "parent"})
_SUFFIXES: Final = {
    "fts3": _FTS,
    "fts4": _FTS,
    "fts5": frozenset({"data", "idx", "content", "docsize", "config"}),
    "rtree": _RTREE,
    "rtree_i32": _RTREE,
    "geopoly": _RTREE,
}

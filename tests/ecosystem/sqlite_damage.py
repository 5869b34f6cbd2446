"""What can be done to a SQLite file: what ALTER TABLE knows, and tables made anew of a text with one line changed."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Act = tuple[str, str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]

_MASTER = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
_BETWEEN = re.compile(r", ?\n\t")
_NAME = re.compile(r'(?:"((?:[^"]|"")+)"|([^\s"(]+))\s')
_DEFAULT = re.compile(r" DEFAULT (?:\([^()]*\)|'[^']*'|\S+)")
_OF_TABLE = ("PRIMARY KEY", "CONSTRAINT", "FOREIGN KEY", "UNIQUE", "CHECK")


def possible(path: Path) -> list[Act]:
    """All of it; some of which the database will refuse."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(_MASTER).fetchall()
    acts = list[Act]()
    for kind, name, table, sql in rows:
        if kind == "table":
            others = [text for _, other, of, text in rows if of == name and other != name]
            acts += [*_table(name), *_lines(name, sql, others)]
        elif kind == "index":
            acts.append(("drop index", table, (name,), (f"DROP INDEX {_quoted(name)}",), ()))
    return acts


def _table(name: str) -> Iterator[Act]:
    table = _quoted(name)
    yield "drop table", name, ("",), (f"DROP TABLE {table}",), ()
    yield "add column", name, ("zz_added",), (f"ALTER TABLE {table} ADD COLUMN zz_added VARCHAR(12) DEFAULT 'q'",), ()


def _lines(table: str, sql: str, others: list[str]) -> Iterator[Act]:
    body, end, tail = sql.rpartition("\n)")
    lines = _BETWEEN.split(body)
    for place, line in enumerate(lines[1:], 1):
        # The number of a row is never NULL, whatever is said of it: https://www.sqlite.org/lang_createtable.html#rowid.
        is_key = " PRIMARY KEY" in line or f"PRIMARY KEY ({_column(line)})" in body
        is_number = is_key and " INTEGER" in line
        for kind, part, changed in _changed(line) if not is_number else ():
            made = ",\n\t".join([*lines[:place], *changed, *lines[place + 1 :]])
            yield kind, table, part, (f"DROP TABLE {_quoted(table)}", f"{made}{end}{tail}", *others), ()
        yield from _altered(table, line)


def _changed(line: str) -> Iterator[tuple[str, tuple[str, ...], list[str]]]:
    """What a line of CREATE TABLE might say instead; nothing where it goes."""
    name = _column(line)
    if name is None:
        yield f"drop {' '.join(re.findall('PRIMARY|FOREIGN|UNIQUE|CHECK', line)[:1]).lower()}", _constraint(line), []
        return
    part = (name,)
    if " NOT NULL" in line:
        yield "drop not null", part, [line.replace(" NOT NULL", "")]
    elif " DEFAULT" not in line:
        yield "set not null", part, [f"{line} NOT NULL"]
    if _DEFAULT.search(line):
        yield "drop default", part, [_DEFAULT.sub("", line)]
    else:
        yield "set default", part, [f"{line} DEFAULT 7"]
    if "VARCHAR(" in line:
        yield "widen", part, [line.replace("VARCHAR(", "VARCHAR(7")]
    if " INTEGER" in line:
        yield "retype", part, [line.replace(" INTEGER", " BIGINT")]


def _altered(table: str, line: str) -> Iterator[Act]:
    name = _column(line)
    if name is None:
        return
    place, column = _quoted(table), _quoted(name)
    yield "drop column", table, (name,), (f"ALTER TABLE {place} DROP COLUMN {column}",), ()
    renaming = f"ALTER TABLE {place} RENAME COLUMN {column} TO zz_renamed"
    yield "rename column", table, (name, "zz_renamed"), (renaming,), ()
    yield "add index", table, ("zz_index",), (f"CREATE INDEX zz_index ON {place} ({column})",), (name,)


def _column(line: str) -> str | None:
    if line.lstrip().startswith(_OF_TABLE):
        return None
    found = _NAME.match(line.lstrip())
    return None if found is None else found[1].replace('""', '"') if found[1] else found[2]


def _constraint(line: str) -> tuple[str, ...]:
    found = re.match(r'\s*CONSTRAINT (?:"((?:[^"]|"")+)"|(\S+))', line)
    return ((found[1] or found[2]) if found else "",)


def _quoted(name: str) -> str:
    return f'"{name.replace(chr(34), chr(34) * 2)}"'

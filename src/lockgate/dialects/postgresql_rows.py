"""Rows as COPY gives them, in its text format."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from lockgate.nouns.history import Applied

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ESCAPES: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def text_of(value: str) -> str:
    """A string literal that no setting of the session reads otherwise."""
    return "E'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def rows_of(data: bytes) -> list[tuple[str | None, ...]]:
    """The rows: https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.2."""
    return [_row(line) for line in data.decode().split("\n")[:-1]]


def applied_of(row: tuple[str | None, ...]) -> Applied:
    """A row of the tracking table, with its schema before it and its time in microseconds."""
    _, number, name, digest, microseconds, batch = row
    applied_at = _EPOCH + timedelta(0, 0, int(microseconds or ""))  # by position: every start does this for every row
    return Applied(int(number or ""), name or "", digest or "", applied_at, int(batch or ""))


def _row(line: str) -> tuple[str | None, ...]:
    values = line.split("\t")
    return tuple(map(_decoded, values)) if "\\" in line else tuple(values)


def _decoded(value: str) -> str | None:
    if "\\" not in value:
        return value
    if value == "\\N":
        return None
    return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[1]), value)

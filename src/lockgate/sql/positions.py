"""Where in a text an offset is, for people: line, column, and the line itself with a caret below."""

from __future__ import annotations

from typing import Final, NamedTuple

_WIDTH: Final = 100
_CUT: Final = "…"


class Place(NamedTuple):
    """A line and a column, both from 1; a column is a character, whatever its width on a screen."""

    line: int
    column: int


def place(text: str, offset: int, *, first_line: int = 1) -> Place:
    """The place of `offset` in `text`, whose first line has the number `first_line`; an offset behind it is its end."""
    offset = max(0, min(offset, len(text)))
    return Place(first_line + text.count("\n", 0, offset), offset - text.rfind("\n", 0, offset))


def excerpt(text: str, offset: int) -> str:
    """The line of `offset` and, below it, a caret under the offset; a long line is cut around the caret."""
    offset = max(0, min(offset, len(text)))
    start = text.rfind("\n", 0, offset) + 1
    end = text.find("\n", offset)
    line = text[start : end if end >= 0 else len(text)].rstrip("\r")
    line, column = _cut(line, min(offset - start, len(line)))
    # A tab below a tab keeps the caret in place, however wide the reader's tabs are.
    margin = "".join("\t" if character == "\t" else " " for character in line[:column])
    return f"{line}\n{margin}^"


def _cut(line: str, column: int) -> tuple[str, int]:
    """The part of `line` around `column` that fits, and the column within that part."""
    if len(line) <= _WIDTH:
        return line, column
    first = max(0, min(column - _WIDTH // 2, len(line) - _WIDTH))
    head, tail = _CUT if first else "", _CUT if first + _WIDTH < len(line) else ""
    return f"{head}{line[first : first + _WIDTH]}{tail}", column - first + len(head)

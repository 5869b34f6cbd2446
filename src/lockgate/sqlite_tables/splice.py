"""Cuts and inserts text such that tokens neither run together nor end up in a comment."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lockgate.sqlite_tables.constraints import Constraint
    from lockgate.sqlite_tables.definition import Column, Definition
    from lockgate.sqlite_tables.tokens import Token


def put(text: str, start: int, end: int, new: str) -> str:
    """The text with `new` from `start` to `end`, and blanks where tokens would run together."""
    before, after = text[:start], text[end:]
    if _clash(before, new or after):
        before += " "
    if new and _clash(new, after):
        new += " "
    return before + new + after


def cut(definition: Definition, start: int, end: int) -> str:
    """The text without the stretch, and without the blanks before it unless they end a line comment."""
    text = definition.text
    before = _before_blanks(text, start)
    ends_comment = any(comment.end == before and comment.kind == "line" for comment in definition.comments)
    if ends_comment and not text.startswith("\n", end):
        return put(text, start, end, "")
    return put(text, before, end, "")


def append(definition: Definition, new: str) -> str:
    """The text with one more item at the end of the parentheses, laid out like the one before."""
    text, last = definition.text, definition.items[-1]
    notes = [comment for comment in definition.comments if last.end <= comment.start < definition.close]
    tail = notes[-1].end if notes else last.end
    lead = text[_before_blanks(text, last.start) : last.start]
    if not lead and len(definition.items) == 1:
        lead = " "
    if notes and notes[-1].kind == "line" and not lead.startswith("\n"):
        lead = "\n"
    return f"{text[: last.end]},{text[last.end : tail]}{lead}{new}{text[tail:]}"


def insert(definition: Definition, before: Constraint, new: str) -> str:
    """The text with one more item before a table constraint."""
    text = definition.text
    lead = text[_before_blanks(text, before.start) : before.start]
    return f"{text[: before.start]}{new},{lead}{text[before.start :]}"


def remove(definition: Definition, item: Column | Constraint) -> str:
    """The text without one item, its comma, and the comment on the rest of its line; other comments stay."""
    place = definition.items.index(item)
    if place + 1 < len(definition.items):
        return _remove_inner(definition, item, definition.items[place + 1])
    return _remove_last(definition, item, definition.items[place - 1])


def _remove_inner(definition: Definition, item: Column | Constraint, following: Column | Constraint) -> str:
    comma = _comma(definition, item.end, following.start)
    tail = _after_note(definition, item.end if comma is None else comma + 1)
    stop = min((note.start for note in _notes(definition, tail, following.start)), default=following.start)
    return put(definition.text, item.start, stop, "")


def _remove_last(definition: Definition, item: Column | Constraint, before: Column | Constraint) -> str:
    text = cut(definition, item.start, _after_note(definition, item.end))
    comma = _comma(definition, before.end, item.start)
    if comma is None:
        return text
    start = before.end if not definition.text[before.end : comma].strip() else comma
    return text[:start] + text[comma + 1 :]


def _comma(definition: Definition, start: int, end: int) -> int | None:
    return next((comma for comma in definition.commas if start <= comma < end), None)


def _notes(definition: Definition, start: int, end: int) -> Iterable[Token]:
    return (comment for comment in definition.comments if start <= comment.start < end)


def _after_note(definition: Definition, pos: int) -> int:
    """The offset after the comment that takes the rest of the line at `pos`, or `pos` itself."""
    for note in definition.comments:
        alone = re.fullmatch(r"[ \t]*+", definition.text[pos : note.start]) if note.start >= pos else None
        if alone and re.compile(r"[ \t\r]*+\n").match(definition.text, note.end):
            return note.end
    return pos


def _before_blanks(text: str, pos: int) -> int:
    return len(text[:pos].rstrip(" \t\r\n\f"))


def _clash(left: str, right: str) -> bool:
    return bool(re.search(rf"{_EDGE}\Z", left) and re.match(_EDGE, right))


_EDGE: Final = "[A-Za-z0-9_$'\"`\\[\\]\x80-\U0010ffff]"

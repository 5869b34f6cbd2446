"""The up and down sections of a file that holds both, as dbmate and others mark them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from lockgate.errors import MigrationFileError
from lockgate.nouns.migrations import Direction
from lockgate.sql.lexer import Lexer, Stop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockgate.nouns.flavours import Flavour


class Section(NamedTuple):
    """One section's text, without its marker.

    `first_line` is the number of the text's first line in the file. `transactional` is what the marker said of it;
    None if it said nothing.
    """

    text: str
    first_line: int
    transactional: bool | None


class Sections(NamedTuple):
    """A file's sections; without a down the file cannot be rolled back."""

    up: Section
    down: Section | None


def sections(text: str, flavour: Flavour, *, path: str, wanted: Direction = Direction.DOWN) -> Sections:
    """The sections of a file; without markers all of it is up.

    A marker is a comment that begins its line: `-- migrate:up` or `-- migrate:down`, either with `transaction:false`
    or `transaction:true` behind it. What looks like one within a quote or a block comment is none. Where the up is `wanted`,
    what is never closed in the down is no fault.

    Raises:
        MigrationFileError: a marker or its option is unknown, comes twice or out of order, or something other than
            comments stands before the first; or a quote is never closed. The error has the line.
    """
    if "migrate:" not in text:
        return Sections(Section(text, 1, None), None)
    lexer = Lexer(text, flavour, path=path)
    marks = list[Stop]()
    try:
        for mark in _marks(lexer):
            marks.append(mark)
    except MigrationFileError:
        if wanted is Direction.DOWN or not any(_words(lexer, mark)[0] == "down" for mark in marks):
            raise
    if not marks:
        return Sections(Section(text, 1, None), None)
    words = [_words(lexer, mark) for mark in marks]
    names = [_name(lexer, mark, said) for mark, said in zip(marks, words, strict=True)]
    _check_order(lexer, marks, names)
    ends = [*(mark.start for mark in marks[1:]), len(text)]
    found = [_section(lexer, mark, end, said) for mark, end, said in zip(marks, ends, words, strict=True)]
    return Sections(found[0], found[1] if len(found) > 1 else None)


def _marks(lexer: Lexer) -> Iterator[Stop]:
    """The markers that the lexer takes for comments and that begin their line."""
    for stop in lexer.stops(lexer.begin(), lexer.rules.marker()):
        if stop.kind == "mark":
            line = lexer.text.rfind("\n", 0, stop.start) + 1
            if not lexer.text[line : stop.start].strip("\ufeff \t"):
                yield stop


def _name(lexer: Lexer, mark: Stop, words: list[str]) -> str:
    name = words[0]
    if name not in {"up", "down"}:
        lexer.fail(mark.start, f"there is no marker migrate:{name}", hint="Markers are migrate:up and migrate:down.")
    return name


def _check_order(lexer: Lexer, marks: list[Stop], names: list[str]) -> None:
    for index, (mark, name) in enumerate(zip(marks, names, strict=True)):
        if name in names[:index]:
            lexer.fail(mark.start, f"migrate:{name} stands here a second time", hint=_ORDER)
        if index == 0 and name == "down":
            lexer.fail(mark.start, "migrate:down stands before any migrate:up", hint=_ORDER)
    content = lexer.blank(lexer.begin())
    if content < marks[0].start:
        lexer.fail(content, "something stands before migrate:up", hint="Move it below the marker; comments may stay.")


def _section(lexer: Lexer, mark: Stop, end: int, words: list[str]) -> Section:
    newline = lexer.text.find("\n", mark.end)
    start = newline + 1 if newline >= 0 else len(lexer.text)
    return Section(lexer.text[start:end], lexer.line(mark.start) + 1, _transactional(lexer, mark, words[1:]))


def _transactional(lexer: Lexer, mark: Stop, options: list[str]) -> bool | None:
    known = {"transaction:true": True, "transaction:false": False}
    said = [known[option] for option in options if option in known]
    others = [option for option in options if option not in known and option not in _PHASES]
    if others or len(said) > 1:
        words = " ".join(others or options)
        hint = "It may say transaction:false or :true, and phase:expand or :contract."
        lexer.fail(mark.start, f"a marker has no option {words}", hint=hint)
    return said[0] if said else None


def _words(lexer: Lexer, mark: Stop) -> list[str]:
    return re.sub(r"^--[ \t]*migrate:", "", lexer.text[mark.start : mark.end]).split()


_PHASES = frozenset({"phase:expand", "phase:contract"})
_ORDER = "A file has one migrate:up and, below it, at most one migrate:down."

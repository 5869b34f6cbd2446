"""The part of a text that is sent whole, with blanks for what the server must not see."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lockgate.nouns.flavours import Flavour
from lockgate.sql.lexer import Lexer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockgate.sql.statements import Statement


def script(
    text: str, statements: tuple[Statement, ...], dropped: frozenset[int], flavour: Flavour
) -> tuple[tuple[int, int], str]:
    """The offsets between the dropped statements at both ends, and the text there with blanks for the other ones."""
    lexer = Lexer(text, flavour)
    if not dropped and "restrict" not in text:
        return (lexer.begin(), len(text)), text[lexer.begin() :]
    holes = [(statements[index].start, _after(lexer, statements[index])) for index in sorted(dropped)]
    kept = [index for index in range(len(statements)) if index not in dropped]
    first = kept[0] if kept else max(dropped, default=0)
    starts = [end for index, (_, end) in zip(sorted(dropped), holes, strict=True) if index < first]
    ends = [start for index, (start, _) in zip(sorted(dropped), holes, strict=True) if index >= (kept or [first])[-1]]
    start, end = max(starts, default=lexer.begin()), min(ends, default=len(text))
    if flavour is Flavour.POSTGRESQL and "restrict" in text:
        holes += _client_lines(lexer, statements)
    return (start, end), _blanked(text, start, end, sorted(holes))


def _after(lexer: Lexer, statement: Statement) -> int:
    """The offset after the statement's semicolon, or after itself if another terminator ends it."""
    pos = lexer.blank(statement.end)
    return pos + 1 if lexer.text.startswith(";", pos) else statement.end


def _client_lines(lexer: Lexer, statements: tuple[Statement, ...]) -> Iterator[tuple[int, int]]:
    """The lines between statements that only psql reads; splitting let no others pass than those of pg_dump."""
    line = re.compile(r"\\[^\r\n]*+|;")
    for gap in (lexer.begin(), *(statement.end for statement in statements)):
        pos = gap
        while found := line.match(lexer.text, lexer.blank(pos)):
            if found[0] != ";":
                yield found.span()
            pos = found.end()


def _blanked(text: str, start: int, end: int, holes: list[tuple[int, int]]) -> str:
    """The text from `start` to `end` with spaces over `holes`; line ends stay, so that lines keep their numbers."""
    pieces, pos = list[str](), start
    for first, last in holes:
        if start <= first < end:
            pieces += text[pos:first], re.sub(r"[^\r\n]", " ", text[first:last])
            pos = last
    return "".join((*pieces, text[pos:end]))

"""MySQL's routines in files that no mysql client reads: there is no DELIMITER around them, and the server finds their end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lockgate.nouns.flavours import Flavour
from lockgate.sql.lexer import Lexer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lockgate.sql.statements import Statement

_ROUTINES: Final = frozenset({"PROCEDURE", "FUNCTION", "TRIGGER", "EVENT"})
_FLOW: Final = frozenset({"IF", "LOOP", "WHILE", "REPEAT"})


def whole_routines(text: str, statements: Sequence[Statement]) -> list[Statement]:
    """The statements of `text`, those together that were split within the BEGIN … END of a routine."""
    found: list[Statement] = []
    rest = iter(statements)
    for first in rest:
        last, open_ = first, _opened(first.text) if _is_routine(first) else 0
        while open_ > 0 and (more := next(rest, None)):
            last, open_ = more, open_ + _opened(more.text)
        number = len(found) + 1
        found.append(first._replace(text=text[first.start : last.end], end=last.end, number=number))
    return found


def _is_routine(statement: Statement) -> bool:
    """Whether it creates one; who defines it, which may be quoted, stands in between."""
    return statement.words[:1] == ("CREATE",) and not _ROUTINES.isdisjoint(_words(statement.text, most=24))


def _opened(text: str) -> int:
    """How many more blocks a text opens than it closes. END IF and its like close what is not counted."""
    words = list(_words(text))
    begun = sum(
        word in {"BEGIN", "CASE"} and before != "END" for before, word in zip(["", *words], words, strict=False)
    )
    ended = sum(word == "END" and after not in _FLOW for word, after in zip(words, [*words[1:], ""], strict=True))
    return begun - ended


def _words(text: str, most: int | None = None) -> Iterator[str]:
    lexer = Lexer(text, Flavour.MYSQL)
    for count, stop in enumerate(lexer.stops(0, lexer.rules.scanner(words=True))):
        if count == most:
            return
        if stop.kind == "word":
            yield text[stop.start : stop.end].upper()

"""The statements within a DO block, as far as a text tells them: those between its semicolons, and what EXECUTE is given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lockgate.linting.tokens import Token, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_OPENING: Final = frozenset({"BEGIN", "ELSE", "LOOP", "DECLARE"})
_CONDITIONS: Final = frozenset({"IF", "ELSIF", "ELSEIF", "WHILE", "FOR", "FOREACH", "CASE", "WHEN", "EXCEPTION"})
_THEN: Final = frozenset({"THEN", "LOOP"})


def statements_of(block: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """The tokens of each statement in a DO block, at the offsets that they have in it."""
    body = next((token for token in block if token.kind == "text"), None)
    if body is not None:
        yield from _parts(_within(body))


def _parts(found: Sequence[Token]) -> Iterator[Sequence[Token]]:
    first = 0
    for place, token in enumerate([*found, Token("sign", ";", 0, 0, 0)]):
        if token.text == ";":
            yield from _statements(found[first:place])
            first = place + 1


def _statements(part: Sequence[Token]) -> Iterator[Sequence[Token]]:
    rest = _behind_control(part)
    if rest and rest[0].upper == "EXECUTE" and len(rest) > 1 and rest[1].kind == "text":
        yield from _parts(_within(rest[1]))
    elif rest:
        yield rest


def _behind_control(part: Sequence[Token]) -> Sequence[Token]:
    """What is left of it behind BEGIN, IF … THEN and the like."""
    while part and part[0].upper in _OPENING | _CONDITIONS:
        if part[0].upper in _CONDITIONS:
            depth = part[0].depth
            ends = (place for place, one in enumerate(part) if one.upper in _THEN and one.depth == depth)
            part = part[next(ends, len(part)) :]
        part = part[1:]
    return part


def _within(quoted: Token) -> list[Token]:
    """The tokens of what is quoted."""
    if quoted.text.startswith("$"):
        opening = quoted.text.index("$", 1) + 1
        inner = quoted.text[opening:-opening]
    else:
        opening = quoted.text.index("'") + 1
        inner = quoted.text[opening:-1].replace("''", " '")  # as long as it was
    start = quoted.start + opening
    return [one._replace(start=one.start + start, end=one.end + start) for one in tokens(inner)]

"""Puts blanks between the pieces of a text that is in normal form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Piece(NamedTuple):
    """A piece of text; `kind` is name, function, word (a keyword), operand (one that is a value), literal, mark or sign."""

    kind: str
    text: str


def laid_out(pieces: Sequence[Piece]) -> str:
    """The text; the same for the same pieces, and read again it gives these pieces."""
    said, last = "", _OPEN
    for one in pieces:
        piece = Piece("sign", one.text) if one.text in _SIGNS and one.kind == "mark" and _opens(last) else one
        said += ("" if _close(last, piece) else " ") + piece.text
        last = piece
    return said


def _opens(left: Piece) -> bool:
    """Whether an operand comes next, so that + and - are its sign."""
    return left.kind in {"word", "sign"} or (left.kind == "mark" and left.text != ")")


def _close(left: Piece, right: Piece) -> bool:
    if left.kind == "mark" and left.text in {"(", "."}:
        return True
    if left.kind == "sign":
        return right.kind != "sign"
    if right.kind == "mark":
        return right.text in {")", ",", "."} or (right.text == "(" and left.kind == "function")
    return False


_OPEN: Final = Piece("mark", "(")
_SIGNS: Final = frozenset("+-~")

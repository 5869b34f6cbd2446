"""A normal form of expressions, types and names, in which equal meaning is equal text, however it was spelled."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from lockgate.sqlite_tables.keywords import RESERVED, plain
from lockgate.sqlite_tables.layout import Piece, laid_out
from lockgate.sqlite_tables.tokens import Token, fold, group, quoted, scan

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Scope:
    """What names mean where an expression stands.

    Attributes:
        table: the table's own name, folded, which may precede a column's.
        columns: how each column's name is spelled, by the folded name. A name of no column is folded.
        collations: each column's own collation, by the folded name; BINARY goes unsaid.
    """

    table: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    collations: Mapping[str, str] = field(default_factory=dict)

    def column(self, name: str) -> str:
        """The column's name as it is spelled."""
        return self.columns.get(fold(name), name)


def expression(tokens: Sequence[Token], scope: Scope) -> str:
    """An expression without comments and outer parentheses, in one spelling of its keywords, names and operators."""
    said = _without_table(_merged(bare(tokens)), scope.table)
    around = zip((NOTHING, *said), said, (*said[1:], NOTHING), strict=False)
    return laid_out([_piece(before, token, after, scope) for before, token, after in around])


def query(tokens: Sequence[Token]) -> str:
    """A SELECT in one spelling; a name behind AS stays as it is, since that is what programs see of it."""
    said = _merged(tokens)
    around = zip((NOTHING, *said), said, (*said[1:], NOTHING), strict=False)
    return laid_out([_query_piece(before, token, after) for before, token, after in around])


def bare(tokens: Sequence[Token]) -> Sequence[Token]:
    """The tokens without the parentheses around all of them."""
    while len(tokens) > 2 and tokens[0].text == "(" and len(group(tokens)) == len(tokens) - 2:
        tokens = tokens[1:-1]
    return tokens


def parts(tokens: Sequence[Token]) -> list[Sequence[Token]]:
    """What stands between the commas that are in no parentheses."""
    found: list[Sequence[Token]] = []
    depth = start = 0
    for place, token in enumerate(tokens):
        depth += (token.text == "(") - (token.text == ")")
        if token.text == "," and depth == 0:
            found.append(tokens[start:place])
            start = place + 1
    return [*found, tokens[start:]]


def names(tokens: Sequence[Token]) -> list[str]:
    """The names of a list that holds nothing else."""
    return [token.name for token in tokens if token.names]


def type_text(text: str) -> str:
    """A type in upper case: `VARYING CHARACTER(255)`, `DECIMAL(10, 2)`."""
    tokens, _ = scan(text)
    return laid_out([Piece("function", token.name.upper()) if token.names else _plain(token) for token in tokens])


def default_text(tokens: Sequence[Token]) -> str | None:
    """The operand of DEFAULT, without a sign that says nothing; None if it is NULL, which is what there is without.

    A name stands for its own text, unless it is a constant's (https://www.sqlite.org/lang_createtable.html#the_default_clause).
    """
    tokens = bare(tokens[1:] if tokens[0].text == "+" else tokens)
    if len(tokens) == 1 and tokens[0].kind in {"word", "quoted"} and not _is_constant(tokens[0]):
        return _string(tokens[0].name)
    said = expression(tokens, Scope())
    return None if said == "NULL" else said


def collation(name: str) -> str:
    """A collation's name; SQLite compares them without regard to case."""
    return plain(name.upper())


def _is_constant(token: Token) -> bool:
    return token.word in {"NULL", "TRUE", "FALSE", *_CONSTANTS}


def _merged(tokens: Sequence[Token]) -> list[Token]:
    """The tokens with the operators of several characters made one."""
    merged = list[Token]()
    for token in tokens:
        both = merged[-1].text + token.text if merged and merged[-1].end == token.start else ""
        if both in _OPERATORS:
            merged[-1] = Token("mark", both, merged[-1].start, token.end)
        else:
            merged.append(token)
    return merged


def _without_table(tokens: list[Token], table: str) -> list[Token]:
    """The tokens without the table's own name and the dot behind it."""
    around = zip((NOTHING, *tokens), tokens, (*tokens[1:], NOTHING), strict=False)
    own = {
        place
        for place, (before, token, after) in enumerate(around)
        if after.text == "." != before.text and token.names and fold(token.name) == table
    }
    return [token for place, token in enumerate(tokens) if not {place, place - 1} & own] if own else tokens


def _piece(before: Token, token: Token, after: Token, scope: Scope) -> Piece:
    if not token.names or token.kind == "string":
        return _plain(token)
    if before.word == "COLLATE":
        return Piece("name", collation(token.name))
    if before.word == "AS":
        return Piece("function", plain(token.name.upper()))
    if token.word in KEYWORDS:
        return Piece("operand" if token.word in _OPERANDS else "word", token.word)
    if after.text == "(":
        return Piece("function", _function(token.name))
    if _is_text(before, token, after, scope):
        return Piece("literal", _string(token.name))
    folded = fold(token.name)
    return Piece("name", plain(scope.columns.get(folded, folded)))


def _query_piece(before: Token, token: Token, after: Token) -> Piece:
    if token.word in _QUERY_KEYWORDS and before.text != ".":
        return Piece("operand" if token.word in _OPERANDS else "word", token.word)
    if not token.names or token.kind == "string":
        return _plain(token)
    if before.word == "COLLATE":
        return Piece("name", collation(token.name))
    if before.word == "AS":
        return Piece("name", plain(token.name))
    return Piece("function", _function(token.name)) if after.text == "(" else Piece("name", plain(fold(token.name)))


def _is_text(before: Token, token: Token, after: Token, scope: Scope) -> bool:
    """Whether double quotes hold a text, as SQLite takes them for one where they name no column.

    https://www.sqlite.org/quirks.html#double_quoted_string_literals_are_accepted
    """
    alone = "." not in {before.text, after.text}
    return alone and token.text[0] == '"' and fold(token.name) not in {*scope.columns, "rowid", "oid", "_rowid_"}


def _plain(token: Token) -> Piece:
    if token.kind == "mark":
        return Piece("mark", _OPERATORS.get(token.text, token.text))
    return Piece("literal", _number(token.text) if token.kind == "number" else token.text)


def _number(text: str) -> str:
    return text.upper() if text[0] in "xX" else text.lower().replace("_", "")


def _function(name: str) -> str:
    """A function's name; REPLACE and its like are functions as well as keywords."""
    said = fold(name)
    return said if re.fullmatch("[a-z_][a-z0-9_]*", said) and said.upper() not in RESERVED else quoted(said)


def _string(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


NOTHING: Final = Token("mark", "", -1, -1)
_CONSTANTS: Final = frozenset({"CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP"})
_OPERANDS: Final = frozenset({"NULL", "END", "ISNULL", "NOTNULL"}) | _CONSTANTS
KEYWORDS: Final = RESERVED | _CONSTANTS | {"LIKE", "GLOB", "REGEXP", "MATCH", "CAST"}
"""What is no name in an expression unless it is quoted."""
_QUERIES: Final = """
ASC BY CROSS CURRENT DESC EXCEPT EXCLUDE FILTER FIRST FOLLOWING FULL GROUPS INDEXED INNER INTERSECT LAST LEFT MATERIALIZED
NATURAL NO NULLS OFFSET OTHERS OUTER OVER PARTITION PRECEDING RANGE RECURSIVE RIGHT ROWS TIES UNBOUNDED WINDOW WITH
"""
_QUERY_KEYWORDS: Final = KEYWORDS.union(_QUERIES.split())
_OPERATORS: Final = {one: one for one in ("||", "<=", ">=", "<>", "<<", ">>", "->", "->>")} | {"!=": "<>", "==": "="}

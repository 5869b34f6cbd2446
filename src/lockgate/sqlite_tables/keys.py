"""PRIMARY KEY, UNIQUE and the columns of an index in normal form."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lockgate.nouns import schema as nouns
from lockgate.sqlite_tables.constraints import Kind
from lockgate.sqlite_tables.keywords import plain
from lockgate.sqlite_tables.normal import bare, collation, expression, parts
from lockgate.sqlite_tables.tokens import fold, group

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockgate.sqlite_tables.constraints import Constraint
    from lockgate.sqlite_tables.definition import Column, Definition
    from lockgate.sqlite_tables.normal import Scope
    from lockgate.sqlite_tables.tokens import Token


class Part(NamedTuple):
    """A column or expression of a key or an index; `column` is None for an expression."""

    text: str
    column: str | None
    descending: bool = False

    def __str__(self) -> str:
        return f"{self.text} DESC" if self.descending else self.text


def key(constraint: Constraint, column: Column | None, scope: Scope, *, counts_rows: bool) -> nouns.Constraint:
    """A primary key or unique constraint, be it a column's or the table's.

    `counts_rows` says that the key is the rowid by another name, which has no order of its own.
    """
    said = _own(column, constraint, scope) if column else key_parts(group(constraint.tokens), scope)
    if counts_rows:
        said = [part._replace(descending=False) for part in said]
    counting = any(token.word == "AUTOINCREMENT" for token in constraint.tokens)
    columns = ", ".join(map(str, said)) + (" AUTOINCREMENT" if counting else "")
    return nouns.Constraint(
        constraint.name or "",
        nouns.ConstraintKind.PRIMARY if constraint.kind is Kind.PRIMARY_KEY else nouns.ConstraintKind.UNIQUE,
        f"{constraint.kind} ({columns}){_conflict(behind(constraint.tokens))}",
        tuple(part.column for part in said if part.column is not None),
    )


def key_parts(tokens: Sequence[Token], scope: Scope) -> list[Part]:
    """What stands in the parentheses of a key or an index."""
    return [_part(one, scope) for one in parts(tokens)]


def behind(tokens: Sequence[Token]) -> Sequence[Token]:
    """The tokens behind the first parentheses, or all where there are none."""
    opening = next((place for place, token in enumerate(tokens) if token.text == "("), None)
    return tokens if opening is None else tokens[opening + len(group(tokens)) + 2 :]


def primary_keys(definition: Definition) -> list[tuple[Column | None, Constraint]]:
    """The primary key, which SQLite lets come once; with its column if it is that column's."""
    own = [(column, key) for column in definition.columns for key in column.having(Kind.PRIMARY_KEY)]
    return [*own, *((None, key) for key in definition.constraints if key.kind is Kind.PRIMARY_KEY)]


def _own(column: Column, constraint: Constraint, scope: Scope) -> list[Part]:
    name = scope.column(column.name)
    return [Part(plain(name), name, any(token.word == "DESC" for token in constraint.tokens))]


def _conflict(tokens: Sequence[Token]) -> str:
    """What is to be done on a conflict, unless it is what is done anyway."""
    words = [token.name.upper() for token in tokens]
    found = words[words.index("CONFLICT") + 1] if "CONFLICT" in words else "ABORT"
    return "" if found == "ABORT" else f" ON CONFLICT {found}"


def _part(tokens: Sequence[Token], scope: Scope) -> Part:
    if len(tokens) > 1 and tokens[-1].word == "AUTOINCREMENT":
        tokens = tokens[:-1]
    descending = len(tokens) > 1 and tokens[-1].word == "DESC"
    if len(tokens) > 1 and tokens[-1].word in {"ASC", "DESC"}:
        tokens = tokens[:-1]
    collated = len(tokens) > 2 and tokens[-2].word == "COLLATE"
    said = bare(tokens[:-2] if collated else tokens)
    if len(said) > 1 or not said[0].names or fold(said[0].name) not in scope.columns:
        return Part(expression(tokens, scope), None, descending)
    name = scope.column(said[0].name)
    wanted = collation(tokens[-1].name) if collated else ""
    own = scope.collations.get(fold(name), "BINARY")
    return Part(plain(name) + (f" COLLATE {wanted}" if wanted not in {"", own} else ""), name, descending)

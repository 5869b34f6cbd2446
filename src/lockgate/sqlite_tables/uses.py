"""What names a column, read from the texts alone."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from lockgate.sqlite_tables.constraints import Constraint, Kind
from lockgate.sqlite_tables.cursor import Cursor
from lockgate.sqlite_tables.header import header
from lockgate.sqlite_tables.keywords import RESERVED
from lockgate.sqlite_tables.tokens import Token, fold, group

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lockgate.sqlite_tables.changes import TableText
    from lockgate.sqlite_tables.definition import Column, Definition


def uses(column: Column, definition: Definition, table: TableText) -> list[str]:
    """What, other than the column itself, names it: constraints, generated columns, indexes and triggers."""
    name = fold(column.name)
    found = [_said(definition, key) for key in definition.constraints if name in _names_of(key, definition)]
    found += _in_columns(column, definition)
    found += [f"index {_name(text)}" for text in table.indexes if name in _names_of_index(text)]
    found += [f"trigger {_name(text)}" for text in table.triggers if name in _names_of_trigger(text, definition.name)]
    return found


def qualifies_itself(definition: Definition, indexes: Sequence[str]) -> bool:
    """Whether an expression of the table or its indexes puts the table's own name before a column's."""
    name = fold(definition.name)
    texts = (definition.tokens, *(Cursor(text, "The index").tokens for text in indexes))
    return any(
        fold(one.name) == name and two.text == "." and three.names
        for tokens in texts
        for one, two, three in zip(tokens, tokens[1:], tokens[2:], strict=False)
    )


def _said(definition: Definition, constraint: Constraint) -> str:
    name = f"constraint {constraint.name}: " if constraint.name is not None else ""
    body = definition.text[constraint.tokens[0].start : constraint.end]
    return f"{name}{body}"


def _in_columns(column: Column, definition: Definition) -> Iterator[str]:
    for other in definition.columns:
        for constraint in other.constraints:
            if other is not column and fold(column.name) in _names_of(constraint, definition):
                yield f"column {other.name}: {_said(definition, constraint)}"


def _names_of(constraint: Constraint, definition: Definition) -> set[str]:
    """The columns that a constraint's parentheses name; those of a column's own PRIMARY KEY or UNIQUE go unsaid."""
    tokens = constraint.tokens
    match constraint.kind:
        case Kind.CHECK | Kind.GENERATED:
            return _names(group(tokens))
        case Kind.PRIMARY_KEY | Kind.UNIQUE:
            return _names(group(tokens), strings=True)
        case Kind.FOREIGN_KEY:
            return _names_of_key(tokens, definition)
        case _:
            return set()


def _names_of_key(tokens: Sequence[Token], definition: Definition) -> set[str]:
    """The table's own columns in a foreign key, on both sides if it refers to the table itself."""
    split = next(index for index, token in enumerate(tokens) if token.word == "REFERENCES")
    own = _names(group(tokens[:split]), strings=True)
    if fold(tokens[split + 1].name) == fold(definition.name):
        own |= _names(group(tokens[split + 1 :]), strings=True)
    return own


def _names(tokens: Sequence[Token], *, strings: bool = False) -> set[str]:
    """The names among the tokens of expressions, without those of functions, tables, collations and types."""
    nothing = Token("mark", ",", 0, 0)
    around = zip((nothing, *tokens), tokens, (*tokens[1:], nothing), strict=False)
    return {
        fold(token.name)
        for before, token, after in around
        if (_is_name(token) or (strings and token.kind == "string"))
        and after.text not in {"(", "."}
        and before.word not in {"COLLATE", "AS"}
        and (token.word not in {"ASC", "DESC"} or before.kind == "mark")
    }


def _is_name(token: Token) -> bool:
    return token.kind == "quoted" or (token.kind == "word" and token.word not in RESERVED)


def _name(text: str) -> str:
    return header(Cursor(text, "The statement")).name.name


def _names_of_index(text: str) -> set[str]:
    cursor = Cursor(text, "The index")
    header(cursor)
    tokens = cursor.tokens[cursor.pos :]
    inside = group(tokens)
    behind = [token for token in tokens if inside and token.start > inside[-1].end]
    return _names(inside, strings=True) | _names(behind)


def _names_of_trigger(text: str, table: str) -> set[str]:
    """The columns in UPDATE OF and behind OLD and NEW, and all names there are if the body names the table."""
    cursor = Cursor(text, "The trigger")
    header(cursor)
    tokens = cursor.tokens[cursor.pos :]
    on = next((index for index, token in enumerate(tokens) if token.word == "ON"), len(tokens))
    target = 3 if [token.text for token in tokens[on + 2 : on + 3]] == ["."] else 1
    head, body = tokens[:on], tokens[on + 1 + target :]
    found = _names(head[[token.word for token in head].index("OF") + 1 :]) if _has_of(head) else set()
    everything = {fold(token.name) for token in body if _is_name(token)}
    return found | (everything if fold(table) in everything else _of_rows(body))


def _has_of(head: Iterable[Token]) -> bool:
    return any(one.word == "UPDATE" and two.word == "OF" for one, two in pairwise(head))


def _of_rows(body: Sequence[Token]) -> set[str]:
    triples = zip(body, body[1:], body[2:], strict=False)
    return {fold(name.name) for row, dot, name in triples if dot.text == "." and fold(row.name) in {"old", "new"}}

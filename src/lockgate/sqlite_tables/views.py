"""Views and indexes as values, read from their CREATE statements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lockgate.nouns import schema as nouns
from lockgate.sqlite_tables.cursor import Cursor
from lockgate.sqlite_tables.header import header
from lockgate.sqlite_tables.keys import behind, key_parts
from lockgate.sqlite_tables.normal import Scope, expression, query
from lockgate.sqlite_tables.tokens import Token, fold, group

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


def read_index(text: str, name: str, scope: Scope) -> nouns.Index:
    """An index; `scope` is that of its table."""
    cursor = Cursor(text, "The definition of the index")
    unique = header(cursor).kind == "UNIQUE INDEX"
    tokens = cursor.tokens[cursor.pos + 2 :]
    parts = key_parts(group(tokens), scope)
    where = behind(tokens)[1:]
    said = f"({', '.join(map(str, parts))})" + (f" WHERE {expression(where, scope)}" if where else "")
    return nouns.Index(name, said, unique, tuple(part.column for part in parts if part.column is not None))


def read_view(text: str, name: nouns.Name, there: Mapping[str, nouns.Name]) -> nouns.View:
    """A view; `there` are the tables and views of its database by their folded names.

    Its definition is the query, or `(a, b) AS` and the query where the view names its columns.
    """
    cursor = Cursor(text, "The definition of the view")
    header(cursor)
    named = cursor.next.text == "("
    said = query(cursor.tokens[cursor.pos + (not named) :])
    uses = {there[fold(one)] for one in _sources(cursor.tokens[cursor.pos :]) if fold(one) in there}
    return nouns.View(name, said, uses=tuple(sorted(uses)))


def _sources(tokens: Sequence[Token]) -> Iterator[str]:
    """The names in FROM clauses; where a comma or JOIN follows, another one comes."""
    wanted, within = [False], [False]
    before = Token("mark", "", 0, 0)
    for place, token in enumerate(tokens):
        if token.text == "(":
            wanted.append(wanted[-1])
            within.append(wanted[-1])
        elif token.text == ")" and len(wanted) > 1:
            wanted.pop()
            within.pop()
            wanted[-1] = False
        elif token.word in _ENDS:
            wanted[-1] = within[-1] = False
        elif token.word == "FROM" and before.word != "DISTINCT":
            wanted[-1] = within[-1] = True
        elif token.word == "JOIN" or (token.text == "," and within[-1]):
            wanted[-1] = True
        elif wanted[-1] and token.names and [one.text for one in tokens[place + 1 : place + 2]] != ["."]:
            yield token.name
            wanted[-1] = False
        before = token


_ENDS: Final = frozenset(
    ["SELECT", "WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "UNION", "INTERSECT", "EXCEPT"]
)

"""What is altered of one column, as one call where the order permits that."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from lockgate.generating.code import Call, Code, Text, call
from lockgate.generating.index_text import bare
from lockgate.generating.plain_sql import unqualified
from lockgate.generating.python_types import collated
from lockgate.nouns.changes import Change, Kind, Statement
from lockgate.nouns.schema import Column, Name, Schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockgate.generating.python_parts import Parts

_WORD: Final = r'(?:"(?:[^"]|"")+"|\w+)'
_ALTER: Final = re.compile(rf"ALTER TABLE ({_WORD})\.({_WORD}) ALTER COLUMN ({_WORD}) (.*)", re.DOTALL)
_TYPE: Final = re.compile(r"TYPE ((?:(?! USING | COLLATE ).)+)(?: COLLATE (\S+))?(?: USING (.*))?", re.DOTALL)
_ARGUMENTS: Final = ("type_", "nullable", "server_default", "comment", "postgresql_using")


class Alteration(NamedTuple):
    """What one statement alters of a column, as arguments of alter_column."""

    owner: Name
    column: str
    said: dict[str, Code]
    changes: tuple[Change, ...]


class Alterations:
    """Reads statements that alter columns, and says those of one column together."""

    def __init__(self, parts: Parts, want: Schema, default: str) -> None:
        self._parts, self._want, self._default = parts, want, default

    def read(self, statement: Statement) -> Alteration | None:
        """What a statement alters; None where it does something else, or alter_column does not say it."""
        change = statement.changes[0] if statement.changes else None
        if change and change.kind is Kind.COMMENT and isinstance(change.after, Column):
            comment: Code = "None" if change.after.comment is None else Text(change.after.comment)
            return Alteration(change.owner, change.part, {"comment": comment}, statement.changes)
        found = _ALTER.fullmatch(statement.text)
        if found is None:
            return None
        schema, table, column = (bare(found[place]) for place in (1, 2, 3))
        said = self._arguments(found[4], Name(schema, table), column)
        return Alteration(Name(schema, table), column, said, statement.changes) if said else None

    def _arguments(self, action: str, owner: Name, column: str) -> dict[str, Code] | None:
        if action in {"SET NOT NULL", "DROP NOT NULL"}:
            return {"nullable": str(action.startswith("DROP"))}
        if action == "DROP DEFAULT":
            return {"server_default": "None"}
        if action.startswith("SET DEFAULT "):
            wanted = self._want.tables[owner].column(column)
            default = Column(column, wanted.type if wanted else "", default=action.removeprefix("SET DEFAULT "))
            return {"server_default": self._parts.default(default)}
        found = _TYPE.fullmatch(action)
        type_ = collated(self._parts.type(found[1]), found[2]) if found else None
        if found is None or type_ is None:
            return None
        using = {"postgresql_using": Text(unqualified(found[3], self._default))} if found[3] else {}
        return {"type_": type_, **using}

    def say(self, alterations: Sequence[Alteration]) -> Call:
        """Several of one column as one call; what comes later counts."""
        owner, column = alterations[0][:2]
        said = {key: value for one in alterations for key, value in one.said.items()}
        made = call("alter_column", Text(owner.name), Text(column), **{key: said.get(key) for key in _ARGUMENTS})
        return made.having(schema=self._parts.schema(owner))


def together(places: Sequence[int], all_: dict[int, Alteration]) -> list[tuple[int, list[Alteration]]]:
    """Where to say which of one column's alterations.

    A new type comes in the place of its own statement, with all that belongs to the column; but a default that no cast leads
    to the new type goes before it. Alembic says the type first: https://alembic.sqlalchemy.org/en/latest/ops.html
    """
    types = [place for place in places if "type_" in all_[place].said]
    alone = [place for place in places if len(types) > 1 or _lets_go(all_[place])]
    places = [place for place in places if place not in alone]
    return [*((place, [all_[place]]) for place in alone), *(_anchored(places, all_) if places else [])]


def _lets_go(alteration: Alteration) -> bool:
    """Whether it takes a sequence from the column, which may be dropped right after."""
    before = [one.before.default for one in alteration.changes if isinstance(one.before, Column)]
    return alteration.said == {"server_default": "None"} and any((one or "").startswith("nextval(") for one in before)


def _anchored(places: Sequence[int], all_: dict[int, Alteration]) -> list[tuple[int, list[Alteration]]]:
    types = [place for place in places if "type_" in all_[place].said]
    if types and _keeps_default(all_[types[0]]):
        places = [place for place in places if place in types or all_[place].changes[0].kind is not Kind.TYPE]
    last = max((place for place in places if "comment" not in all_[place].said), default=places[-1])
    anchor = types[0] if types else last
    converted = bool(types) and "postgresql_using" in all_[anchor].said
    first = [place for place in places if converted and place < anchor and "server_default" in all_[place].said]
    rest = [place for place in places if place not in first]
    return [*((anchor, [all_[place]]) for place in first), (anchor, [all_[place] for place in rest])]


def _keeps_default(alteration: Alteration) -> bool:
    """Whether it changes no more of a type than its length: then the server brings the default along by itself."""
    types = [(one.before.type, one.after.type) for one in alteration.changes if one.kind is Kind.TYPE]
    return any(before.partition("(")[0] == after.partition("(")[0] for before, after in types)

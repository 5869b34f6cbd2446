"""Foreign keys in normal form."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

from lockgate.nouns import schema as nouns
from lockgate.sqlite_tables.constraints import Kind
from lockgate.sqlite_tables.keys import behind
from lockgate.sqlite_tables.keywords import plain
from lockgate.sqlite_tables.normal import names
from lockgate.sqlite_tables.tokens import fold, group

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lockgate.sqlite_tables.constraints import Constraint
    from lockgate.sqlite_tables.definition import Column, Definition
    from lockgate.sqlite_tables.normal import Scope
    from lockgate.sqlite_tables.tokens import Token


class Known(NamedTuple):
    """What is known of a table that others refer to.

    Attributes:
        columns: how their names are spelled, by the folded names.
        key: the columns of its primary key, which `REFERENCES` without columns means.
    """

    name: nouns.Name
    columns: Mapping[str, str]
    key: tuple[str, ...]


def foreign_key(
    constraint: Constraint,
    column: Column | None,
    scope: Scope,
    known: Mapping[str, Known],
    *,
    schema: str,
    deferred: bool,
) -> nouns.Constraint:
    """A foreign key, be it a column's or the table's; `known` are the tables of its database by their folded names."""
    split = next(place for place, token in enumerate(constraint.tokens) if token.word == "REFERENCES")
    said = [column.name] if column else names(group(constraint.tokens[:split]))
    own = tuple(map(scope.column, said))
    target, *rest = constraint.tokens[split + 1 :]
    parent = known.get(fold(target.name)) or Known(nouns.Name(schema, target.name), {}, ())
    columns = _referred(rest, parent, len(own))
    tail = _actions(rest) + (" DEFERRABLE INITIALLY DEFERRED" if deferred else "")
    definition = f"FOREIGN KEY ({_list(own)}) {_references(parent.name.name, columns)}{tail}"
    kind = nouns.ConstraintKind.FOREIGN
    return nouns.Constraint(constraint.name or "", kind, definition, own, parent.name, columns)


def deferred_keys(definition: Definition) -> set[int]:
    """Where the foreign keys begin that are checked at COMMIT.

    A DEFERRABLE that stands apart is said of the foreign key before it, even another column's (build.c,
    sqlite3DeferForeignKey). All but DEFERRABLE INITIALLY DEFERRED are immediate
    (https://www.sqlite.org/foreignkeys.html#fk_deferred).
    """
    deferred, last = dict[int, bool](), -1
    for constraint in (*(one for column in definition.columns for one in column.constraints), *definition.constraints):
        if constraint.kind is Kind.FOREIGN_KEY:
            last = constraint.start
        if constraint.kind in {Kind.FOREIGN_KEY, Kind.DEFERRABLE}:
            deferred[last] = _is_deferred(constraint, deferred.get(last, False))
    return {start for start, late in deferred.items() if late}


def _is_deferred(constraint: Constraint, before: bool) -> bool:
    words = [token.word for token in constraint.tokens]
    if "DEFERRABLE" not in words:
        return before
    place = len(words) - 1 - words[::-1].index("DEFERRABLE")
    return words[place - 1 : place] != ["NOT"] and words[-1] == "DEFERRED"


def _referred(rest: Sequence[Token], parent: Known, count: int) -> tuple[str, ...]:
    if rest[:1] and rest[0].text == "(":
        return tuple(parent.columns.get(fold(name), name) for name in names(group(rest)))
    return parent.key if len(parent.key) == count else ()


def _references(table: str, columns: tuple[str, ...]) -> str:
    return f"REFERENCES {plain(table)}" + (f" ({_list(columns)})" if columns else "")


def _list(columns: tuple[str, ...]) -> str:
    return ", ".join(map(plain, columns))


def _actions(rest: Sequence[Token]) -> str:
    """ON DELETE and ON UPDATE; of several the last one counts, and MATCH says nothing to SQLite."""
    words = [token.name.upper() for token in (behind(rest) if rest[:1] and rest[0].text == "(" else rest)]
    found = dict[str, str]()
    for place, (on, event) in enumerate(itertools.pairwise(words)):
        if on == "ON":
            said = words[place + 2]
            found[event] = f"{said} {words[place + 3]}" if said in {"SET", "NO"} else said
    order = [event for event in ("DELETE", "UPDATE") if found.get(event, "NO ACTION") != "NO ACTION"]
    return "".join(f" ON {event} {found[event]}" for event in order)

"""The safe way to do what a statement does, where it is mechanical: each part in a transaction of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockgate.diffing.postgresql_names import quoted
from lockgate.linting.acts import acts
from lockgate.linting.kinds import Act, Kind
from lockgate.linting.tokens import Token, tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST_NAME = 63


def safer(statement: str) -> tuple[str, ...]:
    """What to send instead, without semicolons; empty where there is no mechanical way."""
    found, words = acts(statement), tokens(statement)
    if len(found) != 1 or found[0].inline or words[0].upper == "DO":
        return ()
    act = found[0]
    match act.kind:
        case Kind.CREATE_INDEX | Kind.REINDEX | Kind.DROP_INDEX if not act.concurrently:
            return _concurrently(statement, words)
        case Kind.ADD_CHECK | Kind.ADD_FOREIGN if not act.not_valid:
            return _later(statement, act, words)
        case Kind.SET_NOT_NULL:
            return _checked(statement, act, words)
        case Kind.ADD_UNIQUE if act.name and not act.using_index:
            return _indexed(statement, act, words)
        case Kind.LOCK_TIMEOUT if act.detail == "DEFAULT":
            return _bounded(words)
    return ()


def _concurrently(statement: str, words: Sequence[Token]) -> tuple[str, ...]:
    uppers = [word.upper for word in words]
    if "CASCADE" in uppers or (uppers[0] == "DROP" and "," in uppers):
        return ()
    kinds = {"INDEX"} if uppers[0] != "REINDEX" else {"INDEX", "TABLE", "SCHEMA", "DATABASE", "SYSTEM"}
    place = next((word for word in words if word.upper in kinds), None)
    if place is None:
        return ()
    word = "CONCURRENTLY" if place.text.isupper() else "concurrently"
    return (f"{statement[: place.end]} {word}{statement[place.end :]}",)


def _later(statement: str, act: Act, words: Sequence[Token]) -> tuple[str, ...]:
    """NOT VALID, and VALIDATE; a foreign key without a name gets the one that PostgreSQL would give it."""
    name = act.name or _own_name(act)
    place = next((one for one in words if one.upper == "ADD"), None)
    if not name or place is None:
        return ()
    named = statement if act.name else f"{statement[: place.end]} CONSTRAINT {quoted(name)}{statement[place.end :]}"
    return (f"{named} NOT VALID", f"ALTER TABLE {_table(statement, words)} VALIDATE CONSTRAINT {quoted(name)}")


def _own_name(act: Act) -> str:
    name = f"{act.table[-1]}_{act.detail.replace(',', '_')}_fkey"
    return name if act.kind is Kind.ADD_FOREIGN and len(name.encode()) <= _LONGEST_NAME else ""


def _checked(statement: str, act: Act, words: Sequence[Token]) -> tuple[str, ...]:
    table, name = _table(statement, words), f"{act.table[-1]}_{act.name}_is_set"
    if len(name.encode()) > _LONGEST_NAME:
        return ()
    added = f"ALTER TABLE {table} ADD CONSTRAINT {quoted(name)} CHECK ({quoted(act.name)} IS NOT NULL) NOT VALID"
    return (
        added,
        f"ALTER TABLE {table} VALIDATE CONSTRAINT {quoted(name)}",
        statement,
        f"ALTER TABLE {table} DROP CONSTRAINT {quoted(name)}",
    )


def _indexed(statement: str, act: Act, words: Sequence[Token]) -> tuple[str, ...]:
    first = next((one for one in words if one.text == "("), None)
    if first is None or words[-1].text != ")" or sum(one.text == "(" for one in words) != 1:
        return ()  # INCLUDE, NULLS NOT DISTINCT, DEFERRABLE, WITH
    before = [one.upper for one in words[: words.index(first)]]
    if before[-1] != "UNIQUE":
        return ()
    if words[2].upper == "IF":
        return ()  # CREATE INDEX has no such
    table, name, columns = _table(statement, words), quoted(act.name), statement[first.start : words[-1].end]
    return (
        f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON {_table(statement, words, bare=True)} {columns}",
        f"ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE USING INDEX {name}",
    )


def _bounded(words: Sequence[Token]) -> tuple[str, ...]:
    if words[0].upper not in {"SET", "RESET"} or words[-1].upper == "ALL":
        return ()
    scope = "LOCAL " if any(word.upper == "LOCAL" for word in words) else ""
    return (f"SET {scope}lock_timeout = '5s'",)


def _table(statement: str, words: Sequence[Token], *, bare: bool = False) -> str:
    """The table as an ALTER TABLE names it, with IF EXISTS and ONLY if not `bare`."""
    first = last = next(place for place in range(2, len(words)) if words[place].upper not in {"IF", "EXISTS", "ONLY"})
    while last + 2 < len(words) and words[last + 1].text == ".":
        last += 2
    return statement[words[first if bare else 2].start : words[last].end]

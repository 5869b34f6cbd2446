"""What a statement does to which table, as its text says. Where a scratch has seen more, that counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lockgate.linting.altering import alterations
from lockgate.linting.kinds import Act, Kind
from lockgate.linting.tokens import Reader, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

_WRITES: Final = frozenset({"UPDATE", "DELETE", "INSERT", "MERGE"})
_RESETS: Final = frozenset({"0", "'0'", "DEFAULT", "'0s'", "'0ms'", "'0min'"})
_BOUNDS: Final = frozenset({"LIMIT", "FETCH", "BETWEEN", "CURRENT"})


def acts(statement: str) -> tuple[Act, ...]:
    """The acts of a statement; none where it does nothing that a rule asks for."""
    found = tokens(statement)
    reader = Reader(found)
    span = (found[0].start, found[-1].end) if found else (0, 0)
    return tuple(act if act.span != (0, 0) else act._replace(span=span) for act in _acts(reader))


def _acts(reader: Reader) -> Iterator[Act]:
    if reader.take("ALTER", "TABLE"):
        yield from alterations(reader)
    elif reader.take("CREATE"):
        yield from _created(reader)
    elif reader.take("DROP"):
        yield from _dropped(reader)
    elif reader.take("TRUNCATE"):
        reader.take("TABLE")
        reader.take("ONLY")
        yield from (Act(Kind.TRUNCATE, name) for name in _names(reader))
    elif reader.take("REINDEX"):
        yield _reindex(reader)
    elif reader.take("REFRESH", "MATERIALIZED", "VIEW"):
        concurrently = reader.take("CONCURRENTLY")
        yield Act(Kind.REBUILD, reader.name(), concurrently=concurrently, rewrites=True)
    elif reader.take("VACUUM") or reader.peek() == "CLUSTER":
        yield from _rebuilt(reader)
    elif reader.take("LOCK"):
        reader.take("TABLE")
        reader.take("ONLY")
        yield from (Act(Kind.LOCK, name, detail=_mode(reader)) for name in _names(reader))
    elif reader.peek() in {"SET", "RESET", "DISCARD"}:
        yield from _timeout(reader)
    else:
        yield from _filled(reader)


def _names(reader: Reader) -> tuple[tuple[str, ...], ...]:
    names = [reader.name()]
    while reader.take(","):
        reader.take("ONLY")
        names.append(reader.name())
    return tuple(name for name in names if name)


def _mode(reader: Reader) -> str:
    words = [token.upper for token in reader.rest() if token.kind == "word"]
    words = words[1:] if words[:1] == ["IN"] else words
    return " ".join(words[: words.index("MODE")]) if "MODE" in words else "ACCESS EXCLUSIVE"


def _created(reader: Reader) -> Iterator[Act]:
    reader.take("OR", "REPLACE")
    reader.take("UNIQUE")
    if reader.take("INDEX"):
        concurrently = reader.take("CONCURRENTLY")
        absent = reader.take("IF", "NOT", "EXISTS")
        index = "" if reader.peek() == "ON" else ".".join(reader.name()[-1:])
        reader.take("ON")
        reader.take("ONLY")
        yield Act(Kind.CREATE_INDEX, reader.name(), index, concurrently=concurrently, if_not_exists=absent)
    elif reader.take("TYPE"):
        name = reader.name()
        if reader.take("AS", "ENUM"):
            yield Act(Kind.CREATE_ENUM, name=name[-1] if name else "")
    else:
        for word in ("GLOBAL", "LOCAL", "TEMPORARY", "TEMP", "UNLOGGED", "FOREIGN", "MATERIALIZED"):
            reader.take(word)
        if reader.take("TABLE") or reader.take("VIEW"):
            absent = reader.take("IF", "NOT", "EXISTS")
            yield Act(Kind.CREATE_TABLE, reader.name(), if_not_exists=absent)
            yield from (
                Act(Kind.ADD_COLUMN, detail="JSON", inline=True) for token in reader.rest() if token.upper == "JSON"
            )


def _dropped(reader: Reader) -> Iterator[Act]:
    if reader.take("INDEX"):
        concurrently = reader.take("CONCURRENTLY")
        reader.take("IF", "EXISTS")
        yield from (Act(Kind.DROP_INDEX, name=name[-1], concurrently=concurrently) for name in _names(reader))
    elif reader.take("TABLE"):
        reader.take("IF", "EXISTS")
        yield from (Act(Kind.DROP_TABLE, name) for name in _names(reader))


def _reindex(reader: Reader) -> Act:
    concurrently = reader.has("CONCURRENTLY")
    while reader.peek() == "(" or (
        reader.tokens[reader.place : reader.place + 1] and reader.tokens[reader.place].depth
    ):
        reader.place += 1
    reader.take(")")
    is_table = reader.take("TABLE")
    reader.take("INDEX")
    reader.take("CONCURRENTLY")
    name = reader.name()
    if is_table:
        return Act(Kind.REINDEX, name, concurrently=concurrently)
    return Act(Kind.REINDEX, name=name[-1] if name else "", concurrently=concurrently)


def _rebuilt(reader: Reader) -> Iterator[Act]:
    if reader.peek() == "CLUSTER" or reader.has("FULL"):
        words = {"CLUSTER", "FULL", "VERBOSE", "ANALYZE", "FREEZE", "(", ")", ","}
        while reader.peek() in words:
            reader.place += 1
        yield Act(Kind.REBUILD, reader.name(), rewrites=True)


def _timeout(reader: Reader) -> Iterator[Act]:
    if reader.take("RESET", "ALL") or reader.take("DISCARD", "ALL") or reader.take("RESET", "LOCK_TIMEOUT"):
        yield Act(Kind.LOCK_TIMEOUT, detail="DEFAULT")
        return
    reader.take("SET")
    reader.take("LOCAL")
    reader.take("SESSION")
    if reader.take("LOCK_TIMEOUT"):
        reader.place += 1  # TO or =
        value = reader.tokens[reader.place].text if reader.place < len(reader.tokens) else ""
        yield Act(Kind.LOCK_TIMEOUT, detail="DEFAULT" if value.upper() in _RESETS or value in _RESETS else value)


def _filled(reader: Reader) -> Iterator[Act]:
    """UPDATE, DELETE and INSERT … SELECT, with or without a WITH before it."""
    if reader.peek() == "WITH":
        places = [place for place, one in enumerate(reader.tokens) if one.upper in _WRITES]
        if not places:
            return
        reader.place = places[0]
    verb = reader.peek()
    if verb not in _WRITES:
        return
    reader.place += 1
    reader.take("INTO")
    reader.take("FROM")
    reader.take("ONLY")
    table = reader.name()
    selects = {"SELECT", "TABLE"} & {token.upper for token in reader.rest()}
    if verb == "INSERT" and (not selects or not reader.has("FROM")):
        return
    yield Act(Kind.FILL, table, detail=verb, bounded=_is_bounded(reader))


def _is_bounded(reader: Reader) -> bool:
    """Whether it says how many rows at most; whether it compares a key, the rule asks, which knows the keys."""
    return any(token.upper in _BOUNDS for token in reader.tokens)


def compared(statement: str) -> frozenset[str]:
    """The columns that a statement's WHERE compares with a text, a number or a list."""
    found = tokens(statement)
    place = next((place for place, one in enumerate(found) if one.upper == "WHERE"), len(found))
    signs = {"=", "IN", "<", "<=", ">", ">="}
    return frozenset(
        one.name
        for number, one in enumerate(found[place:-2], place)
        if one.kind in ("word", "quoted")
        and found[number + 1].upper in signs
        and (found[number + 2].kind in ("text", "number") or found[number + 2].text in "($-:")
    )

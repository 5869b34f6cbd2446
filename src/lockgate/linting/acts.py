"""What a statement does to which table, as its text says. Where a scratch has seen more, that counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lockgate.linting.altering import alterations
from lockgate.linting.blocks import statements_of
from lockgate.linting.kinds import Act, Kind
from lockgate.linting.tokens import Reader, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lockgate.linting.tokens import Token

_WRITES: Final = frozenset({"UPDATE", "DELETE", "INSERT", "MERGE"})
_RESETS: Final = frozenset({"0", "'0'", "DEFAULT", "'0s'", "'0ms'", "'0min'"})
_BOUNDS: Final = frozenset({"LIMIT", "FETCH", "BETWEEN", "CURRENT"})


def acts(statement: str) -> tuple[Act, ...]:
    """The acts of a statement, or of those in a DO block; none where it does nothing that a rule asks for."""
    found = tokens(statement)
    if found and found[0].upper == "DO":
        return tuple(act for one in statements_of(found) for act in _placed(one))
    return tuple(_placed(found))


def _placed(found: Sequence[Token]) -> Iterator[Act]:
    span = (found[0].start, found[-1].end) if found else (0, 0)
    for act in _acts(Reader(found)):
        yield act if act.span != (0, 0) else act._replace(span=span)


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
    elif reader.has("SET_CONFIG", "(") and reader.peek() in {"SELECT", "PERFORM"}:
        yield from _configured(reader)
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
        only = reader.take("ONLY")
        yield Act(Kind.CREATE_INDEX, reader.name(), index, concurrently=concurrently, if_not_exists=absent, only=only)
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
            yield from _columns(reader.rest())


def _columns(found: Sequence[Token]) -> Iterator[Act]:
    """Those of a CREATE TABLE that a rule asks for, by their type."""
    for place, token in enumerate(found[1:-1], 1):
        begins = found[place - 1].text in {"(", ","} and token.depth == 1 and token.kind in ("word", "quoted")
        if begins and Reader(found[place + 1 : place + 4]).typed().split(" ")[0] == "JSON":
            yield Act(Kind.ADD_COLUMN, name=token.name, detail="JSON", inline=True)


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
    whole = next((word for word in ("SCHEMA", "DATABASE", "SYSTEM") if reader.take(word)), "")
    is_table = reader.take("TABLE")
    reader.take("INDEX")
    reader.take("CONCURRENTLY")
    name = reader.name()
    if whole:
        return Act(Kind.REINDEX, detail=" ".join((whole.lower(), *name)), concurrently=concurrently)
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
        yield _bound(reader.tokens[reader.place].text if reader.place < len(reader.tokens) else "")


def _configured(reader: Reader) -> Iterator[Act]:
    """The same by the function `set_config`."""
    uppers = [token.upper for token in reader.tokens]
    said = [token.text for token in reader.tokens[uppers.index("SET_CONFIG") + 2 :]]
    if len(said) > 2 and said[0].lower() == "'lock_timeout'":
        yield _bound(said[2])


def _bound(value: str) -> Act:
    return Act(Kind.LOCK_TIMEOUT, detail="DEFAULT" if value.upper() in _RESETS or value in _RESETS else value)


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
    """The columns that a statement's WHERE binds to a text, a number or a list, or between two of them."""
    found = tokens(statement)
    place = next((place for place, one in enumerate(found) if one.upper == "WHERE"), len(found))
    signs: dict[str, set[str]] = {}
    for number, one in enumerate(found[place:-2], place):
        value = found[number + 2]
        if one.kind in ("word", "quoted") and (value.kind in ("text", "number") or value.text in "($-:"):
            signs.setdefault(one.name, set()).add(found[number + 1].upper)
    return frozenset(name for name, said in signs.items() if said & {"=", "IN"} or {"<", ">"} <= {s[:1] for s in said})

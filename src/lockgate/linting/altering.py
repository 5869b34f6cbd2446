"""The acts of one ALTER TABLE."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lockgate.linting.kinds import Act, Kind
from lockgate.linting.tokens import Reader, Token

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SERIALS: Final = frozenset({"SERIAL", "BIGSERIAL", "SMALLSERIAL", "SERIAL4", "SERIAL8", "SERIAL2"})
_ENDS_OF_TYPE: Final = frozenset(
    {"COLLATE", "CONSTRAINT", "NOT", "NULL", "CHECK", "DEFAULT", "GENERATED", "UNIQUE", "PRIMARY", "REFERENCES"}
    | {"USING", "COMPRESSION", "STORAGE"}
)
_VOLATILE: Final = frozenset(
    {"RANDOM", "GEN_RANDOM_UUID", "UUID_GENERATE_V4", "UUIDV4", "UUIDV7", "CLOCK_TIMESTAMP", "NEXTVAL"}
)
_CONSTRAINTS: Final = {
    "CHECK": Kind.ADD_CHECK,
    "FOREIGN": Kind.ADD_FOREIGN,
    "UNIQUE": Kind.ADD_UNIQUE,
    "PRIMARY": Kind.ADD_PRIMARY,
    "EXCLUDE": Kind.ADD_EXCLUDE,
    "NOT": Kind.ADD_NOT_NULL,
}


def alterations(reader: Reader) -> Iterator[Act]:
    """The acts of an ALTER TABLE, whose two words have been passed."""
    reader.take("IF", "EXISTS")
    only = reader.take("ONLY")
    table = reader.name()
    reader.take("*")
    for part in _parts(reader.rest()):
        span = part[0].start, part[-1].end
        for act in _acts(Reader(part), table):
            yield act._replace(span=span, only=only)


def _parts(found: Sequence[Token]) -> Iterator[list[Token]]:
    part = list[Token]()
    for token in found:
        if token.text == "," and token.depth == 0:
            if part:
                yield part
            part = []
        else:
            part.append(token)
    if part:
        yield part


def _acts(reader: Reader, table: tuple[str, ...]) -> Iterator[Act]:
    if reader.take("ADD"):
        yield from _added(reader, table)
    elif reader.take("DROP"):
        yield _dropped(reader, table)
    elif reader.take("ALTER"):
        yield _altered(reader, table)
    elif reader.take("RENAME"):
        yield _renamed(reader, table)
    elif reader.take("VALIDATE", "CONSTRAINT"):
        yield Act(Kind.VALIDATE, table, _last(reader))
    else:
        rewrites = reader.peek() == "SET" and reader.peek(1) in {"LOGGED", "UNLOGGED", "TABLESPACE", "ACCESS"}
        yield Act(Kind.ALTER_OTHER, table, detail=f"{reader.peek()} {reader.peek(1)}", rewrites=rewrites)


def _last(reader: Reader) -> str:
    return ".".join(reader.name()[-1:])


def _added(reader: Reader, table: tuple[str, ...]) -> Iterator[Act]:
    name = _last(reader) if reader.take("CONSTRAINT") else ""
    kind = _CONSTRAINTS.get(reader.peek())
    if kind is not None:
        yield _constraint(reader, kind, table, name)
        return
    reader.take("COLUMN")
    absent = reader.take("IF", "NOT", "EXISTS")
    yield from _column(reader, table, _last(reader), if_not_exists=absent)


def _constraint(reader: Reader, kind: Kind, table: tuple[str, ...], name: str) -> Act:
    target = _target(reader.rest()) if kind is Kind.ADD_FOREIGN else ()
    return Act(
        kind,
        table,
        name,
        detail=_within(reader.rest()),
        not_valid=reader.has("NOT", "VALID") or reader.has("NOT", "ENFORCED"),
        using_index=reader.has("USING", "INDEX") and not reader.has("USING", "INDEX", "TABLESPACE"),
        target=target,
    )


def _target(found: Sequence[Token]) -> tuple[str, ...]:
    for place, token in enumerate(found):
        if token.upper == "REFERENCES":
            return Reader(found, place + 1).name()
    return ()


def _within(found: Sequence[Token]) -> str:
    """The names in the first parentheses, with commas between."""
    first = next((token.depth for token in found if token.text == "("), None)
    if first is None:
        return ""
    names = list[str]()
    for token in found[[token.text for token in found].index("(") + 1 :]:
        if token.text == ")" and token.depth == first:
            break
        if token.kind in ("word", "quoted"):
            names.append(token.name)
    return ",".join(names)


def _column(reader: Reader, table: tuple[str, ...], name: str, *, if_not_exists: bool) -> Iterator[Act]:
    first = reader.place
    while reader.peek() not in _ENDS_OF_TYPE and reader.place < len(reader.tokens):
        reader.place += 1
    typed = Reader(reader.tokens[first : reader.place]).typed()
    kinds = {token.upper for token in reader.rest()}
    rewrites = (
        typed in _SERIALS
        or "IDENTITY" in kinds
        or "STORED" in kinds
        or ("DEFAULT" in kinds and bool(_VOLATILE & kinds))
    )
    yield Act(Kind.ADD_COLUMN, table, name, typed, if_not_exists=if_not_exists, rewrites=rewrites)
    for word, kind in (("UNIQUE", Kind.ADD_UNIQUE), ("PRIMARY", Kind.ADD_PRIMARY), ("CHECK", Kind.ADD_CHECK)):
        if word in kinds:
            yield Act(kind, table, name, inline=True)
    if "REFERENCES" in kinds:
        yield Act(Kind.ADD_FOREIGN, table, name, inline=True, target=_target(reader.rest()))


def _dropped(reader: Reader, table: tuple[str, ...]) -> Act:
    if reader.take("CONSTRAINT"):
        return Act(Kind.ALTER_OTHER, table, detail="DROP CONSTRAINT")
    reader.take("COLUMN")
    reader.take("IF", "EXISTS")
    return Act(Kind.DROP_COLUMN, table, _last(reader))


def _altered(reader: Reader, table: tuple[str, ...]) -> Act:
    if reader.take("CONSTRAINT"):
        return Act(Kind.ALTER_OTHER, table, detail="ALTER CONSTRAINT")
    reader.take("COLUMN")
    column = _last(reader)
    if reader.take("SET", "NOT", "NULL"):
        return Act(Kind.SET_NOT_NULL, table, column)
    if reader.take("SET", "DATA", "TYPE") or reader.take("TYPE"):
        return Act(Kind.SET_TYPE, table, column, reader.typed(), rewrites=True)
    stored = reader.peek() == "SET" and reader.peek(1) == "EXPRESSION"
    return Act(Kind.ALTER_OTHER, table, column, f"ALTER COLUMN {reader.peek()} {reader.peek(1)}", rewrites=stored)


def _renamed(reader: Reader, table: tuple[str, ...]) -> Act:
    if reader.take("TO"):
        return Act(Kind.RENAME_TABLE, table, _last(reader))
    if reader.take("CONSTRAINT"):
        return Act(Kind.ALTER_OTHER, table, detail="RENAME CONSTRAINT")
    reader.take("COLUMN")
    return Act(Kind.RENAME_COLUMN, table, _last(reader))

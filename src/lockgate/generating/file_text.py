"""The whole text of a migration, in Python or in SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockgate.diffing.words import difference
from lockgate.nouns.changes import Change, Effect, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Body = list[tuple[tuple[Change, ...], list[str]]]
"""What one direction says: lines, with the changes that they make."""


def python_file(sentence: str, name: str, up: Body, down: Body, notes: Sequence[str]) -> str:
    """A Python migration; `notes` are what a reader has to know of it."""
    bodies = [list(_python_body(body)) for body in (up, down)]
    code = "\n".join(line for body in bodies for line in body)
    imports = ["import sqlalchemy as sa"] if "sa." in code else []
    imports += ["from sqlalchemy.dialects import postgresql"] if "postgresql." in code else []
    docstring = "\n".join([f'"""{sentence}.', "", *notes, '"""']) if notes else f'"""{sentence}."""'
    head = [docstring, "", *imports, *([""] if imports else []), "from lockgate import Migration", "", ""]
    methods = ["    async def up(self) -> None:", *bodies[0], "", "    async def down(self) -> None:", *bodies[1]]
    return "\n".join([*head, f"class {name}(Migration):", *methods, ""])


def _python_body(body: Body) -> Iterator[str]:
    told = set[Change]()
    for changes, lines in body:
        for warning in _warnings(changes, told):
            yield f"        # {warning}"
        for line in lines:
            yield from _indented(line)
    if not body:
        yield "        pass"


def _indented(line: str) -> Iterator[str]:
    """A statement, indented but for what is within triple quotes, where blanks count."""
    head, quotes, rest = line.partition('"""')
    yield from (f"        {one}" for one in head.split("\n")[: -1 if quotes else None])
    if quotes:
        inside, _, tail = rest.rpartition('"""')
        yield f'            """{inside}"""'
        yield from (f"        {one}" for one in tail.split("\n")[1:])


def sql_file(sentence: str, up: Body, down: Body, notes: Sequence[str]) -> str:
    """A SQL migration with both directions."""
    head = [f"-- {sentence}.", *(f"-- {note}" for note in notes), ""]
    return "\n".join([*head, "-- migrate:up", *_sql_body(up), "", "-- migrate:down", *_sql_body(down), ""])


def _sql_body(body: Body) -> Iterator[str]:
    told = set[Change]()
    for changes, texts in body:
        yield from (f"-- {warning}" for warning in _warnings(changes, told))
        yield from (f"{text};" for text in texts)


def _warnings(changes: Iterable[Change], told: set[Change]) -> Iterator[str]:
    """What a statement may break, once for each change."""
    for change in changes:
        if change in told:
            continue
        told.add(change)
        said = difference(change, change.owner.schema)
        what = f"{said.kind} {said.name}: {said.detail}"
        if change.effect is Effect.DESTRUCTIVE:
            yield f"Destructive: {what}. What it holds may be lost."
        elif change.kind is Kind.NULLABLE and not change.after.nullable:
            yield f"Fails where a row has no value, so give it one first: {what}."
        elif change.kind is Kind.COLUMN and change.adds and _wants_a_value(change):
            yield f"Fails where the table has rows, for which there is no value: {what}."


def _wants_a_value(change: Change) -> bool:
    column = change.after
    return not (column.nullable or column.default is not None or column.identity or column.generated)

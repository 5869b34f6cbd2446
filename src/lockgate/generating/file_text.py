"""The whole text of a migration, in Python or in SQL."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from lockgate.generating.cautions import cautions
from lockgate.generating.code import WIDTH, Call, lines
from lockgate.nouns.changes import Change

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Body = list[tuple[tuple[Change, ...], list[Call]]]
"""What one direction does in Python: calls of `self.db`'s, with the changes that they make."""
Script = list[tuple[tuple[Change, ...], list[str]]]
"""What one direction does in SQL: statements, with the changes that they make."""
_INDENT = 8


class Head:
    """What stands before the directions, and what they are read with.

    Args:
        sentence: says what the migration does.
        notes: what a reader has to know of it.
        default: the schema that goes without saying.
        opening: the statements with which going up begins, and which going down leaves as they are.
    """

    def __init__(self, sentence: str, notes: Sequence[str], default: str, opening: Sequence[str] = ()) -> None:
        self.sentence, self.notes, self.default, self.opening = sentence, notes, default, opening

    def docstring(self) -> list[str]:
        """It as a module's docstring."""
        if not self.notes:
            return [f'"""{self.sentence}."""']
        notes = [line for note in self.notes for line in ("", *textwrap.wrap(_in_docstring(note), WIDTH))]
        return [f'"""{self.sentence}.', *notes, '"""']

    def comment(self) -> list[str]:
        """It as a comment of SQL."""
        notes = [line for note in self.notes for line in textwrap.wrap(note, WIDTH - 3)]
        return [f"-- {one}" for one in (f"{self.sentence}.", *notes)]


def python_file(head: Head, name: str, up: Body, down: Body) -> str:
    """A Python migration whose class has this name."""
    bodies = [list(_python_body(body, head.default)) for body in (up, down)]
    code = "\n".join(line for body in bodies for line in body)
    imports = ["import sqlalchemy as sa"] if "sa." in code else []
    imports += ["from sqlalchemy.dialects import postgresql"] if "postgresql." in code else []
    apart = [""] if imports else []
    methods = ["    async def up(self) -> None:", *bodies[0], "", "    async def down(self) -> None:", *bodies[1]]
    top = [*head.docstring(), "", *imports, *apart, "from lockgate import Migration", "", ""]
    return "\n".join([*top, f"class {name}(Migration):", *methods, ""])


def _python_body(body: Body, default: str) -> Iterator[str]:
    told = set[str]()
    for changes, calls in body:
        yield from _comments(changes, default, told, "# ", _INDENT)
        for one in calls:
            yield from lines(one._replace(name=f"await self.db.{one.name}"), _INDENT)
    if not any(calls for _, calls in body):
        yield f"{' ' * _INDENT}pass"


def _comments(changes: Sequence[Change], default: str, told: set[str], mark: str, indent: int) -> Iterator[str]:
    """What has to be told of changes, once."""
    for words in cautions(changes, default):
        if words not in told:
            told.add(words)
            wrapped = textwrap.wrap(" ".join(words.split()), WIDTH - indent - len(mark), break_long_words=False)
            yield from (f"{' ' * indent}{mark}{line}" for line in wrapped)


def sql_file(head: Head, up: Script, down: Script) -> str:
    """A SQL migration with both directions."""
    bodies = [list(_sql_body(script, head.default)) for script in (up, down)]
    return "\n".join([*head.comment(), "", "-- migrate:up", *bodies[0], "", "-- migrate:down", *bodies[1], ""])


def _sql_body(script: Script, default: str) -> Iterator[str]:
    told, apart = set[str](), False
    for changes, texts in script:
        comments = list(_comments(changes, default, told, "-- ", 0))
        for place, text in enumerate(texts):
            wide = "\n" in text or (place == 0 and bool(comments))
            if apart or (wide and (script[0][1][0] is not text)):
                yield ""
            if place == 0:
                yield from comments
            yield f"{text};"
            apart = "\n" in text


def _in_docstring(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"""', "'''")

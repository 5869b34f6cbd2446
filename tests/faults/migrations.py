"""What a runner is to do when it is hit: a table, rows of data, and something that takes long, in each kind of migration."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, NamedTuple

from faults.cells import Cell, How, Kind

if TYPE_CHECKING:
    from pathlib import Path


class Dialect(NamedTuple):
    """What an engine says in its own way.

    The base, which runs before anything is hit, has made the tables `log`, `t` and `ballast`.

    Attributes:
        between: a statement that only marks a place.
        long: writes the row `long` into `log`, and takes its time.
        alone: a statement that refuses transactions.
        alone_back: what undoes it, and refuses them as well; empty where nothing is rolled back.
        ballast: writes more than a full disk takes.
    """

    between: str
    long: str
    alone: str
    ballast: str
    alone_back: str = ""


_FIRST, _LAST = "INSERT INTO log VALUES ('first')", "ALTER TABLE a ADD COLUMN b integer"
_BACK, _GONE = "ALTER TABLE a DROP COLUMN b", "DROP TABLE a"
_WITHOUT = "transaction:false"
_PYTHON = """
import sqlalchemy as sa
from lockgate import Migration


class Change(Migration):
    transactional = {transactional}

    async def up(self):
        {up}

    async def down(self):
        {down}
"""


def write(folder: Path, cell: Cell, dialect: Dialect) -> list[str]:
    """Write the migrations of a cell, all but the base; gives their names."""
    texts = _texts(cell.kind, dialect, [dialect.ballast] if cell.how is How.DISK_FULL else [])
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return list(texts)


def _texts(kind: Kind, dialect: Dialect, ballast: list[str]) -> dict[str, str]:
    whole = ["CREATE TABLE a (id integer)", _FIRST, dialect.between, dialect.long, *ballast, _LAST]
    steps = ["CREATE TABLE a (id integer)", _FIRST, dialect.alone, *ballast, dialect.long, _LAST]
    made = ["CREATE TABLE a (id integer, b integer)"]
    match kind:
        case Kind.SQL:
            return {"002_change.sql": _sql(whole)}
        case Kind.FILES:
            around = {name: _sql([f"CREATE TABLE t_{name} (id integer)"]) for name in ("before", "after")}
            return {
                "002_before.sql": around["before"],
                "003_change.sql": _sql(whole),
                "004_after.sql": around["after"],
            }
        case Kind.PYTHON:
            return {"002_change.py": _python(whole, transactional=True)}
        case Kind.PYTHON_STEPS:
            return {"002_change.py": _python(steps, transactional=False)}
        case Kind.SQL_STEPS | Kind.CALL:
            alone = [dialect.alone, "CALL batch()"][kind is Kind.CALL]
            return {"002_change.sql": _sql([alone if one == dialect.alone else one for one in steps], f"up {_WITHOUT}")}
        case Kind.SQL_DOWN | Kind.PYTHON_DOWN:
            back = [_BACK, _FIRST, dialect.between, dialect.long, *ballast, _GONE]
            if kind is Kind.SQL_DOWN:
                return {"002_change.sql": _sql(made) + _sql(back, "down")}
            return {"002_change.py": _python(made, back, transactional=True)}
        case Kind.STEPS_DOWN:
            back = [_BACK, _FIRST, dialect.alone_back, *ballast, dialect.long, _GONE]
            up = _sql([*made, dialect.alone], f"up {_WITHOUT}")
            return {"002_change.sql": up + _sql(back, f"down {_WITHOUT}")}


def _sql(statements: list[str], head: str = "up") -> str:
    return f"-- migrate:{head}\n" + "".join(f"{statement};\n" for statement in statements)


def _python(up: list[str], down: list[str] | None = None, *, transactional: bool) -> str:
    calls = [f"await self.db.execute({statement!r})" for statement in up]
    if down is None:
        calls[0] = 'await self.db.create_table("a", sa.Column("id", sa.Integer))'
    back = [f"await self.db.execute({statement!r})" for statement in down or ()]
    return _PYTHON.format(transactional=transactional, up=_body(calls), down=_body(back or ["pass"]))


def _body(calls: list[str]) -> str:
    return textwrap.indent("\n".join(calls), " " * 8).strip()

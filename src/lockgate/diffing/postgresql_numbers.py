"""How a sequence goes on where rows or its own options say that it cannot begin at its start."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lockgate.diffing.postgresql_names import qualified, quoted

if TYPE_CHECKING:
    from lockgate.nouns.schema import Name


def behind_rows(sequence: str, options: str, owner: Name, column: str) -> str:
    """Let a new sequence go on behind the rows that are there; `sequence` is an expression of its regclass or text.

    Where no row has a number that the sequence would give, it stays at its start.
    """
    said = _numbers(options)
    descends = said["INCREMENT BY"] < 0
    last = f"{'min' if descends else 'max'}({quoted(column)})"
    bounds = (said["MINVALUE"], said["START WITH"]) if descends else (said["START WITH"], said["MAXVALUE"])
    between = " AND ".join(map(str, bounds))
    return f"SELECT setval({sequence}, {last}) FROM {qualified(owner)} HAVING {last} BETWEEN {between}"


def must_restart(before: str, after: str) -> bool:
    """Whether the number that a sequence has come to may be none of its numbers any more.

    ALTER SEQUENCE refuses that, unless it is told to begin again; https://www.postgresql.org/docs/current/sql-altersequence.html.
    """
    old, new = _numbers(before), _numbers(after)
    turned = (old["INCREMENT BY"] < 0) is not (new["INCREMENT BY"] < 0)
    return turned or not new["MINVALUE"] <= old["START WITH"] <= new["MAXVALUE"]


def _numbers(options: str) -> dict[str, int]:
    return {words: int(number) for words, number in re.findall(r"([A-Z]+(?: [A-Z]+)?) (-?\d+)", options)}

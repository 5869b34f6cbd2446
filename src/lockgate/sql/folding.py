"""Whether a file's one outer block can become part of a transaction that the runner begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockgate.nouns.flavours import Flavour
from lockgate.sql.controls import Control
from lockgate.sql.pragmas import stays_around

if TYPE_CHECKING:
    from lockgate.sql.statements import Statement


def unfoldable(
    statements: tuple[Statement, ...], kinds: dict[int, Control], pragmas: tuple[int, ...], flavour: Flavour
) -> str:
    """Why the transaction control cannot be folded into one transaction, or ""."""
    order = list(kinds.values())
    if order == [Control.BEGIN, Control.COMMIT]:
        first, last = kinds
        return _outside(statements, first, last, pragmas, flavour)
    return _several(statements, kinds, order) if kinds else ""


def _several(statements: tuple[Statement, ...], kinds: dict[int, Control], order: list[Control]) -> str:
    line = {index: f"line {statements[index].line}" for index in kinds}
    first, last = min(kinds), max(kinds)
    for index, kind in kinds.items():
        if kind in {Control.CHAIN, Control.TWO_PHASE}:
            return f"{line[index]}: {' '.join(statements[index].words)} takes the transaction out of the runner's hands"
    if order == [Control.BEGIN]:
        return f"{line[first]}: BEGIN is never followed by a COMMIT"
    if order[0] is not Control.BEGIN:
        return f"{line[first]}: {statements[first].words[0]} stands without a BEGIN before it"
    if order == [Control.BEGIN, Control.ROLLBACK]:
        return f"{line[last]}: ROLLBACK undoes the block that {line[first]} begins"
    return f"the file has several transactions: {', '.join(f'{kinds[index]} on {line[index]}' for index in kinds)}"


def _outside(
    statements: tuple[Statement, ...], first: int, last: int, pragmas: tuple[int, ...], flavour: Flavour
) -> str:
    for index, statement in enumerate(statements):
        if first <= index <= last or index in pragmas or _moves_in(statement, flavour, before=index < first):
            continue
        side = f"before the BEGIN of line {statements[first].line}"
        if index > last:
            side = f"after the COMMIT of line {statements[last].line}"
        return f"line {statement.line}: {' '.join(statement.words[:2]) or 'a statement'} stands {side}"
    return ""


def _moves_in(statement: Statement, flavour: Flavour, *, before: bool) -> bool:
    """Whether a statement outside a block may as well stand within it."""
    if flavour is Flavour.SQLITE:
        return stays_around(statement)
    match statement.words[:3]:
        case ("SET", "LOCAL" | "GLOBAL" | "TRANSACTION" | "CONSTRAINTS" | "AUTOCOMMIT", *_):
            return False
        case ("SET", "SESSION", "CHARACTERISTICS" | "TRANSACTION"):
            return False
        case ("SET", _, *_):
            return before
        case _:
            return False

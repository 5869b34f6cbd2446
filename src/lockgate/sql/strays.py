"""A COMMIT without a BEGIN, with which a file ends the transaction that another tool has begun around it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lockgate.sql.controls import Control, controls

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockgate.nouns.flavours import Flavour
    from lockgate.sql.sections import Section
    from lockgate.sql.statements import Statement


def without_strays(section: Section, statements: list[Statement], flavour: Flavour) -> tuple[Section, list[Statement]]:
    """The section and its statements without each such COMMIT, blanks over it.

    What stands behind one ran by itself under the other tool, so that all of it does here; at the end, one is no more than the
    runner's own.
    """
    strays = _strays(statements, flavour)
    if not strays:
        return section, statements
    text = section.text
    for stray in strays:
        text = text[: stray.start] + re.sub(r"[^\r\n]", " ", text[stray.start : stray.end]) + text[stray.end :]
    is_last = strays[0].number > len(statements) - len(strays)
    kept = [statement for statement in statements if statement not in strays]
    numbered = [statement._replace(number=number) for number, statement in enumerate(kept, 1)]
    return section._replace(text=text, transactional=section.transactional if is_last else False), numbered


def _strays(statements: Sequence[Statement], flavour: Flavour) -> list[Statement]:
    found: list[Statement] = []
    is_open = False
    for index, kind in controls(tuple(statements), flavour).items():
        if kind is Control.COMMIT and not is_open:
            found.append(statements[index])
        is_open = kind in (Control.BEGIN, Control.CHAIN)
    return found

"""Which statements of PostgreSQL leave the session as it was: most of a history is tables and indexes."""

from __future__ import annotations

import re
from typing import Final

# None of these runs a function that could set something, writes a row of which a constraint is deferred, or is a SET.
_STILL: Final = re.compile(
    r"(?i:CREATE\s+(?:TABLE|(?:UNIQUE\s+)?INDEX)|DROP\s+(?:TABLE|INDEX|VIEW|SEQUENCE|TYPE)|COMMENT\s+ON)\b"
)
_FILLS: Final = re.compile(r"(?i)\bAS\s*\(*\s*(?:SELECT|WITH|VALUES|TABLE|EXECUTE)\b")


def is_still(statement: str) -> bool:
    """Whether a statement changes no setting, no role, and has nothing wait for the end of its transaction.

    CREATE TABLE … AS is none of them: its query may call anything.
    """
    return bool(_STILL.match(statement)) and not _FILLS.search(statement)

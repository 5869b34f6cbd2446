"""Which statements of PostgreSQL may leave on a session what neither RESET nor DISCARD takes back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from lockgate.sql.statements import Statement

# Whatever a function does; and a library, which stays loaded.
_CALLING: Final = frozenset({"CALL", "DO", "EXECUTE", "LOAD", "SELECT", "VALUES", "WITH"})
# A setting of a name of its own is empty afterwards, and was not there before.
_NAMED: Final = re.compile(r"\bset_config\b|^\s*(?:SET|RESET)\s+(?:(?:LOCAL|SESSION)\s+)?[\w\"]+\s*\.", re.IGNORECASE)


def may_remain(statement: Statement) -> bool:
    """Whether something of the statement may still be there when everything is reset that can be."""
    return statement.words[:1] == () or statement.words[0] in _CALLING or _NAMED.search(statement.text) is not None

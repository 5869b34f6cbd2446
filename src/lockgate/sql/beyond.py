"""Statements of PostgreSQL that reach beyond the database in which they are run."""

from __future__ import annotations

import re
from typing import Final

# Roles, databases, tablespaces and settings are the whole server's (PostgreSQL manual, 23.1 "Overview" of databases).
_BEYOND: Final = re.compile(
    r"(?:CREATE|ALTER|DROP)\s+(?:ROLE|USER(?!\s+MAPPING)|GROUP|DATABASE|TABLESPACE)\b|ALTER\s+SYSTEM\b"
    r"|COMMENT\s+ON\s+(?:ROLE|DATABASE|TABLESPACE)\b|REASSIGN\s+OWNED\b|DROP\s+OWNED\b|CREATE\s+SUBSCRIPTION\b"
    r"|(?:GRANT|REVOKE)\s+(?:(?!\bON\b)[^;'])*\b(?:TO|FROM)\b|(?:GRANT|REVOKE)\s[^;']*\bON\s+(?:DATABASE|TABLESPACE)\b",
    re.IGNORECASE,
)


def reaches_beyond(statement: str) -> bool:
    """Whether a statement changes something of the server that other databases share."""
    return _BEYOND.match(statement.lstrip()) is not None

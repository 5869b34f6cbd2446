"""What is not run in a scratch database on the application's own server, because it would reach beyond it."""

from __future__ import annotations

import re
from typing import Final

from lockgate.sql.beyond import reaches_beyond

_BLOCK: Final = re.compile(r"\s*DO\b", re.IGNORECASE)
_WITHIN: Final = re.compile(
    r"\b(?:CREATE|ALTER|DROP)\s+(?:ROLE|USER(?!\s+MAPPING)|GROUP|DATABASE|TABLESPACE)\b", re.IGNORECASE
)
_MAKES: Final = re.compile(
    r"\bCREATE\s+(?:ROLE|USER(?!\s+MAPPING)|GROUP)\s+(\"(?:[^\"]|\"\")+\"|[^\W\d][\w$]*)", re.IGNORECASE
)
# Where a role is named, it stands behind TO, FROM, ROLE or AUTHORIZATION in one of these.
_NAMES: Final = re.compile(r"\s*(?:GRANT|REVOKE|ALTER|SET|DROP\s+OWNED|CREATE\s+(?:POLICY|SCHEMA))\b", re.IGNORECASE)
_ROLES: Final = re.compile(
    r"\b(?:TO|FROM|ROLE|AUTHORIZATION|BY)\s+((?:(?:\"(?:[^\"]|\"\")+\"|[\w$]+)\s*(?:,\s*|(?=[^\w.\s,])|\Z|\s))+)",
    re.IGNORECASE,
)


class Apart:
    """Knows the roles that would have been made: what names one of them cannot be run either."""

    def __init__(self) -> None:
        self._roles: set[str] = set()

    def keeps_back(self, text: str) -> bool:
        """Whether a statement is not to be run; a block of code where it speaks of roles or databases."""
        if reaches_beyond(text) or (_BLOCK.match(text) and _WITHIN.search(text)):
            self._roles |= {_plain(name) for name in _MAKES.findall(text)}
            return True
        return bool(self._roles and _NAMES.match(text) and self._roles & _named(text))


def _named(text: str) -> set[str]:
    return {_plain(name) for said in _ROLES.findall(text) for name in re.findall(r"\"(?:[^\"]|\"\")+\"|[\w$]+", said)}


def _plain(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name.lower()

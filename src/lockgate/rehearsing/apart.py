"""What is not run in a scratch database: it would reach beyond it, to files too, or is of roles, which are others there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lockgate.nouns.flavours import Flavour
from lockgate.sql import split
from lockgate.sql.beyond import reaches_beyond

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_BLOCK: Final = re.compile(r"\s*DO\b", re.IGNORECASE)
_WITHIN: Final = re.compile(
    r"\b(?:CREATE|ALTER|DROP)\s+(?:ROLE|USER(?!\s+MAPPING)|GROUP|DATABASE|TABLESPACE)\b"
    r"|\bGRANT\s+(?:(?!\bON\b)[^;'])*\bTO\b",
    re.IGNORECASE,
)
# What the server does as its own user of the machine (PostgreSQL manual, "COPY"); reading a file leaves no trace.
_ON_THE_SERVER: Final = r"COPY\b[^;]*\b(?:(?:TO|FROM)\s+PROGRAM\b|TO\s+(?:E?'|\$))"
_COPIES: Final = re.compile(rf"\s*{_ON_THE_SERVER}", re.IGNORECASE)
_COPIES_WITHIN: Final = re.compile(rf"\b{_ON_THE_SERVER}", re.IGNORECASE)
_BECOMES: Final = re.compile(
    r"\s*SET\s+(?:(?:SESSION|LOCAL)\s+)?(?:ROLE|SESSION\s+AUTHORIZATION)\b(?!\s*(?:=|TO\b)?\s*(?:NONE|DEFAULT)\b)",
    re.IGNORECASE,
)
_NAME: Final = r"(?:\"(?:[^\"]|\"\")+\"|[^\W\d][\w$]*)"
_NAMES: Final = rf"(?:GROUP\s+)?({_NAME}(?:\s*,\s*{_NAME})*)"
# Where each kind of statement names roles.
_NAMING: Final = tuple(
    (re.compile(rf"\s*{statement}", re.IGNORECASE), re.compile(rf"{place}\s+{_NAMES}", re.IGNORECASE))
    for statement, place in (
        (r"(?:GRANT|REVOKE|ALTER\s+DEFAULT\s+PRIVILEGES)\b", r"\b(?:TO|FROM|FOR\s+(?:ROLE|USER))"),
        (r"ALTER\b", r"\bOWNER\s+TO"),
        (r"(?:CREATE|ALTER)\s+POLICY\b", r"(?<!RENAME)\s+TO"),
        (r"CREATE\s+SCHEMA\b", r"\bAUTHORIZATION"),
    )
)
_ALWAYS: Final = frozenset({"public", "current_user", "current_role", "session_user"})


class Apart:
    """Says of a statement why it is not to be run; `roles` are those that the scratch's server has."""

    def __init__(self, roles: Collection[str]) -> None:
        self._roles = _ALWAYS | set(roles)

    def why_not(self, text: str) -> str:
        """The reason, or "" where it may run; of a block of code, where it speaks of roles or databases."""
        if text.lstrip().startswith(("--", "/*")):
            text = "".join(one.text for one in split(text, Flavour.POSTGRESQL)[:1])
        if reaches_beyond(text) or (_BLOCK.match(text) and _WITHIN.search(text)):
            return "it reaches beyond it"
        if _COPIES.match(text) or (_BLOCK.match(text) and _COPIES_WITHIN.search(text)):
            return "it runs a program or writes a file on the server"
        if _BECOMES.match(text):
            return "what that role may do is not known there"
        missing = next((name for name in _named(text) if name not in self._roles), None)
        return f"there is no role {missing} there" if missing else ""


def _named(text: str) -> Iterator[str]:
    for statement, place in _NAMING:
        if statement.match(text):
            for names in place.findall(text):
                yield from map(_plain, re.findall(_NAME, names))


def _plain(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name.lower()

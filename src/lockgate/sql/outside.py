"""Statements that PostgreSQL runs outside transactions only, by which some tools tell that a file wants none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lockgate.nouns.flavours import Flavour

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lockgate.sql.statements import Statement

_ALONE: Final = frozenset(
    {
        ("VACUUM",),
        ("ALTER", "SYSTEM"),
        ("CREATE", "DATABASE"),
        ("DROP", "DATABASE"),
        ("CREATE", "TABLESPACE"),
        ("DROP", "TABLESPACE"),
        ("REINDEX", "DATABASE"),
        ("REINDEX", "SYSTEM"),
    }
)


def stands_alone(statements: Iterable[Statement], flavour: Flavour) -> bool:
    """Whether one of the statements refuses to run within a transaction (PostgreSQL manual, the page of each)."""
    if flavour is not Flavour.POSTGRESQL:
        return False
    return any(
        words[:1] in _ALONE
        or words[:2] in _ALONE
        or (
            "CONCURRENTLY" in words and words[:1] != ("REFRESH",) and words[0] in {"CREATE", "DROP", "REINDEX", "ALTER"}
        )
        for words in (statement.words for statement in statements)
    )

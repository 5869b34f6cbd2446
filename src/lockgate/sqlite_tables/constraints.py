"""The constraints of columns and tables."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lockgate.sqlite_tables.tokens import Token


class Kind(StrEnum):
    """What a constraint says; NAME is one that is no more than its name, which SQLite lets pass."""

    CHECK = "CHECK"
    COLLATE = "COLLATE"
    DEFAULT = "DEFAULT"
    DEFERRABLE = "DEFERRABLE"
    FOREIGN_KEY = "FOREIGN KEY"
    GENERATED = "GENERATED"
    NAME = "CONSTRAINT"
    NOT_NULL = "NOT NULL"
    NULL = "NULL"
    PRIMARY_KEY = "PRIMARY KEY"
    UNIQUE = "UNIQUE"


@dataclass(frozen=True, slots=True)
class Constraint:
    """One constraint and its place, its name included; `tokens` come after the name."""

    kind: Kind
    name: str | None
    start: int
    end: int
    tokens: tuple[Token, ...]

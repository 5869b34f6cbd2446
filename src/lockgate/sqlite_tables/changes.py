"""What is known of a table, and what is to become of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias


class Keep(Enum):
    """The type of `KEEP`."""

    KEEP = "keep"


KEEP: Final = Keep.KEEP
"""A default that is to stay as it is; None would drop it."""


@dataclass(frozen=True, slots=True)
class TableText:
    """What sqlite_master says of one table, or sqlite_temp_master, or that of an attached database.

    Attributes:
        name: the table's name, without quotes.
        create: its CREATE TABLE statement.
        indexes: the CREATE INDEX statements on it; the indexes of its constraints have none.
        triggers: the CREATE TRIGGER statements on it.
        schema: the name of its database: main, temp, or an attached one.
    """

    name: str
    create: str
    indexes: tuple[str, ...]
    triggers: tuple[str, ...]
    schema: str = "main"


@dataclass(frozen=True, slots=True)
class AlterColumn:
    """Changes what a column's definition says; None leaves that part of it alone.

    Attributes:
        column: the column's name.
        type: its new type; "" leaves it without one, which SQLite allows.
        nullable: False adds NOT NULL, True removes it with its name and its ON CONFLICT.
        default: the SQL text of the new default, put into parentheses where SQLite wants them; None drops the default.
        new_name: its new name. Renaming comes last: all changes asked for together use the old one.
    """

    column: str
    type: str | None = None
    nullable: bool | None = None
    default: str | Keep | None = KEEP
    new_name: str | None = None


@dataclass(frozen=True, slots=True)
class AddColumn:
    """Adds a column behind the others; `definition` is what CREATE TABLE would say of it."""

    definition: str


@dataclass(frozen=True, slots=True)
class DropColumn:
    """Drops a column together with its own constraints; nothing else may name it."""

    column: str


@dataclass(frozen=True, slots=True)
class AddConstraint:
    """Adds a table constraint; `definition` is what CREATE TABLE would say of it."""

    definition: str


@dataclass(frozen=True, slots=True)
class DropConstraint:
    """Drops the constraints of that name, be they the table's or a column's."""

    name: str


Change: TypeAlias = AlterColumn | AddColumn | DropColumn | AddConstraint | DropConstraint

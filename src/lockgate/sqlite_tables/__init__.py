"""Changes a SQLite table by editing the text of its CREATE TABLE, so that the rest of it stays to the letter."""

from lockgate.sqlite_tables.changes import (
    KEEP,
    AddColumn,
    AddConstraint,
    AlterColumn,
    Change,
    DropColumn,
    DropConstraint,
    Keep,
    TableText,
)
from lockgate.sqlite_tables.rebuild import natively, rebuild

__all__ = [
    "KEEP",
    "AddColumn",
    "AddConstraint",
    "AlterColumn",
    "Change",
    "DropColumn",
    "DropConstraint",
    "Keep",
    "TableText",
    "natively",
    "rebuild",
]

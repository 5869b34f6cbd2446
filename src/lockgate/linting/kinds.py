"""The kinds of things that a statement can do."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from lockgate.nouns.schema import Name


class Kind(Enum):
    """What one act of a statement is; those of ALTER TABLE are an act each."""

    CREATE_INDEX = auto()
    DROP_INDEX = auto()
    REINDEX = auto()
    CREATE_TABLE = auto()
    DROP_TABLE = auto()
    RENAME_TABLE = auto()
    TRUNCATE = auto()
    ADD_COLUMN = auto()
    DROP_COLUMN = auto()
    RENAME_COLUMN = auto()
    SET_TYPE = auto()
    SET_NOT_NULL = auto()
    ADD_CHECK = auto()
    ADD_FOREIGN = auto()
    ADD_UNIQUE = auto()
    ADD_PRIMARY = auto()
    ADD_EXCLUDE = auto()
    ADD_NOT_NULL = auto()
    VALIDATE = auto()
    ALTER_OTHER = auto()
    CREATE_ENUM = auto()
    FILL = auto()
    REBUILD = auto()
    LOCK = auto()
    LOCK_TIMEOUT = auto()


class Act(NamedTuple):
    """One thing that a statement does.

    Attributes:
        table: the parts of the table's name as it is written; empty where it names none.
        name: of the column, constraint or index.
        detail: a column's type; for LOCK_TIMEOUT the value; for a REINDEX of more than a table, of what.
        concurrently: as it says.
        if_not_exists: as it says.
        not_valid: whether it is left for VALIDATE.
        using_index: whether it takes an index that is there.
        inline: whether it stands in the definition of a column.
        rewrites: whether, as far as its text says, the table is made anew.
        only: whether the partitions of the table are left alone.
        bounded: whether a FILL names the rows it is about.
        target: the table that a foreign key refers to.
        span: the offsets of the act in its statement.
    """

    kind: Kind
    table: tuple[str, ...] = ()
    name: str = ""
    detail: str = ""
    concurrently: bool = False
    if_not_exists: bool = False
    not_valid: bool = False
    using_index: bool = False
    inline: bool = False
    rewrites: bool = False
    only: bool = False
    bounded: bool = True
    target: tuple[str, ...] = ()
    span: tuple[int, int] = (0, 0)


def is_called(written: tuple[str, ...], name: Name) -> bool:
    """Whether a name as it is written may mean that table; without a schema it may be in any."""
    return bool(written) and written[-1] == name.name and (len(written) < 2 or written[-2] == name.schema)

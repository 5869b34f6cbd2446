"""One difference between two schemas, and what it does to what is there."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from lockgate.nouns.schema import Name


class Effect(StrEnum):
    """What a change does to what is there.

    Additive: it adds, or says another default or comment. Widening: what was accepted still is, and more. Narrowing: something
    that was accepted, or was quick, no longer is; no row loses anything. Destructive: data may be lost.
    """

    ADDITIVE = "additive"
    WIDENING = "widening"
    NARROWING = "narrowing"
    DESTRUCTIVE = "destructive"


class Kind(StrEnum):
    """What a change is about; without `before` it is created, without `after` dropped."""

    NAMESPACE = "schema"
    ENUM = "enum type"
    DOMAIN = "domain"
    SEQUENCE = "sequence"
    TABLE = "table"
    TABLE_OPTIONS = "table options"
    COLUMN = "column"
    TYPE = "column type"
    NULLABLE = "column nullable"
    DEFAULT = "column default"
    IDENTITY = "column identity"
    GENERATED = "column expression"
    COLLATION = "column collation"
    CONSTRAINT = "constraint"
    INDEX = "index"
    VIEW = "view"
    COMMENT = "comment"


class Change(NamedTuple):
    """One difference.

    Attributes:
        owner: the table, or the enum, domain, sequence or view itself.
        part: the name of its column, constraint or index; "" where the change is about the owner itself.
        before, after: the noun, or for a part of a column the whole column, on either side.
    """

    kind: Kind
    owner: Name
    part: str
    before: Any
    after: Any
    effect: Effect

    @property
    def adds(self) -> bool:
        """Whether there was nothing before."""
        return self.before is None

    @property
    def drops(self) -> bool:
        """Whether there is nothing afterwards."""
        return self.after is None


class Statement(NamedTuple):
    """SQL that makes one change, or several at once.

    Attributes:
        early: it has to be committed before the others may run: a new label of an enum that exists cannot be used in the
            transaction that adds it (https://www.postgresql.org/docs/current/sql-altertype.html).
        late: it may refer to whatever the others make.
    """

    text: str
    changes: tuple[Change, ...] = ()
    early: bool = False
    late: bool = False

"""Another tool's history, as its own table tells it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime


class Tool(StrEnum):
    """A tool whose history can be taken over."""

    GOLANG_MIGRATE = "golang-migrate"
    DBMATE = "dbmate"
    RAILS = "rails"
    GOOSE = "goose"
    FLYWAY = "flyway"
    SQLX = "sqlx"
    REFINERY = "refinery"
    DIESEL = "diesel"
    ALEMBIC = "alembic"


class Kept(NamedTuple):
    """A migration that another tool has on record as applied.

    Attributes:
        said: the version, or the name, as its table has it.
        version: the same as a file's number and parts compare; None for what has no version, and for what is none.
        description: what the table calls it besides.
        checksum: of the text that was run, as the tool keeps it.
        applied_at: when, in UTC; None where the tool does not say.
    """

    said: str
    version: tuple[int, ...] | None = None
    description: str = ""
    checksum: str | None = None
    applied_at: datetime | None = None


class ForeignHistory(NamedTuple):
    """What another tool's table says.

    Attributes:
        tool: whose it is.
        table: its name.
        applied: what it has as applied.
        through: the version up to which it takes everything for applied, where it keeps no row for each.
        failed: the versions that it has as failed half-way.
    """

    tool: Tool
    table: str
    applied: tuple[Kept, ...] = ()
    through: tuple[int, ...] | None = None
    failed: tuple[str, ...] = ()


class Adopted(NamedTuple):
    """A row that taking over writes; `applied_at` is None where the other tool does not say when it was."""

    name: str
    hash: str
    applied_at: datetime | None = None

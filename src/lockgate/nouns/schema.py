"""A schema as a value: what the database's own catalog says of it, in the database's own words.

Both sides of a comparison come from the same reader, so a text (a type, a default, a constraint's definition) is compared as it
is. Names within a text are qualified with their schema; tuples, because they are compared a thousand at a time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Name(NamedTuple):
    """A qualified name, without quotes; the schema is "" where it is not known, on SQLite `main` or an attached database."""

    schema: str
    name: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}" if self.schema else self.name


class Generated(NamedTuple):
    """A computed column's expression, and whether its value is stored."""

    expression: str
    stored: bool


class Column(NamedTuple):
    """One column.

    Attributes:
        type: as the engine prints it: `character varying(50)`, `app.mood`; on SQLite as it is declared, in upper case.
        default: its expression, for instance `nextval('app.videos_id_seq'::regclass)`; None where it has none.
        identity: what stands behind GENERATED: `ALWAYS AS IDENTITY (START WITH 1 INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647
            CACHE 1 NO CYCLE)`, or `BY DEFAULT AS IDENTITY (…)`, with all options in this order; they begin with
            `SEQUENCE NAME app.other ` where its sequence has not the name that the server gives. None where it is none.
        collation: only where it is not the type's own.
    """

    name: str
    type: str
    nullable: bool = True
    default: str | None = None
    identity: str | None = None
    generated: Generated | None = None
    collation: str | None = None
    comment: str | None = None


class ConstraintKind(StrEnum):
    """What a constraint is."""

    PRIMARY = "primary key"
    UNIQUE = "unique"
    CHECK = "check"
    EXCLUDE = "exclude"
    FOREIGN = "foreign key"


class Constraint(NamedTuple):
    """A table's constraint, or a domain's check.

    Attributes:
        name: "" where SQLite knows none.
        definition: what stands behind its name: `FOREIGN KEY (a) REFERENCES app.b(id) ON DELETE CASCADE`.
        columns: of the table, in the constraint's order; those of a check where the engine knows them.
        target: the table that a foreign key refers to.
        target_columns: the columns that it refers to.
    """

    name: str
    kind: ConstraintKind
    definition: str
    columns: tuple[str, ...] = ()
    target: Name | None = None
    target_columns: tuple[str, ...] = ()
    comment: str | None = None


class Index(NamedTuple):
    """An index that is no constraint's.

    Attributes:
        definition: what stands behind the table's name: `USING gin (tags) WHERE (live)`; on SQLite `(a, b DESC) WHERE …`.
        columns: the plain columns of its key, in their order; those that it only includes are none.
        valid: False where CREATE INDEX CONCURRENTLY has left it unusable.
    """

    name: str
    definition: str
    unique: bool = False
    columns: tuple[str, ...] = ()
    valid: bool = True
    comment: str | None = None


class Table(NamedTuple):
    """One table.

    Attributes:
        before: what stands before the word TABLE: `UNLOGGED`.
        after: what stands behind the closing parenthesis: `PARTITION BY RANGE (at)`, `WITH (fillfactor='70')`, `STRICT`.
    """

    name: Name
    columns: tuple[Column, ...]
    constraints: tuple[Constraint, ...] = ()
    indexes: tuple[Index, ...] = ()
    comment: str | None = None
    before: str = ""
    after: str = ""

    def column(self, name: str) -> Column | None:
        """The column of that name."""
        return next((column for column in self.columns if column.name == name), None)


class Enumeration(NamedTuple):
    """An enum type and its labels, in their order."""

    name: Name
    labels: tuple[str, ...]
    comment: str | None = None


class Domain(NamedTuple):
    """A domain: a type with its own default and checks."""

    name: Name
    type: str
    nullable: bool = True
    default: str | None = None
    collation: str | None = None
    checks: tuple[Constraint, ...] = ()
    comment: str | None = None


class Sequence(NamedTuple):
    """A sequence that is no identity's.

    Attributes:
        options: `AS bigint START WITH 1 INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 CACHE 1 NO CYCLE`.
        owner: the table and column that it is dropped with, as that of a `serial` is.
    """

    name: Name
    options: str
    owner: tuple[Name, str] | None = None
    comment: str | None = None


class View(NamedTuple):
    """A view.

    Attributes:
        definition: the query, without a semicolon.
        uses: the tables and views that it reads.
        options: what stands between its name and AS: `WITH (security_barrier='true')`.
    """

    name: Name
    definition: str
    materialized: bool = False
    indexes: tuple[Index, ...] = ()
    uses: tuple[Name, ...] = ()
    comment: str | None = None
    options: str = ""


@dataclass(frozen=True, slots=True)
class Schema:
    """All that one comparison looks at.

    Attributes:
        namespaces: the schemas that exist, of those that were looked at.
        texts: SQLite's own statements for a table: CREATE TABLE first, then its indexes and triggers.
    """

    tables: Mapping[Name, Table] = field(default_factory=dict)
    enums: Mapping[Name, Enumeration] = field(default_factory=dict)
    domains: Mapping[Name, Domain] = field(default_factory=dict)
    sequences: Mapping[Name, Sequence] = field(default_factory=dict)
    views: Mapping[Name, View] = field(default_factory=dict)
    namespaces: frozenset[str] = frozenset()
    texts: Mapping[Name, tuple[str, ...]] = field(default_factory=dict, compare=False)

    def named(self) -> dict[Name, Enumeration | Domain | Sequence]:
        """The types and sequences."""
        return {**self.enums, **self.domains, **self.sequences}

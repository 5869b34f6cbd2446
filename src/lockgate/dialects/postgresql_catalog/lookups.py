"""What the parts of the catalog have to ask of each other: names, columns and comments by their numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lockgate.dialects.postgresql_catalog.parts import Part
from lockgate.dialects.postgresql_catalog.scope import oid_of
from lockgate.nouns.schema import Name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lockgate.dialects.postgresql_catalog.parts import Row

COMMENTS = Part(
    "comment",
    ("x.classoid", "x.objoid", "x.objsubid", "x.description"),
    "FROM pg_catalog.pg_description x, ready"
    f" WHERE x.classoid IN ({oid_of('pg_class')}, {oid_of('pg_constraint')}, {oid_of('pg_type')})",
)
CATALOGS = Part("catalogs", (oid_of("pg_class"), oid_of("pg_constraint"), oid_of("pg_type")), "FROM ready")
NAMES = Part("name", ("r.oid", "r.nspname", "r.relname"), "FROM relations r")
# A foreign key may refer to a partition, or to a table of another namespace.
TARGETS = Part(
    "target",
    ("c.oid", "n.nspname", "c.relname", "a.attnum", "a.attname"),
    "FROM relations r JOIN pg_catalog.pg_constraint k ON k.conrelid = r.oid AND k.contype = 'f'"
    " JOIN pg_catalog.pg_class c ON c.oid = k.confrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (k.confkey)"
    " WHERE NOT EXISTS (SELECT FROM relations other WHERE other.oid = c.oid)",
)


@dataclass(slots=True)
class Lookups:
    """Found by oid and attnum, which stay the texts that they came as."""

    names: dict[str, Name] = field(default_factory=dict)
    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    _comments: dict[tuple[str, str, str], str] = field(default_factory=dict)
    _catalogs: tuple[str, str, str] = ("", "", "")

    def columns_of(self, oid: str, numbers: Iterable[str]) -> tuple[str, ...]:
        """The names of those columns; an expression has the number 0, and no name."""
        names = self.columns.get(oid, {})
        return tuple(names[number] for number in numbers if number in names)

    def of_relation(self, oid: str, number: str = "0") -> str | None:
        """The comment of a table, sequence, view or index, or of one of its columns."""
        return self._comments.get((self._catalogs[0], oid, number)) if self._comments else None

    def of_constraint(self, oid: str) -> str | None:
        """The comment of a constraint."""
        return self._comments.get((self._catalogs[1], oid, "0"))

    def of_type(self, oid: str) -> str | None:
        """The comment of a type."""
        return self._comments.get((self._catalogs[2], oid, "0"))


def lookups(rows: Mapping[str, list[Row]]) -> Lookups:
    """What the answer says of them; the columns of the tables that are read are added with these."""
    found = Lookups()
    ((_, first, second, third, *_),) = rows["catalogs"]
    found._catalogs = (first, second, third)
    found._comments = {(row[1], row[2], row[3]): row[4] for row in rows["comment"]}
    found.names = {row[1]: Name(row[2], row[3]) for row in rows["name"]}
    for _, oid, space, name, number, column, *_ in rows["target"]:
        found.names[oid] = Name(space, name)
        found.columns.setdefault(oid, {})[number] = column
    return found

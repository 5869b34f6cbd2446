"""A small schema before and after a change, and a large one."""

from __future__ import annotations

import random
from typing import Final

from lockgate.nouns.schema import Column, Constraint, ConstraintKind, Enumeration, Index, Name, Schema, Table

_MOOD: Final = Name("app", "mood")


def table(name: str, *columns: Column, keys: dict[str, str] | None = None, unique: str = "", index: str = "") -> Table:
    """A table with an `id`; `keys` are its foreign keys, from column to table."""
    constraints = [Constraint(f"{name}_pkey", ConstraintKind.PRIMARY, "PRIMARY KEY (id)", ("id",))]
    for column, target in (keys or {}).items():
        said = f"FOREIGN KEY ({column}) REFERENCES app.{target}(id)"
        key = Constraint(f"{name}_{column}_fkey", ConstraintKind.FOREIGN, said, (column,), Name("app", target), ("id",))
        constraints.append(key)
    if unique:
        constraints.append(Constraint(f"{name}_key", ConstraintKind.UNIQUE, f"UNIQUE ({unique})", (unique,)))
    indexes = (Index(f"ix_{name}", f"USING btree ({index})", columns=(index,)),) if index else ()
    return Table(Name("app", name), (Column("id", "bigint", nullable=False), *columns), tuple(constraints), indexes)


def schema(*tables: Table, labels: tuple[str, ...] = ("calm",)) -> Schema:
    """A schema of these tables and an enum type."""
    return Schema({one.name: one for one in tables}, {_MOOD: Enumeration(_MOOD, labels)}, namespaces=frozenset({"app"}))


_USER: Final = Column("user_id", "bigint", nullable=False)
_USERS: Final = table("users", Column("email", "character varying(320)", nullable=False), unique="email")
_PROFILES: Final = table("profiles", _USER, keys={"user_id": "users"}, unique="user_id")
_TREE: Final = table("one", Column("parent_id", "bigint"), keys={"parent_id": "one"})
_ODD: Final = table('odd %~ "name', Column("pk", "numeric(8, 2)"), Column('a ~ "b" <c>', "app.mood"))
_VIDEO: Final = Column("video_id", "bigint")
BEFORE: Final = schema(
    _USERS,
    _PROFILES,
    _TREE,
    _ODD,
    table("videos", _USER, Column("title", "character varying(80)", nullable=False), Column("size", "integer"),
          keys={"user_id": "users"}),
    table("likes", _VIDEO, _USER, keys={"video_id": "videos", "user_id": "users"}),
    table("old", _VIDEO, keys={"video_id": "videos"}),
)  # fmt: skip
AFTER: Final = schema(
    _USERS,
    _PROFILES,
    _TREE,
    _ODD,
    table("videos", _USER, Column("title", "text"), Column("seconds", "double precision"), keys={"user_id": "users"},
          index="title"),
    table("likes", _VIDEO, _USER, keys={"video_id": "videos"}),
    table("uploads", _VIDEO, keys={"video_id": "videos"}),
    labels=("calm", "cross"),
)  # fmt: skip


def large(count: int) -> list[Table]:
    """Tables that refer to earlier ones, mostly to the first, and here and there to later ones and themselves."""
    chance, made = random.Random(7), []
    for number in range(count):
        ends = [int(chance.random() ** 3 * number) for _ in range(chance.choice([0, 1, 1, 2, 3]))]
        ends += [min(number + 3, count - 1)] * (number % 17 == 0) + [number] * (number % 23 == 0)
        columns = [Column(f"c{place}", chance.choice(["bigint", "text"])) for place in range(chance.randint(5, 12))]
        made.append(table(f"t{number}", *columns, keys={f"c{place}": f"t{end}" for place, end in enumerate(ends)}))
    return made

"""Tables as SQLAlchemy makes them: read as what they are, and brought from one version of the models to another."""

from __future__ import annotations

import enum
import uuid
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex, CreateTable

from diffing.sqlite_lab import brought
from lockgate.nouns.changes import Kind
from lockgate.nouns.schema import Name
from sqlite_tables.reading import schema

if TYPE_CHECKING:
    from collections.abc import Callable

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Mood(enum.Enum):
    good = 1
    bad = 2


def users(metadata: sa.MetaData, *more: sa.Column[object] | sa.Constraint) -> sa.Table:
    return sa.Table(
        "users",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("userName", sa.String(50), nullable=False, unique=True),
        sa.Column("mood", sa.Enum(Mood, create_constraint=True, name="mood")),
        sa.Column("active", sa.Boolean(create_constraint=True, name="active"), server_default=sa.true()),
        sa.Column("data", sa.JSON, server_default="{}"),
        sa.Column("token", sa.Uuid, default=uuid.uuid4),
        sa.Column("price", sa.Numeric(10, 2), server_default=sa.text("0.5")),
        sa.Column("made", sa.DateTime, server_default=sa.func.now()),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("(strftime('%s', 'now'))")),
        sa.Column("blob", sa.LargeBinary, server_default=sa.text("x'00ff'")),
        sa.Column("note", sa.Text, server_default="it's", index=True),
        sa.Column("twice", sa.Float, sa.Computed("price * 2", persisted=True)),
        sa.Column("parent", sa.ForeignKey("users.id", ondelete="SET NULL")),
        *more,
    )


def links(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "links",
        metadata,
        sa.Column("from_id", sa.ForeignKey("users.id", ondelete="CASCADE", onupdate="CASCADE"), primary_key=True),
        sa.Column("to_id", sa.BigInteger, primary_key=True),
        sa.Column("order", sa.Integer, nullable=False, server_default="1"),
        sa.ForeignKeyConstraint(["to_id"], ["users.id"], deferrable=True, initially="DEFERRED"),
        sa.UniqueConstraint("from_id", "order"),
        sa.CheckConstraint('from_id <> to_id AND "order" > 0', name="apart"),
        sa.Index("ix_links_partial", "order", sqlite_where=sa.text("to_id > 1")),
        sa.Index("ix_links_expression", sa.text("abs(to_id)")),
        sqlite_with_rowid=False,
    )


def script(named: bool, *tables: Callable[[sa.MetaData], sa.Table]) -> str:
    metadata = sa.MetaData(naming_convention=NAMING if named else None)
    said = list[str]()
    for table in [one(metadata) for one in tables]:
        said.append(str(CreateTable(table).compile(dialect=sa.create_engine("sqlite://").dialect)))
        said += [str(CreateIndex(one).compile(dialect=sa.create_engine("sqlite://").dialect)) for one in table.indexes]
    return ";".join(said)


def test_what_sqlalchemy_says_is_read() -> None:
    made = schema(script(True, users, links))
    table = made.tables[Name("main", "users")]
    assert {column.name: (column.type, column.default) for column in table.columns} == {
        "id": ("INTEGER", None),
        "userName": ("VARCHAR(50)", None),
        "mood": ("VARCHAR(4)", None),
        "active": ("BOOLEAN", "1"),
        "data": ("JSON", "'{}'"),
        "token": ("CHAR(32)", None),
        "price": ("NUMERIC(10, 2)", "0.5"),
        "made": ("DATETIME", "CURRENT_TIMESTAMP"),
        "at": ("DATETIME", "strftime('%s', 'now')"),
        "blob": ("BLOB", "X'00FF'"),
        "note": ("TEXT", "'it''s'"),
        "twice": ("FLOAT", None),
        "parent": ("INTEGER", None),
    }
    assert {constraint.name: constraint.definition for constraint in table.constraints} == {
        "ck_users_active": "CHECK (active IN (0, 1))",
        "ck_users_mood": "CHECK (mood IN ('good', 'bad'))",
        "fk_users_parent_users": "FOREIGN KEY (parent) REFERENCES users (id) ON DELETE SET NULL",
        "pk_users": "PRIMARY KEY (id)",
        "uq_users_userName": "UNIQUE (userName)",
    }
    links_of = made.tables[Name("main", "links")]
    assert links_of.after == "WITHOUT ROWID"
    assert [index.definition for index in links_of.indexes] == ["(abs(to_id))", '("order") WHERE to_id > 1']


@pytest.mark.parametrize("named", [True, False])
def test_the_same_models_give_the_same_schema(named: bool) -> None:
    assert brought(script(named, users, links), script(named, users, links)).changes == []


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("choose", [lambda _: True, lambda change: not change.drops], ids=["all", "additive"])
def test_a_new_column_with_a_foreign_key_needs_no_rebuild(named: bool, choose: Callable[[object], bool]) -> None:
    def more(metadata: sa.MetaData) -> sa.Table:
        return users(metadata, sa.Column("boss", sa.ForeignKey("users.id")), sa.Column("rank", sa.Enum(Mood)))

    made = brought(script(named, users, links), script(named, more, links), choose)
    assert made.left == []
    assert all(text.startswith("ALTER TABLE") for text in made.texts)


@pytest.mark.parametrize("named", [True, False])
def test_models_come_and_go(named: bool) -> None:
    rows = """
        INSERT INTO users (id, "userName", mood) VALUES (1, 'a', 'good'), (2, 'b', NULL);
        INSERT INTO links (from_id, to_id) VALUES (1, 2);
    """

    def more(metadata: sa.MetaData) -> sa.Table:
        table = users(metadata, sa.CheckConstraint("price >= 0", name="cheap"))
        table.append_column(sa.Column("userName", sa.String(99)), replace_existing=True)
        table.append_column(sa.Column("seen", sa.DateTime, nullable=False, server_default=sa.func.current_timestamp()))
        return table

    there = brought(f"{script(named, users, links)}; {rows}", script(named, more, links))
    assert there.left == []
    assert {change.kind for change in there.changes} >= {Kind.TYPE, Kind.NULLABLE, Kind.COLUMN, Kind.CONSTRAINT}
    assert there.rows('SELECT id, "userName", mood, twice FROM users') == [(1, "a", "good", 1.0), (2, "b", None, 1.0)]
    assert there.rows("SELECT count(*) FROM users WHERE seen IS NULL") == [(0,)]
    back = brought(f"{script(named, more, links)}; {rows}", script(named, users))
    assert back.left == []
    assert back.rows('SELECT id, "userName", mood FROM users') == [(1, "a", "good"), (2, "b", None)]


@pytest.mark.parametrize("renamed", [True, False])
def test_a_naming_convention_can_be_taken_on(renamed: bool) -> None:
    made = brought(script(not renamed, users, links), script(renamed, users, links))
    assert made.left == []
    assert {change.kind for change in made.changes} == {Kind.CONSTRAINT}

"""Models of many kinds, each as its own metadata; some are of PostgreSQL only."""

from __future__ import annotations

import datetime  # noqa: TC003 - SQLAlchemy reads the annotations
import enum
import uuid  # noqa: TC003 - as above
from typing import TYPE_CHECKING, ClassVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column, relationship
from sqlalchemy.sql.ddl import CreateTableAs, CreateView

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
    GOOD = 1
    BAD = 2


def plain() -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table(
        "users",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(50), nullable=False, unique=True, comment="it's a \\ name"),
        sa.Column("created", sa.DateTime(timezone=True), server_default=sa.func.now()),
        sa.Column("price", sa.Numeric(10, 2), server_default=sa.text("0")),
        sa.Column("live", sa.Boolean, server_default=sa.true(), index=True),
        sa.Column("say", sa.Text, server_default="it's 100% :so \\ "),
        comment="All of them",
    )
    sa.Table(
        "posts",
        metadata,
        sa.Column("id", sa.BigInteger, primary_key=True),
        sa.Column("author", sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("kind", sa.SmallInteger, sa.CheckConstraint("kind > 0")),
        sa.Column("day", sa.Date),
        sa.UniqueConstraint("author", "day", name="once a day"),
        sa.CheckConstraint("kind < 100", name="few"),
        sa.Index("ix_posts_b", "day", "kind"),
        sa.Index("ix_posts_a", sa.text("kind DESC"), unique=True),
    )
    return metadata


def named_by_convention() -> sa.MetaData:
    metadata = sa.MetaData(naming_convention=NAMING)
    sa.Table("a", metadata, sa.Column("id", sa.Integer, primary_key=True))
    sa.Table(
        "b",
        metadata,
        sa.Column("id", sa.Integer, sa.ForeignKey("a.id"), primary_key=True),
        sa.Column("x" * 60, sa.Integer, unique=True, index=True),
        sa.Column("flag", sa.Boolean(create_constraint=True, name="flag")),
        sa.CheckConstraint("id > 5", name="large"),
    )
    return metadata


def cyclic() -> sa.MetaData:
    metadata = sa.MetaData()
    for name, other in [("a", "b"), ("b", "c"), ("c", "a")]:
        sa.Table(
            name,
            metadata,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("other", sa.ForeignKey(f"{other}.id", name=f"{name}_to_{other}")),
            sa.Column("self", sa.ForeignKey(f"{name}.id")),
        )
    metadata.tables["a"].append_column(sa.Column("late", sa.ForeignKey("b.id", use_alter=True, name="late")))
    return metadata


def enums() -> sa.MetaData:
    metadata = sa.MetaData()
    shared = sa.Enum("x", "it's", name="shared", metadata=metadata)
    for name in ("a", "b"):
        sa.Table(
            name,
            metadata,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("mood", sa.Enum(Mood), server_default="GOOD"),
            sa.Column("shared", shared),
            sa.Column("text", sa.Enum("p", "q", native_enum=False, create_constraint=True, name=f"text_{name}")),
        )
    sa.Enum("never used", name="lonely", metadata=metadata)
    return metadata


def orm() -> sa.MetaData:
    class Base(MappedAsDataclass, DeclarativeBase):
        pass

    class Parent(Base):
        __tablename__ = "parent"
        id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
        at: Mapped[datetime.datetime]
        mood: Mapped[Mood]
        kind: Mapped[str] = mapped_column(sa.String(20))
        children: Mapped[list[Child]] = relationship(back_populates="parent", default_factory=list)
        __mapper_args__: ClassVar = {"polymorphic_on": "kind", "polymorphic_identity": "parent"}

    class Special(Parent):
        __tablename__ = "special"
        id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("parent.id"), primary_key=True, init=False)
        extra: Mapped[float | None] = mapped_column(default=None)
        __mapper_args__: ClassVar = {"polymorphic_identity": "special"}

    class Child(Base):
        __tablename__ = "child"
        id: Mapped[int] = mapped_column(primary_key=True)
        parent_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("parent.id"), index=True)
        parent: Mapped[Parent | None] = relationship(back_populates="children")
        data: Mapped[bytes | None]

    globals().update(Child=Child, Parent=Parent)
    Base.registry.configure()
    return Base.metadata


def views() -> sa.MetaData:
    metadata = sa.MetaData()
    users = sa.Table(
        "z_users", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(5))
    )
    seen = CreateView(sa.select(users.c.id).where(users.c.name == "it's"), "seen", metadata=metadata)
    CreateView(sa.select(seen.table.c.id), "again", metadata=metadata)
    CreateTableAs(sa.select(users.c.id), "a_copy", metadata=metadata)
    return metadata


def said() -> sa.MetaData:
    metadata = sa.MetaData()
    one = sa.Table("one", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("n", sa.Integer))
    event.listen(metadata, "before_create", sa.DDL("CREATE TABLE before_all (percent_%% INTEGER)".replace("_%%", "")))
    event.listen(one, "after_create", sa.DDL("CREATE INDEX said ON %(fullname)s (n)"))
    event.listen(one, "after_create", sa.DDL("CREATE INDEX postgres ON one (n, id)").execute_if(dialect="postgresql"))
    event.listen(one, "after_create", sa.DDL("CREATE INDEX lite ON one (n, id)").execute_if(dialect="sqlite"))
    two = sa.Table("two", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("n", sa.Integer))
    two.append_constraint(sa.CheckConstraint("n > 1", name="only_pg").ddl_if(dialect="postgresql"))
    sa.Index("only_lite", two.c.n).ddl_if(dialect="sqlite")
    two.add_is_dependent_on(one)
    return metadata


def computed() -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table(
        "t",
        metadata,
        sa.Column("id", sa.Integer, sa.Identity(always=True, start=5, increment=2), primary_key=True),
        sa.Column("n", sa.Integer),
        sa.Column("twice", sa.Integer, sa.Computed("n * 2", persisted=True)),
        sa.Column("data", sa.JSON().with_variant(postgresql.JSONB(), "postgresql")),
    )
    return metadata


def options() -> sa.MetaData:
    metadata = sa.MetaData()
    table = sa.Table(
        "t",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("n", sa.Integer, nullable=False, sqlite_on_conflict_not_null="REPLACE"),
        postgresql_with={"fillfactor": 70},
        sqlite_autoincrement=True,
        prefixes=[],
    )
    sa.Index(
        "some", table.c.n, postgresql_where=table.c.n > 5, sqlite_where=table.c.n > 5, postgresql_concurrently=True
    )
    return metadata


def sequences() -> sa.MetaData:
    metadata = sa.MetaData()
    shared = sa.Sequence("shared", start=7)
    for name in ("a", "b"):
        sa.Table(name, metadata, sa.Column("id", sa.Integer, shared, primary_key=True))
    own = sa.Sequence("own", metadata=metadata, data_type=sa.Integer, cycle=True)
    sa.Table("c", metadata, sa.Column("id", sa.Integer, own, server_default=own.next_value(), primary_key=True))
    return metadata


def of_postgresql() -> sa.MetaData:
    metadata = sa.MetaData()
    positive = postgresql.DOMAIN("positive", sa.Integer, check="VALUE > 0", not_null=True, default="5")
    table = sa.Table(
        "t",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("moods", postgresql.ARRAY(sa.Enum("x", "y", name="item"))),
        sa.Column("tags", postgresql.ARRAY(sa.Text), server_default=sa.text("'{}'")),
        sa.Column("n", positive),
        sa.Column("during", postgresql.TSTZRANGE),
        sa.Column("net", postgresql.INET),
        sa.Column("named", sa.String(collation="C")),
        sa.UniqueConstraint("n", name="n_once", comment="only once"),
        postgresql.ExcludeConstraint(("during", "&&"), name="apart"),
        sa.PrimaryKeyConstraint("id", name="the_key", comment="the key"),
    )
    sa.Index("by_tags", table.c.tags, postgresql_using="gin")
    sa.Index("by_lower", sa.func.lower(table.c.named), postgresql_ops={"named": "text_pattern_ops"})
    sa.Table("u", metadata, sa.Column("id", sa.Integer), prefixes=["UNLOGGED"], postgresql_partition_by=None)
    sa.Table("p", metadata, sa.Column("id", sa.Integer), postgresql_partition_by="RANGE (id)")
    users = metadata.tables["u"]
    CreateView(sa.select(users.c.id), "kept", metadata=metadata, materialized=True)
    return metadata


def elsewhere() -> sa.MetaData:
    metadata = sa.MetaData(schema="app")
    sa.Table("a", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("mood", sa.Enum(Mood)))
    sa.Table("b", metadata, sa.Column("id", sa.ForeignKey("app.a.id"), primary_key=True, index=True))
    sa.Table("c", metadata, sa.Column("id", sa.ForeignKey("app.a.id"), primary_key=True), schema=sa.BLANK_SCHEMA)
    event.listen(metadata.tables["app.a"], "after_create", sa.DDL("CREATE INDEX said ON %(fullname)s (mood)"))
    return metadata


ANYWHERE: list[Callable[[], sa.MetaData]] = [
    plain,
    named_by_convention,
    cyclic,
    enums,
    orm,
    views,
    said,
    computed,
    options,
]
ON_POSTGRESQL: list[Callable[[], sa.MetaData]] = [*ANYWHERE, sequences, of_postgresql, elsewhere]


def tables_of(count: int) -> sa.MetaData:
    """As large an application as is measured: ten columns, two indexes and a foreign key for each table."""
    metadata = sa.MetaData()
    for number in range(count):
        sa.Table(
            f"table_{number}",
            metadata,
            sa.Column("id", sa.BigInteger, primary_key=True),
            sa.Column("parent", sa.ForeignKey(f"table_{max(0, number - 1)}.id"), index=True),
            sa.Column("name", sa.String(50), nullable=False),
            sa.Column("text", sa.Text),
            sa.Column("live", sa.Boolean, nullable=False),
            sa.Column("price", sa.Numeric(10, 2)),
            sa.Column("at", sa.DateTime(timezone=True)),
            sa.Column("day", sa.Date),
            sa.Column("created", sa.DateTime(timezone=True), server_default=sa.func.now()),
            sa.Column("state", sa.String(20), server_default="new", index=True),
        )
    return metadata

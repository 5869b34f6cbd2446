"""The fingerprint of models: it changes with the DDL, and only with it."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles, deregister
from sqlalchemy.orm import registry, relationship
from sqlalchemy.schema import CreateColumn, CreateTable
from sqlalchemy.sql.ddl import CreateView

from lockgate import SettingsError
from lockgate.models.fingerprint import fingerprint
from lockgate.models.metadata import load_models
from models import zoo
from models.making import dialect_of

if TYPE_CHECKING:
    from collections.abc import Callable


def print_of(metadata: sa.MetaData, version: int | None = 18) -> str:
    return fingerprint(load_models(metadata), dialect_of(version))


class Point(sa.types.UserDefinedType[Any]):
    cache_ok = True

    def __init__(self, size: int) -> None:
        self.size = size

    def get_col_spec(self, **_options: Any) -> str:
        return f"POINT_{self.size}"


class Wrapped(sa.TypeDecorator[str]):
    impl = sa.String
    cache_ok = True


def base() -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table("other", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("b", sa.Integer, unique=True))
    sa.Sequence("numbers", metadata=metadata, start=3)
    sa.Table(
        "t",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("a", sa.Integer, nullable=False),
        sa.Column("b", sa.ForeignKey("other.id", ondelete="CASCADE", name="to_other")),
        sa.Column("s", sa.String(50), server_default="x", comment="text"),
        sa.Column("n", sa.Numeric(10, 2), server_default=sa.text("0")),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.func.now()),
        sa.Column("mood", sa.Enum("x", "y", name="mood")),
        sa.Column("i", sa.Integer, sa.Identity(start=1)),
        sa.Column("c", sa.Integer, sa.Computed("a * 2", persisted=True)),
        sa.Column("p", Point(2)),
        sa.Column("w", Wrapped(5)),
        sa.Column("list", postgresql.ARRAY(sa.String(5))),
        sa.Column("d", postgresql.DOMAIN("small", sa.Integer, check="VALUE < 5")),
        sa.UniqueConstraint("a", "s", name="once"),
        sa.CheckConstraint("a > 1", name="large"),
        postgresql.ExcludeConstraint(("a", "="), name="apart"),
        sa.Index("by_a", "a", "s"),
        sa.Index("by_lower", sa.func.lower(sa.literal_column("s")), postgresql_using="btree"),
        comment="table",
    )
    users = metadata.tables["t"]
    CreateView(sa.select(users.c.id).where(users.c.a > 5), "seen", metadata=metadata)
    event.listen(users, "after_create", sa.DDL("SELECT 1"))
    return metadata


def t(metadata: sa.MetaData) -> Any:
    return metadata.tables["t"]


def constraint(metadata: sa.MetaData, kind: type) -> Any:
    return next(one for one in t(metadata).constraints if isinstance(one, kind))


def index(metadata: sa.MetaData, name: str) -> Any:
    return next(one for one in t(metadata).indexes if one.name == name)


def setting(find: Callable[[sa.MetaData], Any], name: str, value: Any) -> Callable[[sa.MetaData], None]:
    return lambda metadata: setattr(find(metadata), name, value)


def column(name: str, attribute: str, value: Any) -> Callable[[sa.MetaData], None]:
    return setting(lambda metadata: t(metadata).c[name], attribute, value)


def adding(*items: Any) -> Callable[[sa.MetaData], None]:
    """The items are made anew each time, by functions."""

    def add(metadata: sa.MetaData) -> None:
        for make in items:
            item = make()
            table = t(metadata)
            table.append_column(item) if isinstance(item, sa.Column) else table.append_constraint(item)

    return add


def foreign(attribute: str, value: Any) -> Callable[[sa.MetaData], None]:
    return setting(lambda metadata: constraint(metadata, sa.ForeignKeyConstraint), attribute, value)


def unique(attribute: str, value: Any) -> Callable[[sa.MetaData], None]:
    return setting(lambda metadata: constraint(metadata, sa.UniqueConstraint), attribute, value)


def check(attribute: str, value: Any) -> Callable[[sa.MetaData], None]:
    return setting(lambda metadata: constraint(metadata, sa.CheckConstraint), attribute, value)


def listening(name: str, listener: Any) -> Callable[[sa.MetaData], None]:
    return lambda metadata: event.listen(t(metadata), name, listener)


def option(find: Callable[[sa.MetaData], Any], name: str, value: Any) -> Callable[[sa.MetaData], None]:
    return lambda metadata: find(metadata).dialect_options["postgresql"].__setitem__(name, value)


def one(target: Any, connection: Any, **_rest: Any) -> None:
    connection.execute(sa.text("SELECT 1"))


def other(target: Any, connection: Any, **_rest: Any) -> None:
    connection.execute(sa.text("SELECT 2"))


def with_view(expression: Callable[[Any], Any], **options: Any) -> Callable[[sa.MetaData], None]:
    def replace(metadata: sa.MetaData) -> None:
        metadata.remove(metadata.tables["seen"])
        CreateView(expression(t(metadata)), "seen", metadata=metadata, **options)

    return replace


def domain(**options: Any) -> Callable[[sa.MetaData], None]:
    def replace(metadata: sa.MetaData) -> None:
        metadata._objects.discard(t(metadata).c.d.type)
        t(metadata).append_column(
            sa.Column("d", postgresql.DOMAIN("small", **{"data_type": sa.Integer, "check": "VALUE < 5"} | options)),
            replace_existing=True,
        )

    return replace


def chosen(ddl: Any, target: Any, bind: Any, **_rest: Any) -> bool:
    return target.name in {"a", "b", "c", "d", "e"}


ALTERATIONS: dict[str, Callable[[sa.MetaData], Any]] = {
    "table name": setting(t, "name", "u"),
    "table schema": setting(t, "schema", "app"),
    "table quoting": setting(t, "name", sa.sql.quoted_name("t", True)),
    "table comment": setting(t, "comment", "another"),
    "no table comment": setting(t, "comment", None),
    "prefix": setting(t, "_prefixes", ["UNLOGGED"]),
    "table option": option(t, "with", {"fillfactor": 70}),
    "another table": lambda metadata: sa.Table("more", metadata, sa.Column("id", sa.Integer)),
    "a table less": lambda metadata: metadata.remove(metadata.tables["seen"]),
    "another column": adding(lambda: sa.Column("more", sa.Integer)),
    "column name": column("a", "name", "renamed"),
    "column quoting": column("a", "name", sa.sql.quoted_name("a", True)),
    "column type": column("a", "type", sa.BigInteger()),
    "column length": column("s", "type", sa.String(51)),
    "column collation": column("s", "type", sa.String(50, collation="C")),
    "column scale": column("n", "type", sa.Numeric(10, 3)),
    "column zone": column("at", "type", sa.DateTime()),
    "column variant": column("a", "type", sa.Integer().with_variant(sa.SmallInteger(), "postgresql")),
    "item type": column("list", "type", postgresql.ARRAY(sa.String(6))),
    "item dimensions": column("list", "type", postgresql.ARRAY(sa.String(5), dimensions=2)),
    "own type": column("p", "type", Point(3)),
    "decorated type": column("w", "type", Wrapped(6)),
    "nullable": column("a", "nullable", True),
    "not nullable": column("s", "nullable", False),
    "column comment": column("s", "comment", "another"),
    "no column comment": column("s", "comment", None),
    "default": column("s", "server_default", sa.DefaultClause("y")),
    "default of text": column("s", "server_default", sa.DefaultClause(sa.text("x"))),
    "default expression": column("n", "server_default", sa.DefaultClause(sa.text("1"))),
    "default function": column("at", "server_default", sa.DefaultClause(sa.func.clock_timestamp())),
    "no default": column("s", "server_default", None),
    "another default": column("a", "server_default", sa.DefaultClause("5")),
    "serial by a default in Python": column("id", "default", sa.ColumnDefault(5)),
    "identity start": setting(lambda metadata: t(metadata).c.i.identity, "start", 2),
    "identity increment": setting(lambda metadata: t(metadata).c.i.identity, "increment", 2),
    "identity always": setting(lambda metadata: t(metadata).c.i.identity, "always", True),
    "identity cycle": setting(lambda metadata: t(metadata).c.i.identity, "cycle", True),
    "identity cache": setting(lambda metadata: t(metadata).c.i.identity, "cache", 5),
    "no identity": column("i", "identity", None),
    "computed text": setting(lambda metadata: t(metadata).c.c.computed, "sqltext", sa.text("a * 3")),
    "computed persisted": setting(lambda metadata: t(metadata).c.c.computed, "persisted", False),
    "not computed": column("c", "computed", None),
    "enum label": lambda metadata: setattr(t(metadata).c.mood.type, "enums", ["x", "z"]),
    "enum order": lambda metadata: setattr(t(metadata).c.mood.type, "enums", ["y", "x"]),
    "enum name": setting(lambda metadata: t(metadata).c.mood.type, "name", "feeling"),
    "enum schema": setting(lambda metadata: t(metadata).c.mood.type, "schema", "app"),
    "enum is not created": setting(lambda metadata: t(metadata).c.mood.type, "create_type", False),
    "another enum": lambda metadata: sa.Enum("q", name="lonely", metadata=metadata),
    "domain check": domain(check="VALUE < 6"),
    "domain default": domain(default="5"),
    "domain type": domain(data_type=sa.BigInteger),
    "domain not null": domain(not_null=True),
    "column check": adding(lambda: sa.Column("k", sa.Integer, sa.CheckConstraint("k > 0"))),
    "system column": column("a", "system", True),
    "primary key name": setting(lambda metadata: t(metadata).primary_key, "name", "the_key"),
    "primary key columns": lambda metadata: t(metadata).primary_key._reload([t(metadata).c.id, t(metadata).c.a]),
    "primary key include": option(lambda metadata: t(metadata).primary_key, "include", ["a"]),
    "constraint comment": unique("comment", "said"),
    "unique name": unique("name", "twice"),
    "unique deferrable": unique("deferrable", True),
    "unique initially": unique("initially", "DEFERRED"),
    "unique nulls": option(lambda metadata: constraint(metadata, sa.UniqueConstraint), "nulls_not_distinct", True),
    "unique columns": adding(lambda: sa.UniqueConstraint("a", "n")),
    "no unique": lambda metadata: t(metadata).constraints.discard(constraint(metadata, sa.UniqueConstraint)),
    "check name": check("name", "small"),
    "check text": check("sqltext", sa.text("a > 2")),
    "check expression": check("sqltext", sa.column("a") > 3),
    "check not valid": option(lambda metadata: constraint(metadata, sa.CheckConstraint), "not_valid", True),
    "check only elsewhere": lambda metadata: constraint(metadata, sa.CheckConstraint).ddl_if(dialect="sqlite"),
    "check by a function": lambda metadata: constraint(metadata, sa.CheckConstraint).ddl_if(callable_=one),
    "check by another function": lambda metadata: constraint(metadata, sa.CheckConstraint).ddl_if(callable_=chosen),
    "exclude operator": adding(lambda: postgresql.ExcludeConstraint(("a", "<>"), name="two")),
    "foreign key name": foreign("name", "elsewhere"),
    "foreign key delete": foreign("ondelete", "SET NULL"),
    "foreign key update": foreign("onupdate", "CASCADE"),
    "foreign key match": foreign("match", "FULL"),
    "foreign key deferrable": foreign("deferrable", True),
    "foreign key by alter": foreign("use_alter", True),
    "foreign key target": adding(lambda: sa.ForeignKeyConstraint(["a"], ["other.b"])),
    "target's name": lambda metadata: setattr(metadata.tables["other"], "name", "others"),
    "index name": setting(partial(index, name="by_a"), "name", "by_b"),
    "index unique": setting(partial(index, name="by_a"), "unique", True),
    "index columns": lambda metadata: index(metadata, "by_a").expressions.reverse(),
    "index expression": lambda metadata: setattr(index(metadata, "by_lower"), "expressions", [sa.text("upper(s)")]),
    "index method": option(partial(index, name="by_lower"), "using", "hash"),
    "index where": option(partial(index, name="by_a"), "where", sa.column("a") > 5),
    "index include": option(partial(index, name="by_a"), "include", ["n"]),
    "index operators": option(partial(index, name="by_a"), "ops", {"s": "text_pattern_ops"}),
    "index only elsewhere": lambda metadata: index(metadata, "by_a").ddl_if(dialect="sqlite"),
    "no index": lambda metadata: t(metadata).indexes.discard(index(metadata, "by_a")),
    "sequence start": setting(lambda metadata: metadata._sequences["numbers"], "start", 4),
    "sequence type": setting(lambda metadata: metadata._sequences["numbers"], "data_type", sa.Integer()),
    "another sequence": lambda metadata: sa.Sequence("more", metadata=metadata),
    "column's sequence": lambda metadata: setattr(t(metadata).c.id, "default", metadata._sequences["numbers"]),
    "listener": listening("after_create", sa.DDL("SELECT 2")),
    "listener before": listening("before_create", sa.DDL("SELECT 1")),
    "listener on one engine": listening("after_create", sa.DDL("SELECT 1").execute_if(dialect="postgresql")),
    "listener's context": listening("after_create", sa.DDL("SELECT %(x)s", {"x": 1})),
    "another listener's context": listening("after_create", sa.DDL("SELECT %(x)s", {"x": 2})),
    "listening function": listening("after_create", one),
    "another function": listening("after_create", other),
    "a part of a function": listening("after_create", partial(one, more=1)),
    "another part of it": listening("after_create", partial(one, more=2)),
    "listener of the metadata": lambda metadata: event.listen(metadata, "before_create", sa.DDL("SELECT 1")),
    "listener of an index": lambda metadata: event.listen(index(metadata, "by_a"), "after_create", sa.DDL("SELECT 1")),
    "listener of a type": lambda metadata: event.listen(t(metadata).c.mood.type, "after_create", sa.DDL("SELECT 1")),
    "creator": lambda metadata: t(metadata).set_creator_ddl(CreateTable(t(metadata), if_not_exists=True)),
    "view's query": with_view(lambda table: sa.select(table.c.id).where(table.c.a > 6)),
    "view is materialized": with_view(lambda table: sa.select(table.c.id).where(table.c.a > 5), materialized=True),
}


@pytest.mark.parametrize("alteration", ALTERATIONS)
def test_every_alteration_changes_it(alteration: str) -> None:
    metadata = base()
    ALTERATIONS[alteration](metadata)
    assert print_of(metadata) != print_of(base())


def test_no_two_alterations_are_alike() -> None:
    found: dict[str, str] = {}
    for name, alter in ALTERATIONS.items():
        metadata = base()
        alter(metadata)
        assert found.setdefault(print_of(metadata), name) == name


def mapped(metadata: sa.MetaData) -> None:
    table, mappers = t(metadata), registry(metadata=metadata)
    parent = type("Other", (), {})
    child = type("Child", (), {"parent": None})
    mappers.map_imperatively(parent, metadata.tables["other"])
    mappers.map_imperatively(child, table, properties={"parent": relationship(parent)})
    mappers.configure()
    mappers.dispose()


@pytest.mark.parametrize(
    "alter",
    [
        column("a", "default", sa.ColumnDefault(5)),
        column("a", "default", sa.ColumnDefault(sa.func.now())),
        column("a", "onupdate", sa.ColumnDefault(5, for_update=True)),
        column("a", "doc", "documented"),
        column("a", "key", "another"),
        column("a", "server_onupdate", sa.FetchedValue()),
        column("b", "server_default", sa.FetchedValue()),
        lambda metadata: t(metadata).info.update(x=1),
        lambda metadata: t(metadata).c.a.info.update(x=1),
        lambda metadata: constraint(metadata, sa.UniqueConstraint).info.update(x=1),
        lambda metadata: event.listen(t(metadata), "after_drop", one),
        lambda metadata: CreateTable(t(metadata)).compile(dialect=dialect_of(18)),
        lambda metadata: CreateTable(t(metadata)).compile(dialect=dialect_of(15)),
        lambda metadata: str(sa.select(t(metadata)).where(t(metadata).c.s == "x")),
        lambda metadata: t(metadata).c.s.type._static_cache_key,
        lambda metadata: print_of(metadata, 15),
        mapped,
    ],
)
def test_what_means_nothing_to_the_database_does_not_change_it(alter: Callable[[sa.MetaData], Any]) -> None:
    metadata = base()
    alter(metadata)
    assert print_of(metadata) == print_of(base())


def test_the_order_of_tables_does_not_change_it() -> None:
    def make(*names: str) -> sa.MetaData:
        metadata = sa.MetaData()
        for name in names:
            sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("n", sa.Integer))
            sa.Index(f"ix_{name}", metadata.tables[name].c.n)
        return metadata

    assert print_of(make("a", "b", "c")) == print_of(make("c", "a", "b"))


@pytest.mark.parametrize("make", zoo.ON_POSTGRESQL)
def test_equal_models_have_equal_ones(make: Callable[[], sa.MetaData]) -> None:
    assert print_of(make()) == print_of(make())


@pytest.mark.parametrize("make", zoo.ANYWHERE)
def test_engines_differ(make: Callable[[], sa.MetaData]) -> None:
    assert print_of(make(), None) != print_of(make(), 18)
    assert print_of(make(), None) == print_of(make(), None)


def test_all_kinds_differ() -> None:
    assert len({print_of(make()) for make in zoo.ON_POSTGRESQL}) == len(zoo.ON_POSTGRESQL)


def test_a_project_that_says_its_own_ddl() -> None:
    before = print_of(base())

    def say(word: str) -> str:
        @compiles(CreateColumn, "postgresql")
        def of_column(element: Any, compiler: Any, **options: Any) -> str:
            return f"{compiler.visit_create_column(element, **options)}{element.element.info.get(word, '')}"

        metadata = base()
        t(metadata).c.a.info["said"] = " CHECK (a > 7)"
        return print_of(metadata)

    try:
        assert len({before, say("said"), say("another")}) == 3
    finally:
        deregister(CreateColumn)
    assert print_of(base()) == before


def test_a_type_that_the_project_says_itself() -> None:
    before = print_of(base())

    @compiles(sa.String, "postgresql")
    def of_string(_element: Any, _compiler: Any, **options: Any) -> str:
        return f"STRING_{options['type_expression'].name}"

    try:
        assert print_of(base()) != before
    finally:
        deregister(sa.String)


def test_what_an_engine_cannot_hold_is_an_error() -> None:
    metadata = sa.MetaData()
    sa.Table("t", metadata, sa.Column("net", postgresql.INET))
    with pytest.raises(SettingsError, match="cannot say the models to sqlite"):
        print_of(metadata, None)


_PRINT = """
from models import test_fingerprint, zoo
for make in [*zoo.ON_POSTGRESQL, *test_fingerprint.STABLE]:
    print(test_fingerprint.print_of(make()))
"""


def altered(name: str) -> sa.MetaData:
    metadata = base()
    ALTERATIONS[name](metadata)
    return metadata


STABLE: list[Callable[[], sa.MetaData]] = [partial(altered, name) for name in ALTERATIONS]


def test_it_is_the_same_in_every_process() -> None:
    said = set[str]()
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[1])}
        done = subprocess.run(
            [sys.executable, "-c", _PRINT], check=True, capture_output=True, text=True, env=environment
        )
        said.add(done.stdout)
    assert len(said) == 1
    assert said.pop().split()[: len(zoo.ON_POSTGRESQL)] == [print_of(make()) for make in zoo.ON_POSTGRESQL]

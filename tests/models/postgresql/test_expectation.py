"""The first comparison: certain of plain tables, and never wrong, against what real servers print."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles, deregister
from sqlalchemy.schema import CreateColumn
from sqlalchemy.sql import quoted_name

from lockgate.models.creation import create_statements
from lockgate.models.expectation import surely_equal
from lockgate.models.metadata import load_models
from lockgate.nouns.schema import Name, Schema, Table
from models import zoo
from models.making import dialect_for, dialect_of
from postgresql.catalog_bench import read

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.bench import Database
    from lockgate.models.metadata import Models


def of(*items: Any, beside: Any = (), **options: Any) -> Callable[[], sa.MetaData]:
    """Models with a table t of these items, which are functions where they cannot be used twice."""

    def make() -> sa.MetaData:
        metadata = sa.MetaData()
        sa.Table("other", metadata, column("id", sa.Integer, primary_key=True), column("b", sa.Integer, unique=True))
        for one in beside:
            one(metadata)
        sa.Table("t", metadata, sa.Column("id", sa.Integer, primary_key=True), *(item() for item in items), **options)
        return metadata

    return make


def column(*arguments: Any, **options: Any) -> sa.Column[Any]:
    return sa.Column(*arguments, **options)


def c(*arguments: Any, **options: Any) -> Callable[[], Any]:
    """A column named a, or as said."""
    name, *rest = arguments if isinstance(arguments[0], str) else ("a", *arguments)
    return lambda: sa.Column(
        name, *(one() if callable(one) and not isinstance(one, type) else one for one in rest), **options
    )


def default(kind: Any, value: Any) -> Callable[[], Any]:
    return c(kind, server_default=sa.text(value[1:]) if isinstance(value, str) and value.startswith("=") else value)


def refers(*arguments: Any, **options: Any) -> Callable[[], Any]:
    return c(lambda: sa.ForeignKey(*arguments, **options))


def item(kind: Any, *arguments: Any, **options: Any) -> Callable[[], Any]:
    return lambda: kind(*arguments, **options)


def numbered(kind: Any, **options: Any) -> Callable[[], sa.MetaData]:
    def make() -> sa.MetaData:
        metadata = sa.MetaData()
        sa.Table("t", metadata, sa.Column("id", kind, primary_key=True, **options), sa.Column("a", sa.Integer))
        return metadata

    return make


class Wrapped(sa.TypeDecorator[str]):
    impl = sa.String
    cache_ok = True


class WrappedNumber(sa.TypeDecorator[int]):
    impl = sa.BigInteger
    cache_ok = True


DIALECT = dialect_of(18)


def told(kind: Any) -> str:
    return kind.__name__ if isinstance(kind, type) else repr(kind)


TYPES: list[Any] = [
    *(sa.SmallInteger, sa.Integer, sa.BigInteger, sa.String, sa.String(50), sa.String(51), sa.Text, sa.Unicode(7)),
    *(sa.Boolean, sa.Date, sa.DateTime, sa.DateTime(timezone=True), sa.Time, sa.Time(timezone=True), sa.Interval),
    *(sa.Numeric, sa.Numeric(10), sa.Numeric(10, 2), sa.Numeric(10, 3), sa.Float, sa.Double, sa.REAL, sa.LargeBinary),
    *(sa.Uuid, sa.JSON, postgresql.JSONB, postgresql.INET, postgresql.CIDR, postgresql.MACADDR, postgresql.MACADDR8),
    *(postgresql.TSVECTOR, postgresql.TSQUERY, postgresql.INT4RANGE, postgresql.INT8RANGE, postgresql.NUMRANGE),
    *(postgresql.DATERANGE, postgresql.TSRANGE, postgresql.TSTZRANGE, sa.CHAR(5), Wrapped(9), WrappedNumber),
    *(postgresql.ARRAY(sa.Integer), postgresql.ARRAY(sa.String(5)), postgresql.ARRAY(sa.Text, dimensions=2)),
    sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
]
DEFAULTS: list[tuple[Any, Any]] = [
    *((sa.String(50), value) for value in ("x", "y", "", "it is", "ümläut", "0", "=''", "='x'")),
    *((sa.Text, value) for value in ("x", "='x'", "100%", ":x", 'with "quotes"')),
    *((sa.Integer, value) for value in ("0", "5", "=0", "=5", "=123456789")),
    *((sa.SmallInteger, value) for value in ("=0", "=5")),
    *((sa.BigInteger, value) for value in ("=0", "=5")),
    *((sa.Numeric(10, 2), value) for value in ("=0", "=5")),
    *((kind, "=0") for kind in (sa.Numeric, sa.Float, sa.REAL)),
    *((sa.Boolean, value) for value in ("true", "false", "=true", "=false", sa.true(), sa.false())),
    *((sa.DateTime(timezone=True), value) for value in (sa.func.now(), "=now()", "=CURRENT_TIMESTAMP")),
    *((sa.DateTime, value) for value in (sa.func.now(), "=CURRENT_TIMESTAMP", "=clock_timestamp()")),
    *((sa.DateTime, value) for value in ("=statement_timestamp()", "=transaction_timestamp()")),
    *((sa.Date, value) for value in (sa.func.now(), "=CURRENT_DATE", sa.func.current_date(), "=CURRENT_TIMESTAMP")),
    (sa.Uuid, sa.func.gen_random_uuid()),
    *((kind, "{}") for kind in (sa.JSON, postgresql.JSONB, postgresql.ARRAY(sa.Text), postgresql.ARRAY(sa.String))),
]
# Each of these must be recognised, on every server.
PLAIN: dict[str, Callable[[], sa.MetaData]] = {
    "nothing": of(),
    **{f"type {told(kind)}": of(c(kind)) for kind in TYPES},
    **{f"default {told(kind)} {value!s}": of(default(kind, value)) for kind, value in DEFAULTS},
    "required": of(c(sa.Integer, nullable=False)),
    "two columns": of(c(sa.Integer), c("b", sa.Integer)),
    "another order": of(c("b", sa.Integer), c(sa.Integer)),
    "another name": of(c("b", sa.Integer)),
    "a column's comment": of(c(sa.Integer, comment="it's \\ odd\n☃")),
    "a table's comment": of(comment="it's \\ odd"),
    "keywords": of(c("user", sa.Integer, unique=True), c("time", sa.Integer, index=True), c("order", sa.Integer)),
    "an odd name": of(c('A "b", c', sa.Integer, unique=True, index=True)),
    "unique": of(c(sa.Integer, unique=True)),
    "unique, named": of(c(sa.Integer), item(sa.UniqueConstraint, "a", name="once")),
    "unique, two": of(c(sa.Integer), c("b", sa.Integer), item(sa.UniqueConstraint, "a", "b")),
    "unique, the other way": of(c(sa.Integer), c("b", sa.Integer), item(sa.UniqueConstraint, "b", "a")),
    "unique, late": of(c(sa.Integer), item(sa.UniqueConstraint, "a", deferrable=True, initially="deferred")),
    "unique, deferrable": of(c(sa.Integer), item(sa.UniqueConstraint, "a", deferrable=True)),
    "unique, immediate": of(c(sa.Integer), item(sa.UniqueConstraint, "a", deferrable=True, initially="IMMEDIATE")),
    "unique, with a comment": of(c(sa.Integer), item(sa.UniqueConstraint, "a", name="once", comment="once")),
    "index": of(c(sa.Integer, index=True)),
    "index, unique": of(c(sa.Integer, index=True, unique=True)),
    "index, two": of(c(sa.Integer), c("b", sa.Integer), item(sa.Index, "i", "a", "b")),
    "index, the other way": of(c(sa.Integer), c("b", sa.Integer), item(sa.Index, "i", "b", "a")),
    "index, named": of(c(sa.Integer), item(sa.Index, "I j", "a")),
    "two indexes": of(c(sa.Integer, index=True), item(sa.Index, "i", "a")),
    "key of two": of(c(sa.Integer, primary_key=True)),
    "key, named": of(item(sa.PrimaryKeyConstraint, "id", name="the_key")),
    "key, small": numbered(sa.SmallInteger),
    "key, big": numbered(sa.BigInteger),
    "key, not counting": numbered(sa.Integer, autoincrement=False),
    "key, by Python": numbered(sa.Integer, default=5),
    "key, of text": numbered(sa.String(5)),
    "key, variant": numbered(sa.BigInteger().with_variant(sa.Integer(), "sqlite")),
    "reference": of(refers("other.id")),
    "reference, other column": of(refers("other.b")),
    "reference, to itself": of(refers("t.id")),
    "reference, named": of(refers("other.id", name="to_other")),
    **{
        f"reference, on delete {said}": of(refers("other.id", ondelete=said))
        for said in ("CASCADE", "set null", "RESTRICT")
    },
    **{f"reference, on update {said}": of(refers("other.id", onupdate=said)) for said in ("CASCADE", "NO ACTION")},
    "reference, both": of(refers("other.id", ondelete="SET DEFAULT", onupdate="CASCADE")),
    "reference, late": of(refers("other.id", deferrable=True, initially="DEFERRED")),
    "reference, by alter": of(refers("other.id", use_alter=True)),
    "enum": of(c(lambda: sa.Enum("x", "it's", name="mood"))),
    "enum, another": of(c(lambda: sa.Enum("x", "it's", name="Mood"))),
    "enum, another order": of(c(lambda: sa.Enum("it's", "x", name="mood"))),
    "enum, a label more": of(c(lambda: sa.Enum("x", "it's", "z", name="mood"))),
    "enum, default": of(c(lambda: sa.Enum("x", "y", name="mood"), server_default="x")),
    "enum, other default": of(c(lambda: sa.Enum("x", "y", name="mood"), server_default="y")),
    "no native enum": of(c(lambda: sa.Enum("x", "yy", name="mood", native_enum=False))),
}


def listening(name: str, text: str) -> Any:
    def listen(metadata: sa.MetaData) -> None:
        event.listen(metadata.tables[name], "after_create", sa.DDL(text))

    return listen


def quoting(name: str) -> Callable[[], Any]:
    return lambda: sa.Column(quoted_name(name, quote=False), sa.Integer)


# None of these may be taken for another; some are in doubt only out of caution.
ODD: dict[str, Callable[[], sa.MetaData]] = {
    "identity": of(c(sa.Integer, item(sa.Identity))),
    "identity as key": numbered(sa.Integer, server_default=sa.Identity()),
    "computed": of(c(sa.Integer, lambda: sa.Computed("id * 2", persisted=True))),
    "check": of(c(sa.Integer), item(sa.CheckConstraint, "a > 0")),
    "check of a column": of(c(sa.Integer, lambda: sa.CheckConstraint("a > 0"))),
    "checked boolean": of(c(lambda: sa.Boolean(create_constraint=True))),
    "checked enum": of(c(lambda: sa.Enum("x", "y", native_enum=False, create_constraint=True, name="m"))),
    "excluding": of(c(postgresql.TSRANGE), item(postgresql.ExcludeConstraint, ("a", "&&"))),
    "collation": of(c(sa.String(50, collation="C"))),
    "folded name": of(quoting("A")),
    "unquoted index": of(c(sa.Integer), item(sa.Index, quoted_name("I", quote=False), "a")),
    "unquoted key": of(c(sa.Integer), item(sa.UniqueConstraint, "a", name=quoted_name("I", quote=False))),
    "unlogged": of(c(sa.Integer), prefixes=["UNLOGGED"]),
    "partitioned": of(c(sa.Integer), postgresql_partition_by="RANGE (id)"),
    "filled": of(c(sa.Integer), postgresql_with={"fillfactor": 70}),
    "twice unique": of(c(sa.Integer, unique=True), item(sa.UniqueConstraint, "a")),
    "twice unique, named": of(c(sa.Integer, unique=True), item(sa.UniqueConstraint, "a", name="once")),
    "unique key": of(item(sa.UniqueConstraint, "id")),
    "index by method": of(c(sa.Integer), item(sa.Index, "i", "a", postgresql_using="hash")),
    "partial index": of(c(sa.Integer), item(sa.Index, "i", "a", postgresql_where=sa.text("a > 5"))),
    "including index": of(c(sa.Integer), item(sa.Index, "i", "a", postgresql_include=["id"])),
    "index downwards": of(c(sa.Integer), item(sa.Index, "i", sa.text("a DESC"))),
    "index by operators": of(c(sa.Text), item(sa.Index, "i", "a", postgresql_ops={"a": "text_pattern_ops"})),
    "plain index of text": of(c(sa.Text), item(sa.Index, "i", "a")),
    "including unique": of(c(sa.Integer), item(sa.UniqueConstraint, "a", postgresql_include=["id"])),
    "matching reference": of(refers("other.id", match="FULL")),
    "reference not checked": of(refers("other.id", postgresql_not_valid=True)),
    "reference to a part": of(refers("other.id", ondelete="SET NULL (a)")),
    "conditional": of(c(sa.Integer), lambda: sa.UniqueConstraint("a").ddl_if(dialect="sqlite")),
    "conditional index": of(c(sa.Integer), lambda: sa.Index("i", "a").ddl_if(dialect="sqlite")),
    "numbered by another": numbered(sa.Integer, server_default=sa.text("5")),
    "a sequence of its own": of(c(sa.Integer, lambda: sa.Sequence("s"))),
    "decorated key": numbered(WrappedNumber),
    "literal of a number": of(default(sa.BigInteger, "0")),
    "negative": of(default(sa.Integer, "=-1")),
    "cast": of(default(sa.String(50), "='x'::text")),
    "backslash": of(default(sa.String(50), "a\\b")),
    "apostrophe": of(default(sa.String(50), "it's")),
    "long number": of(default(sa.Integer, "=12345678901 - 12345678901")),
    "odd default": of(default(sa.Text, "=0")),
    "one": of(default(sa.Boolean, "1")),
    "long names": of(c("x" * 60, sa.Integer, unique=True)),
    "long names, two": of(
        c("x" * 30, sa.Integer), c("y" * 30, sa.Integer), item(sa.UniqueConstraint, "x" * 30, "y" * 30)
    ),
    "empty comments": of(c(sa.Integer, comment=""), comment=""),
    "dimensions": of(c(postgresql.ARRAY(sa.Enum("x", name="mood")))),
    "domain": of(c(lambda: postgresql.DOMAIN("small", sa.Integer, check="VALUE < 5"))),
    "timestamp's precision": of(c(postgresql.TIMESTAMP(precision=3))),
    "interval's fields": of(c(postgresql.INTERVAL(fields="DAY"))),
    "float's precision": of(c(sa.Float(20))),
    "listened to": of(
        c(sa.Integer), beside=[listening("other", "ALTER TABLE %(fullname)s ALTER b SET NOT NULL")], comment="listened"
    ),
}

# What somebody does to the table by hand. Behind the arrow, the model whose live table it is done to.
BY_HAND = """
    ALTER TABLE app.t ADD more integer
    ALTER TABLE app.t DROP a
    ALTER TABLE app.t RENAME a TO b
    ALTER TABLE app.t RENAME TO u
    ALTER TABLE app.t SET SCHEMA public
    ALTER TABLE app.t ALTER a TYPE bigint
    ALTER TABLE app.t ALTER a TYPE bigint[] USING NULL
    ALTER TABLE app.t ALTER a TYPE integer[] USING NULL
    ALTER TABLE app.t ALTER a SET NOT NULL
    ALTER TABLE app.t ALTER a SET DEFAULT 0
    ALTER TABLE app.t ALTER a SET NOT NULL; ALTER TABLE app.t ALTER a ADD GENERATED ALWAYS AS IDENTITY
    ALTER TABLE app.t ADD UNIQUE (a)
    ALTER TABLE app.t ADD CHECK (a > 0)
    ALTER TABLE app.t ADD FOREIGN KEY (a) REFERENCES app.other(id)
    ALTER TABLE app.t ADD EXCLUDE USING btree (a WITH =)
    ALTER TABLE app.t DROP CONSTRAINT t_pkey
    ALTER TABLE app.t RENAME CONSTRAINT t_pkey TO another
    ALTER TABLE app.t DROP CONSTRAINT t_pkey, ADD CONSTRAINT t_pkey PRIMARY KEY (id, a)
    ALTER TABLE app.t DROP CONSTRAINT t_pkey, ADD CONSTRAINT t_pkey PRIMARY KEY (id) DEFERRABLE
    ALTER TABLE app.t DROP CONSTRAINT t_pkey, ADD CONSTRAINT t_pkey PRIMARY KEY (id) INCLUDE (a)
    ALTER TABLE app.t DROP CONSTRAINT t_pkey, ADD CONSTRAINT t_pkey UNIQUE (id)
    ALTER TABLE app.t SET UNLOGGED
    ALTER TABLE app.t SET (fillfactor = 70)
    ALTER TABLE app.t ALTER id DROP DEFAULT
    ALTER TABLE app.t ALTER id TYPE bigint
    ALTER SEQUENCE app.t_id_seq RENAME TO another
    ALTER SEQUENCE app.t_id_seq INCREMENT 2
    ALTER SEQUENCE app.t_id_seq MAXVALUE 1000
    ALTER SEQUENCE app.t_id_seq START 5
    ALTER SEQUENCE app.t_id_seq CYCLE
    ALTER SEQUENCE app.t_id_seq CACHE 10
    ALTER SEQUENCE app.t_id_seq AS bigint
    ALTER SEQUENCE app.t_id_seq OWNED BY NONE
    ALTER SEQUENCE app.t_id_seq OWNED BY app.t.a
    COMMENT ON SEQUENCE app.t_id_seq IS 'x'
    COMMENT ON TABLE app.t IS 'x'
    COMMENT ON COLUMN app.t.a IS 'x'
    COMMENT ON CONSTRAINT t_pkey ON app.t IS 'x'
    CREATE INDEX ON app.t (a)
    CREATE INDEX ON app.t (a) WHERE a > 5
    CREATE TABLE app.child () INHERITS (app.t); ALTER TABLE app.t RENAME TO u; ALTER TABLE app.child RENAME TO t
    CREATE VIEW app.v AS SELECT id, a FROM app.t; ALTER TABLE app.t RENAME TO u; ALTER VIEW app.v RENAME TO t
    ALTER TABLE app.t ALTER a TYPE varchar(51) -> type String(length=50)
    ALTER TABLE app.t ALTER a TYPE varchar -> type String(length=50)
    ALTER TABLE app.t ALTER a TYPE char(50) -> type String(length=50)
    ALTER TABLE app.t ALTER a TYPE varchar(50) COLLATE "C" -> type String(length=50)
    CREATE DOMAIN app.text AS text; ALTER TABLE app.t ALTER a TYPE app.text -> type Text
    CREATE TYPE app.text AS ENUM (); ALTER TABLE app.t ALTER a TYPE app.text USING NULL -> type Text
    ALTER TABLE app.t ALTER a SET DEFAULT 'y' -> default String(length=50) x
    ALTER TABLE app.t ALTER a SET DEFAULT 'x '-> default String(length=50) x
    ALTER TABLE app.t ALTER a SET DEFAULT 'x'::text -> default String(length=50) x
    ALTER TABLE app.t ALTER a DROP DEFAULT -> default String(length=50) x
    CREATE FUNCTION app.now() RETURNS timestamptz LANGUAGE sql AS 'SELECT pg_catalog.now()';\
 ALTER TABLE app.t ALTER a SET DEFAULT app.now() -> default DateTime(timezone=True) =now()
    ALTER TABLE app.t DROP CONSTRAINT t_a_key -> unique
    ALTER TABLE app.t RENAME CONSTRAINT t_a_key TO another -> unique
    ALTER TABLE app.t DROP CONSTRAINT t_a_key; CREATE UNIQUE INDEX t_a_key ON app.t (a) -> unique
    ALTER TABLE app.t DROP CONSTRAINT t_a_key, ADD CONSTRAINT t_a_key UNIQUE (a, id) -> unique
    ALTER TABLE app.t DROP CONSTRAINT t_a_key, ADD CONSTRAINT t_a_key UNIQUE (a) DEFERRABLE -> unique
    DROP INDEX app.ix_t_a -> index
    DROP INDEX app.ix_t_a; CREATE UNIQUE INDEX ix_t_a ON app.t (a) -> index
    DROP INDEX app.ix_t_a; CREATE INDEX ix_t_a ON app.t (a, id) -> index
    DROP INDEX app.ix_t_a; CREATE INDEX ix_t_a ON app.t (a DESC) -> index
    DROP INDEX app.ix_t_a; CREATE INDEX ix_t_a ON app.t (a) WHERE a > 5 -> index
    DROP INDEX app.ix_t_a; CREATE INDEX ix_t_a ON app.t (a) INCLUDE (id) -> index
    DROP INDEX app.ix_t_a; CREATE INDEX ix_t_a ON app.t USING hash (a) -> index
    DROP INDEX app.ix_t_a; CREATE INDEX ix_t_a ON app.t ((a + 1)) -> index
    DROP INDEX app.ix_t_a; CREATE INDEX ix_t_a ON app.t (a) WITH (fillfactor = 50) -> index
    ALTER INDEX app.ix_t_a RENAME TO another -> index
    UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'app.ix_t_a'::regclass -> index
    COMMENT ON INDEX app.ix_t_a IS 'x' -> index
    ALTER TABLE app.t DROP CONSTRAINT t_a_fkey -> reference
    ALTER TABLE app.t DROP CONSTRAINT t_a_fkey, ADD CONSTRAINT t_a_fkey FOREIGN KEY (a) REFERENCES app.other(b) -> reference
    ALTER TABLE app.t DROP CONSTRAINT t_a_fkey, ADD CONSTRAINT t_a_fkey FOREIGN KEY (a) REFERENCES app.t(id) -> reference
    ALTER TABLE app.t DROP CONSTRAINT t_a_fkey, ADD CONSTRAINT t_a_fkey FOREIGN KEY (id) REFERENCES app.other(id) -> reference
    ALTER TABLE app.t DROP CONSTRAINT t_a_fkey, ADD CONSTRAINT t_a_fkey FOREIGN KEY (a) REFERENCES app.other(id)\
 ON DELETE CASCADE -> reference
    ALTER TABLE app.t DROP CONSTRAINT t_a_fkey, ADD CONSTRAINT t_a_fkey FOREIGN KEY (a) REFERENCES app.other(id)\
 NOT VALID -> reference
    ALTER TABLE app.t DROP CONSTRAINT t_a_fkey, ADD CONSTRAINT t_a_fkey FOREIGN KEY (a) REFERENCES app.other(id)\
 DEFERRABLE -> reference
    ALTER TABLE app.other RENAME TO others -> reference
    ALTER TABLE app.other SET SCHEMA public -> reference
    ALTER TABLE app.other RENAME id TO key -> reference
    ALTER TYPE app.mood ADD VALUE 'more' -> enum
    ALTER TYPE app.mood RENAME VALUE 'x' TO 'z' -> enum
    ALTER TYPE app.mood RENAME TO another -> enum
    ALTER TYPE app.mood SET SCHEMA public -> enum
    COMMENT ON TYPE app.mood IS 'x' -> enum
    ALTER TABLE app.t ALTER a TYPE text -> enum
""".replace("\\\n", "")


def by_hand() -> list[tuple[str, str]]:
    lines = [line.strip() for line in BY_HAND.splitlines() if line.strip()]
    pairs = [line.partition("->") for line in lines]
    return [(statement.strip(), name.strip() or "type Integer") for statement, _, name in pairs]


async def live_of(database: Database, make: Callable[[], sa.MetaData], then: str = "") -> Schema:
    statements = create_statements(load_models(make()), await dialect_for(database), schemas={None: "app"})
    script = ";\n".join(
        ["SET search_path = app; DROP SCHEMA IF EXISTS app CASCADE", "CREATE SCHEMA app", *statements, then]
    )
    await database.execute(script)
    return await read(database)


def sure(make: Callable[[], sa.MetaData], live: Schema) -> set[str]:
    return sure_of(load_models(make()), live)


def sure_of(models: Models, live: Schema) -> set[str]:
    return {name.name for name in surely_equal(models, DIALECT, live, default_schema="app")}


def facts(live: Schema) -> Any:
    """A table t, without orders, with all that belongs to it."""
    table = live.tables.get(Name("app", "t"))
    if table is None:
        return None
    of_table = [{part.name: part for part in parts} for parts in (table.columns, table.constraints, table.indexes)]
    owned = {name: one for name, one in live.sequences.items() if one.owner and one.owner[0].name == "t"}
    enums = {name: one for name, one in live.enums.items() if any(f"{name}" == column.type for column in table.columns)}
    return of_table, table.comment, table.before, table.after, owned, enums


@pytest.mark.asyncio
async def test_plain_tables_are_recognised_and_never_taken_for_others(database: Database) -> None:
    """Of every pair of a model and a live table: it is sure only of what equals the live table of its own."""
    lives = {name: await live_of(database, make) for name, make in (PLAIN | ODD).items()}
    models = {name: load_models(make()) for name, make in (PLAIN | ODD).items()}
    assert [name for name in PLAIN if sure_of(models[name], lives[name]) != {*models[name].metadatas[0].tables}] == []

    altered = {f"{name}: {said}": await live_of(database, PLAIN[name], said) for said, name in by_hand()}
    assert [said for said in altered if "t" in sure_of(models[said.partition(": ")[0]], altered[said])] == []

    own = {name: facts(live) for name, live in (lives | altered).items()}
    recognised = [name for name in models if "t" in sure_of(models[name], lives[name])]
    taken = [
        (name, other)
        for name in recognised
        for other, live in (lives | altered).items()
        if own[name] != own[other] and "t" in sure_of(models[name], live)
    ]
    assert taken == []


RECOGNISED = {
    zoo.named_by_convention: {"a"},
    zoo.cyclic: {"a", "b", "c"},
    zoo.orm: {"child", "parent", "special"},
    zoo.views: {"z_users"},
}


@pytest.mark.parametrize("make", [make for make in zoo.ON_POSTGRESQL if make is not zoo.elsewhere])
@pytest.mark.asyncio
async def test_kinds_of_models(database: Database, make: Callable[[], sa.MetaData]) -> None:
    live = await live_of(database, make)
    assert sure(make, live) == RECOGNISED.get(make, set())


def shared_names(first: str, second: str) -> Callable[[], sa.MetaData]:
    def make() -> sa.MetaData:
        metadata = sa.MetaData()
        sa.Table("other", metadata, sa.Column("id", sa.Integer, primary_key=True))
        for name in (first, second):
            column = "c" if name == "a_b" else "b_c"
            sa.Table(name, metadata, sa.Column(column, sa.ForeignKey("other.id"), unique=True))
        return metadata

    return make


@pytest.mark.parametrize("order", [("a", "a_b"), ("a_b", "a")])
@pytest.mark.asyncio
async def test_a_name_that_two_tables_would_take_is_in_doubt(database: Database, order: tuple[str, str]) -> None:
    make = shared_names(*order)
    assert sure(make, await live_of(database, make)) == {"other"}


def test_a_project_that_says_its_own_ddl_is_in_doubt() -> None:
    make = of()
    live = Schema({Name("app", "t"): Table(Name("app", "t"), ())})

    @compiles(CreateColumn, "postgresql")
    def of_column(element: Any, compiler: Any, **options: Any) -> Any:
        return compiler.visit_create_column(element, **options)

    try:
        assert sure(make, live) == set()
    finally:
        deregister(CreateColumn)

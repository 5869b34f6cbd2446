"""Identity, serial, sequences, and computed columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from convergence.pair import EVERYWHERE, POSTGRESQL, Pair, t

if TYPE_CHECKING:
    from collections.abc import Callable

    Says = Callable[[sa.MetaData], object]

C = sa.Column
KEYED: Final = ("INSERT INTO t (id) VALUES (5), (9)",)
ALWAYS: Final = ("INSERT INTO t (id) OVERRIDING SYSTEM VALUE VALUES (5), (9)",)
NUMBERED: Final = ("INSERT INTO t (id, a) VALUES (1, 3), (2, 4)",)


def key(type_: Any = sa.Integer, *items: Any, **options: Any) -> Says:
    """A table of a key with an identity of these options; of none where `of=None`."""
    identity = () if options == {"of": None} else (sa.Identity(**options),)
    return lambda m: sa.Table("t", m, C("id", type_, *identity, primary_key=True), *items)


def no_number(m: sa.MetaData) -> sa.Table:
    return sa.Table("t", m, C("id", sa.Integer, primary_key=True, autoincrement=False))


def identity(name: str, before: Says, after: Says, rows: tuple[str, ...] = KEYED, **facts: Any) -> Pair:
    return Pair(f"identity {name}", before, after, rows, **{"engines": POSTGRESQL, **facts})


IDENTITY: Final = (
    identity("by default to always", key(), key(always=True)),
    identity("always to by default", key(always=True), key(), ALWAYS, whole=True),
    identity("of serial", t, key()),
    identity("always of serial", t, key(always=True)),
    identity("to serial", key(), t),
    identity("always to serial", key(always=True), t, ALWAYS),
    identity("of none", no_number, key(), whole=True),
    identity("always of none", no_number, key(always=True), whole=True),
    identity("to none", key(), no_number),
    identity("to none on SQLite", key(), no_number, engines=frozenset({"sqlite"}), equal=True),
    identity("start", key(start=1), key(start=100)),
    identity("every option", key(), key(start=10, increment=5, minvalue=1, maxvalue=1000, cycle=True, cache=7)),
    identity("no option", key(start=10, increment=5, minvalue=1, maxvalue=1000, cycle=True, cache=7), key()),
    identity("descending", key(), key(start=-1, increment=-1, minvalue=-1000, maxvalue=-1), ()),
    identity("maximum raised", key(maxvalue=100), key(maxvalue=1000), whole=True),
    identity("type", key(), key(sa.BigInteger)),
    identity("type and options", key(sa.SmallInteger, maxvalue=9), key(sa.BigInteger, maxvalue=99, always=True)),
    identity("serial type and identity", t, key(sa.BigInteger)),
    identity(
        "no key",
        t,
        lambda m: t(m, C("n", sa.Integer, sa.Identity(start=3))),
        ("INSERT INTO t DEFAULT VALUES",) * 3,
        whole=True,
    ),
    identity(
        "no key dropped",
        lambda m: t(m, C("n", sa.Integer, sa.Identity(start=3))),
        t,
        ("INSERT INTO t DEFAULT VALUES",) * 3,
    ),
    identity("key of a new table", None, key(sa.BigInteger, always=True, start=7), (), engines=EVERYWHERE, whole=True),
    identity(
        "instead of a default",
        lambda m: t(m, C("n", sa.Integer, server_default="1", nullable=False)),
        lambda m: t(m, C("n", sa.Integer, sa.Identity())),
        ("INSERT INTO t DEFAULT VALUES",) * 2,
    ),
    identity(
        "on a nullable column",
        lambda m: t(m, C("n", sa.Integer)),
        lambda m: t(m, C("n", sa.Integer, sa.Identity())),
        ("INSERT INTO t (n) VALUES (4)",),
    ),
)


def sequence(*names: str, schema: str | None = None, **options: Any) -> Says:
    return lambda m: (t(m), *(sa.Sequence(name, metadata=m, schema=schema, **options) for name in names))


SEQUENCES: Final = (
    Pair("sequence added", t, sequence("s"), engines=POSTGRESQL, whole=True),
    Pair("sequence alone", None, lambda m: sa.Sequence("s", metadata=m), engines=POSTGRESQL, whole=True),
    Pair("sequence of a name to be quoted", t, sequence("My Seq"), engines=POSTGRESQL, whole=True),
    Pair("sequence options changed", sequence("s"), sequence("s", start=5, increment=2, cache=10), engines=POSTGRESQL),
    Pair(
        "sequence options removed",
        sequence("s", start=5, increment=2, minvalue=2, maxvalue=999, cycle=True),
        sequence("s"),
        engines=POSTGRESQL,
    ),
    Pair(
        "sequence type",
        sequence("s", data_type=sa.Integer),
        sequence("s", data_type=sa.BigInteger),
        engines=POSTGRESQL,
        whole=True,
    ),
    Pair("sequence narrower", sequence("s"), sequence("s", data_type=sa.SmallInteger), engines=POSTGRESQL),
    Pair("sequence in another schema", t, sequence("s", schema="app"), engines=POSTGRESQL, whole=True),
    Pair(
        "sequence of a key",
        lambda m: sa.Table("t", m, C("id", sa.Integer, sa.Sequence("s", metadata=m), primary_key=True)),
        lambda m: sa.Table("t", m, C("id", sa.Integer, sa.Sequence("s", start=100, metadata=m), primary_key=True)),
        engines=POSTGRESQL,
    ),
    Pair(
        "sequence in a default",
        lambda m: (t(m, C("n", sa.Integer)), sa.Sequence("s", metadata=m)),
        lambda m: t(m, C("n", sa.Integer, server_default=sa.Sequence("s", metadata=m).next_value())),
        KEYED,
        POSTGRESQL,
        whole=True,
    ),
    Pair("sequence on SQLite", t, sequence("s"), engines=frozenset({"sqlite"}), equal=True),
)


def computed(*items: Any, **types: Any) -> Says:
    """A table of `a` and a computed `b`."""
    expression, options = items[0], types.pop("options", {})
    type_ = types.get("type", sa.Integer)
    base = types.get("base", sa.Integer)
    return lambda m: t(m, C("a", base), C("b", type_, *([sa.Computed(expression, **options)] if expression else [])))


STORED: Final = {"options": {"persisted": True}}
VIRTUAL: Final = {"options": {"persisted": False}}
BASE: Final = ("INSERT INTO t (id, a) VALUES (1, 3), (2, 4)",)


def generated(name: str, before: Says, after: Says, rows: tuple[str, ...] = BASE, **facts: Any) -> Pair:
    return Pair(f"computed {name}", before, after, rows, **facts)


COMPUTED: Final = (
    generated("added", lambda m: t(m, C("a", sa.Integer)), computed("a * 2", **STORED), whole=True),
    generated("dropped", computed("a * 2", **STORED), lambda m: t(m, C("a", sa.Integer))),
    generated("expression changed", computed("a * 2", **STORED), computed("a * 3", **STORED)),
    generated(
        "spelled otherwise", computed("a * 2", **STORED), computed("(a*2)", **STORED), engines=POSTGRESQL, equal=True
    ),
    generated("becomes plain", computed("a * 2", **STORED), computed(None)),
    generated("of plain", computed(None), computed("a * 2", **STORED)),
    generated(
        "base's type widened",
        computed("a * 2", **STORED),
        computed("a * 2", base=sa.BigInteger, type=sa.BigInteger, **STORED),
    ),
    generated("base's type alone", computed("a * 2", **STORED), computed("a * 2", base=sa.BigInteger, **STORED)),
    generated(
        "base's type to text",
        computed("a * 2", **STORED),
        computed("a || 'x'", base=sa.Text, type=sa.Text, **STORED),
        engines=POSTGRESQL,
    ),
    generated("type alone", computed("a * 2", **STORED), computed("a * 2", type=sa.BigInteger, **STORED)),
    generated("base dropped", computed("a * 2", **STORED), lambda m: t(m, C("c", sa.Integer))),
    generated(
        "with index, unique and check",
        computed("a * 2", **STORED),
        lambda m: t(
            m,
            C("a", sa.Integer),
            C("b", sa.Integer, sa.Computed("a * 4", persisted=True), index=True),
            sa.CheckConstraint("b > 0", name="c"),
            sa.UniqueConstraint("b", name="u"),
        ),
    ),
    generated(
        "keeps index, unique and check",
        lambda m: t(
            m,
            C("a", sa.Integer),
            C("b", sa.Integer, sa.Computed("a * 2", persisted=True), index=True),
            sa.CheckConstraint("b > 0", name="c"),
            sa.UniqueConstraint("b", name="u"),
        ),
        lambda m: t(
            m,
            C("a", sa.Integer),
            C("b", sa.Integer, sa.Computed("a * 4", persisted=True), index=True),
            sa.CheckConstraint("b > 0", name="c"),
            sa.UniqueConstraint("b", name="u"),
        ),
    ),
    generated("virtual added", lambda m: t(m, C("a", sa.Integer)), computed("a * 2", **VIRTUAL), least=18, whole=True),
    generated("virtual expression changed", computed("a * 2", **VIRTUAL), computed("a * 3", **VIRTUAL), least=18),
    generated("stored to virtual", computed("a * 2", **STORED), computed("a * 2", **VIRTUAL), least=18),
    generated("virtual to stored", computed("a * 2", **VIRTUAL), computed("a * 2", **STORED), least=18),
    generated(
        "virtual becomes plain", computed("a * 2", **VIRTUAL), computed(None), least=18, becomes={"t.b": [None, None]}
    ),
    generated("of plain virtual", computed(None), computed("a * 2", **VIRTUAL), least=18),
    generated(
        "virtual base's type", computed("a * 2", **VIRTUAL), computed("a * 2", base=sa.BigInteger, **VIRTUAL), least=18
    ),
    generated(
        "unsaid", lambda m: t(m, C("a", sa.Integer)), computed("a * 2"), engines=frozenset({"sqlite"}), whole=True
    ),
    generated(
        "of two",
        computed("a * 2", **STORED),
        lambda m: t(
            m,
            C("a", sa.Integer),
            C("b", sa.Integer, sa.Computed("a * 2", persisted=True)),
            C("c", sa.Integer, sa.Computed("a * 2 + id", persisted=True)),
        ),
        whole=True,
    ),
    generated(
        "tsvector",
        lambda m: t(m, C("a", sa.Text)),
        lambda m: t(
            m,
            C("a", sa.Text),
            C(
                "v",
                sa.dialects.postgresql.TSVECTOR,
                sa.Computed("to_tsvector('english', coalesce(a, ''))", persisted=True),
            ),
            sa.Index("ix_v", "v", postgresql_using="gin"),
        ),
        engines=POSTGRESQL,
        whole=True,
    ),
    generated(
        "with a nested and",
        lambda m: t(m, C("a", sa.Integer)),
        lambda m: t(
            m, C("a", sa.Integer), C("b", sa.Boolean, sa.Computed("a BETWEEN 1 AND 3 AND a <> 2", persisted=True))
        ),
        whole=True,
    ),
)

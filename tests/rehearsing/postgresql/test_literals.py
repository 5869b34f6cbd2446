"""A parameter that is written into a statement is to the server what the driver would have sent."""

from __future__ import annotations

import asyncio
import datetime
import json
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lockgate.rehearsing.literals import written
from lockgate.rehearsing.postgresql_ear import HeardConnection
from servers import demanded_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from servers import Servers

_ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: datetime.timezone(datetime.timedelta(minutes=minutes)))
_MOMENTS = st.datetimes(datetime.datetime(2, 1, 1), datetime.datetime(9998, 1, 1))
_TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)))
_BIG = st.integers(-(2**63), 2**63 - 1)
_INTERVALS = st.timedeltas(datetime.timedelta(days=-(10**6)), datetime.timedelta(days=10**6))
_KINDS: dict[str, st.SearchStrategy[Any]] = {
    "text": _TEXTS,
    "int8": _BIG,
    "float8": st.floats(),
    "numeric": st.decimals(allow_infinity=False) | st.integers(),
    "bool": st.booleans(),
    "bytea": st.binary(),
    "uuid": st.uuids(),
    "int2": st.integers(-(2**15), 2**15 - 1),
    "oid": st.integers(0, 2**32 - 1),
    "float4": st.floats(width=32),
    "timestamptz": st.datetimes(datetime.datetime(2, 1, 1), datetime.datetime(9998, 1, 1), timezones=_ZONES | st.none())
    | st.sampled_from([datetime.datetime.min, datetime.datetime.max]).map(lambda one: one.replace(tzinfo=datetime.UTC)),
    "timestamp": _MOMENTS,
    "date": st.dates(),
    "time": st.times(),
    "timetz": st.times(timezones=_ZONES),
    "interval": _INTERVALS,
    "text[]": st.lists(_TEXTS | st.none()),
    "int8[]": st.lists(_BIG | st.none()),
    "float8[]": st.lists(st.floats()),
    "bool[]": st.lists(st.booleans() | st.none()),
    "bytea[]": st.lists(st.binary()),
    "uuid[]": st.lists(st.uuids()),
    "interval[]": st.lists(_INTERVALS),
    "date[]": st.lists(st.dates()),
    "timestamptz[]": st.lists(_MOMENTS),
    "text[][]": st.lists(st.lists(_TEXTS, min_size=2, max_size=2), min_size=1).map(list),
    "inet": st.ip_addresses(),
    "int8range": st.tuples(_BIG, _BIG).map(sorted).map(lambda ends: asyncpg.Range(*ends)),
    "point": st.tuples(st.floats(allow_nan=False), st.floats(allow_nan=False)).map(lambda pair: asyncpg.Point(*pair)),
    "varbit": st.text("01").map(asyncpg.BitString),
    "bit(3)": st.just(asyncpg.BitString("101")),
    "jsonb": st.sampled_from(['{"a": "it\'s \\\\"}', "null", "[1, 2.50]"]),
}


@pytest.fixture(scope="module")
def both(servers: Servers) -> Iterator[tuple[asyncio.Runner, asyncpg.Connection, HeardConnection]]:
    """A plain connection, and one that tells of its statements."""
    url = demanded_url(servers, servers.names[0])
    with asyncio.Runner() as runner:
        plain = runner.run(asyncpg.connect(url))
        heard = runner.run(asyncpg.connect(url, connection_class=HeardConnection))
        yield runner, plain, heard
        for one in (plain, heard):
            runner.run(one.close())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
@pytest.mark.parametrize("kind", _KINDS)
def test_a_literal_is_what_the_driver_binds(both: Any, kind: str, data: st.DataObject) -> None:
    runner, plain, heard = both
    value = data.draw(_KINDS[kind])
    runner.run(_compared(plain, heard, f"SELECT $1::{kind}::text AS one, - 1", value))


async def _compared(plain: asyncpg.Connection, heard: HeardConnection, query: str, *values: Any) -> None:
    told: list[str] = []

    async def heed(text: str, work: Any) -> Any:
        told.append(text)
        return await work()

    heard.heed = heed
    bound = await heard.fetchrow(query, *values)
    assert tuple(await plain.fetchrow(told[0])) == tuple(bound), told[0]


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("SELECT count(*) FROM pg_class WHERE '0.1'::real = $1", 0.1),
        ("SELECT power($1, 2)", 0.1),
        ("SELECT int2out($1)::text", 7),
        ("SELECT $1::date::text", datetime.datetime(2024, 5, 1, 23, tzinfo=datetime.UTC)),
        ("SELECT ($1::bit(3))::text", asyncpg.BitString("101")),
        ("SELECT b::text FROM (SELECT '111'::bit(3) UNION ALL SELECT $1) AS one(b)", asyncpg.BitString("101")),
        ("SELECT $1::text[] || $2::text[]", ["a'\\", None]),
        ("SELECT ($1::text[])[1], $1[2]", ["a", "b"]),
    ],
)
def test_a_literal_is_of_the_type_that_the_server_gave_the_parameter(both: Any, query: str, value: Any) -> None:
    runner, plain, heard = both
    runner.run(_compared(plain, heard, query, *[value] * (query.count("$2") + 1)))


def test_what_a_codec_of_the_migration_makes_is_written(both: Any) -> None:
    runner, plain, heard = both
    runner.run(heard.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog"))
    try:
        for value in ("it's", ["a", 1], {"k": "\\"}, 5, None):
            runner.run(_compared(plain, heard, "SELECT ($1::jsonb)::text", value))
    finally:
        runner.run(heard.reset_type_codec("jsonb", schema="pg_catalog"))


@pytest.mark.parametrize(
    "query",
    [
        r"SELECT E'it\'s $1', $1",
        "SELECT 'it''s $1', $1",
        'SELECT "$1" FROM (SELECT $1 AS "$1") one',
        "SELECT $$ $1 $$, $1 -- $1",
        "SELECT $a$ $$ $1 $a$, /* $1 */ $1",
        "SELECT a$1, $1 FROM (SELECT 1 AS a$1) one",
        r"SELECT '\', $1",
    ],
)
def test_what_only_looks_like_a_parameter_stays(query: str) -> None:
    found = written(query, ["<>"])
    assert found.count("<>") == 1
    assert query.replace("$1", "<>").count("<>") - 1 == found.count("$1")

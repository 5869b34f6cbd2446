"""What the pairs cannot say: how the server prints expressions, and where it looks for names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg
import pytest
import sqlalchemy as sa

from lockgate import Runner
from lockgate.dialects.postgresql_catalog.normal import normal

if TYPE_CHECKING:
    from conformance.bench import PostgresDatabase

pytestmark = pytest.mark.asyncio

COLUMNS = (
    "v varchar(9), c char(3), t text, n int, s smallint, b bigint, d numeric, w text[], at timestamptz,"
    ' "Odd (AND) name" text'
)
CONDITIONS = [
    "v IN ('x', 'it''s', 'a]), (b')",
    "v NOT IN ('x', 'y')",
    "c IN ('x', 'y')",
    "t IN ('x', 'y')",
    "n IN (1, 2) AND s IN (1, 2) AND b IN (1, 3000000000)",
    "d IN (1, 2.5)",
    "v = ANY (ARRAY['x', \"Odd (AND) name\"])",
    "v = ANY (ARRAY['x', 'y']::varchar[])",
    "w && (ARRAY['x', 'y']::varchar[])::text[]",
    "n BETWEEN 1 AND 5 AND s > 0",
    "s > 0 AND n BETWEEN 1 AND 5",
    "(n = 1 OR n = 2) OR (s = 1 OR s = 2) OR b = 1",
    "(n = 1 AND s = 1) AND (b = 1 AND (s = 2 AND b = 2))",
    "((n = 1 AND s = 1) OR b = 1) AND v <> 'a) AND (b'",
    "NOT (n BETWEEN 1 AND 5 AND s > 0)",
    "CASE WHEN n BETWEEN 1 AND 5 AND s > 0 THEN v IN ('x', 'y') AND n > 0 AND s > 0 ELSE n NOT BETWEEN 1 AND 2 OR b > 0 END",
    "coalesce(v, 'x') LIKE 'a%' AND v ILIKE 'b%' AND v SIMILAR TO 'c%' AND v ~ 'd'",
    "at > '2020-01-01' AND at < now() - interval '1 day' AND extract(year FROM at) > 2000",
    "v IS DISTINCT FROM 'x' AND n IS NOT NULL AND (n, s) = (1, 2)",
    "lower(v) IN ('x', 'y') AND length(v) < 5 AND v || 'x' <> 'y'",
    "v COLLATE \"C\" < 'x' AND n::text = '1' AND -n < -1",
]


@pytest.mark.parametrize("condition", CONDITIONS)
async def test_what_is_printed_is_printed_so_again(engine: str, place: str, condition: str) -> None:
    """A check is made, printed, made of what was printed, and so on: in the normal form it is one and the same."""
    connection = await asyncpg.connect(place)
    try:
        printed, made = list[str](), f"CHECK ({condition})"
        for number in range(3):
            await connection.execute(f"CREATE TEMPORARY TABLE t{number} ({COLUMNS}, CONSTRAINT k {made})")
            printed.append(await _printed(connection, number))
            made = normal(printed[-1]) if number else printed[-1]
    finally:
        await connection.close()
    assert len(set(map(normal, printed))) == 1
    assert printed[2] == normal(printed[2])


async def _printed(connection: asyncpg.Connection, number: int) -> str:
    query = (
        f"SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 't{number}'::regclass AND contype = 'c'"
    )
    return str(await connection.fetchval(query))


async def test_several_schemas_on_the_search_path(database: PostgresDatabase) -> None:
    """A table is seen once, whichever way the models say its schema."""
    name = database.url.rpartition("/")[2]
    await database.execute(f"CREATE SCHEMA app; ALTER DATABASE {name} SET search_path = app, public")
    metadata = sa.MetaData()
    key = sa.Column("id", sa.Integer, primary_key=True)
    first = sa.Table("t", metadata, key, sa.Column("p_id", sa.ForeignKey("public.t.id")))
    second = sa.Table("t", metadata, sa.Column("id", sa.Integer, primary_key=True), schema="public")
    third = sa.Table("u", metadata, sa.Column("t_id", sa.ForeignKey(first.c.id)), schema="app")
    async with Runner(database.url, environment="development", models=metadata, migrations=[]) as runner:
        made = await runner.auto_migrate()
        assert [one.name for one in made.changes] == ["t", "u", "public.t"]
        assert made.left == ()
        checked = await runner.check()
        assert checked.differences == ()
        second.append_column(sa.Column("a", sa.Text))
        third.append_column(sa.Column("b", sa.Text, index=True))
    async with Runner(database.url, environment="development", models=metadata, migrations=[]) as runner:
        again = await runner.auto_migrate()
    assert sorted(one.name for one in again.changes) == ["public.t.a", "u.b", "u.ix_app_u_b"]
    assert set(await database.tables()) == {"t", "u"}

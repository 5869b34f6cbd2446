"""A type that holds less: what does not fit stops the change, and is not cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from lockgate import Runner

if TYPE_CHECKING:
    from conformance.bench import PostgresDatabase

pytestmark = pytest.mark.asyncio
TYPES = {
    "varchar(20)": (sa.String(3), "'four'"),
    "text": (sa.String(3), "'four'"),
    "char(5)": (sa.CHAR(3), "'fours'"),
    "varchar(20)[]": (sa.ARRAY(sa.String(3)), "'{a,four}'"),
    "bigint": (sa.String(3), "1234"),
    "uuid": (sa.String(5), "gen_random_uuid()"),
    "bit varying(5)": (pg.BIT(3, varying=True), "'10101'"),
    "numeric(5, 2)": (sa.Numeric(3, 2), "100"),
    "integer": (sa.SmallInteger(), "70000"),
}


async def test_none_is_cut(database: PostgresDatabase) -> None:
    columns = [f"c{place}" for place in range(len(TYPES))]
    said = ", ".join(f"{column} {type_}" for column, type_ in zip(columns, TYPES, strict=True))
    values = ", ".join(value for _, value in TYPES.values())
    await database.execute(f"CREATE TABLE t ({said}); INSERT INTO t VALUES ({values})")
    types = zip(columns, (type_ for type_, _ in TYPES.values()), strict=True)
    metadata = sa.MetaData()
    sa.Table("t", metadata, *(sa.Column(column, type_) for column, type_ in types))
    async with Runner(database.url, environment="development", models=metadata, migrations=[]) as runner:
        checked = await runner.check()
    assert len(checked.up) == len(TYPES)
    for statement in checked.up:
        with pytest.raises(asyncpg.DataError):
            await database.execute(statement)
    await database.execute("DELETE FROM t")
    for statement in checked.up:
        await database.execute(statement)

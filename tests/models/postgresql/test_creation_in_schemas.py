"""The statements of `create_all` for models of PostgreSQL, and in schemas that stand for others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from models import zoo
from models.making import both

if TYPE_CHECKING:
    from collections.abc import Callable

    import sqlalchemy as sa

    from conformance.bench import Database


@pytest.mark.parametrize("make", [make for make in zoo.ON_POSTGRESQL if make not in zoo.ANYWHERE])
@pytest.mark.asyncio
async def test_what_only_postgresql_has(database: Database, beside: Database, make: Callable[[], sa.MetaData]) -> None:
    real, said = await both(database, beside, make(), {}, "CREATE SCHEMA app")
    assert said == real
    assert said["relations"]


@pytest.mark.parametrize("make", [make for make in zoo.ON_POSTGRESQL if make is not zoo.said])
@pytest.mark.asyncio
async def test_in_other_schemas(database: Database, beside: Database, make: Callable[[], sa.MetaData]) -> None:
    schemas: dict[str | None, str] = {None: "of default", "app": "of_app"}
    real, said = await both(database, beside, make(), schemas, 'CREATE SCHEMA "of default"; CREATE SCHEMA of_app')
    assert said == real
    assert {row[0] for row in said["relations"]} <= {"of default", "of_app"}
    assert schemas == {None: "of default", "app": "of_app"}

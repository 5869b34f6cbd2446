"""The statements of `create_all` without a database: the same catalog as the real one makes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql

from lockgate import SettingsError
from lockgate.models.creation import NeedsConnection, create_statements
from lockgate.models.metadata import load_models
from models import zoo
from models.making import both, dialect_for, dialect_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.bench import Database


@pytest.mark.parametrize("make", zoo.ANYWHERE)
@pytest.mark.asyncio
async def test_the_statements_make_what_create_all_makes(
    database: Database, beside: Database, make: Callable[[], sa.MetaData]
) -> None:
    real, said = await both(database, beside, make(), {})
    assert said == real
    assert any(said.values())


@pytest.mark.asyncio
async def test_several_metadata_share_their_types(database: Database) -> None:
    metadata = [zoo.enums(), zoo.enums()]
    metadata[1].tables["a"].name, metadata[1].tables["b"].name = "c", "d"
    for table in metadata[1].tables.values():
        for constraint in [one for one in table.constraints if isinstance(one, sa.CheckConstraint)]:
            table.constraints.remove(constraint)
    statements = create_statements(load_models(metadata), await dialect_for(database), schemas={})
    await database.execute(";\n".join(statements))
    assert await database.tables() == {"a", "b", "c", "d"}


@pytest.mark.asyncio
async def test_only_the_chosen_tables(database: Database) -> None:
    models = load_models(zoo.plain()).only(lambda schema, name: name == "users")
    await database.execute(";\n".join(create_statements(models, await dialect_for(database), schemas={})))
    assert await database.tables() == {"users"}


def t(*items: Any, **options: Any) -> sa.Table:
    return sa.Table("t", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), *items, **options)


def anything(*_arguments: Any, **_options: Any) -> bool:
    raise AssertionError("the project's code was run")


def listening(item: Callable[[sa.Table], Any], name: str, listener: Any) -> Callable[[], sa.Table]:
    def make() -> sa.Table:
        table = t(sa.Column("n", sa.Integer, index=True), sa.Column("e", sa.Enum("a", name="e")))
        event.listen(item(table), name, listener)
        return table

    return make


class Custom(sa.DDL):
    def __call__(self, target: Any, bind: Any, **options: Any) -> None:
        anything()


@pytest.mark.parametrize(
    "make",
    [
        listening(lambda table: table, "before_create", anything),
        listening(lambda table: table, "after_create", anything),
        listening(lambda table: table.metadata, "before_create", anything),
        listening(lambda table: table.metadata, "after_create", anything),
        listening(lambda table: next(iter(table.indexes)), "after_create", anything),
        listening(lambda table: table.primary_key, "before_create", anything),
        listening(lambda table: table.c.e.type, "after_create", anything),
        listening(lambda table: sa.Sequence("s", metadata=table.metadata), "after_create", anything),
        listening(lambda table: table, "after_create", sa.DDL("SELECT 1").execute_if(callable_=anything)),
        listening(lambda table: table, "after_create", Custom("SELECT 1")),
        lambda: t(sa.CheckConstraint("id > 1").ddl_if(callable_=anything)),
        lambda: t(sa.Index("i", "id").ddl_if(callable_=anything)),
    ],
)
def test_code_of_the_project_needs_a_connection_and_is_not_run(make: Callable[[], sa.Table]) -> None:
    with pytest.raises(NeedsConnection):
        create_statements(load_models(make()), dialect_of(18), schemas={})


def test_code_that_listens_to_another_table_is_no_matter() -> None:
    metadata = zoo.plain()
    event.listen(metadata.tables["posts"], "after_create", anything)
    models = load_models(metadata).only(lambda schema, name: name == "users")
    assert create_statements(models, dialect_of(18), schemas={})


def test_a_class_may_be_listened_to() -> None:
    event.listen(sa.Table, "after_create", anything)
    try:
        with pytest.raises(NeedsConnection):
            create_statements(load_models(t()), dialect_of(18), schemas={})
    finally:
        event.remove(sa.Table, "after_create", anything)
    assert create_statements(load_models(t()), dialect_of(18), schemas={})


def test_what_an_engine_cannot_hold_is_an_error() -> None:
    with pytest.raises(SettingsError) as error:
        create_statements(load_models(t(sa.Column("net", postgresql.INET))), dialect_of(None), schemas={})
    assert "SQLAlchemy cannot create the models on sqlite: (in table 't', column 'net')" in str(error.value)


_PRINT = """
from models import test_creation, zoo
for make in zoo.ON_POSTGRESQL:
    print(test_creation.statements(make))
"""


def statements(make: Callable[[], sa.MetaData]) -> list[str]:
    return create_statements(load_models(make()), dialect_of(18), schemas={None: "other"})


def test_the_order_is_the_same_in_every_process() -> None:
    said = set[str]()
    for seed in ("1", "2", "3"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[1])}
        done = subprocess.run(
            [sys.executable, "-c", _PRINT], check=True, capture_output=True, text=True, env=environment
        )
        said.add(done.stdout)
    assert len(said) == 1
    assert "CREATE TABLE other" in said.pop()

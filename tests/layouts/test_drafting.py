"""`new --auto` in another tool's folder: the draft is tried among that tool's files, and goes on from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from lockgate import MigrationFileError
from lockgate.generating.drafting import Wish, draft
from lockgate.settings.values import Settings

if TYPE_CHECKING:
    from conformance.bench import Bench

pytestmark = pytest.mark.asyncio
on_sqlite = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)

UP, DOWN = "CREATE TABLE ${t} (id INTEGER PRIMARY KEY);\n", "DROP TABLE ${t};\n"
BOTH = f"-- migrate:up\n{UP}-- migrate:down\n{DOWN}"
REVISION = """\
import sqlalchemy as sa
from alembic import op

revision = "1a2b3c4d"
down_revision = None


def upgrade():
    op.create_table("things", sa.Column("id", sa.Integer, primary_key=True))
"""
FOLDERS = {
    "lockgate": {"001_a.sql": BOTH},
    "dbmate": {"20240101000000_a.sql": BOTH, "20240101000001_b.sql": "-- migrate:up\n", "schema.sql": UP},
    "goose": {"00001_a.sql": f"-- +goose ENVSUB ON\n-- +goose Up\n{UP}-- +goose Down\n{DOWN}"},
    "golang-migrate": {"1_a.sqlite.up.sql": UP, "1_a.postgres.up.sql": "SELECT nothing", "1_a.down.sql": DOWN},
    "flyway": {"V1__a.sql": UP, "V1__a.sql.conf": "executeInTransaction=false\n", "U1__a.sql": DOWN},
    "diesel": {"2024-01-01_a/up.sql": UP, "2024-01-01_a/metadata.toml": "run_in_transaction = false\n"},
    "alembic": {"env.py": "", "versions/1a2b3c4d_a.py": REVISION},
    "alembic, among the revisions": {"1a2b3c4d_a.py": REVISION},
}


def settings(bench: Bench, **more: Any) -> Settings:
    models = sa.MetaData()
    sa.Table("things", models, sa.Column("id", sa.Integer, primary_key=True), sa.Column("said", sa.Text))
    return Settings.of(
        {
            "database_url": bench.database.url,
            "directory": bench.files.folder,
            "models": models,
            "environment": "test",
            **more,
        }
    )


@on_sqlite
@pytest.mark.parametrize("from_database", [False, True])
@pytest.mark.parametrize("case", FOLDERS)
async def test_a_draft_goes_on_from_another_tool_s_files(bench: Bench, case: str, *, from_database: bool) -> None:
    for name, text in FOLDERS[case].items():
        (bench.files.folder / name).parent.mkdir(exist_ok=True)
        bench.files.write(name, text)
    config = settings(bench, variables={"t": "things"}, layout=case.partition(",")[0])
    async with bench.runner(variables={"t": "things"}) as runner:
        applied = (await runner.up()).names
        made = await draft(config, Wish("say more", from_database=from_database))
        assert [one.name for one in made.differences] == ["things.said"]
        ((name, text),) = made.files.items()
        bench.files.write(name, text)
        assert ((await runner.up()).names, len(applied)) == ((name,), 1 + (case == "dbmate"))
        assert (await runner.down()).names == (name,)


@on_sqlite
async def test_a_program_in_the_way_is_named_and_so_is_the_way_round_it(bench: Bench) -> None:
    bench.files.write("00001_a.go", "package migrations")
    with pytest.raises(MigrationFileError, match=r"which only goose can run.*\n.*`--from-database`"):
        await draft(settings(bench), Wish("x"))
    await bench.database.execute("CREATE TABLE things (id INTEGER PRIMARY KEY)")
    assert list((await draft(settings(bench), Wish("x", from_database=True))).files) == ["00002_x.py"]

"""Alembic itself migrates a part of a history with a branch; Lockgate takes it over and goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from adopt.tools import engine_of
from lockgate import HistoryError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from conformance.bench import Bench

pytestmark = pytest.mark.asyncio
_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "mariadb": "mysql+asyncmy"}
_REVISION = '''"""Make {table}."""
import sqlalchemy as sa
from alembic import op

revision = {revision!r}
down_revision = {down!r}


def upgrade():
    op.create_table({table!r}, sa.Column("id", sa.Integer, primary_key=True))


def downgrade():
    op.drop_table({table!r})
'''
_GRAPH: dict[str, Any] = {"aa01": None, "bb02": "aa01", "cc03": "aa01", "dd04": ("bb02", "cc03"), "ee05": "dd04"}


def _write(bench: Bench) -> None:
    (bench.files.folder / "versions").mkdir()
    bench.files.write("env.py", "raise RuntimeError('no env.py is needed')\n")
    for revision, down in _GRAPH.items():
        text = _REVISION.format(revision=revision, down=down, table=f"t_{revision}")
        bench.files.write(f"versions/{revision}_make.py", text)


async def _upgrade(bench: Bench, *revisions: str) -> None:
    """Have Alembic run to some heads, without an env.py."""
    scripts = ScriptDirectory(str(bench.files.folder))

    def run(connection: Connection) -> None:
        for target in revisions:
            upgrade = lambda revision, _: scripts._upgrade_revs(target, revision)  # noqa: B023, E731 - run at once
            with EnvironmentContext(Config(), scripts, fn=upgrade) as environment:
                environment.configure(connection=connection)
                with environment.begin_transaction():
                    environment.run_migrations()

    engine = create_async_engine(make_url(bench.database.url).set(drivername=_DRIVERS[engine_of(bench)]))
    try:
        async with engine.begin() as connection:
            await connection.run_sync(run)
    finally:
        await engine.dispose()


@pytest.mark.parametrize(
    ("heads", "adopted"),
    [
        (("aa01",), ["aa01"]),
        (("cc03",), ["aa01", "cc03"]),
        (("bb02", "cc03"), ["aa01", "bb02", "cc03"]),
        (("dd04",), ["aa01", "bb02", "cc03", "dd04"]),
    ],
    ids=["one", "a branch", "two heads", "a merge"],
)
async def test_what_alembic_has_applied_is_taken_over(heads: tuple[str, ...], adopted: list[str], bench: Bench) -> None:
    _write(bench)
    await _upgrade(bench, *heads)
    theirs = await bench.database.rows("SELECT version_num FROM alembic_version ORDER BY 1")
    async with bench.runner() as runner:
        report = await runner.adopt()
        assert (report.tool, [name[:4] for name in report.names]) == ("alembic", adopted)
        assert (await runner.adopt()).changed is False
        pending = [one.name for one in report.pending]
        assert sorted(name[:4] for name in pending) == sorted(_GRAPH.keys() - set(adopted))
        assert report.problems == ()
        assert list((await runner.up()).names) == pending
        assert (await runner.status()).state == "current"
    assert await bench.database.rows("SELECT version_num FROM alembic_version ORDER BY 1") == theirs
    assert await bench.database.tables() == {"alembic_version", *(f"t_{one}" for one in _GRAPH)}


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_head_that_no_file_has_is_refused(bench: Bench) -> None:
    _write(bench)
    await _upgrade(bench, "bb02")
    await bench.database.execute("UPDATE alembic_version SET version_num = 'ff06'")
    async with bench.runner() as runner:
        with pytest.raises(HistoryError, match="no file here: ff06"):
            await runner.adopt(skip_unknown=True)

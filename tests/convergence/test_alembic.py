"""The pairs of models in Alembic's own tests. LOCKGATE_TEST_ALEMBIC names a checkout of sqlalchemy/alembic."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from servers import with_database

if TYPE_CHECKING:
    from conformance.bench import Database

# Read when the tests are collected, before their environment is cleaned.
_ALEMBIC = os.environ.get("LOCKGATE_TEST_ALEMBIC", "")
_HERE = Path(__file__).parent
_FILES = (
    "tests/test_autogen_diffs.py",
    "tests/test_autogen_indexes.py",
    "tests/test_autogen_check_constraints.py",
    "tests/test_autogen_composition.py",
    "tests/test_autogen_render.py",
    "tests/test_postgresql.py",
    "tests/test_sqlite.py",
    "tests/test_suite.py",
)

pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.skipif(not _ALEMBIC, reason="LOCKGATE_TEST_ALEMBIC names no checkout of sqlalchemy/alembic"),
]


async def test_alembics_pairs(database: Database, tmp_path: Path) -> None:
    checkout = await asyncio.to_thread(_copied, tmp_path / "alembic")
    theirs, ours, least = "sqlite://", str(tmp_path / "ours.db"), 230
    if database.is_postgresql:
        theirs, ours, least = await _theirs(database), database.url, 370
    results, said = await _harvested(checkout, theirs, ours, tmp_path / "results")
    assert len({one["pair"] for one in results}) >= least, said[-3000:]
    wrong = [one for one in results if one["error"] is not None]
    assert not wrong, f"{len(wrong)} of {len(results)}: {json.dumps(wrong[:20], indent=1)}"


async def _theirs(database: Any) -> str:
    """A database beside ours for what Alembic's tests do themselves; in it is what they ask for."""
    name = f"a_{uuid.uuid4().hex[:12]}"
    await database.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    url = with_database(database.url, name)
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("CREATE SCHEMA test_schema; CREATE EXTENSION hstore")
    finally:
        await connection.close()
    return url.replace("postgresql://", "postgresql+asyncpg://", 1)


async def _harvested(checkout: Path, theirs: str, ours: str, results: Path) -> tuple[list[dict[str, Any]], str]:
    folders = (checkout, _HERE.parent, _HERE.parents[1] / "src")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, _HERE / "harvest.py", theirs, ours, results, *_FILES),
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, folders))},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await asyncio.wait_for(process.communicate(), 3600)
    return await asyncio.to_thread(_read, results), output.decode(errors="replace")


def _copied(to: Path) -> Path:
    """A copy that Alembic's tests may write to, without what a run of theirs has left in the checkout."""
    return shutil.copytree(_ALEMBIC, to, ignore=shutil.ignore_patterns(".git", "scratch"))


def _read(results: Path) -> list[dict[str, Any]]:
    lines = results.read_text().splitlines() if results.exists() else []
    return [json.loads(line) for line in lines]

"""Other projects' migrations, unchanged: afterwards the catalog is what the database's own client makes of the files.

LOCKGATE_TEST_CORPORA names a folder with checkouts of the projects; CONTRIBUTING.md says how to get them.
"""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from corpora.clients import by_the_client
from corpora.projects import PROJECTS, Project
from lockgate import Irreversible, MigrationFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.bench import Bench, Database
    from corpora.by_hand import Script
    from lockgate import Runner

# Read when the tests are collected, before their environment is cleaned.
_CORPORA = os.environ.get("LOCKGATE_TEST_CORPORA", "")

pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.skipif(not _CORPORA, reason="LOCKGATE_TEST_CORPORA names no folder with other projects' checkouts"),
]


@pytest.mark.parametrize(
    "project",
    PROJECTS,
    ids=[project.folder for project in PROJECTS],
)
async def test_a_history_runs_as_by_the_database_s_own_client(bench: Bench, beside: Database, project: Project) -> None:
    folder = Path(_CORPORA) / project.folder
    if not folder.is_dir():
        pytest.skip(f"LOCKGATE_TEST_CORPORA has no {project.folder}")
    for database in (bench.database, beside):
        if project.before:
            await database.execute(project.before)
    variables = {name: value for name, (_, value) in project.variables.items()}
    async with bench.runner(directory=folder, variables=variables, table=project.table) as runner:
        await climb(runner, bench, beside, project, filled(project.read(folder), project))


def filled(scripts: Sequence[Script], project: Project) -> list[Script]:
    """The scripts as the project's own tool would send them."""

    def sent(text: str) -> str:
        for pattern, value in (*project.variables.values(), (r"/\* TEMPLATE: schema \*/", "")):
            text = re.sub(pattern, value, text)
        return re.sub(project.shared, "", text) if project.shared else text

    return [one._replace(up=sent(one.up), down=one.down and sent(one.down)) for one in scripts]


async def climb(runner: Runner, bench: Bench, beside: Database, project: Project, scripts: Sequence[Script]) -> None:
    """Up; down as far as the project's own files go; and up again where they go down to nothing."""
    names = [one.name for one in scripts]
    assert len(names) >= project.least
    assert list((await runner.up()).names) == names
    status = await runner.status()
    assert status.state == "current"
    assert {source.layout for source in await runner._sources()} == {project.layout}
    await compared(bench.database, beside, project, [(one.name, one.up) for one in scripts])
    assert await bench.journal() == []
    after = await seen(bench.database, project)
    left = await descend(runner, project, names)
    downs = [(one.name, one.down or "") for one in scripts[left:]][::-1]
    if project.broken and bench.database.is_mysql:
        return  # what its DDL had done before the fault, stays
    await compared(bench.database, beside, project, downs)
    if not left:
        assert len((await runner.up()).names) == len(names)
        assert without_places(await seen(bench.database, project)) == without_places(after)


def without_places(found: dict[str, Any]) -> dict[str, Any]:
    """What was seen, but for PostgreSQL's numbers of columns: one that was dropped keeps its own."""
    if "relations" not in found:
        return found
    return {**found, "columns": sorted(repr((*row[:2], *row[3:])) for row in found["columns"])}


async def descend(runner: Runner, project: Project, names: Sequence[str]) -> int:
    """Down, and how many are left then."""
    if project.kept:
        with pytest.raises(Irreversible, match=project.kept):
            await runner.down()
        return len(names)
    if project.broken:
        with pytest.raises(MigrationFailed, match=project.broken):
            await runner.down()
        return 1 + next(index for index, name in enumerate(names) if name.startswith(project.broken))
    assert list((await runner.down()).names) == list(names)[::-1]
    return 0


async def compared(database: Database, beside: Database, project: Project, texts: Sequence[tuple[str, str]]) -> None:
    """What Lockgate made of the files is what the client made of them."""
    for name, text in texts:
        await asyncio.to_thread(by_the_client, beside.url, text, name=name)
    mine, theirs = await seen(database, project), await seen(beside, project)
    for what, rows in mine.items():
        assert rows == theirs[what], what


async def seen(database: Database, project: Project) -> dict[str, Any]:
    """All that a database holds but Lockgate's own: its catalog, and how many rows each table has."""
    own = re.compile(rf"\b{project.table}(?:_\w+)?\b")
    catalog = {
        what: [row for row in rows if not any(own.search(str(cell)) for cell in row)]
        for what, rows in (await database.catalog()).items()
    }
    tables = sorted(table for table in await database.tables() if not own.search(table))
    mark = "`" if database.is_mysql else '"'
    if database.is_postgresql:
        return catalog
    counts = {table: await database.rows(f"SELECT count(*) FROM {mark}{table}{mark}") for table in tables}
    return {**catalog, "counts": counts}

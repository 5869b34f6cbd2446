"""A fleet of which some are poisoned, killed twice, and finished by three processes that know nothing of each other."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from fleets.tenants import QUERY

if TYPE_CHECKING:
    from fleets.tenants import Tenants

_FULL = bool(os.environ.get("LOCKGATE_TEST_EVERYTHING"))
_SCHEMAS, _MIGRATIONS, _POISONED = (300, 20, [0, 77, 150, 222, 299]) if _FULL else (60, 6, [0, 17, 30, 45, 59])
_COMMAND = (sys.executable, "-m", "lockgate", "up", "--json", "--per-server", "3", "--targets", QUERY)


async def _started(tenants: Tenants) -> asyncio.subprocess.Process:
    ours = {"DATABASE_URL": tenants.database.url, "LOCKGATE_DIRECTORY": str(tenants.files.folder)}
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(*_COMMAND, env={**os.environ, **ours}, stdout=pipe, stderr=pipe)


async def _killed(tenants: Tenants, after: int) -> None:
    process = await _started(tenants)
    async with asyncio.timeout(60):
        while await tenants.done() < after:
            assert process.returncode is None, await process.communicate()
    process.kill()
    await process.communicate()


async def _finished(tenants: Tenants) -> dict[str, Any]:
    out, err = await (await _started(tenants)).communicate()
    assert b"Traceback" not in err, err.decode()
    return dict(json.loads(out))


@pytest.mark.asyncio
async def test_what_is_killed_twice_is_finished_by_three_processes(tenants: Tenants) -> None:
    await tenants.make(_SCHEMAS, _MIGRATIONS, _POISONED)
    await _killed(tenants, 1)
    await _killed(tenants, _SCHEMAS // 3)
    assert await tenants.done() < _SCHEMAS - len(_POISONED)
    async with asyncio.TaskGroup() as group, tenants.gate(3):
        runs = [group.create_task(_finished(tenants)) for _ in range(3)]
    reports = [run.result() for run in runs]
    healthy, poisoned = _SCHEMAS - len(_POISONED), sorted(f"schema:{name}" for name in tenants.poisoned)
    for report in reports:
        assert sorted(one["target"] for one in report["failed"]) == poisoned
        assert all("already exists" in one["error"]["message"] for one in report["failed"])
        assert report["applied"] + report["current"] == healthy
        assert (report["locked"], report["untouched"]) == ([], 0)
    assert all(report["applied"] for report in reports)
    await tenants.check()
    assert (await tenants.fleet().up()).current == healthy

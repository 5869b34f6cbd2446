"""Many processes that start at once on an empty database: each exits with 0, and each migration is applied once."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from asgi.engines import EACH

if TYPE_CHECKING:
    from conformance.bench import Bench

pytestmark = pytest.mark.asyncio

PROCESSES = {"sqlite": 8, "postgresql": 16}
PROGRAM = """
import asyncio, sys
import lockgate

async def main():
    async with lockgate.lifespan()(None):
        pass
    async with lockgate.Runner().gate() as gate:
        assert gate.ready and gate.applied is None, gate

# All are ready before one begins.
print("ready", flush=True)
sys.stdin.readline()
asyncio.run(main())
"""


def _start(bench: Bench) -> subprocess.Popen[str]:
    env = {
        **os.environ, "ENV": "production", "FORCE_MIGRATION": "true", "DATABASE_URL": bench.database.url,
        "LOCKGATE_DIRECTORY": str(bench.files.folder), "PYTHONWARNINGS": "error",
    }  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        env=env, encoding="utf-8", stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


@pytest.mark.parametrize("engine", EACH, indirect=True)
async def test_a_herd_on_an_empty_database(bench: Bench) -> None:
    names = bench.files.tables(45)
    for number in range(46, 51):
        names.append(f"{number:03}_t{number}.py")
        bench.files.python(names[-1], f"await self.db.create_table('t{number}', sa.Column('id', sa.Integer))")
    herd = [_start(bench) for _ in range(PROCESSES["postgresql" if bench.database.is_postgresql else "sqlite"])]
    for process in herd:
        assert process.stdout is not None
        assert await asyncio.to_thread(process.stdout.readline) == "ready\n"
    ended = await asyncio.gather(*(asyncio.to_thread(process.communicate, "go\n", 120) for process in herd))
    assert [(process.returncode, err) for process, (_, err) in zip(herd, ended, strict=True)] == [(0, "")] * len(herd)
    assert await bench.recorded() == [(name, 1) for name in names]
    assert await bench.database.tables() == {f"t{number}" for number in range(1, 51)}

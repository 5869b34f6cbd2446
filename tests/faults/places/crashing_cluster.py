"""A PostgreSQL server that can be made to crash, and that finds its disk full."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import asyncpg

from servers import Cluster

if TYPE_CHECKING:
    from pathlib import Path

_FULL: Final = 17 << 20  # more than one file of the write-ahead log, less than the ballast


class CrashingCluster(Cluster):
    """A server that can be made to crash, and keeps what it has committed."""

    def __init__(self, programs: Path) -> None:
        super().__init__(programs)
        asyncio.run(self._keep_commits())

    async def _keep_commits(self) -> None:
        connection = await asyncpg.connect(self.url)
        await connection.execute("ALTER ROLE postgres SET synchronous_commit = on")
        await connection.close()

    def crash(self) -> None:
        """End all of its processes where they stand, and start it again, on the same port."""
        self._control("restart", "-m", "immediate", "-l", str(self._folder / "log"))

    def fill_disk(self, pid: int) -> None:
        """Let a backend write no file over a size, which it takes for a full disk; as its own user, who may say so."""
        self._run("/usr/bin/prlimit", f"--pid={pid}", f"--fsize={_FULL}:{_FULL}")

"""A runner that is hit: `lockgate up --json` as a process, and what it said before its end."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from faults.waiting import PATIENCE

if TYPE_CHECKING:
    import signal
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
    from pathlib import Path


class Said(NamedTuple):
    """The status of a process, its document (None where it was killed), and its words."""

    status: int
    document: Any
    words: str

    @property
    def applied(self) -> list[str]:
        """The migrations that it says it has applied."""
        return [one["name"] for one in self.document.get("applied", ())] if self.document else []

    @property
    def done(self) -> list[str]:
        """The migrations that it says it has applied, or rolled back."""
        document = self.document or {}
        return [one["name"] for one in (*document.get("applied", ()), *document.get("rolled_back", ()))]

    @property
    def failed(self) -> str | None:
        """The migration that it says has not come to its end."""
        return (self.document.get("failed") or {}).get("name") if self.document else None


class Running:
    """A process at work."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._output = asyncio.create_task(process.communicate())

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        return self._output.done()

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    async def ended(self) -> Said:
        """Wait for its end."""
        out, err = (stream.decode() for stream in await asyncio.wait_for(asyncio.shield(self._output), PATIENCE))
        assert "Traceback" not in err, err
        status = self._process.returncode
        assert status is not None
        document = json.loads(out) if status >= 0 else None
        return Said(status, document, err)

    async def reached(self, place: Callable[[], Awaitable[object]]) -> None:
        """Wait until it is where it is to be hit; it must not end before."""
        reaching = asyncio.ensure_future(place())
        try:
            await asyncio.wait({reaching, self._output}, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
            assert reaching.done(), await self.ended() if self.has_ended else "it did not come to that place"
            await reaching
        finally:
            reaching.cancel()

    async def close(self) -> None:
        """Kill what is left of it."""
        if not self.has_ended:
            self._process.kill()
        await self._output


@asynccontextmanager
async def started(
    folder: Path, env: Mapping[str, str], pass_fds: Sequence[int] = (), arguments: Sequence[str] = ("up",)
) -> AsyncIterator[Running]:
    """Start `lockgate up`, or another command, in a folder; nothing is left of it afterwards."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "lockgate", *arguments, "--json",
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONWARNINGS": "default", **env}, cwd=folder,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, pass_fds=pass_fds,
    )  # fmt: skip
    running = Running(process)
    try:
        yield running
    finally:
        await running.close()

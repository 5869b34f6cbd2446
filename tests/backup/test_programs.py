"""A client program ends with the run, whatever it makes of being asked to."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from typing import TYPE_CHECKING

import anyio
import pytest

from lockgate.backup import programs
from lockgate.backup.copying import CopyFailed
from lockgate.backup.programs import run

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.asyncio

_RUNS = """
import sys, anyio
from lockgate.backup.programs import run
anyio.run(run, ["/bin/sh", "-c", 'exec 3> "$1"; printf up >&3; exec sleep 60', "sh", sys.argv[1]])
"""


async def test_its_words_are_in_the_error_without_a_password_and_without_end() -> None:
    script = "i=0; while [ $i -lt 5000 ]; do echo line >&2; i=$((i+1)); done; echo password=hunter2 >&2; exit 3"
    with pytest.raises(CopyFailed, match=r"sh exited with 3: ") as caught:
        await run(["/bin/sh", "-c", script])
    assert "hunter2" not in str(caught.value)
    assert len(str(caught.value)) < 2100
    with pytest.raises(CopyFailed, match=r"sh was ended by SIGKILL: it says nothing"):
        await run(["/bin/sh", "-c", "kill -9 $$"])


async def test_one_that_does_not_listen_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "_ENDING_SECONDS", 0.2)
    with anyio.move_on_after(0.3) as scope, anyio.fail_after(5):
        await run(["/bin/sh", "-c", "trap '' TERM; while :; do sleep 0.05; done"])
    assert scope.cancelled_caught


async def test_it_ends_where_the_run_is_killed(tmp_path: Path) -> None:
    """What is left of pg_dump would hold all tables, and be in the way of the next run."""
    path = tmp_path / "alive"
    os.mkfifo(path)
    runs = subprocess.Popen([sys.executable, "-c", _RUNS, path])  # noqa: ASYNC220 - nothing else goes on in this test
    with runs as process, path.open("rb", buffering=0) as alive:
        assert alive.read(2) == b"up"
        assert not select.select([alive], [], [], 0.2)[0]
        process.kill()
        assert select.select([alive], [], [], 10)[0]
        assert alive.read(1) == b""

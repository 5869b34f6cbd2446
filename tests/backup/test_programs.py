"""A client program ends with the run, whatever it makes of being asked to."""

from __future__ import annotations

import anyio
import pytest

from lockgate.backup import programs
from lockgate.backup.copying import CopyFailed
from lockgate.backup.programs import run

pytestmark = pytest.mark.asyncio


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

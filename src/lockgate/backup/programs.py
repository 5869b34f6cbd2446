"""Runs a database's own client program; it ends with the run, whatever ends that, and its words are in the error."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import uuid
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import anyio
import anyio.to_thread

from lockgate.backup.copying import CopyFailed
from lockgate.backup.interruptible import in_thread
from lockgate.urls.database_url import mask

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from threading import Event

    from anyio.abc import ByteReceiveStream, Process

_ENDING_SECONDS, _LOOKING_SECONDS, _MOST_WORDS = 5.0, 0.5, 2000
# The words of a failure are looked into, so they are asked for in English.
_ENGLISH: Final = {"LC_ALL": "C", "LANGUAGE": "C"}

# Its input ends where this process is killed, and can no more end the other one by itself.
_GUARD: Final = ("/bin/sh", "-c", 'read -r never || kill "$1"', "sh")


def program(*names: str, hint: str) -> str:
    """The path of the first of the programs that there is.

    Raises:
        CopyFailed: there is none.
    """
    found = next((path for path in map(shutil.which, names) if path), None)
    if found is None:
        raise CopyFailed(f"{' or '.join(names)} is not on the PATH", hint=hint)
    return found


class Growing(NamedTuple):
    """A file that a program writes, which is to grow within each so many seconds, or the program is ended."""

    file: Path
    seconds: float


async def run(
    command: Sequence[str],
    environment: Mapping[str, str] | None = None,
    hint: Callable[[str], str] = lambda _: "",
    growing: Growing | None = None,
) -> bytes:
    """Run a program to its end, and give what it writes; `hint` is asked for advice on what it says of its failure.

    Raises:
        CopyFailed: it ended otherwise than well.
    """
    base = os.environ if environment is None else environment
    output, words = bytearray(), bytearray()
    async with (
        _started(command, {**base, **_ENGLISH}) as process,
        _watched(process, growing) as stalled,
        anyio.create_task_group() as group,
    ):
        group.start_soon(_collect, process.stdout, output)
        group.start_soon(_collect, process.stderr, words, _MOST_WORDS)
        status = await process.wait()
    if stalled:
        raise stalled[0]
    if status:
        said = mask(words.decode(errors="replace").strip())
        raise CopyFailed(f"{Path(command[0]).name} {_ended(status)}: {said or 'it says nothing'}", hint=hint(said))
    return bytes(output)


@asynccontextmanager
async def _started(command: Sequence[str], environment: Mapping[str, str]) -> AsyncIterator[Process]:
    """The process for the time of the block; where that is left early, it is asked to end, and then made to."""
    # Not in the terminal's group: Ctrl-C is for this process, which ends the other one.
    process = await anyio.open_process(
        command, stdin=subprocess.DEVNULL, env=environment, start_new_session=os.name == "posix"
    )
    try:
        async with _guarded(process.pid):
            yield process
    finally:
        with anyio.CancelScope(shield=True):
            if process.returncode is None:
                await _end(process)
            await process.aclose()


@asynccontextmanager
async def _guarded(number: int) -> AsyncIterator[None]:
    """See that the process of that number is asked to end where this one is killed within the block."""
    if os.name != "posix":
        yield
        return
    guard = await anyio.open_process(
        [*_GUARD, str(number)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        yield
    finally:
        with anyio.CancelScope(shield=True):
            guard.kill()  # before its input ends
            await guard.aclose()


async def _end(process: Process) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
    with anyio.move_on_after(_ENDING_SECONDS):
        await process.wait()
        return
    with suppress(ProcessLookupError):
        process.kill()
    await process.wait()


@asynccontextmanager
async def _watched(process: Process, growing: Growing | None) -> AsyncIterator[list[CopyFailed]]:
    stalled: list[CopyFailed] = []
    async with anyio.create_task_group() as group:
        if growing is not None:
            group.start_soon(_end_stalled, process, growing, stalled)
        yield stalled
        group.cancel_scope.cancel()


async def _end_stalled(process: Process, growing: Growing, stalled: list[CopyFailed]) -> None:
    """End a program that writes nothing for too long: it waits for another session, and says no word of it."""
    size, since = 0, anyio.current_time()
    while anyio.current_time() - since < growing.seconds:
        await anyio.sleep(min(_LOOKING_SECONDS, growing.seconds / 4))
        with suppress(OSError):
            if (now := (await anyio.Path(growing.file).stat()).st_size) != size:
                size, since = now, anyio.current_time()
    words = f"nothing was written within {growing.seconds:g} s (LOCKGATE_LOCK_TIMEOUT)"
    stalled.append(CopyFailed(words, hint="Another session may hold a table: SHOW PROCESSLIST tells which."))
    await _end(process)


async def _collect(stream: ByteReceiveStream | None, into: bytearray, most: int | None = None) -> None:
    """Read to the end; with `most`, keep the last bytes only."""
    if stream is None:
        return
    async for chunk in stream:
        into += chunk
        if most is not None:
            del into[:-most]


def _ended(status: int) -> str:
    if status > 0:
        return f"exited with {status}"
    try:
        return f"was ended by {signal.Signals(-status).name}"
    except ValueError:
        return f"was ended by signal {-status}"


@asynccontextmanager
async def secret_file(text: bytes) -> AsyncIterator[Path]:
    """A file for the time of the block that nobody but this user may read."""
    # Named before it is made: whenever this is cancelled, what is made is known, and removed.
    path = Path(tempfile.gettempdir(), f"lockgate-{uuid.uuid4().hex}")

    def write(_: Event) -> None:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(text)

    try:
        await in_thread(write)
        yield path
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(path.unlink, True)

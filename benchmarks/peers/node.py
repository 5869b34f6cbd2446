"""What the contestants of Node share: a driver in a process of Node's that is told line by line what to do."""

from __future__ import annotations

import subprocess
from textwrap import dedent
from typing import TYPE_CHECKING, ClassVar

from benchmarks import schema
from benchmarks.peers.peer import Command, Job, Opened, Peer, Verb

if TYPE_CHECKING:
    from pathlib import Path

_COLUMNS = {"owner_id": "integer", "title": "text", "done": "boolean", "created_at": "timestamp"}
_LOOP = """
import { createInterface } from "node:readline";
process.stdout.write("ready\\n");
for await (const call of createInterface({ input: process.stdin })) {
  await calls[call]();
  process.stdout.write("done\\n");
}
"""


class Node(Peer):
    """`driver` is JavaScript that ends with the functions `up`, `down`, `look` and `close` in `calls`."""

    note = "its imports and its process's start are not in the time in process, as with the others"
    driver: ClassVar[str]
    suffix: ClassVar[str] = "cjs"

    def write(self, folder: Path, count: int, bin_directory: Path) -> None:
        (folder / "migrations").mkdir(parents=True)
        (folder / "node_modules").symlink_to(bin_directory.parent)
        (folder / "program").symlink_to(bin_directory / self.name)
        (folder / "driver.mjs").write_text(dedent(self.driver) + _LOOP)
        for number in range(1, count + 1):
            name = f"{number:04d}_create_{schema.table(number)}.{self.suffix}"
            (folder / "migrations" / name).write_text(self.migration(number))

    def migration(self, number: int) -> str:
        """The text of a migration's file."""
        raise NotImplementedError

    def arguments(self, verb: Verb) -> list[str]:
        """What its command line takes."""
        raise NotImplementedError

    def open(self, job: Job) -> Opened:
        return _Driven(job)

    def command(self, verb: Verb, job: Job, bin_directory: Path) -> Command | None:
        if verb == "help":
            return Command([str(bin_directory / self.name), "--help"])
        program = str(job.folder / "program")
        return Command([program, *self.arguments(verb)], {"DATABASE_URL": job.url}, directory=job.folder)


class _Driven:
    def __init__(self, job: Job) -> None:
        argv = ["node", str(job.folder / "driver.mjs"), job.url, str(job.folder / "migrations")]
        self._process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._heard("ready")

    def up(self) -> None:
        self._told("up")

    def down(self) -> None:
        self._told("down")

    def look(self) -> None:
        self._told("look")

    def close(self) -> None:
        self._told("close")
        self._process.communicate(timeout=10)

    def _told(self, call: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{call}\n")
        self._process.stdin.flush()
        self._heard("done")

    def _heard(self, word: str) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            if line.strip() == word:
                return
        raise RuntimeError("the driver in Node has ended")

"""dbmate, a Go program: always a process of its own, here the binary of its npm package without the wrapper."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, ClassVar

from benchmarks import schema
from benchmarks.peers.peer import Command, Engine, Job, Opened, Peer, Verb

if TYPE_CHECKING:
    from pathlib import Path


class Dbmate(Peer):
    name = "dbmate"
    title = "dbmate"
    environment = "dbmate"
    requirements = ("npm:dbmate",)
    engines: ClassVar[frozenset[Engine]] = frozenset({"postgresql", "sqlite"})
    rolls_back = False
    note = "the start of its process is in its time; it rolls back one migration a call, so that is not measured"

    def write(self, folder: Path, count: int, bin_directory: Path) -> None:
        folder.mkdir(parents=True)
        (folder / "program").symlink_to(bin_directory / "dbmate")
        for number in range(1, count + 1):
            text = f"-- migrate:up\n{schema.up(number)}\n-- migrate:down\n{schema.down(number)}"
            (folder / f"{number:04d}_create_{schema.table(number)}.sql").write_text(text)

    def open(self, job: Job) -> Opened:
        return _Process(_arguments(job))

    def command(self, verb: Verb, job: Job, bin_directory: Path) -> Command | None:
        if verb == "help":
            return Command([str(bin_directory / "dbmate"), "--help"])
        return Command([*_arguments(job), "migrate" if verb == "up" else "status"])


def _arguments(job: Job) -> list[str]:
    url = f"sqlite:{job.url.removeprefix('sqlite:///')}" if job.engine == "sqlite" else f"{job.url}?sslmode=disable"
    return [str(job.folder / "program"), "--url", url, "--migrations-dir", str(job.folder), "--no-dump-schema"]


class _Process:
    def __init__(self, arguments: list[str]) -> None:
        self._arguments = arguments

    def up(self) -> None:
        subprocess.run([*self._arguments, "migrate"], check=True, stdout=subprocess.DEVNULL)

    def down(self) -> None:
        raise NotImplementedError

    def look(self) -> None:
        self.up()

    def close(self) -> None:
        """Nothing is kept open."""

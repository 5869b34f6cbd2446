"""yoyo-migrations with psycopg, or with the sqlite3 module."""
# ruff: noqa: PLC0415 - yoyo is imported in the environment that has it

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from benchmarks import schema
from benchmarks.peers.peer import Command, Engine, Job, Opened, Peer, Verb

if TYPE_CHECKING:
    from pathlib import Path


class Yoyo(Peer):
    name = "yoyo"
    title = "yoyo-migrations"
    environment = "yoyo"
    requirements = ("yoyo-migrations", "psycopg[binary]")
    engines: ClassVar[frozenset[Engine]] = frozenset({"postgresql", "sqlite"})

    def write(self, folder: Path, count: int, bin_directory: Path) -> None:
        folder.mkdir(parents=True)
        for number in range(1, count + 1):
            stem = f"{number:04d}_create_{schema.table(number)}"
            (folder / f"{stem}.sql").write_text(schema.up(number))
            (folder / f"{stem}.rollback.sql").write_text(schema.down(number))

    def open(self, job: Job) -> Opened:
        return _InProcess(_url(job), str(job.folder))

    def command(self, verb: Verb, job: Job, bin_directory: Path) -> Command | None:
        if verb == "help":
            return Command([str(bin_directory / "yoyo"), "--help"])
        words = ["apply", "--batch"] if verb == "up" else ["list"]
        return Command(
            [str(bin_directory / "yoyo"), *words, "--no-config-file", "--database", _url(job), str(job.folder)]
        )


def _url(job: Job) -> str:
    return job.url if job.engine == "sqlite" else job.driven("psycopg")


class _InProcess:
    def __init__(self, url: str, folder: str) -> None:
        from yoyo import get_backend, read_migrations

        self._backend: Any = lambda: get_backend(url)
        self._read: Any = lambda: read_migrations(folder)

    def up(self) -> None:
        backend = self._backend()
        migrations = self._read()
        with backend.lock():
            backend.apply_migrations(backend.to_apply(migrations))
        backend.connection.close()

    def down(self) -> None:
        backend = self._backend()
        migrations = self._read()
        with backend.lock():
            backend.rollback_migrations(backend.to_rollback(migrations))
        backend.connection.close()

    def look(self) -> None:
        self.up()

    def close(self) -> None:
        """Nothing is kept open."""

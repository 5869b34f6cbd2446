"""A user at a shell: a project of their own, and `lockgate` as a process, piped or on a terminal."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import asyncpg
import pexpect

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MODULE = (sys.executable, "-m", "lockgate")
SCRIPT = (str(Path(sys.executable).with_name("lockgate")),)
PATIENCE = 30.0

TABLE = """
    -- migrate:up
    CREATE TABLE {name} (id INTEGER PRIMARY KEY);
    -- migrate:down
    DROP TABLE {name};
"""
PYTHON = """
    import anyio
    from lockgate import Migration

    class Change(Migration):
        async def up(self) -> None:
            {up}

        async def down(self) -> None:
            {down}
"""


@dataclass(frozen=True)
class Ended:
    """What a process left behind."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, Any]:
        """The JSON document of a failure without a report."""
        assert set(self.json) == {"error"}
        found: dict[str, Any] = self.json["error"]
        assert set(found) == {"kind", "exit", "message", "hint"}
        assert found["exit"] == self.status
        return found


class Project:
    """A folder with migrations, and a database."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.migrations = folder / "migrations"
        self.migrations.mkdir(exist_ok=True)
        self.url = url
        self._started: list[subprocess.Popen[str]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._started:
            with process:
                process.kill()

    def file(self, name: str, text: str) -> Path:
        """Write a migration."""
        path = self.migrations / name
        path.write_text(textwrap.dedent(text).lstrip(), encoding="utf-8")
        return path

    def table(self, number: int, name: str = "") -> str:
        """Write a SQL migration that makes a table; gives its name."""
        name = name or f"t{number}"
        return self.file(f"{number:03}_{name}.sql", TABLE.format(name=name)).name

    def tables(self, count: int) -> list[str]:
        """Write several of them."""
        return [self.table(number) for number in range(1, count + 1)]

    def python(self, file_name: str, up: str = "pass", down: str = "pass") -> str:
        """Write a migration in Python; gives its name."""
        return self.file(file_name, PYTHON.format(up=up, down=down)).name

    def environment(self, changes: Mapping[str, str | None] | None = None) -> dict[str, str]:
        """The environment of a process; None takes a variable out."""
        ours = {"DATABASE_URL": self.url, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONWARNINGS": "default", "COLUMNS": "80"}
        merged: dict[str, str | None] = {**os.environ, **ours, **(changes or {})}
        return {name: value for name, value in merged.items() if value is not None}

    def run(
        self,
        *arguments: str,
        env: Mapping[str, str | None] | None = None,
        cwd: Path | None = None,
        program: tuple[str, ...] = MODULE,
        typed: str | None = None,
    ) -> Ended:
        """Run `lockgate` with its output piped."""
        done = subprocess.run(
            [*program, *arguments],
            env=self.environment(env), cwd=cwd or self.folder, capture_output=True, encoding="utf-8",
            check=False, timeout=120, input=typed, stdin=subprocess.DEVNULL if typed is None else None,
        )  # fmt: skip
        assert not re.search(r"Traceback|(Deprecation|Resource|Runtime)Warning", done.stderr), done.stderr
        return Ended(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str, env: Mapping[str, str | None] | None = None) -> Running:
        """Start `lockgate`, and go on."""
        process = subprocess.Popen(
            [*MODULE, *arguments],
            env=self.environment(env), cwd=self.folder, encoding="utf-8", stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        self._started.append(process)
        return Running(process)

    def at_terminal(
        self,
        *arguments: str,
        env: Mapping[str, str | None] | None = None,
        preexec_fn: Callable[[], object] | None = None,
    ) -> pexpect.spawn[str]:
        """Start `lockgate` on a pseudo-terminal of 80 columns."""
        return pexpect.spawn(
            MODULE[0], [*MODULE[1:], *arguments],
            env=self.environment({"COLUMNS": None, "LINES": None, "TERM": "xterm", **(env or {})}), cwd=str(self.folder),
            encoding="utf-8", timeout=PATIENCE, dimensions=(24, 80), echo=False, preexec_fn=preexec_fn,
        )  # fmt: skip

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query, past Lockgate."""
        if self.url.startswith("sqlite"):
            with closing(sqlite3.connect(self.url.removeprefix("sqlite:///"))) as connection:
                return [tuple(row) for row in connection.execute(query).fetchall()]
        return asyncio.run(_postgres_rows(self.url, query))

    @property
    def is_postgresql(self) -> bool:
        """Whether the database is a server."""
        return self.url.startswith("postgres")

    @property
    def recorded(self) -> list[str]:
        """The names in the tracking table; none where there is no table."""
        if not self.has("schema_migrations"):
            return []
        return [name for (name,) in self.rows("SELECT name FROM schema_migrations ORDER BY id")]

    def has(self, table: str) -> bool:
        """Whether there is such a table."""
        catalog = "pg_catalog.pg_class WHERE relname" if self.is_postgresql else "sqlite_master WHERE name"
        return bool(self.rows(f"SELECT 1 FROM {catalog} = '{table}'"))


@dataclass
class Running:
    """A process that has not ended yet."""

    process: subprocess.Popen[str]

    def wait_for(self, condition: Callable[[], object]) -> None:
        """Wait until something is so; the process must not end before."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < deadline, "it did not come to that"
            time.sleep(0.02)

    def end(self, *signals: signal.Signals, pause: float = 0.2, within: float = 10.0) -> Ended:
        """Send signals, and see it end."""
        for place, number in enumerate(signals):
            time.sleep(pause if place else 0)
            self.process.send_signal(number)
        out, err = self.process.communicate(timeout=within)
        if signal.SIGKILL not in signals:
            assert "Traceback" not in err, err
        return Ended(self.process.returncode, out, err)


async def _postgres_rows(url: str, query: str) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(query)]
    finally:
        await connection.close()

"""What the Alembic contestants share: a project as `alembic init` makes it, and revisions of create_table and create_index."""
# ruff: noqa: PLC0415 - Alembic is imported in the environment that has it

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING, Any, ClassVar

from benchmarks import schema
from benchmarks.peers.peer import Command, Engine, Job, Opened, Peer, Verb

if TYPE_CHECKING:
    from pathlib import Path

_FILE = '''\
"""Create {table}."""

import sqlalchemy as sa
from alembic import op

revision = "{number:04d}"
down_revision = {before}
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "{table}",
{columns}
    )
    op.create_index("{index}", "{table}", ["owner_id"])


def downgrade() -> None:
    op.drop_table("{table}")
'''


class Alembic(Peer):
    """`template` is what `alembic init` is asked for, `drivers` the driver for each engine."""

    environment = "alembic"
    requirements = ("alembic", "sqlalchemy[asyncio]", "psycopg[binary]", "asyncpg", "aiosqlite")
    engines: ClassVar[frozenset[Engine]] = frozenset({"postgresql", "sqlite"})
    note = "all migrations of a run in one transaction, as its template has it"
    template: ClassVar[str]
    drivers: ClassVar[dict[Engine, str]]

    def write(self, folder: Path, count: int, bin_directory: Path) -> None:
        folder.mkdir(parents=True)
        subprocess.run(
            [bin_directory / "alembic", "init", "--template", self.template, "alembic"],
            cwd=folder,
            check=True,
            capture_output=True,
        )
        for number in range(1, count + 1):
            table = schema.table(number)
            text = _FILE.format(
                number=number,
                before=f'"{number - 1:04d}"' if number > 1 else None,
                table=table,
                index=schema.index(number),
                columns=schema.SQLALCHEMY_COLUMNS,
            )
            (folder / "alembic" / "versions" / f"{number:04d}_create_{table}.py").write_text(text)

    def configure(self, job: Job) -> None:
        path = job.folder / "alembic.ini"
        url = job.driven(self.drivers[job.engine])
        path.write_text(re.sub(r"(?m)^sqlalchemy\.url = .*$", lambda _: f"sqlalchemy.url = {url}", path.read_text()))

    def open(self, job: Job) -> Opened:
        return _InProcess(job)

    def command(self, verb: Verb, job: Job, bin_directory: Path) -> Command | None:
        arguments = {"up": ["upgrade", "head"], "status": ["current"], "help": ["--help"]}[verb]
        return Command([str(bin_directory / "alembic"), *arguments], directory=job.folder)


class _InProcess:
    def __init__(self, job: Job) -> None:
        from alembic import command
        from alembic.config import Config

        self._command: Any = command
        self._config: Any = lambda: Config(str(job.folder / "alembic.ini"))

    def up(self) -> None:
        self._command.upgrade(self._config(), "head")

    def down(self) -> None:
        self._command.downgrade(self._config(), "base")

    def look(self) -> None:
        self.up()

    def close(self) -> None:
        """Nothing is kept open."""

"""PostgreSQL's own backup, by pg_dump in its custom format (https://www.postgresql.org/docs/current/app-pgdump.html)."""

from __future__ import annotations

import itertools
import os
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Final

from lockgate.backup.copying import Row, refuse_other_history
from lockgate.backup.libpq import environment_of, password_line, password_of
from lockgate.backup.programs import program, run, secret_file
from lockgate.dialects.connecting import connect
from lockgate.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lockgate.dialects.seam import Session
    from lockgate.nouns.history import History
    from lockgate.settings.conclusions import Conclusions
    from lockgate.urls.database_url import DatabaseUrl

_INSTALL: Final = (
    "Install the client programs of PostgreSQL, of the server's version or a newer one (Debian: postgresql-client)."
)


class PostgresCopying:
    """The dump of a database, within the configuration's time for a connection, and for others who hold a table."""

    suffix = ".dump"
    source: Path | None = None

    def __init__(self, url: DatabaseUrl, name: str, named: tuple[str, str], config: Conclusions) -> None:
        self.name = name
        self._url, self._named, self._config = url, named, config

    @classmethod
    async def of(cls, session: Session, url: DatabaseUrl, config: Conclusions) -> PostgresCopying:
        """The dump of a session's database, which the URL leads to as well."""
        ((name,),) = await session.fetch("SELECT pg_catalog.current_database()")
        schema, _, table = session.tracking.name[1:-1].partition('"."')
        return cls(url, str(name), (schema.replace('""', '"'), table.replace('""', '"')), config)

    async def copy(self, to: Path) -> None:
        """Run pg_dump.

        Raises:
            SettingsError: it would go by way of a pooler.
            DatabaseUnreachable: the URL leads nowhere.
            CopyFailed: it could not be written.
        """
        await dump(self._url, self._config, ["--format=custom", f"--file={to}"])

    async def verify(self, copy: Path, history: History) -> None:
        """Have pg_restore read all of it, and then the tracking table."""
        restore = program("pg_restore", hint=_INSTALL)
        await run([restore, f"--file={os.devnull}", str(copy)])
        if not history.exists:
            return
        schema, table = self._named
        only = ["--data-only", f"--schema={schema}", f"--table={table}"]
        text = await run([restore, *only, "--file=-", str(copy)])
        refuse_other_history(_rows(text.decode(errors="replace")), history)


async def dump(url: DatabaseUrl, config: Conclusions, options: Sequence[str]) -> bytes:
    """What pg_dump writes of a database with these options, which say nothing of the connection.

    Raises:
        SettingsError: it would go by way of a pooler.
        DatabaseUnreachable: the URL leads nowhere.
        CopyFailed: it could not be written.
    """
    path = program("pg_dump", hint=_INSTALL)
    await _refuse_pooler(url, config)
    wait = max(1, round(config.lock_timeout * 1000))
    async with AsyncExitStack() as stack:
        environment = environment_of(url, os.environ, config.connect_timeout)
        if password := password_of(url):
            file = await stack.enter_async_context(secret_file(password_line(password)))
            environment["PGPASSFILE"] = str(file)
        command = [path, "--no-password", f"--lock-wait-timeout={wait}", *options]
        return await run(command, environment, hint=_advice)


async def _refuse_pooler(url: DatabaseUrl, config: Conclusions) -> None:
    session = await connect(url, config.table, config.connect_timeout)
    try:
        ((process,),) = await session.fetch("SELECT pg_catalog.pg_backend_pid()")
        is_direct = int(process) == session.driver.get_server_pid()
    finally:
        await session.close()
    if not is_direct:
        raise SettingsError(
            "pg_dump sets search_path and more for its session, which behind a pooler stays on connections that the"
            " application is given next. Nothing was run.",
            hint="Name the server itself in LOCKGATE_DIRECT_URL.",
        )


def _rows(script: str) -> list[Row]:
    """The rows of the one COPY in a script, whatever the columns' order."""
    lines = iter(script.split("\n"))
    head = next((line for line in lines if line.startswith("COPY ")), "()")
    columns = head[head.rfind("(") + 1 : head.rfind(")")].split(", ")
    rows: list[Row] = []
    for line in itertools.takewhile(lambda line: line != "\\.", lines):
        said = dict(zip(columns, map(_unescaped, line.split("\t")), strict=True))
        rows.append(Row(int(said["id"]), said["name"], said["hash"], said["applied_at"], int(said["batch_no"])))
    return rows


def _unescaped(text: str) -> str:
    """A value of COPY; of what it escapes, a file's name holds backslashes and tabs at most."""
    return text.replace("\\t", "\t").replace("\\\\", "\\") if "\\" in text else text


def _advice(said: str) -> str:
    if "version mismatch" in said:
        return f"pg_dump reads no server that is newer than itself. {_INSTALL}"
    if "statement timeout" in said:
        return "Another session holds a table: pg_locks and pg_blocking_pids() tell which."
    if "connection to server" in said:
        return "pg_dump connects by itself, as the URL says: try it by hand, as the same user of the system."
    return ""

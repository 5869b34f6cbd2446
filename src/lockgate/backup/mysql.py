"""MariaDB's and MySQL's own backup, by mariadb-dump or mysqldump: SQL, of one moment for tables that have transactions.

https://mariadb.com/kb/en/mariadb-dump/ and https://dev.mysql.com/doc/refman/8.4/en/mysqldump.html
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from lockgate.backup.copying import OF_ANOTHER, CopyFailed
from lockgate.backup.interruptible import in_thread
from lockgate.backup.programs import Growing, program, run, secret_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from threading import Event

    from lockgate.dialects.seam import Session
    from lockgate.nouns.history import Applied, History
    from lockgate.urls.database_url import DatabaseUrl
    from lockgate.urls.mysql_arguments import MysqlArguments

_COMPLETED: Final = b"-- Dump completed"
_OPTIONS: Final = (
    "--single-transaction",
    "--routines",
    "--triggers",
    "--events",
    "--hex-blob",
    "--no-tablespaces",
)
# Of MySQL's program, which asks servers for what older ones lack, and writes what only its own server may be told.
_OF_MYSQL: Final = ("--loose-column-statistics=0", "--loose-set-gtid-purged=OFF")
_PIECE: Final = 1 << 20


class MysqlCopying:
    """The dump of a database; for others who hold a table it waits `seconds` at a time."""

    suffix = ".sql"
    source: Path | None = None

    def __init__(self, url: DatabaseUrl, name: str, table: str, seconds: float, *, is_mariadb: bool) -> None:
        self.name = name
        self._arguments, self._table, self._seconds = url.mysql_arguments(), table, seconds
        self._programs = ("mariadb-dump", "mysqldump") if is_mariadb else ("mysqldump", "mariadb-dump")

    @classmethod
    async def of(cls, session: Session, url: DatabaseUrl, seconds: float) -> MysqlCopying:
        """The dump of a session's database, which the URL leads to as well.

        Raises:
            CopyFailed: the tracking table is in another one, which would not be dumped.
        """
        ((name, version),) = await session.fetch("SELECT DATABASE(), VERSION()")
        schema, _, table = session.tracking.name[1:-1].partition("`.`")
        if schema.replace("``", "`") != name:
            raise CopyFailed(f"{session.tracking.name} is in another database than {name}, and only that is dumped")
        return cls(url, str(name), table, seconds, is_mariadb="mariadb" in str(version).lower())

    async def copy(self, to: Path) -> None:
        """Run the program; who it is to be stands in a file that only this user may read."""
        dump = program(
            *self._programs, hint="Install the client programs of the server (Debian: mariadb-client or mysql-client)."
        )
        is_mariadb = b"mariadb" in (await run([dump, "--version"])).lower()
        extra = () if is_mariadb else _OF_MYSQL
        async with secret_file(option_file(self._arguments, is_mariadb=is_mariadb)) as options:
            # --defaults-file has to come first; what else the machine is set to does not count.
            command = [dump, f"--defaults-file={options}", *_OPTIONS, *extra, f"--result-file={to}", "--", self.name]
            await run(command, growing=Growing(to, self._seconds))

    async def verify(self, copy: Path, history: History) -> None:
        """Read all of it, for its last line and the tracking table's rows."""
        wanted = {_as_dumped(row) for row in history}
        missing = await in_thread(partial(_missing, copy, self._table.encode(), wanted))
        if missing:
            raise CopyFailed(
                f"the dump lacks {len(missing)} of the {len(wanted)} rows of the tracking table",
                hint=OF_ANOTHER,
            )


def _missing(copy: Path, table: bytes, wanted: set[bytes], stop: Event) -> set[bytes]:
    """The rows that are not in the dump; one that does not end as a dump ends is refused."""
    left, last = set(wanted), b""
    head, is_within = b"INSERT INTO `%s` " % table, False
    for line in _lines(copy, stop):
        last = line if line.strip() else last
        is_within = line.startswith(head) or (is_within and line.startswith(b"("))
        if is_within:
            left = {row for row in left if row not in line}
    if not last.startswith(_COMPLETED):
        raise CopyFailed("the dump does not end with `-- Dump completed`, so that it is not whole")
    return left


def _lines(copy: Path, stop: Event) -> Iterator[bytes]:
    with copy.open("rb", buffering=_PIECE) as file:
        for line in file:
            if stop.is_set():
                raise CopyFailed("it was stopped")
            yield line


def _as_dumped(row: Applied) -> bytes:
    name = row.name.replace("\\", "\\\\").replace("'", "\\'")
    return f"({row.id},'{name}','{row.hash}','{row.applied_at:%Y-%m-%d %H:%M:%S.%f}',{row.batch_no})".encode()


def option_file(arguments: MysqlArguments, *, is_mariadb: bool) -> bytes:
    """The options that say where to connect to and as whom, in the form of `my.cnf`."""
    place = {"protocol": "SOCKET", "socket": arguments.unix_socket} if arguments.unix_socket else {"protocol": "TCP"}
    said: dict[str, str | None] = {
        **place,
        "host": arguments.host,
        "port": str(arguments.port),
        "user": arguments.user,
        "default-character-set": "utf8mb4",
        **_tls(arguments, is_mariadb=is_mariadb),
    }
    lines = [f'{name}="{_escaped(value)}"'.encode() for name, value in said.items() if value is not None]
    lines.append(b'password="' + _escaped_bytes(arguments.password) + b'"')
    return b"\n".join((b"[client]", *lines, b""))


def _tls(arguments: MysqlArguments, *, is_mariadb: bool) -> dict[str, str | None]:
    """In the words of either program; MariaDB's verifies a certificate with its name or not at all."""
    tls = arguments.tls
    if tls is None:
        return {"ssl": "0"} if is_mariadb else {}
    files = {"ssl-ca": tls.ca, "ssl-cert": tls.cert, "ssl-key": tls.key}
    if is_mariadb:
        return {**files, "ssl": "1", "ssl-verify-server-cert": str(int(tls.verifies))}
    mode = ("VERIFY_IDENTITY" if tls.names else "VERIFY_CA") if tls.verifies else "REQUIRED"
    return {**files, "ssl-mode": mode}


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


def _escaped_bytes(value: bytes) -> bytes:
    return value.replace(b"\\", b"\\\\").replace(b'"', b'\\"')

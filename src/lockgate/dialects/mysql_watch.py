"""Who is in the way of a migration on MySQL and MariaDB, as far as the server tells.

https://mariadb.com/kb/en/metadata-locking/ and https://dev.mysql.com/doc/refman/8.4/en/performance-schema-metadata-locks-table.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from asyncmy.errors import MySQLError

from lockgate.dialects.mysql_errors import BUSY, NO_PRIVILEGE, code_of, is_lost
from lockgate.dialects.watching import WatchFromAside, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockgate.dialects.watching import Aside

# The server cuts long queries off, so whatever is begun may have no end.
_NAME: Final = r"(?P<name>`(?:[^`]|``)*(?:`|\Z))"
_COMMENT: Final = r"(?P<comment>--(?=\s|\Z)[^\n]*|#[^\n]*|/\*.*?(?:\*/|\Z))"
# With NO_BACKSLASH_ESCAPES, a string may seem to end later than it does: more is hidden then, and nothing is shown.
_STRING: Final = r"'(?:[^'\\]|''|\\.)*(?:'|\Z|\\\Z)|\"(?:[^\"\\]|\"\"|\\.)*(?:\"|\Z|\\\Z)"
_QUOTED: Final = re.compile(f"{_NAME}|{_COMMENT}|{_STRING}", re.DOTALL)

_SESSION: Final = "p.id, p.user, p.host, p.command, DATE_FORMAT(NOW() - INTERVAL p.time SECOND, '%H:%i:%s')"
_OF_A_THREAD: Final = (
    " JOIN information_schema.processlist p ON p.id = t.processlist_id"
    " LEFT JOIN performance_schema.events_statements_current e ON e.thread_id = t.thread_id AND e.nesting_event_id IS NULL"
)
_METADATA_LOCKS: Final = (
    f"SELECT DISTINCT {_SESSION}, COALESCE(p.info, e.sql_text) FROM performance_schema.threads m"
    " JOIN performance_schema.metadata_locks w ON w.owner_thread_id = m.thread_id AND w.lock_status = 'PENDING'"
    " JOIN performance_schema.metadata_locks g ON g.lock_status = 'GRANTED' AND g.owner_thread_id <> w.owner_thread_id"
    " AND g.object_type = w.object_type AND g.object_schema <=> w.object_schema AND g.object_name <=> w.object_name"
    f" JOIN performance_schema.threads t ON t.thread_id = g.owner_thread_id{_OF_A_THREAD}"
    " WHERE m.processlist_id = {itself}"
)
# It tells what is granted and not what is waited for; but ALTER TABLE has a lesser lock of the table that it waits for.
_METADATA_LOCK_INFO: Final = (
    f"SELECT DISTINCT {_SESSION}, p.info FROM information_schema.processlist m"
    " JOIN information_schema.metadata_lock_info w ON w.thread_id = m.id AND w.lock_type = 'Table metadata lock'"
    " JOIN information_schema.metadata_lock_info g ON g.thread_id <> w.thread_id AND g.lock_type = w.lock_type"
    " AND g.table_schema = w.table_schema AND g.table_name = w.table_name"
    " JOIN information_schema.processlist p ON p.id = g.thread_id"
    " WHERE m.id = {itself} AND m.state = 'Waiting for table metadata lock'"
)
_ROWS_OF_MARIADB: Final = (
    f"SELECT DISTINCT {_SESSION}, p.info FROM information_schema.innodb_trx m"
    " JOIN information_schema.innodb_lock_waits w ON w.requesting_trx_id = m.trx_id"
    " JOIN information_schema.innodb_trx b ON b.trx_id = w.blocking_trx_id"
    " JOIN information_schema.processlist p ON p.id = b.trx_mysql_thread_id WHERE m.trx_mysql_thread_id = {itself}"
)
_ROWS_OF_MYSQL: Final = (
    f"SELECT DISTINCT {_SESSION}, COALESCE(p.info, e.sql_text) FROM performance_schema.threads m"
    " JOIN performance_schema.data_lock_waits w ON w.requesting_thread_id = m.thread_id"
    f" JOIN performance_schema.threads t ON t.thread_id = w.blocking_thread_id{_OF_A_THREAD}"
    " WHERE m.processlist_id = {itself}"
)
_PERHAPS: Final = (
    f"SELECT DISTINCT {_SESSION}, p.info FROM information_schema.processlist m"
    " JOIN information_schema.processlist p ON p.id NOT IN (m.id, CONNECTION_ID())"
    " LEFT JOIN information_schema.innodb_trx x ON x.trx_mysql_thread_id = p.id"
    " WHERE m.id = {itself} AND m.state LIKE 'Waiting for%lock' AND COALESCE(p.state, '') NOT LIKE 'Waiting for%lock'"
    " AND (x.trx_id IS NOT NULL OR (p.command = 'Query' AND p.db <=> m.db AND p.time >= m.time))"
)
# MySQL tells who lacks the privilege only where it has to read the table, and MariaDB always.
_MAY_SEE: Final = "SELECT 1 FROM information_schema.innodb_trx LIMIT 1"
_UNSEEN: Final = "sessions that this user may not see (GRANT PROCESS ON *.* lets it)"
_CERTAIN: Final = (_METADATA_LOCKS, _METADATA_LOCK_INFO, _ROWS_OF_MARIADB, _ROWS_OF_MYSQL)


class MysqlWatch(WatchFromAside):
    """Asks whatever the server has that knows of locks.

    A MariaDB that nobody has told to know of metadata locks says of none who has it. Then those sessions are named that have a
    transaction open, or have been at work in the same database since before the wait began: perhaps it is they.
    """

    def __init__(self, itself: int, aside: Aside, seconds: float) -> None:
        """`itself` is the number of the session's connection."""
        super().__init__(aside, seconds)
        self._itself = itself

    async def _sees(self, connection: Any) -> bool:
        certain = tuple([_words(row) for query in _CERTAIN for row in await self._if_known(connection, query)])
        self.blockers = certain or await self._perhaps(connection) or self.blockers
        return True

    async def _if_known(self, connection: Any, query: str) -> Sequence[tuple[Any, ...]]:
        try:
            return await self._rows(connection, query)
        except MySQLError as error:
            if is_lost(error):
                raise
            return ()  # this server has no such table, or this user may not read it

    async def _perhaps(self, connection: Any) -> tuple[str, ...]:
        try:
            await self._rows(connection, _MAY_SEE)
            rows = await self._rows(connection, _PERHAPS)
        except MySQLError as error:
            if code_of(error) != NO_PRIVILEGE:
                raise
            return self.blockers or (_UNSEEN,)
        return tuple(f"perhaps {_words(row)}" for row in rows)

    async def _rows(self, connection: Any, query: str) -> Sequence[tuple[Any, ...]]:
        await connection.query(query.format(itself=self._itself))
        return connection._result.rows or ()

    def held_up(self, error: BaseException) -> bool:
        """Whether the driver's error, or SQLAlchemy's around it, says by its number that others were in the way."""
        causes = (error, getattr(error, "orig", None), error.__cause__)
        return any(code_of(one) in BUSY for one in causes if one is not None)


def _words(row: tuple[Any, ...]) -> str:
    number, user, host, command, since, query = row
    state = "idle in transaction" if command == "Sleep" else "at work"
    said = f": {masked(query)}" if query else ""
    return f"connection {number} ({user} from {host}, {state} since {since}{said})"


def masked(query: str) -> str:
    """The beginning of a query; what is quoted in it, and what its comments say, may be anybody's and is not shown."""
    return shown(_QUOTED.sub(lambda found: found["name"] or (" " if found["comment"] else "'…'"), query))

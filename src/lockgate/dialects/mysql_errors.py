"""The errors of MySQL and MariaDB in the seam's terms.

https://mariadb.com/kb/en/mariadb-error-codes/ and https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html
"""

from __future__ import annotations

from typing import Final

from asyncmy.errors import InterfaceError, InternalError, MySQLError

from lockgate.dialects.seam import STAMP_HINT, ConnectionLost, StatementFailed

NO_SUCH_TABLE: Final = 1146
NO_SUCH_COLUMN: Final = 1054
NO_DATABASE: Final = 1046
NO_SUCH_SAVEPOINT: Final = 1305
NO_PRIVILEGE: Final = 1227
BUSY: Final = frozenset({1205, 1213})
"""A lock was not had in time, or a deadlock chose this transaction."""

# Shut down, killed (MariaDB, MySQL), gone, lost, idle for too long.
_LOST: Final = frozenset({1053, 1927, 3169, 2006, 2013, 2055, 4031})
_THERE_ALREADY: Final = frozenset({1007, 1050, 1060, 1061, 1304, 1359, 1826, 4127})
_READ_ONLY: Final = frozenset({1290, 1792, 1836})
_BUSY_HINT: Final = (
    "Another session holds what the statement needs: SHOW PROCESSLIST and information_schema.innodb_trx tell which."
)
_READ_ONLY_HINT: Final = "The server takes no writes, as a replica does: name the primary in DATABASE_URL."


def code_of(error: BaseException) -> int:
    """The server's number of an error; 0 where it has none."""
    first = error.args[0] if error.args else 0
    return first if isinstance(first, int) else 0


def is_lost(error: Exception) -> bool:
    """Whether the connection is of no use any more; the driver tells of packets out of order by words alone."""
    if isinstance(error, OSError | InterfaceError):
        return True
    return code_of(error) in _LOST or (isinstance(error, InternalError) and code_of(error) == 0)


def words_of(error: Exception) -> str:
    """The server's words, with its number and the SQLSTATE."""
    if not isinstance(error, MySQLError) or len(error.args) < 2:
        return str(error) or type(error).__name__
    state = f", SQLSTATE {error.sqlstate}" if error.sqlstate else ""
    return f"{error.args[1]} (error {error.args[0]}{state})"


def translated(error: Exception, statement: int | None = None, unit: int = 0) -> ConnectionLost | StatementFailed:
    """The driver's error in the seam's terms."""
    if is_lost(error):
        return ConnectionLost(words_of(error), unit)
    return StatementFailed(words_of(error), unit=unit, statement=statement, hint=_hint(code_of(error)))


def _hint(code: int) -> str:
    if code in _THERE_ALREADY:
        return STAMP_HINT
    if code in BUSY:
        return _BUSY_HINT
    return _READ_ONLY_HINT if code in _READ_ONLY else ""

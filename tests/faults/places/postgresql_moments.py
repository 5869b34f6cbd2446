"""Where a runner is held on PostgreSQL: by the proxy in what is said, or by a lock in what the server does."""

from __future__ import annotations

from typing import Final, NamedTuple

from faults.cells import Kind, Where
from faults.proxy import Stop, answer, request


class Gate(NamedTuple):
    """A place in what the server does: it waits for a lock that the test holds."""

    lock: str


def _gate(place: str) -> Gate:
    return Gate(f"SELECT pg_advisory_lock(77, hashtext('{place}'))")


_INDEX: Final = ("CREATE INDEX CONCURRENTLY", "CREATE INDEX CONCURRENTLY")  # it is tried in a transaction first
_NO_INDEX: Final = ("DROP INDEX CONCURRENTLY", "DROP INDEX CONCURRENTLY")
_SHARED: Final[dict[Where, Stop | Gate]] = {
    Where.BEFORE_LOCK: request("pg_try_advisory_lock"),
    Where.LOCKED: answer("pg_try_advisory_lock"),
    Where.BEFORE_STATEMENT: request("CREATE TABLE a "),
    Where.BETWEEN: _gate("between"),
    Where.DURING: _gate("during"),
    Where.BEFORE_COMMIT: _gate("002_change.sql"),
    Where.COMMITTED: answer("CREATE TABLE a "),
    Where.RELEASING: request("pg_advisory_unlock"),
}
_BY_LEASE: Final[dict[Where, Stop | Gate]] = {
    Where.BEFORE_LOCK: request("SET fence = fence + 1"),
    Where.LOCKED: answer("SET fence = fence + 1"),
    Where.RELEASING: request("SET holder = NULL"),
}
_STEPS: Final[dict[Where, Stop | Gate]] = {
    Where.BEFORE_STATEMENT: request(*_INDEX),
    Where.BETWEEN: request(*_INDEX, "'done'"),
    Where.DURING: Gate("BEGIN; LOCK TABLE t IN ROW EXCLUSIVE MODE"),
    Where.BEFORE_COMMIT: _gate("002_change.sql 2 done"),
    Where.COMMITTED: answer("'long'"),
}
_OWN: Final[dict[Kind, dict[Where, Stop | Gate]]] = {
    Kind.SQL: {},
    Kind.FILES: {Where.BEFORE_COMMIT: _gate("003_change.sql")},
    Kind.PYTHON: {
        Where.BETWEEN: request("'long'"),
        Where.BEFORE_COMMIT: _gate("002_change.py"),
        Where.COMMITTED: answer("'002_change.py'"),
    },
    Kind.SQL_STEPS: _STEPS,
    Kind.PYTHON_STEPS: {
        **_STEPS,
        Where.BETWEEN: answer(*_INDEX),
        Where.BEFORE_COMMIT: _gate("002_change.py 2 done"),
        Where.COMMITTED: answer("'long'", "'done'"),
    },
    Kind.CALL: {
        Where.BEFORE_STATEMENT: request("CALL", "CALL"),
        Where.BETWEEN: answer("CALL", "CALL"),
        Where.COMMITTED: answer("'long'"),
    },
    Kind.SQL_DOWN: {
        Where.BEFORE_STATEMENT: request("DROP COLUMN b"),
        Where.COMMITTED: answer("DROP COLUMN b"),
    },
    Kind.PYTHON_DOWN: {
        Where.BEFORE_STATEMENT: request("DROP COLUMN b"),
        Where.BETWEEN: request("'long'"),
        Where.BEFORE_COMMIT: _gate("002_change.py"),
        Where.COMMITTED: answer("'002_change.py'"),
    },
    Kind.STEPS_DOWN: {
        **_STEPS,
        Where.BEFORE_STATEMENT: request(*_NO_INDEX),
        Where.BETWEEN: request(*_NO_INDEX, "'done'"),
    },
}


def moment(kind: Kind, where: Where, *, by_lease: bool = False) -> Stop | Gate:
    """What holds a runner there."""
    return (_BY_LEASE if by_lease else {}).get(where) or _OWN[kind].get(where) or _SHARED[where]

"""Where a runner is held on MariaDB: by the proxy in what is said, or by a lock in what the server does."""

from __future__ import annotations

from typing import Final, NamedTuple

from faults.cells import Kind, Where
from faults.proxy import Stop, answer, request


class Gate(NamedTuple):
    """A place in what the server does: it waits for a named lock, or for a table, that the test holds."""

    lock: str


TABLE: Final = Gate("t")
"""DDL waits for whoever has looked at the table."""

_SHARED: Final[dict[Where, Stop | Gate]] = {
    Where.BEFORE_LOCK: request("GET_LOCK("),
    Where.LOCKED: answer("GET_LOCK("),
    Where.BEFORE_STATEMENT: request("CREATE TABLE a "),
    Where.BETWEEN: Gate("between"),
    Where.DURING: Gate("during"),
    Where.RELEASING: request("RELEASE_LOCK("),
}
# DDL of a cluster's waits for nobody: it ends whoever is in its way.
_IN_CLUSTER: Final[dict[Where, Stop | Gate]] = {
    Where.BEFORE_LOCK: request("SET fence = fence + 1"),
    Where.LOCKED: answer("SET fence = fence + 1"),
    Where.DURING: Gate("during"),
    Where.RELEASING: request("SET holder = NULL"),
}
_STEPS: Final[dict[Where, Stop | Gate]] = {
    Where.BEFORE_STATEMENT: request("CREATE INDEX"),
    Where.BETWEEN: request("CREATE INDEX", "'done'"),
    Where.DURING: TABLE,
    Where.COMMITTED: answer("'long'", "COMMIT"),
}
_OWN: Final[dict[Kind, dict[Where, Stop | Gate]]] = {
    Kind.SQL: {},
    Kind.FILES: {},
    Kind.PYTHON: {Where.BETWEEN: request("'long'")},
    Kind.SQL_STEPS: _STEPS,
    Kind.PYTHON_STEPS: {**_STEPS, Where.BETWEEN: answer("CREATE INDEX")},
    Kind.CALL: {
        Where.BEFORE_STATEMENT: request("CALL"),
        Where.BETWEEN: answer("CALL"),
        Where.COMMITTED: answer("'long'", "COMMIT"),
    },
    Kind.SQL_DOWN: {Where.BEFORE_STATEMENT: request("DROP COLUMN b")},
    Kind.PYTHON_DOWN: {Where.BEFORE_STATEMENT: request("DROP COLUMN b"), Where.BETWEEN: request("'long'")},
    Kind.STEPS_DOWN: {
        **_STEPS,
        Where.BEFORE_STATEMENT: request("DROP INDEX"),
        Where.BETWEEN: request("DROP INDEX", "'done'"),
    },
}
# What keeps steps is held in one of them, anything else in its end.
_ROWS: Final = {
    Kind.FILES: "003_change.sql",
    Kind.PYTHON: "002_change.py",
    Kind.PYTHON_DOWN: "002_change.py",
    Kind.SQL_STEPS: "002_change.sql 2 done",
    Kind.PYTHON_STEPS: "002_change.py 2 done",
    Kind.STEPS_DOWN: "002_change.sql 2 done",
}


def moment(kind: Kind, where: Where, *, in_cluster: bool) -> Stop | Gate:
    """What holds a runner there."""
    row = _ROWS.get(kind, "002_change.sql")
    if where is Where.BEFORE_COMMIT:
        return Gate(row)
    if in_cluster and where in _IN_CLUSTER:
        return _IN_CLUSTER[where]
    if where is Where.COMMITTED and where not in _OWN[kind]:
        record = f"WHERE name = '{row}'" if kind.goes_down else f"batch_no) VALUES ('{row}'"
        return answer(record, "COMMIT")
    return _OWN[kind].get(where) or _SHARED[where]

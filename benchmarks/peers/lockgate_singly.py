"""Lockgate with a folder of .sql files, each a round trip of its own, as after an error in a shared one."""
# ruff: noqa: PLC0415 - Lockgate is imported in the environment that has it

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from benchmarks.peers.lockgate_sql import LockgateSql

if TYPE_CHECKING:
    from benchmarks.peers.peer import Engine, Job, Opened


class LockgateSingly(LockgateSql):
    name = "lockgate-singly"
    title = "Lockgate, .sql, a round trip a file"
    engines: ClassVar[frozenset[Engine]] = frozenset({"postgresql"})
    note = "the same Lockgate with the sharing of round trips switched off"

    def open(self, job: Job) -> Opened:
        from lockgate.dialects.postgresql import PostgresSession

        PostgresSession.groups = False
        return super().open(job)

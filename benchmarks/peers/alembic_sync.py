"""Alembic with psycopg, or with the sqlite3 module."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from benchmarks.peers.alembic import Alembic

if TYPE_CHECKING:
    from benchmarks.peers.peer import Engine


class AlembicSync(Alembic):
    name = "alembic-sync"
    title = "Alembic, sync"
    template = "generic"
    drivers: ClassVar[dict[Engine, str]] = {"postgresql": "psycopg", "sqlite": "pysqlite"}

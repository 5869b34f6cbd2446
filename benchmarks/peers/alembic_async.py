"""Alembic with asyncpg, or with aiosqlite, through the env.py of its async template."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from benchmarks.peers.alembic import Alembic

if TYPE_CHECKING:
    from benchmarks.peers.peer import Engine


class AlembicAsync(Alembic):
    name = "alembic-async"
    title = "Alembic, async"
    template = "async"
    drivers: ClassVar[dict[Engine, str]] = {"postgresql": "asyncpg", "sqlite": "aiosqlite"}

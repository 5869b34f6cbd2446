"""One copy of the template, and a session that looks after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import anyio
import asyncpg

from lockgate.errors import LockgateError
from lockgate.testing.postgresql.traces import (
    NEXT_TRANSACTION,
    OBSTACLES,
    OTHERS,
    RELATIONS,
    Answer,
    Questions,
    Relation,
)

if TYPE_CHECKING:
    from asyncpg import Connection
    from asyncpg.prepared_stmt import PreparedStatement

    from lockgate.dialects.seam import Session
    from lockgate.testing.postgresql.server import Server
    from lockgate.urls.database_url import DatabaseUrl

# Foreign keys and triggers have nothing to say to rows that go as if they had never been; only a superuser, or who was granted
# it, may tell them so. The rest keeps the looking cheap and whole.
_SETTINGS: Final = (
    "SET session_replication_role = replica; SET row_security = off; SET synchronous_commit = off; SET jit = off;"
    " SET statement_timeout = 0; SET max_parallel_workers_per_gather = 0; SET search_path = pg_catalog"
)
_RENEWING_SECONDS = 10.0
_PAUSES = (0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128)


class Baseline(NamedTuple):
    """What a copy answers that no test has used."""

    questions: Questions
    answer: Answer


class Copy:
    """A database made of the template, with a session of its own, which keeps others from dropping it.

    `baseline` is what all copies of the template are like; without one, this copy is of use once.
    """

    def __init__(self, name: str, url: DatabaseUrl, session: Session) -> None:
        self.name, self.url = name, url
        self._session = session
        self._prepared: list[PreparedStatement] = []
        self.baseline: Baseline | None = None

    @classmethod
    async def make(cls, server: Server, template: str) -> Copy:
        """Make it.

        Raises:
            LockgateError: the server refuses, or cannot be reached.
        """
        name = server.new_name()
        try:
            await server.create(name, template)
            await server.copy_settings(template, name)
            return cls(name, server.url(name), await server.connect(server.url(name)))
        except BaseException:
            with anyio.CancelScope(shield=True):
                await server.drop(name)
            raise

    async def close(self) -> None:
        """End its session."""
        await self._session.close()

    async def learn(self) -> Baseline | None:
        """What it is like, before anybody has used it; None where traces could not be taken back exactly."""
        try:
            baseline = await self._learn()
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            return None  # no superuser, or a kind of table that has no versions of rows
        return baseline if baseline and baseline.questions.are_usable(baseline.answer) else None

    async def _learn(self) -> Baseline | None:
        driver = self._driver
        await driver.execute(_SETTINGS)
        if await driver.fetchval(OBSTACLES):
            return None
        self._prepared = []
        relations = [Relation(*row) for row in await driver.fetch(RELATIONS)]
        questions = Questions(relations, await driver.fetchval(NEXT_TRANSACTION))
        return Baseline(questions, await self._ask(questions))

    async def renew(self) -> bool:
        """Take back what a test has left; False where it is not surely as new, and has to be dropped."""
        try:
            with anyio.fail_after(_RENEWING_SECONDS):
                return self.baseline is not None and await self._alone() and await self._renew(self.baseline)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError, LockgateError):
            return False

    async def _alone(self) -> bool:
        """Whether the test's sessions have ended; the server hears of it a moment after the test."""
        for pause in (*_PAUSES, None):
            if not await self._driver.fetchval(OTHERS):
                return True
            if pause is not None:
                await anyio.sleep(pause)
        return False

    async def _renew(self, baseline: Baseline) -> bool:
        if not self._prepared:
            await self._driver.execute(_SETTINGS)
        traces = baseline.questions.traces(baseline.answer, await self._ask(baseline.questions))
        if traces is None:
            return False
        undoing, vacuum = baseline.questions.statements(traces)
        if undoing:
            await self._driver.execute(undoing)
        if vacuum:
            await self._driver.execute(vacuum)
        return True

    async def _ask(self, questions: Questions) -> Answer:
        if not self._prepared:
            self._prepared = [await self._driver.prepare(query) for query in questions.queries()]
        rows = [row for prepared in self._prepared for row in await prepared.fetch()]
        return {place: (one, other) for place, one, other in rows}

    @property
    def _driver(self) -> Connection:
        return self._session.driver  # type: ignore[no-any-return]

"""The gate, evaluated when an application starts: look, then run, wait, start or refuse."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final, NamedTuple

import anyio

from lockgate.errors import HistoryError, NotCurrent
from lockgate.events import StartAwaited, StartWarned
from lockgate.nouns.plans import State
from lockgate.nouns.starts import Gate
from lockgate.planning.starting import Policies, Step, next_step

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from lockgate.events import Listener
    from lockgate.gate import Permit
    from lockgate.nouns.plans import Drift
    from lockgate.nouns.reports import RunReport
    from lockgate.nouns.schema_reports import AutoReport

TIMES_AT_WORK: Final = 10
"""How many times as long a start waits while another process is at work, which is never one that has ended: its lock is gone.

A worker that gives up takes its server down, and with it the worker that migrates, whose migration the next start begins again.
"""
_SHORTEST, _LONGEST = 0.1, 2.0
_NO_MODELS = "Auto mode is permitted, and no models are named: it does nothing."


class Doors(NamedTuple):
    """What a start may do.

    Attributes:
        look: lay files and history side by side, in one query.
        holder: who holds the migration lock now; None where nobody does.
        up: apply what is pending.
        follow: bring the database to the models; None without models.
        empty: what to say where there are no migrations to compare; empty where there are some, or none are needed.
    """

    look: Callable[[], Awaitable[Drift]]
    holder: Callable[[], Awaitable[str | None]]
    up: Callable[[], Awaitable[RunReport]]
    follow: Callable[[], Awaitable[AutoReport]] | None
    empty: str = ""


class Opening:
    """One start; it waits for another process to apply what is pending.

    It waits for `seconds` in which nobody is at work on the database, and for ten times as long altogether.
    """

    def __init__(self, permit: Permit, policies: Policies, doors: Doors, emit: Listener, seconds: float) -> None:
        self._permit, self._policies, self._doors = permit, policies, doors
        self._emit, self._seconds = emit, seconds
        self._holder: str | None = None
        self._waited_seconds = 0.0

    async def open(self) -> Gate:
        """Do what the permit and the policies say.

        Raises:
            NotCurrent: migrations are pending, or the database is ahead, and the policy is to refuse, or nobody applied them
                in time.
            HistoryError: files and history have diverged.
            LockgateError: whatever a run raises.
        """
        if self._doors.empty:
            self._emit(StartWarned(self._doors.empty))
        drift, applied = await self._waited(await self._look()), None
        if self._step(drift) is Step.RUN or (self._doors.empty and self._permit.versioned):
            applied = await self._doors.up()
            drift = await self._look()  # newer code may have applied more meanwhile
        self._pass(drift)
        return Gate(drift.state, self._permit.reason, applied, await self._followed())

    def _step(self, drift: Drift) -> Step:
        pending = bool(drift.pending)
        return next_step(drift.state, self._policies, versioned=self._permit.versioned, pending=pending)

    async def _look(self) -> Drift:
        """Look; who has to leave what is pending to others wants to know whether somebody is at it."""
        drift, self._holder = await self._doors.look(), None
        if drift.state is not State.BEHIND or self._permit.versioned:
            return drift
        self._holder = await self._doors.holder()
        return drift if self._holder is None else drift._replace(state=State.LOCKED)

    async def _waited(self, drift: Drift) -> Drift:
        """Look again and again while there is something to wait for, and time left."""
        began, waited, until, pause = anyio.current_time(), 0.0, self._seconds, _SHORTEST
        told: set[str | None] = set()
        while self._step(drift) is Step.WAIT:
            if self._holder is not None:
                until = min(waited + self._seconds, self._seconds * TIMES_AT_WORK)
            if waited >= until:
                break
            if self._holder not in told:
                told.add(self._holder)
                self._tell_of_waiting(drift)
            await anyio.sleep(min(until - waited, pause * random.uniform(0.5, 1.5)))
            pause = min(_LONGEST, pause * 1.5)
            drift = await self._look()
            waited = anyio.current_time() - began
        self._waited_seconds = until
        return drift

    def _tell_of_waiting(self, drift: Drift) -> None:
        seconds = self._seconds * (1 if self._holder is None else TIMES_AT_WORK)
        self._emit(StartAwaited(tuple(source.name for source in drift.pending), seconds, self._holder))

    def _pass(self, drift: Drift) -> None:
        step = self._step(drift)
        if step is Step.WARN:
            self._emit(StartWarned(self._words(drift)))
        elif step is not Step.START:
            raise self._refusal(drift, step)

    async def _followed(self) -> AutoReport | None:
        if not self._permit.auto:
            return None
        if self._doors.follow is None:
            self._emit(StartWarned(_NO_MODELS))
            return None
        return await self._doors.follow()

    def _words(self, drift: Drift) -> str:
        details = "; ".join(one.detail for one in drift.problems)
        if drift.state is State.DIVERGED:
            return f"Files and history have diverged: {details}."
        if drift.state is State.AHEAD:
            return f"The database is ahead of this code: {details}."
        count = len(drift.pending)
        pending = f"{count} migrations are pending, the first of them" if count > 1 else "One migration is pending:"
        at_work = f", and {self._holder} is at work" if drift.state is State.LOCKED else ""
        return f"{pending} {drift.pending[0].name}{at_work}{f' ({details})' if details else ''}."

    def _refusal(self, drift: Drift, step: Step) -> HistoryError | NotCurrent:
        waited = f" Nobody changed that within {round(self._waited_seconds, 1):g} s." if step is Step.WAIT else ""
        words = f"{self._words(drift)}{waited} The start is refused."
        if drift.state is State.DIVERGED:
            hint = "Bring the files back as they were applied, or accept them as they are with `lockgate repair`."
            return HistoryError(words, problems=drift.problems, hint=hint)
        if drift.state is State.AHEAD:
            return NotCurrent(
                words, hint='Deploy the code that they belong to, or let older code start: on_ahead="start".'
            )
        return NotCurrent(
            words, hint="FORCE_MIGRATION=true lets a start apply them; `lockgate up --force` does it by hand."
        )

"""The gate, evaluated when an application starts: look, then run, wait, start or refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

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

_SHORTEST, _LONGEST = 0.1, 2.0
_NO_MODELS = "Auto mode is permitted, and no models are named: it does nothing."


class Doors(NamedTuple):
    """What a start may do: look at files and history, apply what is pending, follow the models (None without models)."""

    look: Callable[[], Awaitable[Drift]]
    up: Callable[[], Awaitable[RunReport]]
    follow: Callable[[], Awaitable[AutoReport]] | None


class Opening:
    """One start; it waits at most `seconds` for another replica to apply what is pending."""

    def __init__(self, permit: Permit, policies: Policies, doors: Doors, emit: Listener, seconds: float) -> None:
        self._permit, self._policies, self._doors = permit, policies, doors
        self._emit, self._seconds = emit, seconds

    async def open(self) -> Gate:
        """Do what the permit and the policies say.

        Raises:
            NotCurrent: migrations are pending, or the database is ahead, and the policy is to refuse, or nobody applied them
                in time.
            HistoryError: files and history have diverged.
            LockgateError: whatever a run raises.
        """
        drift, applied = await self._doors.look(), None
        step = self._step(drift)
        if step is Step.WAIT:
            drift = await self._waited(drift)
            step = self._step(drift)
        if step is Step.RUN:
            applied = await self._doors.up()
            drift = drift._replace(pending=(), state=State.CURRENT)
        elif step in {Step.REFUSE, Step.WAIT}:
            raise _refusal(drift, self._seconds if step is Step.WAIT else None)
        elif step is Step.WARN:
            self._emit(StartWarned(_words(drift)))
        return Gate(drift.state, self._permit.reason, applied, await self._followed())

    def _step(self, drift: Drift) -> Step:
        return next_step(drift.state, self._policies, versioned=self._permit.versioned)

    async def _waited(self, drift: Drift) -> Drift:
        """Look again and again while there is something to wait for."""
        self._emit(StartAwaited(tuple(source.name for source in drift.pending), self._seconds))
        pause = _SHORTEST
        with anyio.move_on_after(self._seconds):
            while self._step(drift) is Step.WAIT:
                await anyio.sleep(pause)
                pause = min(_LONGEST, pause * 1.5)
                drift = await self._doors.look()
        return drift

    async def _followed(self) -> AutoReport | None:
        if not self._permit.auto:
            return None
        if self._doors.follow is None:
            self._emit(StartWarned(_NO_MODELS))
            return None
        return await self._doors.follow()


def _words(drift: Drift) -> str:
    if drift.state is State.DIVERGED:
        return f"Files and history have diverged: {'; '.join(one.detail for one in drift.problems)}."
    if drift.state is State.AHEAD:
        return f"The database is ahead of this code: {'; '.join(one.detail for one in drift.problems)}."
    count, first = len(drift.pending), drift.pending[0].name if drift.pending else "none"
    return f"{count} migration{'s are' if count != 1 else ' is'} pending, the first of them {first}."


def _refusal(drift: Drift, waited: float | None) -> HistoryError | NotCurrent:
    if drift.state is State.DIVERGED:
        return HistoryError(
            _words(drift), problems=drift.problems, hint="`lockgate status` shows all; `repair` accepts."
        )
    nobody = f" Nobody applied them within {waited:g} s." if waited is not None else ""
    hint = "FORCE_MIGRATION=true lets this application apply them; so does `lockgate up --force`."
    return NotCurrent(f"{_words(drift)}{nobody}", hint="" if drift.state is State.AHEAD else hint)

"""Expand and contract: which phase a migration says it belongs to, read from its text, and what a phase may run."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from lockgate.errors import MigrationFileError, NotCurrent, SettingsError
from lockgate.nouns.plans import Drift, State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockgate.nouns.migrations import Source

_MARKER: Final = re.compile(r"^[ \t]*--[ \t]*migrate:up\b[^\n]*?\bphase:(\w+)", re.MULTILINE)
_WAITS: Final = "Finish that first: `lockgate backfill`, then `lockgate up --phase contract`."


class Phase(StrEnum):
    """When a migration runs: before the new code is there, or when the old code is gone."""

    EXPAND = "expand"
    CONTRACT = "contract"


def phase_of(source: Source) -> Phase:
    """A migration's phase; one that says none expands. No code of it is run.

    Raises:
        MigrationFileError: it says something else.
    """
    said = _said(source)
    if said is None:
        return Phase.EXPAND
    if not isinstance(said, str) or said not in set(Phase):
        raise MigrationFileError(f"{source.origin}: phase is expand or contract, not {said!r}.", path=source.origin)
    return Phase(said)


def check_phase(source: Source, migrator: type) -> None:
    """Check that what its class says is what could be read from its text, by which it was planned.

    Raises:
        MigrationFileError: it is not: it is inherited, or computed.
    """
    found = getattr(migrator, "phase", None)
    if found is not None and found != phase_of(source):
        raise MigrationFileError(
            f"{source.origin}: phase is {found!r} only when the file is run, and was taken for {phase_of(source).value}."
            " Nothing was run.",
            path=source.origin,
            hint='Write it out in the class, phase = "contract": a phase is read before any code is run.',
        )


def _said(source: Source) -> object:
    if source.migrator is not None:
        return getattr(source.migrator, "phase", None)
    if "phase" not in source.text:
        return None
    if source.origin.lower().endswith(".sql"):
        marker = _MARKER.search(source.text)
        return marker[1] if marker else None
    return _said_in_python(source)


def _said_in_python(source: Source) -> object:
    """What `phase = "…"` in a class says; a file that cannot be read is told of when it is loaded."""
    import ast  # noqa: PLC0415 - few migrations say it

    try:
        tree = ast.parse(source.text)
    except SyntaxError:
        return None
    for statement in (one for found in tree.body if isinstance(found, ast.ClassDef) for one in found.body):
        match statement:
            case ast.Assign(targets=[ast.Name(id="phase")], value=ast.Constant(value=value)):
                return value
            case ast.AnnAssign(target=ast.Name(id="phase"), value=ast.Constant(value=value)):
                return value
    return None


def of_phase(pending: Sequence[Source], wanted: str | None) -> tuple[Source, ...]:
    """What of all that is pending, in order, a phase runs: all that comes before the first of the other phase.

    Raises:
        SettingsError: there is no such phase.
        NotCurrent: something of this phase comes behind one of the other, which has to go first.
    """
    if wanted is None:
        return tuple(pending)
    if wanted not in set(Phase):
        raise SettingsError(f"phase takes expand or contract, not {wanted!r}.")
    phases = [phase_of(source) for source in pending]
    other = next((place for place, phase in enumerate(phases) if phase != wanted), len(phases))
    behind = next((place for place in range(other, len(phases)) if phases[place] == wanted), None)
    if behind is not None:
        first, last = pending[other].name, pending[behind].name
        before = f" `lockgate up --to {pending[other - 1].name}` applies what comes before both." if other else ""
        way = _WAITS if wanted == Phase.EXPAND else "Apply that first: `lockgate up --phase expand`."
        raise NotCurrent(
            f"{last} ({wanted}) waits for {first} ({phases[other].value}), which comes first. Nothing was run.",
            hint=f"{way}{before}",
        )
    return tuple(pending[:other])


def first_contract(planned: Sequence[Source]) -> str | None:
    """The name of the first that contracts."""
    return next((source.name for source in planned if phase_of(source) is Phase.CONTRACT), None)


def waiting_words(contract: str, unfinished: Sequence[str]) -> str:
    """What one that contracts waits for."""
    are = "is" if len(unfinished) == 1 else "are"
    return f"{contract} contracts, and has to wait: {', '.join(unfinished)} {are} not finished."


def without_contracts(drift: Drift) -> Drift:
    """How things stand for code that serves: where all that is pending contracts, it has what it needs."""
    if drift.state is not State.BEHIND or any(phase_of(source) is Phase.EXPAND for source in drift.pending):
        return drift
    return Drift((), drift.problems, State.CURRENT)

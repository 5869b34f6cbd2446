"""Files and history laid side by side: pure, no database, no disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lockgate.nouns.history import History
from lockgate.nouns.layouts import Layout
from lockgate.nouns.plans import Drift, Problem, ProblemKind, State
from lockgate.planning.alembic_graph import are_newer, overtaken
from lockgate.planning.baselines import applied_names, known_hashes, lacking, standing
from lockgate.planning.namespaces import apart
from lockgate.planning.versions import place_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lockgate.nouns.migrations import Place, Source
    from lockgate.planning.namespaces import Part

_DIVERGING = frozenset({ProblemKind.EDITED, ProblemKind.MISSING, ProblemKind.HALF_REPLACED})


def compare(sources: Sequence[Source], history: History, *, locked: bool = False) -> Drift:
    """Lay sorted files beside the history; `locked` says that another runner is at it now."""
    applied = applied_names(sources, set(history.names))
    again = _changed(sources, history)
    pending = tuple(source for source in sources if source.name not in applied or source.name in again)
    half = tuple(_half_replaced(pending, history))
    unsettled = [source for source in pending if source.name not in {one.name for one in half}]
    parts = apart(sources, history)
    unknown = [problem for part in parts for problem in _unknown(part, pending, is_all=not sources or len(parts) == 1)]
    late = [problem for part in parts for problem in _out_of_order(unsettled, part)]
    problems = (*_edited(sources, history), *unknown, *half, *late)
    return Drift(pending, problems, _state(pending, problems, locked=locked))


def _state(pending: Sequence[Source], problems: Sequence[Problem], *, locked: bool) -> State:
    kinds = {problem.kind for problem in problems}
    if kinds & _DIVERGING:
        return State.DIVERGED
    if locked:
        return State.LOCKED
    if pending:
        return State.BEHIND
    return State.AHEAD if ProblemKind.AHEAD in kinds else State.CURRENT


def _edited(sources: Sequence[Source], history: History) -> Iterator[Problem]:
    now = known_hashes([source for source in sources if not source.repeatable])
    for row in history:
        if now.get(row.name, row.hash) != row.hash:
            detail = f"{row.name} was edited after it was applied: {row.hash[:12]} then, {now[row.name][:12]} now"
            yield Problem(ProblemKind.EDITED, row.name, detail)


def _unknown(part: Part, pending: Sequence[Source], *, is_all: bool) -> Iterator[Problem]:
    namespace, sources, history = part
    names = known_hashes(sources)
    unknown = [row for row in history if row.name not in names]
    if not unknown:
        return
    last = max((source.order for source in sources if not source.repeatable), default=_FIRST)
    layout = layout_of(sources)
    # Newer code would have applied a revision that is pending here before its own.
    ahead = (
        are_newer({row.name for row in unknown}, history.names)
        and not any(source.revision and source.namespace == namespace for source in pending)
        if layout is Layout.ALEMBIC
        else all(place_of(row.name, layout, namespace) > last for row in unknown)
    )
    # A namespace that is new to these files is newer code's; that of the application is everybody's.
    ahead = ahead and (bool(sources or namespace) or is_all)
    for row in unknown:
        if ahead:
            yield Problem(ProblemKind.AHEAD, row.name, f"{row.name} is applied, and newer than every file here")
        else:
            yield Problem(ProblemKind.MISSING, row.name, f"{row.name} is applied, but its file is gone")


def _half_replaced(pending: Sequence[Source], history: History) -> Iterator[Problem]:
    recorded = set(history.names)
    for source in pending:
        if source.replaces and standing([source], recorded):
            left = ", ".join(lacking(source.replaces, recorded))
            detail = f"{source.name} stands for migrations of which some are applied, and {left} not"
            yield Problem(ProblemKind.HALF_REPLACED, source.name, detail)


def _out_of_order(unsettled: Sequence[Source], part: Part) -> Iterator[Problem]:
    namespace, sources, history = part
    pending = [source for source in unsettled if source.namespace == namespace]
    if not pending:
        return
    here, layout = {source.name: source.order for source in sources}, layout_of(sources)
    if layout is Layout.ALEMBIC:
        for source, later in overtaken(pending, sources, frozenset(history.names)):
            detail = f"{source.name} is pending, but {later}, which comes after it, is applied"
            yield Problem(ProblemKind.OUT_OF_ORDER, source.name, detail)
        pending = [source for source in pending if not source.revision]
        history = History(tuple(row for row in history if row.name in here))
    places = (here.get(row.name) or place_of(row.name, layout, namespace) for row in history)
    newest = max((place for place in places if not place[0]), default=_FIRST)
    for source in pending:
        if source.order < newest:
            detail = f"{source.name} is pending, but {newest[-1]}, which sorts after it, is applied"
            yield Problem(ProblemKind.OUT_OF_ORDER, source.name, detail)


def is_done(source: Source, recorded: str | None) -> bool:
    """Whether a migration of which this hash is on record need not run: what is repeatable must have the file's own."""
    return recorded is not None and (not source.repeatable or recorded == source.hash)


def _changed(sources: Sequence[Source], history: History) -> set[str]:
    """The names of those that are on record and run again."""
    repeatable = {source.name: source for source in sources if source.repeatable}
    return {row.name for row in history if row.name in repeatable and not is_done(repeatable[row.name], row.hash)}


def layout_of(sources: Sequence[Source]) -> Layout:
    """The tool whose names a folder has; a few may be written in Lockgate's own way since."""
    return next((source.layout for source in sources if source.layout is not Layout.LOCKGATE), Layout.LOCKGATE)


_FIRST: Final[Place] = False, (-1,), ""

"""Files and history laid side by side: pure, no database, no disk."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lockgate.nouns.plans import Drift, Problem, ProblemKind, State
from lockgate.planning.names import stem_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lockgate.nouns.history import Applied, History
    from lockgate.nouns.migrations import Source

_DIVERGING = frozenset({ProblemKind.EDITED, ProblemKind.MISSING})


def compare(sources: Sequence[Source], history: History, *, locked: bool = False) -> Drift:
    """Lay sorted files beside the history; `locked` says that another runner is at it now."""
    recorded = set(history.names)
    pending = tuple(source for source in sources if source.name not in recorded)
    problems = (*_edited(sources, history), *_unknown(sources, history), *_out_of_order(pending, history))
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
    now = {source.name: source.hash for source in sources}
    for row in history:
        if now.get(row.name, row.hash) != row.hash:
            detail = f"{row.name} was edited after it was applied: {row.hash[:12]} then, {now[row.name][:12]} now"
            yield Problem(ProblemKind.EDITED, row.name, detail)


def _unknown(sources: Sequence[Source], history: History) -> Iterator[Problem]:
    names = {source.name for source in sources}
    unknown = [row for row in history if row.name not in names]
    if not unknown:
        return
    last = max((source.order for source in sources), default=(-1, ""))
    ahead = all(recorded_order(row) > last for row in unknown)
    for row in unknown:
        if ahead:
            yield Problem(ProblemKind.AHEAD, row.name, f"{row.name} is applied, and newer than every file here")
        else:
            yield Problem(ProblemKind.MISSING, row.name, f"{row.name} is applied, but its file is gone")


def _out_of_order(pending: Sequence[Source], history: History) -> Iterator[Problem]:
    if not pending:
        return
    newest = max((recorded_order(row) for row in history), default=(-1, ""))
    for source in pending:
        if source.order < newest:
            detail = f"{source.name} is pending, but {newest[1]}, which sorts after it, is applied"
            yield Problem(ProblemKind.OUT_OF_ORDER, source.name, detail)


def recorded_order(row: Applied) -> tuple[int, str]:
    """What a recorded name is sorted by, file or no file; a name without a number sorts first."""
    digits = re.match(r"[0-9]+", stem_of(row.name))
    return (int(digits[0]) if digits else -1), row.name

"""A branch's files beside those of the branch that it will be merged into, which count as applied. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from lockgate.nouns.history import Applied, History
from lockgate.nouns.layouts import Layout
from lockgate.nouns.migrations import Order
from lockgate.nouns.plans import Problem, ProblemKind
from lockgate.planning.drift import compare

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lockgate.nouns.migrations import Source

_EARLY: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Branch(NamedTuple):
    """The branch that others are merged into, by its name: its files now, and those it had where this one left it."""

    name: str
    tip: Sequence[Source]
    left: Sequence[Source]


def disagreements(sources: Sequence[Source], branch: Branch, order: Order | str) -> tuple[Problem, ...]:
    """What the sorted sources have edited, lost, or put before what the branch has.

    What the branch has got since is not missing here, nor edited here where the branch has edited it.
    """
    left, tip = _hashes(branch.left), _hashes(branch.tip)
    twins = tuple(_twins(sources, branch, left))
    found = [*_of_history(sources, {**tip, **left}, branch.name)]
    here = _hashes(sources)
    kept = [
        one
        for one in found
        if one.name not in {twin.name for twin in twins}
        and (one.kind is not ProblemKind.EDITED or here.get(one.name) != tip.get(one.name))
        and (one.kind is not ProblemKind.MISSING or (one.name in left and one.name in tip))
        and (one.kind is not ProblemKind.OUT_OF_ORDER or order != Order.ANY)
    ]
    return (*kept, *twins)


def _of_history(sources: Sequence[Source], hashes: dict[str, str], branch: str) -> Iterator[Problem]:
    rows = (Applied(number, name, hashes[name], _EARLY, 1) for number, name in enumerate(hashes, 1))
    for problem in compare(sources, History(tuple(rows))).problems:
        # A history may be ahead of the files of an older release; a branch that lacks a file has removed it.
        kind = ProblemKind.MISSING if problem.kind is ProblemKind.AHEAD else problem.kind
        yield Problem(kind, problem.name, f"{problem.name} {_WORDS[kind].format(branch)}")


def _twins(sources: Sequence[Source], branch: Branch, left: dict[str, str]) -> Iterator[Problem]:
    """What is new on both under one number, of which git sees no conflict."""
    names = {source.name for source in sources}
    theirs = {_version(one): one.name for one in branch.tip if one.name not in left and one.name not in names}
    for source in sources:
        twin = theirs.get(_version(source))
        if twin and source.name not in left and not source.repeatable and source.layout is Layout.LOCKGATE:
            detail = f"{source.name} has the number {source.number}, which {twin} has on {branch.name}"
            yield Problem(ProblemKind.SHARED_VERSION, source.name, detail)


def _version(source: Source) -> tuple[str, int, tuple[int, ...]]:
    return source.namespace, source.number, source.parts


def _hashes(sources: Sequence[Source]) -> dict[str, str]:
    return {source.name: source.hash for source in sources}


_WORDS: Final = {
    ProblemKind.EDITED: "is on {} with another text",
    ProblemKind.MISSING: "is on {}, but its file is gone",
    ProblemKind.OUT_OF_ORDER: "is new, but would run before migrations that are on {} already",
    ProblemKind.HALF_REPLACED: "stands for migrations of which some are on {}, and others not",
}

"""Which migrations a run would take, and whether anything forbids it: pure, no database, no disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockgate.errors import HistoryError, Irreversible, SettingsError
from lockgate.nouns.migrations import Direction, Order, Source
from lockgate.nouns.plans import Drift, Plan, Problem, ProblemKind, Selection
from lockgate.planning.alembic_graph import find, up_to
from lockgate.planning.baselines import standing
from lockgate.planning.drift import compare
from lockgate.planning.phases import of_phase
from lockgate.planning.programs import refuse_programs
from lockgate.planning.renumbering import way_to_the_end

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockgate.nouns.history import Applied, History

_REMEDIES = {
    ProblemKind.EDITED: "Undo the edit and write a new migration, or accept the file as it is now with `lockgate repair`.",
    ProblemKind.MISSING: "Bring the file back, or forget that it was applied with `lockgate repair`.",
    ProblemKind.AHEAD: "Newer code has applied it: run this with that code's files.",
    ProblemKind.HALF_REPLACED: "Bring this database up with the release before the one that replaced them; then use this one.",
}


def plan_up(sources: Sequence[Source], history: History, selection: Selection, order: Order) -> Plan:
    """What `up` would apply.

    Raises:
        HistoryError: files and history disagree.
        MigrationFileError: one is a program that only its own tool can run.
        NotCurrent: what the phase would run waits for one of the other phase.
        SettingsError: the selection means no migration, or is not one of up's.
    """
    check_selection(selection, Direction.UP)
    if not sources and len(history):
        raise HistoryError(
            f"There is no migration here, but {len(history)} are applied.",
            hint="Is this the right folder, and was it copied to this machine? --directory or LOCKGATE_DIRECTORY names it.",
        )
    drift = compare(sources, history)
    refuse(judge_up(drift, order), sources)
    chosen = of_phase(_first(sources, drift, selection), selection.phase)
    refuse_programs(chosen)
    return Plan(Direction.UP, chosen, history.last_batch + 1 if chosen else None)


def judge_up(drift: Drift, order: Order) -> tuple[Problem, ...]:
    """The problems that forbid applying anything; that newer code has applied more forbids nothing by itself."""
    tolerated = {ProblemKind.AHEAD} | ({ProblemKind.OUT_OF_ORDER} if order is Order.ANY else set())
    return tuple(problem for problem in drift.problems if problem.kind not in tolerated)


def _first(sources: Sequence[Source], drift: Drift, selection: Selection) -> tuple[Source, ...]:
    if selection.steps is not None:
        return drift.pending[: selection.steps]
    if selection.to is None:
        return drift.pending
    name = find(selection.to, [source.name for source in sources], sources)
    if (needed := up_to(name, sources)) is not None:
        return tuple(source for source in drift.pending if source.name in needed)
    names = [source.name for source in sources]
    until = set(names[: names.index(name) + 1])
    return tuple(source for source in drift.pending if source.name in until)


def plan_down(sources: Sequence[Source], history: History, selection: Selection) -> Plan:
    """What `down` would roll back, newest first.

    Raises:
        HistoryError: one of them was edited, or has no file.
        Irreversible: a baseline stands for one of them.
        SettingsError: the selection means no migration, or is not one of down's.
    """
    check_selection(selection, Direction.DOWN)
    rows = _newest(sources, history, selection)
    by_name = {source.name: source for source in sources}
    chosen = {row.name for row in rows}
    refuse(tuple(p for p in compare(sources, history).problems if p.name in chosen), sources)
    _refuse_replaced(sources, chosen - by_name.keys())
    migrations = tuple(by_name[row.name] for row in rows)
    return Plan(Direction.DOWN, migrations, max((row.batch_no for row in rows), default=None), rows)


def _refuse_replaced(sources: Sequence[Source], names: set[str]) -> None:
    baselines = standing(sources, names)
    if baselines:
        raise Irreversible(
            f"{', '.join(sorted(names))} can no longer be rolled back: {next(iter(baselines.values())).name} replaced them;"
            " nothing was rolled back.",
            names=sorted(names),
            hint="Roll back only what came after it (`down --to`).",
        )


def _newest(sources: Sequence[Source], history: History, selection: Selection) -> tuple[Applied, ...]:
    newest_first = history.rows[::-1]
    if selection.everything:
        return newest_first
    if selection.steps is not None:
        return newest_first[: selection.steps]
    if selection.to is not None:
        return newest_first[: _place_of(selection.to, sources, newest_first)]
    batch = history.last_batch if selection.batch is None else selection.batch
    if selection.batch is not None and selection.batch not in {row.batch_no for row in history}:
        raise SettingsError(f"There is no batch {selection.batch}.", hint="`lockgate history` lists the batches.")
    return tuple(row for row in newest_first if row.batch_no == batch)


def _place_of(wanted: str, sources: Sequence[Source], rows: Sequence[Applied]) -> int:
    """Where the row stands that is meant; of a baseline without one, the newest of those that it replaced."""
    names = [row.name for row in rows]
    baselines = standing(sources, names)
    stands_for = {one: source.name for one, source in baselines.items() if source.name not in names}
    called = [stands_for.get(name, name) for name in names]
    if wanted in names:
        return names.index(wanted)
    try:
        return called.index(find(wanted, called, sources))
    except SettingsError:
        pending = find(wanted, [*called, *(source.name for source in sources)], sources)
        raise SettingsError(f"{pending} is not applied here.", hint="`lockgate history` lists what is.") from None


def is_below(sources: Sequence[Source], history: History, to: str) -> bool:
    """Whether a database has not come as far as a migration, so that there is nothing of it to be rolled back to there.

    Raises:
        SettingsError: there is no such migration.
    """
    name = find(to, [source.name for source in sources], sources)
    before = {source.name for source in sources[: [source.name for source in sources].index(name)]}
    return all(row.name in before for row in history)


def plan_stamp(sources: Sequence[Source], history: History, name: str) -> Plan:
    """What `stamp` would record: everything of its namespace up to `name` that is not recorded.

    Raises:
        SettingsError: there is no such migration.
    """
    drift = compare(sources, history)
    meant = find(name, [source.name for source in sources], sources)
    namespace = next(source.namespace for source in sources if source.name == meant)
    chosen = tuple(one for one in _first(sources, drift, Selection(to=meant)) if one.namespace == namespace)
    return Plan(Direction.UP, chosen, history.last_batch + 1 if chosen else None)


def check_selection(selection: Selection, direction: Direction) -> None:
    """Check that the ways of choosing exclude each other, and that numbers are at least 1.

    Raises:
        SettingsError: says which two exclude each other, or which number is too small.
    """
    ways = {"to": selection.to, "steps": selection.steps, "batch": selection.batch, "all": selection.everything or None}
    given = [way for way, value in ways.items() if value is not None]
    if len(given) > 1:
        raise SettingsError(f"{' and '.join(given)} exclude each other: choose one.")
    if direction is Direction.UP and given and given[0] in {"batch", "all"}:
        raise SettingsError(f"{given[0]} chooses what to roll back; up takes to or steps.")
    for way in ("steps", "batch"):
        number = ways[way]
        if isinstance(number, int) and number < 1:
            raise SettingsError(f"{way} must be 1 or more.")


def refuse(problems: Sequence[Problem], sources: Sequence[Source]) -> None:
    """Raise what stands in the way, if anything does.

    Raises:
        HistoryError: lists each problem, and a remedy for each kind.
    """
    if not problems:
        return
    listed = "\n".join(f"  - {problem.detail}" for problem in problems)
    remedies = dict.fromkeys(filter(None, (_remedy(problem, sources) for problem in problems)))
    raise HistoryError(f"Files and history disagree:\n{listed}", problems=problems, hint="\n".join(remedies))


def _remedy(problem: Problem, sources: Sequence[Source]) -> str:
    if problem.kind is ProblemKind.OUT_OF_ORDER:
        return f"{way_to_the_end(problem.name, sources)}, or set LOCKGATE_ORDER=any."
    return _REMEDIES.get(problem.kind, "")

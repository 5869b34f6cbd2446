"""Another tool's history becomes rows of Lockgate's own: pure, no database, no disk."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from lockgate.errors import HistoryError
from lockgate.nouns.adoption import Adopted, Tool
from lockgate.nouns.history import Applied, History
from lockgate.nouns.plans import Problem, ProblemKind
from lockgate.nouns.reports import AdoptReport
from lockgate.planning.alembic_graph import ancestors
from lockgate.planning.drift import compare, layout_of
from lockgate.planning.foreign_checksums import is_another_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lockgate.nouns.adoption import ForeignHistory, Kept
    from lockgate.nouns.migrations import Source

_LISTED: Final = 10
_MENDING: Final = {
    Tool.GOLANG_MIGRATE: "say so with `migrate force {0}` where it is done, or `migrate force` and the version before where it"
    " is undone",
    Tool.FLYWAY: "take the row back with `flyway repair`",
    Tool.SQLX: "UPDATE its row in {1} to success = true where it is done, or DELETE it where it is undone",
}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class _Match(NamedTuple):
    """A file that the other tool has applied, and what its table says of it."""

    source: Source
    kept: Kept | None


def plan_adoption(
    foreign: ForeignHistory, sources: Sequence[Source], history: History, *, skip_unknown: bool = False
) -> AdoptReport:
    """The rows that are missing from `history`, and what is to be said of them.

    The files are taken as they are now: a checksum that differs is a problem that is told, and hinders nothing. With
    `skip_unknown`, versions whose files are gone are left behind.

    Raises:
        HistoryError: a migration is recorded as failed half-way, or has no file here.
    """
    _refuse_failed(foreign)
    matches, unknown = _matched(foreign, sources)
    if unknown and not (skip_unknown and foreign.tool is not Tool.ALEMBIC):
        raise _unknown(foreign, unknown)
    recorded = set(history.names)
    rows = tuple(
        Adopted(one.source.name, one.source.hash, one.kept.applied_at if one.kept else None)
        for one in matches
        if one.source.name not in recorded
    )
    after = compare(sources, _with(history, rows))
    problems = (
        *_left_behind(foreign, unknown),
        *_shared(foreign, matches),
        *_edited(foreign, matches),
        *after.problems,
    )
    return AdoptReport(
        tool=foreign.tool,
        table=foreign.table,
        batch_no=history.last_batch + 1 if rows else None,
        adopted=rows,
        pending=after.pending,
        problems=problems,
    )


def _refuse_failed(foreign: ForeignHistory) -> None:
    if not foreign.failed:
        return
    which = ", ".join(foreign.failed)
    mending = _MENDING[foreign.tool].format(foreign.failed[-1], foreign.table)
    raise HistoryError(
        f"{foreign.table} has {which} as failed half-way, so it cannot be told what the database holds. Nothing was adopted.",
        hint=f"Look what {which} has done, finish or undo it by hand, and {mending}; then adopt.",
    )


def _matched(foreign: ForeignHistory, sources: Sequence[Source]) -> tuple[list[_Match], list[Kept]]:
    """The applied files, in their order, and the records that have none."""
    if foreign.tool is Tool.ALEMBIC:
        return _matched_revisions(foreign, sources)
    # What stands beside another tool's files in Lockgate's own way has numbers of its own.
    layout = layout_of(sources)
    sources = [source for source in sources if source.layout is layout]
    by_version = {one.version: one for one in foreign.applied if one.version is not None}
    by_description = {one.description: one for one in foreign.applied if one.version is None}
    matches = list[_Match]()
    for source in sources:
        version = (source.number, *source.parts)
        kept = by_description.get(_description(source)) if source.repeatable else by_version.get(version)
        if source.repeatable and kept and is_another_text(foreign.tool, kept, source.text):
            continue  # the other tool would run it again as well
        covered = not source.repeatable and foreign.through is not None and version <= foreign.through
        if kept or covered:
            matches.append(_Match(source, kept))
    return matches, _without_files(foreign, sources)


def _without_files(foreign: ForeignHistory, sources: Sequence[Source]) -> list[Kept]:
    versions = {(source.number, *source.parts) for source in sources if not source.repeatable}
    descriptions = {_description(source) for source in sources if source.repeatable}
    there = (
        one.version in versions if one.version is not None else one.description in descriptions
        for one in foreign.applied
    )
    return [one for one, is_there in zip(foreign.applied, there, strict=True) if not is_there]


def _description(source: Source) -> str:
    """What Flyway calls a repeatable migration."""
    return source.name.removeprefix("R__").rpartition(".")[0].replace("_", " ")


def _matched_revisions(foreign: ForeignHistory, sources: Sequence[Source]) -> tuple[list[_Match], list[Kept]]:
    names = {source.revision: source.name for source in sources if source.revision}
    unknown = [one for one in foreign.applied if one.said not in names]
    applied = ancestors([names[one.said] for one in foreign.applied if one.said in names], sources)
    return [_Match(source, None) for source in sources if source.name in applied], unknown


def _unknown(foreign: ForeignHistory, unknown: Sequence[Kept]) -> HistoryError:
    listed = ", ".join(_called(one) for one in unknown[:_LISTED])
    more = f" and {len(unknown) - _LISTED} more" if len(unknown) > _LISTED else ""
    skip = (
        ""
        if foreign.tool is Tool.ALEMBIC
        else " Where the files are gone for good, `--skip-unknown` adopts the others and leaves these behind."
    )
    return HistoryError(
        f"{foreign.table} has migrations as applied that have no file here: {listed}{more}. Nothing was adopted.",
        hint=f"Is this the right folder, and as new as the database? --directory names another.{skip}",
    )


def _called(kept: Kept) -> str:
    return f"{kept.said} ({kept.description})" if kept.description not in {"", kept.said} else kept.said


def _with(history: History, rows: Sequence[Adopted]) -> History:
    """The history as it will be."""
    new = (Applied(0, row.name, row.hash, row.applied_at or _EPOCH, 0) for row in rows)
    return History((*history.rows, *new))


def _left_behind(foreign: ForeignHistory, unknown: Sequence[Kept]) -> Iterator[Problem]:
    for one in unknown:
        yield Problem(
            ProblemKind.MISSING, one.said, f"{foreign.table} has {_called(one)}, whose file is gone: left behind"
        )


def _shared(foreign: ForeignHistory, matches: Sequence[_Match]) -> Iterator[Problem]:
    by_version = dict[tuple[int, ...], list[str]]()
    for one in matches:
        if not one.source.repeatable and foreign.tool is not Tool.ALEMBIC:
            by_version.setdefault((one.source.number, *one.source.parts), []).append(one.source.name)
    for names in by_version.values():
        if len(names) > 1:
            detail = f"{' and '.join(names)} have one version, for which {foreign.table} has one row: all are taken for applied"
            yield Problem(ProblemKind.SHARED_VERSION, names[-1], detail)


def _edited(foreign: ForeignHistory, matches: Sequence[_Match]) -> Iterator[Problem]:
    for source, kept in matches:
        if kept and not source.name.endswith(".rs") and is_another_text(foreign.tool, kept, source.text):
            detail = f"{source.name} was edited after {foreign.tool} applied it; it is taken as it is now"
            yield Problem(ProblemKind.EDITED, source.name, detail)

"""Rules about a migration as a whole: its way back, its phase, and what of the schema it leaves."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lockgate.diffing.postgresql_names import quoted
from lockgate.linting.kinds import Act, Kind, is_called
from lockgate.linting.rules import RULES
from lockgate.linting.scene import is_partitioned
from lockgate.nouns.findings import Finding
from lockgate.nouns.flavours import Flavour
from lockgate.nouns.migrations import Direction, Source
from lockgate.nouns.schema import Constraint, ConstraintKind, Name, Table
from lockgate.planning.phases import Phase, phase_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lockgate.linting.scene import Scene, Seen
    from lockgate.nouns.rehearsals import Rehearsed

_LATER: Final = re.compile(r"\.backfill\(\s*[\"']([\w.]+)[\"'].*?\blater\s*=\s*True", re.DOTALL)
_GOING: Final = {
    Kind.DROP_COLUMN: "the column {1} of {0} goes",
    Kind.RENAME_COLUMN: "the column {1} of {0} gets another name",
    Kind.DROP_TABLE: "{0} goes",
    Kind.RENAME_TABLE: "{0} gets another name",
}
_OF_COLUMNS: Final = {Kind.DROP_COLUMN, Kind.RENAME_COLUMN}


def of_migrations(scene: Scene, statements: Sequence[Seen]) -> Iterator[Finding]:
    """What is wrong with the migrations of the run."""
    if scene.rehearsal.direction is Direction.UP:
        yield from _irreversible(scene)
        yield from _unrestored(scene)
    yield from _without_index(scene, statements)
    yield from _contracting(scene, statements)


def contracts(migration: Rehearsed) -> bool:
    """Whether it says that it runs when the old code is gone."""
    return phase_of(Source(migration.name, 0, "", migration.text, path=migration.path)) is Phase.CONTRACT


def _found(rule: str, migration: Rehearsed, what: str, table: Name | None = None) -> Finding:
    known = RULES[rule]
    return Finding(
        rule, known.severity, migration.name, migration.path, what, known.advice, known.link, line=None, table=table
    )


def _irreversible(scene: Scene) -> Iterator[Finding]:
    for one in scene.rehearsal.migrations:
        if not one.reversible:
            yield _found("no-down", one, f"{one.name} has no down: it cannot be rolled back.")


def _unrestored(scene: Scene) -> Iterator[Finding]:
    """Each difference by the last migration that speaks of what differs."""
    by_migration: dict[str, list[str]] = {}
    for one in scene.rehearsal.unrestored or ():
        migrations = scene.rehearsal.migrations
        parts = [(one.owner or one.name).rpartition(".")[2], *([one.part] if one.part else [])]
        owner, *part = (re.compile(rf"\b{re.escape(name)}\b", re.IGNORECASE) for name in parts)
        of_owner = [m for m in reversed(migrations) if _speaks(m, owner)] or [migrations[-1]]
        about = next((m for m in of_owner if all(_speaks(m, word) for word in part)), of_owner[0])
        by_migration.setdefault(about.name, []).append(f"{one.kind} {one.name}: {one.detail}")
    for migration in scene.rehearsal.migrations:
        if migration.name in by_migration:
            what = f"Rolling {migration.name} back leaves another schema: {'; '.join(by_migration[migration.name])}."
            yield _found("down-does-not-restore", migration, what)


def _speaks(migration: Rehearsed, word: re.Pattern[str]) -> bool:
    return any(word.search(text) for text in (migration.text, *(sent.text for sent in migration.sent if not sent.own)))


def _without_index(scene: Scene, statements: Sequence[Seen]) -> Iterator[Finding]:
    before, after = scene.rehearsal.before, scene.rehearsal.after
    if before is None or after is None or scene.rehearsal.flavour is Flavour.MYSQL:
        return  # MySQL makes the index by itself
    for table in after.tables.values():
        was = before.tables.get(table.name)
        known = {one for one in was.constraints if _is_backed(was, one)} if was else set()
        old = {(one.name, one.columns) for one in was.constraints} if was else set()
        for one in table.constraints:
            is_new = (one.name, one.columns) not in old or one in known
            if one.kind is ConstraintKind.FOREIGN and one.columns and is_new and not _is_backed(table, one):
                yield _missing(scene, statements, table, one)


def _is_backed(table: Table, foreign: Constraint) -> bool:
    wanted = set(foreign.columns)
    keys = (ConstraintKind.PRIMARY, ConstraintKind.UNIQUE)
    columns = [one.columns for one in table.constraints if one.kind in keys]
    columns += [one.columns for one in table.indexes if one.valid and _is_whole(one.definition, foreign.columns)]
    return any(set(some[: len(wanted)]) == wanted for some in columns)


def _is_whole(definition: str, columns: tuple[str, ...]) -> bool:
    """Whether an index has all rows, or leaves out but those that refer to nothing."""
    _, where, condition = definition.partition(" WHERE ")
    return not where or condition.strip("()").lower() in {f"{column} is not null" for column in columns}


def _missing(scene: Scene, statements: Sequence[Seen], table: Table, foreign: Constraint) -> Finding:
    columns = ", ".join(foreign.columns)
    what = f"{table.name} ({columns}) refers to {foreign.target} without an index: each DELETE there reads all of it."
    seen = _where(statements, table.name, foreign)
    if seen is None:
        return _found("foreign-key-without-index", scene.rehearsal.migrations[-1], what, table.name)
    rewrite = f"{_indexing(scene, table, foreign)} ({', '.join(map(quoted, foreign.columns))});"
    return scene.found("foreign-key-without-index", seen, what, table=table.name, rewrite=rewrite)


def _indexing(scene: Scene, table: Table, foreign: Constraint) -> str:
    """How an index of a table begins; PostgreSQL names it, and SQLite wants a name and no schema behind ON."""
    if scene.rehearsal.flavour is Flavour.SQLITE:
        name = "_".join(("ix", table.name.name, *foreign.columns))
        return f"CREATE INDEX {quoted(name)} ON {quoted(table.name.name)}"
    before = scene.rehearsal.before
    was = before.tables.get(table.name) if before else None
    how = " CONCURRENTLY" if was and not is_partitioned(was) else ""
    return f"CREATE INDEX{how} ON {'.'.join(quoted(part) for part in (table.name.schema, table.name.name) if part)}"


def _where(statements: Sequence[Seen], table: Name, foreign: Constraint) -> Seen | None:
    """The statement that makes a foreign key: the one that names it, or its table and the word."""
    named = re.compile(rf"\b{re.escape(foreign.name)}\b") if foreign.name else None
    for seen in statements:
        if named is not None and named.search(seen.sent.text):
            return seen
    about = re.compile(rf"\b{re.escape(table.name)}\b.*\bREFERENCES\b", re.IGNORECASE | re.DOTALL)
    return next((seen for seen in statements if about.search(seen.sent.text)), None)


def _contracting(scene: Scene, statements: Sequence[Seen]) -> Iterator[Finding]:
    later = list[tuple[str, str]]()
    for migration in scene.rehearsal.migrations:
        for seen in (one for one in statements if one.migration is migration):
            for act in seen.acts:
                table = scene.find(act.table)
                if act.kind not in _GOING or table is None:
                    continue
                why = _still_used(scene, act, table) or _unfinished(later, table)
                if why:
                    going = _GOING[act.kind].format(table, act.name)
                    yield scene.found(
                        "contract-before-expand", seen, f"{going[:1].upper()}{going[1:]}, {why}.", act=act, table=table
                    )
        later += [(name, migration.name) for name in _LATER.findall(migration.text)]


def _still_used(scene: Scene, act: Act, table: Name) -> str:
    columns = next((used for name, used in scene.used.items() if name in (table, Name("", table.name))), None)
    if columns is None or (act.kind in _OF_COLUMNS and act.name not in columns):
        return ""
    return "and the models still use it"


def _unfinished(later: Sequence[tuple[str, str]], table: Name) -> str:
    names = [name for written, name in later if is_called(tuple(written.split(".")), table)]
    return f"and the backfill of {names[0]} in the same run is not finished by then" if names else ""

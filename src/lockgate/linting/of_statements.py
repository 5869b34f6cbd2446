"""Rules about one statement: what it is, on a table that was there before the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lockgate.linting.acts import compared
from lockgate.linting.kinds import Act, Kind
from lockgate.linting.rewriting import safer
from lockgate.linting.scene import is_partitioned, table_of
from lockgate.nouns.rehearsals import LockMode
from lockgate.nouns.schema import ConstraintKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockgate.linting.scene import Scene, Seen
    from lockgate.nouns.findings import Finding
    from lockgate.nouns.rehearsals import Touch
    from lockgate.nouns.schema import Name

_RULES: Final = {
    Kind.CREATE_INDEX: (
        "index-not-concurrent",
        "CREATE INDEX on {0}: nothing can write to it until the index is built.",
    ),
    Kind.REINDEX: ("index-not-concurrent", "REINDEX of {0}: nothing can write to it until the indexes are built anew."),
    Kind.ADD_CHECK: (
        "constraint-validated-at-once",
        "A check is added to {0}: nothing can read or write it until all rows are looked at.",
    ),
    Kind.ADD_FOREIGN: (
        "constraint-validated-at-once",
        "A foreign key is added to {0}: nothing can write to either table until all rows are looked at.",
    ),
    Kind.ADD_UNIQUE: (
        "unique-builds-index",
        "A unique constraint on {0}: nothing can read or write it until its index is built.",
    ),
    Kind.ADD_PRIMARY: (
        "unique-builds-index",
        "A primary key of {0}: nothing can read or write it until its index is built.",
    ),
    Kind.ADD_EXCLUDE: (
        "exclusion-builds-index",
        "An exclusion on {0}: nothing can read or write it until its index is built.",
    ),
    Kind.SET_NOT_NULL: (
        "not-null-scans",
        "{1} of {0} is SET NOT NULL: nothing can read or write it until all rows are looked at.",
    ),
    Kind.ADD_NOT_NULL: (
        "not-null-scans",
        "NOT NULL on {0}: nothing can read or write it until all rows are looked at.",
    ),
}
_OF_INDEXES: Final = {Kind.CREATE_INDEX, Kind.ADD_UNIQUE, Kind.ADD_PRIMARY}
_ONLY_AS_TRACED: Final = {Kind.SET_NOT_NULL, Kind.ADD_NOT_NULL}
_PARTITIONED: Final = {
    Kind.CREATE_INDEX: "A partitioned table takes no CONCURRENTLY: create the index ON ONLY the table, then CONCURRENTLY on"
    " each partition, and attach these with ALTER INDEX … ATTACH PARTITION.",
    Kind.ADD_UNIQUE: "A partitioned table takes no USING INDEX: add the constraint with ALTER TABLE ONLY, build the index of"
    " each partition CONCURRENTLY, and attach these with ALTER INDEX … ATTACH PARTITION.",
    Kind.ADD_FOREIGN: "Before PostgreSQL 18 a partitioned table takes no NOT VALID: add it to each partition NOT VALID and"
    " VALIDATE it there first; adding it to the table then looks at no row.",
}
_HOW: Final = {
    Kind.SET_TYPE: "Another type for {} writes it anew",
    Kind.ADD_COLUMN: "A column whose values differ from row to row writes {} anew",
    Kind.REBUILD: "{} is written anew",
}


def of_statement(scene: Scene, seen: Seen) -> Iterator[Finding]:
    """What is wrong with one statement by itself."""
    named = list(_named(scene, seen))
    yield from named
    rewriting = list(_rewriting(scene, seen))
    yield from rewriting
    if seen.traced and not named and not rewriting:
        yield from _scanning(scene, seen)
    yield from _of_types(scene, seen)
    yield from _of_names(scene, seen)


def _named(scene: Scene, seen: Seen) -> Iterator[Finding]:
    for act in seen.acts:
        if act.kind is Kind.REINDEX and act.detail and not act.concurrently:
            rewrite = ";\n".join((*safer(seen.sent.text), "")).strip()
            what = (
                f"REINDEX of the {act.detail}: nothing can write to any of its tables until its indexes are built anew."
            )
            yield scene.found("index-not-concurrent", seen, what, act=act, rewrite=rewrite)
        rule = _RULES.get(act.kind)
        table = scene.find(act.table) or _of_index(scene, act)
        if rule is None or table is None or act.concurrently or act.not_valid or _is_harmless(scene, seen, act, table):
            continue
        if act.using_index:
            yield from _using_index(scene, seen, act, table)
            continue
        is_safe = scene.has_safe_way(act)
        rewrite = ";\n".join((*safer(seen.sent.text), "")).strip() if is_safe else ""
        what = rule[1].format(f"{table}{scene.size(table)}", act.name)
        advice = "" if is_safe else _PARTITIONED[act.kind]
        yield scene.found(rule[0], seen, what, act=act, table=table, advice=advice, rewrite=rewrite)


def _of_index(scene: Scene, act: Act) -> Name | None:
    """The table of the index that a REINDEX names."""
    before = scene.rehearsal.before
    if act.kind is not Kind.REINDEX or before is None or not act.name:
        return None
    tables = before.tables.values()
    return next((one.name for one in tables if act.name in {i.name for i in one.indexes}), None)


def _is_harmless(scene: Scene, seen: Seen, act: Act, table: Name) -> bool:
    """Where the scratch has seen that it looks at no row, or the schema says that there is nothing to look at."""
    if act.kind is Kind.CREATE_INDEX and _has_index(scene, act, table):
        return True
    if act.only and act.kind in _OF_INDEXES and is_partitioned(scene.table(act.table)):
        return True
    if act.kind not in _ONLY_AS_TRACED:
        return False
    if seen.traced:
        return not any(touch.scanned or touch.rewritten for touch in seen.touches if table_of(touch) == table)
    known = scene.table(act.table)
    column = known.column(act.name) if known else None
    checks = [c.definition for c in known.constraints if c.kind is ConstraintKind.CHECK] if known else []
    is_checked = any(f"{act.name} IS NOT NULL" in text and "NOT VALID" not in text for text in checks)
    return (column is not None and not column.nullable) or is_checked or _checked_before(scene, seen, table)


def _checked_before(scene: Scene, seen: Seen, table: Name) -> bool:
    """Whether an earlier statement of the run validates a constraint of the table; what it says is not read."""
    for one in scene.statements():
        if one.migration is seen.migration and one.number >= seen.number:
            return False
        if any(act.kind is Kind.VALIDATE and scene.find(act.table) == table for act in one.acts):
            return True
    return False


def _has_index(scene: Scene, act: Act, table: Name) -> bool:
    """Whether IF NOT EXISTS finds it."""
    before = scene.rehearsal.before
    known = before.tables.get(table) if before else None
    return act.if_not_exists and known is not None and act.name in {index.name for index in known.indexes}


def _using_index(scene: Scene, seen: Seen, act: Act, table: Name) -> Iterator[Finding]:
    known = scene.table(act.table)
    if act.kind is not Kind.ADD_PRIMARY:
        return
    if seen.traced:
        is_nullable = any(touch.scanned for touch in seen.touches if touch.relation == table)
    else:
        is_nullable = known is None or any(column.nullable for column in known.columns)
    if is_nullable:
        what = (
            f"The primary key of {table}{scene.size(table)} makes columns NOT NULL, for which all rows are looked at."
        )
        yield scene.found("primary-key-of-nullable", seen, what, act=act, table=table)


def _rewriting(scene: Scene, seen: Seen) -> Iterator[Finding]:
    if any(act.kind is Kind.TRUNCATE for act in seen.acts):
        return  # the file is new because it is empty
    for touch in seen.touches:
        if not touch.rewritten or touch.kind in ("i", "I", "S") or not touch.held.bars_writing:
            continue
        table = table_of(touch)
        act = next((one for one in seen.acts if one.rewrites), None)
        how = _HOW.get(act.kind if act else Kind.REBUILD, "{} is written anew").format(f"{table}{scene.size(table)}")
        bars = "read or write" if touch.held.bars_reading else "write to"
        advice = _advice(act)
        yield scene.found(
            "rewrites-table",
            seen,
            f"{how} under {touch.held.words}: nothing can {bars} it meanwhile.",
            act=act or Act(Kind.REBUILD),
            table=table,
            advice=advice,
        )


def _advice(act: Act | None) -> str:
    if act is None:
        return ""
    if act.kind is Kind.REBUILD:
        return (
            "REFRESH MATERIALIZED VIEW has CONCURRENTLY; a bloated table is better repacked by pg_repack or pg_squeeze."
        )
    if act.kind is Kind.ADD_COLUMN:
        return "Add the column without it, set the default for new rows, and backfill the old ones in batches."
    return ""


def _scanning(scene: Scene, seen: Seen) -> Iterator[Finding]:
    if any(act.kind in (Kind.FILL, Kind.CREATE_TABLE) or act.concurrently for act in seen.acts):
        return
    if any(act.kind is Kind.ADD_FOREIGN and scene.find(act.table) is None for act in seen.acts):
        return  # a table of the run's own refers to another: there are hardly any rows to look up
    for touch in seen.touches:
        if touch.scanned and touch.mode is not None and touch.mode.bars_writing and touch.kind in ("r", "p", "m"):
            table = table_of(touch)
            bars = "read or write" if touch.mode is LockMode.ACCESS_EXCLUSIVE else "write to"
            what = (
                f"All of {table}{scene.size(table)} is read under {touch.mode.words}: nothing can {bars} it meanwhile."
            )
            yield scene.found("scans-under-lock", seen, what, table=table)


def _of_types(scene: Scene, seen: Seen) -> Iterator[Finding]:
    for act in seen.acts:
        if act.kind in (Kind.ADD_COLUMN, Kind.SET_TYPE) and act.detail.upper().split(" ")[0] == "JSON":
            what = f"{act.name} is a column of type json, which has no equality."
            yield scene.found("json-column", seen, what, act=act)
        elif act.kind is Kind.CREATE_ENUM:
            yield scene.found(
                "creates-enum", seen, f"{act.name} is an enum: no label of it can be taken away again.", act=act
            )


def _of_names(scene: Scene, seen: Seen) -> Iterator[Finding]:
    before = scene.rehearsal.before
    for act in seen.acts:
        if act.kind is not Kind.CREATE_INDEX or not act.if_not_exists or before is None:
            continue
        for table in before.tables.values():
            if any(index.name == act.name and not index.valid for index in table.indexes):
                what = f"{act.name} is there already, and INVALID: IF NOT EXISTS keeps it as it is."
                rewrite = f"DROP INDEX CONCURRENTLY IF EXISTS {act.name};\n{seen.sent.text};"
                yield scene.found("invalid-index-kept", seen, what, act=act, table=table.name, rewrite=rewrite)


def is_boundless(scene: Scene, seen: Seen, act: Act) -> bool:
    """Whether an UPDATE, DELETE or INSERT … SELECT may be about every row of a table."""
    known = scene.table(act.table)
    if act.bounded:
        return False
    keys = {"id", "ctid"}
    if known is not None:
        unique = (ConstraintKind.PRIMARY, ConstraintKind.UNIQUE)
        keys = {"ctid"} | {c.columns[0] for c in known.constraints if c.kind in unique and c.columns}
    return not keys & compared(seen.sent.text[slice(*act.span)])


def bars(touch: Touch) -> bool:
    """Whether a touch is a lock, taken by this statement on a table, that keeps others out."""
    return touch.mode is not None and touch.mode.bars_writing and touch.kind in ("r", "p", "m")

"""A report of many changes: 20 migrations that alter 200 of 500 tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from lockgate.nouns.findings import Finding, LintReport, Severity
from lockgate.nouns.flavours import Flavour
from lockgate.nouns.migrations import Direction
from lockgate.nouns.rehearsals import LiveFacts, LockMode, Rehearsal, Rehearsed, Sent, TableFacts, Touch
from lockgate.nouns.schema import Column, Constraint, ConstraintKind, Name, Schema, Table
from lockgate.reporting import html, markdown

TABLES, MIGRATIONS, STATEMENTS = 500, 20, 10


def _table(number: int, columns: int) -> Table:
    name, target = Name("public", f"table_{number}"), Name("public", f"table_{number // 2}")
    key = Constraint(f"{name.name}_pkey", ConstraintKind.PRIMARY, "PRIMARY KEY (column_0)", ("column_0",))
    definition = f"FOREIGN KEY (column_1) REFERENCES {target}(column_0)"
    foreign = Constraint(
        f"{name.name}_fkey",
        ConstraintKind.FOREIGN,
        definition,
        ("column_1",),
        target=target,
        target_columns=("column_0",),
    )
    return Table(name, tuple(Column(f"column_{one}", "bigint") for one in range(columns)), constraints=(key, foreign))


def _schema(columns: int) -> Schema:
    tables = (_table(number, columns + (number < MIGRATIONS * STATEMENTS)) for number in range(TABLES))
    return Schema(tables={one.name: one for one in tables})


def _migration(number: int) -> Rehearsed:
    touches = [Touch(Name("public", f"table_{number * 10 + one}"), LockMode.ACCESS_EXCLUSIVE, LockMode.ACCESS_EXCLUSIVE, True)
               for one in range(STATEMENTS)]  # fmt: skip
    sent = (Sent(f"ALTER TABLE {one.relation} ADD x bigint", False, 2, 0.01, 0.1, (one,)) for one in touches)
    return Rehearsed(f"{number:03}_x.sql", f"{number:03}_x.sql", "", Direction.UP, sent=tuple(sent))


def test_all_of_them_are_on_the_page_and_the_twin_stays_short() -> None:
    before, migrations = _schema(8), tuple(map(_migration, range(MIGRATIONS)))
    added = {name: one._replace(columns=(*one.columns, Column("x", "bigint"))) for name, one in before.tables.items()}
    live = LiveFacts("18.0", {name: TableFacts(10**6, 10**9) for name in before.tables})
    rehearsal = Rehearsal(
        Flavour.POSTGRESQL,
        Direction.UP,
        migrations,
        place="files",
        before=before,
        after=replace(before, tables=added),
        live=live,
    )
    findings = [
        Finding("rewrites-table", Severity.ERROR, one.name, one.path, "What.", "Do.", "") for one in migrations
    ] * 10
    page, text = html(rehearsal, LintReport(tuple(findings)), at=datetime.now(UTC)), markdown(rehearsal, LintReport())
    assert "table_499" in page
    assert page.count("rewrites-table") >= len(findings)
    assert len(text) <= 65_000

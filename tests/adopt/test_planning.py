"""Which rows are written, and what stands in the way: pure, with sources made by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from adopt.tools import crc32
from lockgate import HistoryError
from lockgate.nouns.adoption import ForeignHistory, Kept, Tool
from lockgate.nouns.history import Applied, History
from lockgate.nouns.layouts import Layout
from lockgate.nouns.migrations import Source
from lockgate.planning.adopting import plan_adoption
from lockgate.planning.foreign_tables import chosen_table, known_tables

_NOW = datetime(2026, 1, 2, tzinfo=UTC)


def source(name: str, *version: int, **changes: Any) -> Source:
    return Source(name, version[0], f"hash of {name}", f"text of {name}", parts=version[1:], **changes)


def history(*names: str) -> History:
    return History(tuple(Applied(place, name, f"hash of {name}", _NOW, 4) for place, name in enumerate(names, 1)))


def goose(*numbers: int) -> ForeignHistory:
    return ForeignHistory(Tool.GOOSE, "goose_db_version", tuple(Kept(str(one), (one,)) for one in numbers))


THREE = tuple(source(f"{one}_m.sql", one) for one in (1, 2, 3))


def test_what_is_on_record_already_is_not_written_again() -> None:
    report = plan_adoption(goose(1, 2), THREE, history("1_m.sql"))
    assert (report.names, report.batch_no) == (("2_m.sql",), 5)
    assert plan_adoption(goose(1, 2), THREE, history("1_m.sql", "2_m.sql")).changed is False


def test_a_file_that_was_added_out_of_order_stays_pending_and_is_told() -> None:
    report = plan_adoption(goose(1, 3), THREE, history())
    assert report.names == ("1_m.sql", "3_m.sql")
    assert [one.name for one in report.pending] == ["2_m.sql"]
    assert [(one.kind, one.name) for one in report.problems] == [("out_of_order", "2_m.sql")]


def test_versions_without_a_file_are_refused_or_left_behind() -> None:
    foreign = goose(1, 2, 8, 9)
    with pytest.raises(HistoryError, match="no file here: 8, 9") as raised:
        plan_adoption(foreign, THREE, history())
    assert "--skip-unknown" in raised.value.hint
    report = plan_adoption(foreign, THREE, history(), skip_unknown=True)
    assert report.names == ("1_m.sql", "2_m.sql")
    assert [(one.kind, one.name) for one in report.problems] == [("missing", "8"), ("missing", "9")]


@pytest.mark.parametrize(
    ("tool", "remedy"),
    [(Tool.GOLANG_MIGRATE, "migrate force 2"), (Tool.FLYWAY, "flyway repair"), (Tool.SQLX, "success = true")],
)
def test_what_failed_half_way_is_refused_with_the_remedy(tool: Tool, remedy: str) -> None:
    foreign = ForeignHistory(tool, "theirs", (Kept("1", (1,)),), failed=("2",))
    with pytest.raises(HistoryError, match="theirs has 2 as failed half-way") as raised:
        plan_adoption(foreign, THREE, history(), skip_unknown=True)
    assert remedy in raised.value.hint


def test_files_that_share_a_version_are_all_taken_for_applied_and_told() -> None:
    twins = tuple(source(name, 2, layout=Layout.GOOSE) for name in ("2_a.sql", "2_b.sql"))
    report = plan_adoption(goose(2), twins, history())
    assert report.names == ("2_a.sql", "2_b.sql")
    assert [(one.kind, one.name) for one in report.problems] == [("shared_version", "2_b.sql")]


def test_numbers_of_lockgates_own_files_are_not_the_other_tools() -> None:
    foreign = ForeignHistory(Tool.FLYWAY, "theirs", (Kept("1", (1,)), Kept("2.5", (2, 5))), through=(2, 1))
    files = (
        source("V1__a.sql", 1, layout=Layout.FLYWAY),
        source("002_own.sql", 2),
        source("V2_1__b.sql", 2, 1, layout=Layout.FLYWAY),
        source("V2.5__c.sql", 2, 5, layout=Layout.FLYWAY),
    )
    assert plan_adoption(foreign, files, history()).names == ("V1__a.sql", "V2_1__b.sql", "V2.5__c.sql")


def test_a_repeatable_file_that_has_changed_since_is_pending() -> None:
    files = tuple(source(f"R__{name}.sql", 0, layout=Layout.FLYWAY, repeatable=True) for name in ("the_same", "other"))
    kept = (
        Kept("the same", None, "the same", str(crc32("text of R__the_same.sql"))),
        Kept("other", None, "other", str(crc32("an older text"))),
    )
    report = plan_adoption(ForeignHistory(Tool.FLYWAY, "theirs", kept), files, history())
    assert report.names == ("R__the_same.sql",)
    assert ([one.name for one in report.pending], report.problems) == (["R__other.sql"], ())


def test_all_that_alembics_heads_were_written_upon_is_applied() -> None:
    files = (
        source("a.py", 0, 0, layout=Layout.ALEMBIC, revision="aa"),
        source("b.py", 0, 1, layout=Layout.ALEMBIC, revision="bb", after=("a.py",)),
        source("c.py", 0, 2, layout=Layout.ALEMBIC, revision="cc", after=("a.py",)),
        source("d.py", 0, 3, layout=Layout.ALEMBIC, revision="dd", after=("b.py", "c.py")),
    )
    foreign = ForeignHistory(Tool.ALEMBIC, "alembic_version", (Kept("bb"),))
    report = plan_adoption(foreign, files, history())
    assert (report.names, [one.name for one in report.pending]) == (("a.py", "b.py"), ["c.py", "d.py"])
    with pytest.raises(HistoryError, match="no file here: ee"):
        plan_adoption(foreign._replace(applied=(Kept("bb"), Kept("ee"))), files, history(), skip_unknown=True)


COLUMNS = {(one.tool, one.name): set(one.columns) for one in known_tables()}
GOOSE = {"goose_db_version": COLUMNS[Tool.GOOSE, "goose_db_version"]}
GO = {"schema_migrations": COLUMNS[Tool.GOLANG_MIGRATE, "schema_migrations"]}
SQLX = {"_sqlx_migrations": COLUMNS[Tool.SQLX, "_sqlx_migrations"]}
DBMATE = {"schema_migrations": {"version"}}


@pytest.mark.parametrize(
    ("columns", "layout", "asked", "found"),
    [
        (GOOSE, Layout.LOCKGATE, (), (Tool.GOOSE, "goose_db_version")),
        (GOOSE, Layout.FLYWAY, (), (Tool.GOOSE, "goose_db_version")),
        (GOOSE | GO, Layout.GOOSE, (), (Tool.GOOSE, "goose_db_version")),
        (GOOSE | GO, Layout.GOOSE, (Tool.GOLANG_MIGRATE,), (Tool.GOLANG_MIGRATE, "schema_migrations")),
        (DBMATE, Layout.DBMATE, (), (Tool.DBMATE, "schema_migrations")),
        (DBMATE | {"ar_internal_metadata": {"key"}}, Layout.LOCKGATE, (), (Tool.RAILS, "schema_migrations")),
        (DBMATE, Layout.LOCKGATE, (Tool.RAILS,), (Tool.RAILS, "schema_migrations")),
        ({"app.v": {"version", "dirty"}}, Layout.LOCKGATE, (None, "app.v"), (Tool.GOLANG_MIGRATE, "app.v")),
        ({"app.v": {"version", "inserted_at"}}, Layout.LOCKGATE, (None, "app.v"), (Tool.DBMATE, "app.v")),
    ],
)
def test_the_table_is_found(columns: Any, layout: Layout, asked: Any, found: tuple[Tool, str]) -> None:
    table = chosen_table(columns, layout, *asked)
    assert (table.tool, table.name) == found


@pytest.mark.parametrize(
    ("columns", "asked", "message", "hint"),
    [
        (GO | SQLX, (), r"_sqlx_migrations \(sqlx\), schema_migrations \(golang-migrate\)", "adopt --from sqlx`, or"),
        ({}, (), "no table called flyway_schema_history, .*alembic_version", "lockgate stamp"),
        (
            GOOSE,
            (Tool.DIESEL,),
            r"no table __diesel_schema_migrations with diesel's columns \(version, run_on\)",
            "--from-table",
        ),
        ({"v": {"id"}}, (None, "v"), "no table v, such as a known tool makes", "--from-table"),
    ],
)
def test_none_or_several_tables_are_an_error(columns: Any, asked: Any, message: str, hint: str) -> None:
    with pytest.raises(HistoryError, match=message) as raised:
        chosen_table(columns, Layout.GOLANG_MIGRATE, *asked)
    assert hint in raised.value.hint

"""The tables in which other tools keep their histories, and what their rows mean: one entry each, pure."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from lockgate.errors import HistoryError
from lockgate.nouns.adoption import Tool
from lockgate.nouns.layouts import Layout
from lockgate.planning import foreign_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from lockgate.nouns.adoption import ForeignHistory
    from lockgate.planning.foreign_rows import Row


class Kind(StrEnum):
    """How a column is read."""

    PLAIN = "plain"
    TIME = "time"
    BYTES = "bytes"


class ForeignTable(NamedTuple):
    """A table of another tool's.

    Attributes:
        tool: whose it is.
        name: what the tool calls it, unless it is told otherwise.
        columns: those that are read, by which it is known as well; the rows come in the order of the first.
        understood: what its rows say.
    """

    tool: Tool
    name: str
    columns: Mapping[str, Kind]
    understood: Callable[[Iterable[Row]], ForeignHistory]

    def history(self, rows: Iterable[Row]) -> ForeignHistory:
        """What the rows say."""
        return self.understood(rows)._replace(table=self.name)


def known_tables() -> tuple[ForeignTable, ...]:
    """Every table that is known; where two have one name, that which has more columns stands first.

    Sources are the statements with which the tools make them: golang-migrate's `database/*/*.go`, dbmate's
    `pkg/driver`, goose's `internal/dialects`, Flyway's `getRawCreateScript`, sqlx's `migrate.rs`, refinery's
    `ASSERT_MIGRATIONS_TABLE_QUERY`, diesel's `setup_migration_table.sql`, Alembic's `MigrationContext`.
    """
    plain, time = Kind.PLAIN, Kind.TIME
    flyway = ("installed_rank", "version", "description", "type", "checksum", "success")
    return (
        ForeignTable(
            Tool.FLYWAY,
            "flyway_schema_history",
            dict.fromkeys(flyway, plain) | {"installed_on": time},
            foreign_rows.flyway,
        ),
        ForeignTable(
            Tool.SQLX,
            "_sqlx_migrations",
            {"version": plain, "checksum": Kind.BYTES, "success": plain, "installed_on": time},
            foreign_rows.sqlx,
        ),
        ForeignTable(
            Tool.REFINERY,
            "refinery_schema_history",
            {"version": plain, "name": plain, "checksum": plain, "applied_on": plain},
            foreign_rows.refinery,
        ),
        ForeignTable(
            Tool.GOOSE,
            "goose_db_version",
            {"id": plain, "version_id": plain, "is_applied": plain, "tstamp": time},
            foreign_rows.goose,
        ),
        ForeignTable(
            Tool.DIESEL, "__diesel_schema_migrations", {"version": plain, "run_on": time}, foreign_rows.diesel
        ),
        ForeignTable(
            Tool.GOLANG_MIGRATE, "schema_migrations", {"version": plain, "dirty": plain}, foreign_rows.golang_migrate
        ),
        ForeignTable(Tool.DBMATE, "schema_migrations", {"version": plain}, foreign_rows.numbers(Tool.DBMATE)),
        ForeignTable(Tool.RAILS, "schema_migrations", {"version": plain}, foreign_rows.numbers(Tool.RAILS)),
        ForeignTable(Tool.ALEMBIC, "alembic_version", {"version_num": plain}, foreign_rows.alembic),
    )


RAILS_TOO: Final = "ar_internal_metadata"
"""The table that Rails makes beside its own, which looks like dbmate's."""

_LIKELY: Final = {
    Layout.GOLANG_MIGRATE: (Tool.GOLANG_MIGRATE, Tool.SQLX),
    Layout.SQLX: (Tool.SQLX, Tool.GOLANG_MIGRATE),
    Layout.FLYWAY: (Tool.FLYWAY, Tool.REFINERY),
    Layout.REFINERY: (Tool.REFINERY, Tool.FLYWAY),
    Layout.DBMATE: (Tool.DBMATE, Tool.RAILS),
    Layout.GOOSE: (Tool.GOOSE,),
    Layout.DIESEL: (Tool.DIESEL,),
    Layout.ALEMBIC: (Tool.ALEMBIC,),
}
"""The tools that read files of a layout: some write their files in the same way."""


def chosen_table(
    columns: Mapping[str, Collection[str]], layout: Layout, tool: Tool | None = None, name: str | None = None
) -> ForeignTable:
    """The table whose history is meant.

    Args:
        columns: those of the tables that are there.
        layout: the way that the files are written in, which decides where there are several.
        tool: the tool that is asked for.
        name: the name that its table has here.

    Raises:
        HistoryError: there is none, or there are several.
    """
    asked = [one for one in known_tables() if tool in {None, one.tool}]
    fitting: dict[str, ForeignTable] = {}
    for one in (one._replace(name=name or one.name) for one in asked):
        if one.columns.keys() <= set(columns.get(one.name, ())):
            fitting.setdefault(one.name, one)
            if one.tool is Tool.RAILS and RAILS_TOO in columns and fitting[one.name].tool is Tool.DBMATE:
                fitting[one.name] = one
    likely = [one for one in fitting.values() if one.tool in _LIKELY.get(layout, ())] or list(fitting.values())
    if len(likely) == 1:
        return likely[0]
    raise _several(likely) if likely else _none(asked, name)


def _several(found: Sequence[ForeignTable]) -> HistoryError:
    listed = ", ".join(f"{one.name} ({one.tool})" for one in found)
    return HistoryError(
        f"Several tools have kept a history here: {listed}.",
        hint="Say which is meant: " + ", or ".join(f"`lockgate adopt --from {one.tool}`" for one in found) + ".",
    )


def _none(asked: Sequence[ForeignTable], name: str | None) -> HistoryError:
    looked = [f"{name or one.name} with {one.tool}'s columns ({', '.join(one.columns)})" for one in asked]
    known = dict.fromkeys(one.name for one in asked)
    sought = (
        looked[0]
        if len(asked) == 1
        else f"{name}, such as a known tool makes"
        if name
        else f"called {', '.join(known)}"
    )
    return HistoryError(
        f"No history of another tool's was found: there is no table {sought}.",
        hint="`--from TOOL --from-table NAME` names one that is called otherwise, or schema.name. Where no tool has kept a"
        " history, `lockgate stamp NAME` records what is applied.",
    )

"""Takes another tool's history over into the tracking table; the other tool's table is only read."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lockgate.dialects.foreign_tables import columns_query, rows_query
from lockgate.dialects.seam import Record, Unit
from lockgate.errors import SettingsError
from lockgate.nouns.adoption import Tool
from lockgate.nouns.migrations import Direction
from lockgate.planning.adopting import plan_adoption
from lockgate.planning.drift import layout_of
from lockgate.planning.foreign_tables import RAILS_TOO, chosen_table, known_tables
from lockgate.planning.namespaces import own

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockgate.dialects.seam import Session
    from lockgate.nouns.adoption import ForeignHistory
    from lockgate.nouns.migrations import Source
    from lockgate.nouns.reports import AdoptReport
    from lockgate.running.lock import Patience


class Origin(NamedTuple):
    """Where a history is taken from; what is None is found out."""

    tool: Tool | None = None
    table: str | None = None

    @classmethod
    def of(cls, tool: str | None, table: str | None) -> Origin:
        """As a caller says it.

        Raises:
            SettingsError: there is no such tool.
        """
        if tool is None or tool.lower() in set(Tool):
            return cls(Tool(tool.lower()) if tool else None, table)
        raise SettingsError(f"No tool {tool!r} is known to adopt from.", hint=f"Known are {', '.join(Tool)}.")


class Adopting:
    """Adopts into the tracking table of one session; without patience for its lock, it only says what it would write."""

    def __init__(self, session: Session, sources: Sequence[Source], patience: Patience | None) -> None:
        self._session = session
        self._sources = own(sources)
        self._patience = patience

    async def adopt(self, origin: Origin, *, into: str, skip_unknown: bool) -> AdoptReport:
        """Record what the other tool has applied and the tracking table has not, in one transaction.

        Raises:
            HistoryError: there is nothing to adopt from, or what there is cannot be taken over.
        """
        history = await self._session.history()
        foreign = await self._foreign(origin)
        report = plan_adoption(foreign, self._sources, history, skip_unknown=skip_unknown)
        if report.changed and self._patience:
            tracking, batch_no = self._session.tracking, report.batch_no or 0
            records = [Record(Direction.UP, row.name, row.hash, batch_no, row.applied_at) for row in report.adopted]
            unit = Unit("", (), closing=[tracking.record(record) for record in records])
            await self._patience.through(lambda: self._session.transact([unit], None))
        return report._replace(into=into)

    async def _foreign(self, origin: Origin) -> ForeignHistory:
        names = [origin.table] if origin.table else list(dict.fromkeys(one.name for one in known_tables()))
        query = columns_query(self._session.flavour, [*names, RAILS_TOO], self._session.tracking.text)
        columns: dict[str, set[str]] = {}
        for table, column in await self._session.fetch(query):
            columns.setdefault(table, set()).add(column.lower())
        table = chosen_table(columns, layout_of(self._sources), *origin)
        return table.history(await self._session.fetch(rows_query(self._session.flavour, table)))

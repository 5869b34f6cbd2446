"""A runner's connection to one schema, on the connection that its worker keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockgate.running.connection import Connection

if TYPE_CHECKING:
    from lockgate.dialects.postgresql_schema import KeptConnection
    from lockgate.dialects.seam import Session
    from lockgate.events import Listener
    from lockgate.settings.conclusions import Conclusions
    from lockgate.urls.database_url import DatabaseUrl


class SchemaConnection(Connection):
    """Closing it closes what is kept; whoever leaves it open lets the next schema have it."""

    def __init__(
        self, url: DatabaseUrl, schema: str, kept: KeptConnection, config: Conclusions, emit: Listener
    ) -> None:
        super().__init__(url, config, emit)
        self._place, self._schema, self._kept = url, schema, kept

    async def session(self) -> Session:
        """The session, within the schema."""
        if self._open is None or self._open.closed:
            self._open = await self._kept.session(self._place, self._schema)
        return self._open

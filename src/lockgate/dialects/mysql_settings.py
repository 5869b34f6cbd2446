"""What a migration has set in its session, and what sets it back.

COM_RESET_CONNECTION would do it, and give the migration lock away: https://mariadb.com/kb/en/com_reset_connection/
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from lockgate.sql.implicit_commits import changes_settings, opening

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_VARIABLES: Final = "SHOW SESSION VARIABLES"
_DATABASE: Final = "SELECT DATABASE()"
# These change by themselves, or with the database.
_VOLATILE: Final = re.compile(
    r"timestamp|insert_id|last_insert_id|identity|rand_seed\d|in_transaction|error_count|warning_count|pseudo_.*|gtid.*"
    r"|last_gtid|.*_database|statement_id|ft_.*|wsrep_.*|external_user|proxy_user"
)


class Settings:
    """A session's own settings: read before the first statement that may change them, and come back to after a migration."""

    def __init__(self, fetch: Callable[[str], Awaitable[list[tuple[Any, ...]]]]) -> None:
        self._fetch = fetch
        self._own: dict[str, str] = {}
        self._database: str | None = None
        self.touched = False
        self.locks_tables = False

    async def before(self, statement: str) -> None:
        """Take account of a statement that is about to run."""
        words = opening(statement)[:1]
        self.locks_tables = words == ("LOCK",) or (self.locks_tables and words != ("UNLOCK",))
        if changes_settings(statement):
            await self.touch()

    async def touch(self) -> None:
        """Be ready for anything to be set."""
        if not self._own:
            self._own = await self._variables()
            ((self._database,),) = await self._fetch(_DATABASE)
        self.touched = True

    async def back(self) -> list[str]:
        """The statements that bring the session's own settings back; none where nothing was set."""
        if not self.touched:
            return []
        self.touched = False
        now = await self._variables()
        changed = [
            f"SET SESSION {name} = {_literal(self._own[name])}" for name in now if now[name] != self._own.get(name)
        ]
        use = [f"USE `{self._database.replace('`', '``')}`"] if self._database else []
        unlock = ["UNLOCK TABLES"] if self.locks_tables else []
        self.locks_tables = False
        return [*unlock, *use, *changed, "SET timestamp = DEFAULT"]

    async def _variables(self) -> dict[str, str]:
        return {name: value for name, value in await self._fetch(_VARIABLES) if not _VOLATILE.fullmatch(name)}


def _literal(value: str) -> str:
    if re.fullmatch(r"-?\d+(?:\.\d+)?", value):
        return value
    return "'" + value.replace("'", "''") + "'"

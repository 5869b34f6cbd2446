"""The named lock of MySQL and MariaDB, and what tells whether it keeps anybody out.

https://mariadb.com/kb/en/get_lock/
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import anyio

from lockgate.dialects.seam import StatementFailed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

CAUSAL: Final = "SET SESSION wsrep_sync_wait = 15"
"""Lets a session of a cluster read what all nodes have agreed on."""
_PAUSE: Final = 0.1
_DIGITS: Final = 48  # with what stands before them fewer than 64 characters, the most that MySQL takes


class NamedLock:
    """A session's lock of one name; `fetch` reads rows on the session, and `alone` is None until it has been looked.

    The nodes of a Galera cluster do not tell each other of their locks, so there it keeps nobody out.
    """

    def __init__(self, fetch: Callable[[str], Awaitable[list[tuple[Any, ...]]]]) -> None:
        self._fetch = fetch
        self.alone: bool | None = None

    async def is_alone(self) -> bool:
        """Whether the server is no part of a cluster."""
        if self.alone is None:
            self.alone = await self._fetch("SHOW VARIABLES LIKE 'wsrep_on'") != [("wsrep_on", "ON")]
            if not self.alone:
                await self._fetch(CAUSAL)
        return self.alone

    async def take(self, table: str) -> bool | None:
        """Take it if it is free, never waiting in the server; None where it would keep nobody out."""
        if not await self.is_alone():
            return None
        return await self._fetch(f"SELECT GET_LOCK({_name(table)}, 0)") == [(1,)]

    async def keep(self, table: str) -> bool:
        """Whether it is held, or could be taken again."""
        held = await self._fetch(f"SELECT IS_USED_LOCK({_name(table)}) = CONNECTION_ID()") == [(1,)]
        return held or bool(await self.take(table))

    async def give_back(self, table: str) -> None:
        """Give it back."""
        await self._fetch(f"SELECT RELEASE_LOCK({_name(table)})")

    async def holder(self, table: str) -> str | None:
        """The session that has it, in words; this one does not count, and of another user's the id is seen only."""
        if not await self.is_alone():
            return None
        rows = await self._fetch(
            f"SELECT l.id, p.user, p.host FROM (SELECT IS_USED_LOCK({_name(table)}) AS id) l"
            " LEFT JOIN information_schema.processlist p ON p.id = l.id WHERE l.id <> CONNECTION_ID()"
        )
        if not rows:
            return None
        number, user, host = rows[0]
        return f"connection {number}" + (f" ({user} from {host})" if user else "")

    async def end_sessions(self, pattern: str, account: str, seconds: float) -> bool:
        """Kill the sessions that are at work on what `pattern` is like.

        False where one is left after so many seconds; or where another account's may be left, which only who has the PROCESS
        privilege sees.
        """
        if not await self._sees(account):
            return False
        at_work = f"info LIKE {pattern} AND id <> CONNECTION_ID()"
        with anyio.move_on_after(seconds), suppress(StatementFailed):
            while rows := await self._fetch(f"SELECT id FROM information_schema.processlist WHERE {at_work}"):
                for (number,) in rows:
                    with suppress(StatementFailed):  # it has ended by itself
                        await self._fetch(f"KILL CONNECTION {number:d}")
                await anyio.sleep(_PAUSE)
            return True
        return False

    async def _sees(self, account: str) -> bool:
        """Whether the list of sessions has an account's too."""
        if await self._fetch(f"SELECT 1 FROM DUAL WHERE CURRENT_USER() = {account}"):
            return True
        with suppress(StatementFailed):  # PROCESS is what reading that takes, whether granted or had by a role
            await self._fetch("SELECT 1 FROM information_schema.innodb_trx LIMIT 1")
            return True
        return False


def _name(table: str) -> str:
    """Derived from the tracking table's qualified name: the server has one name space for all databases."""
    return f"'lockgate:{hashlib.sha256(table.encode()).hexdigest()[:_DIGITS]}'"

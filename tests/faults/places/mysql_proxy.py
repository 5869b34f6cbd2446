"""The proxy before a server that speaks the protocol of MySQL.

https://mariadb.com/kb/en/0-packet/ and https://mariadb.com/kb/en/com_query/
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from faults.proxy import BROKEN, Proxy, Way

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_QUERY: Final = b"\x00\x03"  # the first packet of an exchange, and in it COM_QUERY
_CHUNK: Final = 65536


class MysqlProxy(Proxy):
    """Knows the packet that asks for something; whatever comes back next is its answer, for one is asked at a time."""

    parameters = ""

    def lead_to(self, url: str) -> None:
        """Let new connections go to another server."""
        self._to = urlsplit(url)

    def way(self, *streams: Any) -> Way:
        return _MysqlWay(self, *streams)

    def asks(self, frame: bytes) -> bool:
        return frame[3:5] == _QUERY


class _MysqlWay(Way):
    async def _messages(self) -> AsyncIterator[bytes]:
        while True:
            head = await self._client.readexactly(4)
            yield head + await self._client.readexactly(int.from_bytes(head[:3], "little"))

    async def _back(self) -> None:
        with suppress(*BROKEN):
            while data := await self._server.read(_CHUNK):
                if self._withholds:
                    await self._proxy.hold()
                    self._withholds = False
                self._to_client.write(data)

"""What a client asks a PostgreSQL server, counted on the wire."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Wire:
    """Passes everything on to a server; `queries` are the texts that were sent by the simple or the extended protocol."""

    def __init__(self, url: str) -> None:
        self._to = urlsplit(url)
        self.url = ""
        self.queries: list[str] = []
        self.open = 0

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client, until either side ends."""
        self.open += 1
        server_reader, server_writer = await asyncio.open_connection(self._to.hostname, self._to.port)
        down = asyncio.create_task(_pour(server_reader, writer))
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                await self._up(reader, server_writer)
        finally:
            server_writer.close()
            await down
            self.open -= 1

    async def _up(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read message after message: https://www.postgresql.org/docs/current/protocol-message-formats.html."""
        greeted = False
        while True:
            kind = await reader.readexactly(1) if greeted else b""
            length = await reader.readexactly(4)
            body = await reader.readexactly(int.from_bytes(length) - 4)
            # What comes before has no type: SSLRequest, then the startup message with its protocol number 3.0.
            greeted = greeted or body[:4] == b"\x00\x03\x00\x00"
            if kind in {b"Q", b"P"}:
                self.queries.append(body.strip(b"\0").decode())
            writer.write(kind + length + body)
            await writer.drain()


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def tapped_wire(url: str) -> AsyncIterator[Wire]:
    """A way to the server that counts, at `.url`."""
    wire = Wire(url)
    server = await asyncio.start_server(wire.accept, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    parts = urlsplit(url)
    credentials = parts.netloc.rpartition("@")[0]
    wire.url = urlunsplit(parts._replace(netloc=f"{credentials}@127.0.0.1:{port}"))
    async with server:
        yield wire

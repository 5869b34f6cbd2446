"""A proxy before PostgreSQL that reads the protocol, so that it can hold or cut a connection at an exact place.

https://www.postgresql.org/docs/current/protocol-message-formats.html
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, NamedTuple, Self
from urllib.parse import urlsplit, urlunsplit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_PROTOCOL, _CANCEL = b"\x00\x03", b"\x04\xd2\x16\x2e"
BROKEN = (ConnectionError, asyncio.IncompleteReadError)
"""What says that one side is gone."""


class Stop(NamedTuple):
    """A place in the conversation: the message that holds the last marker, after such as hold those before it.

    `answered` says that the server has done what the message asks for, and nobody has been told.
    """

    markers: tuple[str, ...]
    answered: bool = False


def request(*markers: str) -> Stop:
    """Before the server sees the message."""
    return Stop(markers)


def answer(*markers: str) -> Stop:
    """After the server has answered it, and before the client sees the answer."""
    return Stop(markers, answered=True)


class Proxy:
    """Passes everything on, until a stop is reached; there, the one connection is held until it is let go or cut."""

    parameters = "sslmode=disable"
    """What the URL says besides."""

    def __init__(self, url: str, stop: Stop | None) -> None:
        self._to, self._stop = urlsplit(url), stop
        self._left = list(stop.markers) if stop else []
        self._ways: set[asyncio.Task[None]] = set()
        self._open = asyncio.Event()
        self.reached = asyncio.Event()
        self.url = ""

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Self]:
        """Listen on a port of its own; `url` leads there."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        port, to = server.sockets[0].getsockname()[1], self._to
        self.url = urlunsplit(
            to._replace(netloc=f"{to.username}:{to.password}@127.0.0.1:{port}", query=self.parameters)
        )
        try:
            yield self
        finally:
            server.close()
            for way in self._ways:
                way.cancel()
            await asyncio.gather(*self._ways, return_exceptions=True)

    def let_go(self) -> None:
        """Pass on what is held, and everything after it."""
        self._open.set()

    def cut(self) -> None:
        """Reset the connections that the runner has, on both sides; what was held is lost."""
        for way in self._ways:
            way.cancel()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._ways.add(task)
        try:
            way = self.way(reader, writer, *await asyncio.open_connection(self._to.hostname, self._to.port))
        except OSError:
            writer.transport.abort()
        else:
            with suppress(asyncio.CancelledError):
                await way.run()
        finally:
            self._ways.discard(task)

    def way(self, *streams: Any) -> Way:
        """One connection, of what reads and writes to the client, and to the server."""
        return Way(self, *streams)

    def asks(self, frame: bytes) -> bool:
        """Whether a message asks for a statement."""
        return frame[:1] in b"QP"

    def arrives(self, frame: bytes) -> bool:
        """Whether a message is the one to stop at."""
        if not self._left or not self.asks(frame) or self._left[0].encode() not in frame:
            return False
        self._left.pop(0)
        return not self._left

    @property
    def stops_at_answers(self) -> bool:
        """Whether it is the answer that is held."""
        return self._stop is not None and self._stop.answered

    async def hold(self) -> None:
        """Say that the place is reached, and wait."""
        self.reached.set()
        await self._open.wait()


class Way:
    """One connection, there and back."""

    def __init__(
        self,
        proxy: Proxy,
        client: asyncio.StreamReader,
        to_client: asyncio.StreamWriter,
        server: asyncio.StreamReader,
        to_server: asyncio.StreamWriter,
    ) -> None:
        self._proxy = proxy
        self._client, self._to_client, self._server, self._to_server = client, to_client, server, to_server
        self._withholds = False

    async def run(self) -> None:
        """Until one side is gone; a client that dies while its message is held has not sent it."""
        both = [asyncio.create_task(self._there()), asyncio.create_task(self._back())]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            self._to_server.close()
            self._to_client.close()
        except asyncio.CancelledError:
            self._to_server.transport.abort()
            self._to_client.transport.abort()
            raise
        finally:
            for one in both:
                one.cancel()
            await asyncio.gather(*both, return_exceptions=True)

    async def _there(self) -> None:
        with suppress(*BROKEN):
            async for frame in self._messages():
                if self._proxy.arrives(frame):
                    if self._proxy.stops_at_answers:
                        self._withholds = True
                    else:
                        await self._proxy.hold()
                self._to_server.write(frame)

    async def _messages(self) -> AsyncIterator[bytes]:
        while True:  # what comes before the session has no type
            size = await self._client.readexactly(4)
            body = await self._client.readexactly(int.from_bytes(size) - 4)
            yield size + body
            if body.startswith(_CANCEL):
                await self._client.read()
                return
            if body.startswith(_PROTOCOL):
                break
        while True:
            yield await _frame(self._client)

    async def _back(self) -> None:
        held: list[bytes] = []
        with suppress(*BROKEN):
            while True:
                frame = await _frame(self._server)
                if not self._withholds:
                    self._to_client.write(frame)
                    continue
                held.append(frame)
                if frame[:1] == b"Z":
                    await self._proxy.hold()
                    self._to_client.write(b"".join(held))
                    self._withholds = False


async def _frame(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readexactly(5)
    return head + await reader.readexactly(int.from_bytes(head[1:]) - 4)

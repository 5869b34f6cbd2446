"""A TCP proxy on the loopback that delays each direction and counts turns."""

from __future__ import annotations

import asyncio
import selectors
import threading
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

# A timer may fire this much before its time.
_RESOLUTION = 1e-6


class Proxy:
    """Passes bytes on after `delay` seconds each way; `turns` counts how often a client spoke after the server had."""

    def __init__(self, address: tuple[str, int], delay: float) -> None:
        self.address = address
        self.delay = delay
        self.port = 0
        self.turns = 0


class _Side(asyncio.Protocol):
    """One end of a connection; what it receives goes to `peer`, in order, each piece when its time has come."""

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy
        self._late: deque[tuple[float, bytes | None]] = deque()
        self.peer: _Side | None = None
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._later(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._later(None)

    def _later(self, data: bytes | None) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + self._proxy.delay
        self._late.append((due, data))
        if self._proxy.delay:
            loop.call_at(due, self.pass_on)
        else:
            self.pass_on()

    def pass_on(self) -> None:
        """Send what is due, once there is somebody to send it to."""
        if self.peer is None or self.peer.transport is None:
            return
        now = asyncio.get_running_loop().time()
        while self._late and self._late[0][0] <= now + _RESOLUTION:
            _, data = self._late.popleft()
            if data is None:
                self.peer.transport.close()
            else:
                self.peer.transport.write(data)


class _FromServer(_Side):
    """The end that is connected to the server."""

    def __init__(self, proxy: Proxy, client: _FromClient) -> None:
        super().__init__(proxy)
        self.peer = client

    def data_received(self, data: bytes) -> None:
        self._client().answered = True
        super().data_received(data)

    def _client(self) -> _FromClient:
        assert isinstance(self.peer, _FromClient)
        return self.peer


class _FromClient(_Side):
    """The end that a client connected to."""

    def __init__(self, proxy: Proxy) -> None:
        super().__init__(proxy)
        self.answered = True
        self._opening: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._opening = asyncio.ensure_future(self._open())

    async def _open(self) -> None:
        host, port = self._proxy.address
        _, self.peer = await asyncio.get_running_loop().create_connection(
            lambda: _FromServer(self._proxy, self), host, port
        )
        self.pass_on()

    def data_received(self, data: bytes) -> None:
        self._proxy.turns += self.answered
        self.answered = False
        super().data_received(data)


@contextmanager
def proxied(address: tuple[str, int], delay: float) -> Iterator[Proxy]:
    """Run a proxy to `address` in a thread for the time of the block."""
    proxy = Proxy(address, delay)
    # select() takes microseconds; epoll, asyncio's choice on Linux, rounds a wait up to whole milliseconds.
    loop = asyncio.SelectorEventLoop(selectors.SelectSelector())
    listening = loop.run_until_complete(loop.create_server(lambda: _FromClient(proxy), "127.0.0.1", 0))
    proxy.port = listening.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        listening.close()
        loop.close()

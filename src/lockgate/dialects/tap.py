"""Counts the statements that the server finishes while a text of several runs.

A text of several statements comes back as one error, which often has no position (a duplicate key, a table that exists).
How many statements had finished before it says which one failed. asyncpg does not tell, so a tap is set between its
transport and its protocol while such a text runs: it counts CommandComplete messages, and changes nothing.
https://www.postgresql.org/docs/current/protocol-message-formats.html
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEADER = 5
_COMMAND_COMPLETE = b"C"
_ENOUGH = 65_536


class Tap(asyncio.Protocol):
    """Passes everything on to the driver's protocol; `completed` is the count."""

    def __init__(self, protocol: Any) -> None:
        self._protocol = protocol
        self._completed = 0
        self._kept: list[bytes] = []
        self._size = 0
        self._head = b""
        self._skip = 0

    def data_received(self, data: bytes) -> None:
        """Keep it to be counted, and pass it on; only an error wants to know the count."""
        self._kept.append(data)
        self._size += len(data)
        if self._size > _ENOUGH:
            self._count_kept()
        self._protocol.data_received(data)

    @property
    def completed(self) -> int:
        """How many statements have finished."""
        self._count_kept()
        return self._completed

    def _count_kept(self) -> None:
        for data in self._kept:
            self._count(data)
        self._kept, self._size = [], 0

    def _count(self, data: bytes) -> None:
        at = 0
        while at < len(data):
            if self._skip:
                step = min(self._skip, len(data) - at)
                self._skip -= step
            else:
                step = min(_HEADER - len(self._head), len(data) - at)
                self._head += data[at : at + step]
                if len(self._head) == _HEADER:
                    self._message_begins()
            at += step

    def _message_begins(self) -> None:
        self._completed += self._head[:1] == _COMMAND_COMPLETE
        self._skip = int.from_bytes(self._head[1:]) - 4
        self._head = b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._protocol, name)

    def connection_lost(self, exc: Exception | None) -> None:
        """Pass on."""
        self._protocol.connection_lost(exc)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Pass on."""
        self._protocol.connection_made(transport)

    def pause_writing(self) -> None:
        """Pass on."""
        self._protocol.pause_writing()

    def resume_writing(self) -> None:
        """Pass on."""
        self._protocol.resume_writing()

    def eof_received(self) -> bool | None:
        """Pass on."""
        answer: bool | None = self._protocol.eof_received()
        return answer


@contextmanager
def tapped(connection: Any) -> Iterator[Tap]:
    """Count what an idle asyncpg connection's server finishes within the block."""
    transport, protocol = connection._transport, connection._protocol
    tap = Tap(protocol)
    transport.set_protocol(tap)
    try:
        yield tap
    finally:
        transport.set_protocol(protocol)

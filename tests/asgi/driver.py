"""A server's side of ASGI's lifespan, and of its requests, without a server.

https://asgi.readthedocs.io/en/latest/specs/lifespan.html
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

PATIENCE = 30.0


class Lifespan:
    """The lifespan of one application: what it was told and what it answered."""

    def __init__(self, app: Callable[..., Any], *, with_state: bool = True) -> None:
        self.app = app
        self.scope: dict[str, Any] = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}}
        if with_state:
            self.scope["state"] = {}
        self.raised: BaseException | None = None
        self._told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._answers: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.task: asyncio.Task[None] | None = None

    async def startup(self) -> dict[str, Any]:
        """Start it; gives its answer, of the type `nothing` where it ended without one."""
        self.task = asyncio.create_task(self._run())
        return await self._tell("startup")

    async def shutdown(self) -> dict[str, Any]:
        """Stop it; gives its answer."""
        answer = await self._tell("shutdown")
        await self.ended()
        return answer

    async def ended(self) -> None:
        """Wait until the application has returned."""
        assert self.task is not None
        await asyncio.wait_for(asyncio.shield(self.task), PATIENCE)

    async def _tell(self, what: str) -> dict[str, Any]:
        await self._told.put({"type": f"lifespan.{what}"})
        return await asyncio.wait_for(self._answers.get(), PATIENCE)

    async def _run(self) -> None:
        try:
            await self.app(self.scope, self._told.get, self._answers.put)
        except Exception as error:
            self.raised = error
        finally:
            await self._answers.put({"type": "nothing"})


@asynccontextmanager
async def served(app: Callable[..., Any]) -> AsyncIterator[Lifespan]:
    """An application that has started, and stops at the end of the block."""
    lifespan = Lifespan(app)
    answer = await lifespan.startup()
    assert answer == {"type": "lifespan.startup.complete"}, (answer, lifespan.raised)
    yield lifespan
    assert await lifespan.shutdown() == {"type": "lifespan.shutdown.complete"}, lifespan.raised


async def refused(app: Callable[..., Any]) -> str:
    """The reason that an application gives for not starting."""
    lifespan = Lifespan(app)
    answer = await lifespan.startup()
    assert answer["type"] == "lifespan.startup.failed", (answer, lifespan.raised)
    await lifespan.ended()
    assert lifespan.raised is not None
    return str(answer["message"])


async def got(lifespan: Lifespan, path: str) -> tuple[int, bytes]:
    """The status and the body of a GET request."""
    sent: list[dict[str, Any]] = []
    asked = iter([{"type": "http.request", "body": b"", "more_body": False}])
    never = asyncio.Event()

    async def receive() -> dict[str, Any]:
        for message in asked:
            return message
        await never.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "method": "GET",
        "scheme": "http", "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "headers": [(b"host", b"test")], "client": ("127.0.0.1", 1), "server": ("test", 80),
        "state": dict(lifespan.scope.get("state", {})),
    }  # fmt: skip
    await asyncio.wait_for(lifespan.app(scope, receive, send), PATIENCE)
    status = next(message["status"] for message in sent if message["type"] == "http.response.start")
    return status, b"".join(message.get("body", b"") for message in sent if message["type"] == "http.response.body")


async def bare(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The smallest application that knows the lifespan."""
    assert scope["type"] == "lifespan"
    for what in ("startup", "shutdown"):
        assert (await receive())["type"] == f"lifespan.{what}"
        await send({"type": f"lifespan.{what}.complete"})

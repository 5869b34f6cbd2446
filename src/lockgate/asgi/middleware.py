"""The same for an application that takes no lifespan."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Unpack

from lockgate.asgi.starting import evaluate
from lockgate.urls.database_url import mask

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from lockgate.asgi.starting import Database, Options

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    App = Callable[[Any, Any, Any], Awaitable[None]]  # frameworks have their own words for these three


class LockgateMiddleware:
    """Evaluates the gate before an ASGI application starts up: `app = LockgateMiddleware(app, models=Base.metadata)`.

    It takes what `lifespan` takes, but for `inner`: the application's own hooks run after the gate. Where the start is refused,
    the server is told so with the reason
    (https://asgi.readthedocs.io/en/latest/specs/lifespan.html#startup-failed-send-event), and the application never starts.

    Attributes:
        state: the application's own, or one for it: `state.lockgate` is what the gate came to.
    """

    def __init__(self, app: App, database: Database = None, **options: Unpack[Options]) -> None:
        self._app, self._database, self._options = app, database, options
        self.state: Any = app.state if hasattr(app, "state") else SimpleNamespace()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass everything on, a start after the gate."""
        if scope["type"] == "lifespan":
            receive = _again(await receive(), receive)
            await self._open(send)
        await self._app(scope, receive, send)

    async def _open(self, send: Send) -> None:
        try:
            self.state.lockgate = await evaluate(self._database, self._options)
        except Exception as error:
            await send({"type": "lifespan.startup.failed", "message": mask(str(error))})
            raise  # a test client takes a start that returns for one that did well


def _again(first: Message, receive: Receive) -> Receive:
    """Receive `first`, which was received already, and then what comes."""
    waiting = [first]

    async def received() -> Message:
        return waiting.pop() if waiting else await receive()

    return received

"""The same for an application that takes no lifespan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lockgate.asgi.starting import lifespan

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]


class LockgateMiddleware:
    """Evaluates the gate before an ASGI application starts up: `app = LockgateMiddleware(app, models=Base.metadata)`.

    It takes what `lifespan` takes. Where the start is refused, the server is told so with the reason
    (https://asgi.readthedocs.io/en/latest/specs/lifespan.html#startup-failed-send-event), and the application never starts.
    """

    def __init__(self, app: App, database: Any = None, **options: Any) -> None:
        self._app = app
        self._lifespan = lifespan(database, **options)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Pass everything on, a start after the gate."""
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        startup = await receive()
        try:
            async with self._lifespan(self):
                pass
        except Exception as error:
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            raise
        told = False

        async def again() -> Message:
            nonlocal told
            if told:
                return await receive()
            told = True
            return startup

        await self._app(scope, again, send)

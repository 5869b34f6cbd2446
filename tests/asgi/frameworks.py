"""The same small application in each framework: it counts the rows of `t1`, and its own lifespan notes what it saw."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import litestar
import quart
from fastapi import FastAPI, Request
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from lockgate import LockgateMiddleware, lifespan

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    See = Callable[[], Awaitable[str]]


def _inner(see: See, notes: list[str], state: dict[str, Any] | None) -> Callable[[Any], Any]:
    @asynccontextmanager
    async def inner(_app: Any) -> AsyncIterator[dict[str, Any] | None]:
        notes.append(await see())
        yield state
        notes.append("stopped")

    return inner


def fastapi(database: Any, see: See, notes: list[str], **options: Any) -> Any:
    app = FastAPI(lifespan=lifespan(database, inner=_inner(see, notes, {"passed": "on"}), **options))

    @app.get("/")
    async def state(request: Request) -> str:
        return f"{request.app.state.lockgate.state} {request.state.passed}"

    return app


def starlette(database: Any, see: See, notes: list[str], **options: Any) -> Any:
    async def state(request: Any) -> PlainTextResponse:
        return PlainTextResponse(f"{request.app.state.lockgate.state} {request.state.passed}")

    inner = _inner(see, notes, {"passed": "on"})
    return Starlette(routes=[Route("/", state)], lifespan=lifespan(database, inner=inner, **options))


def starlette_wrapped(database: Any, see: See, notes: list[str], **options: Any) -> Any:
    async def state(request: Any) -> PlainTextResponse:
        return PlainTextResponse(f"{request.app.state.lockgate.state} {request.state.passed}")

    app = Starlette(routes=[Route("/", state)], lifespan=_inner(see, notes, {"passed": "on"}))
    return LockgateMiddleware(app, database, **options)


def litestar_list(database: Any, see: See, notes: list[str], **options: Any) -> Any:
    @litestar.get("/", sync_to_thread=False)
    def state(state: litestar.datastructures.State) -> str:
        return f"{state.lockgate.state} on"

    # Litestar enters them in their order. Its logging would stay for the tests that follow.
    return litestar.Litestar(
        [state], lifespan=[lifespan(database, **options), _inner(see, notes, None)], logging_config=None
    )


def litestar_inner(database: Any, see: See, notes: list[str], **options: Any) -> Any:
    @litestar.get("/", sync_to_thread=False)
    def state(state: litestar.datastructures.State) -> str:
        return f"{state.lockgate.state} on"

    return litestar.Litestar(
        [state], lifespan=[lifespan(database, inner=_inner(see, notes, None), **options)], logging_config=None
    )


def quart_outside(database: Any, see: See, notes: list[str], **options: Any) -> Any:
    return (app := LockgateMiddleware(_quart(see, notes, lambda: app.state.lockgate.state), database, **options))


def quart_inside(database: Any, see: See, notes: list[str], **options: Any) -> Any:
    app = _quart(see, notes, lambda: gate.state.lockgate.state)
    gate = LockgateMiddleware(app.asgi_app, database, **options)
    app.asgi_app = gate  # type: ignore[method-assign]
    return app


def _quart(see: See, notes: list[str], found: Callable[[], str]) -> quart.Quart:
    app = quart.Quart(__name__)

    @app.while_serving
    async def own() -> AsyncIterator[None]:
        notes.append(await see())
        yield
        notes.append("stopped")

    @app.get("/")
    async def state() -> str:
        return f"{found()} on"

    return app


EVERY = (fastapi, starlette, starlette_wrapped, litestar_list, litestar_inner, quart_outside, quart_inside)

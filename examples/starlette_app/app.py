"""A video service in Starlette, on the migrations of ../videos, with a pool of asyncpg's for both.

DATABASE_URL=postgresql://user:password@host/database ENV=development FORCE_MIGRATION=true uvicorn app:app
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

import lockgate

MIGRATIONS = Path(__file__).parent.parent / "videos" / "migrations"


@asynccontextmanager
async def serving(app: Starlette) -> AsyncIterator[None]:
    # The pool is made when the application starts, so the gate is within its lifespan, and not around it.
    async with (
        asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=1) as app.state.pool,
        lockgate.lifespan(app.state.pool, directory=MIGRATIONS)(app),
    ):
        app.mount("/lockgate", lockgate.status_app(lockgate.Runner(app.state.pool, directory=MIGRATIONS)))
        yield


async def state(request: Request) -> JSONResponse:
    gate = request.app.state.lockgate
    return JSONResponse({"state": gate.state, "ready": gate.ready, "worker": os.getpid()})


async def videos(request: Request) -> JSONResponse:
    rows = await request.app.state.pool.fetch("SELECT title FROM videos ORDER BY id")
    return JSONResponse([row["title"] for row in rows])


app = Starlette(routes=[Route("/", state), Route("/videos", videos)], lifespan=serving)

"""A video service in Litestar, on the migrations of ../videos, with SQLAlchemy's engine for both.

ENV=development FORCE_MIGRATION=true uvicorn app:app
"""

import os
from pathlib import Path

import sqlalchemy as sa
from litestar import Litestar, asgi, get
from litestar.datastructures import State
from litestar.types import Receive, Scope, Send
from sqlalchemy.ext.asyncio import create_async_engine

import lockgate

MIGRATIONS = Path(__file__).parent.parent / "videos" / "migrations"
engine = create_async_engine(os.environ.get("DATABASE_URL", "sqlite+aiosqlite:///videos.db"))


@get("/")
async def state(state: State) -> dict[str, str | int]:
    return {"state": state.lockgate.state, "ready": state.lockgate.ready, "worker": os.getpid()}


status = lockgate.status_app(lockgate.Runner(engine, directory=MIGRATIONS))


@asgi("/lockgate", is_mount=True, copy_scope=True)
async def status_page(scope: Scope, receive: Receive, send: Send) -> None:
    await status(scope, receive, send)


@get("/videos")
async def videos() -> list[str]:
    async with engine.connect() as connection:
        return list(await connection.scalars(sa.text("SELECT title FROM videos ORDER BY id")))


app = Litestar(
    [state, videos, status_page],
    lifespan=[lockgate.lifespan(engine, directory=MIGRATIONS)],
    on_shutdown=[engine.dispose],
)

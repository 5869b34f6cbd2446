"""A video service in Quart, on the migrations of ../videos, with SQLAlchemy's engine for both.

ENV=development FORCE_MIGRATION=true hypercorn app:app
"""

import os
from pathlib import Path

import sqlalchemy as sa
from hypercorn.middleware import DispatcherMiddleware
from quart import Quart
from sqlalchemy.ext.asyncio import create_async_engine

import lockgate

MIGRATIONS = Path(__file__).parent.parent / "videos" / "migrations"
engine = create_async_engine(os.environ.get("DATABASE_URL", "sqlite+aiosqlite:///videos.db"))

service = Quart(__name__)
status = lockgate.status_app(lockgate.Runner(engine, directory=MIGRATIONS))
mounted = DispatcherMiddleware({"/lockgate": status, "": service})
# The gate is outermost: the dispatcher would not pass on why a start is refused.
app = lockgate.LockgateMiddleware(mounted, engine, directory=MIGRATIONS)


@service.after_serving
async def stop() -> None:
    await engine.dispose()


@service.get("/")
async def state() -> dict[str, str | int]:
    gate = app.state.lockgate
    return {"state": gate.state, "ready": gate.ready, "worker": os.getpid()}


@service.get("/videos")
async def videos() -> list[str]:
    async with engine.connect() as connection:
        return list(await connection.scalars(sa.text("SELECT title FROM videos ORDER BY id")))

"""A video service in Quart, on the migrations of ../videos, with SQLAlchemy's engine for both.

ENV=development FORCE_MIGRATION=true hypercorn app:app
"""

import os
from pathlib import Path

import sqlalchemy as sa
from quart import Quart
from sqlalchemy.ext.asyncio import create_async_engine

from lockgate import LockgateMiddleware

MIGRATIONS = Path(__file__).parent.parent / "videos" / "migrations"
engine = create_async_engine(os.environ.get("DATABASE_URL", "sqlite+aiosqlite:///videos.db"))

app = Quart(__name__)
gate = LockgateMiddleware(app.asgi_app, engine, directory=MIGRATIONS)
app.asgi_app = gate  # what Quart runs within is the gate


@app.after_serving
async def stop() -> None:
    await engine.dispose()


@app.get("/")
async def state() -> dict[str, str | int]:
    return {"state": gate.state.lockgate.state, "worker": os.getpid()}


@app.get("/videos")
async def videos() -> list[str]:
    async with engine.connect() as connection:
        return list(await connection.scalars(sa.text("SELECT title FROM videos ORDER BY id")))

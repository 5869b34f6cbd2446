"""A video service in FastAPI, on the migrations of ../videos, with SQLAlchemy's engine for both.

ENV=development FORCE_MIGRATION=true uvicorn app:app
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import sqlalchemy as sa
from fastapi import FastAPI, Request
from sqlalchemy.ext.asyncio import create_async_engine

import lockgate

MIGRATIONS = Path(__file__).parent.parent / "videos" / "migrations"
engine = create_async_engine(os.environ.get("DATABASE_URL", "sqlite+aiosqlite:///videos.db"))


@asynccontextmanager
async def serving(_app: FastAPI) -> AsyncIterator[None]:
    yield
    await engine.dispose()


app = FastAPI(lifespan=lockgate.lifespan(engine, inner=serving, directory=MIGRATIONS))


app.mount("/lockgate", lockgate.status_app(lockgate.Runner(engine, directory=MIGRATIONS)))


@app.get("/")
async def state(request: Request) -> dict[str, str | int]:
    gate = request.app.state.lockgate
    return {"state": gate.state, "ready": gate.ready, "worker": os.getpid()}


@app.get("/videos")
async def videos() -> list[str]:
    async with engine.connect() as connection:
        return list(await connection.scalars(sa.text("SELECT title FROM videos ORDER BY id")))

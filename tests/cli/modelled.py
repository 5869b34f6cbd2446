"""Models of a project at a shell, as text that changes between two commands."""

from __future__ import annotations

import asyncio
import textwrap
from typing import TYPE_CHECKING, Any

from sqlalchemy.ext.asyncio import create_async_engine

if TYPE_CHECKING:
    from pathlib import Path

    import sqlalchemy as sa

    from cli.shell import Project
    from conformance.bench import Database, Rows

MODELS = ("--models", "shop:metadata")
HEAD = "import sqlalchemy as sa\n\nmetadata = sa.MetaData()\n"
AUTHORS = """
    sa.Table(
        "authors", metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(50), nullable=False, unique=True),
        sa.Column("mood", sa.Enum("calm", "cross", name="mood")),
        sa.Column("joined", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )
"""
BOOKS = """
    sa.Table(
        "books", metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("author_id", sa.ForeignKey("authors.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("pages", sa.Integer),
        sa.Column("price", sa.Numeric(8, 2), server_default="0"),
        sa.UniqueConstraint("author_id", "title"),
        sa.CheckConstraint("pages > 0", name="books_pages_check"),
    )
"""


def table(name: str, *columns: str) -> str:
    """A table with a key, as `id INTEGER PRIMARY KEY` makes it on each engine, and these columns."""
    said = ["sa.Column('id', sa.Integer, primary_key=True, autoincrement=False)", *columns]
    return f"sa.Table({name!r}, metadata, {', '.join(said)})\n"


def models(project: Project, *tables: str, module: str = "shop.py") -> Path:
    """Write the module of the models."""
    path = project.folder / module
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEAD + "".join(textwrap.dedent(one) for one in tables), encoding="utf-8")
    return path


def create_all(database: Database, *tables: str) -> None:
    """Make them as SQLAlchemy does."""
    space: dict[str, Any] = {}
    exec(HEAD + "".join(textwrap.dedent(one) for one in tables), space)
    asyncio.run(_create_all(database, space["metadata"]))


async def _create_all(database: Database, metadata: sa.MetaData) -> None:
    scheme, _, rest = database.url.partition("://")
    driver = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}[scheme]
    engine = create_async_engine(f"{driver}://{rest}")
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    await engine.dispose()


def catalog(database: Database) -> dict[str, Rows]:
    """All that the schema holds, without Lockgate's own tables."""
    return asyncio.run(database.catalog())


def execute(database: Database, script: str) -> None:
    """Run a script, past Lockgate."""
    asyncio.run(database.execute(script))

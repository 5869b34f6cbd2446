"""Auto mode on SQLite where rows violate what the models add: that alone is left, and the rest of the rebuilt table is made."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from lockgate import Runner

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.asyncio
BEFORE = """
CREATE TABLE p (id INTEGER NOT NULL PRIMARY KEY);
CREATE TABLE r (id INTEGER NOT NULL PRIMARY KEY);
CREATE TABLE c (id INTEGER NOT NULL PRIMARY KEY, p INTEGER, q INTEGER);
INSERT INTO p VALUES (1), (2);
INSERT INTO c VALUES (1, 1, 9), (2, 2, 9)
"""


def models() -> sa.MetaData:
    metadata = sa.MetaData()
    for name in ("p", "r"):
        sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True))
    sa.Table(
        "c",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("p", sa.ForeignKey("p.id"), unique=True),
        sa.Column("q", sa.ForeignKey("r.id"), unique=True),
        sa.Column("x", sa.Text),
        sa.CheckConstraint("p < 5", name="small"),
        sa.CheckConstraint("q > 10", name="big"),
        sa.Index("halves", sa.text("q / 2"), unique=True),
    )
    return metadata


async def test_only_that_is_left(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "app.db")) as connection:
        connection.executescript(BEFORE)
    url = f"sqlite:///{tmp_path / 'app.db'}"
    async with Runner(url, environment="development", models=models(), migrations=[]) as runner:
        report = await runner.auto_migrate()
        checked = await runner.check()
    reasons = {one.detail: one.reason.removeprefix("the database refused it: ") for one in report.left}
    refused = {detail: reason.partition(" (")[0] for detail, reason in reasons.items()}
    assert refused == {
        "add CHECK (q > 10)": "CHECK constraint failed: big",
        "add UNIQUE (q)": "UNIQUE constraint failed: c.q",
        "add UNIQUE (q / 2)": "UNIQUE constraint failed: index 'halves'",
        "add FOREIGN KEY (q) REFERENCES r (id)": "FOREIGN KEY constraint failed: "
        "the migration would leave rows behind: 2 of c without their r",
    }
    made = {"add TEXT", "add CHECK (p < 5)", "add UNIQUE (p)", "add FOREIGN KEY (p) REFERENCES p (id)"}
    assert {one.detail for one in report.changes} == made
    assert {one.detail for one in checked.differences} == set(refused)

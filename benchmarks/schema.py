"""What every contestant's migrations do: number N creates the table item_N and an index on it, or drops the table."""

from __future__ import annotations

COLUMNS = "id INTEGER NOT NULL PRIMARY KEY, owner_id INTEGER NOT NULL, title TEXT NOT NULL, done BOOLEAN, created_at TIMESTAMP"
SQLALCHEMY_COLUMNS = """\
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("owner_id", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("done", sa.Boolean),
        sa.Column("created_at", sa.DateTime),"""


def table(number: int) -> str:
    """The table of a migration."""
    return f"item_{number:04d}"


def index(number: int) -> str:
    """The index of a migration."""
    return f"{table(number)}_owner"


def up(number: int) -> str:
    """The SQL that applies a migration."""
    return f"CREATE TABLE {table(number)} ({COLUMNS});\nCREATE INDEX {index(number)} ON {table(number)} (owner_id);\n"


def down(number: int) -> str:
    """The SQL that rolls a migration back."""
    return f"DROP TABLE {table(number)};\n"

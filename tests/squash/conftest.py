"""The client programs on the path, and a history that has one of everything."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from lockgate.settings.values import Settings
from servers import embedded_bin, installed_bin, version_of

if TYPE_CHECKING:
    from conformance.bench import Bench, Files

_POSTGRESQL = (
    """
    CREATE EXTENSION IF NOT EXISTS citext;
    CREATE SCHEMA app;
    CREATE TYPE app.mood AS ENUM ('sad', 'it''s');
    CREATE DOMAIN app.positive AS integer CHECK (VALUE > 0);
    CREATE TABLE app.users (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        email citext NOT NULL UNIQUE,
        mood app.mood NOT NULL DEFAULT 'sad',
        doubled integer GENERATED ALWAYS AS (2 * 3) STORED,
        touched timestamptz
    );
    COMMENT ON COLUMN app.users.mood IS 'how; they -- feel';
    """,
    """
    CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.touched = now();  -- ;
        RETURN NEW;
    END $$;
    CREATE TRIGGER touches BEFORE UPDATE ON app.users FOR EACH ROW EXECUTE FUNCTION app.touch();
    CREATE TABLE app.later (id integer PRIMARY KEY, parent integer REFERENCES app.later, amount app.positive);
    CREATE FUNCTION app.counted() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM app.later';
    CREATE VIEW app.happy AS SELECT id, email FROM app.users WHERE mood <> 'sad';
    CREATE MATERIALIZED VIEW app.counts AS SELECT count(*) AS many FROM app.users;
    CREATE SEQUENCE tickets START 100;
    CREATE TABLE events (id integer, at date NOT NULL) PARTITION BY RANGE (at);
    CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
    ALTER TABLE app.users ENABLE ROW LEVEL SECURITY;
    CREATE POLICY own ON app.users USING (email = current_user::text);
    GRANT SELECT ON app.users TO PUBLIC;
    CREATE INDEX happy_ones ON app.users (lower(email::text)) WHERE mood <> 'sad';
    """,
    """
    INSERT INTO app.users (email, mood) VALUES ('A@x', 'it''s'), ('b;\\', 'sad');
    UPDATE app.users SET mood = 'sad' WHERE id = 1;
    INSERT INTO app.later VALUES (2, NULL, 5), (1, 2, NULL);
    SELECT nextval('tickets'), nextval('tickets');
    REFRESH MATERIALIZED VIEW app.counts;
    INSERT INTO events VALUES (1, '2026-05-05');
    """,
)
_SQLITE = (
    """
    CREATE TABLE users (
        id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT UNIQUE, share REAL, face BLOB,
        shout TEXT GENERATED ALWAYS AS (upper(email)) VIRTUAL
    );
    CREATE TABLE child (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES users (id), twin INTEGER REFERENCES child (id));
    CREATE TABLE pairs (a TEXT, b TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID;
    """,
    """
    CREATE VIEW mails AS SELECT email FROM users;
    CREATE TRIGGER says AFTER INSERT ON users BEGIN
        INSERT INTO pairs VALUES ('new; ' || new.id, 'x');
    END;
    CREATE INDEX halves ON users (lower(email)) WHERE share > 0.5;
    CREATE VIRTUAL TABLE words USING fts5(body);
    PRAGMA user_version = 7;
    """,
    """
    INSERT INTO users (email, share, face) VALUES ('it''s', 1.0/3, x'00ff'), ('nul' || char(0) || 'x', 9e999, NULL);
    INSERT INTO users (id, email) VALUES (40, 'gone');
    DELETE FROM users WHERE id = 40;
    INSERT INTO child VALUES (1, 1, 2), (2, 2, 1);
    INSERT INTO words (rowid, body) VALUES (5, 'hello; world');
    """,
)
QUERIES = {
    "sqlite": (
        "SELECT id, email, quote(share), face, shout FROM users ORDER BY id",
        "SELECT * FROM child ORDER BY id", "SELECT * FROM pairs ORDER BY a",
        "SELECT rowid, body FROM words WHERE words MATCH 'hello'",
        "SELECT * FROM sqlite_sequence", "PRAGMA user_version", "SELECT * FROM made ORDER BY id",
    ),
    "postgresql": (
        "SELECT id, email::text, mood::text, doubled FROM app.users ORDER BY id", "SELECT * FROM app.counts",
        "SELECT * FROM app.later ORDER BY id", "SELECT * FROM events", "SELECT last_value, is_called FROM tickets",
        "SELECT last_value, is_called FROM app.users_id_seq", "SELECT app.counted()", "SELECT * FROM made ORDER BY id",
        "SELECT relname, relacl::text FROM pg_class WHERE relacl IS NOT NULL AND relnamespace = 'app'::regnamespace",
    ),
}  # fmt: skip
"""What is read of a database that has the history, beside its catalog."""


@pytest.fixture(autouse=True)
def _programs(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL's client programs of the server's own version first, else the newest."""
    engine = request.getfixturevalue("engine") if "engine" in request.fixturenames else ""
    folders = [folder for folder in (embedded_bin(), installed_bin()) if folder]
    folders.sort(key=lambda folder: not engine.endswith(version_of(folder)))
    monkeypatch.setenv("PATH", os.pathsep.join([*map(str, folders), os.environ["PATH"]]))


def write_history(files: Files, engine: str) -> list[str]:
    """Four migrations, of which the third is Python and the fourth wrote rows; gives their names."""
    first, second, rows = _SQLITE if engine == "sqlite" else _POSTGRESQL
    files.write("001_first.sql", first)
    files.write("002_second.sql", second)
    files.python(
        "003_made.py",
        """
        await self.db.create_table("made", sa.Column("id", sa.Integer, primary_key=True), sa.Column("said", sa.Text))
        await self.db.execute("INSERT INTO made (said) VALUES ('by Python')")
        """,
        "await self.db.drop_table('made')",
    )
    files.write("004_rows.sql", rows)
    return ["001_first.sql", "002_second.sql", "003_made.py", "004_rows.sql"]


def settings(bench: Bench, **more: Any) -> Settings:
    """The configuration of a test's database and folder."""
    return Settings.of({"database_url": bench.database.url, "directory": bench.files.folder, **more})

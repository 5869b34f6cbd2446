"""A database with rows, and what is pending on it: what is harmless, what is not, and what is meant to break a page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from lockgate import MigrationConfig
from lockgate.linting import lint
from lockgate.nouns.rehearsals import LongTransaction, Replica
from lockgate.rehearsing import Asked, rehearse

if TYPE_CHECKING:
    from conformance.bench import Bench
    from lockgate.nouns.findings import LintReport
    from lockgate.nouns.rehearsals import Rehearsal

SECRET = "hunter2-secret"
HOSTILE = "</code><script>alert(1)</script><img onerror=a()>|`@team`"  # no longer than a name may be
REASON = "<b>nobody</b> has read it since 2024"
FILES = {
    "001_videos.sql": """\
-- migrate:up
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE videos (id bigint PRIMARY KEY, title text, views int);
CREATE TABLE legacy (id bigint PRIMARY KEY);
CREATE TABLE "{hostile}" (id bigint PRIMARY KEY);
-- migrate:down
DROP TABLE legacy, videos, users, "{hostile}";
""",
    "002_widen.sql": """\
-- migrate:up
ALTER TABLE videos ALTER COLUMN views TYPE bigint;
ALTER TABLE videos ADD COLUMN owner_id bigint REFERENCES users (id);
-- migrate:down
ALTER TABLE videos DROP COLUMN owner_id;
ALTER TABLE videos ALTER COLUMN views TYPE int;
""",
    "003_index.sql": """\
-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY videos_title ON videos (title);
-- migrate:down
DROP INDEX videos_title;
""",
    "004_hostile.sql": """\
-- migrate:up
ALTER TABLE "{hostile}" ADD COLUMN "{hostile}" text DEFAULT '{hostile}';
CREATE ROLE t_report_reader PASSWORD '{secret}';
-- migrate:down
DROP ROLE t_report_reader;
ALTER TABLE "{hostile}" DROP COLUMN "{hostile}";
""",
    "005_legacy.sql": """\
-- lockgate: allow no-down: {reason}

-- migrate:up
DROP TABLE legacy;
""",
}


class Rehearsed(NamedTuple):
    """What a report is written from."""

    rehearsal: Rehearsal
    lint: LintReport


async def given(bench: Bench) -> None:
    """Apply the first file, and fill its tables."""
    for name, text in FILES.items():
        bench.files.write(name, text.format(hostile=HOSTILE, secret=SECRET, reason=REASON))
    await bench.up(steps=1)
    rows = "INSERT INTO videos SELECT g, 'title ' || g, g FROM generate_series(1, 40000) g; ANALYZE videos;"
    await bench.database.execute(rows)


async def rehearsed(bench: Bench, environment: str = "test") -> Rehearsed:
    """What is pending, as it went in a scratch database."""
    config = MigrationConfig(environment=environment, database_url=bench.database.url, directory=bench.files.folder)
    rehearsal = await rehearse(config, Asked(restores=True))
    return Rehearsed(rehearsal, await lint(rehearsal))


def busy(rehearsal: Rehearsal) -> Rehearsal:
    """The rehearsal as if somebody were at work on the target, and a replica followed it."""
    assert rehearsal.live is not None
    transaction = LongTransaction(4711, "nightly <export>", 90.0, "idle in transaction", ("videos",))
    live = replace(rehearsal.live, transactions=(transaction,), replicas=(Replica("standby", "streaming", 2.5),))
    return replace(rehearsal, live=live)

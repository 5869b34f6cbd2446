"""The tools that a history is adopted from: the tables that they make, their files, and the rows of the first two of three."""

from __future__ import annotations

import functools
import hashlib
import os
import subprocess
import sys
import zlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.bench import Bench

WHEN = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
_MOMENTS = {
    "postgresql": "timestamptz '2024-05-06 07:08:09+00'",
    "mariadb": f"FROM_UNIXTIME({WHEN.timestamp():.0f})",
    "sqlite": "'2024-05-06 07:08:09'",
}
_DIGEST = {"postgresql": r"bytea '\x", "mariadb": "X'", "sqlite": "X'"}


class Case(NamedTuple):
    """A tool's history of three migrations, the first two of which are applied.

    Attributes:
        tool: what `--from` calls it.
        table: its table.
        made: the statements that make the table, by engine.
        rows: the VALUES of its rows, where {when} is a moment in the engine's way.
        files: the files' texts, by their paths.
        names: what the migrations are recorded as.
        keeps_time: whether its table says when a migration was applied.
    """

    tool: str
    table: str
    made: Mapping[str, str]
    rows: tuple[str, ...]
    files: Mapping[str, str]
    names: tuple[str, str, str]
    keeps_time: bool = True

    @property
    def into(self) -> str:
        """The table that the history is taken over into."""
        return "lockgate_migrations" if self.table == "schema_migrations" else "schema_migrations"

    @property
    def texts(self) -> list[str]:
        """The texts of the migrations, in their order."""
        places = [name if name in self.files else f"{name}/up.sql" for name in self.names]
        return [self.files[place] for place in places]

    async def set_up(self, bench: Bench) -> None:
        """The files, the table with its rows, and what the applied migrations have made."""
        kind = engine_of(bench)
        self.write(bench)
        await bench.database.execute(self.made[kind])
        for row in self.rows:
            values = row.format(when=_MOMENTS[kind], digest=_DIGEST[kind])
            await bench.database.execute(f"INSERT INTO {self.table} VALUES ({values})")
        for number in (1, 2):
            await bench.database.execute(up(number))

    def write(self, bench: Bench) -> None:
        for path, text in self.files.items():
            (bench.files.folder / path).parent.mkdir(exist_ok=True)
            (bench.files.folder / path).write_bytes(text.encode())


def engine_of(bench: Bench) -> str:
    if bench.database.is_mysql:
        return "mariadb"
    return "postgresql" if bench.database.is_postgresql else bench.database.engine


def up(number: int) -> str:
    return f"CREATE TABLE t{number} (id INTEGER PRIMARY KEY);\n"


def down(number: int) -> str:
    return f"DROP TABLE t{number};\n"


def crc32(text: str) -> int:
    """Flyway's checksum, line by line."""
    value = 0
    for line in text.splitlines():
        value = zlib.crc32(line.encode(), value)
    return value - 2**32 if value >= 2**31 else value


@functools.cache
def siphash13(data: bytes) -> int:
    """CPython's own hash of bytes, which without a seed has a key of zeros."""
    code = f"import sys; assert sys.hash_info.algorithm == 'siphash13'; print(hash({data!r}) % 2**64)"
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    said = subprocess.run([sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True)
    return int(said.stdout)


def of_refinery(name: str, version: int, text: str) -> int:
    """refinery's checksum: Rust hashes a str as its bytes and 0xFF, and an i32 as its bytes."""
    return siphash13(name.encode() + b"\xff" + version.to_bytes(4, "little") + text.encode() + b"\xff")


def _same(statement: str) -> dict[str, str]:
    return dict.fromkeys(_MOMENTS, statement)


# golang-migrate: database/postgres/postgres.go, database/mysql/mysql.go, database/sqlite3/sqlite3.go.
GOLANG_MIGRATE = Case(
    "golang-migrate",
    "schema_migrations",
    {
        "postgresql": 'CREATE TABLE IF NOT EXISTS "public"."schema_migrations" (version bigint not null primary key,'
        " dirty boolean not null)",
        "mariadb": "CREATE TABLE IF NOT EXISTS `schema_migrations` (version bigint not null primary key, dirty boolean not"
        " null)",
        "sqlite": "CREATE TABLE IF NOT EXISTS schema_migrations (version uint64,dirty bool);"
        " CREATE UNIQUE INDEX IF NOT EXISTS version_unique ON schema_migrations (version);",
    },
    ("2, false",),
    {f"{one}_t{one}.{way}.sql": says(one) for one in (1, 2, 3) for way, says in (("up", up), ("down", down))},
    ("1_t1.up.sql", "2_t2.up.sql", "3_t3.up.sql"),
    keeps_time=False,
)

# dbmate: pkg/driver/*; what dbmate 2.36 has made on PostgreSQL and SQLite was looked at.
_STAMPED = tuple(f"2024010{one}000000_t{one}.sql" for one in (1, 2, 3))
DBMATE = Case(
    "dbmate",
    "schema_migrations",
    {
        "postgresql": 'create table if not exists "public"."schema_migrations" (version varchar not null primary key)',
        "mariadb": "create table if not exists `schema_migrations` (version varchar(128) primary key)",
        "sqlite": 'create table if not exists "schema_migrations" (version varchar(128) primary key)',
    },
    ("'20240101000000'", "'20240102000000'"),
    {name: f"-- migrate:up\n{up(one)}\n-- migrate:down\n{down(one)}" for one, name in enumerate(_STAMPED, 1)},
    (_STAMPED[0], _STAMPED[1], _STAMPED[2]),
    keeps_time=False,
)

# Rails: ActiveRecord::SchemaMigration and ActiveRecord::InternalMetadata; the files have been rewritten as SQL.
_RAILS = "CREATE TABLE schema_migrations (version varchar(255) NOT NULL PRIMARY KEY)"
RAILS = DBMATE._replace(
    tool="rails",
    made=_same(
        f"{_RAILS}; CREATE TABLE ar_internal_metadata (name varchar(255) NOT NULL PRIMARY KEY, value varchar(255),"
        " created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP, updated_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP)"
    ),
)

# goose: internal/dialects/postgres.go, mysql.go, sqlite3.go; version 0 is the row that it begins with.
GOOSE = Case(
    "goose",
    "goose_db_version",
    {
        "postgresql": "CREATE TABLE goose_db_version (id integer PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY,"
        " version_id bigint NOT NULL, is_applied boolean NOT NULL, tstamp timestamp NOT NULL DEFAULT now())",
        "mariadb": "CREATE TABLE goose_db_version (id bigint(20) unsigned NOT NULL AUTO_INCREMENT, version_id bigint NOT"
        " NULL, is_applied boolean NOT NULL, tstamp datetime NULL default CURRENT_TIMESTAMP, PRIMARY KEY(id))",
        "sqlite": "CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL,"
        " is_applied INTEGER NOT NULL, tstamp TIMESTAMP DEFAULT (datetime('now')))",
    },
    ("1, 0, true, {when}", "2, 1, true, {when}", "3, 2, true, {when}"),
    {f"0000{one}_t{one}.sql": f"-- +goose Up\n{up(one)}\n-- +goose Down\n{down(one)}" for one in (1, 2, 3)},
    ("00001_t1.sql", "00002_t2.sql", "00003_t3.sql"),
)

# Flyway: getRawCreateScript of PostgreSQLDatabase, MySQLDatabase, SQLiteDatabase.
FLYWAY = Case(
    "flyway",
    "flyway_schema_history",
    {
        "postgresql": 'CREATE TABLE "flyway_schema_history" ("installed_rank" INT NOT NULL, "version" VARCHAR(50),'
        ' "description" VARCHAR(200) NOT NULL, "type" VARCHAR(20) NOT NULL, "script" VARCHAR(1000) NOT NULL,'
        ' "checksum" INTEGER, "installed_by" VARCHAR(100) NOT NULL, "installed_on" TIMESTAMP NOT NULL DEFAULT now(),'
        ' "execution_time" INTEGER NOT NULL, "success" BOOLEAN NOT NULL);'
        ' ALTER TABLE "flyway_schema_history" ADD CONSTRAINT "flyway_schema_history_pk" PRIMARY KEY ("installed_rank");'
        ' CREATE INDEX "flyway_schema_history_s_idx" ON "flyway_schema_history" ("success")',
        "mariadb": "CREATE TABLE `flyway_schema_history` (`installed_rank` INT NOT NULL, `version` VARCHAR(50),"
        " `description` VARCHAR(200) NOT NULL, `type` VARCHAR(20) NOT NULL, `script` VARCHAR(1000) NOT NULL,"
        " `checksum` INT, `installed_by` VARCHAR(100) NOT NULL, `installed_on` TIMESTAMP NOT NULL DEFAULT"
        " CURRENT_TIMESTAMP, `execution_time` INT NOT NULL, `success` BOOL NOT NULL, CONSTRAINT"
        " `flyway_schema_history_pk` PRIMARY KEY (`installed_rank`)) ENGINE=InnoDB",
        "sqlite": 'CREATE TABLE "flyway_schema_history" ("installed_rank" INT NOT NULL PRIMARY KEY, "version" VARCHAR(50),'
        ' "description" VARCHAR(200) NOT NULL, "type" VARCHAR(20) NOT NULL, "script" VARCHAR(1000) NOT NULL, "checksum"'
        ' INT, "installed_by" VARCHAR(100) NOT NULL, "installed_on" TEXT NOT NULL DEFAULT'
        " (strftime('%Y-%m-%d %H:%M:%f','now')), \"execution_time\" INT NOT NULL, \"success\" BOOLEAN NOT NULL)",
    },
    (
        f"1, '1', 't1', 'SQL', 'V1__t1.sql', {crc32(up(1))}, 'app', {{when}}, 3, true",
        f"2, '2', 't2', 'SQL', 'V2__t2.sql', {crc32(up(2))}, 'app', {{when}}, 3, true",
    ),
    {f"V{one}__t{one}.sql": up(one) for one in (1, 2, 3)} | {f"U{one}__t{one}.sql": down(one) for one in (1, 2, 3)},
    ("V1__t1.sql", "V2__t2.sql", "V3__t3.sql"),
)

# sqlx: sqlx-postgres, sqlx-mysql and sqlx-sqlite, src/migrate.rs. The first file has the line ends of Windows.
_CRLF = up(1).replace("\n", "\r\n")
_SHA384 = [hashlib.sha384(text.encode()).hexdigest() for text in (_CRLF, up(2))]
SQLX = Case(
    "sqlx",
    "_sqlx_migrations",
    {
        "postgresql": "CREATE TABLE IF NOT EXISTS _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL,"
        " installed_on TIMESTAMPTZ NOT NULL DEFAULT now(), success BOOLEAN NOT NULL, checksum BYTEA NOT NULL,"
        " execution_time BIGINT NOT NULL)",
        "mariadb": "CREATE TABLE IF NOT EXISTS _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL,"
        " installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL, checksum BLOB NOT NULL,"
        " execution_time BIGINT NOT NULL)",
        "sqlite": "CREATE TABLE IF NOT EXISTS _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL,"
        " installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL, checksum BLOB NOT NULL,"
        " execution_time BIGINT NOT NULL)",
    },
    tuple(f"{one}, 't{one}', {{when}}, true, {{digest}}{sha}', 9" for one, sha in enumerate(_SHA384, 1)),
    {"1_t1.up.sql": _CRLF, "2_t2.up.sql": up(2), "3_t3.up.sql": up(3)}
    | {f"{one}_t{one}.down.sql": down(one) for one in (1, 2, 3)},
    ("1_t1.up.sql", "2_t2.up.sql", "3_t3.up.sql"),
)

# refinery: ASSERT_MIGRATIONS_TABLE_QUERY of refinery_core/src/traits/mod.rs.
REFINERY = Case(
    "refinery",
    "refinery_schema_history",
    _same(
        "CREATE TABLE IF NOT EXISTS refinery_schema_history(version INT4 PRIMARY KEY, name VARCHAR(255), applied_on"
        " VARCHAR(255), checksum VARCHAR(255))"
    ),
    tuple(
        f"{one}, 't{one}', '2024-05-06T07:08:09.000000999Z', '{of_refinery(f't{one}', one, up(one))}'" for one in (1, 2)
    ),
    {f"V{one}__t{one}.sql": up(one) for one in (1, 2, 3)},
    ("V1__t1.sql", "V2__t2.sql", "V3__t3.sql"),
)

# diesel: diesel/src/migration/setup_migration_table.sql.
_FOLDERS = tuple(f"2024-01-0{one}-000000_t{one}" for one in (1, 2, 3))
DIESEL = Case(
    "diesel",
    "__diesel_schema_migrations",
    _same(
        "CREATE TABLE IF NOT EXISTS __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, run_on TIMESTAMP"
        " NOT NULL DEFAULT CURRENT_TIMESTAMP)"
    ),
    ("'20240101000000', {when}", "'20240102000000', {when}"),
    {
        f"{folder}/{way}.sql": says(one)
        for one, folder in enumerate(_FOLDERS, 1)
        for way, says in (("up", up), ("down", down))
    },
    (_FOLDERS[0], _FOLDERS[1], _FOLDERS[2]),
)

ALL = (GOLANG_MIGRATE, DBMATE, RAILS, GOOSE, FLYWAY, SQLX, REFINERY, DIESEL)

"""The public projects whose histories are run, what each expects of its database, and how far its own downs go."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from corpora.by_hand import dbmate, folders, goose, pairs, plain
from lockgate.nouns.layouts import Layout

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from corpora.by_hand import Script


class Project(NamedTuple):
    """One history.

    Attributes:
        folder: where it is, from the folder of checkouts; it begins with the repository's name.
        engine: the database that it is for.
        read: reads it by hand.
        layout: what it should be taken for.
        least: how many migrations it had when it was added here.
        before: what the project has in its database before.
        shared: the pattern of what the files make that all databases of a server share, so that a second one has it.
        variables: the patterns of the files' variables, and the values that are put for them.
        extensions: the extensions that the server must have.
        broken: a migration whose own down the database refuses; everything comes down where there is none.
        kept: the newest migration that has no down, which is where it ends then.
        table: the tracking table, where the project has one of the usual name.
    """

    folder: str
    engine: str
    read: Callable[[Path], list[Script]]
    layout: Layout
    least: int
    before: str = ""
    shared: str = ""
    variables: Mapping[str, tuple[str, str]] = {}
    extensions: tuple[str, ...] = ()
    broken: str = ""
    kept: str = ""
    table: str = "schema_migrations"


# Tables of the server that the plug-in is made for, which its migrations look at.
_PLAYBOOKS = """
    CREATE TABLE Posts (Id varchar(26) PRIMARY KEY, CreateAt bigint, ChannelId varchar(26), Type varchar(26), Props jsonb);
    CREATE TABLE Channels (Id varchar(26) PRIMARY KEY, CreateAt bigint, DeleteAt bigint, DisplayName varchar(64));
    CREATE TABLE PluginKeyValueStore (PluginId varchar(190), PKey varchar(150), PValue bytea, ExpireAt bigint,
                                      PRIMARY KEY (PluginId, PKey));
    CREATE TABLE IR_MetricConfig (Id text PRIMARY KEY, PlaybookId text NOT NULL, Title text, Type text);
    """
_NAMESPACE = {"Namespace": (r'\{\{ ?index \.Options "Namespace" \}\}', "auth")}
_AUTHELIA, _OPENFGA, _NCPS = "authelia/internal/storage/migrations", "openfga/assets/migrations", "ncps/migrations"
_CHIRPSTACK, _RIVER = "chirpstack/chirpstack/migrations", "river/riverdriver"

PROJECTS = (
    Project("firefly/db/migrations/sqlite", "sqlite", pairs, Layout.GOLANG_MIGRATE, 100),
    Project(
        "firefly/db/migrations/postgres",
        "postgresql",
        pairs,
        Layout.GOLANG_MIGRATE,
        100,
        extensions=("uuid-ossp",),
        broken="000070",
    ),
    Project(
        "mattermost-plugin-playbooks/server/sqlstore/migrations/postgres",
        "postgresql",
        pairs,
        Layout.GOLANG_MIGRATE,
        80,
        before=_PLAYBOOKS,
    ),
    Project(
        "crates.io/migrations",
        "postgresql",
        folders,
        Layout.DIESEL,
        280,
        extensions=("ltree", "pgcrypto", "pg_trgm"),
        broken="2024-10-25-112826",
        table="lockgate_migrations",
    ),
    Project(
        "infra/packages/db/migrations",
        "postgresql",
        goose,
        Layout.GOOSE,
        130,
        shared=r"CREATE (?:ROLE|USER) \w+[^;]*;",
        extensions=("unaccent", "btree_gin"),
        broken="20250910072612",
    ),
    Project(f"{_AUTHELIA}/postgres", "postgresql", pairs, Layout.FLYWAY, 26),
    Project(f"{_AUTHELIA}/mysql", "mariadb", pairs, Layout.FLYWAY, 26, broken="V0007"),
    Project(
        f"{_CHIRPSTACK}_postgres",
        "postgresql",
        folders,
        Layout.DIESEL,
        30,
        before="CREATE EXTENSION pg_trgm",
        extensions=("pg_trgm",),
    ),
    Project(f"{_CHIRPSTACK}_sqlite", "sqlite", folders, Layout.DIESEL, 14),
    Project("vaultwarden/migrations/postgresql", "postgresql", folders, Layout.DIESEL, 46, broken="2022-07-27-110000"),
    Project(
        "atuin/crates/atuin-server-postgres/migrations", "postgresql", plain, Layout.LOCKGATE, 20, kept="20260127000000"
    ),
    Project("atuin/crates/atuin-client/migrations", "sqlite", plain, Layout.LOCKGATE, 12, kept="20260818000000"),
    Project(f"{_OPENFGA}/postgres", "postgresql", goose, Layout.GOOSE, 6),
    Project(f"{_OPENFGA}/sqlite", "sqlite", goose, Layout.GOOSE, 2),
    Project(f"{_NCPS}/postgres", "postgresql", goose, Layout.GOOSE, 16),
    Project(f"{_NCPS}/sqlite", "sqlite", goose, Layout.GOOSE, 21, broken="20260605211804"),
    Project(f"{_NCPS}/mysql", "mariadb", goose, Layout.GOOSE, 15),
    Project("database-specs/migrations", "postgresql", dbmate, Layout.DBMATE, 8, extensions=("pgcrypto",)),
    Project(
        "auth/migrations",
        "postgresql",
        pairs,
        Layout.GOLANG_MIGRATE,
        70,
        before="CREATE SCHEMA auth",
        variables=_NAMESPACE,
        kept="20260625000000",
    ),
    Project(f"{_RIVER}/riverpgxv5/migration/main", "postgresql", pairs, Layout.GOLANG_MIGRATE, 7),
)

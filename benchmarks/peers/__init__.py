"""The contestants, in the order in which tables show them."""

from __future__ import annotations

from benchmarks.peers.aerich import Aerich
from benchmarks.peers.alembic_async import AlembicAsync
from benchmarks.peers.alembic_sync import AlembicSync
from benchmarks.peers.asyncpg_trek import AsyncpgTrek
from benchmarks.peers.dbmate import Dbmate
from benchmarks.peers.django import Django
from benchmarks.peers.knex import Knex
from benchmarks.peers.limit import Limit
from benchmarks.peers.lockgate_python import LockgatePython
from benchmarks.peers.lockgate_singly import LockgateSingly
from benchmarks.peers.lockgate_sql import LockgateSql
from benchmarks.peers.node_pg_migrate import NodePgMigrate
from benchmarks.peers.piccolo import Piccolo
from benchmarks.peers.yoyo import Yoyo

PEERS = {
    peer.name: peer
    for peer in (
        Limit(),
        LockgateSql(),
        LockgateSingly(),
        LockgatePython(),
        AlembicSync(),
        AlembicAsync(),
        Yoyo(),
        AsyncpgTrek(),
        Aerich(),
        Piccolo(),
        Django(),
        Dbmate(),
        Knex(),
        NodePgMigrate(),
    )
}

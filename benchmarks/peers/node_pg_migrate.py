"""node-pg-migrate, in process of Node or by its command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import schema
from benchmarks.peers.node import Node

if TYPE_CHECKING:
    from benchmarks.peers.peer import Verb

_DRIVER = """
    import { runner } from "node-pg-migrate";
    import pg from "pg";
    const [databaseUrl, dir] = process.argv.slice(2);
    const common = { dir, migrationsTable: "pgmigrations", count: Infinity, log: () => {}, verbose: false };
    let kept;
    const looked = async () => {
      if (!kept) await (kept = new pg.Client(databaseUrl)).connect();
      await runner({ ...common, dbClient: kept, direction: "up" });
    };
    const calls = {
      up: () => runner({ ...common, databaseUrl, direction: "up" }),
      down: () => runner({ ...common, databaseUrl, direction: "down" }),
      look: looked,
      close: () => kept?.end(),
    };
"""
_FILE = """\
exports.up = (pgm) => {{
  pgm.createTable("{table}", {{
    id: {{ type: "integer", primaryKey: true }},
    owner_id: {{ type: "integer", notNull: true }},
    title: {{ type: "text", notNull: true }},
    done: {{ type: "boolean" }},
    created_at: {{ type: "timestamp" }},
  }});
  pgm.createIndex("{table}", "owner_id", {{ name: "{index}" }});
}};

exports.down = (pgm) => {{
  pgm.dropTable("{table}");
}};
"""


class NodePgMigrate(Node):
    name = "node-pg-migrate"
    title = "node-pg-migrate"
    environment = "node-pg-migrate"
    requirements = ("npm:node-pg-migrate", "npm:pg")
    note = "all migrations of a run in one transaction"
    driver = _DRIVER

    def migration(self, number: int) -> str:
        return _FILE.format(table=schema.table(number), index=schema.index(number))

    def arguments(self, verb: Verb) -> list[str]:
        return ["up"] if verb == "up" else ["up", "--dry-run"]

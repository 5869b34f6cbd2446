"""knex with pg, in process of Node or by its command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import schema
from benchmarks.peers.node import Node

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.peers.peer import Verb

_DRIVER = """
    import knex from "knex";
    const [url, directory] = process.argv.slice(2);
    const made = () => knex({ client: "pg", connection: url, migrations: { directory } });
    let kept;
    const connected = async (work) => {
      const one = made();
      await work(one.migrate);
      await one.destroy();
    };
    const calls = {
      up: () => connected((migrate) => migrate.latest()),
      down: () => connected((migrate) => migrate.rollback(undefined, true)),
      look: () => (kept ??= made()).migrate.latest(),
      close: () => kept?.destroy(),
    };
"""
_FILE = """\
exports.up = async (knex) => {{
  await knex.schema.createTable("{table}", (table) => {{
    table.integer("id").notNullable().primary();
    table.integer("owner_id").notNullable().index("{index}");
    table.text("title").notNullable();
    table.boolean("done");
    table.timestamp("created_at", {{ useTz: false }});
  }});
}};

exports.down = async (knex) => {{
  await knex.schema.dropTable("{table}");
}};
"""
_KNEXFILE = """\
module.exports = { client: "pg", connection: process.env.DATABASE_URL, migrations: { directory: "./migrations" } };
"""


class Knex(Node):
    name = "knex"
    title = "knex"
    environment = "knex"
    requirements = ("npm:knex", "npm:pg")
    driver = _DRIVER

    def write(self, folder: Path, count: int, bin_directory: Path) -> None:
        super().write(folder, count, bin_directory)
        (folder / "knexfile.cjs").write_text(_KNEXFILE)

    def migration(self, number: int) -> str:
        return _FILE.format(table=schema.table(number), index=schema.index(number))

    def arguments(self, verb: Verb) -> list[str]:
        return ["--knexfile", "knexfile.cjs", "migrate:latest" if verb == "up" else "migrate:status"]

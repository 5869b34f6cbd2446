"""`plan --sql` and `plan --trace`, as they are typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli.shell import Project

PYTHON = """
import sqlalchemy as sa
from lockgate import Migration

class M(Migration):
    async def up(self):
        await self.db.add_column("t1", sa.Column("note", sa.Text))
        await self.db.execute("UPDATE t1 SET note = :n", {"n": "it's"})

    async def down(self):
        await self.db.drop_column("t1", "note")
"""


def test_the_script_has_each_statement_with_its_values_and_its_row(on_each: Project) -> None:
    on_each.tables(1)
    on_each.file("002_note.py", PYTHON)
    done = on_each.run("plan", "--sql")
    assert done.status == 0
    begins = ["CREATE TABLE IF NOT EXISTS", "-- 001_t1.sql, up", "CREATE TABLE t1", "-- 002_note.py, up", "ALTER TABLE"]
    places = [done.out.index(one) for one in (*begins, "UPDATE t1 SET note = 'it''s';")]
    assert places == sorted(places)
    assert done.out.count("INSERT INTO") == 2
    assert on_each.recorded == []
    assert on_each.run("up").status == 0
    assert on_each.run("plan", "--sql").out == ""
    down = on_each.run("down", "--dry-run", "--steps", "1").out
    assert "DELETE FROM" in down
    assert "-- 001_t1.sql" not in down
    assert on_each.recorded == ["001_t1.sql", "002_note.py"]


def test_the_trace_says_in_words_what_is_locked(on_postgresql: Project) -> None:
    on_postgresql.file("001_t.sql", "CREATE TABLE t (id integer, n integer);")
    assert on_postgresql.run("up").status == 0
    on_postgresql.file("002_t.sql", "ALTER TABLE t ALTER COLUMN n TYPE bigint;")
    on_postgresql.file("003_t.sql", "COMMENT ON TABLE t IS 'x';\nCREATE TABLE u (id integer);")
    out = on_postgresql.run("plan", "--trace").out
    assert "! line 1: ALTER TABLE t ALTER COLUMN n TYPE bigint rewrites 0 bytes of t under ACCESS EXCLUSIVE;" in out
    assert "nothing can read t meanwhile." in out
    assert "- line 1: COMMENT ON TABLE t IS 'x' locks t under SHARE UPDATE EXCLUSIVE; reading and writing go on." in out
    document = on_postgresql.run("plan", "--trace", "--json").json
    (lock,) = [one for sent in document["migrations"][0]["statements"] for one in sent["locks"]]
    assert lock == {
        "relation": "public.t",
        "mode": "ACCESS EXCLUSIVE",
        "held": "ACCESS EXCLUSIVE",
        "rewritten": True,
        "scanned": True,
    }
    assert [one["grave"] for one in document["verdicts"]] == [True, False]


def test_a_closed_environment_has_no_scratch_and_says_so(on_postgresql: Project) -> None:
    on_postgresql.tables(1)
    on_postgresql.file("002_asks.py", PYTHON.replace('self.db.execute("UPDATE', 'self.db.scalar("SELECT'))
    done = on_postgresql.run("plan", "--sql", env={"ENV": "production"})
    assert done.status == 0
    assert "LOCKGATE_SCRATCH_URL names a server for it." in done.out
    assert "CREATE TABLE t1" in done.out
    assert "RAISE EXCEPTION '002_asks.py is not in this script'" in done.out
    assert "002_asks.py" in done.err


def test_offline_asks_no_database(on_postgresql: Project) -> None:
    on_postgresql.tables(3)
    nowhere = ("--database", "postgresql://nobody@127.0.0.1:1/x")
    out = on_postgresql.run("plan", "--sql", "--offline", "--after", "1", *nowhere).out
    assert "CREATE TABLE t1 " not in out
    assert out.index("CREATE TABLE t2 ") < out.index("CREATE TABLE t3 ")
    assert on_postgresql.run("plan", "--sql", *nowhere).status == 7


@pytest.mark.parametrize("arguments", [("plan", "--offline"), ("plan", "--sql", "--after", "1")])
def test_options_that_need_another(project: Project, arguments: tuple[str, ...]) -> None:
    assert project.run(*arguments).status == 2


def test_a_dry_run_is_the_script_with_the_names_beside_it(on_each: Project) -> None:
    (name,) = on_each.tables(1)
    done = on_each.run("up", "--dry-run")
    assert done.out == on_each.run("plan", "--sql").out
    assert "CREATE TABLE t1" in done.out
    assert done.err == f"Would apply 1 migration, batch 1:\n  {name}\n"
    planned, document = (on_each.run(*command, "--json").json for command in (("plan",), ("up", "--dry-run")))
    (migration,) = document["migrations"]
    assert {key: migration[key] for key in ("name", "hash")} == planned["migrations"][0]
    assert (document["direction"], document["batch_no"], document["script"]) == ("up", 1, done.out.rstrip("\n") + "\n")
    assert "CREATE TABLE t1" in "".join(one["sql"] for one in migration["statements"])
    assert on_each.recorded == []


def test_what_fails_in_the_scratch_has_reached_nothing_else(on_each: Project) -> None:
    on_each.tables(1)
    on_each.file("002_wrong.sql", "SELECT wrong FROM t1;")
    done = on_each.run("plan", "--sql")
    assert done.status == 1
    assert "Rehearsed in a scratch database" in done.err
    dry = on_each.run("up", "--dry-run")
    assert (dry.status, dry.out) == (1, "")
    assert dry.err.startswith("Would apply 2 migrations, batch 1:\n")
    assert "Nothing was sent to the target." in dry.err
    assert "Nothing was sent to the target." in done.err
    assert on_each.recorded == []

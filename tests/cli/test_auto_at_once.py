"""`auto` beside others, and beside a scratch database that is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.modelled import MODELS, catalog, models, table

if TYPE_CHECKING:
    from cli.shell import Project
    from conformance.bench import Database

MAY = "sa.Column('may', sa.Integer)"
CHECKED = "sa.Column('n', sa.Integer, sa.CheckConstraint('n > 0', name='n_check'))"


def test_of_two_at_once_one_does_it_and_both_are_0(everywhere: Project) -> None:
    models(everywhere, *(table(f"t{number}", MAY) for number in range(12)))
    running = [everywhere.start("auto", *MODELS, "--json") for _ in range(2)]
    ended = [one.end(within=60) for one in running]
    assert [one.status for one in ended] == [0, 0], [one.err for one in ended]
    assert sorted(len(one.json["changes"]) for one in ended) == [0, 12]
    assert everywhere.run("check", *MODELS).status == 0


def test_who_waits_too_long_is_5_and_has_changed_nothing(everywhere: Project, database: Database) -> None:
    everywhere.python("001_slow.py", up="await anyio.sleep(60)")
    models(everywhere, table("a"))
    first = everywhere.start("up")
    first.wait_for(lambda: everywhere.run("status", "--json").json["state"] == "locked")
    done = everywhere.run("auto", *MODELS, "--json", "--lock-timeout", "0.3")
    assert (done.status, done.error["kind"]) == (5, "lock_timeout")
    assert catalog(database)["columns"] == []
    first.process.terminate()


def test_a_scratch_database_of_another_engine_is_2(everywhere: Project, database: Database) -> None:
    models(everywhere, table("a"))
    assert everywhere.run("auto", *MODELS).status == 0
    before = catalog(database)
    models(everywhere, table("a", CHECKED))
    other = (
        f"sqlite:///{everywhere.folder / 'scratch.db'}" if everywhere.is_postgresql else "postgresql://127.0.0.1:1/x"
    )
    done = everywhere.run("auto", *MODELS, "--json", env={"LOCKGATE_SCRATCH_URL": other})
    # The engine is known once it has been reached.
    assert done.status == (2 if everywhere.is_postgresql else 7)
    assert catalog(database) == before

"""What must hold after a fault: what was said was true, a plain run finishes the job, and nothing is left lying about."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import pytest

from faults.cells import How, Kind
from faults.scene import recorded, runner
from lockgate import LockTimeout, MigrationFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from faults.running import Said
    from faults.scene import Scene
    from lockgate import Runner
    from lockgate.nouns.reports import RunReport

_MUTE, _ENDED = -9, 143
_BASE: Final = "001"
_TAKING_SECONDS: Final = 30.0
_STATUSES: Final = {
    How.SIGKILL: {_MUTE},
    How.SIGSTOP: {0},
    How.SIGTERM: {0, _ENDED},
    How.TERMINATED: {0, 1, 7},
    How.CRASH: {0, 1, 7},
    How.CUT: {0, 1, 7},
    How.DISK_FULL: {0, 1},
}


async def begin(scene: Scene) -> None:
    """Apply what the run that is hit is to roll back."""
    if scene.cell.kind.goes_down:
        async with runner(scene) as first:
            await first.up()


async def run(scene: Scene, one: Runner) -> RunReport:
    """Do by a plain run what the runner that is hit was to do, as far as it is not done."""
    return await (one.down(to=_BASE) if scene.cell.kind.goes_down else one.up())


def _goal(scene: Scene) -> list[str]:
    """What is on record when all is done."""
    return list(scene.names[:1] if scene.cell.kind.goes_down else scene.names)


def after(scene: Scene, before: Sequence[str], names: Sequence[str]) -> list[str]:
    """What is on record when a run has done these."""
    return [one for one in before if one not in names] if scene.cell.kind.goes_down else [*before, *names]


async def told_the_truth(scene: Scene, said: Said, before: Sequence[str]) -> None:
    """What it says it has done is on record, and nothing else; 0 means all; what it says it undid is not there."""
    if loses_lock(scene) and said.status == 1:
        assert await recorded(scene) == _goal(scene) or await _is_undecided(scene), said
        assert re.search("[Tt]he lease .*was lost", said.words), said
        return
    assert said.status in _STATUSES[scene.cell.how], said
    if said.status == _MUTE:
        return
    on_record, goal = await recorded(scene), _goal(scene)
    assert after(scene, before, said.done) == on_record, said
    if said.status == 0:
        assert (on_record, said.failed) == (goal, None), said
    elif said.status != _ENDED:  # a signal may come when all is done
        assert on_record != goal, said
        assert said.failed or "error" in said.document, said
    assert (said.failed in on_record) is (said.failed is not None and scene.cell.kind.goes_down), said
    await _kept_what_it_says(scene, said)


async def _kept_what_it_says(scene: Scene, said: Said) -> None:
    undone = re.search(r"was rolled back|Nothing (of it )?was run|none of its steps", said.words)
    if undone and "003_change.sql" not in said.done:
        assert ("a" in await scene.tables()) is scene.cell.kind.goes_down, said
    if kept := re.search(r"its first (?:(\d+) steps are|step is) kept", said.words):
        done = "SELECT count(*) FROM schema_migrations_journal WHERE state = 'done'"
        assert await scene.rows(done) == [(int(kept[1] or 1),)], said


async def next_run_finishes(scene: Scene) -> None:
    """A plain run does what is left; what nobody can know it names, and does not touch."""
    before = await recorded(scene)
    async with runner(scene) as second:
        if await _is_undecided(scene):
            await _names_it_and_touches_nothing(scene)
            await second.repair(scene.names[-1], step=await _decided(scene))
        report = await run(scene, second)
    assert after(scene, before, report.names) == _goal(scene)


async def _is_undecided(scene: Scene) -> bool:
    """Whether the procedure was called, and nobody has told what became of it."""
    query = "SELECT state FROM schema_migrations_journal WHERE step = 3 AND name <> '001_base.sql'"
    return scene.cell.kind is Kind.CALL and await scene.rows(query) == [("started",)]


async def _names_it_and_touches_nothing(scene: Scene) -> None:
    rows = await _rows_of_data(scene)
    for _ in range(2):
        async with runner(scene) as one:
            with pytest.raises(MigrationFailed, match="step 3 was running") as raised:
                await one.up()
            assert raised.value.exit_code == 1
    assert await _rows_of_data(scene) == rows


async def _decided(scene: Scene) -> str:
    """Decide as a person does who looks at the data."""
    done = {note for (note,) in (await _rows_of_data(scene))["log"]}
    if "batch" in done and "its second half" not in done:
        await scene.execute("INSERT INTO log VALUES ('its second half')")
    return "done" if "batch" in done else "undone"


async def state(scene: Scene) -> dict[str, Any]:
    """Schema, rows and history, as they are to be equal after whatever happened on the way."""
    return {"catalog": await scene.catalog(), "history": await recorded(scene), **await _rows_of_data(scene)}


async def _rows_of_data(scene: Scene) -> dict[str, list[tuple[Any, ...]]]:
    log = await scene.rows("SELECT note FROM log ORDER BY note")
    return {"log": log, "ballast": await scene.rows("SELECT count(*) FROM ballast")}


async def nothing_is_left(scene: Scene) -> None:
    """No lock, lease, temporary object, row of the journal or INVALID index."""
    if await _is_held_by_the_dead(scene):
        await _keeps_nobody_out(scene)
    assert await scene.leftovers() == []
    for table in await scene.own_tables() - {"schema_migrations", "schema_migrations_marks"}:
        held = " WHERE holder IS NOT NULL" if table.endswith("_lease") else ""
        assert await scene.rows(f"SELECT * FROM {table}{held}") == [], table


async def _is_held_by_the_dead(scene: Scene) -> bool:
    """Whether a runner that had all but its lease to give back is gone, and nobody has needed the lease since."""
    may = "schema_migrations_lease" in await scene.own_tables()
    return may and bool(await scene.rows("SELECT 1 FROM schema_migrations_lease WHERE holder IS NOT NULL"))


async def _keeps_nobody_out(scene: Scene) -> None:
    (scene.folder / "migrations" / "900_later.sql").write_text("CREATE TABLE later (id integer);\n", encoding="utf-8")
    async with runner(scene) as later:
        assert "900_later.sql" in (await later.up()).names


def loses_lock(scene: Scene) -> bool:
    """Whether the runner stands still for so long that another one may take its lock."""
    return scene.cell.how is How.SIGSTOP and "lease_seconds" in scene.settings


async def another_runner_meanwhile(scene: Scene) -> list[str]:
    """A run beside one that stands still does the work, or gives up and says why; gives what it has done."""
    async with runner(scene, lock_timeout=_TAKING_SECONDS if loses_lock(scene) else 0.3) as other:
        try:
            return list((await run(scene, other)).names)
        except LockTimeout:
            assert not loses_lock(scene)
        except MigrationFailed:
            assert await _is_undecided(scene)
    return []

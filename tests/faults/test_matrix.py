"""The fault matrix: a runner is hit at each moment, in each way, on its way to each kind of migration."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import pytest

from faults import laws
from faults.cells import EVERYTHING, Cell, How, every, few, sample
from faults.places.every_place import PLACES
from faults.scene import recorded, runner

if TYPE_CHECKING:
    from pathlib import Path

    from faults.running import Running
    from faults.scene import Place, Scene

pytestmark = pytest.mark.asyncio


def _cells(place: Place) -> list[Cell]:
    cells = every(place.name, place.kinds, place.hows)
    if EVERYTHING:
        return cells
    return sample(cells) if place.times is None else few(cells, place.times)


@pytest.mark.parametrize("cell", [cell for place in PLACES for cell in _cells(place)], ids=str)
async def test_a_fault_leaves_nothing_half_done(
    cell: Cell, place: Place, undisturbed: dict[Any, Any], tmp_path: Path, record_property: Any
) -> None:
    record_property("fault", cell.words)
    wanted = cell.kind, cell.how is How.DISK_FULL, cell.place
    if wanted not in undisturbed:
        undisturbed[wanted] = await _undisturbed(place, cell, tmp_path / "undisturbed")
    async with place.scene(cell, tmp_path / "hit") as scene:
        await laws.begin(scene)
        before = await recorded(scene)
        async with scene.held() as running:
            before = laws.after(scene, before, await _hit(scene, running))
            said = await running.ended()
        await laws.told_the_truth(scene, said, before)
        await laws.next_run_finishes(scene)
        assert await laws.state(scene) == undisturbed[wanted]
        await laws.nothing_is_left(scene)


async def _undisturbed(place: Place, cell: Cell, folder: Path) -> dict[str, Any]:
    async with place.scene(cell, folder) as scene:
        base = await scene.catalog()
        await laws.begin(scene)
        async with runner(scene) as only:
            await laws.run(scene, only)
        state = await laws.state(scene)
        assert (state["catalog"] == base) is cell.kind.goes_down
        return state


async def _hit(scene: Scene, running: Running) -> list[str]:
    """Hit it, and let go of what is held; gives what another runner has done meanwhile."""
    how, meanwhile = scene.cell.how, list[str]()
    match how:
        case How.SIGKILL:
            running.send(signal.SIGKILL)
            await running.ended()
            scene.drop()
            await scene.left_alone(running)
        case How.SIGSTOP:
            running.send(signal.SIGSTOP)
            scene.pass_on()
            await scene.free()
            meanwhile = await laws.another_runner_meanwhile(scene)
            running.send(signal.SIGCONT)
        case How.SIGTERM:
            running.send(signal.SIGTERM)
            scene.pass_on()
            await running.ended()
        case _:
            await scene.hit(how, running)
            scene.pass_on()
    await scene.free()
    return meanwhile

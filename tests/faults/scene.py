"""What a cell asks of a place: a database and a folder, a runner that is held where it is to be hit, and the hits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from lockgate import Runner

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractAsyncContextManager, AbstractContextManager
    from pathlib import Path

    from faults.cells import Cell, How, Kind
    from faults.running import Running


class Scene(Protocol):
    """One cell on its own database. A new place writes one of these, and a `Place`."""

    cell: Cell
    folder: Path
    url: str
    names: Sequence[str]
    """All migrations, in their order."""
    settings: Mapping[str, Any]
    """What every runner is told; with `lease_seconds`, who stands still for longer loses the lock to another."""

    def held(self) -> AbstractAsyncContextManager[Running]:
        """A runner in a process of its own, which has come to the cell's moment and no further."""

    def pass_on(self) -> None:
        """Let the runner go on, and what it has said arrive."""

    def drop(self) -> None:
        """Lose what the runner, which is dead, has not said yet."""

    async def free(self) -> None:
        """Take away what holds the server at the cell's moment."""

    async def left_alone(self, running: Running) -> None:
        """Wait until the engine has seen that its runner is gone, where it sees that by itself."""

    async def hit(self, how: How, running: Running) -> None:
        """Do what only this place can do: end the backend, crash the server, cut the connection, fill the disk."""

    async def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query, past Lockgate."""

    async def execute(self, script: str) -> None:
        """Run a script, past Lockgate."""

    async def catalog(self) -> dict[str, Any]:
        """The schema as a value."""

    async def leftovers(self) -> list[str]:
        """What should not be there after a run, in words: locks, temporary objects, what is invalid."""

    async def tables(self) -> set[str]:
        """The names of the tables, without Lockgate's own."""

    async def own_tables(self) -> set[str]:
        """Lockgate's tables that have been made."""


class Place(Protocol):
    """An engine, and the way to it."""

    name: str
    kinds: Sequence[Kind]
    hows: Sequence[How]
    times: int | None
    """How often the short form hits each moment; None for as often as each kind of migration deserves."""

    def started(self) -> AbstractContextManager[Place]:
        """The place, while its server runs; one that is missing fails in CI, and elsewhere is a skip."""

    def scene(self, cell: Cell, folder: Path) -> AbstractAsyncContextManager[Scene]:
        """Set the scene of a cell."""


def runner(scene: Scene, **settings: Any) -> Runner:
    """A runner of this process, which nothing holds."""
    return Runner(scene.url, directory=scene.folder / "migrations", **{**scene.settings, **settings})


def environment(scene: Scene) -> dict[str, str]:
    """The same settings, as a process is told them."""
    return {f"LOCKGATE_{name.upper()}": str(value) for name, value in scene.settings.items()}


async def recorded(scene: Scene) -> list[str]:
    """The names in the tracking table; none where there is no table."""
    if "schema_migrations" not in await scene.own_tables():
        return []
    return [name for (name,) in await scene.rows("SELECT name FROM schema_migrations ORDER BY id")]

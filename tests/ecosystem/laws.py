"""What has to hold for the models of any package, on any engine. Each law begins in an empty database."""

from __future__ import annotations

from random import Random
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from ecosystem.damage import damaged
from ecosystem.ground import create_all
from lockgate import Runner, SettingsError
from lockgate.generating.drafting import Wish, draft

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    import sqlalchemy as sa

    from convergence.witness import Testimony
    from ecosystem.ground import Ground
    from lockgate.nouns.schema_reports import AutoReport, CheckReport

_SHOWN = 12


class Broken(Exception):
    """A law does not hold."""


class Case(NamedTuple):
    """One package's models on one engine; `folder` is for migrations and empty, `seeds` say what is damaged."""

    ground: Ground
    metadata: sa.MetaData
    folder: Path
    seeds: range

    def runner(self) -> Runner:
        """Lockgate, with these models and the folder's migrations."""
        return Runner(
            environment="development", models=self.metadata, database_url=self.ground.url, directory=self.folder
        )

    async def auto(self) -> AutoReport:
        """What auto mode does."""
        async with self.runner() as runner:
            return await runner.auto_migrate()

    async def check(self) -> CheckReport:
        """What `check` finds."""
        async with self.runner() as runner:
            return await runner.check()


async def creates(case: Case) -> str:
    """Auto mode makes of nothing what `create_all` makes."""
    await create_all(case.ground, case.metadata)
    wanted, testimony = await case.ground.dump(), await case.ground.testimony()
    await case.ground.empty()
    begun = perf_counter()
    report = await case.auto()
    seconds = perf_counter() - begun
    expect("left undone", list(map(str, report.left)), [])
    expect("dump", await case.ground.dump(), wanted)
    alike(await case.ground.testimony(), testimony)
    return f"auto {seconds:.1f} s, {len(report.statements)} statements"


async def refuses(case: Case) -> str:
    """Where `create_all` itself fails, auto mode says that it is the models' fault, and leaves nothing."""
    nothing = await case.ground.testimony()
    try:
        await case.auto()
    except SettingsError as error:
        alike(await case.ground.testimony(), nothing)
        return str(error).splitlines()[0]
    raise Broken("it did what SQLAlchemy cannot")


async def rests(case: Case) -> str:
    """What `create_all` or auto mode has made is left alone, whether or not Lockgate remembers that it has looked."""
    await create_all(case.ground, case.metadata)
    await _nothing_to_do(case)
    await case.ground.empty()
    await case.auto()
    await _nothing_to_do(case)
    begun = perf_counter()
    await case.check()
    return f"check {perf_counter() - begun:.1f} s"


async def _nothing_to_do(case: Case) -> None:
    for _ in range(2):
        for _ in range(2):
            report = await case.auto()
            expect("changes", [*map(str, report.changes), *report.statements], [])
            expect("left undone", list(map(str, report.left)), [])
        await case.ground.transact(["DROP TABLE schema_migrations_marks"])
    _nothing_found("differences", await case.check())


async def drafts(case: Case) -> str:
    """`new --auto` writes a migration that makes the models, and takes all of it away again; in Python and in SQL."""
    return "; ".join([await _drafted(case, sql=sql) for sql in (False, True)])


async def _drafted(case: Case, *, sql: bool) -> str:
    await case.ground.empty()
    nothing = await case.ground.testimony()
    if case.ground.first:
        (case.folder / "001_first.sql").write_text(case.ground.first, encoding="utf-8")
    async with case.runner() as runner:
        begun = perf_counter()
        made = await draft(runner.config, Wish("all of it", sql))
        seconds = perf_counter() - begun
        for name, text in made.files.items():
            (case.folder / name).write_text(text, encoding="utf-8")
        await runner.up()
        _nothing_found("differences after the draft", await runner.check())
        await runner.down(all=True)
    for file in case.folder.iterdir():
        file.unlink()
    alike(await case.ground.testimony(), nothing)
    return f"{' + '.join(made.files)} in {seconds:.1f} s"


async def repairs(case: Case) -> str:
    """What somebody did by hand is found, each of it; `up` repairs all of it, and `down` would bring it back."""
    told, broken = list[str](), list[str]()
    for seed in case.seeds:
        try:
            told.append(await _repaired(case, Random(seed)))
        except Broken as error:
            broken.append(f"seed {seed}: {error}")
    if broken:
        raise Broken("\n".join(broken))
    return "; ".join(told)


async def _repaired(case: Case, random: Random) -> str:
    await create_all(case.ground, case.metadata)
    wanted = await case.ground.testimony()
    done = await damaged(case.ground, random)
    broken = await case.ground.testimony()
    checked = await case.check()
    expect("damage that is not found", [one.told for one in done if not one.is_in(checked.differences)], [])
    try:
        await _run(case.ground, checked.up)
        alike(await case.ground.testimony(), wanted)
        _nothing_found("differences after the repair", await case.check())
        await _run(case.ground, checked.down)
        alike(await case.ground.testimony(), broken)
    except Broken as error:
        raise Broken("\n".join([str(error), "after", *(one.told for one in done)])) from error
    return f"{len(done)} things, {len(checked.differences)} differences, {len(checked.up)} statements"


async def _run(ground: Ground, statements: tuple[str, ...]) -> None:
    try:
        await ground.transact(statements)
    except Exception as error:
        raise Broken(f"{type(error).__name__}: {error}\n" + ";\n".join(statements)) from error


def _nothing_found(what: str, report: CheckReport) -> None:
    expect(what, [*map(str, report.differences), *report.up, *report.down], [])


def expect(what: str, found: list[str], wanted: list[str]) -> None:
    """Say where two lists differ.

    Raises:
        Broken: they do.
    """
    if found != wanted:
        more, less = ([one for one in some if one not in others] for some, others in ((found, wanted), (wanted, found)))
        told = [f"+ {one}" for one in more[:_SHOWN]] + [f"- {one}" for one in less[:_SHOWN]]
        raise Broken(f"{what}: {len(more)} too many, {len(less)} missing\n" + "\n".join(told or ["another order"]))


def alike(found: Testimony, wanted: Testimony) -> None:
    """Say where two testimonies differ.

    Raises:
        Broken: they do.
    """
    for what in wanted:
        expect(what, list(map(repr, found[what])), list(map(repr, wanted[what])))


LAWS: dict[str, Callable[[Case], Awaitable[str]]] = {
    "creates": creates,
    "rests": rests,
    "drafts": drafts,
    "repairs": repairs,
}

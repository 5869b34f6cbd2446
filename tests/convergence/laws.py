"""What has to hold for every pair of models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convergence.stage import schemas_of
from lockgate.diffing.words import difference

if TYPE_CHECKING:
    import sqlalchemy as sa

    from convergence.pair import Pair
    from convergence.stage import Rows, Stage
    from convergence.witness import Testimony
    from lockgate.nouns.changes import Change, Statement


def told(changes: tuple[Change, ...], statements: list[Statement]) -> str:
    differences = (difference(change, "public") for change in changes)
    return f"{[f'{one.kind} {one.name}: {one.detail}' for one in differences]} after {shown(statements)}"


def shown(statements: list[Statement]) -> str:
    return ";\n".join(one.text for one in statements)


async def by_hand(stage: Stage, pair: Pair) -> None:
    """The statements lead there, to nothing else than what SQLAlchemy makes, and back; no row is lost."""
    before, after = pair.metadata(pair.before), pair.metadata(pair.after)
    await stage.create(after, pair.scenery)
    wanted = await stage.testimony()
    await stage.create(before, pair.scenery, pair.rows)
    there, rows = await stage.testimony(), await stage.rows(before)
    found = await stage.compare(after)
    assert pair.equal is None or bool(found.comparison.changes) is not pair.equal, found.comparison.changes
    await stage.run(found.there)
    rest = await stage.compare(after)
    assert rest.comparison.changes == (), told(rest.comparison.changes, found.there)
    # What the models do not name any more is nobody's to judge.
    gone = schemas_of(before) - schemas_of(after)
    assert without(await stage.testimony(), gone) == wanted, shown(found.there)
    keeps(rows, await stage.rows(after), pair, before, after)
    await stage.run(found.back)
    rest = await stage.compare(before)
    assert rest.comparison.changes == (), told(rest.comparison.changes, found.back)
    assert await stage.testimony() == there, shown(found.back)
    counts(rows, await stage.rows(before), before, after)


async def by_itself(stage: Stage, pair: Pair) -> None:
    """Auto mode does what it may, says what it leaves and why, is done then, and loses no row."""
    before, after = pair.metadata(pair.before), pair.metadata(pair.after)
    await stage.create(before, pair.scenery, pair.rows)
    rows = await stage.rows(before)
    async with stage.runner(after) as runner:
        report = await runner.auto_migrate()
        assert all(one.reason for one in report.left), report.left
        assert not (pair.equal and report.statements), report.statements
        assert not (pair.whole and report.left), report.left
        known = await runner.auto_migrate()
        assert (known.statements, known.left) == ((), report.left)
        await stage.execute(["DROP TABLE schema_migrations_marks"])
        again = await runner.auto_migrate()
        assert again.statements == (), (report.statements, again.statements)
        checked = await runner.check()
        assert {one[:4] for one in checked.differences} == {one[:4] for one in again.left}
    keeps(rows, await stage.rows(before), pair, before, after)


async def from_nothing(stage: Stage, pair: Pair) -> None:
    """What SQLAlchemy makes is as it should be, and of an empty database auto mode makes the same."""
    after = pair.metadata(pair.after)
    await stage.create(after, pair.scenery)
    wanted = await stage.testimony()
    nothing = await stage.compare(after)
    assert nothing.comparison.changes == (), told(nothing.comparison.changes, [])
    await stage.empty()
    await stage.execute(pair.scenery)
    async with stage.runner(after) as runner:
        report = await runner.auto_migrate()
        assert report.left == ()
        assert await stage.testimony() == wanted, report.statements
        checked = await runner.check()
    assert (checked.differences, checked.up, checked.down) == ((), (), ())


def without(testimony: Testimony, schemas: set[str]) -> Testimony:
    return {name: [row for row in rows if row[0] not in schemas] for name, rows in testimony.items()}


def keeps(rows: Rows, then: Rows, pair: Pair, before: sa.MetaData, after: sa.MetaData) -> None:
    """All rows are there, and every value of a column that both have."""
    counts(rows, then, before, after)
    for table, several in rows.items():
        if table not in then or table not in after.tables:
            continue
        both = {one.name for one in before.tables[table].columns} & {one.name for one in after.tables[table].columns}
        for column in sorted(name for name in both if not after.tables[table].c[_key(after, table, name)].computed):
            old, new = (sorted((_said(row[column]) for row in some), key=repr) for some in (several, then[table]))
            becomes = pair.becomes.get(f"{table}.{column}")
            wanted = old if becomes is None else sorted(map(_said, becomes), key=repr)
            assert new in (old, wanted) if becomes is not None else new == old, f"{table}.{column}"


def _key(metadata: sa.MetaData, table: str, name: str) -> str:
    return next(column.key for column in metadata.tables[table].columns if column.name == name)


def _said(value: Any) -> Any:
    return value if value is None else str(value)


def counts(rows: Rows, then: Rows, before: sa.MetaData, after: sa.MetaData) -> None:
    """As many rows are there of each table that both have."""
    both = {name for name in rows.keys() & then.keys() if name in before.tables and name in after.tables}
    assert {name: len(rows[name]) for name in both} == {name: len(then[name]) for name in both}

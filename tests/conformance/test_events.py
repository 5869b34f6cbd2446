"""What a run tells as it goes."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from lockgate.events import Configured, Decided, MigrationFinished, MigrationStarted, RunStarted
from lockgate.narration import LOG_OF_AUTO

if TYPE_CHECKING:
    from conformance.bench import Bench
    from lockgate.events import Event

pytestmark = pytest.mark.asyncio


async def told(bench: Bench, direction: str) -> list[Event]:
    events: list[Event] = []
    async with bench.runner(on_event=events.append) as runner:
        await getattr(runner, direction)()
    return events


async def test_a_run_tells_its_configuration_its_beginning_and_each_migration_in_order(bench: Bench) -> None:
    names = [*bench.files.tables(2), "003_p.py"]
    bench.files.python("003_p.py", "pass", "pass")
    for direction, order in (("up", names), ("down", names[::-1])):
        configured, decided, started, *events = await told(bench, direction)
        assert isinstance(configured, Configured)
        assert isinstance(decided, Decided)
        assert "ENV=test" in decided.reason
        assert configured.description == (
            "Migration Configuration:\n- Environment: test\n- Auto Migrate: false\n- Force Migration: false"
        )
        assert started == RunStarted(started.direction, tuple(order), 1)  # type: ignore[union-attr]
        assert started.direction.value == direction  # type: ignore[union-attr]
        begun = [event.name for event in events if isinstance(event, MigrationStarted)]
        ended = [event.name for event in events if isinstance(event, MigrationFinished)]
        assert begun == ended == order
        for name in order:
            kinds = [type(event) for event in events if getattr(event, "name", "") == name]
            assert kinds == [MigrationStarted, MigrationFinished]
        assert all(event.seconds >= 0 for event in events if isinstance(event, MigrationFinished))
        assert not any(event.note for event in events if isinstance(event, MigrationStarted))


async def test_a_run_with_nothing_to_do_tells_its_configuration_and_the_gates_answer_only(bench: Bench) -> None:
    bench.files.tables(1)
    await bench.up()
    assert [type(event) for event in await told(bench, "up")] == [Configured, Decided]


async def test_the_log_hears_the_configuration_block_and_the_migrations(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.files.tables(1)
    caplog.set_level(logging.DEBUG, "lockgate")
    await bench.up()
    said = [record.getMessage() for record in caplog.records if record.name == "lockgate"]
    assert said[0].splitlines()[0] == "Migration Configuration:"
    assert any(line.startswith("001_t1.sql: applied in") for line in said)
    assert {record.name for record in caplog.records if record.name.startswith("lockgate")} == {"lockgate"}
    assert "s3cret" not in caplog.text


async def test_no_handler_is_installed_and_nobodys_logger_is_changed(bench: Bench) -> None:
    bench.files.table(1)
    bench.files.python("002_p.py", "await self.db.create_table('p', sa.Column('id', sa.Integer))")
    theirs = [logging.getLogger(name) for name in ("", "app", "asyncio", "sqlalchemy.engine", "lockgate.mine")]
    before = [(one.level, one.handlers[:], one.disabled, one.propagate, one.filters[:]) for one in theirs]
    await bench.up()
    assert [(one.level, one.handlers[:], one.disabled, one.propagate, one.filters[:]) for one in theirs] == before
    ours = [logging.getLogger(name) for name in ("lockgate", LOG_OF_AUTO)]
    assert [(one.level, one.handlers, one.disabled, one.propagate) for one in ours] == [(0, [], False, True)] * 2
    assert logging.root.manager.disable == 0

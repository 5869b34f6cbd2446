"""OpenTelemetry spans, as an application that traces gets them."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from asgi.driver import bare, served
from asgi.engines import EACH, FIRST
from conformance.bench import pausing
from lockgate import Fleet, LockgateMiddleware, MigrationFailed
from servers import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import sqlalchemy as sa
    from opentelemetry.sdk.trace import ReadableSpan

    from conformance.bench import Bench

pytestmark = pytest.mark.asyncio
each = pytest.mark.parametrize("engine", EACH, indirect=True)
postgresql = pytest.mark.parametrize("engine", [FIRST], indirect=True)


class Memory(InMemorySpanExporter):
    """What was exported."""

    def taken(self) -> list[ReadableSpan]:
        """The spans since the last time, in the order in which they began."""
        spans = sorted(self.get_finished_spans(), key=lambda span: (span.start_time or 0, span.parent is not None))
        self.clear()
        return spans


@pytest.fixture(scope="module")
def exporter() -> Iterator[Memory]:
    """An application's provider can be set once in a process; after this module what it gets goes nowhere."""
    memory, provider = Memory(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(memory))
    trace.set_tracer_provider(provider)
    yield memory
    memory.shutdown()  # the provider's own would be a warning in the log of each span that follows


@pytest.fixture
def memory(exporter: Memory) -> Memory:
    exporter.clear()
    return exporter


def parents(spans: Sequence[ReadableSpan]) -> list[tuple[str, str | None]]:
    """Each span's name with its parent's."""
    names = {span.context.span_id: span.name for span in spans if span.context}
    return [(span.name, names[span.parent.span_id] if span.parent else None) for span in spans]


def lies_within(spans: Sequence[ReadableSpan]) -> bool:
    """Whether the migrations are one after the other, and all within the run."""
    run, *migrations = [(span.start_time or 0, span.end_time or 0) for span in spans]
    follow = all(one[1] <= later[0] for one, later in pairwise(migrations))
    return follow and all(run[0] <= start <= end <= run[1] for start, end in migrations)


@each
async def test_a_run_is_a_span_and_each_migration_one_within_it(bench: Bench, memory: Memory) -> None:
    names = [*bench.files.tables(2), "003_p.py", bench.files.table(4)]
    bench.files.python(
        "003_p.py",
        """
        with trace.get_tracer("mine").start_as_current_span("mine"):
            await self.db.execute("CREATE TABLE p (id INTEGER)")
        """,
        "await self.db.execute('DROP TABLE p')",
        head="from opentelemetry import trace",
    )
    await bench.up()
    ups = memory.taken()
    assert parents(ups) == [
        ("lockgate.up", None),
        *((f"up {name}", "lockgate.up") for name in names[:3]),
        ("mine", "up 003_p.py"),
        (f"up {names[3]}", "lockgate.up"),
    ]
    assert dict(ups[0].attributes or {}) == {
        "db.system.name": bench.database.engine.partition("-")[0], "lockgate.batch_no": 1, "lockgate.migrations": 4,
    }  # fmt: skip
    assert dict(ups[5].attributes or {}) == {
        "db.system.name": bench.database.engine.partition("-")[0], "lockgate.batch_no": 1,
        "lockgate.direction": "up", "lockgate.migration": names[3],
    }  # fmt: skip
    together = [(span.attributes or {}).get("lockgate.sent_together") for span in ups[1:3]]
    assert together == [2, 2]
    assert lies_within([span for span in ups if span.name != "mine"])
    await bench.down()
    downs = memory.taken()
    assert parents(downs) == [("lockgate.down", None), *((f"down {name}", "lockgate.down") for name in names[::-1])]
    assert lies_within(downs)
    assert all(span.status.is_unset and not span.events for span in (*ups, *downs))


@each
async def test_with_nothing_to_do_there_is_none(bench: Bench, memory: Memory) -> None:
    bench.files.table(1)
    await bench.up()
    memory.clear()
    await bench.up()
    async with served(LockgateMiddleware(bare, bench.database.url, directory=bench.files.folder)):
        pass
    assert memory.taken() == []


@each
@pytest.mark.parametrize("together", [True, False])
async def test_a_failure_is_recorded_with_what_the_database_says(bench: Bench, memory: Memory, together: bool) -> None:
    first = bench.files.table(1)
    text = f"CREATE TABLE t1 (id INTEGER, note TEXT DEFAULT 'password={PASSWORD}')"
    if together:
        bench.files.write("002_again.sql", text)
    else:
        bench.files.python("002_again.py", f'await self.db.execute("{text}")')
    bench.files.table(3)
    with pytest.raises(MigrationFailed) as failure:
        await bench.up()
    run, done, failed = memory.taken()
    again = failure.value.name
    assert parents([run, done, failed]) == [
        ("lockgate.up", None), (f"up {first}", "lockgate.up"), (f"up {again}", "lockgate.up")
    ]  # fmt: skip
    assert lies_within([run, done, failed])
    assert done.status.is_unset
    for span in (run, failed):
        (event,) = span.events
        told = event.attributes or {}
        assert event.name == "exception"
        assert again in str(told["exception.message"])
        assert "Traceback" in str(told["exception.stacktrace"])
        assert PASSWORD not in str(told)
        assert again in str(span.status.description)
        assert span.status.status_code is trace.StatusCode.ERROR
        attributes = span.attributes or {}
        assert attributes["error.type"] == "MigrationFailed"
        assert attributes.get("db.response.status_code") == ("42P07" if bench.database.is_postgresql else None)


@each
async def test_a_cancelled_migration_is_recorded(bench: Bench, memory: Memory) -> None:
    paused, reached, _ = pausing()
    async with bench.runner(migrations=[("001_paused.py", paused)]) as runner:
        run = asyncio.create_task(runner.up())
        await reached.wait()
        run.cancel()
        await asyncio.wait([run])
    spans = memory.taken()
    assert parents(spans) == [("lockgate.up", None), ("up 001_paused.py", "lockgate.up")]
    for span in spans:
        assert span.status.status_code is trace.StatusCode.ERROR
        assert (span.attributes or {})["error.type"] == "CancelledError"


@each
async def test_auto_mode_is_a_span_where_it_looks_closer(bench: Bench, memory: Memory, metadata: sa.MetaData) -> None:
    for found in (["lockgate.auto"], []):
        async with bench.runner(models=metadata) as runner:
            await runner.auto_migrate()
        spans = memory.taken()
        assert [span.name for span in spans] == found
        assert all((span.attributes or {})["lockgate.changes"] == 2 for span in spans)


@postgresql
async def test_what_the_driver_is_asked_is_asked_within_the_migrations_span(bench: Bench, memory: Memory) -> None:
    bench.files.table(1)
    bench.files.python("002_two.py", "await self.db.execute('CREATE TABLE two (id INTEGER)')")
    bench.files.tables(4)
    bench.files.remove("002_t2.sql")
    within: list[tuple[str, Any]] = []

    def note(asked: Any) -> None:
        within.append((asked.query, getattr(trace.get_current_span(), "name", None)))

    async def setup(connection: Any) -> None:
        connection.add_query_logger(note)

    async with (
        asyncpg.create_pool(bench.database.url, min_size=1, max_size=1, setup=setup) as pool,
        bench.runner(pool) as runner,
    ):
        await runner.up()
    where = {
        table: {span for query, span in within if f"CREATE TABLE {table} " in query} for table in ("t1", "two", "t3")
    }
    # Two files are one message, which is within none of them.
    assert where == {"t1": {"up 001_t1.sql"}, "two": {"up 002_two.py"}, "t3": {"lockgate.up"}}


@postgresql
async def test_a_run_of_a_fleet_says_which_target_it_is_of(bench: Bench, memory: Memory) -> None:
    bench.files.tables(1)
    await Fleet(["schema:public"], database_url=bench.database.url, directory=bench.files.folder).up()
    run, _ = memory.taken()
    assert (run.attributes or {})["lockgate.target"] == "schema:public"

"""What a closed gate stops, and what opens it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lockgate import GateClosed, Runner

if TYPE_CHECKING:
    from conformance.bench import Bench

pytestmark = pytest.mark.asyncio

CALLS: dict[str, tuple[str, ...]] = {"up": (), "down": (), "stamp": ("2",), "repair": ()}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("environment", ["production", "staging", "dev", None])
async def test_outside_development_and_test_nothing_is_changed(
    bench: Bench, call: str, environment: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.files.tables(2)
    await bench.up(steps=1)
    bench.files.write(
        "001_t1.sql", "-- edited" if call == "repair" else (bench.files.folder / "001_t1.sql").read_text()
    )
    before = await bench.database.rows("SELECT * FROM schema_migrations")
    monkeypatch.delenv("ENV")
    if environment:
        monkeypatch.setenv("ENV", environment)
    async with bench.runner() as runner:
        with pytest.raises(GateClosed) as raised:
            await getattr(runner, call)(*CALLS[call])
        assert (raised.value.exit_code, raised.value.kind) == (3, "gate_closed")
        assert "FORCE_MIGRATION=true" in raised.value.hint
        assert len((await runner.status()).applied) == 1
        assert len(await runner.history()) == 1
    assert await bench.database.rows("SELECT * FROM schema_migrations") == before
    assert await bench.database.tables() == {"t1"}


async def test_a_closed_gate_is_closed_even_when_nothing_is_pending(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENV", "production")
    async with bench.runner() as runner:
        with pytest.raises(GateClosed):
            await runner.up()
        with pytest.raises(GateClosed):
            await runner.down()


async def test_a_closed_gate_connects_to_nothing(monkeypatch: pytest.MonkeyPatch, bench: Bench) -> None:
    monkeypatch.setenv("ENV", "production")
    async with Runner("postgresql://127.0.0.1:1/none", directory=bench.files.folder) as runner:
        with pytest.raises(GateClosed):
            await runner.up()


@pytest.mark.parametrize("opened_by", ["environment", "configuration", "call"])
async def test_force_opens_it_for_every_call(bench: Bench, opened_by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENV", "production")
    if opened_by == "environment":
        monkeypatch.setenv("FORCE_MIGRATION", "true")
    settings = {"force_migration": True} if opened_by == "configuration" else {}
    options = {"force": True} if opened_by == "call" else {}
    names = bench.files.tables(3)
    async with bench.runner(**settings) as runner:
        assert (await runner.up(steps=1, **options)).names == (names[0],)
        assert (await runner.stamp("2", **options)).recorded == (names[1],)
        assert (await runner.repair(**options)).changed is False
        assert (await runner.down(batch=1, **options)).names == (names[0],)


@pytest.mark.parametrize("call", ["stamp", "repair"])
async def test_trying_is_never_gated(bench: Bench, call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.files.tables(2)
    monkeypatch.setenv("ENV", "production")
    async with bench.runner() as runner:
        await getattr(runner, call)(*CALLS[call], dry_run=True)
        assert len((await runner.plan()).migrations) == 2
    assert await bench.recorded() == []


@pytest.mark.parametrize("settings", [{"environment": "test"}, {"environment": "development"}])
async def test_an_argument_does_not_open_what_the_process_has_closed(
    bench: Bench, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENV", "production")
    bench.files.tables(1)
    async with bench.runner(**settings) as runner:
        with pytest.raises(GateClosed, match="production"):
            await runner.up()
    assert await bench.database.tables() == set()

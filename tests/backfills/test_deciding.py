"""What is decided without a database: how many rows a batch has, ranges of keys, phases."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from lockgate.backfilling import keys
from lockgate.backfilling.sizing import FIRST, BatchSize
from lockgate.dialects.filler import Keyed
from lockgate.errors import LockgateError, MigrationFileError, NotCurrent, SettingsError
from lockgate.nouns.backfills import Backfill
from lockgate.nouns.flavours import Flavour
from lockgate.nouns.migrations import Direction, Source
from lockgate.planning.phases import of_phase, phase_of
from lockgate.sources.loading import load

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("rate", [2_000, 50_000, 1_000_000])
def test_batches_come_to_take_half_of_the_time_that_they_may(rate: int) -> None:
    size = BatchSize(0.5, 10_000_000)
    for _ in range(20):
        size.took(size.rows / rate, size.rows)
    assert size.rows / rate == pytest.approx(0.25, rel=0.01)


def test_a_batch_that_was_broken_off_is_tried_smaller_and_one_that_was_not_full_teaches_nothing() -> None:
    size = BatchSize(0.5, 4_000)
    size.took(0.0001, FIRST - 1)
    assert size.rows == FIRST
    size.took_too_long()
    assert size.rows == FIRST // 4
    for _ in range(20):
        size.took(0.0, size.rows)
    assert size.rows == 4_000
    for _ in range(20):
        size.took_too_long()
    assert size.rows == 1


@pytest.mark.parametrize(
    "key", [(1, "two"), (2**63 - 1,), (b"\x00\xff", 1.5), (Decimal("12345678901234567890.5"),), ("it's\t\\",)]
)
def test_a_key_is_read_as_it_was_written(key: tuple[Any, ...]) -> None:
    assert keys.read(keys.written(key)) == key


@pytest.mark.parametrize(
    ("key", "compares", "condition"),
    [
        (("a",), True, '"a" > 1 AND "a" <= 7'),
        (("a", "b"), True, '("a", "b") > (1, 2) AND ("a", "b") <= (7, 8)'),
        (
            ("a", "b"),
            False,
            '"a" >= 1 AND ("a" > 1 OR ("a" = 1 AND "b" > 2)) AND "a" <= 7 AND ("a" < 7 OR ("a" = 7 AND "b" <= 8))',
        ),
    ],
)
def test_a_range_is_said_so_that_an_index_finds_it(key: tuple[str, ...], compares: bool, condition: str) -> None:
    filler: Any = SimpleNamespace(quote='"', compares_rows=compares, literal=str)
    keyed = Keyed("t", key, {})
    assert keys.between(keyed, (1, 2)[: len(key)], (7, 8)[: len(key)], filler) == condition


def test_a_backfill_is_the_same_after_it_was_kept() -> None:
    one = Backfill("t", "s", ("a", "b"), (("c", "a || 'x'"),), "a > 0", "", ("c",))
    assert Backfill.of(one.said()) == one


def _source(name: str, text: str) -> Source:
    return Source(name, int(name[:3]), "", text, path=f"/migrations/{name}")


_PLAIN = _source("001_plain.sql", "CREATE TABLE t (id INTEGER)")
_EXPAND = _source("002_expand.py", 'class A(Migration):\n    phase = "expand"\n')
_CONTRACT = _source("003_contract.sql", "-- migrate:up transaction:true phase:contract\nDROP TABLE t")
_TYPED = _source("004_typed.py", 'class A(Migration):\n    phase: ClassVar[str] = "contract"\n')
_LATE = _source("005_late.sql", "-- phase:contract, says this comment\nSELECT 1")


@pytest.mark.parametrize(
    ("pending", "phase", "runs"),
    [
        ((_PLAIN, _EXPAND, _CONTRACT, _TYPED), None, "1234"),
        ((_PLAIN, _EXPAND, _CONTRACT, _TYPED), "expand", "12"),
        ((_CONTRACT, _TYPED), "expand", ""),
        ((_CONTRACT, _TYPED), "contract", "34"),
        ((_CONTRACT, _LATE), "contract", "3"),
        ((_PLAIN, _LATE), "contract", ""),
        ((_PLAIN, _CONTRACT, _LATE), "expand", NotCurrent),
        ((_EXPAND, _TYPED), "contract", NotCurrent),
        ((_PLAIN,), "contact", SettingsError),
    ],
)
def test_a_phase_runs_what_comes_before_the_other(
    pending: tuple[Source, ...], phase: str | None, runs: str | type[LockgateError]
) -> None:
    if isinstance(runs, str):
        assert "".join(str(source.number) for source in of_phase(pending, phase)) == runs
        return
    with pytest.raises(runs):
        of_phase(pending, phase)


def test_a_phase_that_there_is_not_is_told() -> None:
    with pytest.raises(MigrationFileError, match="'contrac'"):
        phase_of(_source("001_x.py", 'class A:\n    phase = "contrac"\n'))


@pytest.mark.parametrize("said", ["phase = OTHER", "phase, x = OTHER, 1", "phase = x = 'contract'"])
def test_a_phase_that_only_running_the_file_would_tell_is_refused(said: str, tmp_path: Path) -> None:
    """Taken for one that expands, it would drop a column under the code that still reads it."""
    body = f"OTHER = 'contract'\nclass A:\n    {said}\n    async def up(self): pass\n    async def down(self): pass\n"
    source = Source("001_x.py", 1, "", body, path=str(tmp_path / "001_x.py"))
    with pytest.raises(MigrationFileError, match=r"'contract' only when .*taken for expand.*Nothing was run"):
        load([source], Direction.UP, Flavour.SQLITE)
    assert load([source], Direction.DOWN, Flavour.SQLITE)  # what was applied by an older version can be rolled back

"""Hears of backfills: their batches hang on rows, of which a scratch database has none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lockgate.nouns.rehearsals import Sent

if TYPE_CHECKING:
    from lockgate.rehearsing.recorder import Recorder


def heard(filler: Any, recorder: Recorder) -> Any:
    """The filler; when it looks at a table that is to be filled, the recorder keeps that no text does the same."""
    keyed = filler.keyed

    async def told(table: str, *rest: Any) -> Any:
        recorder.keep(Sent(f"-- rows of {table} are filled batch by batch: no text does the same"))
        return await keyed(table, *rest)

    filler.keyed = told
    return filler

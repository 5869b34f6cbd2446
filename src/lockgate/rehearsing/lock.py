"""The lock that keeps other runners out, as a script takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockgate.dialects.postgresql_lock import key_of
from lockgate.nouns.rehearsals import Sent

if TYPE_CHECKING:
    from lockgate.rehearsing.recorder import Recorder


def keep_lock(recorder: Recorder, table: str) -> None:
    """Have the script take the lock first, and let it go last; `table` is the tracking table's qualified name."""
    for part, verb in ((recorder.opening, "lock"), (recorder.closing, "unlock")):
        text = f"SELECT pg_catalog.pg_advisory_{verb}({key_of(table)})"
        part.sent.append(Sent(text, own=True, in_transaction=False))

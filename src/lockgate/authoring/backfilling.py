"""What `self.db.backfill()` is told, as a backfill and its pace."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lockgate.errors import LockgateError
from lockgate.nouns.backfills import Backfill, Pace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lockgate.nouns.backfills import Compute, Lag


class Asked(NamedTuple):
    """A backfill that a migration asks for."""

    backfill: Backfill
    pace: Pace
    compute: Compute | None
    lag: Lag | None
    later: bool


def asked(
    table: str,
    *,
    set: Mapping[str, str] | None,  # noqa: A002 - SQL's word
    compute: Compute | None,
    where: str,
    key: str | Sequence[str],
    columns: Sequence[str],
    schema: str,
    later: bool,
    pace: Pace,
    lag: Lag | None,
) -> Asked:
    """Check what was said.

    Raises:
        LockgateError: neither or both of `set` and `compute` were given, or `later` with what only the command can take.
    """
    if (set is None) is (compute is None) or set == {}:
        raise LockgateError(f"backfill({table!r}) takes set={{column: expression}}, or compute=a method: one of them.")
    if later and (pace != Pace() or lag is not None):
        raise LockgateError(
            f"backfill({table!r}, later=True) only registers it, so how fast it may be is not said here.",
            hint="`lockgate backfill` takes --seconds, --connections and --max-lag; Runner.backfill() takes a lag as well.",
        )
    own = getattr(compute, "__self__", None) is not None
    if later and compute is not None and not own:
        raise LockgateError(
            f"backfill({table!r}, later=True) takes a method of the migration for compute: it is looked up by its name.",
            hint="Define it in the class, and say compute=self.its_name.",
        )
    method = "" if compute is None else getattr(compute, "__name__", repr(compute))
    names = (key,) if isinstance(key, str) and key else tuple(key)
    changes = tuple((set or {}).items())
    return Asked(Backfill(table, schema, names, changes, where, method, tuple(columns)), pace, compute, lag, later)

"""What the backfills of a fleet came to, counted as they are told, so that memory does not grow with the targets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockgate.errors import LockgateError
    from lockgate.nouns.backfills import BackfillStatus


class Filled(NamedTuple):
    """The backfills of one target that were done, or with a dry run those that are left to do."""

    target: str
    backfills: tuple[BackfillStatus, ...] = ()
    seconds: float = 0.0
    error: LockgateError | None = None

    def as_json(self) -> dict[str, Any]:
        """A row of `backfill --targets --json`."""
        return {
            "target": self.target,
            "backfills": [one.as_json() for one in self.backfills],
            "error": self.error.message if self.error else None,
        }


class FleetBackfill(NamedTuple):
    """What backfills did over a fleet, or with a dry run would do.

    Attributes:
        targets: how many there are.
        filled: on how many of them something was done.
        backfills: how many were done, over all targets.
        rows: how many rows they went through, or by the databases' estimates have to.
        failed: the targets that failed, each with its error; what their batches have done is kept.
    """

    targets: int = 0
    filled: int = 0
    backfills: int = 0
    rows: int = 0
    failed: tuple[Filled, ...] = ()
    seconds: float = 0.0

    @property
    def exit_code(self) -> int:
        """1 where one failed, else 0."""
        return 1 if self.failed else 0


class Fillings:
    """The account of a fleet's backfills: counts, and by name only those that failed."""

    def __init__(self, tell: Callable[[Filled], None], *, dry_run: bool) -> None:
        self._tell, self._dry_run = tell, dry_run
        self._report = FleetBackfill()

    def __call__(self, filled: Filled) -> None:
        """Take account of one target."""
        sums, many = self._report, len(filled.backfills)
        self._report = sums._replace(
            targets=sums.targets + 1,
            filled=sums.filled + bool(many),
            backfills=sums.backfills + many,
            rows=sums.rows + sum(map(self._rows, filled.backfills)),
            failed=(*sums.failed, filled) if filled.error else sums.failed,
        )
        self._tell(filled)

    def _rows(self, one: BackfillStatus) -> int:
        return max(0, (one.estimate or 0) - one.rows) if self._dry_run else one.rows

    def report(self, seconds: float) -> FleetBackfill:
        """All of it."""
        return self._report._replace(seconds=seconds)

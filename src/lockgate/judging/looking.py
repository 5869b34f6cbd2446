"""Rehearses what is pending, and looks what is risky about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import anyio.to_thread

from lockgate.linting import lint
from lockgate.nouns.plans import Selection
from lockgate.nouns.schema import Name
from lockgate.rehearsing import Asked, rehearse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockgate.nouns.findings import LintReport
    from lockgate.nouns.rehearsals import Rehearsal
    from lockgate.settings.conclusions import Conclusions


class Wanted(NamedTuple):
    """What is to be looked at.

    Attributes:
        selection: which of the pending ones.
        offline: ask no database anything.
        assumed: whatever is on record, take the files up to `after`, or none, for applied; offline it is always so.
        after: the last one that is taken for applied.
        squawk: whether squawk is demanded, or left out; None asks it where it is installed.
        migrations: an explicit list of (name, class) instead of a folder.
    """

    selection: Selection = Selection()
    offline: bool = False
    assumed: bool = False
    after: str | None = None
    squawk: bool | None = None
    migrations: Sequence[tuple[str, type]] | None = None


async def linted(config: Conclusions, wanted: Wanted) -> tuple[Rehearsal, LintReport]:
    """What is pending, as it was rehearsed, and what is risky about it.

    Raises:
        LockgateError: as `rehearse` and `lint`.
    """
    asked = Asked(
        selection=wanted.selection,
        offline=wanted.offline,
        assumed=wanted.assumed,
        after=wanted.after,
        restores=not wanted.offline,
        facts=not (wanted.offline or wanted.assumed),
    )
    rehearsal = await rehearse(config, asked, migrations=wanted.migrations)
    used = await anyio.to_thread.run_sync(_used, config) if config.models is not None else {}
    return rehearsal, await lint(rehearsal, used=used, squawk=wanted.squawk)


def _used(config: Conclusions) -> dict[Name, frozenset[str]]:
    """The columns that the models use."""
    from lockgate.models.metadata import load_models  # noqa: PLC0415 - they bring SQLAlchemy

    tables = load_models(config.models).tables
    return {Name(one.schema or "", one.name): frozenset(column.name for column in one.columns) for one in tables}

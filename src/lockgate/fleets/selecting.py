"""What may be asked of a whole fleet, refused before any target is: pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockgate.errors import SettingsError
from lockgate.nouns.migrations import Direction
from lockgate.nouns.plans import Selection
from lockgate.planning.alembic_graph import find
from lockgate.planning.phases import of_phase
from lockgate.planning.planner import check_selection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockgate.nouns.migrations import Source


def applied(*, to: str | None, steps: int | None, phase: str | None) -> Selection:
    """The selection of a run up.

    Raises:
        SettingsError: it is none for any target.
    """
    selection = Selection(to=to, steps=steps, phase=phase)
    check_selection(selection, Direction.UP)
    of_phase((), phase)
    return selection


def check_named(selection: Selection, sources: Sequence[Source]) -> None:
    """Check that the migration that is named is there.

    Raises:
        SettingsError: it is not.
    """
    if selection.to is not None:
        find(selection.to, [source.name for source in sources], sources)


def rolled_back(*, to: str | None, everything: bool) -> Selection:
    """The selection, where it is one that comes to the same however often it is run.

    Raises:
        SettingsError: neither or both are said.
    """
    if to is None and not everything:
        raise SettingsError(
            "A fleet is rolled back to a migration, or wholly: run again, the last batch would be another one.",
            hint="Say --to NAME or --all (in a call, to= or all=True).",
        )
    selection = Selection(to=to, everything=everything)
    check_selection(selection, Direction.DOWN)
    return selection

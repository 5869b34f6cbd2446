"""Which migrations a baseline may replace, and what it is called: pure, no database, no disk."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lockgate.errors import HistoryError, SettingsError
from lockgate.nouns.layouts import Layout
from lockgate.nouns.plans import ProblemKind
from lockgate.planning.baselines import applied_names
from lockgate.planning.drift import compare
from lockgate.planning.names import find_name
from lockgate.planning.planner import refuse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockgate.nouns.history import History
    from lockgate.nouns.migrations import Source

_ALSO_OURS: Final = frozenset({Layout.GOLANG_MIGRATE, Layout.DBMATE})
"""The layouts of which most folders run the same as Lockgate's own."""
_ANEW: Final = (
    "Keep the files: a new database runs them all. Or begin anew, without the rows that they wrote: move them away,"
    " empty the tracking table, drop the tool's own, and let `lockgate baseline` write one file; in each other database do the"
    " same to the tables, and `lockgate stamp` it."
)
_HINDERING = frozenset({ProblemKind.EDITED, ProblemKind.MISSING, ProblemKind.HALF_REPLACED})


def replaceable(sources: Sequence[Source], history: History, to: str | None) -> tuple[Source, ...]:
    """The first of the migrations, up to `to`, else up to the last before one that is not applied.

    Raises:
        SettingsError: there are fewer than two of them, or `to` means none.
        HistoryError: one is not applied in this database, or files and history disagree.
    """
    refuse_layouts(sources)
    refuse(tuple(one for one in compare(sources, history).problems if one.kind in _HINDERING), sources)
    applied = applied_names(sources, set(history.names))
    place = next((place for place, one in enumerate(sources) if one.name not in applied), len(sources))
    if to is not None:
        wanted = [one.name for one in sources].index(find_name(to, [one.name for one in sources])) + 1
        if wanted > place:
            raise HistoryError(
                f"{sources[place].name} is not applied in this database; only what is applied can be replaced.",
                hint="Apply it first, or say an earlier one with --to.",
            )
        place = wanted
    if place < 2:
        raise SettingsError(f"There is nothing to replace: {place or 'no'} migration is applied there.")
    return tuple(sources[:place])


def refuse_layouts(sources: Sequence[Source]) -> None:
    """Check that the files are Lockgate's own.

    Raises:
        SettingsError: they follow another tool's rules.
    """
    layout = next((one.layout for one in sources if one.layout is not Layout.LOCKGATE), None)
    if layout is not None:
        as_ours = (
            "Where they run the same as Lockgate's own, say so from now on: --layout lockgate, or LOCKGATE_LAYOUT."
        )
        raise SettingsError(
            f"The folder follows the rules of {layout}, and only files of Lockgate's own are replaced.",
            hint=as_ours if layout in _ALSO_OURS else _ANEW,
        )


def baseline_name(replaced: Sequence[Source], slug: str = "baseline") -> str:
    """The name of what replaces them: it sorts where the last of them did, and is none of theirs."""
    digits = re.match(r"[0-9]+", replaced[-1].name)
    taken, name, again = {one.name for one in replaced}, f"{digits[0] if digits else '001'}_{slug}.sql", 1
    while name in taken:
        again += 1
        name = f"{name.partition('_')[0]}_{slug}_{again}.sql"
    return name

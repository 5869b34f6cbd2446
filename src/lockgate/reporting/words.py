"""The sentences that the page and its Markdown twin share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lockgate.nouns.changes import Effect
from lockgate.reporting.contents import counted, duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockgate.nouns.rehearsals import Rehearsal
    from lockgate.nouns.schema_reports import Difference
    from lockgate.reporting.contents import Contents

WITHOUT_ROWS: Final = (
    "Times are those of a scratch database without rows: they say what comes when, not how long it will take."
)
MASKED: Final = "Passwords are hidden; `lockgate plan --sql` prints the script to be run."
NO_SCHEMA: Final = "Nothing was run in a scratch database, so how the schema changes is not known."
NO_CHANGE: Final = "The schema stays as it is."


def said(one: Difference) -> str:
    """A difference in words, to stand beside its sign: `column type videos.views from integer to bigint`."""
    detail = one.detail.partition(" ")[2] if one.only_in else one.detail  # the sign says "add" and "drop"
    return f"{one.kind} {one.name} {detail}".strip()


def took(rehearsal: Rehearsal) -> str:
    """How long it took in the scratch; "" where there was none."""
    known = [one.seconds for one in rehearsal.migrations if one.seconds is not None]
    if not known:
        return ""
    made = "" if rehearsal.building is None else f"; making that took {duration(rehearsal.building)}"
    origin = {"files": "made from the files", "database": "made from the database's schema"}.get(rehearsal.place, "")
    version = f" on version {rehearsal.version}" if rehearsal.version else ""
    return f"The run took {duration(sum(known))} in a scratch database {origin}{version}{made}."


def back(contents: Contents) -> Iterator[str]:
    """How to roll the run back, and what that does not bring back."""
    rehearsal = contents.rehearsal
    stuck = [one.name for one in rehearsal.migrations if not one.reversible]
    count = len(rehearsal.migrations)
    if stuck:
        yield f"{', '.join(stuck)} {'has' if len(stuck) == 1 else 'have'} no down: the run cannot be rolled back as a whole."
    else:
        yield f"{'The migration has' if count == 1 else 'Each of them has'} a down."
    if rehearsal.unrestored is None:
        yield "Rolling back was not tried in a scratch database."
    elif rehearsal.unrestored:
        yield "Rolling back was tried in the scratch database; it leaves the schema otherwise than it was, as listed below."
    else:
        yield "Rolling back was tried in the scratch database; it restores the schema as it was before."
    lost = [one for one in contents.differences if one.effect == Effect.DESTRUCTIVE.value]
    if lost:
        names = ", ".join(f"{one.kind} {one.name}" for one in lost[:10])
        more = f" and {len(lost) - 10} more" if len(lost) > 10 else ""
        yield f"What goes takes its rows with it, and no down brings those back: {names}{more}."


def commands(contents: Contents) -> list[tuple[str, str]]:
    """The commands that roll back, each with what it does."""
    count = len(contents.rehearsal.migrations)
    return [
        ("lockgate down", "rolls back the last batch, which this run is until the next one"),
        (f"lockgate down --steps {count}", f"rolls back {counted(count, 'migration')}, newest first"),
        ("lockgate down --batch N", "rolls back a batch by the number that `lockgate history` shows"),
    ]


def unknown(contents: Contents) -> list[str]:
    """What could not be known, each in a sentence."""
    rehearsal = contents.rehearsal
    found = list(rehearsal.unknown)
    for one in rehearsal.migrations:
        found += [f"{one.name}: what it sends is not known, because {one.unknown}"] if one.unknown else []
        if one.reads:
            found.append(
                f"{one.name} reads {', '.join(one.reads)} and decides by what it finds: with rows it may send other statements."
            )
    covered = {f"{one.name}: {one.unknown}" for one in rehearsal.migrations}
    return list(dict.fromkeys([*found, *(note for note in contents.lint.notes if note not in covered)]))

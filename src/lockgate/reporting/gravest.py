"""The gravest thing that a migration does to those who use the tables meanwhile."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from lockgate.linting.scene import SMALL_BYTES
from lockgate.nouns.flavours import Flavour
from lockgate.nouns.rehearsals import LockMode
from lockgate.rehearsing.verdicts import in_bytes, named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockgate.nouns.rehearsals import LiveFacts, Rehearsal, Rehearsed, Touch

_TABLES: Final = frozenset("rpm")


class Weight(IntEnum):
    """How much others notice, the least first."""

    OPEN = 1
    UNKNOWN = 2
    BRIEF = 3
    LASTING = 4

    @property
    def sign(self) -> str:
        """One character that stands for it, beside the words."""
        return {Weight.OPEN: "✓", Weight.UNKNOWN: "?", Weight.BRIEF: "!", Weight.LASTING: "✕"}[self]

    @property
    def word(self) -> str:
        """As a class of style is called."""
        return self.name.lower()


class Gravest(NamedTuple):
    """What is gravest.

    Attributes:
        mode: the strongest lock on a table that was there; None where there is none, or none is known.
        table: the table that it is about, as it is written.
        does: what is done, in words without a subject: `rewrites 41 GB of public.videos under ACCESS EXCLUSIVE`.
        means: what that means for others, in words: `nothing can read it meanwhile`.
        rank: what is graver has a greater one.
    """

    weight: Weight
    mode: LockMode | None = None
    table: str = ""
    does: str = ""
    means: str = ""
    rank: tuple[int, ...] = ()

    @property
    def lock(self) -> str:
        """The lock in words."""
        if self.mode:
            return self.mode.words
        return {Weight.OPEN: "none", Weight.UNKNOWN: "not known"}.get(self.weight, "the whole file")


def gravest_of(migration: Rehearsed, rehearsal: Rehearsal) -> Gravest:
    """Of one migration."""
    if rehearsal.flavour is Flavour.SQLITE:
        return Gravest(Weight.BRIEF, means="nobody else can write to the database until it commits")
    if migration.unknown or not rehearsal.place:
        return Gravest(Weight.UNKNOWN, means="what it locks is not known")
    found = sorted(_touches(migration, rehearsal.live), key=lambda one: _rank(one, rehearsal.live))
    return (
        _told(found[-1], rehearsal.live)
        if found
        else Gravest(Weight.OPEN, means="locks no table that is there already")
    )


def gravest(rehearsal: Rehearsal) -> tuple[Rehearsed, Gravest]:
    """The gravest of a run that has migrations, and the migration that it is of."""
    of_each = [(one, gravest_of(one, rehearsal)) for one in rehearsal.migrations]
    return max(of_each, key=lambda pair: (pair[1].weight, pair[1].rank))


def changes_rows(rehearsal: Rehearsal) -> bool:
    """Whether rows are changed that others may be about to change as well."""
    return any(_changes_rows(one) for migration in rehearsal.migrations for one in _touches(migration, rehearsal.live))


def _changes_rows(touch: Touch) -> bool:
    return touch.held is LockMode.ROW_EXCLUSIVE


def _touches(migration: Rehearsed, live: LiveFacts | None) -> Iterator[Touch]:
    for sent in migration.sent:
        if not sent.own:
            known = (one for one in sent.touches if one.kind in _TABLES)
            yield from (one for one in known if live is None or one.relation in live.tables or one.kind == "p")


def weight_of(touch: Touch) -> Weight:
    """How much others notice of it."""
    if not touch.held.bars_writing:
        return Weight.OPEN
    return Weight.LASTING if touch.rewritten or touch.scanned else Weight.BRIEF


def _rank(touch: Touch, live: LiveFacts | None) -> tuple[int, ...]:
    facts = live.tables.get(touch.relation) if live else None
    size = facts.bytes if facts else 0
    # What is done to a big table lasts, so that a weaker lock on it is worse than a stronger one on a few rows.
    return weight_of(touch), size >= SMALL_BYTES, touch.held, touch.rewritten, size


def _told(touch: Touch, live: LiveFacts | None) -> Gravest:
    facts = live.tables.get(touch.relation) if live else None
    size, name = in_bytes(facts.bytes) if facts else "", named(touch.relation)
    if touch.rewritten:
        does = f"rewrites {f'{size} of ' if size else ''}{name}"
    elif touch.scanned:
        does = f"reads all of {name}{f' ({size})' if size else ''}"
    else:
        does = f"locks {name}"
    return Gravest(
        weight_of(touch), touch.held, name, f"{does} under {touch.held.words}", _means(touch), _rank(touch, live)
    )


def _means(touch: Touch) -> str:
    weight = weight_of(touch)
    if weight is Weight.OPEN:
        return "only writing to rows that it changes waits" if _changes_rows(touch) else "reading and writing go on"
    lost = "read or write" if touch.held.bars_reading else "write to"
    return f"nothing else can {lost} it {'meanwhile' if weight is Weight.LASTING else 'until it commits'}"

"""What a reviewer asks first, each in a few words that lead to the place where it is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lockgate.nouns.changes import Effect
from lockgate.nouns.findings import Severity
from lockgate.reporting.contents import counted, tally
from lockgate.reporting.gravest import Weight
from lockgate.reporting.words import unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockgate.reporting.contents import Contents


class Point(NamedTuple):
    """One answer.

    Attributes:
        place: the section of the page that tells more.
    """

    weight: Weight
    asked: str
    answer: str
    place: str


def points(contents: Contents) -> list[Point]:
    """The answers, in the order in which they are asked."""
    return [_lint(contents), *_lost(contents), _back(contents), *_unknown(contents)]


def _lint(contents: Contents) -> Point:
    counts = [one.severity for one in contents.lint.findings if one.allowed is None]
    weight = {Severity.ERROR: Weight.LASTING, Severity.WARNING: Weight.BRIEF}.get(
        max(counts, default=Severity.INFO), Weight.OPEN
    )
    return Point(weight, "Lint", tally(contents.lint.findings).replace("none", "nothing found"), "migrations")


def _lost(contents: Contents) -> Iterator[Point]:
    gone = [one for one in contents.differences if one.effect == Effect.DESTRUCTIVE.value and one.only_in]
    tables = sum(one.kind == "table" for one in gone)
    kinds = [counted(count, kind) for count, kind in ((tables, "table"), (len(gone) - tables, "column")) if count]
    if gone:
        yield Point(Weight.LASTING, "Data that goes", " and ".join(kinds), "back")


def _back(contents: Contents) -> Point:
    stuck = [one.name for one in contents.rehearsal.migrations if not one.reversible]
    if stuck:
        others = f" and {counted(len(stuck) - 1, 'other')}" if len(stuck) > 1 else ""
        have = "has" if len(stuck) == 1 else "have"
        return Point(Weight.BRIEF, "Rolling back", f"{stuck[0]}{others} {have} no down", "back")
    unrestored = contents.rehearsal.unrestored
    if unrestored is None:
        return Point(Weight.UNKNOWN, "Rolling back", "not tried", "back")
    if unrestored:
        return Point(Weight.LASTING, "Rolling back", "does not restore the schema", "back")
    return Point(Weight.OPEN, "Rolling back", "restores the schema", "back")


def _unknown(contents: Contents) -> Iterator[Point]:
    count = len(unknown(contents)) + bool(contents.rehearsal.differs)
    if count:
        yield Point(Weight.UNKNOWN, "Not known", counted(count, "point"), "unknown")

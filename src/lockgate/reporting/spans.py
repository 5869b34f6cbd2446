"""When each statement of a migration ran in the scratch, and from when until when each lock was held."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from lockgate.rehearsing.verdicts import named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockgate.nouns.rehearsals import LockMode, Rehearsed, Sent, Touch

_INDEXES: Final = frozenset("iI")


class Ran(NamedTuple):
    """One statement of the migration's own; `number` counts from 1, `start` and `end` are seconds from its beginning."""

    number: int
    sent: Sent
    start: float
    end: float


class Held(NamedTuple):
    """One lock while it has one mode."""

    mode: LockMode
    start: float
    end: float


class Kept(NamedTuple):
    """The locks on one relation, in their order; `since` and `until` say in words which statements they span."""

    relation: str
    held: tuple[Held, ...]
    since: int
    until: str

    @property
    def strongest(self) -> LockMode:
        """The strongest of them."""
        return max(one.mode for one in self.held)


class TimeLine(NamedTuple):
    """All that is drawn of a migration, from its own first statement to the end of the last transaction."""

    start: float
    end: float
    ran: tuple[Ran, ...]
    kept: tuple[Kept, ...]

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.end - self.start


class _Place(NamedTuple):
    place: int
    number: int
    touch: Touch


def time_line(migration: Rehearsed) -> TimeLine | None:
    """The time line of a migration; None where it did not run."""
    ran = [one for one in numbered(migration) if one.sent.seconds is not None]
    if not ran:
        return None
    end = max(_end(one) for one in migration.sent)
    kept = [held for relation, touches in _touched(migration).items() for held in _kept(migration, relation, touches)]
    return TimeLine(min(one.start for one in ran), end, tuple(ran), tuple(sorted(kept, key=lambda one: -one.strongest)))


def numbered(migration: Rehearsed) -> list[Ran]:
    """The statements that are the migration's own, with the numbers that a report gives them."""
    own = [one for one in migration.sent if not one.own]
    return [Ran(number, one, one.started, _end(one)) for number, one in enumerate(own, 1)]


def _end(sent: Sent) -> float:
    return sent.started + (sent.seconds or 0.0)


def _touched(migration: Rehearsed) -> dict[str, list[_Place]]:
    """Where each relation is touched that can be read or written itself."""
    found, number = defaultdict[str, list[_Place]](list), 0
    for place, sent in enumerate(migration.sent):
        number += not sent.own
        for touch in () if sent.own else sent.touches:
            if touch.kind not in _INDEXES:
                found[named(touch.relation)].append(_Place(place, number, touch))
    return found


def _kept(migration: Rehearsed, relation: str, touches: Sequence[_Place]) -> list[Kept]:
    """The locks on a relation, one entry for each transaction."""
    found: list[Kept] = []
    closes = -1
    for place, number, touch in touches:
        sent = migration.sent[place]
        if place > closes:
            closes = _closes(migration.sent, place)
            until = "COMMIT" if closes > place else "its own end"
            found.append(Kept(relation, (Held(touch.held, sent.started, _end(migration.sent[closes])),), number, until))
        elif touch.held is not found[-1].held[-1].mode:
            found[-1] = _changed(found[-1], touch.held, sent.started)
    return found


def _closes(sent: Sequence[Sent], place: int) -> int:
    """The place of the COMMIT that gives the locks back."""
    if not sent[place].in_transaction:
        return place
    later = (number for number in range(place, len(sent)) if sent[number].text.upper().startswith("COMMIT"))
    return next(later, len(sent) - 1)


def _changed(kept: Kept, mode: LockMode, at: float) -> Kept:
    last = kept.held[-1]
    return kept._replace(held=(*kept.held[:-1], last._replace(end=at), Held(mode, at, last.end)))

"""What a rehearsal means for those who use the tables meanwhile, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from lockgate.nouns.rehearsals import LockMode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockgate.nouns.rehearsals import (
        LiveFacts,
        LongTransaction,
        Rehearsal,
        Rehearsed,
        Replica,
        Sent,
        TableFacts,
        Touch,
    )
    from lockgate.nouns.schema import Name

_TABLES: Final = frozenset("rpm")
_UNITS: Final = ("bytes", "kB", "MB", "GB", "TB", "PB")
_LONGEST: Final = 80


class Verdict(NamedTuple):
    """What one statement does to one table.

    Attributes:
        migration: its name.
        line: of the file, where it is known.
        words: one or two sentences.
        grave: whether it keeps others out for as long as the table is big.
    """

    migration: str
    line: int | None
    words: str
    grave: bool


def verdicts(rehearsal: Rehearsal) -> list[Verdict]:
    """What the statements do to tables that are there, and that others may be using."""
    return [one for migration in rehearsal.migrations for one in _of_migration(migration, rehearsal.live)]


def _of_migration(migration: Rehearsed, live: LiveFacts | None) -> Iterator[Verdict]:
    for number, sent in enumerate(migration.sent):
        for touch in sent.touches:
            if (
                touch.kind in _TABLES
                and not sent.own
                and (live is None or touch.relation in live.tables or touch.kind == "p")
            ):
                yield from _of_touch(migration, number, sent, touch, live)


def _of_touch(migration: Rehearsed, number: int, sent: Sent, touch: Touch, live: LiveFacts | None) -> Iterator[Verdict]:
    size = _size(live.tables.get(touch.relation) if live else None)
    did = _did(touch, size)
    if did is None and (touch.mode is None or touch.mode < LockMode.SHARE_UPDATE_EXCLUSIVE):
        return
    bars = touch.held.bars_writing
    what = did or f"locks {named(touch.relation)}"
    held = f" under {touch.held.words}" if touch.held >= LockMode.SHARE_UPDATE_EXCLUSIVE else ""
    words = f"{shortened(sent.text)} {what}{held}; {_consequence(touch, lasting=did is not None)}."
    rest = _held_on(migration, number, sent, touch) if touch.mode is not None and bars else ""
    yield Verdict(migration.name, sent.line, f"{words}{rest}", grave=did is not None and bars)


def _did(touch: Touch, size: str) -> str | None:
    if touch.rewritten:
        return f"rewrites {size} of {named(touch.relation)}" if size else f"rewrites {named(touch.relation)}"
    if touch.scanned:
        return f"reads all of {named(touch.relation)}{f' ({size})' if size else ''}"
    return None


def _consequence(touch: Touch, *, lasting: bool) -> str:
    name = named(touch.relation)
    if touch.held.bars_reading:
        return f"nothing can read {name} meanwhile" if lasting else f"for a moment nothing can read {name}"
    if touch.held.bars_writing:
        return f"nothing can write to {name} meanwhile" if lasting else f"for a moment nothing can write to {name}"
    if touch.held is LockMode.ROW_EXCLUSIVE:
        return "only writing to rows that it changes waits"
    return "reading and writing go on"


def _held_on(migration: Rehearsed, number: int, sent: Sent, touch: Touch) -> str:
    """How long the lock stays after the statement that took it."""
    later = [one for one in migration.sent[number + 1 :] if not one.own]
    if not sent.in_transaction or not migration.transactional or not later:
        return ""
    slow = [one for one in later if any(t.rewritten or t.scanned for t in one.touches)]
    many = f"{len(later)} statement{'s' * (len(later) > 1)} on"
    return f" The lock is kept until the end of the migration, {many}{_slow(len(slow), len(later))}."


def _slow(slow: int, later: int) -> str:
    if not slow:
        return ""
    one = "reads or rewrites" if slow == 1 else "read or rewrite"
    return f", which {one} a table" if slow == later else f", of which {slow} {one} a table"


def named(relation: Name) -> str:
    """A relation's name; with its schema, where that is not the one that everybody's is in."""
    return relation.name if relation.schema == "public" else str(relation)


def _size(facts: TableFacts | None) -> str:
    return in_bytes(facts.bytes) if facts else ""


def in_bytes(count: int) -> str:
    """A size for people: `41 GB`."""
    size, unit = float(count), 0
    while size >= 1000 and unit < len(_UNITS) - 1:
        size, unit = size / 1024, unit + 1
    return f"{size:.0f} {_UNITS[unit]}" if size >= 10 or unit == 0 else f"{size:.1f} {_UNITS[unit]}"


def shortened(text: str) -> str:
    """A statement in one line, cut where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1].rstrip()}…"


def circumstances(rehearsal: Rehearsal) -> list[str]:
    """What else is to be known of the target now, in sentences."""
    live = rehearsal.live
    if live is None:
        return []
    return [*map(_of_transaction, live.transactions), *map(_of_replica, live.replicas)]


def _of_transaction(one: LongTransaction) -> str:
    holds = f" and holds locks on {', '.join(one.relations)}" if one.relations else ""
    return (
        f"A transaction of {one.application or 'a session'} (pid {one.pid}, {one.state}) has been open for {one.seconds:.0f} s"
        f"{holds}: what waits for it holds up all who come after."
    )


def _of_replica(one: Replica) -> str:
    behind = "an unknown time" if one.behind is None else f"{one.behind:.1f} s"
    return f"The replica {one.name} is {behind} behind; what is rewritten is sent to it as well."

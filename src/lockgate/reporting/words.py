"""The sentences that the page and its Markdown twin share."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Final

from lockgate.nouns.changes import Effect
from lockgate.nouns.flavours import Flavour
from lockgate.rehearsing.verdicts import shortened
from lockgate.reporting.contents import counted, duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lockgate.nouns.rehearsals import Rehearsal, Rehearsed
    from lockgate.nouns.schema_reports import Difference
    from lockgate.rehearsing.verdicts import Verdict
    from lockgate.reporting.contents import Contents

WITHOUT_ROWS: Final = "The scratch database has no rows: its times say what comes when, not how long it will take."
MASKED: Final = "Passwords are hidden; `lockgate plan --sql` prints the script to be run."
NO_SCHEMA: Final = "Nothing was run in a scratch database, so how the schema changes is not known."
NO_CHANGE: Final = "The schema stays as it is."
_SERVERS: Final = {Flavour.POSTGRESQL: "PostgreSQL", Flavour.SQLITE: "SQLite", Flavour.MYSQL: "MySQL"}
_NAMED: Final = 10  # of what is lost


def said(one: Difference) -> str:
    """A difference in words, to stand beside its sign: `column type videos.views from integer to bigint`."""
    detail = one.detail.partition(" ")[2] if one.only_in else one.detail  # the sign says "add" and "drop"
    detail = f"renamed{detail.removeprefix('rename')}" if detail.startswith("rename from ") else detail
    return f"{one.kind} {one.name} {detail}".strip()


def split(verdict: Verdict, migration: Rehearsed) -> tuple[str, str]:
    """A verdict's statement, and what is said of it."""
    texts = (shortened(sent.text) for sent in migration.sent if sent.touches)
    head = next((text for text in texts if verdict.words.startswith(f"{text} ")), "")
    return head, verdict.words.removeprefix(head)


def took(rehearsal: Rehearsal) -> str:
    """How long it took in the scratch; "" where there was none."""
    known = [one.seconds for one in rehearsal.migrations if one.seconds is not None]
    if not known:
        return ""
    origin = {"files": ", made from the files", "database": ", made from the database's schema"}.get(
        rehearsal.place, ""
    )
    made = "" if rehearsal.building is None else f" in {duration(rehearsal.building)}"
    server = f" of {server_of(rehearsal, rehearsal.version)}" if rehearsal.version else ""
    return f"Rehearsed in {duration(sum(known))} in a scratch database{server}{origin}{made if origin else ''}."


def server_of(rehearsal: Rehearsal, version: str) -> str:
    """A server and its version, without what its packager says of it: `PostgreSQL 15.18`."""
    return f"{_SERVERS[rehearsal.flavour]} {version.partition(' ')[0]}"


def back(contents: Contents) -> Iterator[str]:
    """How to roll the run back, and what that does not bring back."""
    rehearsal = contents.rehearsal
    stuck = [one.name for one in rehearsal.migrations if not one.reversible]
    count = len(rehearsal.migrations)
    if stuck:
        whole = " as a whole" if rehearsal.migrations[-1].reversible else ""
        yield f"{', '.join(stuck)} {'has' if len(stuck) == 1 else 'have'} no down: the run cannot be rolled back{whole}."
    else:
        yield f"{'The migration has' if count == 1 else 'Each of them has'} a down."
    if rehearsal.unrestored is None:
        yield "Rolling back was not tried in a scratch database."
    elif rehearsal.unrestored:
        yield "Rolling back was tried in the scratch database; it leaves the schema otherwise than it was, as listed below."
    else:
        yield "Rolling back was tried in the scratch database; it restores the schema as it was before."
    yield from _lost(contents)


def _lost(contents: Contents) -> Iterator[str]:
    """What no down brings back."""
    lost = [one for one in contents.differences if one.effect == Effect.DESTRUCTIVE.value]
    gone = [one for one in lost if one.only_in]
    if gone:
        yield f"What is dropped takes its rows with it, and no down brings those back: {_names(gone)}."
    changed = [one for one in lost if not one.only_in]
    if changed:
        yield f"What a change cuts off of a value, no down brings back: {_names(changed)}."


def _names(found: Sequence[Difference]) -> str:
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return f"{', '.join(f'{one.kind} {one.name}' for one in found[:_NAMED])}{more}"


def commands(contents: Contents) -> list[tuple[str, str]]:
    """The commands that roll back, each with what it does; none where the last migration has no down."""
    each = contents.rehearsal.migrations
    free = len(list(takewhile(lambda one: one.reversible, reversed(each))))
    if free == len(each):
        return [
            ("lockgate down", "rolls this run back, as long as it is the last one."),
            ("lockgate down --batch N", "does so later, by the number that `lockgate history` shows."),
            (f"lockgate down --steps {free}", f"rolls back {counted(free, 'migration')}, newest first."),
        ]
    if not free:
        return []
    stuck = each[-free - 1].name
    return [
        (f"lockgate down --steps {free}", f"rolls back {counted(free, 'migration')}, newest first, down to {stuck}.")
    ]


def unknown(contents: Contents) -> list[str]:
    """What could not be known, each in a sentence."""
    rehearsal = contents.rehearsal
    found = list(rehearsal.unknown)
    for one in rehearsal.migrations:
        found += [f"{one.name}: what it sends is not known, because {one.unknown}."] if one.unknown else []
        if one.reads:
            found.append(
                f"{one.name} reads {', '.join(one.reads)} and decides by what it finds: with rows it may send other statements."
            )
    covered = {f"{one.name}: {one.unknown}" for one in rehearsal.migrations}
    return list(dict.fromkeys([*found, *(note for note in contents.lint.notes if note not in covered)]))

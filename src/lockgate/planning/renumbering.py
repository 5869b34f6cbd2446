"""Which files of a folder move to its end, and what they are called then: pure, no database, no disk."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from lockgate.errors import SettingsError
from lockgate.nouns.layouts import Layout
from lockgate.planning.drift import layout_of
from lockgate.planning.names import FileKind, find_name, number_in

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from lockgate.nouns.migrations import Source
    from lockgate.planning.names import FileName

TIMESTAMP_DIGITS = 14
"""The digits of YYYYMMDDhhmmss."""

UNNUMBERED: Final = frozenset({Layout.FLYWAY, Layout.REFINERY, Layout.DIESEL, Layout.ALEMBIC})
"""The layouts in which another number at the beginning of a name is not all that a migration needs to move."""


def way_to_the_end(name: str, sources: Sequence[Source]) -> str:
    """How a pending migration is moved behind all that is applied, said as the beginning of a sentence."""
    source = next(one for one in sources if one.name == name)
    if source.namespace:
        return f"Move {name} to the end where the directory of {source.namespace} is developed"
    if source.migrator:
        return f"Move {name} to the end of the list"
    layout = layout_of([one for one in sources if not one.namespace])
    if layout is Layout.ALEMBIC and source.revision:
        return f"Let the down_revision of {name} be the last revision that is applied"
    if layout in UNNUMBERED or source.beside:
        return f"Give {name} a version by hand that sorts after all others"
    return "Move the pending file to the end with `lockgate renumber`"


class Renaming(NamedTuple):
    """One migration that gets another number.

    Attributes:
        files: what each of its files is called now, and then.
    """

    name: str
    new: str
    files: tuple[tuple[str, str], ...]


def renamings(
    files: Sequence[FileName],
    recorded: Collection[str],
    applied: Collection[str],
    wanted: str | None,
    now: str,
    *,
    along: Mapping[str, Sequence[str]],
    twins: Sequence[str] = (),
) -> tuple[Renaming, ...]:
    """What moves to the end: `wanted`, else each that is not applied and sorts before one that is, or shares its number.

    Of those that share a number and of which none is applied, all but the first of `twins` move.

    They keep their order among themselves. A folder of timestamps gets timestamps, of which `now` is the first.

    Args:
        files: all that the folder has, a pair's downs and what is for other databases too.
        recorded: the names on record, of which not all need have a file here.
        applied: those that the database has, on record or by a baseline that stands for them.
        along: the files that each migration consists of, by its name.
        twins: the names that may share no number, the one that was there first before the others.

    Raises:
        SettingsError: `wanted` means none, or one that is applied.
    """
    migrations = sorted((one for one in files if one.kind is not FileKind.DOWN and one.name in along), key=_order)
    if wanted is None:
        moving = _out_of_order(migrations, recorded, applied, twins)
    else:
        moving = _wanted(migrations, applied, find_name(wanted, [one.name for one in migrations]))
    leaving = {entry for one in moving for entry in along[one.name]}
    staying = [one for one in files if one.entry not in leaving]
    digits = list(_digits(staying, [*recorded, *along], now, len(moving)))
    return tuple(_renaming(one, number, along[one.name]) for one, number in zip(moving, digits, strict=True))


def _order(file: FileName) -> tuple[int, str]:
    return file.number, file.name


def _out_of_order(
    migrations: Sequence[FileName], recorded: Collection[str], applied: Collection[str], twins: Sequence[str]
) -> list[FileName]:
    newest = max(((number_in(name) or -1, name) for name in recorded), default=(-1, ""))
    numbers = {one.number for one in migrations if one.name in applied}
    pending = [one for one in migrations if one.name not in applied]
    moving = {one.name for one in pending if _order(one) < newest or one.number in numbers}
    moving |= _later([one for one in pending if one.name not in moving], twins)
    return [one for one in migrations if one.name in moving]


def _later(migrations: Sequence[FileName], twins: Sequence[str]) -> set[str]:
    """Of each number's migrations all but the first."""
    numbers, later = set[int](), set[str]()
    for one in sorted((one for one in migrations if one.name in twins), key=lambda one: twins.index(one.name)):
        if one.number in numbers:
            later.add(one.name)
        numbers.add(one.number)
    return later


def _wanted(migrations: Sequence[FileName], applied: Collection[str], name: str) -> list[FileName]:
    if name in applied:
        raise SettingsError(
            f"{name} is applied in this database, where its name is on record: it keeps its number.",
            hint="Move the other one.",
        )
    moving = next(one for one in migrations if one.name == name)
    is_last = all(one.number < moving.number for one in migrations if one is not moving)
    return [] if is_last else [moving]


def _digits(staying: Sequence[FileName], recorded: Collection[str], now: str, count: int) -> Iterator[str]:
    """The next numbers, as wide as the last one's."""
    names = [*(one.name for one in staying), *recorded]
    last = max(names, key=lambda name: number_in(name) or -1, default="000")
    written = re.match(r"[0-9]+", last)
    width = len(written[0]) if written else 3
    following = (number_in(last) or 0) + 1
    if width == TIMESTAMP_DIGITS:
        following = max(following, int(now))
    yield from (str(following + place).zfill(width) for place in range(count))


def _renaming(moving: FileName, digits: str, entries: Sequence[str]) -> Renaming:
    return Renaming(moving.name, _with(moving.name, digits), tuple((one, _with(one, digits)) for one in entries))


def _with(name: str, digits: str) -> str:
    return re.sub(r"^[0-9]+", digits, name)

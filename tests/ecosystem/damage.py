"""Things that somebody did to a database by hand, at random."""

from __future__ import annotations

from itertools import chain, zip_longest
from typing import TYPE_CHECKING, NamedTuple

from ecosystem import postgresql_damage, sqlite_damage
from ecosystem.ground import PostgresGround, SqliteGround

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from random import Random

    from ecosystem.ground import Ground
    from lockgate.nouns.schema_reports import Difference

MANY = 20


class Damage(NamedTuple):
    """One thing that may be done.

    Attributes:
        kind: in a few words.
        owner: the table or type, without the schema where it is the default one.
        parts: what of it has to be named by a difference; "" is the owner as a whole.
        beside: what else of it no other damage may touch, lest one hides the other.
    """

    kind: str
    owner: str
    parts: tuple[str, ...]
    statements: tuple[str, ...]
    beside: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """It in words."""
        return f"{self.kind} {self.owner} {', '.join(self.parts)}".strip()

    def is_in(self, differences: Iterable[Difference]) -> bool:
        """Whether it is found: each part, or the whole owner."""
        named = {one.part for one in differences if one.owner == self.owner}
        return "" in named or set(self.parts) <= named


async def damaged(ground: Ground, random: Random) -> list[Damage]:
    """Do what the database lets be done, of each kind as much as of any other, to tables that are whole first.

    On SQLite to no others: most of it makes the table anew, and would undo what was done to it before.
    """
    possible = await _possible(ground)
    random.shuffle(possible)
    done = list[Damage]()
    for several in (False, True)[: 1 if isinstance(ground, SqliteGround) else 2]:
        for one in _in_turn(possible):
            if len(done) < MANY and not any(_in_each_others_way(one, other, several=several) for other in done):
                done += [one] if await _is_done(ground, one) else []
    return done


async def _possible(ground: Ground) -> list[Damage]:
    if isinstance(ground, PostgresGround):
        return [Damage(*one) for one in await postgresql_damage.possible(ground)]
    assert isinstance(ground, SqliteGround)
    return [Damage(*one) for one in sqlite_damage.possible(ground.path)]


def _in_turn(several: list[Damage]) -> Iterator[Damage]:
    by_kind: dict[str, list[Damage]] = {}
    for one in several:
        by_kind.setdefault(one.kind, []).append(one)
    return (one for one in chain.from_iterable(zip_longest(*by_kind.values())) if one is not None)


def _in_each_others_way(one: Damage, other: Damage, *, several: bool) -> bool:
    if one.owner != other.owner:
        return False
    touched = {*one.parts, *one.beside} & {*other.parts, *other.beside}
    return not several or bool(touched) or "" in (*one.parts, *other.parts)


async def _is_done(ground: Ground, damage: Damage) -> bool:
    """Whether the database let it be: what others lean on often cannot go."""
    try:
        await ground.transact(damage.statements)
    except Exception as error:
        if type(error).__module__.split(".")[0] not in {"asyncpg", "sqlite3"}:
            raise
        return False
    return True

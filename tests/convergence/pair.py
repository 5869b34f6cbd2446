"""A pair of models: what a database was made of, and what it is to become."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Says = Callable[[sa.MetaData], object]

EVERYWHERE = frozenset({"sqlite", "postgresql"})
POSTGRESQL = frozenset({"postgresql"})
SQLITE = frozenset({"sqlite"})


class Pair(NamedTuple):
    """Two models.

    Attributes:
        before, after: fill a metadata, or are one; None leaves it empty.
        rows: statements that are run once `before` is made.
        engines: where it holds.
        least: the oldest PostgreSQL that can make both.
        extension: a contributed module that both need.
        needs: statements without which neither can be made.
        conventions: the naming convention of both sides.
        equal: the two make the same database; None where that is not known.
        becomes: the values of a column (`t.a`) after the change, in the order of its rows, where they do not stay as they were.
        whole: auto mode leaves nothing undone.
    """

    name: str
    before: Says | sa.MetaData | None
    after: Says | sa.MetaData | None
    rows: tuple[str, ...] = ()
    engines: frozenset[str] = EVERYWHERE
    least: int = 0
    extension: str = ""
    needs: tuple[str, ...] = ()
    conventions: Mapping[str, str] | None = None
    equal: bool | None = False
    becomes: Mapping[str, list[Any]] = {}
    whole: bool = False

    @property
    def scenery(self) -> tuple[str, ...]:
        """What is run before the models are made."""
        extension = (f"CREATE EXTENSION {self.extension} SCHEMA public",) if self.extension else ()
        return (*extension, *self.needs)

    def metadata(self, says: Says | sa.MetaData | None) -> sa.MetaData:
        """A metadata of its own, filled."""
        if isinstance(says, sa.MetaData):
            return says
        made = sa.MetaData(naming_convention=dict(self.conventions) if self.conventions else None)
        if says is not None:
            says(made)
        return made


def t(metadata: sa.MetaData, *items: sa.schema.SchemaItem, name: str = "t", **options: Any) -> sa.Table:
    """A table with an `id`."""
    return sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True), *items, **options)


def said(*pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    """All of them, each name once."""
    found = tuple(pair for several in pairs for pair in several)
    names = [pair.name for pair in found]
    assert len(set(names)) == len(names), sorted({name for name in names if names.count(name) > 1})
    return found

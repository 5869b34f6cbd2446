"""What a diagram shows, before anything is placed: tables as entities, foreign keys as relations, and what changes in them."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from lockgate.nouns.schema import Name


class Mark(Enum):
    """What a change does to what is drawn; the value is the sign that stands beside it."""

    SAME = ""
    ADDED = "+"
    DROPPED = "−"  # the minus sign, which is as wide as the plus
    CHANGED = "~"

    @property
    def word(self) -> str:
        """In a word: `added`."""
        return self.name.lower()


class Attribute(NamedTuple):
    """One column.

    Attributes:
        keys: of `PK`, `FK` and `UK`, those that it is or belongs to.
        was: what a changed one was, in words.
    """

    name: str
    type: str
    nullable: bool
    keys: tuple[str, ...] = ()
    mark: Mark = Mark.SAME
    was: str = ""


class Note(NamedTuple):
    """A change of something that is not drawn itself: an index, a check, an enum type."""

    text: str
    mark: Mark


class Entity(NamedTuple):
    """One table; `title` is its name as it is shown."""

    name: Name
    title: str
    attributes: tuple[Attribute, ...]
    notes: tuple[Note, ...] = ()
    mark: Mark = Mark.SAME


class Relation(NamedTuple):
    """One foreign key.

    Attributes:
        source: the table that has it.
        optional: whether a row may refer to nothing.
        single: whether no two rows refer to the same one.
    """

    source: Name
    target: Name
    columns: tuple[str, ...]
    target_columns: tuple[str, ...]
    optional: bool
    single: bool
    mark: Mark = Mark.SAME


class Drawing(NamedTuple):
    """All that a diagram shows.

    Attributes:
        notes: changes of what is no table.
        left_out: how many unchanged tables are not drawn.
    """

    entities: tuple[Entity, ...]
    relations: tuple[Relation, ...]
    notes: tuple[Note, ...] = ()
    left_out: int = 0

    def count(self, mark: Mark) -> int:
        """How many tables have a mark."""
        return sum(entity.mark is mark for entity in self.entities)

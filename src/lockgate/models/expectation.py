"""The first comparison with PostgreSQL: which tables are, without doubt, what the models say.

To know for certain what the catalog says of a model's table, the table has to be created. For the plain kinds that most
tables are made of, what the catalog prints is certain beforehand. A table is surely equal only if all of it is of these
kinds and the catalog prints exactly that; whatever else it is, it is in doubt, which costs no more than time.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from lockgate.models.expected_parts import Doubt, Parts, claims_of, is_enum, plain
from lockgate.models.facts import is_extended
from lockgate.models.listeners import items_of, listeners_of
from lockgate.models.spelling import without_quotes
from lockgate.nouns.schema import Name, Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    import sqlalchemy as sa
    from sqlalchemy.engine import Dialect

    from lockgate.models.metadata import Models
    from lockgate.nouns.schema import Schema, Sequence


class Expectation:
    """What some models are to look like in PostgreSQL's catalog, beside what is there; it serves one comparison."""

    def __init__(self, models: Models, dialect: Dialect, live: Schema, default_schema: str) -> None:
        """Look at all models, as their names depend on each other.

        Args:
            models: all that share the database, though only some of their tables may be compared.
            dialect: PostgreSQL's.
            live: the catalog as `read_postgresql` reads it, of all schemas that the models use.
            default_schema: the one that tables without a schema are in.
        """
        self._parts = Parts(dialect, default_schema)
        # A listener to one table may alter another.
        items = (item for metadata in models.metadatas for item in items_of(metadata, metadata.tables.values()))
        self._changed = is_extended() or any(listeners_of(item) for item in items)
        self._claims = Counter(claim for table in _all(models) for claim in claims_of(table, default_schema))
        self._live = live
        self._owned: defaultdict[Name, list[Sequence]] = defaultdict(list)
        for sequence in live.sequences.values():
            if sequence.owner:
                self._owned[sequence.owner[0]].append(sequence)

    def surely_equal(self, table: sa.Table) -> bool:
        """Whether the live table, its enum types and the sequences that it owns surely are what `create_all` makes.

        `table` is one of the models'.
        """
        try:
            return not self._changed and self._is_equal(table)
        except Doubt:
            return False

    def _is_equal(self, table: sa.Table) -> bool:
        expected, sequences, made_names = self._parts.table(table)
        found = self._live.tables.get(expected.name)
        if found is None or any(self._claims[expected.name.schema, name] != 1 for name in made_names):
            return False
        return (
            _same(expected, found)
            and self._owned.get(expected.name, []) == sequences
            and all(self._has_labels(one.type) for one in table.columns if is_enum(one.type))
        )

    def _has_labels(self, kind: Any) -> bool:
        """Whether an enum type has the model's labels, in their order."""
        found = self._live.enums.get(Name(plain(kind.schema or self._parts.default_schema), plain(kind.name)))
        return found is not None and found.labels == tuple(kind.enums) and found.comment is None


def surely_equal(models: Models, dialect: Dialect, live: Schema, *, default_schema: str) -> frozenset[Name]:
    """The names of the models' tables that surely are in the database as the models say; see `Expectation`."""
    expectation = Expectation(models, dialect, live, default_schema)
    return frozenset(
        Name(str(table.schema or default_schema), str(table.name))
        for table in models.tables
        if expectation.surely_equal(table)
    )


def _all(models: Models) -> Iterable[sa.Table]:
    return (table for metadata in models.metadatas for table in metadata.tables.values())


def _same(expected: Table, found: Table) -> bool:
    """Compared without an order: that of columns is none, and that of the others is the reader's."""
    return (
        (found.comment, found.before, found.after) == (expected.comment, "", "")
        and _are_same(expected.columns, found.columns, "type")
        and _are_same(expected.constraints, found.constraints, "definition")
        and _are_same(expected.indexes, found.indexes, "definition")
    )


def _are_same(expected: tuple[Any, ...], found: tuple[Any, ...], text: str) -> bool:
    """Whether parts are the same; `text` is the field that the catalog may have put quotes in."""
    if expected == found:
        return True
    if len(expected) != len(found):
        return False
    plainly = {one.name: one._replace(**{text: without_quotes(getattr(one, text))}) for one in found}
    return all(plainly.get(one.name) == one for one in expected)

"""What following the models asks of an engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from lockgate.dialects.seam import Session
    from lockgate.following.scope import Scope
    from lockgate.models.metadata import Models
    from lockgate.nouns.changes import Change, Statement
    from lockgate.nouns.schema import Name, Schema


class Engine(Protocol):
    """One engine's way to read a schema, to build the models beside it, and to say changes."""

    session: Session
    creates: bool
    """Whether missing tables are made as `create_all` makes them, with all that a listener adds."""

    async def default_schema(self) -> str:
        """The schema in which unqualified names are."""

    async def read(self, scope: Scope) -> Schema:
        """The database as it is; in a fixed number of queries."""

    async def fingerprint(self, scope: Scope) -> str:
        """A digest of the catalog, in one query: another whenever `read` would give something else."""

    def doubtful(self, models: Models, have: Schema, scope: Scope) -> set[Name]:
        """The tables of the models that are there and are not surely as the models say."""

    async def build(self, models: Models, scope: Scope) -> Schema:
        """What the models make, read back from where nobody else sees it; nothing of it stays.

        Raises:
            SettingsError: the models cannot be created.
        """

    async def creation(self, models: Models, there: Collection[Name], scope: Scope) -> list[str] | None:
        """What `create_all` says for the models, without types and sequences that are `there`.

        None where code of the project's decides that, on a real connection.
        """

    def statements(self, changes: Sequence[Change], have: Schema, want: Schema) -> list[Statement]:
        """What makes the changes on a database that is as `have` says."""

    async def with_rows(self, tables: Collection[Name]) -> set[Name]:
        """Those of the tables that have at least one row."""

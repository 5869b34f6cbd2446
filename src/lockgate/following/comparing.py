"""Models and database side by side: only what is in doubt is built."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lockgate.diffing.differ import diff
from lockgate.following.wanting import put_together, types_of
from lockgate.nouns.changes import Change, Effect, Kind
from lockgate.nouns.schema import Domain, Enumeration, Name, Schema, Table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractAsyncContextManager

    from lockgate.following.engine import Engine
    from lockgate.following.scope import Scope
    from lockgate.models.metadata import Models


@dataclass(frozen=True, slots=True)
class Comparison:
    """The database, what is wanted of it, and how they differ.

    Attributes:
        creating: what is to be created as `create_all` does it.
        created: the changes of that, of which no more than the names is known.
    """

    have: Schema
    want: Schema
    changes: tuple[Change, ...]
    creating: Models | None = None
    created: frozenset[Change] = frozenset()


class Comparing:
    """Compares one database; `builder` opens the place where models are built, which may be the database itself."""

    def __init__(self, engine: Engine, scope: Scope, builder: AbstractAsyncContextManager[Engine]) -> None:
        self._engine, self._scope, self._builder = engine, scope, builder

    async def compare(self, models: Models, *, create: bool) -> Comparison:
        """Compare them; with `create`, tables that are missing are not built, because they will be made anyway.

        Raises:
            SettingsError: the models cannot be created, or there is no place to build them.
        """
        there, seen = await self._engine.read(self._scope), self._scope.models(models)
        have = self._scope.cut(there)
        creating = self._missing(seen, have) if create and self._engine.creates and not seen.views else None
        equal = self._equal(seen, have)
        left_out = equal | (self._names(creating) if creating else set())
        settled = types_of({name: have.tables[name] for name in equal}) | self._types(creating)
        built = await self._build(self._without(seen, left_out), settled)
        beyond = {name: table for name, table in there.tables.items() if name not in have.tables}
        want = put_together(have, built, equal, beyond=beyond, views=bool(seen.views))
        if creating:
            want = replace(want, namespaces=want.namespaces | self._namespaces(creating))
        created = tuple(self._created(creating, want)) if creating else ()
        return Comparison(have, want, diff(have, want) + created, creating, frozenset(created))

    def _names(self, models: Models) -> set[Name]:
        return {self._scope.name(table) for table in (*models.tables, *models.views)}

    def _types(self, models: Models | None) -> set[Name]:
        return {self._scope.name(one) for one in models.types} if models else set()

    def _namespaces(self, models: Models) -> set[str]:
        items = (*models.tables, *models.sequences, *models.types)
        return {self._scope.name(item).schema for item in items}

    def _created(self, models: Models, want: Schema) -> Iterator[Change]:
        """What `create_all` makes of models: native types that are not built for another table, and tables."""
        for one in models.types:
            name = self._scope.name(one)
            if getattr(one, "native_enum", True) and name not in want.named():
                labels = getattr(one, "enums", None)
                noun = Enumeration(name, tuple(labels)) if labels else Domain(name, "")
                yield Change(Kind.ENUM if labels else Kind.DOMAIN, name, "", None, noun, Effect.ADDITIVE)
        for name in sorted(self._names(models)):
            yield Change(Kind.TABLE, name, "", None, Table(name, ()), Effect.ADDITIVE)

    def _equal(self, models: Models, have: Schema) -> set[Name]:
        if models.views:
            return set()  # a view can only be built over all that it reads
        return self._names(models) & set(have.tables) - self._engine.doubtful(models, have, self._scope)

    def _without(self, models: Models, names: set[Name]) -> Models:
        return models.only(lambda schema, name: (schema or self._scope.default, name) not in names)

    def _missing(self, models: Models, have: Schema) -> Models | None:
        missing = self._without(models, {*have.tables, *have.sequences})
        types = tuple(one for one in models.types if self._scope.name(one) not in {**have.enums, **have.domains})
        return replace(missing, types=types) if missing.tables or missing.sequences or types else None

    async def _build(self, models: Models, settled: set[Name]) -> Schema:
        """Build them, unless that is nothing but types that will be made anyway, or are those of equal tables."""
        types = {self._scope.name(one) for one in models.types}
        if not models.tables and not models.views and not models.sequences and types <= settled:
            return Schema()
        async with self._builder as builder:
            return await builder.build(models, self._scope)

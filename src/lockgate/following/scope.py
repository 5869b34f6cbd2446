"""What one comparison looks at: which schemas, which tables, and what of them is Lockgate's own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from lockgate.models.filters import wanted
from lockgate.nouns.schema import Name, Schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lockgate.models.metadata import Models
    from lockgate.settings.conclusions import Conclusions


@dataclass(frozen=True, slots=True)
class Scope:
    """The bounds of a comparison.

    Attributes:
        default: the schema in which unqualified names are.
        namespaces: all schemas that are looked at.
        own: the names of Lockgate's own tables.
        config: has the patterns of what else is looked at.
        only: the tables that are looked at, where not all are.
    """

    default: str
    namespaces: tuple[str, ...]
    own: frozenset[Name]
    config: Conclusions
    only: frozenset[Name] | None = None

    @classmethod
    def of(cls, config: Conclusions, models: Models, default: str, own: frozenset[Name]) -> Scope:
        """The schemas that the configuration names, else those of the models."""
        items: tuple[Any, ...] = (*models.tables, *models.views, *models.sequences, *models.types)
        of_models = {item.schema or default for item in items}
        named = config.schemas or sorted(of_models | {default})
        return cls(default, tuple(named), own, config)

    def name(self, item: Any) -> Name:
        """The qualified name of a table, type or sequence of the models."""
        return Name(item.schema or self.default, item.name)

    def of_tables(self, tables: Iterable[Any]) -> Scope:
        """The same for these tables alone."""
        return replace(self, only=frozenset(map(self.name, tables)))

    def sees(self, name: Name) -> bool:
        """Whether a table or view is looked at."""
        config = self.config
        if self.only is not None:
            return name in self.only
        return name.schema in self.namespaces and wanted(name, include=config.include, exclude=config.exclude)

    def cut(self, schema: Schema) -> Schema:
        """What is looked at of a schema."""
        return replace(schema, tables=self._seen(schema.tables), views=self._seen(schema.views))

    def _seen(self, named: Mapping[Name, Any]) -> dict[Name, Any]:
        return {name: noun for name, noun in named.items() if self.sees(name)}

    def models(self, models: Models) -> Models:
        """What is looked at of the models."""
        return models.only(lambda schema, name: self.sees(Name(schema or self.default, name)))

"""A change in words for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lockgate.nouns.changes import Change, Kind
from lockgate.nouns.schema_reports import Difference

if TYPE_CHECKING:
    from lockgate.nouns.schema import Domain, Name

_FACETS = {
    Kind.TYPE: "type",
    Kind.DEFAULT: "default",
    Kind.IDENTITY: "identity",
    Kind.GENERATED: "generated",
    Kind.COLLATION: "collation",
    Kind.COMMENT: "comment",
}


def difference(change: Change, default: str, reason: str = "") -> Difference:
    """Say a change; names in the schema `default` are said without it."""
    owner = shown(change.owner, default)
    name = f"{owner}.{change.part}" if change.part else owner
    only_in = "models" if change.adds else "database" if change.drops else ""
    return Difference(change.kind.value, name, _detail(change, default), change.effect.value, reason, owner, only_in)


def shown(name: Name, default: str) -> str:
    """A name as people write it."""
    if not name.name:
        return name.schema
    return name.name if name.schema == default else str(name)


def _detail(change: Change, default: str) -> str:
    before, after = change.before, change.after
    if before is None:
        return f"add {_said(after)}".strip()
    if after is None:
        return f"drop {_said(before)}".strip()
    if change.kind in {Kind.TABLE, Kind.COLUMN}:
        return f"rename from {shown(before.name, default) if change.kind is Kind.TABLE else before.name}"
    if change.kind is Kind.NULLABLE:
        return "drop NOT NULL" if after.nullable else "set NOT NULL"
    if change.kind in _FACETS:
        old, new = (_facet(getattr(one, _FACETS[change.kind])) for one in (before, after))
        return f"from {old} to {new}"
    if change.kind in {Kind.CONSTRAINT, Kind.INDEX} and _said(before) == _said(after):
        return f"rename from {before.name}"
    return f"from {_said(before)} to {_said(after)}"


def _facet(value: Any) -> str:
    if value is None:
        return "none"
    return getattr(value, "expression", None) or str(value)


def _said(noun: Any) -> str:
    """What there is to say of a noun beside its name."""
    if labels := getattr(noun, "labels", None):
        return f"({', '.join(labels)})"
    if definition := getattr(noun, "definition", None):
        return f"{'UNIQUE ' if getattr(noun, 'unique', False) else ''}{' '.join(definition.split())}"
    if options := getattr(noun, "options", None):
        return str(options)
    if hasattr(noun, "checks"):
        return _said_domain(noun)
    if hasattr(noun, "before"):
        return f"{noun.before} {noun.after}".strip()
    if type_ := getattr(noun, "type", None):
        return f"{type_}{'' if noun.nullable else ' NOT NULL'}"
    return ""


def _said_domain(noun: Domain) -> str:
    default = f" DEFAULT {noun.default}" if noun.default is not None else ""
    checks = "".join(f" {check.definition}" for check in noun.checks)
    return f"{noun.type}{default}{'' if noun.nullable else ' NOT NULL'}{checks}"

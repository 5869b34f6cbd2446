"""Constraints as a Python migration writes them: within create_table, or added by a verb; None where SQL says them better."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from lockgate.generating.code import Call, Code, Text, call, texts
from lockgate.generating.index_text import bare, split_list, without_parentheses
from lockgate.generating.plain_sql import escaped
from lockgate.nouns.schema import Constraint, ConstraintKind

if TYPE_CHECKING:
    from lockgate.nouns.schema import Name

_WORD: Final = r'(?:"(?:[^"]|"")+"|\w+)'
_LIST: Final = rf"\({_WORD}(?:, ?{_WORD})*\)"
_WAITING: Final = r"(?P<deferrable> DEFERRABLE(?P<deferred> INITIALLY DEFERRED)?)?"
_KEY: Final = re.compile(
    rf"(?:PRIMARY KEY|UNIQUE)(?P<distinct> NULLS NOT DISTINCT)? {_LIST}(?: INCLUDE \((?P<include>[^()]+)\))?{_WAITING}"
)
_ACTION: Final = rf"CASCADE|RESTRICT|SET NULL(?: {_LIST})?|SET DEFAULT(?: {_LIST})?"
_FOREIGN: Final = re.compile(
    rf"FOREIGN KEY {_LIST} REFERENCES (?:{_WORD}\.)?{_WORD} ?{_LIST}(?P<match> MATCH FULL)?"
    rf"(?: ON UPDATE (?P<update>{_ACTION}))?(?: ON DELETE (?P<delete>{_ACTION}))?{_WAITING}(?P<unchecked> NOT VALID)?"
)
_CHECK: Final = re.compile(r"CHECK (?P<condition>\(.*\))(?P<unchecked> NOT VALID)?", re.DOTALL)
_CLASSES: Final = {
    ConstraintKind.PRIMARY: "PrimaryKeyConstraint",
    ConstraintKind.UNIQUE: "UniqueConstraint",
    ConstraintKind.CHECK: "CheckConstraint",
    ConstraintKind.FOREIGN: "ForeignKeyConstraint",
}
_VERBS: Final = {
    ConstraintKind.PRIMARY: "create_primary_key",
    ConstraintKind.UNIQUE: "create_unique_constraint",
    ConstraintKind.CHECK: "create_check_constraint",
}


class _Said(NamedTuple):
    """What a constraint is over, as an item of a table and as arguments of a verb, and its options."""

    item: tuple[Code, ...]
    verb: tuple[Code, ...]
    options: dict[str, Code | None]


class Constraints:
    """Writes them; `default` is the schema that goes without saying."""

    def __init__(self, default: str) -> None:
        self._default = default

    def item(self, constraint: Constraint) -> Call | None:
        """It as an argument of create_table."""
        said = self._said(constraint)
        if said is None:
            return None
        name = Text(constraint.name) if constraint.name else None
        return call(f"sa.{_CLASSES[constraint.kind]}", *said.item, name=name, **said.options)

    def add(self, owner: Name, constraint: Constraint) -> Call | None:
        """The verb that adds it."""
        said = self._said(constraint)
        if said is None:
            return None
        name = Text(constraint.name) if constraint.name else "None"
        if constraint.kind is ConstraintKind.FOREIGN:
            return self._foreign_key(name, owner, constraint, said)
        if _is_beyond_a_verb(constraint, said):
            return None
        verb = _VERBS[constraint.kind]
        return call(verb, name, Text(owner.name), *said.verb, schema=self._schema(owner), **said.options)

    def _schema(self, name: Name) -> Text | None:
        return None if name.schema == self._default else Text(name.schema)

    def _foreign_key(self, name: Code, owner: Name, key: Constraint, said: _Said) -> Call:
        target = key.target or owner
        schemas = {"source_schema": self._schema(owner), "referent_schema": self._schema(target)}
        made = call("create_foreign_key", name, Text(owner.name), Text(target.name), *said.verb)
        return made.having(**said.options, **schemas)

    def _said(self, constraint: Constraint) -> _Said | None:
        match constraint.kind:
            case ConstraintKind.PRIMARY | ConstraintKind.UNIQUE:
                return _key(constraint)
            case ConstraintKind.CHECK:
                return self._check(constraint)
            case ConstraintKind.FOREIGN:
                return self._reference(constraint)
        return None

    def _check(self, check: Constraint) -> _Said | None:
        found = _CHECK.fullmatch(check.definition)
        if found is None:
            return None
        condition = without_parentheses(without_parentheses(found["condition"]))
        said = (Text(escaped(condition, self._default)),)
        return _Said(said, said, {"postgresql_not_valid": "True" if found["unchecked"] else None})

    def _reference(self, key: Constraint) -> _Said | None:
        found = _FOREIGN.fullmatch(key.definition)
        if found is None or key.target is None or "." in key.target.name or "." in key.target.schema:
            return None
        table = key.target.name if key.target.schema == self._default else str(key.target)
        target = texts(f"{table}.{column}" for column in key.target_columns)
        columns = texts(key.columns)
        options: dict[str, Code | None] = {
            "onupdate": Text(found["update"]) if found["update"] else None,
            "ondelete": Text(found["delete"]) if found["delete"] else None,
            "match": Text("FULL") if found["match"] else None,
            **_waiting(found),
            "postgresql_not_valid": "True" if found["unchecked"] else None,
        }
        return _Said((columns, target), (columns, texts(key.target_columns)), options)


def _is_beyond_a_verb(constraint: Constraint, said: _Said) -> bool:
    """Whether a verb cannot say it: that for primary keys has no options, and none knows columns that are only included."""
    primary = constraint.kind is ConstraintKind.PRIMARY and any(said.options.values())
    return bool(primary or said.options.get("postgresql_include"))


def _key(key: Constraint) -> _Said | None:
    found = _KEY.fullmatch(key.definition)
    if found is None:
        return None
    include = texts(map(bare, split_list(found["include"]))) if found["include"] else None
    options: dict[str, Code | None] = {
        **_waiting(found),
        "postgresql_nulls_not_distinct": "True" if found["distinct"] else None,
        "postgresql_include": include,
    }
    return _Said(tuple(map(Text, key.columns)), (texts(key.columns),), options)


def _waiting(found: re.Match[str]) -> dict[str, Code | None]:
    return {
        "deferrable": "True" if found["deferrable"] else None,
        "initially": Text("DEFERRED") if found["deferred"] else None,
    }

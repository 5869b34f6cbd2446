"""Columns, constraints and indexes as a Python migration writes them; None where plain SQL says them better."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from lockgate.following.wanting import named_type
from lockgate.generating.python_types import python_type
from lockgate.nouns.schema import Constraint, ConstraintKind, Name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lockgate.nouns.schema import Column, Enumeration, Index, Table

_WORD: Final = r'(?:"(?:[^"]|"")+"|\w+)'
_LIST: Final = rf"\(({_WORD}(?:, ?{_WORD})*)\)"
_KEY: Final = re.compile(rf"(?:PRIMARY KEY|UNIQUE) {_LIST}")
_FOREIGN: Final = re.compile(
    rf"FOREIGN KEY {_LIST} REFERENCES (?:{_WORD}\.)?{_WORD} ?{_LIST}"
    r"(?: ON UPDATE (CASCADE|RESTRICT|SET NULL|SET DEFAULT))?(?: ON DELETE (CASCADE|RESTRICT|SET NULL|SET DEFAULT))?"
    r"( DEFERRABLE(?: INITIALLY DEFERRED)?)?"
)
_INDEX: Final = re.compile(rf"(?:USING btree )?{_LIST}")
_OPTION: Final = re.compile(r"(START WITH|INCREMENT BY|MINVALUE|MAXVALUE|CACHE) (-?\d+)")


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
    """A constraint's own arguments, and its options."""

    own: list[str]
    options: list[str]


class Parts:
    """Writes them; `default` is the schema that goes without saying."""

    def __init__(self, default: str, enums: Mapping[Name, Enumeration] | None = None) -> None:
        self._default = default
        self._enums = enums or {}

    def schema(self, name: Name) -> str:
        """The argument that says a schema; empty for the default."""
        return "" if name.schema == self._default else f", schema={quoted(name.schema)}"

    def column(self, column: Column, *, numbered: bool = False) -> str | None:
        """A column; `numbered` leaves out the default of a serial, which SQLAlchemy makes by itself."""
        type_ = self.type(column.type)
        if type_ is None or column.collation or column.identity:
            return None
        parts = [quoted(column.name), type_]
        if column.generated:
            parts.append(f"sa.Computed({quoted(column.generated.expression)}, persisted={column.generated.stored})")
        if column.default is not None and not numbered:
            parts.append(f"server_default={self.text(column.default)}")
        if not column.nullable:
            parts.append("nullable=False")
        if column.comment is not None:
            parts.append(f"comment={quoted(column.comment)}")
        return f"sa.Column({', '.join(parts)})"

    def type(self, type_: str) -> str | None:
        """A type; an enum's own statements create and drop it."""
        if type_.endswith("[]"):
            inner = self.type(type_[:-2])
            return f"postgresql.ARRAY({inner})" if inner else None
        enum = next((self._enums[name] for name in named_type(type_) if name in self._enums), None)
        if enum is None:
            return python_type(type_)
        schema = self.schema(enum.name)
        return f"postgresql.ENUM({listed(enum.labels)}, name={quoted(enum.name.name)}{schema}, create_type=False)"

    def text(self, sql: str) -> str:
        """SQL as SQLAlchemy's text, in which a colon before a word would begin a parameter."""
        escaped = re.sub(r"(?<![:\\]):(?=\w)", r"\\:", unqualified(sql, self._default))
        return f"sa.text({quoted(escaped)})"

    def constraint(self, constraint: Constraint) -> str | None:
        """A constraint, as an argument of create_table."""
        said = self._said(constraint)
        if said is None:
            return None
        name = [f"name={quoted(constraint.name)}"] if constraint.name else []
        return f"sa.{_CLASSES[constraint.kind]}({', '.join([*said.own, *name, *said.options])})"

    def add_constraint(self, owner: Name, constraint: Constraint) -> list[str] | None:
        """The verb that adds a constraint."""
        said = self._said(constraint)
        if said is None:
            return None
        name = quoted(constraint.name) if constraint.name else "None"
        if constraint.kind is ConstraintKind.FOREIGN:
            return [self._foreign_key(name, owner, constraint, said.options)]
        own = said.own if constraint.kind is ConstraintKind.CHECK else [f"[{listed(constraint.columns)}]"]
        arguments = ", ".join([name, quoted(owner.name), *own, *said.options])
        return [f"await self.db.{_VERBS[constraint.kind]}({arguments}{self.schema(owner)})"]

    def _foreign_key(self, name: str, owner: Name, key: Constraint, options: list[str]) -> str:
        target = key.target or owner
        columns = f"[{listed(key.columns)}]", f"[{listed(key.target_columns)}]"
        schemas = self.schema(owner).replace("schema=", "source_schema=")
        schemas += self.schema(target).replace("schema=", "referent_schema=")
        arguments = ", ".join([name, quoted(owner.name), quoted(target.name), *columns, *options])
        return f"await self.db.create_foreign_key({arguments}{schemas})"

    def _said(self, constraint: Constraint) -> _Said | None:
        match constraint.kind:
            case ConstraintKind.PRIMARY | ConstraintKind.UNIQUE:
                return _Said([listed(constraint.columns)], []) if _KEY.fullmatch(constraint.definition) else None
            case ConstraintKind.CHECK:
                check = _check(constraint)
                return None if check is None else _Said([quoted(unqualified(check, self._default))], [])
            case ConstraintKind.FOREIGN:
                return self._reference(constraint)
        return None

    def _reference(self, key: Constraint) -> _Said | None:
        found = _FOREIGN.fullmatch(key.definition)
        if found is None or key.target is None or "." in key.target.name:
            return None
        table = key.target.name if key.target.schema == self._default else str(key.target)
        target = listed(f"{table}.{column}" for column in key.target_columns)
        _, _, update, delete, deferred = found.groups()
        options = [f"onupdate={quoted(update)}"] if update else []
        options += [f"ondelete={quoted(delete)}"] if delete else []
        if deferred:
            options += ["deferrable=True"] + (['initially="DEFERRED"'] if "INITIALLY" in deferred else [])
        return _Said([f"[{listed(key.columns)}]", f"[{target}]"], options)

    def create_index(self, owner: Name, index: Index) -> str | None:
        """A plain index of columns."""
        if not _INDEX.fullmatch(index.definition) or index.comment is not None:
            return None
        arguments = [quoted(index.name), quoted(owner.name), f"[{listed(index.columns)}]"]
        unique = ["unique=True"] if index.unique else []
        return f"await self.db.create_index({', '.join([*arguments, *unique])}{self.schema(owner)})"

    def create_table(self, table: Table, serials: Iterable[str]) -> list[str] | None:
        """The lines of a table without its foreign keys to other tables and its indexes, which come later."""
        own = [one for one in table.constraints if one.kind is not ConstraintKind.FOREIGN]
        columns = [self.column(one, numbered=one.name in serials) for one in table.columns]
        items = [*columns, *map(self.constraint, own)]
        if None in items or table.before or table.after or any(one.comment for one in own):
            return None
        options = [f"comment={quoted(table.comment)}"] if table.comment is not None else []
        options += [self.schema(table.name)[2:]] if self.schema(table.name) else []
        lines = [quoted(table.name.name), *items, *options]
        return ["await self.db.create_table(", *(f"    {line}," for line in lines), ")"]


def _check(constraint: Constraint) -> str | None:
    """What stands in the parentheses of a plain CHECK, which may have a pair of its own."""
    text = constraint.definition
    if not text.startswith("CHECK (") or not text.endswith(")"):
        return None
    inner = text[len("CHECK (") : -1]
    if inner.startswith("(") and inner.endswith(")") and _is_closed(inner[1:-1]):
        inner = inner[1:-1]
    return inner


def _is_closed(text: str) -> bool:
    depth = 0
    for character in re.sub(r"'(?:[^']|'')*'", "", text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth < 0:
            return False
    return depth == 0


def quoted(text: str) -> str:
    """A Python string, in double quotes as ruff has it."""
    plain = repr(text)
    if plain.startswith("'") and '"' not in text:
        return f'"{plain[1:-1]}"'.replace("\\'", "'")
    return plain


def listed(names: Iterable[str]) -> str:
    """Several strings."""
    return ", ".join(map(quoted, names))


def unqualified(sql: str, default: str) -> str:
    """SQL without the schema that goes without saying; what is within quotes stays, but for the names of sequences."""
    named = re.escape(default if re.fullmatch(r"[a-z_][a-z0-9_]*", default) else f'"{default}"')
    token = re.compile(
        rf"""'(?P<name>(?:[^']|'')*)'::regclass | '(?:[^']|'')*' | (?<![\w"$.]){named}\.(?=[\w"])
        | "{re.escape(default)}"\. | "(?:[^"]|"")*" """,
        re.VERBOSE,
    )

    def strip(found: re.Match[str]) -> str:
        if found["name"] is not None:
            return f"'{re.sub(rf'^{named}[.]', '', found['name'])}'::regclass"
        return found[0] if found[0][0] in "'\"" and not found[0].endswith(".") else ""

    return token.sub(strip, sql)

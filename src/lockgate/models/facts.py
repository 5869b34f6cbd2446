"""Facts about the items of models, as values whose `repr` is the same in every process."""

from __future__ import annotations

import inspect
from types import CodeType
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    Computed,
    DefaultClause,
    ForeignKeyConstraint,
    Identity,
    PrimaryKeyConstraint,
    Sequence,
    UniqueConstraint,
)
from sqlalchemy.schema import (
    DDL,
    AddConstraint,
    CreateColumn,
    CreateIndex,
    CreateSequence,
    CreateTable,
    ExecutableDDLElement,
    SetColumnComment,
    SetConstraintComment,
    SetTableComment,
)
from sqlalchemy.sql import coercions, roles
from sqlalchemy.sql.elements import ClauseElement, TextClause

from lockgate.models.listeners import listeners_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine import Dialect
    from sqlalchemy.types import TypeEngine


class Facts:
    """The facts that need a dialect to be told; it remembers the types that it has spelled, so it serves one call."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self._compiler: Any = dialect.ddl_compiler(dialect, None)  # type: ignore[arg-type]
        self._preparer = dialect.identifier_preparer
        self._types: dict[tuple[Any, ...], str] = {}
        self._shared: dict[type, bool] = {}

    def type(self, column: Column[Any]) -> str:
        """A column's type as the engine's DDL says it. Types of one class that hold the same are spelled once."""
        held = column.type
        kind = type(held)
        shared = self._shared.get(kind)
        if shared is None:
            shared = self._shared[kind] = _is_plain(kind)
        if not shared:
            return self.spelled(held, column)
        try:
            key = (kind, *held.__dict__.items())
            text = self._types.get(key)
        except TypeError:  # it holds a list, as an enum does
            return self.spelled(held, column)
        if text is None:
            # To be spelled, a type remembers more than it held; under what it held before it would not be found again.
            text = self._types[key] = self._types[kind, *held.__dict__.items()] = self.spelled(held, column)
        return text

    def spelled(self, held: TypeEngine[Any], column: Column[Any] | None = None) -> str:
        """A type as the engine's DDL says it."""
        return str(
            self.dialect.type_compiler_instance.process(
                held, type_expression=column, identifier_preparer=self._preparer
            )
        )

    def compiled(self, element: Any) -> str:
        """A part of DDL that SQLAlchemy says."""
        return str(self._compiler.process(element))

    def statement(self, element: ExecutableDDLElement) -> str:
        """A whole statement of DDL."""
        return str(element.compile(dialect=self.dialect))

    def expression(self, value: Any) -> str:
        """An expression: text where it is text."""
        if isinstance(value, TextClause) and not value._bindparams:
            return value.text
        if not isinstance(value, ClauseElement):
            value = coercions.expect(roles.DDLExpressionRole, value)
        return str(self._compiler.sql_compiler.process(value, include_table=False, literal_binds=True))

    def default(self, given: Any) -> tuple[str, str] | None:
        """What the server puts in; a text stands for a literal, or for SQL as it is."""
        if not isinstance(given, DefaultClause):
            return None
        arg = given.arg
        return ("literal", arg) if isinstance(arg, str) else ("sql", self.expression(arg))

    def options(self, item: Any) -> tuple[Any, ...]:
        """What was said to this dialect only: `postgresql_using` and its like."""
        given = item.__dict__.get("dialect_options")
        if not given or self.dialect.name not in given:
            return ()
        said = given[self.dialect.name]._non_defaults
        return tuple((name, self.value(said[name])) for name in sorted(said))

    def value(self, value: Any) -> Any:
        """An option's value: plain values and containers of them as they are, an expression as its text."""
        if isinstance(value, Column):
            return name(value.name)
        if isinstance(value, ClauseElement):
            return self.expression(value)
        if isinstance(value, dict):
            return tuple((str(key), self.value(value[key])) for key in sorted(value, key=str))
        if isinstance(value, (list, tuple)):
            return tuple(self.value(one) for one in value)
        return name(value) if isinstance(value, str) else str(value)

    def name_of(self, item: Any) -> Any:
        """A constraint's or index's name as a naming convention gives it, cut where it is too long."""
        given = item.name
        if given is None or type(given) is str:
            return given
        return self._preparer.format_constraint(item)

    def listeners(self, item: Any) -> tuple[Any, ...]:
        """What listens to an item's creation: its DDL, or its code."""
        return tuple((event, self._listener(one)) for event, one in listeners_of(item))

    def _listener(self, listener: Any) -> Any:
        if type(listener) is DDL:
            return (listener.statement, self.value(dict(listener.context)), self.condition(listener))
        if isinstance(listener, ExecutableDDLElement):
            return (type(listener).__qualname__, self.statement(listener), self.condition(listener))
        return code_of(listener)

    def condition(self, item: Any) -> tuple[Any, ...]:
        """When an item is created at all: `ddl_if`, `execute_if`, and the checks of types that are native elsewhere."""
        rule, given = getattr(item, "_create_rule", None), item._ddl_if
        created = None if rule is None else bool(rule(self._compiler))
        if given is None:
            return () if created is None else (created,)
        return (created, self.value(given.dialect), given.callable_ and code_of(given.callable_), repr(given.state))


def name(text: str) -> Any:
    """A name, and where SQLAlchemy was told to quote it or not, that."""
    return text if type(text) is str else (str(text), getattr(text, "quote", None))


def _is_plain(kind: type) -> bool:
    """Whether a type is SQLAlchemy's own, said by SQLAlchemy alone: what it holds is all that its spelling depends on."""
    return kind.__module__.startswith("sqlalchemy.") and not hasattr(kind, "_compiler_dispatcher")


def is_extended() -> bool:
    """Whether the project says DDL itself (`sqlalchemy.ext.compiler`), so that no fact tells what comes out."""
    statements = (
        AddConstraint,
        CreateColumn,
        CreateIndex,
        CreateSequence,
        CreateTable,
    )
    comments = (SetColumnComment, SetConstraintComment, SetTableComment)
    parts = (CheckConstraint, ForeignKeyConstraint, PrimaryKeyConstraint, UniqueConstraint, Computed, Identity)
    return any(hasattr(kind, "_compiler_dispatcher") for kind in (*statements, *comments, *parts))


def sequence_options(held: Any) -> tuple[Any, ...]:
    """The options of a sequence or an identity column."""
    options = (held.start, held.increment, held.minvalue, held.maxvalue, held.nominvalue, held.nomaxvalue)
    return (*options, held.cycle, held.cache)


def is_numbered(column: Column[Any]) -> bool:
    """Whether the engine numbers an integer primary key by itself, as PostgreSQL's `serial` does."""
    given = column.default
    return given is None or (isinstance(given, Sequence) and given.optional)


def code_of(function: Callable[..., Any]) -> tuple[Any, ...]:
    """A function's name and what it does, as far as its own code says it."""
    inner = getattr(function, "func", None) or getattr(function, "__func__", None) or function
    code = getattr(inner, "__code__", None) or getattr(vars(type(inner)).get("__call__"), "__code__", None)
    named = (getattr(inner, "__module__", ""), getattr(inner, "__qualname__", type(inner).__qualname__))
    return (*named, _constant(code), _arguments(function), _cells(inner))


def _constant(value: Any) -> object:
    """A constant of code: neither an address nor the order of a set may show."""
    if isinstance(value, CodeType):
        return (value.co_code.hex(), value.co_names, tuple(_constant(one) for one in value.co_consts))
    if isinstance(value, frozenset):
        return sorted(repr(_constant(one)) for one in value)
    if isinstance(value, tuple):
        return tuple(_constant(one) for one in value)
    return repr(value) if isinstance(value, (str, bytes, int, float, complex, type(None))) else type(value).__name__


def _arguments(function: Any) -> tuple[object, ...]:
    """What a `functools.partial` was given."""
    keywords = getattr(function, "keywords", None) or {}
    given = [*getattr(function, "args", ()), *(one for key in sorted(keywords) for one in (key, keywords[key]))]
    return tuple(_constant(one) for one in given)


def _cells(function: Any) -> tuple[object, ...]:
    """What a function has from around it, and its arguments' defaults."""
    cells = inspect.getclosurevars(function).nonlocals if inspect.isfunction(function) else {}
    defaults = getattr(function, "__defaults__", None) or ()
    return tuple(_constant(one) for one in (*(cells[key] for key in sorted(cells)), *defaults))

"""Values in revisions' statements go to PostgreSQL as psycopg2 would write them: as literals, texts without a type.

Most revisions were written for psycopg2, which puts values into the statement: `'0'` fits a column of integers, of JSON or
of an enum. asyncpg binds values: SQLAlchemy says with each which type it is of, and `$1::VARCHAR` fits only texts; of those
in plain SQL it knows no type, and PostgreSQL has to find one.
"""

from __future__ import annotations

import datetime
import math
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy import Date, DateTime, Enum, String, Time, TypeDecorator
from sqlalchemy.exc import CompileError
from sqlalchemy.types import NullType

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Engine


def write_literals(engine: Engine) -> None:
    """Have an engine's own dialect write them so; of many rows at once they are bound all the same."""
    base: Any = engine.dialect.statement_compiler

    class Literals(base):  # type: ignore[misc]
        def visit_bindparam(self, bindparam: Any, *args: Any, **options: Any) -> str:
            if not self.for_executemany and _is_written(bindparam.type):
                options["literal_execute"] = True
            return str(super().visit_bindparam(bindparam, *args, **options))

        def render_literal_value(self, value: Any, type_: Any) -> str:
            def quoted(text: str) -> str:
                return str(base.render_literal_value(self, text, String()))

            if isinstance(value, str):  # it may stand for a time as well
                return quoted(value)
            if isinstance(type_, NullType):
                return _untyped(value, quoted)
            return str(super().render_literal_value(value, type_))

    engine.dialect.statement_compiler = Literals


def _is_written(type_: Any) -> bool:
    own = type_.impl_instance if isinstance(type_, TypeDecorator) else type_
    return isinstance(own, String | DateTime | Date | Time | NullType) and not isinstance(own, Enum)


def _untyped(value: Any, quoted: Callable[[str], str]) -> str:
    """A value of plain SQL, as psycopg2 adapts it.

    https://www.psycopg.org/docs/usage.html#adaptation-of-python-values-to-sql-types
    """
    match value:
        case None:
            return "NULL"
        case str():
            return quoted(value)
        case bool() | int() | Decimal() | float():
            return _number(value)
        case list() | tuple():
            inner = ", ".join(_untyped(one, quoted) for one in value)
            return f"({inner})" if isinstance(value, tuple) else f"ARRAY[{inner}]" if value else "'{}'"
    for kind, write in _WRITTEN.items():
        if isinstance(value, kind):
            return write(value)
    raise CompileError(f"A {type(value).__name__} cannot be written into plain SQL: give its type with bindparams().")


def _number(value: float | Decimal) -> str:
    if isinstance(value, float | Decimal) and not math.isfinite(value):
        return f"'{value}'::{'float' if isinstance(value, float) else 'numeric'}"
    return f"({value!s})" if value < 0 else str(value)


_WRITTEN: Final[Mapping[type, Callable[[Any], str]]] = MappingProxyType(
    {
        datetime.datetime: lambda value: f"'{value.isoformat(' ')}'::timestamp{'tz' if value.tzinfo else ''}",
        datetime.date: lambda value: f"'{value.isoformat()}'::date",
        datetime.time: lambda value: f"'{value.isoformat()}'::time",
        datetime.timedelta: lambda value: f"'{value.days} days {value.seconds}.{value.microseconds:06d} s'::interval",
        UUID: lambda value: f"'{value}'::uuid",
        bytes: lambda value: f"'\\x{value.hex()}'::bytea",
    }
)

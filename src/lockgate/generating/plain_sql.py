"""SQL as a person would write it: without the schema that goes without saying, and without what is so by itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lockgate.diffing.postgresql_names import quoted
from lockgate.generating.index_text import parenthesised, without_parentheses

if TYPE_CHECKING:
    from lockgate.nouns.changes import Change
    from lockgate.nouns.schema import Column

_IDENTITY: Final = re.compile(r"(BY DEFAULT|ALWAYS) AS IDENTITY \((.*)\)")
_OPTION: Final = re.compile(r"(START WITH|INCREMENT BY|MINVALUE|MAXVALUE|CACHE) (-?\d+)")
_STRING: Final = re.compile(r"'((?:[^'\\\n]|'')*)'(?:::(.+))?")
_PARAMETER: Final = re.compile(r"(?<![:\w\\]):(?=\w)")
_PAIRED: Final = re.compile(r" (?:CHECK|GENERATED ALWAYS AS|EXCLUDE .* WHERE) \(")
_LAST: Final = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "bigint": 2**63 - 1}


def identity_options(column: Column) -> tuple[bool, dict[str, str]] | None:
    """Whether values are always generated, and the options that PostgreSQL has not by itself; None for an odd identity.

    https://www.postgresql.org/docs/current/sql-createsequence.html
    """
    found = _IDENTITY.fullmatch(column.identity or "")
    if found is None or column.type not in _LAST:
        return None
    options = dict(_OPTION.findall(found[2]))
    usual = _usual(int(options.get("INCREMENT BY", "1")), _LAST[column.type], options)
    said = {key: value for key, value in options.items() if usual[key] != value}
    if not found[2].endswith("NO CYCLE"):
        said["CYCLE"] = ""
    return found[1] == "ALWAYS", said


def simple_sequence(text: str, change: Change) -> str:
    """A statement that makes or changes a sequence, without the options that PostgreSQL has by itself."""
    before, after = change.before, change.after
    if after is None or not text.endswith(after.options):
        return text
    options = "" if _is_usual(after.options) else after.options
    if before is not None and not (_is_usual(before.options) and _is_usual(after.options)):
        return text
    type_ = after.options.split()[1]
    said = options or (f"AS {type_}" if before is not None or type_ != "bigint" else "")
    return f"{text.removesuffix(after.options)}{said}".strip()


def _is_usual(options: str) -> bool:
    found = re.fullmatch(r"AS (\w+) (.*) NO CYCLE", options)
    if found is None or found[1] not in _LAST:
        return False
    said = dict(_OPTION.findall(found[2]))
    return said == _usual(1, _LAST[found[1]], {})


def _usual(step: int, last: int, options: dict[str, str]) -> dict[str, str]:
    low, high = ("1", str(last)) if step > 0 else (str(-last - 1), "-1")
    start = options.get("MINVALUE", low) if step > 0 else options.get("MAXVALUE", high)
    return {"START WITH": start, "INCREMENT BY": "1", "MINVALUE": low, "MAXVALUE": high, "CACHE": "1"}


def simple(column: Column, *, serial: bool = False) -> Column:
    """The same column with fewer words; `serial` is a pseudo-type with a sequence of its own.

    https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-SERIAL
    """
    if serial:
        names = {"smallint": "smallserial", "integer": "serial", "bigint": "bigserial"}
        return column._replace(type=names[column.type], default=None)
    if column.default is not None and (text := string_of(column.default, column.type)) is not None:
        column = column._replace(default="'" + text.replace("'", "''") + "'")
    if (said := identity_options(column)) is not None:
        column = column._replace(identity=_said(*said))
    return column


def _said(always: bool, options: dict[str, str]) -> str:
    inner = " ".join(f"{key} {value}".strip() for key, value in options.items())
    return f"{'ALWAYS' if always else 'BY DEFAULT'} AS IDENTITY{f' ({inner})' if inner else ''}"


def string_of(default: str, type_: str) -> str | None:
    """The string that a default is, where its type is the column's, or is not said; else None."""
    found = _STRING.fullmatch(default)
    other = found and found[2] and _unsized(found[2]) != _unsized(type_)
    return None if found is None or other else found[1].replace("''", "'")


def _unsized(type_: str) -> str:
    return re.sub(r"\(.*?\)", "", type_)


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


def without_noise(statement: str) -> str:
    """A statement of PostgreSQL's without the access method, quotes and parentheses that change nothing."""
    if statement.startswith(("CREATE INDEX ", "CREATE UNIQUE INDEX ")):
        return statement.replace(" USING btree (", " (", 1)
    if statement.startswith("ALTER TABLE ") and " RENAME " in statement:
        return re.sub(r'"([a-z_][a-z0-9_]*)"', lambda found: quoted(found[1]), statement)
    return "\n".join(map(_without_pairs, statement.split("\n"))) if _PAIRED.search(statement) else statement


def _without_pairs(line: str) -> str:
    """A line whose check or expression is within one pair of parentheses."""
    found = _PAIRED.search(line)
    if found is None:
        return line
    inner, tail = parenthesised(line[found.end() - 1 :])
    return line if inner is None else f"{line[: found.end() - 1]}({without_parentheses(inner)}){tail}"


def escaped(sql: str, default: str) -> str:
    """SQL for what SQLAlchemy reads as its text, in which a colon before a word would begin a parameter."""
    return _PARAMETER.sub(r"\:", unqualified(sql, default))


def is_indentable(sql: str) -> bool:
    """Whether blanks at the beginnings of its lines mean nothing: no string and no name goes over one."""
    return not any(
        "\n" in quoted for quoted in re.findall(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\$\w*\$.*", sql, re.DOTALL)
    )

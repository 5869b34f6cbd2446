"""Lets a project's own SQL texts mean the shadow, where they name what is made there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lockgate.diffing.postgresql_names import qualified
from lockgate.nouns.schema import Name

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_IDENTIFIER: Final = r'(?:"(?:[^"]|"")+"|[^\W\d]\w*)'
_TOKEN: Final = re.compile(
    r"--[^\n]*|/\*.*?\*/|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$|\b[eE]'(?:[^'\\]|\\.|'')*'"
    rf"|(?P<number>nextval\s*\(\s*)?'(?P<text>(?:[^']|'')*)'(?P<cast>\s*::\s*reg(?:class|type)\b)?"
    rf"|(?<!\.)(?P<name>{_IDENTIFIER}\.{_IDENTIFIER})|{_IDENTIFIER}",
    re.DOTALL | re.IGNORECASE,
)
_PARTS: Final = re.compile(rf"({_IDENTIFIER})\.({_IDENTIFIER})")


def in_shadow(text: str, shadows: Mapping[str, str], made: Collection[Name]) -> str:
    """A statement in which the names of what is made in the shadow are said with the shadow's schema.

    SQLAlchemy does that with the names that it knows, but not within texts: `text("'calm'::app.mood")`,
    `text("nextval('app.numbers')")`. What is no such name stays as it is, as do strings that are no name of a relation.

    Args:
        shadows: which schema stands for which.
        made: what is made in the shadow.
    """

    def said(found: re.Match[str]) -> str:
        if found["name"]:
            return _moved(found["name"], shadows, made)
        if found["text"] and (found["number"] or found["cast"]):
            inner = _moved(found["text"].replace("''", "'"), shadows, made).replace("'", "''")
            return f"{found['number'] or ''}'{inner}'{found['cast'] or ''}"
        return found[0]

    return _TOKEN.sub(said, text)


def _moved(text: str, shadows: Mapping[str, str], made: Collection[Name]) -> str:
    parts = _PARTS.fullmatch(text)
    if parts is None:
        return text
    name = Name(*map(_read, parts.groups()))
    return qualified(Name(shadows[name.schema], name.name)) if name in made and name.schema in shadows else text


def _read(identifier: str) -> str:
    if identifier.startswith('"'):
        return identifier[1:-1].replace('""', '"')
    return identifier.lower()

"""One kind of row of the catalog, and how rows of several kinds travel in one answer."""

from __future__ import annotations

from collections import defaultdict
from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Row = tuple[str, ...]


class Part(NamedTuple):
    """A query for one kind of row.

    Attributes:
        tag: what its rows begin with.
        fields: expressions; they come as texts, NULL as the empty text.
        source: FROM and all behind it. It has to join what the scope says: only then are the settings made before a field's
            functions run.
    """

    tag: str
    fields: Sequence[str]
    source: str


def union(parts: Sequence[Part]) -> str:
    """One query for all of them; the rows of a part stay together and in their order."""
    width = max(len(part.fields) for part in parts)
    # Plain columns, not NULLs: COPY says NULL with a backslash, and a line without one needs no decoding.
    return " UNION ALL ".join(f"({_select(part, width)})" for part in parts)


def _select(part: Part, width: int) -> str:
    fields = zip_longest(part.fields, range(width))
    texts = ("''" if one is None else f"coalesce(({one})::pg_catalog.text, '')" for one, _ in fields)
    return f"SELECT '{part.tag}', {', '.join(texts)} {part.source}"


def by_tag(rows: Iterable[Row]) -> Mapping[str, list[Row]]:
    """The rows of each part."""
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(row)
    return found


def literal(value: str) -> str:
    """A string that no setting of the session reads otherwise."""
    return "E'" + value.replace("\\", "\\\\").replace("'", "''") + "'"

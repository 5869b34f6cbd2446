"""Gives namespaces the names by which a value calls them, in names and within texts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lockgate.dialects.postgresql_catalog.parts import Part, literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lockgate.dialects.postgresql_catalog.parts import Row


def quoted_names(called: Mapping[str, str]) -> Part:
    """Asks how the server quotes them."""
    names = ", ".join(literal(name) for name in called.values())
    return Part(
        "quoted",
        ("v.name", "pg_catalog.quote_ident(v.name)"),
        f"FROM ready, pg_catalog.unnest(ARRAY[{names}]::pg_catalog.text[]) AS v(name)",
    )


def call(rows: Iterable[Row], called: Mapping[str, str]) -> list[Row]:
    """The rows with those names; a name's token stands alone, or unquoted in front of a dot."""
    given = list(rows)
    quoted = {row[1]: row[2] for row in given if row[0] == "quoted"}
    texts = _Texts(called, {token: quoted[name] for token, name in called.items()})
    return [(row[0], *map(texts.__getitem__, row[1:])) for row in given]


class _Texts(dict[str, str]):
    """Each text as it is to be; most of them come many times."""

    def __init__(self, called: Mapping[str, str], quoted: Mapping[str, str]) -> None:
        super().__init__(called)
        self._quoted = quoted
        self._token = re.compile(rf"('?)\b({'|'.join(map(re.escape, called))})\.")

    def __missing__(self, text: str) -> str:
        self[text] = changed = self._token.sub(self._named, text)
        return changed

    def _named(self, match: re.Match[str]) -> str:
        """A token behind an apostrophe begins a constant, such as `'app.t_id_seq'::regclass`, which quotes once more."""
        start, name = match[1], self._quoted[match[2]]
        return f"{start}{name.replace(start, start * 2) if start else name}."

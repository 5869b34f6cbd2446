"""Migrations that are programs in another language, which their own tool alone can run: pure, no disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lockgate.errors import MigrationFileError
from lockgate.nouns.layouts import Layout

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lockgate.nouns.migrations import Source

_LANGUAGES: Final = {"go": "Go", "rs": "Rust", "java": "Java"}


def refuse_programs(sources: Iterable[Source]) -> None:
    """Check that none is a program.

    Raises:
        MigrationFileError: names the first that is one.
    """
    for source in sources:
        if source.layout is Layout.LOCKGATE:
            continue
        if language := _LANGUAGES.get(source.origin.rpartition(".")[2]):
            raise MigrationFileError(
                f"{source.origin} is a migration in {language}, which only {source.layout} can run. Nothing was run.",
                path=source.origin,
                hint="Write it anew as a .py or .sql file of the same number; where it is applied already, `lockgate adopt` or"
                " `lockgate stamp` records it. `--to` applies those before it.",
            )

"""Proves that a draft makes what it should make, in a database of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockgate.errors import LockgateError, MigrationFailed
from lockgate.generating.contents.reading import Contents, contents_of, differences
from lockgate.generating.trying import Scratch

if TYPE_CHECKING:
    from lockgate.generating.drafting import Place
    from lockgate.settings.conclusions import Conclusions


async def prove(config: Conclusions, files: dict[str, str], wanted: Contents, place: Place, *, rows: bool) -> None:
    """Run a draft in a new database, and compare what that holds then.

    Raises:
        LockgateError: it does not run, or gives something else.
    """
    async with place(config) as url:
        try:
            await Scratch(url, config, replaying=False).apply(files)
        except MigrationFailed as error:
            raise _doubted(error.message) from error
        doubt = differences(wanted, await contents_of(url, config, rows=rows))
    if doubt:
        raise _doubted(doubt)


def _doubted(words: str) -> LockgateError:
    return LockgateError(
        f"The baseline was tried in a database of its own and does not give the same, so nothing was written: {words}",
        hint="Write the baseline by hand, or begin with fewer of them (`lockgate squash --to`).",
    )

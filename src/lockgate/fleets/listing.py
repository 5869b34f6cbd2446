"""Where a fleet's targets are named: in a file, by a query, by a callable, or in a list."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

import anyio.to_thread

from lockgate.dialects.connecting import connect
from lockgate.dialects.seam import ConnectionLost, StatementFailed
from lockgate.errors import DatabaseUnreachable, SettingsError
from lockgate.fleets.targets import Target, parse_row, parse_target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockgate.settings.conclusions import Conclusions

Named: TypeAlias = str | Target
Asked: TypeAlias = Callable[[], Awaitable[Iterable[Named]] | AsyncIterable[Named]]
Targets: TypeAlias = str | os.PathLike[str] | Iterable[Named] | Asked

_QUERY: Final = re.compile(r"\s*(?:SELECT|WITH|VALUES|TABLE)\s", re.IGNORECASE)


async def read_targets(targets: Targets, config: Conclusions) -> list[Target]:
    """Every target, in the order in which they are named; nothing is run on any of them.

    Raises:
        SettingsError: the file or the query cannot be read, or one of them is no target; a line's number is said.
        DatabaseUnreachable: the database that the query is for cannot be had.
    """
    if isinstance(targets, str) and _QUERY.match(targets):
        return await _of_query(targets, config)
    if isinstance(targets, (str, os.PathLike)):
        return await anyio.to_thread.run_sync(_of_file, Path(targets), config, abandon_on_cancel=True)
    return [_target(one, config) async for one in _each(targets)]


async def _each(targets: Iterable[Named] | Asked) -> AsyncIterable[Named]:
    if not callable(targets):
        found: Iterable[Named] = targets
    else:
        asked = targets()
        if isinstance(asked, AsyncIterable):
            async for one in asked:
                yield one
            return
        found = await asked
    for one in found:
        yield one


def _target(named: Named, config: Conclusions) -> Target:
    return named if isinstance(named, Target) else parse_target(named, config.target_url)


def _of_file(path: Path, config: Conclusions) -> list[Target]:
    try:
        with path.open(encoding="utf-8-sig") as lines:
            return list(_of_lines(lines, path, config))
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SettingsError(f"The targets in {path} cannot be read: {why}.") from None


def _of_lines(lines: Iterable[str], path: Path, config: Conclusions) -> Iterator[Target]:
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            yield parse_target(line, config.target_url)
        except SettingsError as error:
            raise SettingsError(f"{path}:{number}: {error.message}", hint=error.hint) from None


async def _of_query(query: str, config: Conclusions) -> list[Target]:
    url = config.target_url()
    session = await connect(url, config.table, config.connect_timeout)
    try:
        rows = await session.fetch(f"{query.strip().rstrip(';')}\n")
    except StatementFailed as error:
        raise SettingsError(f"The query for the targets was refused by {url.masked}: {error.message}") from error
    except ConnectionLost as error:
        raise DatabaseUnreachable(f"The connection to {url.masked} was lost: {error}") from error
    finally:
        with anyio.CancelScope(shield=True):
            await session.close()
    return [parse_row(row[0], config.target_url) for row in rows]

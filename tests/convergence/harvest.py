"""Runs Alembic's own tests for the pairs of models in them, and holds the laws to each: `harvest.py URL OURS RESULTS FILES…`.

Its tests are run where they lie, in the current directory, with SQLAlchemy's asyncio greenlet around them, so that they need
no other driver. What they find themselves is of no interest.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import MetaData
from sqlalchemy.exc import DBAPIError, InvalidRequestError
from sqlalchemy.util.concurrency import await_, greenlet_spawn

from convergence import laws
from convergence.pair import Pair
from convergence.stage import PostgresStage, SqliteStage

if TYPE_CHECKING:
    from collections.abc import Callable

    from convergence.stage import Stage

_LAWS = {"there and back": laws.by_hand, "auto": laws.by_itself, "auto from nothing": laws.from_nothing}


class Harvest:
    """A plugin of pytest's."""

    def __init__(self, stage: Stage, results: Path) -> None:
        self._stage, self._results = stage, results
        self._seen: Counter[str] = Counter()

    def pytest_collection_finish(self) -> None:
        """Stand between the tests and what they give their models to."""
        from alembic.testing.suite import _autogen_fixtures as fixtures  # noqa: PLC0415 - the checkout's, once it is there

        self._patch(fixtures.AutogenFixtureTest, "_fixture", lambda _self, before, after, *_, **__: (before, after))
        module: Any = sys.modules.get("test_postgresql") or sys.modules.get("tests.test_postgresql")
        if module:
            compare = lambda _self, before, after, *_, **__: (before.metadata, after.metadata)  # noqa: E731
            self._patch(module.PostgresqlDefaultCompareTest, "_compare_default", compare)
        setup: Any = fixtures.AutogenTest.setup_class.__func__

        def setup_class(cls: Any) -> None:
            setup(cls)
            self._hold(cls.__name__, cls.m1, cls.m2)

        fixtures.AutogenTest.setup_class = classmethod(setup_class)

    def _patch(self, owner: Any, name: str, sides: Callable[..., tuple[Any, Any]]) -> None:
        original = getattr(owner, name)

        def patched(test: Any, *args: Any, **options: Any) -> Any:
            self._hold(self._current, *sides(test, *args, **options))
            return original(test, *args, **options)

        setattr(owner, name, patched)

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Remember whose models come now."""
        self._current = item.nodeid

    def _hold(self, name: str, before: Any, after: Any) -> None:
        self._seen[name] += 1
        try:
            pair = Pair(f"{name} {self._seen[name]}", _one(before), _one(after), equal=None)
        except InvalidRequestError:
            return  # two metadata have a table of one name, which is what the test is about
        if not await_(self._is_possible(pair)):
            return
        for law, hold in _LAWS.items():
            try:
                await_(hold(self._stage, pair))
            except Exception as error:  # it is told, and the next one is tried
                notes = "\n".join(getattr(error, "__notes__", ()))
                self._write(pair.name, law, f"{type(error).__name__}: {error}\n{notes}".strip())
            else:
                self._write(pair.name, law, None)

    async def _is_possible(self, pair: Pair) -> bool:
        """Whether SQLAlchemy itself can make both; some are only ever compared."""
        try:
            await self._stage.create(pair.metadata(pair.before))
            await self._stage.create(pair.metadata(pair.after))
            await self._stage.testimony()
        except (DBAPIError, sqlite3.OperationalError):
            return False
        return True

    def _write(self, name: str, law: str, error: str | None) -> None:
        with self._results.open("a") as file:
            file.write(json.dumps({"pair": name, "law": law, "error": error}) + "\n")


def _one(metadata: Any) -> MetaData:
    """One metadata, of several as well."""
    if isinstance(metadata, MetaData):
        return metadata
    joined = MetaData()
    for table in (table for one in metadata for table in one.tables.values()):
        if table.key in joined.tables:
            raise InvalidRequestError(table.key)
        table.to_metadata(joined)
    return joined


async def main(url: str, ours: str, results: str, files: list[str]) -> None:
    options = [
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:asyncio",
        "--tb=no",
        "--maxfail=100000",
        f"--dburi={url}",
        *files,
    ]
    if ours.startswith("postgresql:"):
        async with PostgresStage.on(ours) as stage:
            await greenlet_spawn(pytest.main, options, [Harvest(stage, Path(results))])
    else:
        await greenlet_spawn(pytest.main, options, [Harvest(SqliteStage(Path(ours)), Path(results))])


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4], sys.argv[4:]))

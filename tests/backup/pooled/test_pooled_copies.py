"""Behind a pooler pg_dump would change the settings of connections that the application is given next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import asyncpg
import pytest

from backup.conftest import names_in, seed
from backup.restoring import restore
from lockgate import SettingsError
from pooled.pgbouncer import pgbouncer
from servers import demanded_url, with_database

if TYPE_CHECKING:
    from conformance.bench import Bench, Database
    from servers import Servers

pytestmark = pytest.mark.asyncio


async def test_a_pooler_is_seen_and_gone_round(bench: Bench, beside: Database, servers: Servers) -> None:
    await seed(bench.database)
    bench.files.tables(2)
    with pgbouncer(demanded_url(servers, servers.names[0])) as pooler:
        url = with_database(pooler, urlsplit(bench.database.url).path[1:])
        async with bench.runner(url) as runner:
            with pytest.raises(SettingsError, match="behind a pooler") as caught:
                await runner.up(backup="copies/")
        assert "LOCKGATE_DIRECT_URL" in caught.value.hint
        assert names_in(Path("copies")) == []
        assert await bench.names() == []
        async with (
            asyncpg.create_pool(url, min_size=1, max_size=1, statement_cache_size=0) as pool,
            bench.runner(pool, direct_url=bench.database.url) as runner,
        ):
            assert (await runner.up(steps=1, backup="copies/")).backup
            copy = (await runner.up(backup="copies/")).backup
    assert copy is not None
    restore(copy, beside)
    # The copy holds the lease of the run that made it, which is nobody's any more.
    async with bench.runner(beside.url, lock="lease", lease_seconds=0.5, lock_timeout=20) as runner:
        assert (await runner.up()).names == ("002_t2.sql",)

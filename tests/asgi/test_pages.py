"""The applications of the documentation's pages start, and serve."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from asgi.driver import got, served
from asgi.engines import FIRST
from docs.snippets import ALL, Snippet, imported

if TYPE_CHECKING:
    from conformance.bench import Bench

PAGES = {"fastapi.md", "starlette.md", "litestar.md", "quart.md", "readiness.md"}
APPS = [one for one in ALL if one.page in PAGES and one.language == "python"]


@pytest.mark.asyncio
@pytest.mark.parametrize("engine", [FIRST], indirect=True)
@pytest.mark.parametrize("snippet", APPS, ids=str)
async def test_an_application_of_a_page_starts(bench: Bench, snippet: Snippet, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.files.table(1)
    monkeypatch.setenv("ENV", "development")
    monkeypatch.setenv("FORCE_MIGRATION", "true")
    monkeypatch.setenv("DATABASE_URL", bench.database.url)
    async with served(imported(snippet, Path("page.py"), monkeypatch)["app"]) as lifespan:
        status, body = await got(lifespan, "/")
        assert (status, body.strip()) == ((200, b'{"ready":true}') if '"/"' in snippet.text else (404, body.strip()))
        if snippet.page == "readiness.md":
            status, body = await got(lifespan, "/lockgate/")
            assert (status, json.loads(body)["state"]) == (200, "current")
    # The one with an engine has a database of its own.
    assert await bench.names() == ([] if "create_async_engine" in snippet.text else ["001_t1.sql"])


def test_every_page_has_one() -> None:
    assert {one.page for one in APPS} == PAGES

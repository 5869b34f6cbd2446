"""The page as a browser shows it: served by uvicorn, opened in Chromium, wide and narrow, light and dark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from fastapi import FastAPI

import lockgate
from asgi.browser import browsing
from asgi.engines import EACH, FIRST
from asgi.looks import each_look
from asgi.status_client import served_by_uvicorn
from servers import PASSWORD

if TYPE_CHECKING:
    from pathlib import Path

    from asgi.browser import Page
    from conformance.bench import Bench

pytestmark = pytest.mark.asyncio

HOSTILE = "002_<script>alert(1)<script>&amp;'\".sql"
LONG = f"003_{'a_name_that_goes_on_and_on_' * 6}.sql"
_OUTLINE = "[...document.querySelectorAll('h1, h2, h3')].map((one) => one.tagName + ' ' + one.innerText)"
_TIMES = "[...document.querySelectorAll('.names time')].map((one) => one.dateTime)"
_STATUS = "performance.getEntriesByType('navigation')[0].responseStatus"
_TAGS = "[...new Set([...document.querySelectorAll('*')].map((one) => one.tagName.toLowerCase()))]"


async def seen(page: Page, url: str, status: int = 503) -> str:
    """The text of the page, once it has been seen to be readable in each way."""
    async for how in each_look(page, url):
        assert await page.evaluate(_STATUS) == status, how
    return str(await page.evaluate("document.body.innerText"))


def application(bench: Bench, **settings: Any) -> FastAPI:
    app = FastAPI()
    app.mount("/lockgate", lockgate.status_app(bench.runner(**settings)))
    return app


@pytest.mark.parametrize("engine", EACH, indirect=True)
async def test_a_page_shows_the_timeline_and_what_is_pending(bench: Bench, tmp_path: Path) -> None:
    names = [bench.files.table(1), bench.files.table(2, HOSTILE), bench.files.table(3, LONG)]
    for steps in (1, 2):
        async with bench.runner() as runner:
            await runner.up(steps=steps)
            document = (await runner.status()).as_json()
    bench.files.table(4)
    async with (
        served_by_uvicorn(application(bench, environment="staging")) as url,
        browsing(tmp_path / "browser") as page,
    ):
        text = await seen(page, f"{url}/lockgate/")
        for words in ("Behind", "staging", document["database"], "Not ready, probes get 503", *names, "004_t4.sql"):
            assert words in text
        assert PASSWORD not in text
        outline = ["H1 … Behind", "H2 Pending 1", "H2 Applied 3", "H3 Batch 2", "H3 Batch 1"]
        assert [" ".join(one.split()) for one in await page.evaluate(_OUTLINE)] == outline
        assert await page.evaluate(_TIMES) == [row["applied_at"] for row in reversed(document["applied"])]
        assert await page.evaluate("document.title") == "Behind · staging · Lockgate"
        assert {"script", "img", "iframe", "form"}.isdisjoint(await page.evaluate(_TAGS))


@pytest.mark.parametrize("engine", [FIRST], indirect=True)
async def test_a_page_shows_each_state_in_words(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lockgate.asgi.status.looking.FRESH_SECONDS", 0.0)
    async with served_by_uvicorn(application(bench)) as url, browsing(tmp_path / "browser") as page:
        bench.files.tables(2)
        await bench.up()
        text = await seen(page, f"{url}/lockgate/", 200)
        assert "Current" in text
        assert "Ready, probes get 200" in text
        bench.files.remove("002_t2.sql")
        assert "Ahead" in await seen(page, f"{url}/lockgate/", 200)
        bench.files.write("001_t1.sql", "SELECT 'edited'")
        text = await seen(page, f"{url}/lockgate/")
        assert "Diverged" in text
        assert "001_t1.sql was edited after it was applied" in text
        await bench.database.execute("DROP TABLE schema_migrations; CREATE TABLE schema_migrations (version int)")
        text = await seen(page, f"{url}/lockgate/")
        assert "Unknown" in text
        assert "is not Lockgate's" in text

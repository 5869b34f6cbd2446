"""The page as a browser shows it: wide and narrow, light and dark, without scripts, and printed."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from asgi.browser import browsing
from asgi.engines import FIRST
from asgi.looks import each_look
from lockgate.nouns.findings import LintReport
from lockgate.nouns.flavours import Flavour
from lockgate.nouns.migrations import Direction
from lockgate.nouns.rehearsals import Rehearsal, Rehearsed, Sent
from lockgate.reporting import html, markdown
from reporting.scene import HOSTILE, REASON, SECRET, busy, given, rehearsed

if TYPE_CHECKING:
    from pathlib import Path

    from asgi.browser import Page
    from conformance.bench import Bench

pytestmark = pytest.mark.asyncio

AT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
_LEVELS = "[...document.querySelectorAll('h1, h2, h3, h4')].map((one) => Number(one.tagName[1]))"
_TAGS = "[...new Set([...document.querySelectorAll('*')].map((one) => one.tagName.toLowerCase()))]"
_HANDLERS = """
[...document.querySelectorAll('*')].flatMap((one) => [...one.attributes]).filter((one) => /^on/.test(one.name)).length
"""
_POLICY = "document.querySelector('meta[http-equiv=Content-Security-Policy]').content"
_LOADED = "performance.getEntriesByType('resource').map((one) => one.name)"
_SCROLLED = """
[...document.querySelectorAll('.scroll:not(.diagram), .lanes')].filter((one) => one.scrollWidth > one.clientWidth)
  .map((one) => one.outerHTML.slice(0, 80))
"""
_FOLDED = "[...document.querySelectorAll('details > :not(summary)')].map((one) => one.checkVisibility())"
_TEXT = "document.body.textContent"


async def _seen(page: Page, path: Path) -> None:
    """See that the page is readable in each way."""
    async for how in each_look(page, path.as_uri()):
        assert await page.evaluate(_LOADED) == [], how
        assert await page.evaluate(_SCROLLED) == [], f"something is cut off {how}"


@pytest.mark.parametrize("engine", [FIRST], indirect=True)
async def test_a_page_is_readable_everywhere_and_says_what_is_known(bench: Bench, tmp_path: Path) -> None:
    await given(bench)
    found = await rehearsed(bench)
    path = tmp_path / "report.html"
    path.write_text(html(busy(found.rehearsal), found.lint, at=AT), encoding="utf-8")
    async with browsing(tmp_path / "browser") as page:
        await _seen(page, path)
        assert {"script", "img", "iframe", "form", "b"} & set(await page.evaluate(_TAGS)) == {"b"}
        assert await page.evaluate(_HANDLERS) == 0
        assert await page.evaluate("document.documentElement.lang") == "en"
        assert (await page.evaluate(_POLICY)).startswith("default-src 'none';")
        levels = await page.evaluate(_LEVELS)
        assert levels[0] == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))
        assert not any(await page.evaluate(_FOLDED))
        await page.without_scripts()
        await page.open(path.as_uri(), width=375, dark=False)
        _assert_all_is_said(str(await page.evaluate(_TEXT)))
        await page.print()
        folded = await page.evaluate(_FOLDED)
        assert folded
        assert all(folded), "print hides what is folded"


def _assert_all_is_said(text: str) -> None:
    for words in (
        "4 migrations are pending; the gravest, 002_widen.sql, rewrites",
        "under ACCESS EXCLUSIVE: nothing else can read or write it meanwhile.",
        "SHARE ROW EXCLUSIVE on users",
        "from 1 to COMMIT",
        "SHARE UPDATE EXCLUSIVE on videos",
        "column type videos.views from integer to bigint",
        "rewrites-table",
        "Add a new column, backfill it in batches",
        f"It is allowed: {REASON}",
        "40,000",
        "A transaction of nightly <export> (pid 4711, idle in transaction) has been open for 90 s",
        "The replica standby is 2.5 s behind",
        "005_legacy.sql has no down",
        "no down brings those back: table legacy",
        "✕ Data that goes: 1 table",
        "! Rolling back: 005_legacy.sql has no down",
        "Not run in the scratch",
        "The scratch database has no rows",
        HOSTILE,
        "INSERT INTO",
        "PASSWORD '***'",
    ):
        assert words in text, words
    assert SECRET not in text


@pytest.mark.parametrize("engine", [FIRST], indirect=True)
async def test_without_a_scratch_a_page_says_what_is_not_known(bench: Bench) -> None:
    await given(bench)
    found = await rehearsed(bench, environment="production")
    page = html(*found, at=AT)
    assert "4 migrations are pending; what they lock is not known." in page
    assert "LOCKGATE_SCRATCH_URL names a server" in page
    assert "The scratch database has no rows" not in page
    assert "journal" not in page.partition('<section id="script">')[0], "Lockgate's own statements are no migration's"
    assert "how the schema changes is not known" in page
    assert "ALTER TABLE videos ALTER COLUMN views TYPE bigint" in page
    assert SECRET not in page


@pytest.mark.parametrize("engine", [FIRST], indirect=True)
async def test_it_says_what_rolling_back_leaves_and_where_the_target_differs(bench: Bench) -> None:
    bench.files.tables(1)
    await bench.up()
    await bench.database.execute("ALTER TABLE t1 ADD COLUMN by_hand int")
    bench.files.write("002_add.sql", "-- migrate:up\nALTER TABLE t1 ADD COLUMN a int;\n-- migrate:down\nSELECT 1;\n")
    page = html(*await rehearsed(bench), at=AT)
    assert "it leaves the schema otherwise than it was, as listed below." in page
    sections = dict(re.findall(r'<section id="(\w+)">(.*?)</section>', page, re.DOTALL))
    assert "column public.t1.a integer" in sections["back"]
    assert "Compared with that, it has:" in sections["unknown"]
    assert "column public.t1.by_hand integer" in sections["unknown"]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_sqlite_has_a_page_as_well(bench: Bench, tmp_path: Path) -> None:
    bench.files.tables(3)
    await bench.up(steps=1)
    page = html(*await rehearsed(bench), at=AT)
    assert "2 migrations are pending; nobody else can write to the database while they run." in page
    assert "it restores the schema as it was before" in page
    path = tmp_path / "report.html"
    path.write_text(page, encoding="utf-8")
    async with browsing(tmp_path / "browser") as tab:
        await _seen(tab, path)


async def test_a_character_that_deceives_the_eye_is_shown_as_its_number() -> None:
    text = "SELECT 'a\u202e\x1b'"
    sent = Rehearsed("1\u2066.sql", "1.sql", "", Direction.UP, sent=(Sent(text),))
    rehearsal = Rehearsal(Flavour.POSTGRESQL, Direction.UP, (sent,))
    for said in (html(rehearsal, LintReport(), at=AT), markdown(rehearsal, LintReport())):
        assert "1⟨U+2066⟩.sql" in said
        assert "a⟨U+202E⟩⟨U+001B⟩" in said
        assert not set("\u202e\u2066\x1b") & set(said)


async def test_nothing_pending_is_a_short_page() -> None:
    page = html(Rehearsal(Flavour.POSTGRESQL, Direction.UP), LintReport(), at=AT)
    assert "Nothing is pending." in page
    assert "<h2>" not in page

"""What a rehearsal says of locks, rewrites and scans is what the same server does on tables with rows; and the page says it.

LOCKGATE_TEST_WRITE=1 writes the page anew.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

import asyncpg
import pytest

from docs.snippets import ROOT
from lockgate import MigrationConfig
from lockgate.rehearsing import Asked, rehearse
from rehearsing.forms import FORMS, TABLES, Form
from rehearsing.rows import Did, Ground

if TYPE_CHECKING:
    from conformance.bench import Bench, Database
    from lockgate.nouns.rehearsals import Rehearsed

pytestmark = pytest.mark.asyncio
# Read before the tests' environment is cleaned.
_WRITES: Final = bool(os.environ.get("LOCKGATE_TEST_WRITE"))
_PAGE: Final = ROOT / "docs" / "lock-trace.md"
_HEAD: Final = "| Statement | Lock | Rewrites | Reads all of |\n|---|---|---|---|\n"


async def test_a_rehearsal_says_what_happens_to_tables_with_rows(bench: Bench, beside: Database) -> None:
    version = (await beside.rows("SHOW server_version_num"))[0][0]
    forms = {form: f"f{number}" for number, form in enumerate(FORMS, 1) if form.since * 10_000 <= int(version)}
    said, done = await rehearsed(bench, forms), await on_rows(beside.url, forms)
    assert len(forms) > 60
    assert [(form.sql, form.note, said[form]) for form in forms] == [
        (form.sql, form.note, done[form]) for form in forms
    ]
    compared_with_page({form: row_of(form, said[form]) for form in forms})


async def rehearsed(bench: Bench, forms: dict[Form, str]) -> dict[Form, dict[str, Did]]:
    """What one rehearsal says of all forms, each a migration; the tables are an applied one."""
    made = "".join(
        f"CREATE SCHEMA {schema}; {TABLES}{form.setup}\n".replace("~", f"{schema}.") for form, schema in forms.items()
    )
    bench.files.write("001_tables.sql", f"-- migrate:up\nCREATE SCHEMA other;\n{made}")
    assert await bench.up() == ["001_tables.sql"]
    for number, (form, schema) in enumerate(forms.items(), 100):
        head = "-- migrate:up transaction:false" if form.outside else "-- migrate:up"
        bench.files.write(f"{number}_form.sql", f"{head}\n{form.sql.replace('~', f'{schema}.')};\n")
    config = MigrationConfig(
        database_url=bench.database.url, environment="development", directory=str(bench.files.folder)
    )
    rehearsal = await rehearse(config, Asked(facts=False))
    assert (rehearsal.place, rehearsal.unknown) == ("files", ())
    return {form: touched(one) for form, one in zip(forms, rehearsal.migrations, strict=True)}


def touched(migration: Rehearsed) -> dict[str, Did]:
    """The tables that a migration touches, without indexes and sequences."""
    return {
        touch.relation.name: Did(touch.held.words, touch.rewritten, touch.scanned)
        for sent in migration.sent
        for touch in sent.touches
        if touch.kind in "rpm" and not sent.own
    }


async def on_rows(url: str, forms: dict[Form, str]) -> dict[Form, dict[str, Did]]:
    """What the server does where there are rows."""
    one, other = await asyncpg.connect(url), await asyncpg.connect(url)
    try:
        await one.execute("SET client_min_messages = error; CREATE SCHEMA other")
        ground = Ground(one, other)
        return {form: await ground.did(form, schema) for form, schema in forms.items()}
    finally:
        await one.close()
        await other.close()


def row_of(form: Form, did: dict[str, Did]) -> str:
    """A form's line of the page's table."""
    since = f" (from {form.since} on)" if form.since else ""
    names = sorted(did, key=lambda name: (name != "t", name))
    what = f"`{form.sql.replace('~', '')}`{f', {form.note}' if form.note else ''}{since}"
    locks = ", ".join(f"{did[name].mode} on {name}" for name in names)
    rewrites, reads = (
        ", ".join(name for name in names if getattr(did[name], kind)) for kind in ("rewritten", "scanned")
    )
    return f"| {what} | {locks} | {rewrites} | {reads} |".replace("|  ", "| ")


def compared_with_page(rows: dict[Form, Any]) -> None:
    """The page has these rows, all of them where the server is new enough to know all."""
    text = _PAGE.read_text(encoding="utf-8")
    before, _, table = text.partition(_HEAD)
    if _WRITES and len(rows) == len(FORMS):
        table = "\n".join(rows.values()) + "\n"
        _PAGE.write_text(f"{before}{_HEAD}{table}", encoding="utf-8")
    shown = [line for line in table.splitlines() if line in set(rows.values())]
    assert shown == list(rows.values())
    assert len(table.splitlines()) == len(FORMS)

"""What no scratch database lets happen, or is left of a run without one: rehearsals made by hand."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from lockgate.errors import SettingsError
from lockgate.linting import lint, squawk
from lockgate.linting.rules import RULES
from lockgate.linting.squawk_rules import HEARD, UNHEARD
from lockgate.nouns.flavours import Flavour
from lockgate.nouns.migrations import Direction
from lockgate.nouns.rehearsals import Rehearsal, Rehearsed, Sent
from lockgate.nouns.schema import Column, Index, Name, Schema, Table

DOCS = Path(__file__).resolve().parents[2] / "docs" / "lint.md"
T = Table(Name("public", "t"), (Column("id", "bigint", nullable=False), Column("a", "bigint")))

PARTS = T._replace(name=Name("public", "parts"), after="PARTITION BY RANGE (id)")


def _rehearsal(*texts: str, before: Schema | None = None, transactional: bool = True, **said: object) -> Rehearsal:
    sent = tuple(Sent(text, line=number + 1, in_transaction=transactional) for number, text in enumerate(texts))
    one = Rehearsed("002_x.sql", "002_x.sql", ";\n".join(texts), Direction.UP, transactional, sent=sent)
    schema = Schema({one.name: one for one in (T, PARTS)}) if before is None else before
    return Rehearsal(Flavour.POSTGRESQL, Direction.UP, (one,), before=schema, after=schema, **said)  # type: ignore[arg-type]


async def _rules(rehearsal: Rehearsal, *, demanded: bool = False) -> set[str]:
    return {one.rule for one in (await lint(rehearsal, squawk=demanded)).findings}


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("rule", "text", "transactional"),
    [
        ("index-not-concurrent", "CREATE INDEX i ON t (a)", True),
        ("constraint-validated-at-once", "ALTER TABLE ONLY public.t ADD CHECK (a > 0)", True),
        ("not-null-scans", 'ALTER TABLE "t" ALTER a SET NOT NULL', True),
        ("unique-builds-index", "ALTER TABLE t ADD UNIQUE (a)", True),
        ("rewrites-table", "ALTER TABLE t ALTER a TYPE integer", True),
        ("ban-concurrent-index-creation-in-transaction", "CREATE INDEX CONCURRENTLY i ON t (a)", True),
        ("adding-required-field", "ALTER TABLE t ADD COLUMN c text NOT NULL", True),
        ("ban-drop-database", "DROP DATABASE other", False),
        ("index-not-concurrent", "REINDEX (VERBOSE) SCHEMA public", False),
        ("require-concurrent-partition-detach", "ALTER TABLE t DETACH PARTITION p", True),
    ],
)
async def test_the_text_alone_tells(rule: str, text: str, transactional: bool) -> None:
    assert rule in await _rules(_rehearsal(text, transactional=transactional), demanded=True)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "text",
    [
        "CREATE INDEX i ON other (a)",
        "ALTER TABLE t ALTER id SET NOT NULL",
        "SELECT 'CREATE INDEX i ON t (a)'",
        "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ UPDATE t SET a = 1 $$",
        "UPDATE t SET a = 1 WHERE ctid = '(0,1)'",
        "REINDEX SCHEMA CONCURRENTLY public",
        "CREATE INDEX i ON ONLY parts (a)",
        "ALTER TABLE ONLY parts ADD CONSTRAINT u UNIQUE (id)",
        "CREATE VIEW v AS SELECT a::text::json AS j FROM t",
    ],
)
async def test_what_is_not_there_or_not_meant_makes_no_finding(text: str) -> None:
    assert await _rules(_rehearsal(text)) == set()


@pytest.mark.asyncio
async def test_a_table_of_the_run_is_not_one_of_that_name_in_another_schema() -> None:
    there, new = T._replace(name=Name("sales", "t")), T
    rehearsal = _rehearsal("CREATE TABLE t (id bigint)", "CREATE INDEX i ON t (a)", before=Schema({there.name: there}))
    assert await _rules(rehearsal) == {"index-not-concurrent"}  # as long as nobody knows which it is
    after = Schema({there.name: there, new.name: new})
    assert await _rules(replace(rehearsal, after=after)) == set()


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("#!/bin/sh\nexit 101", "no answer"),
        ("#!/bin/sh\necho '[{}]'", "otherwise"),
        ("#!/nonexistent/sh\n", "cannot be run"),
    ],
)
async def test_a_squawk_that_does_not_work_is_told_of(
    text: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "squawk"
    broken.write_text(text)
    broken.chmod(0o755)
    monkeypatch.setattr(squawk.shutil, "which", lambda *_, **__: str(broken))
    with pytest.raises(SettingsError, match=told):
        await lint(_rehearsal("SELECT 1"))


@pytest.mark.asyncio
async def test_an_invalid_index_is_not_kept() -> None:
    kept = T._replace(indexes=(Index("i", "USING btree (a)", columns=("a",), valid=False),))
    text = "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)"
    assert "invalid-index-kept" in await _rules(_rehearsal(text, before=Schema({T.name: kept}), transactional=False))
    whole = T._replace(indexes=(Index("i", "USING btree (a)", columns=("a",)),))
    assert await _rules(_rehearsal(text, before=Schema({T.name: whole}), transactional=False)) == set()


@pytest.mark.asyncio
async def test_without_squawk_a_note_says_so_and_a_demand_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(squawk.shutil, "which", lambda *_, **__: None)
    report = await lint(_rehearsal("CREATE INDEX i ON t (a)"))
    assert [one.rule for one in report.findings] == ["index-not-concurrent"]
    assert report.notes == (squawk.MISSING,)
    with pytest.raises(SettingsError, match="not installed"):
        await lint(_rehearsal("SELECT 1"), squawk=True)


@pytest.mark.asyncio
async def test_squawks_own_comments_are_heeded() -> None:
    said = "-- squawk-ignore prefer-text-field\nALTER TABLE t ADD COLUMN c varchar(9)"
    sent = Sent(said.split("\n")[1], line=2)
    one = Rehearsed("002_x.sql", "002_x.sql", said, Direction.UP, sent=(sent,))
    rehearsal = Rehearsal(Flavour.POSTGRESQL, Direction.UP, (one,), before=Schema({T.name: T}))
    assert "prefer-text-field" not in await _rules(rehearsal, demanded=True)


@pytest.mark.asyncio
async def test_other_engines_say_which_rules_are_looked_at() -> None:
    one = Rehearsed("002_x.sql", "002_x.sql", "", Direction.UP, reversible=False)
    report = await lint(Rehearsal(Flavour.MYSQL, Direction.UP, (one,)))
    assert [found.rule for found in report.findings] == ["no-down"]
    assert "only these rules" in report.notes[0]


def test_the_page_has_every_rule_as_the_code_says_it() -> None:
    text = DOCS.read_text(encoding="utf-8")
    for rule in RULES.values():
        assert (
            f'<a id="{rule.name}"></a>`{rule.name}` | {rule.severity.word} | {rule.happens} | {rule.advice} |' in text
        )
    rows = dict(re.findall(r"^\| \[`([\w-]+)`\]\(https://squawkhq.com/docs/[\w-]+\) \| (\w+)", text, re.MULTILINE))
    assert rows == {name: one.severity.word for name, one in HEARD.items()} | dict.fromkeys(UNHEARD, "never")

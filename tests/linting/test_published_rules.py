"""Each rule, in SQL and in Python, as a real server and squawk see it: found where it is broken, and not where it is not."""

from __future__ import annotations

import asyncio
import re
import uuid
from typing import TYPE_CHECKING

import asyncpg
import pytest

from linting.cases import BASE, CASES, Case
from lockgate import MigrationConfig, Runner
from lockgate.linting import lint
from lockgate.rehearsing import Asked, rehearse
from servers import demanded_url, with_database

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lockgate.nouns.findings import Finding
    from servers import Servers

Found = dict[str, list["Finding"]]
_NUMBERED = [pytest.param(number, id=f"{number}-{case.rule}") for number, case in enumerate(CASES)]


@pytest.fixture(scope="session")
def linted(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Found]:
    """What is found in all of them, in one run of some seconds on each server."""
    kept: dict[str, Found] = {}

    def of(engine: str) -> Found:
        if engine not in kept:
            kept[engine] = asyncio.run(_linted(demanded_url(servers, engine), tmp_path_factory.mktemp("cases")))
        return kept[engine]

    return of


async def _linted(admin_url: str, folder: Path) -> Found:
    name = f"t_{uuid.uuid4().hex[:12]}"
    admin = await asyncpg.connect(admin_url)
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    try:
        config = MigrationConfig(environment="test", database_url=with_database(admin_url, name), directory=folder)
        (folder / "001_base.sql").write_text(
            "".join(_named(BASE, number, kind) for number in range(len(CASES)) for kind in "abcd")
        )
        async with Runner(config=config) as runner:
            await runner.up()
        for number, case in enumerate(CASES):
            _write(folder, number, case)
        report = await lint(await rehearse(config, Asked()), squawk=True)
    finally:
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await admin.close()
    found: Found = {}
    for one in report.findings:
        found.setdefault(one.migration, []).append(one)
    return found


def _named(text: str, number: int, kind: str) -> str:
    return re.sub(r"\b(TT|UU|VV|NN|ZZ|OO)", lambda one: f"{one[0].lower()}{number}{kind}", text)


def _write(folder: Path, number: int, case: Case) -> None:
    for kind, text, alone in zip("abcd", (case.bad, case.good) * 2, case.alone * 2, strict=True):
        text = _named(text, number, kind)  # noqa: PLW2901 - the case's own tables
        stem = f"{1000 + number * 10 + 'abcd'.index(kind)}_{kind}"
        if kind in "ab":
            body = text.replace("; ", ";\n")
            said = " transaction:false" if alone else ""
            (folder / f"{stem}.sql").write_text(f"-- migrate:up{said}\n{body};\n-- migrate:down\nSELECT 1;\n")
        else:
            calls = "".join(f"        await self.db.execute({one.strip()!r})\n" for one in text.split("; "))
            (folder / f"{stem}.py").write_text(
                "from lockgate import Migration\n\n\nclass One(Migration):\n"
                f"    transactional = {not alone}\n\n    async def up(self):\n{calls}\n"
                "    async def down(self):\n        pass\n"
            )


def _rules(found: Found, number: int, kind: str) -> dict[str, Finding]:
    stem = f"{1000 + number * 10 + 'abcd'.index(kind)}_{kind}"
    return {one.rule: one for name in (f"{stem}.sql", f"{stem}.py") for one in found.get(name, [])}


@pytest.mark.parametrize("number", _NUMBERED)
def test_what_breaks_a_rule_is_found_and_what_does_not_is_not(
    number: int, engine: str, linted: Callable[[str], Found]
) -> None:
    found, rule = linted(engine), CASES[number].rule
    assert rule in _rules(found, number, "a"), "in SQL"
    assert rule in _rules(found, number, "c"), "in Python"
    assert rule not in _rules(found, number, "b"), "in SQL, done safely"
    assert rule not in _rules(found, number, "d"), "in Python, done safely"
    assert (_rules(found, number, "a")[rule].line or 0) >= 2
    assert (_rules(found, number, "c")[rule].line or 0) >= 8


@pytest.mark.parametrize("number", _NUMBERED)
def test_one_fault_is_one_finding(number: int, engine: str, linted: Callable[[str], Found]) -> None:
    """What both know is told once; the rest is what squawk alone says, or another statement's."""
    from lockgate.linting.squawk_rules import HEARD  # noqa: PLC0415

    found = list(_rules(linted(engine), number, "a").values())
    for theirs in (one for one in found if one.source == "squawk"):
        covered = HEARD[theirs.rule].covered
        assert not [one for one in found if one.rule in covered and one.statement == theirs.statement]

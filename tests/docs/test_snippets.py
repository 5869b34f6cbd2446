"""Every block of code in the documentation is run, or compared with what it speaks of."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from docs.snippets import ALL, PAGES, Snippet, imported
from lockgate import MigrationConfig, Runner
from lockgate.settings.directories import beneath, directory

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.bench import Database

_RUN_BY_CI = {"demo", "tests"}


def _of(language: str, **said: bool) -> list[Any]:
    wanted = [
        one
        for one in ALL
        if one.language == language and all((key in one.said) is value for key, value in said.items())
    ]
    return [pytest.param(one, id=str(one)) for one in wanted]


def _write_files(page: str, folder: Path, engine: str) -> list[str]:
    folder.mkdir(exist_ok=True)
    own = [one for one in ALL if one.page == page and "file" in one.said and one.said.get("engine", engine) in engine]
    for one in own:
        (folder / one.said["file"]).write_text(one.text, encoding="utf-8")
    names = [one.said["file"] for one in own]
    return [name for name in names if not (name.endswith(".down.sql") or name.startswith("U"))]  # those take back


@pytest.mark.asyncio
@pytest.mark.parametrize("page", sorted({one.page for one in ALL if "file" in one.said}))
async def test_the_migrations_of_a_page_go_up_down_and_up(page: str, database: Database, tmp_path: Path) -> None:
    names = _write_files(page, tmp_path / "migrations", database.engine)
    async with Runner(database.url) as runner:
        assert (await runner.up()).names == tuple(names)
        assert (await runner.down()).names == tuple(reversed(names))
        assert (await runner.up()).names == tuple(names)


@pytest.mark.asyncio
@pytest.mark.parametrize("snippet", _of("python", file=False, module=False))
async def test_a_python_block_runs(snippet: Snippet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "001_one.sql").write_text("CREATE TABLE one (id INTEGER PRIMARY KEY)")
    (tmp_path / "snippet.py").write_text(snippet.text, encoding="utf-8")
    for value in list(imported(snippet, tmp_path / "snippet.py", monkeypatch).values()):
        if inspect.iscoroutinefunction(value) and list(inspect.signature(value).parameters) == ["url"]:
            await value("sqlite+aiosqlite:///app.db")
            async with Runner("sqlite:///app.db") as runner:
                assert (await runner.status()).state == "current"


@pytest.mark.parametrize("snippet", _of("toml"))
def test_a_toml_block_is_understood(snippet: Snippet, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(snippet.text, encoding="utf-8")
    config = MigrationConfig()
    for key, value in tomllib.loads(snippet.text)["tool"]["lockgate"].items():
        wanted = (
            beneath(directory(value), tmp_path)
            if key == "directory"
            else tuple(value)
            if isinstance(value, list)
            else value
        )
        wanted = f"{tmp_path}/{value}" if key == "backup" else wanted
        assert getattr(config, key) == wanted


@pytest.mark.parametrize("snippet", _of("console"))
def test_a_console_block_can_be_typed(snippet: Snippet, tmp_path: Path) -> None:
    for module in (one for one in ALL if one.page == snippet.page and "module" in one.said):
        (tmp_path / module.said["module"]).write_text(module.text, encoding="utf-8")
    for line in snippet.text.splitlines():
        if line.startswith("$ lockgate "):
            command = re.findall(r'"[^"]*"|\S+', line.removeprefix("$ lockgate "))
            arguments = [word.strip('"') for word in command]
            subprocess.run(
                [sys.executable, "-m", "lockgate", *arguments], cwd=tmp_path, check=True, stdin=subprocess.DEVNULL
            )


@pytest.mark.asyncio
async def test_the_tracking_table_is_the_one_of_the_page(database: Database, tmp_path: Path) -> None:
    said = next(one for one in ALL if one.page == "running-migrations.md" and one.language == "sql")
    columns = re.findall(r"^    (\w+)", said.text, re.MULTILINE)
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "001_one.sql").write_text("SELECT 1")
    async with Runner(database.url) as runner:
        await runner.up()
    assert len(await database.rows(f"SELECT {', '.join(columns)} FROM schema_migrations")) == 1


def test_nothing_else_stands_in_the_documentation() -> None:
    known = {"python", "toml", "console"}
    others = [
        one
        for one in ALL
        if one.language not in known
        and not {"file", "module", "config"} & one.said.keys()
        and one.said.get("command") not in _RUN_BY_CI
    ]
    # CONTRIBUTING is not among the pages; the one SQL block that is no migration is compared above.
    assert [str(one).split(":")[0] for one in others] == ["running-migrations.md"]


def test_links_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"

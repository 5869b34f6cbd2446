"""Several directories, each with numbers and an order of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lockgate import HistoryError, MigrationConfig, Runner, SettingsError
from lockgate.cli.main import main
from packages.conftest import PLUGIN, write

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.bench import Bench, Database, Files

SEVERAL = "migrations, billing=package:billing_plugin.migrations"
BILLS, ITEMS = "billing/001_bills.sql", "billing/002_items.sql"


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write(tmp_path / "site", PLUGIN)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    return tmp_path / "site" / "billing_plugin" / "migrations"


@pytest.mark.asyncio
async def test_each_has_its_own_numbers_and_order(
    installed: Callable[[Mapping[str, str]], Path], database: Database, files: Files
) -> None:
    installed(PLUGIN)
    own = files.tables(2)
    async with Runner(database.url, directory=SEVERAL) as runner:
        assert [one.name for one in (await runner.status()).pending] == [*own, BILLS, ITEMS]
        assert (await runner.up(to="1")).names == (own[0],)
        assert (await runner.up(to="billing/1")).names == (own[1], BILLS)
        own.append(files.table(3))  # it sorts before what is applied, in another namespace
        assert [one.name for one in (await runner.plan()).migrations] == [own[2], ITEMS]
        assert (await runner.up()).names == (own[2], ITEMS)
        assert (await runner.status()).state == "current"
        assert (await runner.down(to="billing/001_bills")).names == (ITEMS, own[2])
        assert (await runner.down(all=True)).names == (BILLS, own[1], own[0])
        assert (await runner.stamp("billing/1")).recorded == (BILLS,)


@pytest.mark.asyncio
async def test_what_is_wrong_in_one_is_said_by_its_full_name(bench: Bench, plugin: Path) -> None:
    bench.files.tables(2)
    async with Runner(bench.database.url, directory=SEVERAL) as runner:
        await runner.up()
        (plugin / "002_items.sql").write_text("SELECT 1")
        (edited,) = (await runner.status()).problems
        assert (edited.kind, edited.name) == ("edited", ITEMS)
        (plugin / "001_bills.sql").rename(plugin / "003_bills.sql")
        kinds = {(one.kind.value, one.name) for one in (await runner.status()).problems}
        assert kinds == {("edited", ITEMS), ("missing", BILLS)}
        with pytest.raises(HistoryError, match=BILLS):
            await runner.up()
        repaired = await runner.repair()
        assert (repaired.rehashed, repaired.forgotten) == ((ITEMS,), (BILLS,))
        await runner.repair()
        (plugin / "000_late.sql").write_text("SELECT 1")
        with pytest.raises(HistoryError, match=r"billing/000_late\.sql is pending, but billing/002_items.sql"):
            await runner.up()
        (plugin / "000_twin.sql").write_text("SELECT 1")
        with pytest.raises(SettingsError, match="Two migrations have the number 0"):
            await runner.status()


@pytest.mark.asyncio
async def test_code_that_knows_no_such_namespace_serves_on(bench: Bench, plugin: Path) -> None:
    bench.files.tables(1)
    async with Runner(bench.database.url, directory=SEVERAL) as newer:
        await newer.up()
    async with Runner(bench.database.url) as older:
        status = await older.status()
        assert (status.state, [one.name for one in status.problems]) == ("ahead", [BILLS, ITEMS])
        bench.files.table(2)
        assert (await older.up()).names == ("002_t2.sql",)
    for file in bench.files.folder.iterdir():
        file.unlink()
    async with Runner(bench.database.url, directory=SEVERAL) as bare:
        assert (await bare.status()).state == "diverged"


@pytest.mark.parametrize(
    ("directory", "said"),
    [
        ("a=x, a=y", "two directories have the namespace a"),
        ("x, y", "two directories have no namespace"),
        ("bil.ling=x", "a namespace is a letter, then letters"),
        ({"1a": "x"}, "a namespace is a letter, then letters"),
        ("=x", "a namespace stands before the equals sign"),
        ("package:app/migrations", "takes a name such as app.migrations"),
        ({}, "takes the path of a folder"),
    ],
)
def test_what_is_no_directory_is_refused(directory: str | dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        MigrationConfig(directory=directory)
    with pytest.raises(SettingsError, match=said):
        Runner("sqlite:///app.db", directory=directory)


@pytest.mark.parametrize(
    "table",
    [
        f'[tool.lockgate]\ndirectory = "{SEVERAL}"\n',
        '[tool.lockgate.directory]\n"" = "migrations"\nbilling = "package:billing_plugin.migrations"\n',
    ],
)
def test_commands_that_write_act_on_the_directory_without_a_namespace(
    table: str, files: Files, plugin: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files.tables(2)
    Path("pyproject.toml").write_text(table)
    Path("inner").mkdir()
    monkeypatch.chdir("inner")
    monkeypatch.setenv("LOCKGATE_HEAD_FILE", "true")
    (files.folder / "HEAD").write_text("002_t2.sql\n")
    assert main(["up"]) == 0
    assert main(["squash", "--yes"]) == 0
    assert main(["new", "more things", "--sql"]) == 0
    assert {path.name for path in files.folder.iterdir()} == {"002_baseline.sql", "003_more_things.sql", "HEAD"}
    assert (files.folder / "HEAD").read_text() == "003_more_things.sql\n"
    for command in (["squash", "--to", BILLS, "--yes"], ["renumber", BILLS]):
        capsys.readouterr()
        assert main(command) == 2
        assert "is of the namespace billing" in capsys.readouterr().err
    assert len(list(plugin.iterdir())) == 2
    assert main(["status", "--json"]) == 0
    capsys.readouterr()
    assert main(["new", "x", "-d", "billing=package:billing_plugin.migrations"]) == 2
    assert "Every directory has a namespace" in capsys.readouterr().err
    monkeypatch.setenv("LOCKGATE_HEAD_FILE", "false")
    assert main(["new", "in a package", "-d", "package:billing_plugin.migrations"]) == 0
    assert (plugin / "003_in_a_package.py").exists()

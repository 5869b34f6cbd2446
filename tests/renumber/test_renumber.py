"""What is not applied moves to the end: pure tables, and files of a folder."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from lockgate import HistoryError, Runner, SettingsError
from lockgate.errors import MigrationFileError
from lockgate.generating.renumbering import renumber
from lockgate.planning.baselines import head_of
from lockgate.planning.names import FileKind, parse_file_name
from lockgate.planning.renumbering import renamings
from lockgate.settings.values import Settings
from lockgate.sources.head_file import kept_head
from lockgate.sources.layouts.pairs import pair_by_stem
from lockgate.sources.renaming import rename_files

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.bench import Bench

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
_NOW = "20260102030405"


@pytest.mark.parametrize(
    ("entries", "recorded", "wanted", "renamed"),
    [
        # What sorts before what is applied, in its order; pairs stay pairs.
        (["1_a.sql", "2_b.py", "3_c.up.sql", "3_c.down.sql", "4_d.sql"], ["1_a.sql", "4_d.sql"], None,
         {"2_b.py": "5_b.py", "3_c.up.sql": "6_c.up.sql", "3_c.down.sql": "6_c.down.sql"}),
        (["001_a.sql", "002_b.sql"], ["001_a.sql"], None, {}),
        (["001_a.sql", "002_b.sql"], [], None, {}),
        # Twins: the one that is applied stays, whatever it is called.
        (["007_mine.sql", "007_theirs.sql"], ["007_theirs.sql"], None, {"007_mine.sql": "008_mine.sql"}),
        (["007_mine.sql", "007_theirs.sql"], ["007_mine.sql"], None, {"007_theirs.sql": "008_theirs.sql"}),
        (["007_mine.sql", "007_theirs.sql", "009_c.sql"], ["007_theirs.sql"], None, {"007_mine.sql": "010_mine.sql"}),
        (["007_mine.sql", "007_theirs.sql"], [], "007_mine", {"007_mine.sql": "008_mine.sql"}),
        # Twins of which none is applied: the later one, which is here the one by name.
        (["007_mine.sql", "007_theirs.sql"], [], None, {"007_theirs.sql": "008_theirs.sql"}),
        (["007_mine.sql", "007_theirs.sql"], [], "7", "means several"),
        # Twins that are applied both, as another tool's rules may allow, are nobody's to move.
        (["007_a.sql", "007_b.sql", "006_late.sql"], ["007_a.sql", "007_b.sql"], None, {"006_late.sql": "008_late.sql"}),
        # By name, applied or not.
        (["001_a.sql", "002_b.sql", "003_c.sql"], ["001_a.sql"], "2", {"002_b.sql": "004_b.sql"}),
        (["001_a.sql", "002_b.sql"], ["001_a.sql"], "2", {}),
        (["001_a.sql", "002_b.sql"], ["001_a.sql"], "1", "001_a.sql is applied"),
        (["001_a.sql"], [], "9", "no migration"),
        # Newer code has applied what is not here.
        (["001_a.sql", "002_b.sql"], ["001_a.sql", "010_z.sql"], None, {"002_b.sql": "011_b.sql"}),
        # Timestamps get timestamps, of which none is before the last.
        (["20250101000000_a.sql", "20250102000000_b.sql"], ["20250102000000_b.sql"], None,
         {"20250101000000_a.sql": f"{_NOW}_a.sql"}),
        (["20270101000000_a.sql", "20270102000000_b.sql"], ["20270102000000_b.sql"], None,
         {"20270101000000_a.sql": "20270102000001_a.sql"}),
    ],
)  # fmt: skip
def test_what_moves(entries: list[str], recorded: list[str], wanted: str | None, renamed: Any) -> None:
    files = [file for file in map(parse_file_name, entries) if file]
    downs = [file for file in files if file.kind is FileKind.DOWN]
    pairs = pair_by_stem([file for file in files if file not in downs], downs)
    along = {one.name: [one.entry, *filter(None, [one.down])] for one in pairs}
    if isinstance(renamed, str):
        with pytest.raises(SettingsError, match=renamed):
            renamings(files, recorded, set(recorded), wanted, _NOW, along=along)
    else:
        moved = renamings(files, recorded, set(recorded), wanted, _NOW, along=along, twins=sorted(entries))
        assert {old: new for one in moved for old, new in one.files} == renamed


def _settings(bench: Bench, **more: Any) -> Settings:
    return Settings.of({"database_url": bench.database.url, "directory": bench.files.folder, **more})


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@on_sqlite
@pytest.mark.asyncio
async def test_a_merged_branch_goes_up_after_it_was_renumbered(bench: Bench) -> None:
    bench.files.table(1)
    theirs = bench.files.table(3)
    await bench.up()
    bench.files.write("002_mine.up.sql", "CREATE TABLE mine (id INTEGER);")
    bench.files.write("002_mine.down.sql", "DROP TABLE mine;")
    bench.files.table(9, "003_twin.sql")
    with pytest.raises(MigrationFileError, match="the number 3"):
        await bench.up()
    wanted = (("002_mine.up.sql", "004_mine.up.sql"), ("003_twin.sql", "005_twin.sql"))
    assert (await renumber(_settings(bench), dry_run=True)).renamed == wanted
    assert "003_twin.sql" in _names(bench.files.folder)
    assert (await renumber(_settings(bench))).renamed == wanted
    assert await bench.up() == ["004_mine.up.sql", "005_twin.sql"]
    assert await bench.down() == ["005_twin.sql", "004_mine.up.sql"]
    assert theirs in await bench.names()


@on_sqlite
@pytest.mark.asyncio
async def test_a_baseline_that_the_database_has_stays(bench: Bench) -> None:
    bench.files.tables(2)
    await bench.up()
    async with bench.runner() as runner:
        replaced = (await runner.plan(direction="down")).migrations[::-1]  # type: ignore[arg-type]
    for source in replaced:
        bench.files.remove(source.name)
    bench.files.write("002_baseline.sql", head_of(replaced))
    assert (await renumber(_settings(bench))).renamed == ()


@on_sqlite
@pytest.mark.parametrize(
    ("entry", "text", "layout"),
    [
        ("V1__a.sql", "SELECT 1;", "flyway"),
        ("U1__a.sql", "SELECT 1;", "refinery"),
        ("2026-01-01-000000_a/up.sql", "SELECT 1;", "diesel"),
        ("env.py", "", "alembic"),
    ],
)
@pytest.mark.asyncio
async def test_other_tools_names_that_are_no_numbers_are_refused(
    bench: Bench, entry: str, text: str, layout: str
) -> None:
    (bench.files.folder / entry).parent.mkdir(exist_ok=True)
    bench.files.write(entry, text)
    if layout == "alembic":
        (bench.files.folder / "versions").mkdir()
        bench.files.write("versions/1a2b_a.py", 'revision = "1a2b"\ndown_revision = None\n')
    for name in (None, "1"):
        with pytest.raises(SettingsError, match=f"the rules of {layout}") as refused:
            await renumber(_settings(bench), name)
        assert "LOCKGATE_ORDER" in refused.value.hint


def test_a_name_that_is_taken_leaves_all_as_it_was(tmp_path: Path) -> None:
    for name in ("001_a.up.sql", "001_a.down.sql"):
        (tmp_path / name).write_text("SELECT 1;")
    (tmp_path / "003_a.down.sql").mkdir()
    before = _names(tmp_path)
    with pytest.raises(SettingsError, match="nothing was changed"):
        rename_files(tmp_path, [(f"001_a.{way}.sql", f"003_a.{way}.sql") for way in ("up", "down")])
    assert _names(tmp_path) == before


@on_sqlite
@pytest.mark.asyncio
async def test_the_head_file_is_checked_and_written(bench: Bench) -> None:
    head = bench.files.folder / "HEAD"
    first = bench.files.table(1)
    async with Runner(bench.database.url, directory=bench.files.folder, head_file=True) as runner:
        for text, said in (
            (None, "is missing"),
            ("000_x.sql\n", r"names '000_x\.sql'"),
            ("<<<<<<< HEAD\n", "conflict"),
        ):
            if text is not None:
                head.write_text(text)
            for act in (runner.up, runner.status, runner.check):
                with pytest.raises(MigrationFileError, match=said) as refused:
                    await act()
                assert "renumber" in refused.value.hint
        with pytest.raises(SettingsError, match="say which migration is yours"):
            await renumber(_settings(bench, head_file=True))
        await renumber(_settings(bench, head_file=True), first)
        assert head.read_text() == f"{first}\n"
        assert (await runner.up()).names == (first,)
    # Where it is not asked for, the file says nothing.
    head.write_text("anything")
    assert await bench.up() == []


@on_sqlite
@pytest.mark.asyncio
async def test_a_down_of_another_name_and_files_for_other_databases_move_along(bench: Bench) -> None:
    for name in ("1_a.sqlite.up.sql", "1_a.mysql.up.sql", "3_c.up.sql"):
        bench.files.write(name, "SELECT 1;")
    await bench.up()
    for name in ("2_b.sqlite.up.sql", "2_b.mysql.up.sql", "2_undo.down.sql", "5_later.mysql.up.sql"):
        bench.files.write(name, "SELECT 1;")
    assert (await renumber(_settings(bench))).renamed == (("2_b.sqlite.up.sql", "6_b.sqlite.up.sql"),)
    assert set(_names(bench.files.folder)) > {
        "1_a.mysql.up.sql", "6_b.sqlite.up.sql", "6_b.mysql.up.sql", "6_undo.down.sql", "5_later.mysql.up.sql",
    }  # fmt: skip
    assert await bench.up() == ["6_b.sqlite.up.sql"]
    assert await bench.down() == ["6_b.sqlite.up.sql"]


@on_sqlite
@pytest.mark.asyncio
async def test_the_head_file_names_what_the_folder_s_layout_makes_of_it(bench: Bench) -> None:
    bench.files.write("1_a.sql", "-- +goose Up\nSELECT 1;\n")
    bench.files.write("2_b.go", "package migrations")
    bench.files.write("schema.sql", "SELECT 1;")
    await renumber(_settings(bench, head_file=True))
    assert (bench.files.folder / "HEAD").read_text() == "2_b.go\n"
    async with Runner(bench.database.url, directory=bench.files.folder, head_file=True) as runner:
        assert (await runner.up(to="1_a")).names == ("1_a.sql",)
    bench.files.write("0_late.sql", "-- +goose Up\nSELECT 1;\n")
    assert (await renumber(_settings(bench), dry_run=True)).renamed == (("0_late.sql", "3_late.sql"),)


@on_sqlite
@pytest.mark.asyncio
async def test_names_without_numbers_have_no_head_file(bench: Bench) -> None:
    bench.files.write("V1__a.sql", "SELECT 1;")
    async with Runner(bench.database.url, directory=bench.files.folder, head_file=True) as runner:
        with pytest.raises(MigrationFileError, match="the rules of flyway") as refused:
            await runner.status()
    assert "unset" in refused.value.hint
    with pytest.raises(MigrationFileError, match="the rules of flyway"), kept_head(_settings(bench, head_file=True)):
        bench.files.write("2_never.sql", "SELECT 1;")
    assert _names(bench.files.folder) == ["V1__a.sql"]


@on_sqlite
@pytest.mark.asyncio
async def test_out_of_order_is_an_error_that_names_the_command(bench: Bench) -> None:
    bench.files.table(2)
    await bench.up()
    bench.files.table(1)
    with pytest.raises(HistoryError) as refused:
        await bench.up()
    assert "lockgate renumber" in refused.value.hint


def _git(folder: Path, *command: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *command], cwd=folder, check=True, capture_output=True)


@on_sqlite
@pytest.mark.asyncio
async def test_of_twins_that_nobody_has_applied_the_later_one_moves_as_git_knows_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = bench.files.folder
    _git(folder, "init")
    bench.files.table(7, "007_z.sql")
    _git(folder, "add", ".")
    _git(folder, "commit", "-m", "z")
    bench.files.table(8, "007_m.sql")
    bench.files.table(9, "007_a.sql")
    _git(folder, "add", "007_m.sql")
    _git(folder, "commit", "-m", "m")
    with monkeypatch.context() as hook:
        hook.setenv("GIT_DIR", "elsewhere/.git")  # as git has it for a hook, relative to another folder
        renumbered = await renumber(_settings(bench), dry_run=True)
    assert renumbered.renamed == (
        ("007_a.sql", "008_a.sql"),
        ("007_m.sql", "009_m.sql"),
    )
    # What the main branch has stays, whoever was first.
    _git(folder, "checkout", "--orphan", "main-branch")
    _git(folder, "rm", "--cached", "007_z.sql")
    _git(folder, "commit", "-m", "m alone")
    _git(folder, "update-ref", "refs/remotes/origin/HEAD", "HEAD")
    assert dict((await renumber(_settings(bench))).renamed).keys() == {"007_a.sql", "007_z.sql"}
    assert len(await bench.up()) == 3


@on_sqlite
@pytest.mark.asyncio
async def test_twins_of_another_tool_s_are_no_mistake(bench: Bench) -> None:
    for name in ("1_a.sql", "1_b.sql"):
        bench.files.write(name, "-- +goose Up\nSELECT 1;\n")
    assert (await renumber(_settings(bench))).renamed == ()


@on_sqlite
@pytest.mark.parametrize(
    ("names", "text", "words"),
    [
        (("1_a.up.sql", "2_b.up.sql"), "SELECT 1;", "`lockgate renumber`"),
        (("V1__a.sql", "V2__b.sql"), "SELECT 1;", "Give V1__a.sql a version by hand"),
    ],
)
@pytest.mark.asyncio
async def test_renumber_is_offered_where_it_works(bench: Bench, names: tuple[str, str], text: str, words: str) -> None:
    early, late = names
    bench.files.write(late, text)
    await bench.up()
    bench.files.write(early, text)
    with pytest.raises(HistoryError) as refused:
        await bench.up()
    assert words in refused.value.hint
    assert "LOCKGATE_ORDER=any" in refused.value.hint
    assert ("renumber" in refused.value.hint) == ("renumber" in words)

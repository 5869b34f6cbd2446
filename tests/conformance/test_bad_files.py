"""Files that cannot be migrations: found before anything runs, named, and nothing lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockgate import Irreversible, MigrationFileError, SettingsError

if TYPE_CHECKING:
    from conformance.bench import Bench

pytestmark = pytest.mark.asyncio

_PY = "from lockgate import Migration\n"

# What stands beside a good 001 and 003, the words of the error, the file it names and the line.
BAD: dict[str, tuple[dict[str, str | bytes], str, str, int | None]] = {
    "no number": ({"notes.sql": "SELECT 1;"}, "has no number", "notes.sql", None),
    "no number, Python": ({"helpers.py": ""}, "has no number", "helpers.py", None),
    "two with one number": (
        {"2_a.sql": "SELECT 1;", "002_b.py": _PY},
        "2_a.sql and 002_b.py|002_b.py and 2_a.sql",
        "",
        None,
    ),
    "a lone down": ({"002_a.down.sql": "SELECT 1;"}, "has no 002_a.up.sql", "002_a.down.sql", None),
    "a down of a plain file": ({"002_a.sql": "", "002_a.down.sql": ""}, "has no 002_a.up.sql", "002_a.down.sql", None),
    "not UTF-8": ({"002_a.sql": b"SELECT 1;\n-- \xff\xfe\n"}, "is not UTF-8", "002_a.sql", 2),
    "UTF-16": ({"002_a.sql": "SELECT 1;".encode("utf-16")}, "is not UTF-8", "002_a.sql", 1),
    "a NUL": ({"002_a.sql": b"SELECT 1;\n\nSELECT '\x00';"}, "NUL", "002_a.sql", 3),
    "a quote without an end": (
        {"002_a.sql": "SELECT 1;\nSELECT 'x;\n"},
        "never closed|not closed|no end",
        "002_a.sql",
        2,
    ),
    "an unknown marker": ({"002_a.sql": "-- migrate:upp\nSELECT 1;"}, "upp", "002_a.sql", 1),
    "down before up": ({"002_a.sql": "-- migrate:down\nSELECT 1;\n-- migrate:up\n"}, "before", "002_a.sql", 1),
    "Python that does not parse": ({"002_a.py": "import asyncio\nclass A(:\n"}, "SyntaxError", "002_a.py", 2),
    "Python that does not import": (
        {"002_a.py": "import os\nimport no_such_module_here\n"},
        "no_such_module_here",
        "002_a.py",
        2,
    ),
    "Python that raises": ({"002_a.py": "x = 1\n\n1 / 0\n"}, "ZeroDivisionError", "002_a.py", 3),
    "Python that exits": ({"002_a.py": "import sys\nsys.exit(3)\n"}, "SystemExit", "002_a.py", 2),
    "no class": ({"002_a.py": _PY}, "exactly one migration class; it defines none", "002_a.py", None),
    "an empty file": ({"002_a.py": ""}, "exactly one migration class", "002_a.py", None),
    "two classes": (
        {
            "002_a.py": _PY
            + "class A(Migration):\n async def up(self): ...\nclass B(Migration):\n async def up(self): ...\n"
        },
        "A, B",
        "002_a.py",
        None,
    ),
    "an up that is not async": (
        {"002_a.py": _PY + "class A(Migration):\n def up(self): ...\n"},
        "async def",
        "002_a.py",
        None,
    ),
    "a down that is not async": (
        {"002_a.py": _PY + "class A(Migration):\n async def up(self): ...\n def down(self): ...\n"},
        "async def",
        "002_a.py",
        None,
    ),
    "no up": (
        {"002_a.py": _PY + "class A(Migration):\n async def down(self): ...\n"},
        "defines no up",
        "002_a.py",
        None,
    ),
    "a name that is too long": ({"2" * 101 + "_a.sql": ""}, "has no number", "", None),
}


@pytest.mark.parametrize("kind", BAD)
async def test_a_bad_file_is_named_before_anything_runs(bench: Bench, kind: str) -> None:
    beside, words, name, line = BAD[kind]
    bench.files.table(1)
    bench.files.table(3)
    for file, content in beside.items():
        bench.files.write(file, content)
    async with bench.runner() as runner:
        with pytest.raises(MigrationFileError, match=words) as raised:
            await runner.up()
    error = raised.value
    assert name in error.message
    assert error.path.endswith(name)
    assert error.line == line
    assert error.exit_code == 2
    if line:
        assert f"{name}:{line}" in error.message or f"{name}, line {line}" in error.message
    assert await bench.database.tables() == set()
    assert await bench.names() == []


async def test_a_missing_folder_is_named_with_what_makes_one(bench: Bench) -> None:
    bench.files.folder.rmdir()
    async with bench.runner() as runner:
        for call in (runner.up, runner.status, runner.plan, runner.down):
            with pytest.raises(SettingsError, match="no migrations folder at") as raised:
                await call()
            assert str(bench.files.folder) in raised.value.message
            assert "LOCKGATE_DIRECTORY" in raised.value.hint


async def test_a_file_where_the_folder_should_be_is_said(bench: Bench) -> None:
    async with bench.runner(directory=bench.files.write("x.txt", "")) as runner:
        with pytest.raises(SettingsError, match=r"x\.txt"):
            await runner.up()


async def test_other_files_helpers_and_folders_are_no_migrations(bench: Bench) -> None:
    bench.files.table(1)
    for name in ("_helpers.py", "__init__.py", "README.md", ".hidden.sql", "001.txt", "002_x.sql.bak", "003_y.pyc"):
        bench.files.write(name, "!")
    for folder in ("004_z.sql", "__pycache__"):
        (bench.files.folder / folder).mkdir()
    assert await bench.up() == ["001_t1.sql"]


@pytest.mark.parametrize("sql", ["-- migrate:up\nSELECT 1;", "SELECT 1;", None])
async def test_a_migration_without_a_down_says_so_before_anything_is_rolled_back(bench: Bench, sql: str | None) -> None:
    bench.files.table(1)
    if sql is None:
        bench.files.python("002_a.py", "await self.db.execute('SELECT 1')")
    else:
        bench.files.write("002_a.sql", sql)
    bench.files.write("003_b.up.sql", "SELECT 1;")
    bench.files.table(4)
    await bench.up()
    async with bench.runner() as runner:
        for call in (runner.down, lambda: runner.plan("down")):  # type: ignore[arg-type]
            with pytest.raises(Irreversible) as raised:
                await call()
            assert set(raised.value.names) == {"002_a.sql" if sql else "002_a.py", "003_b.up.sql"}
            assert raised.value.exit_code == 2
    assert len(await bench.names()) == 4
    assert await bench.down(steps=1) == ["004_t4.sql"]


async def test_an_applied_file_is_not_executed_by_a_check_nor_by_a_run(bench: Bench) -> None:
    """Names and hashes are compared; no module is imported for that."""
    marker = bench.files.folder.parent / "executed"
    bench.files.python(
        "001_a.py", "pass", "pass", head=f"with open({str(marker)!r}, 'a') as file:\n    file.write('x')"
    )
    await bench.up()
    assert marker.read_text() == "x"
    bench.files.table(2)
    async with bench.runner() as runner:
        await runner.status()
        await runner.plan()
        await runner.up()
        await runner.up()
        await runner.down(steps=1)
    assert marker.read_text() == "x"
    await bench.down()
    assert marker.read_text() == "xx"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("002_comment_at_the_end.sql", "CREATE TABLE b (id INTEGER) -- and no semicolon"),
        ("002_only_comments.sql", "-- nothing\n/* at all */"),
        ("002_empty.sql", ""),
        ("002_semicolons.sql", ";;\n;CREATE TABLE b (id INTEGER);;\n; -- ;\n;"),
        (
            "002_odd_quotes.sql",
            "-- it's; a \"comment\nCREATE TABLE b (id INTEGER); /* don't; */ INSERT INTO b VALUES (1);",
        ),
        (
            "002_strings.sql",
            "CREATE TABLE b (t TEXT); INSERT INTO b VALUES ('a;b -- c'), ('it''s'), ('100%'), (':name $1 ?');",
        ),
        ("002_crlf.sql", "CREATE TABLE b (t TEXT);\r\nINSERT INTO b VALUES ('x');\r\n"),
        ("002_bom.sql", "\ufeffCREATE TABLE b (t TEXT);"),
        ("002_quoted.sql", 'CREATE TABLE b ("a;b" TEXT, "c ""d"" --" TEXT);'),
        (
            "002_percent.sql",
            "CREATE TABLE b (t TEXT DEFAULT '%s'); INSERT INTO b SELECT t FROM b WHERE t LIKE '%a%' AND 7 % 2 = 1;",
        ),
    ],
)
async def test_texts_as_people_write_them_run_as_they_are(bench: Bench, name: str, text: str) -> None:
    if bench.database.is_mysql and "quoted" in name:
        text = text.replace('""', "``").replace('"', "`")
    if bench.database.engine == "mysql":
        text = text.replace("TEXT DEFAULT", "VARCHAR(9) DEFAULT")
    bench.files.table(1)
    bench.files.write(name, text)
    bench.files.table(3)
    assert await bench.up() == ["001_t1.sql", name, "003_t3.sql"]
    assert await bench.database.tables() == ({"t1", "b", "t3"} if "CREATE" in text else {"t1", "t3"})

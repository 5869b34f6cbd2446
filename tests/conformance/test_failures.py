"""A migration that fails: what is undone, what is kept, and what is said."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from lockgate import MigrationFailed
from lockgate.events import MigrationStopped
from lockgate.nouns.migrations import Direction

if TYPE_CHECKING:
    from conformance.bench import Bench

pytestmark = pytest.mark.asyncio

_FIRST_TWO = "CREATE TABLE a (id INTEGER PRIMARY KEY);\n-- a comment; with a semicolon\nINSERT INTO a VALUES (1);\n"

# The statement that fails, a word of the server's message, and whether the server points at a character of it.
REFUSED = {
    "a syntax error": ("CREAT TABLE b (id INTEGER)", "syntax error", "CREAT"),
    "a missing column": ("SELECT id,\n       nope FROM a", "nope", "nope"),
    "a missing table": ("INSERT INTO nowhere VALUES (1)", "nowhere", "nowhere"),
    "a duplicate key": ("INSERT INTO a VALUES (1)", "(?i)unique", None),
    "an existing table": ("CREATE TABLE a (id INTEGER)", "already exists", None),
    "a check": ("CREATE TABLE b (n INTEGER CHECK (n > 0)); INSERT INTO b VALUES (0)", "(?i)check constraint", None),
}


MARIADB_WORDS = {
    "a syntax error": "error in your SQL syntax",
    "a duplicate key": "Duplicate entry",
    "a check": "(?i)constraint .* (?:failed|is violated)",
}


async def failure(bench: Bench, direction: str = "up", **settings: object) -> MigrationFailed:
    async with bench.runner(**settings) as runner:
        with pytest.raises(MigrationFailed) as raised:
            await getattr(runner, direction)()
    return raised.value


@pytest.mark.parametrize("kind", REFUSED)
async def test_a_refused_statement_undoes_its_migration_and_is_pointed_at(bench: Bench, kind: str) -> None:
    statement, words, pointed = REFUSED[kind]
    bench.files.tables(2)
    path = bench.files.write("003_fails.sql", f"-- the head\n{_FIRST_TWO}{statement};\nCREATE TABLE c (id INTEGER);\n")
    bench.files.table(4)

    error = await failure(bench)

    b = ("b",) if kind == "a check" else ()
    assert await bench.database.tables() == {"t1", "t2"} | bench.kept("a", *b)
    assert await bench.names() == ["001_t1.sql", "002_t2.sql"]
    assert (error.name, error.path, error.exit_code) == ("003_fails.sql", str(path), 1)
    last = _FIRST_TWO.count("\n") + 2
    syntax = kind == "a syntax error"
    number = 4 if kind == "a check" else 3
    assert error.statement == number
    at = last + 1 if kind == "a missing column" and bench.database.is_postgresql else last
    assert error.line == at
    assert re.search(MARIADB_WORDS.get(kind, words) if bench.database.is_mysql else words, error.message)
    assert f"003_fails.sql failed in statement {number} at {path}:{at}" in error.message
    assert bench.outcome(number - 1) in error.message
    assert "Kept from this run: 001_t1.sql, 002_t2.sql (applied)." in error.message
    shown = error.message.splitlines()
    caret = next(index for index, line in enumerate(shown) if line.strip() == "^")
    source, under = shown[caret - 1], shown[caret].index("^")
    assert source == path.read_text().splitlines()[at - 1]
    if pointed and (bench.database.is_postgresql or syntax):  # the others are pointed at by their statement
        assert source[under:].startswith(pointed)
    assert error.__cause__ is not None
    assert type(error.__cause__).__module__.split(".")[0] in {"asyncpg", "sqlite3", "asyncmy"}


async def test_a_division_by_zero_is_laid_at_the_statement_that_divides(bench: Bench) -> None:
    if bench.database.is_mysql:
        bench.files.write("001_f.sql", f"{_FIRST_TWO}INSERT INTO a SELECT 1 / (id - 1) FROM a;")
    elif not bench.database.is_postgresql:
        bench.files.write("001_f.sql", f"{_FIRST_TWO}INSERT INTO a SELECT abs(-9223372036854775807 - 1);")
    else:
        bench.files.write("001_f.sql", f"{_FIRST_TWO}INSERT INTO a SELECT 1 / (id - 1) FROM a;")
    error = await failure(bench)
    assert (error.line, error.statement) == (4, 3)
    assert "INSERT INTO a SELECT" in error.message
    assert await bench.database.tables() == bench.kept("a")
    assert await bench.names() == []


async def test_a_failure_reports_what_was_done_before_it(bench: Bench) -> None:
    bench.files.tables(2)
    bench.files.write("003_f.sql", "SELECT nope;")
    error = await failure(bench)
    report = error.report
    assert report is not None
    assert (report.direction, report.batch_no, report.names) == (Direction.UP, 1, ("001_t1.sql", "002_t2.sql"))
    said = report.as_json()
    assert set(said) == {"direction", "batch_no", "applied", "failed"}
    assert said["failed"]["name"] == "003_f.sql"
    assert "nope" in said["failed"]["error"]


async def test_the_mended_file_goes_on_from_there(bench: Bench) -> None:
    bench.files.tables(1)
    bench.files.write("002_f.sql", f"{_FIRST_TWO}SELECT nope;")
    bench.files.table(3)
    await failure(bench)
    bench.files.write("002_f.sql", _FIRST_TWO)
    assert await bench.up() == ["002_f.sql", "003_t3.sql"]
    assert await bench.recorded() == [("001_t1.sql", 1), ("002_f.sql", 2), ("003_t3.sql", 2)]


async def test_a_refused_statement_on_the_way_down_keeps_its_migration_applied(bench: Bench) -> None:
    bench.files.tables(1)
    down = bench.files.write("002_f.down.sql", "DROP TABLE b;\nDROP TABLE nowhere;\n")
    bench.files.write("002_f.up.sql", "CREATE TABLE b (id INTEGER PRIMARY KEY);")
    bench.files.table(3)
    await bench.up()
    error = await failure(bench, "down")
    assert await bench.database.tables() == {"t1", "b"} - bench.kept("b")
    assert await bench.names() == ["001_t1.sql", "002_f.up.sql"]
    assert (error.name, error.path, error.line, error.statement) == ("002_f.up.sql", str(down), 2, 2)
    assert "Kept from this run: 003_t3.sql (rolled back)." in error.message
    assert error.report is not None
    assert error.report.as_json()["rolled_back"][0]["name"] == "003_t3.sql"


async def test_the_line_is_the_files_own_where_the_section_does_not_begin_it(bench: Bench) -> None:
    path = bench.files.write(
        "001_f.sql", "-- head\n\n-- migrate:up\nSELECT 1;\n\nSELECT nope;\n-- migrate:down\nSELECT 1;"
    )
    error = await failure(bench)
    assert (error.path, error.line, error.statement) == (str(path), 6, 2)


@pytest.mark.parametrize("place", [0, 3, 7])
@pytest.mark.parametrize(
    "statement", ["SELECT nope", "CREAT TABLE x", "INSERT INTO dup VALUES (1), (1)", "SELECT 'never closed"]
)
async def test_of_many_files_the_one_that_fails_is_named_and_those_before_it_are_kept(
    bench: Bench, place: int, statement: str
) -> None:
    """PostgreSQL is sent consecutive files in one message, and may refuse to read any of it."""
    await bench.database.execute("CREATE TABLE dup (id INTEGER PRIMARY KEY)")
    names = bench.files.tables(8)
    path = bench.files.write(names[place], f"CREATE TABLE half (id INTEGER);\n\n{statement};\n")
    unread = "never closed" in statement
    async with bench.runner() as runner:
        with pytest.raises(Exception, match=names[place]) as raised:
            await runner.up()
    kept = [] if unread else names[:place]
    assert await bench.names() == kept
    half = set() if unread else bench.kept("half")
    assert await bench.database.tables() == {"dup", *(f"t{number + 1}" for number in range(len(kept)))} | half
    error = raised.value
    assert getattr(error, "path", None) == str(path)
    assert getattr(error, "line", None) == 3
    if not unread:
        assert isinstance(error, MigrationFailed)
        assert error.statement == 2
        assert error.report is not None
        assert list(error.report.names) == kept


@pytest.mark.parametrize(
    ("body", "line", "words"),
    [
        (
            "await self.db.execute('CREATE TABLE b (id INTEGER)')\nraise ValueError('no good')",
            10,
            "ValueError: no good",
        ),
        ("await self.db.execute('CREATE TABLE b (id INTEGER)')\nawait self.db.execute('SELECT nope')", 10, "nope"),
        (
            "await self.db.execute('CREATE TABLE b (id INTEGER)')\nawait self.db.execute('DROP TABLE nowhere')",
            10,
            "nowhere",
        ),
        (
            "await self.db.create_table('b', sa.Column('id', sa.Integer))\nawait self.db.drop_table('nowhere')",
            10,
            "nowhere",
        ),
        (
            "await self.db.execute('CREATE TABLE b (id INTEGER)')\nawait self.db.execute(sa.text('SELECT nope'))",
            10,
            "nope",
        ),
        ("await self.db.execute('CREATE TABLE b (id INTEGER)')\n\n1 / 0", 11, "ZeroDivisionError"),
    ],
)
async def test_python_that_fails_is_undone_and_its_line_is_named(
    bench: Bench, body: str, line: int, words: str
) -> None:
    bench.files.tables(1)
    path = bench.files.python("002_f.py", body, head="# a line of its own")
    bench.files.table(3)
    error = await failure(bench)
    assert await bench.database.tables() == {"t1"} | bench.kept("b")
    assert await bench.names() == ["001_t1.sql"]
    assert error.name == "002_f.py"
    assert error.path == str(path)
    text = path.read_text().splitlines()
    assert error.line is not None
    assert body.splitlines()[-1].strip() == text[error.line - 1].strip()
    assert words in error.message
    assert bench.outcome(1) in error.message


async def test_python_that_catches_a_refused_statement_still_leaves_nothing_half_done(bench: Bench) -> None:
    """PostgreSQL's transaction is lost by then, so that its COMMIT would be a ROLLBACK without a word."""
    bench.files.python(
        "001_f.py",
        """
        await self.db.execute('CREATE TABLE b (id INTEGER)')
        try:
            await self.db.scalar('SELECT nope')
        except Exception:
            pass
        """,
    )
    if bench.database.is_postgresql:
        await failure(bench)
        assert await bench.database.tables() == set()
        assert await bench.names() == []
    else:
        assert await bench.up() == ["001_f.py"]
        assert await bench.database.tables() == {"b"}


@pytest.mark.parametrize("ending", ["COMMIT", "ROLLBACK"])
async def test_python_that_ends_the_transaction_through_the_driver_fails_and_says_so(bench: Bench, ending: str) -> None:
    bench.files.tables(1)
    bench.files.python(
        "002_f.py",
        f"""
        await self.db.execute('CREATE TABLE b (id INTEGER)')
        driver = await self.db.driver_connection()
        await driver.{bench.database.driver_call}('{ending}')
        """,
    )
    error = await failure(bench)
    assert "ended the transaction" in error.message
    assert await bench.names() == ["001_t1.sql"]
    table = "b" if bench.database.is_mysql else "c"  # a step that is done keeps its text
    bench.files.python("002_f.py", f"await self.db.execute('CREATE TABLE {table} (id INTEGER)')")
    assert await bench.up() == ["002_f.py"]


def stopped_outcome(bench: Bench, direction: str) -> str:
    if bench.database.is_mysql and direction == "down":
        return "It does not run in a transaction; none of its steps was done."
    return "It was rolled back."


@pytest.mark.parametrize("direction", ["up", "down"])
async def test_what_stopped_is_told_to_the_listener(bench: Bench, direction: str) -> None:
    events: list[object] = []
    bench.files.write("001_f.sql", "-- migrate:up\nCREATE TABLE a (id INTEGER);\n-- migrate:down\nDROP TABLE nowhere;")
    if direction == "up":
        bench.files.write("001_f.sql", "SELECT nope;")
    else:
        await bench.up()
    await failure(bench, direction, on_event=events.append)
    stopped = [event for event in events if isinstance(event, MigrationStopped)]
    assert [(one.name, one.direction.value) for one in stopped] == [("001_f.sql", direction)]
    assert stopped[0].outcome == stopped_outcome(bench, direction)


async def test_a_failure_leaves_the_runner_usable_and_the_lock_free(bench: Bench) -> None:
    bench.files.write("001_f.sql", "SELECT nope;")
    async with bench.runner() as runner:
        with pytest.raises(MigrationFailed):
            await runner.up()
        bench.files.write("001_f.sql", "SELECT 1;")
        async with bench.runner(lock_timeout=5) as other:
            assert (await other.up()).names == ("001_f.sql",)
        assert (await runner.up()).migrations == ()
        assert (await runner.status()).state == "current"

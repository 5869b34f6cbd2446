"""What other tools' files do when they are run: by their own rules, in one process, on a real database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lockgate import Irreversible, MigrationFailed, MigrationFileError
from lockgate.events import FilesRead
from lockgate.nouns.flavours import Flavour
from lockgate.nouns.migrations import Direction
from lockgate.sources.directory import Folder
from lockgate.sources.loading import SqlMigration, load

if TYPE_CHECKING:
    from conformance.bench import Bench, Files

pytestmark = pytest.mark.asyncio


def loaded(
    files: Files, direction: Direction = Direction.UP, flavour: Flavour = Flavour.POSTGRESQL, **variables: str
) -> list[SqlMigration]:
    found = load(Folder(files.folder).read(), direction, flavour, tuple(variables.items()))
    return [one for one in found if isinstance(one, SqlMigration)]


def statements(files: Files, direction: Direction = Direction.UP, **variables: str) -> list[str]:
    return [one.text for migration in loaded(files, direction, **variables) for one in migration.statements]


GOOSE = """\
-- A comment may stand here.
-- +goose NO TRANSACTION
-- +goose up
-- +goose StatementBegin
CREATE FUNCTION f() RETURNS int AS $$
BEGIN
  RETURN 1;
END;
$$ LANGUAGE plpgsql;
-- +goose StatementEnd
CREATE INDEX CONCURRENTLY i ON t (a); -- it ends here
-- +goose ENVSUB ON
SELECT '${REGION}', '$REGION', '${OTHER:-none}', '${OTHER-}', $q$ kept $q$;
-- +goose ENVSUB OFF
SELECT '${REGION}';

-- +goose Down
DROP INDEX i;
"""


async def test_goose_s_annotations(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGION", "from the environment")
    files.write("1_a.sql", GOOSE)
    (up,) = loaded(files)
    assert not up.transactional
    assert [one.line for one in up.statements] == [5, 11, 13, 15]
    assert up.statements[2].text == "SELECT 'from the environment', 'from the environment', 'none', '', $q$ kept $q$"
    assert up.statements[3].text == "SELECT '${REGION}'"
    assert "'eu'" in statements(files, REGION="eu")[2]
    assert statements(files, Direction.DOWN) == ["DROP INDEX i"]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("-- +goose Up\n-- +goose Upp\n", 2, "there is no annotation"),
        ("-- +goose Up\nSELECT 1;\n-- +goose Up\n", 3, "a second time"),
        ("-- +goose Down\nSELECT 1;\n", 1, "before any Up"),
        ("SELECT 1;\n-- +goose Up\n", 1, "something stands before"),
        ("-- +goose Up\n\n-- +goose StatementEnd\n", 3, "has no StatementBegin"),
        ("-- +goose Up\n-- +goose StatementBegin\nSELECT 1;\n", 2, "has no StatementEnd"),
        ("-- +goose Up\n-- +goose StatementBegin\nSELECT 1;\n-- +goose Down\n", 2, "has no StatementEnd"),
        ("-- +goose NO TRANSACTION\n", 1, "there is no `-- \\+goose Up`"),
        ("-- +goose Up\n-- +goose ENVSUB ON\n\nSELECT '${LACKING}';\n", 4, "the variable LACKING has no value"),
        ("-- +goose ENVSUB ON\n-- +goose Up\nSELECT '${LACKING?say which}';\n", 3, "has no value: say which"),
    ],
)
async def test_a_wrong_annotation_is_refused_with_its_line(bench: Bench, text: str, line: int, words: str) -> None:
    bench.files.write("1_a.sql", "-- +goose Up\n")
    bench.files.write("2_b.sql", text)
    with pytest.raises(MigrationFileError, match=f"2_b.sql, line {line}: .*{words}") as caught:
        await bench.up()
    assert caught.value.line == line
    assert await bench.names() == []


async def test_a_program_of_another_tool_is_told_of_and_not_passed_over(bench: Bench) -> None:
    bench.files.write("1_a.sql", "-- +goose Up\nCREATE TABLE a (id int);\n")
    bench.files.write("2_b.go", "package migrations")
    with pytest.raises(MigrationFileError, match=r"2_b.go is a migration in Go, which only goose can run"):
        await bench.up()
    async with bench.runner() as runner:
        with pytest.raises(MigrationFileError, match="which only goose can run"):
            await runner.plan()
        assert [one.name for one in (await runner.plan(to="1_a.sql")).migrations] == ["1_a.sql"]
        assert [one.name for one in (await runner.status()).pending] == ["1_a.sql", "2_b.go"]
        await runner.stamp("2_b.go")
        assert (await runner.status()).state == "current"


DBMATE_TWICE = "-- migrate:up\nSELECT 1;\n-- migrate:down\nSELECT 2;\n\n-- migrate:up\nSELECT 3;\n-- migrate:down\n"


async def test_a_file_with_two_ups_is_refused_with_the_line_of_the_second(bench: Bench) -> None:
    bench.files.write("20240101000000_a.sql", DBMATE_TWICE)
    with pytest.raises(MigrationFileError, match="line 6: migrate:up stands here a second time"):
        await bench.up()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("1_a.sql", "-- migrate:up\nCREATE TABLE a (id int);\n-- migrate:down\nDROP TABLE 'a;\n"),
        ("1_a.sql", "-- +goose Up\nCREATE TABLE a (id int);\n-- +goose Down\n-- +goose StatementEnd\nDROP TABLE 'a;\n"),
        ("1_a.up.sql", "CREATE TABLE a (id int);"),
        ("V1__a.sql", "CREATE TABLE a (id int);"),
        ("1_a/up.sql", "CREATE TABLE a (id int);"),
    ],
)
async def test_a_down_that_does_not_parse_is_found_when_it_is_wanted(bench: Bench, name: str, text: str) -> None:
    beside = {"1_a.up.sql": "1_a.down.sql", "V1__a.sql": "U1__a.sql", "1_a/up.sql": "1_a/down.sql"}
    (bench.files.folder / name).parent.mkdir(exist_ok=True)
    bench.files.write(name, text)
    if name in beside:
        bench.files.write(beside[name], "DROP TABLE 'a;\n")
    assert len(await bench.up()) == 1
    with pytest.raises(MigrationFileError):
        await bench.down()
    assert "a" in await bench.database.tables()
    assert len(await bench.names()) == 1


async def test_down_stops_where_it_fails_and_keeps_what_came_before(bench: Bench) -> None:
    for number in (1, 2, 3):
        bench.files.write(f"{number}_t.up.sql", f"CREATE TABLE t{number} (id int);")
        bench.files.write(f"{number}_t.down.sql", f"DROP TABLE {'t' if number != 2 else 'other'}{number};")
    assert len(await bench.up()) == 3
    with pytest.raises(MigrationFailed, match=r"2_t.up.sql failed"):
        await bench.down()
    assert await bench.names() == ["1_t.up.sql", "2_t.up.sql"]
    assert await bench.database.tables() == {"t1", "t2"}


async def test_a_version_without_a_down_is_irreversible(bench: Bench) -> None:
    bench.files.write("V1__a.sql", "CREATE TABLE a (id int);")
    bench.files.write("R__v.sql", "DROP VIEW IF EXISTS v; CREATE VIEW v AS SELECT id FROM a;")
    await bench.up()
    with pytest.raises(Irreversible, match=r"No down is defined for V1__a.sql;"):
        await bench.down()


async def test_a_repeatable_runs_last_and_again_whenever_it_has_changed(bench: Bench) -> None:
    view = "DROP VIEW IF EXISTS v; CREATE VIEW v AS SELECT {} AS one FROM a;"
    bench.files.write("V1__a.sql", "CREATE TABLE a (id int);")
    bench.files.write("U1__a.sql", "DROP VIEW v; DROP TABLE a;")
    bench.files.write("R__v.sql", view.format(1))
    bench.files.write("V2__b.sql", "INSERT INTO a VALUES (1);")
    bench.files.write("U2__b.sql", "DELETE FROM a;")
    assert await bench.up() == ["V1__a.sql", "V2__b.sql", "R__v.sql"]
    assert await bench.up() == []
    bench.files.write("R__v.sql", view.format(2))
    async with bench.runner() as runner:
        status = await runner.status()
        assert (status.state, [one.name for one in status.pending], status.problems) == ("behind", ["R__v.sql"], ())
        assert (await runner.up()).names == ("R__v.sql",)
        assert await bench.database.rows("SELECT one FROM v") == [(2,)]
        assert (await runner.status()).state == "current"
    assert await bench.recorded() == [("V1__a.sql", 1), ("V2__b.sql", 1), ("R__v.sql", 2)]
    assert await bench.down() == ["R__v.sql"]
    assert await bench.up() == ["R__v.sql"]
    assert await bench.down(all=True) == ["R__v.sql", "V2__b.sql", "V1__a.sql"]
    assert await bench.names() == []


async def test_a_repeatable_that_fails_leaves_its_record_as_it_was(bench: Bench) -> None:
    bench.files.write("R__v.sql", "CREATE TABLE IF NOT EXISTS a (id int);")
    await bench.up()
    before = await bench.database.rows("SELECT * FROM schema_migrations")
    bench.files.write("R__v.sql", "INSERT INTO a VALUES (1); SELECT nothing;")
    with pytest.raises(MigrationFailed, match=r"R__v.sql failed in statement 2"):
        await bench.up()
    assert await bench.database.rows("SELECT * FROM schema_migrations") == before
    assert await bench.database.rows("SELECT * FROM a") == []


async def test_a_version_that_is_pending_is_no_older_than_a_repeatable(bench: Bench) -> None:
    bench.files.write("V1_9__a.sql", "CREATE TABLE a (id int);")
    bench.files.write("R__v.sql", "SELECT 1;")
    await bench.up()
    bench.files.write("V1_10__b.sql", "CREATE TABLE b (id int);")
    assert await bench.up() == ["V1_10__b.sql"]


TEMPLATE = '{{ index .Options "Namespace" }}'


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("1_a.up.sql", f"CREATE TABLE {TEMPLATE}_a (id int);", "CREATE TABLE x_a (id int)"),
        ("1_a.up.sql", "CREATE TABLE {{ .Namespace }}_a (b text DEFAULT '{{ .Other }}');", None),
        ("1_a.up.sql", "CREATE TABLE /* TEMPLATE: Namespace */_a (id int);", "CREATE TABLE x_a (id int)"),
        (
            "1_a.sql",
            "CREATE TABLE ${Namespace}_a (b text DEFAULT '${Other}');",
            "CREATE TABLE x_a (b text DEFAULT '${Other}')",
        ),
        ("V1__a.sql", "CREATE TABLE ${Namespace}_a (id int);", "CREATE TABLE x_a (id int)"),
    ],
)
async def test_a_variable_has_its_value_from_the_settings(
    bench: Bench, name: str, text: str, expected: str | None
) -> None:
    bench.files.write(name, text)
    (found,) = statements(bench.files, Namespace="x")
    assert found == expected or "x_a (b text DEFAULT '{{ .Other }}')" in found
    async with bench.runner(variables={"Namespace": "x"}) as runner:
        await runner.up()
    assert await bench.database.tables() == {"x_a"}
    # What is recorded is the file as it stands, so that another value is no edit.
    async with bench.runner(variables={"Namespace": "y"}) as runner:
        assert (await runner.status()).state == "current"


@pytest.mark.parametrize(
    ("name", "text"),
    [("1_a.up.sql", f"SELECT 1;\nSELECT {TEMPLATE};"), ("V1__a.sql", "SELECT 1;\nSELECT ${Namespace};")],
)
async def test_a_variable_without_a_value_is_refused_with_its_line(bench: Bench, name: str, text: str) -> None:
    bench.files.write(name, text)
    with pytest.raises(MigrationFileError, match=f"{name}, line 2: the variable Namespace has no value") as caught:
        await bench.up()
    assert caught.value.hint == "Give it one with --var Namespace=VALUE or LOCKGATE_VARIABLES."


INDEX = "CREATE INDEX CONCURRENTLY i ON t (a);"


@pytest.mark.parametrize(
    ("texts", "transactional"),
    [
        ({"1_a.up.sql": "CREATE TABLE t (a int);"}, True),
        ({"1_a.up.sql": INDEX}, False),
        ({"1_a.autocommit.up.sql": "CREATE TABLE t (a int);"}, False),
        ({"1_a.sql": "-- +goose NO TRANSACTION\n-- +goose Up\nSELECT 1;"}, False),
        ({"1_a.sql": f"-- +goose Up\n{INDEX}"}, True),
        ({"20240101000000_a.sql": f"-- migrate:up transaction:false\n{INDEX}\n-- migrate:down\n"}, False),
        ({"1_a/up.sql": "SELECT 1;", "1_a/metadata.toml": "run_in_transaction = false"}, False),
        ({"1_a/up.sql": "SELECT 1;", "1_a/metadata.toml": "run_in_transaction = true"}, True),
        ({"V1__a.sql": INDEX}, False),
        ({"V1__a.sql": "SELECT 1;", "V1__a.sql.conf": "executeInTransaction=false"}, False),
        ({"V1__a.sql": "-- +refinery NO TRANSACTION\nSELECT 1;", "U2__b.sql": ""}, False),
        ({"1_a.sql": "-- no-transaction\nSELECT 1;"}, False),
        ({"1_a.sql": "-- +goose Up\nSELECT 1;\nCOMMIT;"}, True),
        ({"1_a.sql": "-- +goose Up\nSELECT 1;\nCOMMIT;\nSELECT 2;"}, False),
    ],
)
async def test_each_tool_says_in_its_own_way_that_it_wants_no_transaction(
    files: Files, texts: dict[str, str], transactional: bool
) -> None:
    for name, text in texts.items():
        (files.folder / name).parent.mkdir(exist_ok=True)
        files.write(name, text)
    migration = loaded(files)[0]
    assert migration.transactional is transactional
    assert "COMMIT" not in [one.text for one in migration.statements]


@pytest.mark.parametrize(
    ("value", "said"), [("no", "metadata.toml cannot be read"), ('"false"', "metadata.toml: .* takes true or false")]
)
async def test_a_wrong_metadata_file_is_named(files: Files, value: str, said: str) -> None:
    (files.folder / "1_a").mkdir()
    files.write("1_a/up.sql", "SELECT 1;")
    files.write("1_a/metadata.toml", f"run_in_transaction = {value}")
    with pytest.raises(MigrationFileError, match=said):
        loaded(files)


ROUTINES = """
CREATE DEFINER = `root`@`localhost` PROCEDURE p(IN a INT)
BEGIN
  IF a > 1 THEN SET @x = CASE WHEN a > 2 THEN 'END;' ELSE 1 END; END IF;
  WHILE a > 1 DO SET a = a - 1; END WHILE;
END;
CREATE TABLE t (id INT);
CREATE TRIGGER r BEFORE INSERT ON t FOR EACH ROW SET NEW.id = 1;
DROP PROCEDURE p;
"""


async def test_a_routine_of_mysql_needs_no_delimiter_where_its_tool_sends_files_whole(files: Files) -> None:
    files.write("1_a.up.sql", ROUTINES)
    files.write("2_b.sql", f"-- migrate:up\n{ROUTINES}")
    foreign, own = loaded(files, flavour=Flavour.MYSQL)
    words = ("CREATE DEFINER", "CREATE TABLE", "CREATE TRIGGER", "DROP PROCEDURE")
    assert [one.text.startswith(start) for one, start in zip(foreign.statements, words, strict=True)] == [True] * 4
    assert len(own.statements) > 4


async def test_what_shares_a_version_is_said_once(bench: Bench) -> None:
    bench.files.write("1_a.up.sql", "CREATE TABLE a (id int);")
    bench.files.write("1_b.up.sql", "CREATE TABLE b (id int);")
    heard: list[Any] = []
    async with bench.runner(on_event=heard.append) as runner:
        assert (await runner.up()).names == ("1_a.up.sql", "1_b.up.sql")
        await runner.status()
    said = [event.notes for event in heard if isinstance(event, FilesRead)]
    assert said == [("1_a.up.sql and 1_b.up.sql share a version; they run in the order of their names.",)]


async def test_a_history_that_drops_the_old_tool_s_table_runs_beside_it(bench: Bench) -> None:
    await bench.database.execute("CREATE TABLE schema_migrations (version int)")
    (bench.files.folder / "1_a").mkdir()
    bench.files.write("1_a/up.sql", "DROP TABLE schema_migrations;")
    async with bench.runner(table="lockgate_migrations") as runner:
        assert (await runner.up()).names == ("1_a",)
    assert await bench.database.tables() == {"lockgate_migrations"}

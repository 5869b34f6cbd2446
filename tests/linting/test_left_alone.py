"""What `--fix` leaves as it is: the ends of lines, the mark at a file's beginning, files of other tools."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import pytest
from click.testing import CliRunner

from lockgate import Runner
from lockgate.cli.commands import cli

if TYPE_CHECKING:
    from conformance.bench import Database, Files

ON_ONE_SERVER = True
UP = "-- migrate:up\r\nCREATE INDEX i ON v (o);\r\n-- é, and so on\r\n\r\n-- migrate:down\r\nDROP INDEX i;\r\n"


def _fixed(database: Database, files: Files, name: str, text: bytes, layout: str | None) -> bytes:
    config = {"environment": "test", "directory": files.folder, "layout": layout}

    async def up() -> None:
        async with Runner(database.url, **config) as runner:
            await runner.up()

    anyio.run(up)
    path = files.write(name, text)
    arguments = ["lint", "--fix", "--no-squawk", "--database", database.url]
    CliRunner().invoke(cli, [*arguments, *(["--layout", layout] if layout else [])])
    return path.read_bytes()


def test_line_ends_and_the_mark_at_the_beginning_stay(database: Database, files: Files) -> None:
    files.write("001_a.sql", "CREATE TABLE v (id bigint, o bigint);\n")
    text = b"\xef\xbb\xbf" + UP.encode()
    fixed = _fixed(database, files, "002_x.sql", text, None)
    concurrently = text.replace(b"CREATE INDEX", b"CREATE INDEX CONCURRENTLY")
    assert fixed == concurrently.replace(b"migrate:up", b"migrate:up transaction:false")


@pytest.mark.parametrize(
    ("layout", "names", "text"),
    [
        ("goose", ("00001_a.sql", "00002_b.sql"), "-- +goose Up\n{}\n-- +goose Down\nSELECT 1;\n"),
        ("golang-migrate", ("1_a.up.sql", "2_b.up.sql"), "{}\n"),
        ("flyway", ("V1__a.sql", "V2__b.sql"), "{}\n"),
    ],
)
def test_another_tools_files_do_not_get_our_markers(
    layout: str, names: tuple[str, str], text: str, database: Database, files: Files
) -> None:
    first, second = names
    files.write(first, text.format("CREATE TABLE v (id bigint, o bigint);"))
    files.write(first.replace(".up.", ".down."), "DROP TABLE v;\n") if ".up." in first else None
    before = text.format("CREATE INDEX i ON v (o);").encode()
    assert _fixed(database, files, second, before, layout) == before

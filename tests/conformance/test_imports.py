"""Python files import their folder's helpers, and leave no trace."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import pytest

from lockgate import MigrationFileError

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.bench import Bench

pytestmark = pytest.mark.asyncio

_IMPORTS = {
    "relative": "from ._helpers import TABLE",
    "absolute": "from _helpers import TABLE",
    "module": "import _helpers\nTABLE = _helpers.TABLE",
    "relative module": "from . import _helpers\nTABLE = _helpers.TABLE",
    "nested": "from ._nested import TABLE",
}


def helpers(bench: Bench, table: str) -> None:
    bench.files.write("_helpers.py", f"TABLE = {table!r}\n")
    bench.files.write("_nested.py", "from ._helpers import TABLE\n")


@pytest.mark.parametrize("kind", _IMPORTS)
async def test_helpers_can_be_imported_and_nothing_of_it_stays(bench: Bench, kind: str) -> None:
    helpers(bench, "helped")
    bench.files.python("001_a.py", "await self.db.execute(f'CREATE TABLE {TABLE} (id INTEGER)')", head=_IMPORTS[kind])
    await bench.up(steps=1)  # what Lockgate itself imports is imported
    await bench.database.execute("DROP TABLE helped; DELETE FROM schema_migrations;")
    modules, path = dict(sys.modules), list(sys.path)

    await bench.up()

    assert await bench.database.tables() == {"helped"}
    assert sys.path == path
    folder = str(bench.files.folder)
    new = {name for name in sys.modules if name not in modules}
    assert not any(folder in str(getattr(sys.modules[name], "__file__", "")) for name in new)
    assert not any("helpers" in name or "lockgate_" in name for name in new)
    assert "_helpers" not in sys.modules


async def test_helpers_may_be_imported_within_up_as_well(bench: Bench) -> None:
    helpers(bench, "helped")
    bench.files.python(
        "001_a.py", "from ._helpers import TABLE\nawait self.db.execute(f'CREATE TABLE {TABLE} (id INTEGER)')"
    )
    await bench.up()
    assert await bench.database.tables() == {"helped"}


async def test_two_folders_with_helpers_of_one_name_do_not_meet(bench: Bench, tmp_path: Path) -> None:
    from conformance.bench import Bench as AnotherBench  # noqa: PLC0415
    from conformance.bench import Files, SqliteDatabase  # noqa: PLC0415

    other = AnotherBench(SqliteDatabase(tmp_path / "other.db"), Files(tmp_path / "elsewhere" / "migrations"))
    for one, table in ((bench, "mine"), (other, "yours")):
        helpers(one, table)
        for number, how in enumerate(_IMPORTS.values()):
            one.files.python(
                f"{number}_a.py", f"await self.db.execute(f'CREATE TABLE {{TABLE}}{number} (id INTEGER)')", head=how
            )
    await asyncio.gather(bench.up(), other.up())
    assert await bench.database.tables() == {f"mine{number}" for number in range(len(_IMPORTS))}
    assert await other.database.tables() == {f"yours{number}" for number in range(len(_IMPORTS))}


async def test_a_module_of_the_helpers_name_that_was_there_stays(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = type(sys)("_helpers")
    monkeypatch.setitem(sys.modules, "_helpers", theirs)
    helpers(bench, "helped")
    bench.files.python(
        "001_a.py", "await self.db.execute(f'CREATE TABLE {TABLE} (id INTEGER)')", head=_IMPORTS["absolute"]
    )
    await bench.up()
    assert sys.modules["_helpers"] is theirs
    assert await bench.database.tables() == {"helped"}


async def test_a_file_that_does_not_import_leaves_no_trace_either(bench: Bench) -> None:
    helpers(bench, "helped")
    bench.files.python("001_a.py", "pass", head="import _helpers\nimport no_such_module_anywhere")
    path = list(sys.path)
    async with bench.runner() as runner:
        with pytest.raises(MigrationFileError):
            await runner.up()
    assert sys.path == path
    assert "_helpers" not in sys.modules


async def test_imported_classes_do_not_count_and_a_base_of_the_file_does_not_either(bench: Bench) -> None:
    bench.files.write(
        "_helpers.py",
        """
        from lockgate import Migration
        class Shared(Migration):
            async def up(self):
                await self.db.execute(f'CREATE TABLE {self.table} (id INTEGER)')
        """,
    )
    bench.files.write(
        "001_a.py",
        """
        from ._helpers import Shared
        from lockgate import Migration, Migrator
        class Base(Shared):
            table = 'base'
        class Change(Base):
            table = 'changed'
        """,
    )
    await bench.up()
    assert await bench.database.tables() == {"changed"}


async def test_the_class_knows_its_module_for_dataclasses_and_annotations(bench: Bench) -> None:
    """dataclasses look their module up in sys.modules while the file is executed."""
    bench.files.write(
        "001_a.py",
        """
        from __future__ import annotations
        from dataclasses import dataclass
        from lockgate import Migration

        @dataclass
        class Row:
            name: str = "rowed"

        class Change(Migration):
            async def up(self) -> None:
                await self.db.execute(f"CREATE TABLE {Row().name} (id INTEGER)")
        """,
    )
    await bench.up()
    assert await bench.database.tables() == {"rowed"}

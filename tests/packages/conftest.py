"""An application's package and a plugin's, on `sys.path` as a folder or as a zip, for the time of a test."""

from __future__ import annotations

import importlib
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

IMPORTS_A_HELPER = """
from lockgate import Migration
from . import _tables
from ._tables import name
import _tables as again

class CreateRooms(Migration):
    async def up(self) -> None:
        from ._tables import name as late
        assert again is not None and late() == name()
        await self.db.execute(f"CREATE TABLE {name()} (id INTEGER)")

    async def down(self) -> None:
        await self.db.execute(f"DROP TABLE {_tables.name()}")
"""
APP = {
    "depot/__init__.py": "",
    "depot/models.py": "raise AssertionError('nothing but the packages above are imported')",
    "depot/migrations/__init__.py": "raise AssertionError('the package itself is not imported')",
    "depot/migrations/_tables.py": "def name() -> str:\n    return 'rooms'\n",
    "depot/migrations/001_rooms.py": IMPORTS_A_HELPER,
    "depot/migrations/002_doors.up.sql": "CREATE TABLE doors (id INTEGER)",
    "depot/migrations/002_doors.down.sql": "DROP TABLE doors",
}
PLUGIN = {
    "billing_plugin/__init__.py": "",
    "billing_plugin/migrations/001_bills.sql": (
        "-- migrate:up\nCREATE TABLE bills (id INTEGER);\n-- migrate:down\nDROP TABLE bills;"
    ),
    "billing_plugin/migrations/002_items.sql": (
        "-- migrate:up\nCREATE TABLE items (id INTEGER);\n-- migrate:down\nDROP TABLE items;"
    ),
}


def write(root: Path, files: Mapping[str, str]) -> None:
    """Write files below a folder."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


def pack(archive: Path, files: Mapping[str, str]) -> None:
    """Write them into a zip, as a wheel has them: without entries for folders."""
    with zipfile.ZipFile(archive, "w") as made:
        for name, text in files.items():
            made.writestr(name, text)


@pytest.fixture(autouse=True)
def _forget_packages() -> Iterator[None]:
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] in {"depot", "billing_plugin"}]:
        del sys.modules[name]


@pytest.fixture(params=["folder", "zip"])
def installed(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Mapping[str, str]], Path]:
    """Puts packages on `sys.path`, from a folder and from a zip."""

    def install(files: Mapping[str, str]) -> Path:
        place = tmp_path / ("site" if request.param == "folder" else "site.zip")
        (write if request.param == "folder" else pack)(place, files)
        monkeypatch.syspath_prepend(str(place))
        importlib.invalidate_caches()
        return place

    return install
